"""Which of a demo day's appointments can all be kept: nobody agrees to be in two towns at once."""

from __future__ import annotations

from datetime import timedelta

from fieldsales.domain.geodesy import distance_m
from fieldsales.domain.planning.day_clock import working_span
from fieldsales.services.planning.plan_task import DayTask, StopTask

_METRES_PER_MINUTE = 300.0  # slower than anybody drives: what is kept can be kept
_TO_SPARE = timedelta(minutes=20)


def hard_to_keep(task: DayTask) -> list[StopTask]:
    """Return the appointments that come too soon after the one before, or lie too far for the way home; the first ones are kept."""
    begins, ends = (task.day.moment(task.day.seconds_of(minutes)) for minutes in working_span(task.rules))
    free, here = begins, None if task.start is None else task.start.point
    given_up = []
    for stop in sorted((stop for stop in task.stops if stop.fixed_at is not None), key=lambda stop: (stop.fixed_at, stop.id)):
        there = stop.customer.point
        if stop.fixed_at is None or there is None:
            continue
        over = stop.fixed_at + timedelta(minutes=stop.visit_minutes or stop.customer.visit_minutes or task.rules.visit_minutes)
        if stop.fixed_at < free + _way(here, there) or over + _way(there, None if task.end is None else task.end.point) > ends:
            given_up.append(stop)
        else:
            free, here = over + _TO_SPARE, there
    return given_up


def _way(here: tuple[float, float] | None, there: tuple[float, float] | None) -> timedelta:
    if here is None or there is None:
        return timedelta()
    return timedelta(minutes=5 + distance_m(*here, *there) / _METRES_PER_MINUTE)
