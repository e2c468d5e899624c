"""Which required visits cannot be combined: the fewest that can be named."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import combinations

from fieldsales.adapters.solver.search import Search, Taste
from fieldsales.adapters.solver.task import Order, Task

TOGETHER = 3  # so many are tried in every order on every day; what takes more is narrowed down
MOST_SETS = 3_000


def proven_conflict(task: Task, missing: Sequence[int]) -> tuple[int, ...] | None:
    """Return one, two or three required visits that cannot all be made, one of the `missing` among them; None when there are none.

    Every order of them on every day was tried.
    """
    for visit in missing:
        if not any(day.fits([visit]) for day in task.days):
            return (visit,)
    required = [visit for visit in range(task.size) if task.required[visit]]
    for count in range(2, TOGETHER + 1):
        sets = [(visit, *rest) for visit in missing for rest in combinations([v for v in required if v != visit], count - 1)]
        for together in sets[:MOST_SETS]:
            if not _fit_together(task, together, [[] for _ in task.days]):
                return tuple(sorted(together))
    return None


def likely_conflict(task: Task, missing: Sequence[int]) -> tuple[int, ...]:
    """Return a set around a required visit that was found no room for, from which taking any other away did not help."""
    required = [visit for visit in range(task.size) if task.required[visit]]
    return tuple(sorted(_narrowed(task, missing[0], required)))


def _fit_together(task: Task, visits: Sequence[int], orders: list[Order]) -> bool:
    """Say whether there is any way to make all these visits, by trying all."""
    if not visits:
        return all(task.fits(day, order) for day, order in enumerate(orders))
    for visit in visits:
        rest = [other for other in visits if other != visit]
        for day in task.allowed[visit]:
            orders[day].append(visit)
            if _fit_together(task, rest, orders):
                return True
            orders[day].pop()
    return False


def _narrowed(task: Task, missing: int, required: Sequence[int]) -> list[int]:
    """Return a set around a visit that does not fit, from which each visit was tried to be taken away."""
    search = Search(task)
    kept = [visit for visit in required if visit != missing]
    for visit in list(kept):
        fewer = [other for other in kept if other != visit]
        routes = search.routes([[] for _ in task.days])
        search.fill(routes, [missing, *fewer], Taste(), random.Random(1))
        if sum(len(route.order) for route in routes) <= len(fewer):
            kept = fewer
    return [missing, *kept]
