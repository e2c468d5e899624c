"""What is at risk when customers pass on: every reason counts, and the weightiest stands first."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from fieldsales.domain.handover import Held, Reason, Risk, Stake, points_of, reasons_for, risk_of
from fieldsales.domain.likelihood import Likelihood

TODAY = date(2026, 11, 21)
QUIET = Held(Likelihood.UNRATED, None, 0, 0, None, 3, 30)


def test_a_quiet_customer_has_no_reason() -> None:
    assert reasons_for(QUIET, today=TODAY) == ()
    assert risk_of(points_of(())) is Risk.LOW


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"complaints": 1}, Reason(Stake.COMPLAINT, 30, 1)),
        ({"complaints": 4}, Reason(Stake.COMPLAINT, 40, 4)),
        ({"requests": 2}, Reason(Stake.REQUEST, 24, 2)),
        ({"promised_on": TODAY - timedelta(days=3)}, Reason(Stake.PROMISE_BROKEN, 25, 3)),
        ({"promised_on": TODAY}, Reason(Stake.PROMISE_SOON, 20, 0)),
        ({"promised_on": TODAY + timedelta(days=14)}, Reason(Stake.PROMISE_SOON, 20, 14)),
        ({"days_unseen": 45}, Reason(Stake.OVERDUE, 10, 15)),
        ({"likelihood": Likelihood.A}, Reason(Stake.LIKELIHOOD, 40)),
        ({"amount": 1_000_000}, Reason(Stake.AMOUNT, 10, 1_000_000)),
        ({"amount": 99_000_000}, Reason(Stake.AMOUNT, 20, 99_000_000)),
    ],
)
def test_each_reason_counts_its_points(changed: dict[str, object], reason: Reason) -> None:
    assert reasons_for(replace(QUIET, **changed), today=TODAY) == (reason,)


@pytest.mark.parametrize(
    "changed",
    [
        {"promised_on": TODAY + timedelta(days=15), "days_unseen": 99},
        {"days_unseen": 99, "cadence_days": None},
        {"amount": 100_000},
        {"likelihood": Likelihood.LOST},
    ],
)
def test_what_can_wait_is_no_reason(changed: dict[str, object]) -> None:
    assert reasons_for(replace(QUIET, **changed), today=TODAY) == ()


def test_reasons_add_up_and_the_weightiest_stands_first() -> None:
    held = Held(Likelihood.A, 10_000_000, 1, 5, TODAY - timedelta(days=1), 200, 30)
    reasons = reasons_for(held, today=TODAY)
    assert [reason.stake for reason in reasons] == [Stake.LIKELIHOOD, Stake.COMPLAINT, Stake.PROMISE_BROKEN, Stake.AMOUNT, Stake.REQUEST]
    assert points_of(reasons) == 40 + 30 + 25 + 20 + 10
    assert [risk_of(points) for points in (29, 30, 59, 60)] == [Risk.LOW, Risk.MEDIUM, Risk.MEDIUM, Risk.HIGH]
