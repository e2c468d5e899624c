"""The pace of a span: working days and holidays, forecasts that do not sink in the morning, targets shared out over their days."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldsales.domain.progress import (
    Course,
    WorkedDays,
    add_up,
    count_days,
    even_pace,
    judge,
    parts_of,
    project,
    share_of_month,
    working_days,
)
from fieldsales.domain.spans import Span, SpanKind

NOVEMBER = Span.read("2026-11")
HOLIDAYS = frozenset({date(2026, 11, 3), date(2026, 11, 23)})
SATURDAY = date(2026, 11, 21)
DAYS = st.dates(date(2016, 1, 1), date(2027, 12, 31))
SPANS = st.one_of(
    st.builds(Span.around, st.sampled_from(SpanKind), DAYS),
    st.builds(lambda first, more: Span(SpanKind.DAYS, first, first + timedelta(days=more)), DAYS, st.integers(0, 3_000)),
)


def worked(passed: int, total: int = 20, *, over: bool = False, begun: bool = True) -> WorkedDays:
    return WorkedDays(total, passed, begun, over, date(2026, 11, 30))


def test_november_has_nineteen_working_days_of_which_fourteen_are_over_on_the_21st() -> None:
    days = count_days(NOVEMBER, today=SATURDAY, holidays=HOLIDAYS)
    assert (days.total, days.passed, days.ahead, days.begun, days.over) == (19, 14, 5, True, False)


def test_today_counts_as_passed_once_it_is_over() -> None:
    friday = count_days(NOVEMBER, today=date(2026, 11, 20), holidays=HOLIDAYS)
    assert friday.passed == 13


def test_a_weekend_counts_all_its_days() -> None:
    weekend = Span.read("2026-11-21..2026-11-22")
    assert count_days(weekend, today=date(2026, 11, 22), holidays=HOLIDAYS).total == 2


def test_the_forecast_stays_the_same_from_morning_to_evening_unless_more_is_done() -> None:
    assert project(50, 50, worked(10)) == 100
    assert project(50, 57, worked(10)) == 100
    assert project(50, 130, worked(10)) == 130


@pytest.mark.parametrize(
    ("before", "done", "target", "days", "course"),
    [
        (10, 12, None, worked(10), Course.NO_TARGET),
        (0, 0, 20, worked(0, begun=False), Course.NOT_BEGUN),
        (0, 3, 20, worked(0), Course.TOO_EARLY),
        (10, 10, 20, worked(10), Course.ON_COURSE),
        (9, 9, 20, worked(10), Course.CLOSE),
        (8, 8, 20, worked(10), Course.BEHIND),
        (5, 20, 20, worked(10), Course.REACHED),
        (19, 19, 20, worked(20, over=True), Course.MISSED),
        (0, 0, 0, worked(10), Course.REACHED),
        (-5, -5, 0, worked(10), Course.BEHIND),
    ],
)
def test_each_course_has_its_case(before: int, done: int, target: float | None, days: WorkedDays, course: Course) -> None:
    assert judge(before, done, target, days).course is course


def test_a_target_of_nothing_has_no_share() -> None:
    pace = judge(3, 3, 0, worked(10))
    assert (pace.reached, pace.projected_share) == (None, None)


@given(SPANS, DAYS)
def test_passed_and_ahead_make_up_the_whole(span: Span, today: date) -> None:
    days = count_days(span, today=today, holidays=HOLIDAYS)
    assert 0 <= days.passed <= days.total
    assert days.total >= 1
    assert not (days.over and not days.begun)
    assert days.passed == days.total or not days.over


@given(SPANS)
def test_the_parts_of_a_curve_cover_the_span_without_gap_and_are_few(span: Span) -> None:
    parts = parts_of(span)
    assert (parts[0].first, parts[-1].last) == (span.first, span.last)
    assert all(after.first - before.last == timedelta(days=1) for before, after in pairwise(parts))
    assert len(parts) <= 125


@given(SPANS.filter(lambda span: span.days < 800))
def test_an_even_pace_rises_to_the_target(span: Span) -> None:
    pace = even_pace(100, span, parts_of(span), HOLIDAYS)
    assert list(pace) == sorted(pace)
    assert pace[-1] == pytest.approx(100)


@given(DAYS)
def test_the_weeks_shares_of_a_month_add_up_to_the_month(day: date) -> None:
    month = Span.around(SpanKind.MONTH, day)
    weeks = {str(Span.around(SpanKind.WEEK, month.first + timedelta(days=n))) for n in range(month.days)}
    shares = [share_of_month(month.first, Span.read(week), HOLIDAYS) for week in weeks]
    assert sum(shares) == pytest.approx(1)


def test_a_month_outside_the_span_has_no_share() -> None:
    assert share_of_month(date(2026, 10, 1), NOVEMBER, HOLIDAYS) == 0
    assert share_of_month(date(2026, 11, 1), Span.read("2026-Q4"), HOLIDAYS) == 1


def test_sums_run() -> None:
    assert add_up([1, 2, 3]) == (1, 3, 6)
    assert len(working_days(NOVEMBER.first, NOVEMBER.last, HOLIDAYS)) == 19
