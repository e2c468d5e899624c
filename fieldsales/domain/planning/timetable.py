"""The exact times of orders of visits within one day: how early each can be, how late each may be, and what fits in between.

With breaks that begin within windows, being earlier at a stop is never worse as long as the same breaks have been taken; so
for each stop one earliest time per set of breaks taken is all there is to know (and, from the end of the day backwards, one
latest time). Orders are indices into the problem's visits.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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


@dataclass(frozen=True, slots=True)
class _Gap:
    """The way from one place of an order to the next: its leg, the labels on both sides, and the first and last time of them."""

    position: int
    origin: int | None
    to: int | None
    leg: Seconds
    before: Labels
    after: Labels
    earliest: Seconds
    latest: Seconds


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
        chosen = self.problem.visits[visit]
        windows, service = chosen.windows[self.index], chosen.service_s
        for before, after in self._steps:
            leave = labels[before]
            if leave is None:
                continue
            ready = leave + leg if before == after else self.rests.ready(leave, leg, after & ~before)
            if ready is None:
                continue
            for opens, closes in windows:
                if ready <= closes:
                    left = (opens if opens > ready else ready) + service
                    earlier = found[after]
                    if earlier is None or left < earlier:
                        found[after] = left
                    break
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

    def end(self, order: Sequence[int]) -> Seconds | None:
        """Return when the day ends at the earliest with its stops in this order; None when they cannot be made so."""
        legs = self.legs(order)
        if not (self.stands_right(order) and self.travels(legs)):
            return None
        return self.finish(self.forward(order, legs)[-1], legs[-1])

    def latest_start(self, order: Sequence[int]) -> Seconds | None:
        """Return the latest time at which the day can begin for all its stops to be made, None when no time will do."""
        legs = self.legs(order)
        return self._before(self.backward(order, legs)[0], legs[0])[0] if self.travels(legs) and self.stands_right(order) else None

    def fits(self, order: Sequence[int]) -> bool:
        """Return whether the stops can be made in this order."""
        return not order or self.end(order) is not None

    def shortage(self, order: Sequence[int], visit: int) -> Seconds | None:
        """Return by how much time a visit misses the place in `order` where it misses least: its own hours and what comes after.

        `order` itself has to fit. None when it is not time that is missing.
        """
        legs, place, places = self.legs(order), self.problem.visits[visit].place, self._places(order)
        forward, backward = self.forward(order, legs), self.backward(order, legs)
        short: Seconds | None = None
        for position, (before, after) in enumerate(pairwise(places)):
            to, on = self.leg(before, place), self.leg(place, after)
            if max(to, on) >= UNREACHABLE:
                continue
            for missing in self._shortages(visit, to, on, forward[position], backward[position]):
                short = missing if short is None else min(short, missing)
        return short

    def _shortages(self, visit: int, to: Seconds, on: Seconds, before: Labels, after: Labels) -> Iterator[Seconds]:
        closes = self.windows(visit)[-1][1]
        service = self.problem.visits[visit].service_s
        for taken, leave in enumerate(before):
            for between, latest in enumerate(after):
                ready = None if leave is None or latest is None or taken & ~between else self.rests.ready(leave, to, between & ~taken)
                if ready is None or latest is None:
                    continue
                begin = self.may_begin(visit, ready)
                late = 0 if begin is not None else ready - closes
                yield late + max(0, (ready if begin is None else begin) + service + on - latest)

    def insertions(self, order: Sequence[int], visits: Sequence[int]) -> dict[int, tuple[Insertion, ...]]:
        """Return for each of `visits` every place in `order` at which it fits, the least travel first.

        `order` itself has to fit. Exact: a visit fits where it is said to, and nowhere else.
        """
        legs, places = self.legs(order), self._places(order)
        forward, backward = self.forward(order, legs), self.backward(order, legs)
        gaps = [
            _Gap(i, *ends, leg if order else 0, before, after, min(_known(before), default=UNREACHABLE), max(_known(after), default=-1))
            for i, (ends, leg, before, after) in enumerate(zip(pairwise(places), legs, forward, backward, strict=True))
        ]
        limit = UNREACHABLE if self.day.max_travel_s is None else self.day.max_travel_s
        spare = limit - (sum(legs) if order else 0)
        found = {visit: self._places_for(visit, gaps, spare) for visit in visits}
        return {visit: tuple(i for i in sorted(at, key=_cheapest) if self._may_stand(order, visit, i)) for visit, at in found.items()}

    def _places(self, order: Sequence[int]) -> list[int | None]:
        return [self.day.start, *(self.problem.visits[visit].place for visit in order), self.day.end]

    def _places_for(self, visit: int, gaps: Sequence[_Gap], spare: Seconds) -> list[Insertion]:
        chosen = self.problem.visits[visit]
        windows, place, service = chosen.windows[self.index], chosen.place, chosen.service_s
        if not windows:
            return []
        opens, closes = windows[0][0], windows[-1][1]
        found = []
        for gap in gaps:
            to, on = self.leg(gap.origin, place), self.leg(place, gap.to)
            added = to + on - gap.leg
            ready = gap.earliest + to
            # Without any break in between it has to be possible, which is quickly seen.
            if added > spare or ready > closes or (opens if opens > ready else ready) + service + on > gap.latest:
                continue
            if to < UNREACHABLE and on < UNREACHABLE and self._fits_between(visit, to, on, gap.before, gap.after):
                found.append(Insertion(gap.position, added))
        return found

    def _may_stand(self, order: Sequence[int], visit: int, at: Insertion) -> bool:
        return self.stands_right([*order[: at.position], visit, *order[at.position :]])

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


def _known(labels: Labels) -> list[Seconds]:
    return [moment for moment in labels if moment is not None]


def _cheapest(insertion: Insertion) -> tuple[Seconds, int]:
    return insertion.travel_s, insertion.position
