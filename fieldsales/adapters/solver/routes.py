"""Where each of many visits could be put into a day's order, and what that costs: all gaps at once with numpy.

Exact with any number of breaks: there is a time for each set of breaks taken (see `DayTask`).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from fieldsales.adapters.solver.task import FAR, NEVER, DayTask, Labels, Order, Task, Times
from fieldsales.domain.planning.problem import UNREACHABLE, Fixed

Flags = npt.NDArray[np.bool_]


class DaySpace:
    """A day as arrays: travel between all visits, its start (n) and its end (n + 1), windows and service."""

    def __init__(self, task: Task, index: int) -> None:
        self.task = task
        self.day: DayTask = task.days[index]
        day, size = self.day, task.size
        self.start, self.end = size, size + 1
        self.table = np.zeros((size + 2, size + 2), dtype=np.int64)
        self.table[:size, :size] = np.array(day.legs, dtype=np.int64).reshape(size, size)
        self.table[size, :size] = day.from_start
        self.table[:size, size + 1] = day.to_end
        self.legs: list[list[int]] = self.table.tolist()
        self.service = np.array(day.service, dtype=np.int64)
        most = max((len(windows) for windows in day.windows), default=0)
        self.opens = np.full((most, size), FAR, dtype=np.int64)
        self.closes = np.full((most, size), -1, dtype=np.int64)
        for visit, windows in enumerate(day.windows):
            for place, (opens, closes) in enumerate(windows):
                self.opens[place, visit], self.closes[place, visit] = opens, closes
        self.back = np.ascontiguousarray(self.table.T)
        self.allowed = np.array([visit for visit in range(size) if index in task.allowed[visit]], dtype=np.int64)

    def places(self, order: Order) -> list[int | None]:
        """Return where the day begins, where its visits are, and where it ends."""
        day, visits = self.day.day, self.task.problem.visits
        return [day.start, *(visits[visit].place for visit in order), day.end]

    def made(self, moment: Times, visits: Times) -> Times:
        """Return when the visits are over that are arrived at at these moments, `FAR` or later when never."""
        service = self.service[visits]
        if len(self.opens) == 1:
            begins = np.maximum(moment, self.opens[0, visits])
            over: Times = np.where(begins <= self.closes[0, visits], begins + service, FAR)
            return over
        begins = np.full(moment.shape, FAR, dtype=np.int64)
        for place in range(len(self.opens) - 1, -1, -1):
            begins = np.where(moment <= self.closes[place, visits], np.maximum(moment, self.opens[place, visits]), begins)
        made: Times = begins + service
        return made


@dataclass(frozen=True, slots=True)
class Entries:
    """For every visit the gap it would best go into, what that costs in time, and in travel; `FAR` for those without room.

    `possible` are the visits with room.
    """

    possible: Times
    place: Times
    cost: Times
    travel: Times


@dataclass(frozen=True, slots=True)
class Lunch:
    """A break taken before the visit at `gap` of an order (or after the last), at a place of the travel table."""

    gap: int
    place: int


class Route:
    """One day's order with the times that judge what may be put into each of its gaps.

    `entries` says for every visit where it would go in best: it is reckoned when first asked for and stays with the route,
    which never changes; a route made from this one by putting a visit in asks only for those that had room here.
    """

    __slots__ = ("_after", "_arrivals", "_before", "_entries", "_lasts", "_leaves", "_parent", "_waiting", "feasible", "order", "required",
                 "space", "travel", "value")  # fmt: skip

    def __init__(self, space: DaySpace, order: Order, parent: Route | None = None) -> None:
        task = space.task
        self.space = space
        self.order = order
        self.travel = 0
        self.value = sum([task.value[visit] for visit in order])
        self.required = sum([task.required[visit] for visit in order])
        self._parent = parent
        self._entries: Entries | None = None
        nodes = [space.start, *order, space.end]
        breaks = len(space.day.day.breaks)
        time = (self._time_plainly, self._time_with_lunch, self._time_with_breaks)[min(breaks, 2)]
        self.feasible = time(nodes)
        if self.feasible:
            self._before = np.array(nodes[:-1])
            self._after = np.array(nodes[1:])

    def with_visit(self, visit: int, place: int) -> Route:
        """Return the route with one visit more."""
        return Route(self.space, [*self.order[:place], visit, *self.order[place:]], self)

    @property
    def entries(self) -> Entries:
        """Where each visit would go in best, of those that had room so far."""
        if self._entries is None:
            possible = self.space.allowed if self._parent is None else self._parent.entries.possible
            self._parent = None
            self._entries = self._find_entries(possible)
        return self._entries

    def _find_entries(self, possible: Times) -> Entries:
        size = self.space.task.size
        place, cost, travel = np.zeros(size, dtype=np.int64), np.full(size, FAR, dtype=np.int64), np.zeros(size, dtype=np.int64)
        if len(possible):
            gaps_travel, delay, fits = self.gaps(possible)
            costs = np.where(fits, np.maximum(delay + gaps_travel if self.space.task.travel_counts else delay, 1), FAR)
            best = costs.argmin(axis=0)
            columns = np.arange(len(possible))
            least = costs[best, columns]
            place[possible], cost[possible], travel[possible] = best, least, gaps_travel[best, columns]
            possible = possible[least < FAR]
        return Entries(possible, place, cost, travel)

    def gaps(self, visits: Times) -> tuple[Times, Times, Flags]:
        """Return for each gap (row) and visit (column) the travel and the time that it adds, and whether it fits; feasible routes only."""
        space, day = self.space, self.space.day
        to = space.table[self._before[:, None], visits]
        on = space.back[self._after[:, None], visits]
        travel = to + on
        if self.order:
            travel -= space.table[self._before, self._after][:, None]
        if day.all_rested == 0:
            ready = space.made(self._leaves + to, visits) + on
            fits = ready <= self._lasts
            delay = ready - self._arrivals
        else:
            fits, delay = self._with_breaks(visits, to, on)
        if day.limit < NEVER:
            fits &= travel + self.travel <= day.limit
        if space.task.some_fixed:
            self._keep_ends(visits, fits)
        return travel, delay, fits

    def _keep_ends(self, visits: Times, fits: Flags) -> None:
        """Rule out the gaps that what has to stand first or last in its day does not leave."""
        fixed = self.space.task.fixed
        for column, visit in enumerate(visits.tolist()):
            if fixed[visit] is Fixed.FIRST:
                fits[1:, column] = False
            elif fixed[visit] is Fixed.LAST:
                fits[:-1, column] = False
        if self.order and fixed[self.order[0]] is Fixed.FIRST:
            fits[0, :] = False
        if self.order and fixed[self.order[-1]] is Fixed.LAST:
            fits[-1, :] = False

    def lunch(self) -> Lunch | None:
        """Return a way to take the one break of a day with visits: in the first gap in which the rest of the day still works."""
        if not self.order or self.space.day.all_rested != 1:
            return None
        places = self.space.places(self.order)
        hungry, fed = self._leaves[0, :, 0].tolist(), self._lasts[1, :, 0].tolist()
        pause = self.space.day.day.breaks[0]
        nodes = [self.space.start, *self.order, self.space.end]
        for gap, (here, there) in enumerate(pairwise(nodes)):
            leg = self.space.legs[here][there]
            if hungry[gap] <= pause.window[1] and max(hungry[gap], pause.window[0], hungry[gap] + leg) + pause.duration_s <= fed[gap]:
                on_arrival = hungry[gap] + leg <= pause.window[1]
                place = places[gap + 1] if on_arrival else places[gap]
                return Lunch(gap, next((p for p in (place, places[gap], places[gap + 1]) if p is not None), 0))
        return None

    def leave_labels(self, gap: int) -> Labels:
        """Return when one can leave towards a gap, by the breaks taken."""
        plain: Labels = self._leaves[..., gap, 0].reshape(-1).tolist()
        return plain

    def last_labels(self, gap: int) -> Labels:
        """Return when one has to arrive beyond a gap, by the breaks taken."""
        plain: Labels = self._lasts[..., gap, 0].reshape(-1).tolist()
        return plain

    def _with_breaks(self, visits: Times, to: Times, on: Times) -> tuple[Flags, Times]:
        space, day = self.space, self.space.day
        masks = range(day.all_rested + 1)
        ready = day.go_all([self._leaves[mask] for mask in masks], to)
        ready = day.go_all([space.made(moment, visits) for moment in ready], on)
        fits = ready[0] <= self._lasts[0]
        delay = np.where(self._waiting == 0, ready[0] - self._arrivals[0], FAR)
        for mask in masks[1:]:
            fits |= ready[mask] <= self._lasts[mask]
            delay = np.where(self._waiting == mask, ready[mask] - self._arrivals[mask], delay)
        return fits, delay

    def _time_plainly(self, nodes: list[int]) -> bool:
        """Reckon the times of a day without breaks; False when it does not work."""
        day, legs = self.space.day, self.space.legs
        here, moment, travel = nodes[0], day.day.start_s, 0
        leaves, arrivals = [moment], []
        for there in nodes[1:-1]:
            leg = legs[here][there]
            travel += leg
            moment += leg
            arrivals.append(moment)
            for opens, closes in day.windows[there]:
                if moment <= closes:
                    moment = max(moment, opens) + day.service[there]
                    break
            else:
                return False
            leaves.append(moment)
            here = there
        leg = legs[here][nodes[-1]]
        arrivals.append(moment + leg)
        if self.order:
            self.travel = travel + leg
            if moment + leg > day.day.end_s or self.travel > day.limit or self.travel >= UNREACHABLE:
                return False
        moment, there = day.day.end_s, nodes[-1]
        lasts = [moment]
        for here in reversed(nodes[1:-1]):
            moment -= legs[here][there] + day.service[here]
            for opens, closes in reversed(day.windows[here]):
                if opens <= moment:
                    moment = min(moment, closes)
                    break
            lasts.append(moment)
            there = here
        lasts.reverse()
        self._leaves = np.array(leaves, dtype=np.int64)[:, None]
        self._lasts = np.array(lasts, dtype=np.int64)[:, None]
        self._arrivals = np.array(arrivals, dtype=np.int64)[:, None]
        return True

    def _time_with_lunch(self, nodes: list[int]) -> bool:
        """Reckon the times of a day with one break, as nearly all days have; `_time_with_breaks` written out for speed."""
        day, legs, windows, service = self.space.day, self.space.legs, self.space.day.windows, self.space.day.service
        pause = day.day.breaks[0]
        opens_at, closes_at, rest = pause.window[0], pause.window[1], pause.duration_s
        here, travel = nodes[0], 0
        hungry, fed = day.day.start_s, FAR
        leaves, arrivals = [(hungry, fed)], []
        for there in nodes[1:]:
            leg = legs[here][there]
            travel += leg
            fed += leg
            if hungry <= closes_at:
                fed = min(fed, max(max(hungry, opens_at), hungry + leg) + rest)
            hungry += leg
            arrivals.append((hungry, fed))
            if there == nodes[-1]:
                break
            before, hungry, fed = (hungry, fed), FAR, FAR
            for opens, closes in windows[there]:
                if before[0] <= closes and hungry == FAR:
                    hungry = max(before[0], opens) + service[there]
                if before[1] <= closes and fed == FAR:
                    fed = max(before[1], opens) + service[there]
            if fed == FAR and hungry == FAR:
                return False
            leaves.append((hungry, fed))
            here = there
        if self.order:
            self.travel = travel
            if fed > day.day.end_s or travel > day.limit or travel >= UNREACHABLE:
                return False
        hungry, fed = -1, day.day.end_s  # from here on the latest times
        lasts = [(hungry, fed)]
        for there, here in zip(nodes[:1:-1], nodes[-2:0:-1], strict=True):
            leg = legs[here][there]
            fasting = min(fed - rest, closes_at)
            fasting = min(fasting, fed - rest - leg) if fasting >= opens_at else -1
            before = max(hungry - leg, fasting) - service[here], fed - leg - service[here]
            hungry = fed = -1
            for opens, closes in windows[here]:
                if opens <= before[0]:
                    hungry = min(before[0], closes)
                if opens <= before[1]:
                    fed = min(before[1], closes)
            lasts.append((hungry, fed))
        lasts.reverse()
        self._leaves = np.array(leaves, dtype=np.int64).T[:, :, None]
        self._lasts = np.array(lasts, dtype=np.int64).T[:, :, None]
        self._arrivals = np.array(arrivals, dtype=np.int64).T[:, :, None]
        self._waiting = (self._arrivals <= self._lasts).argmax(axis=0)
        return True

    def _time_with_breaks(self, nodes: list[int]) -> bool:
        """Reckon the times of a day with breaks; False when it does not work."""
        day, legs = self.space.day, self.space.legs
        labels = day.begin()
        leaves: list[Labels] = [labels]
        arrivals: list[Labels] = []
        travel = 0
        for here, there in pairwise(nodes):
            travel += legs[here][there]
            labels = day.go(labels, legs[here][there])
            arrivals.append(labels)
            if there != self.space.end:
                labels = day.make(labels, there)
                leaves.append(labels)
        if self.order:
            self.travel = travel
            if labels[day.all_rested] > day.day.end_s or travel > day.limit or travel >= UNREACHABLE:
                return False
        latest = [-1] * day.all_rested + [day.day.end_s]
        lasts = [latest]
        for here, there in zip(reversed(nodes[1:-1]), reversed(nodes[2:]), strict=True):
            latest = day.make_by(day.go_by(latest, legs[here][there]), here)
            lasts.append(latest)
        lasts.reverse()
        self._leaves = _by_mask(leaves)
        self._lasts = _by_mask(lasts)
        self._arrivals = _by_mask(arrivals)
        self._waiting = (self._arrivals <= self._lasts).argmax(axis=0)
        return True


def _by_mask(labels: list[Labels]) -> Times:
    """Return labels as an array (sets of breaks, gaps, 1)."""
    return np.minimum(np.array(labels, dtype=np.int64), FAR).T[:, :, None]
