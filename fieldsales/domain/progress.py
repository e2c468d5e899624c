"""How far one has come and where it leads: working days of a span, the run rate, and a month's target shared out over its days.

A day counts as passed once it is over: the pace is that of the days before today, so that it does not sink every morning and
rise every evening. What is done today counts as done, and raises what is to be expected only where it is more than that.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from fieldsales.domain.spans import Span, SpanKind
from fieldsales.domain.working_days import days_between, is_working_day

CLOSE = 0.9  # of the target: within reach with some effort
_AS_DAYS, _AS_WEEKS = 45, 400  # up to how many days a curve has a point a day, a point a week


@dataclass(frozen=True, slots=True)
class WorkedDays:
    """How many working days a span has (`total`), and how many of them were over before today began (`passed`).

    A span without any, such as a weekend, counts all its days. `begun` and `over` say where today lies; `last` is its last day.
    """

    total: int
    passed: int
    begun: bool
    over: bool
    last: date

    @property
    def ahead(self) -> int:
        """How many working days are left, today's included."""
        return self.total - self.passed


class Course(StrEnum):
    """Whether a target is being reached."""

    NO_TARGET = "no_target"
    NOT_BEGUN = "not_begun"
    TOO_EARLY = "too_early"
    REACHED = "reached"
    ON_COURSE = "on_course"
    CLOSE = "close"
    BEHIND = "behind"
    MISSED = "missed"


@dataclass(frozen=True, slots=True)
class Pace:
    """Where one stands against a target and where it leads; each part is None where it cannot be said.

    `expected` is what an even pace would have brought by the end of yesterday, `projected` what this pace brings by the end of
    the span, `reached` and `projected_share` are shares of the target (1.0 is the whole of it).
    """

    course: Course
    expected: float | None
    projected: float | None
    reached: float | None
    projected_share: float | None


def count_days(span: Span, *, today: date, holidays: Container[date]) -> WorkedDays:
    """Return the working days of a span, seen from `today`."""
    days = working_days(span.first, span.last, holidays) or tuple(days_between(span.first, span.last))
    passed = sum(day < today for day in days)
    return WorkedDays(len(days), passed, begun=span.first <= today, over=span.last < today, last=span.last)


def working_days(first: date, last: date, holidays: Container[date]) -> tuple[date, ...]:
    """Return the working days from `first` to `last`, both included."""
    return tuple(day for day in days_between(first, last) if is_working_day(day, holidays))


def project(done_before_today: float, done: float, days: WorkedDays) -> float | None:
    """Return what the pace so far brings by the end of a span; None while no working day of it is over."""
    if days.over:
        return done
    if days.passed == 0:
        return None
    return max(done, done_before_today / days.passed * days.total)


def judge(done_before_today: float, done: float, target: float | None, days: WorkedDays) -> Pace:
    """Return how `done` stands against a target for the whole span, None when there is none."""
    projected = project(done_before_today, done, days)
    if target is None:
        return Pace(Course.NO_TARGET, None, projected, None, None)
    expected = target * days.passed / days.total
    if target <= 0:
        return Pace(Course.REACHED if done >= target else Course.BEHIND, expected, projected, None, None)
    share = None if projected is None else projected / target
    return Pace(_course(done, target, share, days), expected, projected, done / target, share)


def _course(done: float, target: float, projected_share: float | None, days: WorkedDays) -> Course:
    if done >= target:
        return Course.REACHED
    if days.over:
        return Course.MISSED
    if not days.begun:
        return Course.NOT_BEGUN
    if projected_share is None:
        return Course.TOO_EARLY
    if projected_share >= 1:
        return Course.ON_COURSE
    return Course.CLOSE if projected_share >= CLOSE else Course.BEHIND


def share_of_month(month: date, span: Span, holidays: Container[date]) -> float:
    """Return which share of a month's working days lies in a span: 1.0 for the whole month, 0.0 for none of it.

    `month` is its first day.
    """
    whole = Span.around(SpanKind.MONTH, month)
    first, last = max(whole.first, span.first), min(whole.last, span.last)
    if (first, last) == (whole.first, whole.last):
        return 1.0
    return len(working_days(first, last, holidays)) / len(working_days(whole.first, whole.last, holidays)) if first <= last else 0.0


def parts_of(span: Span) -> tuple[Span, ...]:
    """Cut a span into the points of a curve: days, or weeks and months of long spans, those at the ends cut short."""
    if span.days <= _AS_DAYS:
        return tuple(Span.around(SpanKind.DAYS, day) for day in days_between(span.first, span.last))
    kind = SpanKind.WEEK if span.days <= _AS_WEEKS else SpanKind.MONTH
    parts, first = [], span.first
    while first <= span.last:
        last = min(Span.around(kind, first).last, span.last)
        parts.append(Span(SpanKind.DAYS, first, last))
        first = last + timedelta(days=1)
    return tuple(parts)


def add_up(values: Iterable[float]) -> tuple[float, ...]:
    """Return the running sums."""
    found, total = [], 0.0
    for value in values:
        total += value
        found.append(total)
    return tuple(found)


def even_pace(target: float, span: Span, parts: Sequence[Span], holidays: Container[date]) -> tuple[float, ...]:
    """Return what an even pace over the working days of a span reaches by the end of each of its parts."""
    working = set(working_days(span.first, span.last, holidays) or days_between(span.first, span.last))
    counts = (sum(day in working for day in days_between(part.first, part.last)) for part in parts)
    return tuple(target * passed / len(working) for passed in add_up(counts))
