"""VROOM, one call, then ruin and recreate in which VROOM polishes some of the rounds."""

from __future__ import annotations

import random

from fieldsales.adapters.solver import local_search
from fieldsales.adapters.solver.engine import Report
from fieldsales.adapters.solver.local_search import SEED, Style
from fieldsales.adapters.solver.search import Routes, Search, Taste
from fieldsales.adapters.solver.task import Orders, Task
from fieldsales.adapters.solver.vroom import Vroom

STYLE = Style(polished=0.3)


class VroomEngine:
    """VROOM and ruin and recreate around it."""

    name = "VROOM"

    def start(self, task: Task) -> Orders:
        search, vroom = Search(task), Vroom(task)
        routes = search.routes(vroom.solve(search.open_to) or [[] for _ in task.days])
        search.drop_unworthy(routes)
        search.fill(routes, search.left(routes), Taste(), random.Random(SEED))
        return [route.order for route in routes]

    def improve(self, task: Task, orders: Orders, *, seconds: float, deadline: float, report: Report | None) -> Orders:
        search, vroom = Search(task), Vroom(task)

        def polish(routes: Routes) -> Routes | None:
            found = vroom.solve(search.open_to, [route.order for route in routes])
            return None if found is None else search.routes(found)

        rounds = max(1, int(seconds * 300))
        return local_search.improve(search, orders, STYLE, rounds=rounds, deadline=deadline, report=report, polish=polish)
