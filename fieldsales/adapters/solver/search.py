"""What every search does with routes: take visits out, put in what is worth most, drop what is not worth its drive."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fieldsales.adapters.solver.routes import DaySpace, Flags, Route
from fieldsales.adapters.solver.task import FAR, Orders, Task

Routes = list[Route]
Marks = npt.NDArray[np.float64]
Score = tuple[int, float, int]
NO_PLACE = -np.inf
SOON = 1e6  # what a required visit is marked with, above everything optional
HURRY = 5  # how much more `noise` counts for what is required: by its hurry alone it would always go back where it was
LONGEST_DROPPED = 3


@dataclass(frozen=True, slots=True)
class Taste:
    """How visits are chosen: value to the power of `power` over the time they take, each value raised by up to `noise`.

    `price` is the share of what travel costs that counts: with less, two visits that are worth their drive only together get in.
    """

    power: float = 2.0
    noise: float = 0.0
    price: float = 1.0


class Search:
    """A task with everything that the search needs in arrays."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.spaces = [DaySpace(task, day) for day in range(len(task.days))]
        self.open_to = [visit for visit in range(task.size) if task.allowed[visit]]
        scale = max(task.value, default=0.0) or 1.0  # marks are powers of values: kept small, whatever the values are
        self._value = np.array(task.value, dtype=float) / scale
        self._soon = np.full(task.size, SOON)
        self._per_second = task.per_second / scale
        self._required = np.array(task.required, dtype=bool)
        self._some_required = bool(self._required.any())

    def routes(self, orders: Orders) -> Routes:
        """Return the routes of these orders."""
        return [Route(space, list(order)) for space, order in zip(self.spaces, orders, strict=True)]

    def score(self, routes: Sequence[Route]) -> Score:
        """Return what a plan is judged by, more is better: required visits made, worth, and less travel."""
        travel = sum([route.travel for route in routes])
        value = sum([route.value for route in routes])
        return sum([route.required for route in routes]), round(value - self.task.per_second * travel, 9), -travel

    def left(self, routes: Sequence[Route]) -> list[int]:
        """Return the visits that could be made and are not."""
        made = {visit for route in routes for visit in route.order}
        return [visit for visit in self.open_to if visit not in made]

    def fill(self, routes: Routes, visits: Iterable[int], taste: Taste, chance: random.Random) -> None:
        """Put what fits and is worth it into the routes, best first."""
        waiting = np.zeros(self.task.size, dtype=bool)
        waiting[list(visits)] = True
        value, hurry = self._value, self._soon
        if taste.noise:
            raised = np.array([chance.random() for _ in range(self.task.size)])
            value = value * (1 + taste.noise * raised)
            hurry = SOON * (1 + raised) ** (HURRY * taste.noise)
        marks = [self._marked(route, waiting, value, hurry, taste) for route in routes]
        tops = [float(mark.max(initial=NO_PLACE)) for mark in marks]
        while True:
            day = max(range(len(routes)), key=tops.__getitem__)
            if tops[day] == NO_PLACE:
                return
            visit = int(marks[day].argmax())
            waiting[visit] = False
            routes[day] = routes[day].with_visit(visit, int(routes[day].entries.place[visit]))
            marks[day] = self._marked(routes[day], waiting, value, hurry, taste)
            tops[day] = float(marks[day].max())
            for other, mark in enumerate(marks):
                if other != day and mark[visit] != NO_PLACE:
                    mark[visit] = NO_PLACE
                    tops[other] = float(mark.max())

    def _marked(self, route: Route, waiting: Flags, value: Marks, hurry: Marks, taste: Taste) -> Marks:
        """Return the mark of each visit for going into a route where it best does."""
        entries = route.entries
        fits = waiting & (entries.cost < FAR)
        if self._per_second:
            gain = value - self._per_second * taste.price * entries.travel
            fits &= (gain > 0) | self._required
            gain = np.maximum(gain, 1e-9)
        else:
            gain = value
        marks = np.where(fits, gain**taste.power / entries.cost, NO_PLACE)
        if self._some_required:
            marks = np.where(fits & self._required, SOON + hurry / entries.cost, marks)
        return marks

    def drop_unworthy(self, routes: Routes) -> None:
        """Take out the strings of visits that are worth less than the travel they cost, the worst first."""
        if not self.task.per_second:
            return
        for day, space in enumerate(self.spaces):
            while (better := self._without_the_worst(space, routes[day])) is not None:
                routes[day] = better

    def _without_the_worst(self, space: DaySpace, route: Route) -> Route | None:
        task, nodes, legs = self.task, [space.start, *route.order, space.end], space.legs
        found: list[tuple[float, int, int]] = []
        for begin in range(1, len(nodes) - 1):
            worth, along = 0.0, legs[nodes[begin - 1]][nodes[begin]]
            for end in range(begin + 1, min(begin + LONGEST_DROPPED, len(nodes) - 1) + 1):
                visit = nodes[end - 1]
                if task.required[visit]:
                    break
                worth += task.value[visit]
                along += legs[visit][nodes[end]]
                without = legs[nodes[begin - 1]][nodes[end]] if end - begin < len(route.order) else 0
                loss = task.per_second * (along - without) - worth
                if loss > 1e-9:
                    found.append((loss, begin - 1, end - 1))
        for _, begin, end in sorted(found, reverse=True):
            shorter = Route(space, route.order[:begin] + route.order[end:])
            if shorter.feasible:
                return shorter
        return None
