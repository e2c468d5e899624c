"""Which stop may be visited on which of the days that are planned together: a rep's week, a team's day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from fieldsales.domain.words import StopChoice
from fieldsales.services.planning.plan_problem import Asked, why_unasked, worth_in
from fieldsales.services.planning.plan_task import StopTask, Task

Row = tuple[int, StopTask]  # the day (index) whose plan a stop stands in, and the stop


def each_its_own(task: Task) -> tuple[Asked, ...]:
    """Return every stop that lies ahead, on the day of its plan alone."""
    return tuple(_asked(task, index, stop, {index}) for index, day in enumerate(task.days) for stop in day.stops if stop.is_ahead)


def shared_out(task: Task, *, pooled: bool = False) -> tuple[Asked, ...]:
    """Return the customers of several plans, each on at most one of the days, whichever suits best.

    Over one rep's days a customer may be visited on any, one promised for a date on that date alone. Over several reps a customer stays
    with its rep, unless it has no owner or the plans are `pooled`: then anybody may go who may see it. What a person
    tied to its day (locked, an exact time, a pinned place) stays there.
    """
    rows: dict[int, list[Row]] = defaultdict(list)
    done = set()
    for index, day in enumerate(task.days):
        for stop in day.stops:
            if stop.is_ahead:
                rows[stop.customer.id].append((index, stop))
            else:
                done.add(stop.customer.id)
    return tuple(asked for customer_id, found in rows.items() for asked in _ask(task, found, pooled=pooled, done=customer_id in done))


def _ask(task: Task, rows: Sequence[Row], *, pooled: bool, done: bool) -> Iterator[Asked]:
    tied = [(index, stop) for index, stop in rows if _is_tied(stop)]
    for index, stop in tied:
        yield _asked(task, index, stop, {index})
    free = [(index, stop) for index, stop in rows if stop.choice is StopChoice.OPEN and why_unasked(stop, task.days[index]) is None]
    if free and not tied and not done:
        index, stop = _at_home(task, free)
        barred = {index for index, other in rows if other.choice is StopChoice.EXCLUDED}
        yield _asked(task, index, stop, _days_for(task, index, stop, pooled=pooled) - barred)


def _is_tied(stop: StopTask) -> bool:
    held = stop.choice is StopChoice.LOCKED or stop.fixed_at is not None or stop.pin is not None
    return held and stop.choice is not StopChoice.EXCLUDED


def _at_home(task: Task, rows: Sequence[Row]) -> Row:
    """Return the row that stands in the plan of the customer's owner, else the first."""
    return next(((i, stop) for i, stop in rows if task.days[i].person_id == stop.customer.owner_id), rows[0])


def _days_for(task: Task, home: int, stop: StopTask, *, pooled: bool) -> set[int]:
    customer, person_id = stop.customer, task.days[home].person_id
    anybody = pooled or customer.owner_id is None
    days = {
        index
        for index, day in enumerate(task.days)
        if day.person_id == person_id or (anybody and day.scope.admits(customer.owner_id, customer.team_id))
    }
    promised = {index for index in days if task.days[index].day.day == customer.next_on}
    return promised or days


def _asked(task: Task, index: int, stop: StopTask, days: set[int]) -> Asked:
    return Asked(stop, index, frozenset(days), worth_in(stop, task.days[index], task.options))
