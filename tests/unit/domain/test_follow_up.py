"""What comes after a visit."""

from __future__ import annotations

from datetime import date

import pytest

from fieldsales.domain.follow_up import in_a_month, in_a_week, suggested_likelihood, tomorrow
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.words import Outcome


@pytest.mark.parametrize(
    ("today", "next_month"),
    [
        (date(2026, 11, 21), date(2026, 12, 21)),
        (date(2026, 12, 31), date(2027, 1, 31)),
        (date(2027, 1, 31), date(2027, 2, 28)),
        (date(2028, 1, 31), date(2028, 2, 29)),
    ],
)
def test_a_month_ahead_is_the_same_day_or_the_last_of_a_shorter_month(today: date, next_month: date) -> None:
    assert in_a_month(today) == next_month


def test_tomorrow_and_a_week_cross_the_year() -> None:
    assert tomorrow(date(2026, 12, 31)) == date(2027, 1, 1)
    assert in_a_week(date(2026, 12, 28)) == date(2027, 1, 4)


@pytest.mark.parametrize("outcome", list(Outcome))
def test_only_an_order_and_a_loss_say_something_about_the_likelihood(outcome: Outcome) -> None:
    expected = {Outcome.ORDER: Likelihood.WON, Outcome.LOST: Likelihood.LOST}.get(outcome, Likelihood.B)
    assert suggested_likelihood(outcome, Likelihood.B) is expected
