"""VROOM, one call, then ruin and recreate in which VROOM polishes some of the rounds."""

from __future__ import annotations

import random

from fieldsales.adapters.solver import local_search
from fieldsales.adapters.solver.engine import Report
from fieldsales.adapters.solver.local_search import SEED, fill_ms, rounds_for, style_for
from fieldsales.adapters.solver.search import Routes, Search, Taste
from fieldsales.adapters.solver.task import Orders, Task
from fieldsales.adapters.solver.vroom import Vroom

POLISHED, POLISHED_OF_DAYS = 0.25, 0.5  # share of the rounds, of one day and of several, between which VROOM can move visits
MOST_AT_FIRST = 200  # candidates that VROOM is given from nothing: with more it takes seconds, and starts from our own plan
MOST_OFFERED = 80  # candidates beside those in the plan that a call is given: it takes in proportion to them


class VroomEngine:
    """VROOM and ruin and recreate around it."""

    name = "VROOM"

    def start(self, task: Task) -> Orders:
        """Return the better of what VROOM finds in one call and of what is simply put in best first."""
        search, vroom, chance = Search(task), Vroom(task), random.Random(SEED)
        ends = search.routes([[] for _ in task.days])
        search.fill(ends, (visit for visit in search.open_to if task.fixed[visit] is not None), Taste(), chance)
        filled = list(ends)
        search.fill(filled, search.left(filled), Taste(), chance)
        if len(search.open_to) <= MOST_AT_FIRST:
            found = _usable(search, vroom.solve(search.open_to, [route.order for route in ends]))
        else:
            found = _usable(search, vroom.improve(_offered(search, filled, chance), filled))
        if found is not None:
            search.drop_unworthy(found)
            search.fill(found, search.left(found), Taste(), chance)
        return [route.order for route in (filled if found is None else max(found, filled, key=search.score))]

    def improve(self, task: Task, orders: Orders, *, seconds: float, deadline: float, report: Report | None) -> Orders:
        """Return what so many seconds of rounds make of the orders."""
        search, vroom, chance = Search(task), Vroom(task), random.Random(SEED)

        def polish(routes: Routes) -> Routes | None:
            return _usable(search, vroom.improve(_offered(search, routes, chance), routes))

        style = style_for(task, polished=POLISHED if len(task.days) == 1 else POLISHED_OF_DAYS)
        rounds = rounds_for(seconds, fill_ms(task, orders) + style.polished * polish_ms(orders, apart=vroom.stride > 0))
        return local_search.improve(search, orders, style, rounds=rounds, deadline=deadline, report=report, polish=polish)


def _offered(search: Search, routes: Routes, chance: random.Random) -> list[int]:
    """Return the visits in the plan and as many of the others as a call can weigh."""
    left = search.left(routes)
    if len(left) > MOST_OFFERED:
        left = chance.sample(left, MOST_OFFERED)
    return [visit for route in routes for visit in route.order] + left


def _usable(search: Search, orders: Orders | None) -> Routes | None:
    """Return the routes of what VROOM found; None when it refused, or when they do not fit as we reckon."""
    if orders is None:
        return None
    routes = search.routes(orders)
    return routes if all(route.feasible for route in routes) else None


def polish_ms(orders: Orders, *, apart: bool) -> float:
    """Return what a call of VROOM takes that starts from such a plan, on a machine of 2024; `apart`: days with clocks of their own."""
    return (0.6 + 0.11 * sum(len(order) for order in orders)) * (0.2 if apart else 1)
