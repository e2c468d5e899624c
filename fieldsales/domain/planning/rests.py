"""Where a day's breaks go between two visits, exactly: before the drive, during it, or after it.

Sets of breaks are bit masks over the day's breaks: bit k is `Day.breaks[k]`. A drive may be interrupted by a break as often as
there are breaks; neither a break nor a visit is interrupted by anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import permutations

from fieldsales.domain.planning.plan import Rest
from fieldsales.domain.planning.problem import Break, Seconds

Placed = tuple[tuple[int, Seconds], ...]  # breaks with the time at which each begins, in order of time


class Rests:
    """The breaks of one day, and what taking a set of them between two visits does to the times around."""

    def __init__(self, breaks: Sequence[Break]) -> None:
        self.breaks = tuple(breaks)
        self.all = (1 << len(self.breaks)) - 1
        self._total = [sum(b.duration_s for k, b in enumerate(self.breaks) if mask >> k & 1) for mask in range(self.all + 1)]
        self._orders: dict[int, tuple[tuple[int, ...], ...]] = {}

    def steps(self) -> tuple[tuple[int, int], ...]:
        """Return every (taken before, taken after) that one gap between visits allows."""
        return tuple((before, after) for before in range(self.all + 1) for after in range(self.all + 1) if before & after == before)

    def orders(self, taken: int) -> tuple[tuple[int, ...], ...]:
        """Return the orders in which a set of breaks can be taken, the natural one first."""
        if taken not in self._orders:
            members = [k for k in range(len(self.breaks)) if taken >> k & 1]
            members.sort(key=lambda k: (self.breaks[k].window, k))
            self._orders[taken] = tuple(permutations(members))
        return self._orders[taken]

    def ready(self, leave: Seconds, leg: Seconds, taken: int) -> Seconds | None:
        """Return when, left at `leave`, the drive of `leg` and the breaks `taken` are over at the earliest; None when they cannot be."""
        if not taken:
            return leave + leg
        best = None
        for order in self.orders(taken):
            end = self._end(leave, order)
            if end is not None and (best is None or end < best):
                best = end
        # What lies idle before and between breaks is driven in; what is left of the drive comes after them.
        return None if best is None else max(best, leave + leg + self._total[taken])

    def leave(self, ready: Seconds, leg: Seconds, taken: int) -> Seconds | None:
        """Return the latest time at which to leave so that drive and breaks are over by `ready`; None when no time does."""
        if not taken:
            return ready - leg
        begins = [begin for begin in (self._begin(ready, order) for order in self.orders(taken)) if begin is not None]
        return min(max(begins), ready - leg - self._total[taken]) if begins else None

    def place(self, leave: Seconds, leg: Seconds, taken: int, until: Seconds, *, lenient: bool = False) -> tuple[Placed, Seconds]:
        """Return when each break begins and when the drive is over, all of it between `leave` and `until`.

        One drives first and rests on the spot if that is in time, else rests as early as the windows allow. `lenient` lets
        breaks begin after their windows.
        """
        if not taken:
            return (), leave + leg
        placed = self.earliest(leave + leg, taken, until)
        if placed:
            return placed, leave + leg
        placed = self.earliest(leave, taken, until)
        if placed is None and lenient:
            lines = (self._line_up(leave, order) for order in self.orders(taken))
            late = [(self._lateness(line), line) for line in lines]
            placed = min((at, line) for at, line in late if at[1] <= until)[1]
        if placed is None:
            raise AssertionError("a gap was found wide enough for breaks that do not fit into it")
        return placed, self._arrival(leave, leg, placed)

    def earliest(self, leave: Seconds, taken: int, until: Seconds) -> Placed | None:
        """Return the breaks one after the other as early as can be from `leave` on, None when they are not over by `until`."""
        best: tuple[Seconds, tuple[int, ...]] | None = None
        for order in self.orders(taken):
            end = self._end(leave, order)
            if end is not None and end <= until and (best is None or end < best[0]):
                best = end, order
        return self._line_up(leave, best[1]) if best else None

    def rest(self, pause: int, start_s: Seconds) -> Rest:
        """Return a break taken at `start_s`."""
        return Rest(pause, start_s, start_s + self.breaks[pause].duration_s)

    def _end(self, leave: Seconds, order: Sequence[int]) -> Seconds | None:
        for k in order:
            first, last = self.breaks[k].window
            begin = max(leave, first)
            if begin > last:
                return None
            leave = begin + self.breaks[k].duration_s
        return leave

    def _begin(self, ready: Seconds, order: Sequence[int]) -> Seconds | None:
        for k in reversed(order):
            first, last = self.breaks[k].window
            ready = min(ready - self.breaks[k].duration_s, last)
            if ready < first:
                return None
        return ready

    def _line_up(self, leave: Seconds, order: Sequence[int]) -> Placed:
        placed = []
        for k in order:
            begin = max(leave, self.breaks[k].window[0])
            placed.append((k, begin))
            leave = begin + self.breaks[k].duration_s
        return tuple(placed)

    def _lateness(self, placed: Placed) -> tuple[Seconds, Seconds]:
        late = sum(max(0, begin - self.breaks[k].window[1]) for k, begin in placed)
        k, begin = placed[-1]
        return late, begin + self.breaks[k].duration_s

    def _arrival(self, leave: Seconds, leg: Seconds, placed: Placed) -> Seconds:
        for k, begin in placed:
            if leave + leg <= begin:
                break
            leg -= begin - leave
            leave = begin + self.breaks[k].duration_s
        return leave + leg

    def late_choices(self, leave: Seconds, leg: Seconds, taken: int) -> Iterator[tuple[Seconds, Seconds]]:
        """Yield (lateness, ready) of each order of the breaks `taken` when they may begin after their windows."""
        if not taken:
            yield 0, leave + leg
            return
        for order in self.orders(taken):
            late, end = self._lateness(self._line_up(leave, order))
            yield late, max(end, leave + leg + self._total[taken])
