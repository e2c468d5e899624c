"""What is at risk when customers pass from one rep to another: why each of them matters, and in which order to call on them.

Points add up, so that nothing hides behind one loud reason: an open complaint 30 and any other open request 12 (40 together at
most), a broken promise 25, a promise within two weeks 20, a visit overdue 10, the likelihood up to 40, the amount up to 20 (that is
ten million yen; a tenth of it brings half). High from 60, medium from 30 on.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from fieldsales.domain.likelihood import Likelihood

SOON = timedelta(days=14)
COMPLAINT, REQUEST, MOST_FOR_REQUESTS = 30, 12, 40
PROMISE_BROKEN, PROMISE_SOON, OVERDUE = 25, 20, 10
MOST_FOR_AMOUNT = 20
HIGH_FROM, MEDIUM_FROM = 60, 30
FULL_AMOUNT, LEAST_AMOUNT = 10_000_000, 100_000
OF_LIKELIHOOD = {Likelihood.A: 40, Likelihood.B: 25, Likelihood.C: 12, Likelihood.D: 4, Likelihood.WON: 12}


class Risk(StrEnum):
    """How much is at stake."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Stake(StrEnum):
    """Why a customer must not be forgotten."""

    COMPLAINT = "complaint"
    REQUEST = "request"
    PROMISE_BROKEN = "promise_broken"
    PROMISE_SOON = "promise_soon"
    OVERDUE = "overdue"
    LIKELIHOOD = "likelihood"
    AMOUNT = "amount"


@dataclass(frozen=True, slots=True)
class Held:
    """What is known of one customer that is handed over; `days_unseen` since the last visit, or since it was entered."""

    likelihood: Likelihood
    amount: int | None
    complaints: int
    requests: int
    promised_on: date | None
    days_unseen: int
    cadence_days: int | None


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason with its points; `value` is a count, days (late, ahead, overdue) or yen, by what the reason is."""

    stake: Stake
    points: int
    value: int = 0


def reasons_for(held: Held, *, today: date) -> tuple[Reason, ...]:
    """Return why a customer is at risk on a day, the weightiest first."""
    found = []
    if held.complaints:
        found.append(Reason(Stake.COMPLAINT, min(COMPLAINT * held.complaints, MOST_FOR_REQUESTS), held.complaints))
    left = MOST_FOR_REQUESTS - sum(reason.points for reason in found)
    if held.requests and left:
        found.append(Reason(Stake.REQUEST, min(REQUEST * held.requests, left), held.requests))
    if held.promised_on is not None and held.promised_on < today:
        found.append(Reason(Stake.PROMISE_BROKEN, PROMISE_BROKEN, (today - held.promised_on).days))
    elif held.promised_on is not None and held.promised_on <= today + SOON:
        found.append(Reason(Stake.PROMISE_SOON, PROMISE_SOON, (held.promised_on - today).days))
    elif held.promised_on is None and held.cadence_days is not None and held.days_unseen >= held.cadence_days:
        found.append(Reason(Stake.OVERDUE, OVERDUE, held.days_unseen - held.cadence_days))
    if points := OF_LIKELIHOOD.get(held.likelihood, 0):
        found.append(Reason(Stake.LIKELIHOOD, points))
    if points := _points_of(held.amount):
        found.append(Reason(Stake.AMOUNT, points, held.amount or 0))
    return tuple(sorted(found, key=lambda reason: (-reason.points, list(Stake).index(reason.stake))))


def points_of(reasons: tuple[Reason, ...]) -> int:
    """Return what the reasons add up to."""
    return sum(reason.points for reason in reasons)


def risk_of(points: int) -> Risk:
    """Return how much is at stake."""
    if points >= HIGH_FROM:
        return Risk.HIGH
    return Risk.MEDIUM if points >= MEDIUM_FROM else Risk.LOW


def _points_of(amount: int | None) -> int:
    if amount is None or amount <= LEAST_AMOUNT:
        return 0
    share = math.log(amount / LEAST_AMOUNT) / math.log(FULL_AMOUNT / LEAST_AMOUNT)
    return round(MOST_FOR_AMOUNT * min(1.0, share))
