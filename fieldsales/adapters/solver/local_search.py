"""Ruin and recreate: some visits are taken out of the plan, and what fits best is put in; what is a little worse may stay a while.

This is the whole of the solver in Python, and the frame of the one with VROOM, which polishes some of the rounds.
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable
from dataclasses import dataclass

from fieldsales.adapters.solver.engine import Report
from fieldsales.adapters.solver.required import shake
from fieldsales.adapters.solver.routes import Route
from fieldsales.adapters.solver.search import Routes, Score, Search, Taste
from fieldsales.adapters.solver.task import Orders, Task

Polish = Callable[[Routes], Routes | None]
SEED = 1
SHORT = 4  # visits of a short string
SHAKEN = 80  # visits moved between two legs
TASTES = (Taste(1, 0.2), Taste(2, 0.2), Taste(2, 0.2, price=0.4), Taste(3, 0.2))


@dataclass(frozen=True, slots=True)
class Style:
    """How a search goes about.

    Up to `longest` visits are taken out at once; at first it takes steps down by about `warmth` of what a stop is worth;
    the share `polished` of the rounds is polished. Of several `legs` each but the first begins anew.
    """

    longest: int = 12
    days: int = 2
    warmth: float = 0.35
    polished: float = 0.0
    legs: int = 1


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
        rounds = rounds_for(seconds, fill_ms(task, orders))
        return improve(search, orders, style_for(task), rounds=rounds, deadline=deadline, report=report)


def rounds_for(seconds: float, round_ms: float) -> int:
    """Return how many rounds of so many milliseconds make so many seconds."""
    return max(1, int(seconds * 1000 / round_ms))


def fill_ms(task: Task, orders: Orders) -> float:
    """Return what a round takes by the size of a plan, measured on a machine of 2024; it has to be the same number on every machine."""
    stops, days = sum(len(order) for order in orders), len(task.days)
    breaks = max(len(day.day.breaks) for day in task.days)
    long_tour = 1.5e-6 * stops**3 if task.is_tour else 0.0
    return 0.3 + 0.015 * stops + 0.07 * days + 0.0012 * task.size + (0.0, 0.3, 1.0)[min(breaks, 2)] + long_tour


def style_for(task: Task, *, polished: float = 0.0) -> Style:
    """Return how to go about a task: where nothing is to be chosen, more is taken out at once and more is tried."""
    if task.is_tour:
        return Style(longest=16, warmth=0.7, polished=min(polished, 0.2), legs=2)
    return Style(polished=polished, legs=3 if len(task.days) == 1 else 1)


def improve(
    search: Search,
    orders: Orders,
    style: Style,
    *,
    rounds: int,
    deadline: float,
    report: Report | None = None,
    polish: Polish | None = None,
) -> Orders:
    """Return orders at least as good after so many rounds, or after fewer when the clock reads `deadline`."""
    chance = random.Random(SEED)
    current = best = search.routes(orders)
    now = most = search.score(current)
    a_leg = max(1, rounds // style.legs)
    for done in range(rounds):
        if time.monotonic() > deadline:
            break
        if done and done % a_leg == 0:
            current = _anew(search, best, chance)
            now = search.score(current)
        found = _round(search, current, style, chance, polish)
        if found is not None:
            score = search.score(found)
            stops = sum([len(route.order) for route in found])
            if stays(score, now, most, stops, style.warmth * (1 - done % a_leg / a_leg), chance):
                current, now = found, score
            if score > most:
                best, most = found, score
        if report is not None:
            report((done + 1) / rounds)
    if report is not None:
        report(1.0)
    return [route.order for route in best]


def _anew(search: Search, best: Routes, chance: random.Random) -> Routes:
    """Return another plan to begin from: put in best first, or the best one where that misses required visits, and shaken."""
    routes = search.routes([[] for _ in best])
    search.fill(routes, search.open_to, chance.choice(TASTES), chance)
    if sum(route.required for route in routes) < sum(route.required for route in best):
        routes = list(best)
    shake(search, routes, SHAKEN, chance)
    return routes


def stays(score: Score, now: Score, most: Score, stops: int, warmth: float, chance: random.Random) -> bool:
    """Say whether the search goes on from what was found: simulated annealing, and never without a required visit.

    What a step down may cost is measured by what one of the plan's `stops` is worth, and by its leg where all else is equal.
    """
    if score[0] < most[0]:
        return False
    better, base = score[1] - now[1], abs(most[1])
    if better == 0:
        better, base = score[2] - now[2], abs(most[2])
    return better >= 0 or chance.random() < math.exp(better * stops / (warmth * base + 1e-9))


def _round(search: Search, current: Routes, style: Style, chance: random.Random, polish: Polish | None) -> Routes | None:
    """Return other routes; None when the ruin does not work, for without a stop another may be reached too late."""
    routes = list(current)
    removed = _chosen(search, routes, style, chance)
    for day, route in enumerate(routes):
        if not removed.isdisjoint(route.order):
            routes[day] = Route(search.spaces[day], [visit for visit in route.order if visit not in removed])
            if not routes[day].feasible:
                return None
    share = 0.5 * chance.random()
    withheld = {visit for visit in sorted(removed) if not search.task.required[visit] and chance.random() < share}
    taste = chance.choice(TASTES)
    search.fill(routes, (visit for visit in search.left(routes) if visit not in withheld), taste, chance)
    if taste.price < 1:
        search.drop_unworthy(routes)
    if withheld:
        search.fill(routes, search.left(routes), Taste(), chance)
    if polish is not None and chance.random() < style.polished:
        polished = polish(routes)
        if polished is not None:
            routes = polished
            search.drop_unworthy(routes)
            search.fill(routes, search.left(routes), Taste(), chance)
    return routes


def _chosen(search: Search, routes: Routes, style: Style, chance: random.Random) -> set[int]:
    """Return visits to take out: one string of some days, some short strings anywhere, or those near a customer."""
    orders = [route.order for route in routes if route.order]
    orders = chance.sample(orders, min(len(orders), chance.randint(1, style.days)))
    made = [visit for order in orders for visit in order]
    if not made:
        return set()
    most = max(1, min(style.longest, len(made) * 2 // 3))
    way = chance.randrange(4)
    if way == 0:
        strings = [(order, max(1, min(style.longest, len(order) * 2 // 3))) for order in orders]
    elif way == 1:
        strings = [(chance.choice(orders), SHORT) for _ in range(chance.randint(1, 3))]
    else:
        legs = search.spaces[0].legs[chance.choice(search.open_to)]
        near = sorted(made, key=lambda visit: legs[visit] * (1 + 0.3 * chance.random()))
        return set(near[: chance.randint(1, most)])
    removed: set[int] = set()
    for order, longest in strings:
        length = chance.randint(1, min(longest, len(order)))
        begin = chance.randrange(len(order) - length + 1)
        removed.update(order[begin : begin + length])
    return removed
