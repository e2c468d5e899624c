"""The coverage map's rules: what is asked for stands in the URL, classes are few and round, values fall where the legend says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldsales.domain.coverage import (
    DAY_BREAKS,
    SHARE_BREAKS,
    CoverageAsked,
    CoverageFigure,
    Grouping,
    breaks_of,
    class_of,
    round_number,
    weight_of,
)
from fieldsales.domain.likelihood import Likelihood
from fieldsales.errors import BadChoice

ASKED = st.builds(
    CoverageAsked, st.sampled_from(CoverageFigure), st.sampled_from(Grouping), st.frozensets(st.sampled_from(Likelihood), max_size=3)
)


@given(asked=ASKED)
def test_what_is_asked_for_is_read_back_from_its_url(asked: CoverageAsked) -> None:
    assert CoverageAsked.from_query(asked.to_query()) == asked


def test_the_usual_map_needs_nothing_in_the_url() -> None:
    assert CoverageAsked().to_query() == {}


@pytest.mark.parametrize("query", [{"show": ["everything"]}, {"by": ["street"]}, {"rank": ["A,Z"]}])
def test_a_map_that_does_not_exist_is_refused_by_name(query: dict[str, list[str]]) -> None:
    with pytest.raises(BadChoice) as refused:
        CoverageAsked.from_query(query)
    assert refused.value.field in query


def test_only_open_deals_weigh_and_hot_ones_most() -> None:
    weights = [weight_of(rank) for rank in Likelihood]
    assert weights == [0.85, 0.65, 0.35, 0.10, 0.0, 0.0, 0.0]


def test_shares_and_days_have_fixed_classes() -> None:
    assert breaks_of(CoverageFigure.COVERED, [0.1]) == breaks_of(CoverageFigure.CADENCE, []) == SHARE_BREAKS
    assert breaks_of(CoverageFigure.RANK_DAYS, [1, 2]) == DAY_BREAKS
    assert [class_of(value, SHARE_BREAKS) for value in (0, 0.19, 0.2, 0.79, 1)] == [0, 0, 1, 3, 4]


@given(values=st.lists(st.floats(-1e12, 0) | st.floats(0.01, 1e12), max_size=60))
def test_classes_of_quantities_are_few_round_and_nothing_is_one_of_its_own(values: list[float]) -> None:
    breaks = breaks_of(CoverageFigure.POTENTIAL, values)
    assert len(breaks) <= 4
    assert list(breaks) == sorted(set(breaks))
    assert all(round_number(limit) == pytest.approx(limit) for limit in breaks[1:])
    for value in values:
        assert (class_of(value, breaks) == 0) == (value <= 0)


def test_without_anything_there_is_one_class() -> None:
    assert breaks_of(CoverageFigure.NEGLECT, []) == breaks_of(CoverageFigure.UNVISITED, [0.0, 0.0]) == ()


@given(value=st.floats(1e-6, 1e15))
def test_a_round_number_lies_within_a_factor_of_1_6(value: float) -> None:
    assert 1 / 1.6 <= round_number(value) / value <= 1.6
