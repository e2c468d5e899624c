"""The exact times of orders of visits within one day: how early each can be, how late each may be, and what fits in between.

With breaks that begin within windows, being earlier at a stop is never worse as long as the same breaks have been taken; so
for each stop one earliest time per set of breaks taken is all there is to know (and, from the end of the day backwards, one
latest time). Orders are indices into the problem's visits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from fieldsales.domain.planning.problem import UNREACHABLE, Fixed, Problem, Seconds, Window
from fieldsales.domain.planning.rests import Rests

Labels = list[Seconds | None]  # one time for each set of breaks taken, None where there is none


@dataclass(frozen=True, slots=True)
class Insertion:
    """A visit can be made before the stop now at `position`; it adds `travel_s` to the day, which may be less than 0."""

    position: int
    travel_s: Seconds


class Timetable:
    """One day of a problem, made ready for reckoning the times of many orders."""

    def __init__(self, problem: Problem, day: int) -> None:
        self.problem, self.index, self.day = problem, day, problem.days[day]
        self.rests = Rests(self.day.breaks)
        self._steps = self.rests.steps()
        self._matrix = problem.travel(day)
        self._rows: dict[int, list[Seconds]] = {}

    def under(self, problem: Problem) -> Timetable:
        """Return the same day of a problem that differs in its rules, not in its travel."""
        other = Timetable(problem, self.index)
        other._rows = self._rows
        return other

    def windows(self, visit: int) -> tuple[Window, ...]:
        """Return when a visit may begin on this day."""
        return self.problem.visits[visit].windows[self.index]

    def leg(self, origin: int | None, to: int | None) -> Seconds:
        """Return the travel between two places; none to or from a place that the day does not have."""
        if origin is None or to is None:
            return 0
        row = self._rows.get(origin)
        if row is None:
            plain: list[Seconds] = self._matrix[origin].tolist()
            row = self._rows[origin] = plain
        return row[to]

    def legs(self, order: Sequence[int]) -> list[Seconds]:
        """Return the legs from the start through the stops to the end, one more than there are stops."""
        return [self.leg(a, b) for a, b in pairwise(self._places(order))]

    def may_begin(self, visit: int, ready: Seconds) -> Seconds | None:
        """Return when a visit can begin for one who is there at `ready`, None when no window is left."""
        for opens, closes in self.windows(visit):
            if ready <= closes:
                return max(ready, opens)
        return None

    def stands_right(self, order: Sequence[int]) -> bool:
        """Return whether what has to be the first or the last of its day is."""
        last = len(order) - 1
        fixed = (self.problem.visits[visit].fixed for visit in order)
        return all(f is None or i == (0 if f is Fixed.FIRST else last) for i, f in enumerate(fixed))

    def travels(self, legs: Sequence[Seconds]) -> bool:
        """Return whether there is a way for every leg, and the day's limit on travel allows them together."""
        limit = self.day.max_travel_s
        return max(legs, default=0) < UNREACHABLE and (limit is None or sum(legs) <= limit)

    def after(self, labels: Labels, leg: Seconds, visit: int) -> Labels:
        """Return the earliest departures from a visit, from those of the place before it and the `leg` between."""
        found: Labels = [None] * len(labels)
        service = self.problem.visits[visit].service_s
        for before, after in self._steps:
            leave = labels[before]
            ready = None if leave is None else self.rests.ready(leave, leg, after & ~before)
            begin = None if ready is None else self.may_begin(visit, ready)
            if begin is not None:
                earlier = found[after]
                found[after] = begin + service if earlier is None else min(earlier, begin + service)
        return found

    def forward(self, order: Sequence[int], legs: Sequence[Seconds]) -> list[Labels]:
        """Return the earliest departures: first from the start, then from each stop."""
        labels: Labels = [None] * (self.rests.all + 1)
        labels[0] = self.day.start_s
        found = [labels]
        for visit, leg in zip(order, legs, strict=False):
            labels = self.after(labels, leg, visit)
            found.append(labels)
        return found

    def backward(self, order: Sequence[int], legs: Sequence[Seconds]) -> list[Labels]:
        """Return the latest beginnings of each stop with which the rest of the day still works, last the end of the day."""
        ends: Labels = [None] * (self.rests.all + 1)
        ends[-1] = self.day.end_s
        found = [ends]
        for visit, leg in zip(reversed(order), reversed(legs), strict=False):
            leave = self._before(found[-1], leg)
            found.append([None if latest is None else self._latest_begin(visit, latest) for latest in leave])
        return found[::-1]

    def finish(self, labels: Labels, leg: Seconds) -> Seconds | None:
        """Return the earliest end of the day after departures `labels` and a last `leg`, all breaks taken; None when it is too late."""
        best = None
        for taken, leave in enumerate(labels):
            ready = None if leave is None else self.rests.ready(leave, leg, self.rests.all & ~taken)
            if ready is not None and ready <= self.day.end_s and (best is None or ready < best):
                best = ready
        return best

    def latest_start(self, order: Sequence[int]) -> Seconds | None:
        """Return the latest time at which the day can begin for all its stops to be made, None when no time will do."""
        legs = self.legs(order)
        return self._before(self.backward(order, legs)[0], legs[0])[0] if self.travels(legs) and self.stands_right(order) else None

    def fits(self, order: Sequence[int]) -> bool:
        """Return whether the stops can be made in this order."""
        if not order:
            return True
        legs = self.legs(order)
        if not (self.stands_right(order) and self.travels(legs)):
            return False
        return self.finish(self.forward(order, legs)[-1], legs[-1]) is not None

    def insertions(self, order: Sequence[int], visits: Sequence[int]) -> dict[int, tuple[Insertion, ...]]:
        """Return for each of `visits` every place in `order` at which it fits, the least travel first.

        `order` itself has to fit. Exact: a visit fits where it is said to, and nowhere else.
        """
        legs = self.legs(order)
        labels = self.forward(order, legs), self.backward(order, legs)
        return {
            visit: tuple(sorted(self._places_for(visit, order, legs, *labels), key=lambda i: (i.travel_s, i.position))) for visit in visits
        }

    def _places(self, order: Sequence[int]) -> list[int | None]:
        return [self.day.start, *(self.problem.visits[visit].place for visit in order), self.day.end]

    def _places_for(
        self, visit: int, order: Sequence[int], legs: Sequence[Seconds], forward: list[Labels], backward: list[Labels]
    ) -> list[Insertion]:
        if not self.windows(visit):
            return []
        place, places = self.problem.visits[visit].place, self._places(order)
        travel = sum(legs) if order else 0
        limit = UNREACHABLE if self.day.max_travel_s is None else self.day.max_travel_s
        found = []
        for position, (before, after) in enumerate(pairwise(places)):
            to, on = self.leg(before, place), self.leg(place, after)
            added = to + on - (legs[position] if order else 0)
            if max(to, on) >= UNREACHABLE or travel + added > limit:
                continue
            if not self._fits_between(visit, to, on, forward[position], backward[position]):
                continue
            if self.stands_right([*order[:position], visit, *order[position:]]):
                found.append(Insertion(position, added))
        return found

    def _fits_between(self, visit: int, to: Seconds, on: Seconds, before: Labels, after: Labels) -> bool:
        left = self.after(before, to, visit)
        for taken, taken_after in self._steps:
            leave, latest = left[taken], after[taken_after]
            if leave is None or latest is None:
                continue
            ready = self.rests.ready(leave, on, taken_after & ~taken)
            if ready is not None and ready <= latest:
                return True
        return False

    def _before(self, latest: Labels, leg: Seconds) -> Labels:
        found: Labels = [None] * len(latest)
        for before, after in self._steps:
            ready = latest[after]
            leave = None if ready is None else self.rests.leave(ready, leg, after & ~before)
            if leave is not None:
                later = found[before]
                found[before] = leave if later is None else max(later, leave)
        return found

    def _latest_begin(self, visit: int, leave: Seconds) -> Seconds | None:
        latest = leave - self.problem.visits[visit].service_s
        return max((min(closes, latest) for opens, closes in self.windows(visit) if opens <= latest), default=None)
