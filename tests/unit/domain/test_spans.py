"""Spans of days, as the address of the manager's page names them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldsales.domain.spans import Span, SpanKind
from fieldsales.errors import BadChoice

DAYS = st.dates(date(2001, 1, 1), date(2099, 12, 31))


@given(day=DAYS, kind=st.sampled_from(SpanKind))
def test_a_span_holds_the_day_it_was_asked_for_and_is_read_back_from_its_text(day: date, kind: SpanKind) -> None:
    span = Span.around(kind, day)
    assert span.holds(day)
    assert Span.read(str(span)) == span


@given(day=DAYS, kind=st.sampled_from(SpanKind))
def test_spans_of_a_kind_follow_one_another_without_gap(day: date, kind: SpanKind) -> None:
    span = Span.around(kind, day)
    assert span.after().first == span.last + timedelta(days=1)
    assert span.before().last == span.first - timedelta(days=1)
    assert span.after().before() == span


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2026-11", date(2026, 11, 1), date(2026, 11, 30)),
        ("2028-02", date(2028, 2, 1), date(2028, 2, 29)),
        ("2026-W53", date(2026, 12, 28), date(2027, 1, 3)),
        ("2026-Q4", date(2026, 10, 1), date(2026, 12, 31)),
        ("2026", date(2026, 1, 1), date(2026, 12, 31)),
        ("2026-11-01..2026-11-21", date(2026, 11, 1), date(2026, 11, 21)),
    ],
)
def test_each_way_to_name_days_means_these(text: str, first: date, last: date) -> None:
    span = Span.read(text)
    assert (span.first, span.last) == (first, last)
    assert span.days == (last - first).days + 1


@pytest.mark.parametrize(
    "text",
    [
        *("", "november", "2026-13", "2026-W54", "2026-Q5", "1999"),
        *("2026-11-21..2026-11-01", "2026-02-30..2026-03-01", "2010-01-01..2026-01-01"),
    ],
)
def test_what_is_no_span_is_refused_by_name(text: str) -> None:
    with pytest.raises(BadChoice) as refused:
        Span.read(text)
    assert refused.value.field == "period"


def test_a_span_knows_the_months_it_touches() -> None:
    assert Span.read("2026-12-15..2027-02-01").months() == (date(2026, 12, 1), date(2027, 1, 1), date(2027, 2, 1))
