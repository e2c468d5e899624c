"""What usually comes after a visit: the dates offered for the next one, and the likelihood an outcome suggests."""

from __future__ import annotations

import calendar
from datetime import date, timedelta

from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.words import Outcome

_SUGGESTED = {Outcome.ORDER: Likelihood.WON, Outcome.LOST: Likelihood.LOST}


def suggested_likelihood(outcome: Outcome, current: Likelihood) -> Likelihood:
    """Return the likelihood that `outcome` speaks for: an order is won, a loss is lost, all else leaves it as it is."""
    return _SUGGESTED.get(outcome, current)


def tomorrow(today: date) -> date:
    """Return the day after `today`."""
    return today + timedelta(days=1)


def in_a_week(today: date) -> date:
    """Return the same weekday next week."""
    return today + timedelta(days=7)


def in_a_month(today: date) -> date:
    """Return the same day next month, its last day when there is no such day."""
    year, month = (today.year, today.month + 1) if today.month < 12 else (today.year + 1, 1)
    return date(year, month, min(today.day, calendar.monthrange(year, month)[1]))
