"""Which span a summary is held against: the one before, a year before, any other; cut while the span is under way."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldsales.domain.spans import Span, SpanKind
from fieldsales.domain.team_summary import read_against, year_before
from fieldsales.errors import BadChoice

TODAY = date(2026, 11, 21)


@pytest.mark.parametrize(
    ("span", "word", "against"),
    [
        ("2026-W46", "", "2026-W45"),
        ("2026-W46", "before", "2026-W45"),
        ("2026-10", "before", "2026-09"),
        ("2026-10", "year", "2025-10"),
        ("2026-Q3", "year", "2025-Q3"),
        ("2025", "year", "2024"),
        ("2026-W46", "year", "2025-W46"),
        ("2026-10", "2024-05", "2024-05"),
        ("2024-02-29..2024-03-06", "year", "2023-02-28..2023-03-06"),
    ],
)
def test_a_span_that_is_over_is_held_against_a_whole_one(span: str, word: str, against: str) -> None:
    assert read_against(word, Span.read(span), today=TODAY) == Span.read(against)


@pytest.mark.parametrize(
    ("span", "word", "against"),
    [
        ("2026-11", "before", "2026-10-01..2026-10-21"),
        ("2026-11", "year", "2025-11-01..2025-11-21"),
        ("2026-W47", "before", "2026-11-09..2026-11-14"),
    ],
)
def test_a_span_under_way_is_held_against_as_many_days(span: str, word: str, against: str) -> None:
    assert read_against(word, Span.read(span), today=TODAY) == Span.read(against)


def test_on_its_last_day_a_span_is_held_against_a_whole_one() -> None:
    assert read_against("", Span.read("2026-11"), today=date(2026, 11, 30)) == Span.read("2026-10")


def test_a_long_month_under_way_is_held_against_the_whole_of_a_short_one() -> None:
    assert read_against("", Span.read("2026-03"), today=date(2026, 3, 30)) == Span.read("2026-02")


def test_what_is_no_span_is_refused() -> None:
    with pytest.raises(BadChoice):
        read_against("yesterday", Span.read("2026-11"), today=TODAY)


@given(st.sampled_from(list(SpanKind)), st.dates(date(2003, 1, 1), date(2090, 1, 1)))
def test_a_year_before_has_the_same_length_or_that_of_its_month(kind: SpanKind, day: date) -> None:
    span = Span.around(kind, day)
    before = year_before(span)
    assert before.kind is kind
    assert 360 <= (span.first - before.first).days <= 366
    assert abs(before.days - span.days) <= 1
    if kind is SpanKind.WEEK:
        assert before.first.weekday() == 0
