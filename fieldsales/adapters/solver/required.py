"""Find room for required visits: where one does not fit, others are put out and looked for a place again.

Who is put out is chosen by how often nobody found a place for them before (ejection search after Nagata and Bräysy, 2009),
and the rest is shaken a little, so that the same ones do not go in a circle.
"""

from __future__ import annotations

import random
import time

import numpy as np

from fieldsales.adapters.solver.routes import Route
from fieldsales.adapters.solver.search import Routes, Search, Taste
from fieldsales.adapters.solver.task import Order, Orders, Task
from fieldsales.domain.planning.problem import Fixed

ROUNDS = 400
HOPELESS_ROUNDS = 20
STALLED = 60  # rounds without a visit more placed, after which the rest is taken not to fit
SECONDS_AT_MOST = 3.0
MOST_PUT_OUT = 4
SHAKES = 8
OPTIONAL_TROUBLE = 1e-3  # how bad it is to put out what may be left out, beside 1 for what may not


def with_required(task: Task, orders: Orders, *, hopeless: bool) -> Orders:
    """Return orders with as many of the required visits as are found to fit, and what else fits beside them.

    First with what the plan has, then from the required visits alone. It does not take long when it is `hopeless` to place all.
    """
    search, deadline = Search(task), time.monotonic() + SECONDS_AT_MOST
    rounds = HOPELESS_ROUNDS if hopeless else ROUNDS
    found = place_required(search, search.routes(orders), rounds=rounds, deadline=deadline)
    if task.missing([route.order for route in found]):
        bare = search.routes([[visit for visit in order if task.required[visit]] for order in orders])
        if all(route.feasible for route in bare):
            other = place_required(search, bare, rounds=rounds, deadline=deadline)
            found = max(found, other, key=search.score)
    return [route.order for route in found]


def place_required(search: Search, routes: Routes, *, rounds: int, deadline: float) -> Routes:
    """Return routes with as many of the required visits as were found to fit; optional ones may have fallen out."""
    task, chance = search.task, random.Random(1)
    now = list(routes)
    waiting = [visit for visit in search.left(now) if task.required[visit]]
    best, fewest = list(now), len(waiting)
    trouble = [1.0 if required else OPTIONAL_TROUBLE for required in task.required]
    last_gain = 0
    for done in range(rounds):
        if not waiting or done - last_gain > STALLED or time.monotonic() > deadline:
            break
        visit = waiting.pop(0)
        if not _put_in(search, now, visit, chance):
            trouble[visit] += 1 if task.required[visit] else 0
            out = _make_room(search, now, visit, trouble, chance)
            if out is None:
                waiting.append(visit)
                if len(waiting) == 1:
                    break
            else:
                waiting.extend(v for v in out if task.required[v])
            shake(search, now, SHAKES, chance)
        if len(waiting) < fewest:
            best, fewest, last_gain = list(now), len(waiting), done
    search.fill(best, search.left(best), Taste(), chance)
    return best


def _put_in(search: Search, routes: Routes, visit: int, chance: random.Random) -> bool:
    """Put a visit into a gap that has room, at random among the best of each day; False when none has."""
    choices = []
    for day in search.task.allowed[visit]:
        route = routes[day]
        travel, delay, fits = route.gaps(np.array([visit]))
        rows = np.flatnonzero(fits[:, 0]).tolist()
        if rows:
            choices.append((day, min(rows, key=lambda row: (int(delay[row, 0]), int(travel[row, 0])))))
            choices.append((day, chance.choice(rows)))
    if not choices:
        return False
    day, place = chance.choice(choices)
    routes[day] = routes[day].with_visit(visit, place)
    return True


def _make_room(search: Search, routes: Routes, visit: int, trouble: list[float], chance: random.Random) -> Order | None:
    """Put a visit in by putting a string of others out, those with the least trouble; return them, None when nothing helps."""
    best: tuple[float, float] | None = None
    chosen: tuple[int, int, int] | None = None
    for day in search.task.allowed[visit]:
        for begin, end, out in _strings(search, routes[day], visit):
            cost = (sum(trouble[v] for v in out), chance.random())
            if best is None or cost < best:
                best, chosen = cost, (day, begin, end)
    if chosen is None:
        return None
    day, begin, end = chosen
    order = routes[day].order
    changed = Route(search.spaces[day], [*order[:begin], visit, *order[end:]])
    if not changed.feasible:
        return None
    routes[day] = changed
    return order[begin:end]


def _strings(search: Search, route: Route, visit: int) -> list[tuple[int, int, Order]]:
    """Return the strings (from, to, visits) of a route in whose stead the visit could be made."""
    space, task = route.space, search.task
    day, legs, order = space.day, space.legs, route.order
    nodes = [space.start, *order, space.end]
    found = []
    for begin in range(len(order)):
        if task.fixed[visit] is Fixed.FIRST and begin:
            break
        if begin and task.fixed[order[begin - 1]] is Fixed.LAST:
            break
        here = nodes[begin]
        made = day.make(day.go(route.leave_labels(begin), legs[here][visit]), visit)
        if min(made) >= day.day.end_s + 1:
            continue
        for end in range(begin + 1, min(begin + MOST_PUT_OUT, len(order)) + 1):
            if task.fixed[visit] is Fixed.LAST and end < len(order):
                continue
            if end < len(order) and task.fixed[order[end]] is Fixed.FIRST:
                continue
            there = nodes[end + 1]
            arrived = day.go(made, legs[visit][there])
            if any(a <= b for a, b in zip(arrived, route.last_labels(end), strict=True)):
                found.append((begin, end, order[begin:end]))
    return found


def shake(search: Search, routes: Routes, times: int, chance: random.Random) -> None:
    """Move so many visits to other places where they fit."""
    for _ in range(times):
        days = [day for day, route in enumerate(routes) if len(route.order) > 1]
        if not days:
            return
        day = chance.choice(days)
        order = routes[day].order
        at = chance.randrange(len(order))
        without = Route(search.spaces[day], order[:at] + order[at + 1 :])
        if not without.feasible:
            continue
        before = routes[day]
        routes[day] = without
        if not _put_in(search, routes, order[at], chance):
            routes[day] = before
