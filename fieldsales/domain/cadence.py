"""Visiting rhythm (訪問周期): from when on a customer is due again, and how far a likelihood stated long ago still holds.

Days are calendar days of the person who looks. What was never visited counts from the day it was entered: a new lead
must not be forgotten either.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum

from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.team_options import TeamOptions

DUE_TENTHS = 7  # of the interval
NO_CADENCE = 0  # what a customer's own interval says when it is to have none


class DueState(StrEnum):
    """Where a customer stands in its rhythm."""

    NONE = "none"
    DUE = "due"
    OVERDUE = "overdue"


def cadence_of(customer_cadence_days: int | None, likelihood: Likelihood, options: TeamOptions) -> int | None:
    """Return the interval in days that holds for a customer: its own, else its rank's; None when there is none.

    `customer_cadence_days` None follows the rank, 0 says that this customer has no rhythm.
    """
    days = options.cadence_days.get(likelihood, NO_CADENCE) if customer_cadence_days is None else customer_cadence_days
    return days if days > 0 else None


def due_after_days(cadence_days: int) -> int:
    """Return after how many days without a visit a customer is due: the first day that reaches 70 % of the interval."""
    return -(-cadence_days * DUE_TENTHS // 10)


def due_state(last_visited_on: date, cadence_days: int | None, today: date) -> DueState:
    """Return how a customer stands on `today`: due from 70 %, overdue from 100 % of the interval since the last visit.

    `last_visited_on` of one never visited is the day it was entered. `cadence_days` None is never due.
    """
    if cadence_days is None:
        return DueState.NONE
    unseen = (today - last_visited_on).days
    if unseen >= cadence_days:
        return DueState.OVERDUE
    return DueState.DUE if unseen >= due_after_days(cadence_days) else DueState.NONE


def next_by_cadence(today: date, cadence_days: int) -> date:
    """Return when a customer seen today should be seen next."""
    return today + timedelta(days=cadence_days)


def faded(likelihood: Likelihood, last_visited_on: date, today: date, options: TeamOptions) -> float:
    """Return how much of a stated likelihood has faded: 0 when fresh, 0.5 after its half-life, towards 1.

    A likelihood without a half-life (won, lost, unrated, or one the administrator lets stand) never fades.
    """
    half_life = options.half_life_days.get(likelihood, 0)
    unseen = (today - last_visited_on).days
    return 1 - 0.5 ** (unseen / half_life) if half_life > 0 and unseen > 0 else 0.0


@dataclass(frozen=True, slots=True)
class DueRule:
    """Everything that decides who is due on one day: the team's options, the day, and the moment it began (in UTC).

    The database and the map compare moments, not days: `unseen_since(n)` is the moment before which the last visit lies
    when at least `n` days have gone by. Days back are taken as 24 hours, so where clocks change, a visit within an
    hour of midnight may count for the day beside it, everywhere alike.
    """

    options: TeamOptions
    today: date
    day_began: datetime

    @classmethod
    def on(cls, today: date, zone: tzinfo, options: TeamOptions) -> DueRule:
        """Return the rule for the day `today` in `zone`."""
        # In UTC: within one zone Python would reckon by the wall clock, the database cannot.
        return cls(options, today, datetime.combine(today, time.min, tzinfo=zone).astimezone(UTC))

    @property
    def tomorrow(self) -> date:
        """The day after."""
        return self.today + timedelta(days=1)

    def unseen_since(self, days: int) -> datetime:
        """Return the moment before which a last visit is at least `days` calendar days old."""
        return self.day_began - timedelta(days=days - 1)
