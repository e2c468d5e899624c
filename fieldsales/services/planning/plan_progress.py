"""How far a day has come when its rest is planned: what is done stays, the rest begins where and when the rep is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from fieldsales.domain.planning.day_clock import working_span
from fieldsales.domain.planning.outcome import Spot
from fieldsales.domain.travel import Point
from fieldsales.services.planning.plan_task import DayTask, StopTask

_STEP_S = 60


@dataclass(frozen=True, slots=True)
class Progress:
    """Where and when the rest of a day begins: at `start` (None: at its first stop), not before `at_s` (None: the day is all ahead).

    `behind` are the stops reached, done and skipped, as they came; `travel_s` is what led to them; `rested` are the
    pauses that were taken, by number. `now_s` is when it was asked.
    """

    start: Spot | None
    now_s: int
    at_s: int | None = None
    behind: tuple[StopTask, ...] = ()
    travel_s: int = 0
    rested: frozenset[int] = frozenset()


def progress_of(day: DayTask, *, at: datetime, here: Point | None = None) -> Progress:
    """Return how far a day has come at a moment. Before it begins, or once it is over, with nothing done it is all ahead.

    The rest of the day begins where the rep says to be, else at the last stop that was reached, else where the day begins.
    """
    begins, ends = (day.day.seconds_of(minutes) for minutes in working_span(day.rules))
    at_s = -(-day.day.seconds_at(at) // _STEP_S) * _STEP_S
    behind = tuple(sorted((stop for stop in day.stops if not stop.is_ahead), key=_when))
    if not behind and here is None and not begins < at_s < ends:
        return Progress(day.start, at_s)
    reached = [stop for stop in behind if stop.is_reached]
    leaves = max((leaves_s(stop, day, at_s) for stop in reached), default=at_s)
    last = reached[-1].customer.point if reached else None
    start = Spot(*here) if here is not None else Spot(*last) if last is not None else day.start
    rested = frozenset(rest.pause for rest in day.outcome.rests if rest.starts_at <= at)
    return Progress(start, at_s, max(0, at_s, leaves), behind, sum(stop.travel_s for stop in reached), rested)


def _when(stop: StopTask) -> tuple[datetime, int]:
    return stop.arrived_at or stop.done_at or stop.starts_at or datetime.max.replace(tzinfo=UTC), stop.id


def leaves_s(stop: StopTask, day: DayTask, at_s: int) -> int:
    """Return when a stop that was reached is left: when it was done, else after the visit's time, but not before now."""
    if stop.done_at is not None:
        return day.day.seconds_at(stop.done_at)
    minutes = stop.visit_minutes or stop.customer.visit_minutes or day.rules.visit_minutes
    begun = stop.arrived_at or stop.starts_at
    return at_s if begun is None else max(at_s, day.day.seconds_at(begun) + minutes * 60)
