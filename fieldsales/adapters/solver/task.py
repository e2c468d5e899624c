"""A problem as the searches work on it: plain lists by day and visit, and whether an order fits into its day.

The searches ask this millions of times, so it answers yes or no alone; the times of a plan come from
`domain.planning.schedule` in the end, and `domain.planning.verify` has the last word.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations, permutations

import numpy as np
import numpy.typing as npt

from fieldsales.domain.planning.problem import UNREACHABLE, Break, Day, Fixed, Problem, Window

Times = npt.NDArray[np.int64]
FAR = 1 << 40  # numpy's “never”: later than all times, far from overflowing a sum
NEVER = 1 << 60  # a moment that does not come
MANY_BREAKS = 3
Order = list[int]
Orders = list[Order]
Labels = list[int]


class DayTask:
    """One day: the travel between visits, their windows cut to the day, and what may follow on what.

    A label is the earliest moment at which one can be somewhere with a certain set of breaks behind one; the position of a
    label in its list is that set as bits. With no break there is one label, with lunch there are two.
    """

    def __init__(self, problem: Problem, index: int, legs: list[list[int]]) -> None:
        day = problem.days[index]
        places = [visit.place for visit in problem.visits]
        self.day = day
        self.legs = legs
        self.service = [visit.service_s for visit in problem.visits]
        self.from_start = _column(problem, index, day.start, places, outward=True)
        self.to_end = _column(problem, index, day.end, places, outward=False)
        self.windows = [_cut(visit.windows[index], visit.service_s, day) for visit in problem.visits]
        self.limit = NEVER if day.max_travel_s is None else day.max_travel_s
        self.all_rested = (1 << len(day.breaks)) - 1
        self._rests = _rest_sequences(day.breaks)

    def travel(self, order: Sequence[int]) -> int:
        """Return the travel of an order in seconds, from the day's start to its end."""
        if not order:
            return 0
        legs, here = self.legs, order[0]
        travelled = self.from_start[here] + self.to_end[order[-1]]
        for there in order[1:]:
            travelled += legs[here][there]
            here = there
        return travelled

    def fits(self, order: Sequence[int]) -> bool:
        """Say whether the visits can be made in this order, with all breaks, within the day and its limit on travel."""
        if not order:
            return True
        if self.travel(order) > min(self.limit, UNREACHABLE - 1):
            return False
        labels = self.begin()
        here = -1
        for there in order:
            leg = self.from_start[there] if here < 0 else self.legs[here][there]
            labels = self.make(self.go(labels, leg), there)
            if min(labels) >= NEVER:
                return False
            here = there
        return self.go(labels, self.to_end[here])[self.all_rested] <= self.day.end_s

    def may_hold(self, visit: int) -> bool:
        """Say whether a visit could be made on this day: it fits were it alone, or can only be reached from another."""
        if not self.windows[visit]:
            return False
        return UNREACHABLE in (self.from_start[visit], self.to_end[visit]) or self.fits([visit])

    def begin(self) -> Labels:
        """Return the labels with which the day begins: no break is taken yet."""
        return [self.day.start_s] + [NEVER] * self.all_rested

    def go(self, labels: Labels, leg: int) -> Labels:
        """Return the labels on arrival after a leg, on which any breaks may have been taken."""
        arrived = [min(moment + leg, NEVER) for moment in labels]
        for before, after, pauses in self._rests:
            moment = labels[before]
            if moment >= NEVER:
                continue
            idle = 0  # time on the way while waiting for a break to begin
            for pause in pauses:
                begins = max(moment, pause.window[0])
                if begins > pause.window[1]:
                    break
                idle += begins - moment
                moment = begins + pause.duration_s
            else:
                arrived[after] = min(arrived[after], moment + max(0, leg - idle))
        return arrived

    def make(self, labels: Labels, visit: int) -> Labels:
        """Return the labels after a visit, from those on arrival at its door."""
        windows, service = self.windows[visit], self.service[visit]
        return [next((max(t, opens) + service for opens, closes in windows if t <= closes), NEVER) if t < NEVER else NEVER for t in labels]

    def make_by(self, labels: Labels, visit: int) -> Labels:
        """Return when one has to be at the door of a visit at the latest, from when it has to be left."""
        windows, service = self.windows[visit], self.service[visit]
        return [next((min(t - service, closes) for opens, closes in reversed(windows) if opens <= t - service), -1) for t in labels]

    def go_by(self, labels: Labels, leg: int) -> Labels:
        """Return when one has to leave at the latest, from when one has to arrive after a leg; -1 where no time is early enough."""
        leave = [moment - leg for moment in labels]
        for before, after, pauses in self._rests:
            moment = labels[after]
            drive_done = moment - leg - sum(pause.duration_s for pause in pauses)
            for pause in reversed(pauses):
                moment = min(moment - pause.duration_s, pause.window[1])
                if moment < pause.window[0]:
                    break
            else:
                leave[before] = max(leave[before], min(moment, drive_done))
        return leave

    def go_all(self, labels: Sequence[Times], legs: Times) -> list[Times]:
        """Do as `go` does for many legs at once; what never comes is `FAR` or later."""
        arrived: list[Times] = [moment + legs for moment in labels]
        for before, after, pauses in self._rests:
            moment: Times = labels[before]
            resting = 0
            for pause in pauses:
                begins = np.maximum(moment, pause.window[0])
                moment = np.where(begins <= pause.window[1], begins + pause.duration_s, FAR)
                resting += pause.duration_s
            arrived[after] = np.minimum(arrived[after], np.maximum(moment, labels[before] + legs + resting))
        return arrived


class Task:
    """The whole problem: its days and what each visit counts for."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.size = len(problem.visits)
        places = [visit.place for visit in problem.visits]
        tables = [matrix.clip(max=UNREACHABLE) for matrix in problem.travel_s]
        legs = [table[places][:, places].tolist() if places else [] for table in tables]
        self.days = [DayTask(problem, index, legs[day.matrix]) for index, day in enumerate(problem.days)]
        self.value = [float(visit.value) for visit in problem.visits]
        self.required = [visit.required for visit in problem.visits]
        self.fixed = [visit.fixed for visit in problem.visits]
        self.some_fixed = any(fixed is not None for fixed in self.fixed)
        self.per_second = problem.value_per_minute / 60
        self.is_tour = all(self.required)  # nothing to choose: only travel can be saved
        self.travel_counts = self.per_second > 0 or self.is_tour
        self.allowed = [[d for d, day in enumerate(self.days) if day.may_hold(v)] for v in range(self.size)]

    def fits(self, day: int, order: Sequence[int]) -> bool:
        """Say whether an order fits into its day, with what is to stand first or last there."""
        for position, visit in enumerate(order):
            fixed = self.fixed[visit]
            if (fixed is Fixed.FIRST and position) or (fixed is Fixed.LAST and position < len(order) - 1):
                return False
        return self.days[day].fits(order)

    def missing(self, orders: Iterable[Sequence[int]]) -> list[int]:
        """Return the required visits that are not made."""
        made = {visit for order in orders for visit in order}
        return [visit for visit in range(self.size) if self.required[visit] and visit not in made]

    def score(self, orders: Iterable[Sequence[int]]) -> tuple[int, float, int]:
        """Return what a plan is judged by, more is better: required visits made, worth, and less travel."""
        required, value, travel = 0, 0.0, 0
        for day, order in zip(self.days, orders, strict=True):
            travel += day.travel(order)
            for visit in order:
                required += self.required[visit]
                value += self.value[visit]
        return required, round(value - self.per_second * travel, 9), -travel


def _column(problem: Problem, index: int, place: int | None, places: Sequence[int], *, outward: bool) -> list[int]:
    if place is None:
        return [0] * len(places)
    table = problem.travel(index)
    line = table[place, :] if outward else table[:, place]
    return [min(int(line[there]), UNREACHABLE) for there in places]


def _cut(windows: Sequence[Window], service_s: int, day: Day) -> tuple[Window, ...]:
    """Return the windows within the day; what begins has to be done before the day is over."""
    cut = ((max(opens, day.start_s), min(closes, day.end_s - service_s)) for opens, closes in windows)
    return tuple((opens, closes) for opens, closes in cut if opens <= closes)


def _rest_sequences(breaks: Sequence[Break]) -> list[tuple[int, int, tuple[Break, ...]]]:
    """Return every way to take breaks on one leg: those taken before, those taken after, and in which order between."""
    count = len(breaks)
    if count > MANY_BREAKS:  # so many are taken in the order of their windows
        line = sorted(range(count), key=lambda i: breaks[i].window)
        chains = [(line[:a], line[a:b]) for a in range(count) for b in range(a + 1, count + 1)]
    else:
        everything = range(count)
        chains = [
            ([i for i in everything if i not in rest], list(chosen))
            for size in range(1, count + 1)
            for rest in combinations(everything, size)
            for length in range(1, size + 1)
            for chosen in permutations(rest, length)
        ]
    return [(_bits(before), _bits(before + chosen), tuple(breaks[i] for i in chosen)) for before, chosen in chains]


def _bits(breaks: Iterable[int]) -> int:
    return sum(1 << i for i in breaks)
