"""Iterated local search in Python and numpy: strings of visits are taken out of the plan, and what fits best is put in.

What it asks all the time, where each of a hundred customers could be put in and what that costs, is answered for all gaps
of a day at once with numpy; breaks are exact (a time for each set of breaks taken, see `DayTask`).
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Iterable, Sequence

import numpy as np
import numpy.typing as npt

from fieldsales.adapters.solver.task import NEVER, DayTask, Labels, Order, Orders, Task
from fieldsales.domain.planning.problem import Fixed

Times = npt.NDArray[np.int64]
FAR = 1 << 40  # numpy's “never”: later than all times, far from overflowing a sum


class Route:
    """One day's order with the times that judge what may be put into each of its gaps."""

    def __init__(self, space: DaySpace, order: Order) -> None:
        self.space = space
        self.order = order
        self.feasible = self._time()

    def _time(self) -> bool:
        space, day = self.space, self.space.day
        nodes = [space.start, *self.order, space.end]
        legs = space.legs
        labels = day.begin()
        leaves = [labels]
        travel = 0
        arrivals: list[Labels] = []
        for here, there in zip(nodes, nodes[1:], strict=False):
            leg = legs[here][there]
            travel += leg
            labels = day.go(labels, leg)
            arrivals.append(labels)
            if there != space.end:
                labels = day.make(labels, there)
                leaves.append(labels)
        self.travel = travel if self.order else 0
        if self.order and (labels[day.all_rested] > day.day.end_s or self.travel > day.limit or self.travel >= FAR):
            return False
        latest = [-1] * day.all_rested + [day.day.end_s]
        lasts = [latest]
        for here, there in zip(reversed(nodes[1:-1]), reversed(nodes[2:]), strict=True):
            latest = day.make_by(day.go_by(latest, legs[here][there]), here)
            lasts.append(latest)
        lasts.reverse()
        self.leaves = np.minimum(np.array(leaves, dtype=np.int64), FAR)
        self.lasts = np.array(lasts, dtype=np.int64)
        self.before = np.array(nodes[:-1])
        self.after = np.array(nodes[1:])
        self.arrivals = np.minimum(np.array(arrivals, dtype=np.int64), FAR)
        return True


class DaySpace:
    """A day as arrays: travel between all visits, its start (n) and its end (n + 1), windows and service."""

    def __init__(self, task: Task, index: int) -> None:
        self.task = task
        self.day: DayTask = task.days[index]
        day, size = self.day, task.size
        self.start, self.end = size, size + 1
        table = np.zeros((size + 2, size + 2), dtype=np.int64)
        table[:size, :size] = np.array(day.legs, dtype=np.int64).reshape(size, size)
        table[size, :size] = day.from_start
        table[:size, size + 1] = day.to_end
        self.table = table
        self.legs: list[list[int]] = table.tolist()
        self.service = np.array(day.service, dtype=np.int64)
        most = max((len(windows) for windows in day.windows), default=0)
        self.opens = np.full((most, size), FAR, dtype=np.int64)
        self.closes = np.full((most, size), -1, dtype=np.int64)
        for visit, windows in enumerate(day.windows):
            for place, (opens, closes) in enumerate(windows):
                self.opens[place, visit], self.closes[place, visit] = opens, closes
        self.allowed = np.array([index in task.allowed[visit] for visit in range(size)], dtype=bool)

    def gaps(self, route: Route, visits: Times) -> tuple[Times, Times, npt.NDArray[np.bool_]]:
        """Return for each gap (row) and visit (column) the travel and the time that it would take, and whether it fits."""
        day, table = self.day, self.table
        to = table[route.before[:, None], visits]
        on = table[visits[None, :], route.after[:, None]]
        more = to + on
        if route.order:
            more = more - table[route.before, route.after][:, None]
        fits = more + route.travel <= day.limit
        leaves = [route.leaves[:, mask][:, None] for mask in range(day.all_rested + 1)]
        ready = day.go_all(leaves, to)
        ready = [self._made(moment, visits) for moment in ready]
        ready = day.go_all(ready, on)
        fit = ready[0] <= route.lasts[:, 0][:, None]
        for mask in range(1, day.all_rested + 1):
            fit |= ready[mask] <= route.lasts[:, mask][:, None]
        fits &= fit
        late = ready[0] - route.arrivals[:, 0][:, None]
        return more, late, fits

    def _made(self, moment: Times, visits: Times) -> Times:
        service = self.service[visits]
        if len(self.opens) == 1:
            begins = np.maximum(moment, self.opens[0, visits])
            return np.where(begins <= self.closes[0, visits], begins + service, FAR)
        begins = np.full(moment.shape, FAR, dtype=np.int64)
        for place in range(len(self.opens) - 1, -1, -1):
            closes = self.closes[place, visits]
            begins = np.where(moment <= closes, np.maximum(moment, self.opens[place, visits]), begins)
        return begins + service


class Search:
    """The plan being searched, one route a day, and what is not in it."""

    def __init__(self, task: Task, orders: Orders, chance: random.Random) -> None:
        self.task = task
        self.chance = chance
        self.spaces = [DaySpace(task, day) for day in range(len(task.days))]
        self.routes = [Route(space, list(order)) for space, order in zip(self.spaces, orders, strict=True)]
        self.value = np.array(task.value)
        self.required = np.array(task.required, dtype=bool)
        self.first = np.array([fixed is Fixed.FIRST for fixed in task.fixed], dtype=bool)
        self.last = np.array([fixed is Fixed.LAST for fixed in task.fixed], dtype=bool)
        self.some_fixed = bool(self.first.any() or self.last.any())

    def orders(self) -> Orders:
        return [route.order for route in self.routes]

    def take(self, routes: list[Route]) -> None:
        self.routes = routes

    def fill(self, out: Iterable[int], *, price: float, power: float, noise: float, days: Sequence[int] | None = None) -> list[int]:
        """Put what fits into the plan, best first; return what is still out."""
        left = np.array(sorted(out), dtype=np.int64)
        chance, routes = self.chance, self.routes
        taste = self.value.copy()
        if noise:
            taste *= np.array([1 + noise * (chance.random() * 2 - 1) for _ in range(len(taste))])
        days = range(len(routes)) if days is None else days
        known: dict[int, tuple[Times, npt.NDArray[np.float64]]] = {}
        while len(left):
            for day in days:
                if day not in known:
                    known[day] = self._best_gaps(day, left, price, power, taste)
            best, chosen = -math.inf, None
            for day in days:
                places, marks = known[day]
                at = int(marks.argmax())
                if marks[at] > best:
                    best, chosen = float(marks[at]), (day, at, int(places[at]))
            if chosen is None or best == -math.inf:
                break
            day, at, place = chosen
            visit = int(left[at])
            order = routes[day].order
            routes[day] = Route(self.spaces[day], [*order[:place], visit, *order[place:]])
            left = np.delete(left, at)
            del known[day]
            for other, (places, marks) in known.items():
                known[other] = np.delete(places, at), np.delete(marks, at)
        return [int(v) for v in left]

    def _best_gaps(self, day: int, visits: Times, price: float, power: float, taste: npt.NDArray[np.float64]) -> tuple[Times, npt.NDArray[np.float64]]:
        space, route = self.spaces[day], self.routes[day]
        more, late, fits = space.gaps(route, visits)
        fits &= space.allowed[visits]
        if self.some_fixed:
            self._keep_ends(route, visits, fits)
        gain = taste[visits] - price * more
        required = self.required[visits]
        cost = np.where(fits, np.maximum(late, 1), FAR)
        if price:
            worth = gain > 0
            fits &= worth | required
            gain = np.maximum(gain, 1e-9)
        marks = np.where(fits, gain**power / cost, -np.inf)
        if required.any():
            marks = np.where(fits & required, 1e12 + 1e12 / cost, marks)
        places = marks.argmax(axis=0)
        return places, marks[places, np.arange(len(visits))]

    def _keep_ends(self, route: Route, visits: Times, fits: npt.NDArray[np.bool_]) -> None:
        order, task = route.order, self.task
        fits[1:, self.first[visits]] = False
        fits[:-1, self.last[visits]] = False
        if order and task.fixed[order[0]] is Fixed.FIRST:
            fits[0, :] = False
        if order and task.fixed[order[-1]] is Fixed.LAST:
            fits[-1, :] = False
