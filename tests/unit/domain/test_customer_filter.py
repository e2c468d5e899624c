"""The filter is a value that survives the trip through a URL."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldsales.domain.customer_filter import CustomerFilter
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.words import Kind, Stage
from fieldsales.errors import BadChoice, BadNumber, TextTooLong

filters = st.builds(
    CustomerFilter,
    likelihoods=st.frozensets(st.sampled_from(list(Likelihood))),
    owner_ids=st.frozensets(st.integers(0, 2**31 - 1), max_size=4),
    team_ids=st.frozensets(st.integers(0, 2**31 - 1), max_size=4),
    areas=st.frozensets(st.text(min_size=1, max_size=10).filter(str.strip), max_size=3),
    kinds=st.frozensets(st.sampled_from(list(Kind))),
    stages=st.frozensets(st.sampled_from(list(Stage))),
    tags=st.frozensets(st.text(min_size=1, max_size=10).filter(str.strip), max_size=3),
    not_visited_days=st.none() | st.integers(0, 36_500),
    has_problem=st.booleans(),
    text=st.text(max_size=40).map(str.strip),
)


@given(filters)
def test_a_filter_written_to_a_url_reads_back_the_same(customer_filter: CustomerFilter) -> None:
    assert CustomerFilter.from_query(customer_filter.to_query()) == customer_filter


def test_no_parameter_restricts_nothing() -> None:
    assert CustomerFilter.from_query({}) == CustomerFilter()


@pytest.mark.parametrize(
    ("query", "error", "field"),
    [
        ({"likelihood": ["Z"]}, BadChoice, "likelihood"),
        ({"kind": ["dog"]}, BadChoice, "kind"),
        ({"stage": ["married"]}, BadChoice, "stage"),
        ({"owner": ["-1"]}, BadNumber, "owner"),
        ({"owner": ["９"]}, BadNumber, "owner"),
        ({"owner": ["9" * 30]}, BadNumber, "owner"),
        ({"team": ["east"]}, BadNumber, "team"),
        ({"not_visited_days": ["soon"]}, BadNumber, "not_visited_days"),
        ({"not_visited_days": ["99999"]}, BadNumber, "not_visited_days"),
        ({"q": ["x" * 201]}, TextTooLong, "q"),
    ],
)
def test_a_bad_parameter_is_named(query: dict[str, list[str]], error: type[Exception], field: str) -> None:
    with pytest.raises(error) as caught:
        CustomerFilter.from_query(query)
    assert caught.value.field == field  # type: ignore[attr-defined]
