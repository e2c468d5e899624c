"""Where and when a day begins and ends for VROOM, which knows nothing of a visit that has to stand first or last.

Such a visit becomes the vehicle's start or end, and what happens before or after it is taken off the shift.
"""

from __future__ import annotations

from fieldsales.adapters.solver.task import NEVER, DayTask, Order, Task
from fieldsales.domain.planning.problem import Fixed


class Ends:
    """The ends of one day's vehicle, given an order that has what is fixed at its ends."""

    def __init__(self, task: Task, day: int, order: Order) -> None:
        rules, clock = task.problem.days[day], task.days[day]
        self.first = order[0] if order and task.fixed[order[0]] is Fixed.FIRST else None
        self.last = order[-1] if order and task.fixed[order[-1]] is Fixed.LAST else None
        self.start, self.end = rules.start, rules.end
        self.start_s, self.end_s, self.limit = rules.start_s, rules.end_s, clock.limit
        self.is_possible = True
        taken = self._after_first(task, clock) if self.first is not None else 0
        left = self._before_last(task, clock) if self.last is not None else clock.all_rested
        if self.start_s > self.end_s or self.limit < 0:
            self.is_possible = False
        breaks = [i for i in range(len(rules.breaks)) if left >> i & 1 and not taken >> i & 1]
        self.breaks = tuple(sorted(breaks, key=lambda i: rules.breaks[i].window))

    def _after_first(self, task: Task, clock: DayTask) -> int:
        """Let the vehicle begin when the first visit is over; return the breaks that have to be taken before."""
        assert self.first is not None
        labels = clock.make(clock.go(clock.begin(), clock.from_start[self.first]), self.first)
        self.start = task.problem.visits[self.first].place
        self.limit = min(self.limit, self.limit - clock.from_start[self.first]) if self.limit < NEVER else self.limit
        breaks = clock.day.breaks
        for taken in sorted(range(len(labels)), key=int.bit_count):
            still = [pause for i, pause in enumerate(breaks) if not taken >> i & 1]
            if labels[taken] < NEVER and all(pause.window[1] >= labels[taken] for pause in still):
                self.start_s = labels[taken]
                return taken
        self.is_possible = False
        return 0

    def _before_last(self, task: Task, clock: DayTask) -> int:
        """Let the vehicle end when it has to be at the last visit; return the breaks that can be taken before."""
        assert self.last is not None
        latest = [-1] * clock.all_rested + [clock.day.end_s]
        labels = clock.make_by(clock.go_by(latest, clock.to_end[self.last]), self.last)
        self.end = task.problem.visits[self.last].place
        self.limit = self.limit - clock.to_end[self.last] if self.limit < NEVER else self.limit
        breaks = clock.day.breaks
        for taken in sorted(range(len(labels)), key=int.bit_count, reverse=True):
            before = [pause for i, pause in enumerate(breaks) if taken >> i & 1]
            if labels[taken] >= 0 and all(pause.window[0] + pause.duration_s <= labels[taken] for pause in before):
                self.end_s = labels[taken]
                return taken
        self.is_possible = False
        return clock.all_rested

    @property
    def is_free(self) -> bool:
        """True when no visit has to stand first or last."""
        return self.first is None and self.last is None

    def inner(self, order: Order) -> Order:
        """Return the visits between."""
        return [visit for visit in order if visit != self.first and visit != self.last]

    def whole(self, inner: Order) -> Order:
        """Return the order of a day with these visits between."""
        return [*([] if self.first is None else [self.first]), *inner, *([] if self.last is None else [self.last])]
