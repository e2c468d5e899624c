"""What every search does with routes: take visits out, put in what is worth most, drop what is not worth its drive."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fieldsales.adapters.solver.routes import DaySpace, Flags, Route
from fieldsales.adapters.solver.task import FAR, Orders, Task, Times
from fieldsales.domain.planning.problem import Fixed

Routes = list[Route]
Marks = npt.NDArray[np.float64]
Score = tuple[int, float, int]
NO_PLACE = -np.inf
SOON = 1e6  # what a required visit is marked with, above everything optional
LONGEST_DROPPED = 3


@dataclass(frozen=True, slots=True)
class Taste:
    """How visits are chosen: value to the power of `power` over the time they take, each value off by up to `noise`."""

    power: float = 2.0
    noise: float = 0.0


class Search:
    """A task with everything that the search needs in arrays."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.spaces = [DaySpace(task, day) for day in range(len(task.days))]
        self.open_to = [visit for visit in range(task.size) if task.allowed[visit]]
        scale = max(task.value, default=0.0) or 1.0  # marks are powers of values: kept small, whatever the values are
        self._value = np.array(task.value, dtype=float) / scale
        self._per_second = task.per_second / scale
        self._required = np.array(task.required, dtype=bool)
        self._some_required = bool(self._required.any())
        self._first = np.array([fixed is Fixed.FIRST for fixed in task.fixed], dtype=bool)
        self._last = np.array([fixed is Fixed.LAST for fixed in task.fixed], dtype=bool)
        self._some_fixed = bool(self._first.any() or self._last.any())

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

    def fill(self, routes: Routes, visits: Iterable[int], taste: Taste, chance: random.Random, days: Sequence[int] | None = None) -> None:
        """Put what fits and is worth it into the routes, best first."""
        left = np.array(sorted(visits), dtype=np.int64)
        waiting = np.ones(len(left), dtype=bool)
        value = self._value
        if taste.noise:
            value = value * np.array([1 + taste.noise * (2 * chance.random() - 1) for _ in range(len(value))])
        days = range(len(routes)) if days is None else days
        known: dict[int, tuple[Times, Marks]] = {}
        while waiting.any():
            best, chosen = NO_PLACE, None
            for day in days:
                if day not in known:
                    known[day] = self._marked(day, routes[day], left, waiting, value, taste.power)
                places, marks = known[day]
                at = int(marks.argmax())
                if marks[at] > best:
                    best, chosen = float(marks[at]), (day, at, int(places[at]))
            if chosen is None:
                return
            day, at, place = chosen
            order = routes[day].order
            routes[day] = Route(self.spaces[day], [*order[:place], int(left[at]), *order[place:]])
            del known[day]
            waiting[at] = False
            for _places, marks in known.values():
                marks[at] = NO_PLACE

    def _marked(self, day: int, route: Route, left: Times, waiting: Flags, value: Marks, power: float) -> tuple[Times, Marks]:
        """Return the best gap of a day for each visit and the mark that it gets there."""
        space = self.spaces[day]
        asked = np.flatnonzero(waiting & space.allowed[left])
        places, marks = np.zeros(len(left), dtype=np.int64), np.full(len(left), NO_PLACE)
        if not len(asked):
            return places, marks
        visits = left[asked]
        gaps = route.gaps(visits)
        fits = gaps.fits
        self.keep_ends(route, visits, fits)
        gain = value[visits] - self._per_second * gaps.travel
        if self._per_second:
            fits = fits & ((gain > 0) | self._required[visits])
            gain = np.maximum(gain, 1e-9)
        cost = np.maximum(gaps.delay, 1)
        found = np.where(fits, gain**power / cost, NO_PLACE)
        if self._some_required:
            found = np.where(fits & self._required[visits], SOON + SOON / cost, found)
        best = found.argmax(axis=0)
        places[asked] = best
        marks[asked] = found[best, np.arange(len(visits))]
        return places, marks

    def keep_ends(self, route: Route, visits: Times, fits: Flags) -> None:
        """Rule out the gaps that what has to stand first or last in its day does not leave."""
        if not self._some_fixed:
            return
        fits[1:, self._first[visits]] = False
        fits[:-1, self._last[visits]] = False
        if route.order and self.task.fixed[route.order[0]] is Fixed.FIRST:
            fits[0, :] = False
        if route.order and self.task.fixed[route.order[-1]] is Fixed.LAST:
            fits[-1, :] = False

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
