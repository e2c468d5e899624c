"""The rhythm of visits and the fading of what was said long ago."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldsales.domain.cadence import DueRule, DueState, cadence_of, due_after_days, due_state, faded, next_by_cadence
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.team_options import TeamOptions

DAYS = st.dates(date(2000, 1, 1), date(2060, 1, 1))
CADENCES = st.integers(1, 3650)
ZONES = st.sampled_from([ZoneInfo(name) for name in ("Asia/Tokyo", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe")])


@pytest.mark.parametrize(
    ("unseen", "state"), [(0, DueState.NONE), (6, DueState.NONE), (7, DueState.DUE), (9, DueState.DUE), (10, DueState.OVERDUE)]
)
def test_a_customer_is_due_at_seventy_percent_and_overdue_at_the_whole_interval(unseen: int, state: DueState) -> None:
    assert due_state(date(2026, 11, 1), 10, date(2026, 11, 1) + timedelta(days=unseen)) is state


@given(DAYS, CADENCES, st.integers(-30, 4000))
def test_the_state_is_what_the_share_of_the_interval_says(seen: date, cadence: int, unseen: int) -> None:
    state = due_state(seen, cadence, seen + timedelta(days=unseen))
    assert (state is DueState.OVERDUE) == (unseen >= cadence)
    assert (state is not DueState.NONE) == (10 * unseen >= 7 * cadence)


@given(CADENCES)
def test_nobody_is_overdue_before_having_been_due(cadence: int) -> None:
    assert 1 <= due_after_days(cadence) <= cadence


@given(DAYS, CADENCES)
def test_the_next_date_by_cadence_is_the_day_from_which_the_customer_is_overdue(today: date, cadence: int) -> None:
    on = next_by_cadence(today, cadence)
    assert due_state(today, cadence, on) is DueState.OVERDUE
    assert due_state(today, cadence, on - timedelta(days=1)) is not DueState.OVERDUE


@given(DAYS, DAYS)
def test_without_an_interval_nobody_is_ever_due(seen: date, today: date) -> None:
    assert due_state(seen, None, today) is DueState.NONE


def test_a_customers_own_interval_comes_before_its_ranks_and_zero_means_none() -> None:
    options = TeamOptions(cadence_days={Likelihood.A: 14})
    assert cadence_of(None, Likelihood.A, options) == 14
    assert cadence_of(5, Likelihood.A, options) == 5
    assert cadence_of(0, Likelihood.A, options) is None
    assert cadence_of(None, Likelihood.LOST, options) is None
    assert cadence_of(21, Likelihood.LOST, options) == 21


def test_a_likelihood_has_faded_by_half_after_its_half_life() -> None:
    options = TeamOptions(half_life_days={Likelihood.A: 30})
    seen = date(2026, 9, 12)
    assert faded(Likelihood.A, seen, seen, options) == 0
    assert faded(Likelihood.A, seen, seen + timedelta(days=30), options) == pytest.approx(0.5)
    assert faded(Likelihood.A, seen, seen + timedelta(days=60), options) == pytest.approx(0.75)
    assert faded(Likelihood.WON, seen, seen + timedelta(days=900), options) == 0


@given(st.sampled_from(Likelihood), DAYS, DAYS, DAYS)
def test_what_has_faded_only_grows_with_time(likelihood: Likelihood, seen: date, one: date, other: date) -> None:
    earlier, later = sorted((one, other))
    options = TeamOptions()
    assert 0 <= faded(likelihood, seen, earlier, options) <= faded(likelihood, seen, later, options) <= 1


@given(DAYS, ZONES, CADENCES, st.integers(0, 86399))
def test_moments_and_days_agree_but_for_the_hour_by_which_clocks_move(today: date, zone: ZoneInfo, days: int, second: int) -> None:
    rule = DueRule.on(today, zone, TeamOptions())
    on = today - timedelta(days=days)
    seen = datetime.combine(on, datetime.min.time(), tzinfo=UTC).replace(tzinfo=zone) + timedelta(seconds=second)
    unseen = seen.astimezone(UTC) < rule.unseen_since(days)
    near_midnight = not 3600 <= second < 86400 - 3600
    assert unseen or near_midnight
    next_day = seen + timedelta(days=1)
    assert not next_day.astimezone(UTC) < rule.unseen_since(days) or near_midnight


def test_in_a_zone_without_summer_time_moments_and_days_agree_to_the_second() -> None:
    tokyo = ZoneInfo("Asia/Tokyo")
    rule = DueRule.on(date(2026, 11, 21), tokyo, TeamOptions())
    assert rule.day_began == datetime(2026, 11, 20, 15, tzinfo=UTC)
    assert rule.unseen_since(14) == datetime(2026, 11, 8, tzinfo=tokyo)
