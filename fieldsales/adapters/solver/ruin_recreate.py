"""Ruin and recreate around VROOM: take part of the plan away, let VROOM fill it up, keep what is not much worse."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence

from fieldsales.adapters.solver.task import Orders, Task
from fieldsales.adapters.solver.vroom import Vroom


class VroomEngine:
    """VROOM, one call, then ruin and recreate."""

    name = "VROOM"

    def start(self, task: Task) -> Orders:
        return Vroom(task).solve(range(task.size)) or [[] for _ in task.days]

    def improve(self, task: Task, orders: Orders, *, seconds: float, deadline: float, report: Callable[[float], None] | None) -> Orders:
        return improve(Vroom(task), orders, rounds=int(seconds * 100), deadline=deadline, report=report)


def improve(vroom: Vroom, orders: Orders, *, rounds: int, deadline: float, report: Callable[[float], None] | None = None) -> Orders:
    """Return orders at least as good after so many rounds, or after fewer when the clock reads `deadline`."""
    task, chance = vroom.task, random.Random(1)
    current = best = orders
    now = most = task.score(orders)
    for done in range(rounds):
        if time.monotonic() > deadline:
            break
        found = _round(vroom, current, chance)
        if found is None:
            continue
        score = task.score(found)
        if score > most:
            best, most = found, score
        if score[0] >= most[0] and score[1] >= most[1] - 0.02 * abs(most[1]) * (1 - done / rounds):
            current, now = found, score
        if report is not None:
            report((done + 1) / rounds)
    return best


def _round(vroom: Vroom, orders: Orders, chance: random.Random) -> Orders | None:
    task = vroom.task
    made = [visit for order in orders for visit in order]
    if not made:
        return vroom.solve(range(task.size))
    removed: set[int] = set()
    for order in orders:
        if not order:
            continue
        length = chance.randint(1, max(1, len(order) // 2))
        begin = chance.randrange(len(order) - length + 1)
        removed.update(order[begin : begin + length])
    withheld = {visit for visit in removed if not task.required[visit] and chance.random() < 0.5}
    kept = [[visit for visit in order if visit not in removed] for order in orders]
    if withheld:
        found = vroom.solve((v for v in range(task.size) if v not in withheld), kept)
        if found is None:
            return None
        kept = found
    return vroom.solve(range(task.size), kept)
