"""VROOM, one call, then ruin and recreate in which VROOM polishes some of the rounds."""

from __future__ import annotations

import random

from fieldsales.adapters.solver import local_search
from fieldsales.adapters.solver.engine import Report
from fieldsales.adapters.solver.local_search import SEED, Style, fill_ms, rounds_for
from fieldsales.adapters.solver.search import Routes, Search, Taste
from fieldsales.adapters.solver.task import Orders, Task
from fieldsales.adapters.solver.vroom import Vroom

FIRST_CALL_S = 5.0  # ends a call for hundreds of customers; VROOM looks at the clock between its steps only
STYLE = Style(polished=0.5)


class VroomEngine:
    """VROOM and ruin and recreate around it."""

    name = "VROOM"

    def start(self, task: Task) -> Orders:
        """Return what VROOM finds in one call around the visits that have to stand first or last."""
        search, vroom, chance = Search(task), Vroom(task), random.Random(SEED)
        routes = search.routes([[] for _ in task.days])
        search.fill(routes, (visit for visit in search.open_to if task.fixed[visit] is not None), Taste(), chance)
        found = vroom.solve(search.open_to, [route.order for route in routes], seconds=FIRST_CALL_S)
        if found is not None:
            routes = search.usable(found) or routes
        search.drop_unworthy(routes)
        search.fill(routes, search.left(routes), Taste(), chance)
        return [route.order for route in routes]

    def improve(self, task: Task, orders: Orders, *, seconds: float, deadline: float, report: Report | None) -> Orders:
        search, vroom = Search(task), Vroom(task)

        def polish(routes: Routes) -> Routes | None:
            found = vroom.solve(search.open_to, [route.order for route in routes])
            return None if found is None else search.usable(found)

        rounds = rounds_for(seconds, fill_ms(task, orders) + STYLE.polished * polish_ms(task, orders, apart=vroom.stride > 0))
        return local_search.improve(search, orders, STYLE, rounds=rounds, deadline=deadline, report=report, polish=polish)


def polish_ms(task: Task, orders: Orders, *, apart: bool) -> float:
    """Return what a call of VROOM takes that starts from such a plan, on a machine of 2024; `apart`: days with clocks of their own."""
    return 0.6 + (0.07 * sum(len(order) for order in orders) + 0.005 * task.size) * (0.3 if apart else 1)
