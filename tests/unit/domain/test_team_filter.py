"""The filter of the manager's page and the address it stands in."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldsales.domain.spans import Span, SpanKind
from fieldsales.domain.team_filter import MOST_CHOSEN, TeamFilter
from fieldsales.errors import FieldSalesError

TODAY = date(2026, 11, 21)
WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc", "Z"]), min_size=1, max_size=20)


@given(
    span=st.builds(Span.around, st.sampled_from(SpanKind), st.dates(date(2001, 1, 1), date(2099, 12, 31))),
    teams=st.frozensets(st.integers(1, 999_999), max_size=5),
    people=st.frozensets(st.integers(1, 999_999), max_size=5),
    tags=st.frozensets(WORDS, max_size=3),
    areas=st.frozensets(WORDS, max_size=3),
)
def test_a_filter_is_read_back_from_its_address(
    span: Span, teams: frozenset[int], people: frozenset[int], tags: frozenset[str], areas: frozenset[str]
) -> None:
    team_filter = TeamFilter(span, teams, people, tags, areas)
    assert TeamFilter.from_query(team_filter.to_query(today=TODAY), today=TODAY) == team_filter


def test_without_a_period_it_is_this_month_and_the_address_stays_short() -> None:
    team_filter = TeamFilter.from_query({}, today=TODAY)
    assert team_filter.span == Span.read("2026-11")
    assert team_filter.to_query(today=TODAY) == {}


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"team": ["east"]}, "team"),
        ({"rep": ["-1"]}, "rep"),
        ({"rep": [",".join(map(str, range(MOST_CHOSEN + 1)))]}, "rep"),
        ({"period": ["soon"]}, "period"),
        ({"tag": ["x" * 500]}, "tag"),
        ({"area": ["x" * 500]}, "area"),
        ({"tag": ["hot", "a\x00b"]}, "tag"),
        ({"area": ["\ud800"]}, "area"),
    ],
)
def test_nonsense_in_the_address_is_refused_by_the_name_of_its_part(query: dict[str, list[str]], field: str) -> None:
    with pytest.raises(FieldSalesError) as refused:
        TeamFilter.from_query(query, today=TODAY)
    assert refused.value.field == field
