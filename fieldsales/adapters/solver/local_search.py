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
