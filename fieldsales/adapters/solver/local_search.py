"""Ruin and recreate: strings of visits are taken out of the plan, and what fits best is put in; what is a little worse may stay for a while.

This is the whole of the solver in Python, and the frame of the one with VROOM, which polishes some of the rounds.
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fieldsales.adapters.solver.engine import Report
from fieldsales.adapters.solver.routes import Route
from fieldsales.adapters.solver.search import Routes, Score, Search, Taste
from fieldsales.adapters.solver.task import Orders, Task

Polish = Callable[[Routes, Sequence[int]], Routes | None]  # routes and the days that have changed -> better ones
SEED = 1
TASTES = (Taste(1, 0.2), Taste(2, 0.2), Taste(2, 0.2), Taste(3, 0.2))


@dataclass(frozen=True, slots=True)
class Style:
    """How a search goes about: strings of up to `longest` visits of up to `days` days, and how warm it begins (share of the worth)."""

    longest: int = 8
    days: int = 2
    warmth: float = 0.01
    polished: float = 0.0  # share of the rounds


class LocalSearchEngine:
    """The solver in Python."""

    name = "FieldSales"

    def start(self, task: Task) -> Orders:
        search = Search(task)
        routes = search.routes([[] for _ in task.days])
        search.fill(routes, search.open_to, Taste(), random.Random(SEED))
        return [route.order for route in routes]

    def improve(self, task: Task, orders: Orders, *, seconds: float, deadline: float, report: Report | None) -> Orders:
        search = Search(task)
        rounds = max(1, int(seconds * 1000))
        return improve(search, orders, Style(), rounds=rounds, deadline=deadline, report=report)


def improve(
    search: Search,
    orders: Orders,
    style: Style,
    *,
    rounds: int,
    deadline: float,
    report: Report | None = None,
    polish: Polish | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Orders:
    """Return orders at least as good after so many rounds, or after fewer when the clock reads `deadline`."""
    chance = random.Random(SEED)
    current = best = search.routes(orders)
    now = most = search.score(current)
    for done in range(rounds):
        if clock() > deadline:
            break
        found = _round(search, current, style, chance, polish)
        if found is not None:
            score = search.score(found)
            if _stays(score, now, most, style.warmth * (1 - done / rounds), chance):
                current, now = found, score
            if score > most:
                best, most = found, score
        if report is not None:
            report((done + 1) / rounds)
    return [route.order for route in best]


def _stays(score: Score, now: Score, most: Score, warmth: float, chance: random.Random) -> bool:
    """Say whether the search goes on from what was found: simulated annealing, and never without a required visit."""
    if score[0] < most[0]:
        return False
    better = score[1] - now[1]
    if better == 0:
        return score[2] >= now[2] or chance.random() < 0.3
    return better > 0 or chance.random() < math.exp(better / (warmth * abs(most[1]) + 1e-9))


def _round(search: Search, current: Routes, style: Style, chance: random.Random, polish: Polish | None) -> Routes | None:
    """Return other routes; None when the ruin does not work, for without a stop another may be reached too late."""
    routes = list(current)
    days = [day for day, route in enumerate(routes) if route.order]
    if len(days) > 1:
        days = chance.sample(days, chance.randint(1, min(len(days), style.days)))
    removed: list[int] = []
    for day in days:
        order = routes[day].order
        length = chance.randint(1, max(1, min(style.longest, len(order) * 2 // 3)))
        begin = chance.randrange(len(order) - length + 1)
        removed += order[begin : begin + length]
        routes[day] = Route(search.spaces[day], order[:begin] + order[begin + length :])
        if not routes[day].feasible:
            return None
    share = 0.5 * chance.random()
    withheld = {visit for visit in removed if not search.task.required[visit] and chance.random() < share}
    search.fill(routes, (visit for visit in search.left(routes) if visit not in withheld), chance.choice(TASTES), chance)
    if withheld:
        search.fill(routes, search.left(routes), Taste(), chance)
    if polish is not None and chance.random() < style.polished:
        polished = polish(routes, days)
        if polished is not None:
            routes = polished
            search.drop_unworthy(routes)
            search.fill(routes, search.left(routes), Taste(), chance)
    return routes
