"""What planning has to know of customers, read in one go and free of the database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from fieldsales.db.models import Customer
from fieldsales.domain import do_not_visit
from fieldsales.domain.cadence import DueRule, cadence_of
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.travel import Point

_READ = (
    *(Customer.id, Customer.name, Customer.likelihood, Customer.amount, Customer.lat, Customer.lon, Customer.owner_id, Customer.team_id),
    *(Customer.last_visited_at, Customer.created_at, Customer.next_on, Customer.next_time, Customer.cadence_days),
    *(Customer.opening_hours, Customer.visit_minutes, Customer.do_not_visit, Customer.do_not_visit_until),
    *(Customer.archived_at, Customer.merged_into_id),
)
_SAME = (
    "id",
    "name",
    "likelihood",
    "amount",
    "lat",
    "lon",
    "owner_id",
    "team_id",
    "next_on",
    "next_time",
    "opening_hours",
    "visit_minutes",
)
_BATCH = 500  # SQLite takes no endless lists


@dataclass(frozen=True, slots=True)
class CustomerFacts:
    """A customer as it stands on a day. `seen_at` is the last visit, or when it was entered if `visited` is false.

    `cadence_days` is the interval that holds for it. `barred` says that it is not to be visited on that day, `gone` that it
    was archived or merged into another.
    """

    id: int
    name: str
    likelihood: Likelihood
    amount: int | None
    lat: float | None
    lon: float | None
    owner_id: int | None
    team_id: int | None
    next_on: date | None
    next_time: time | None
    opening_hours: str
    visit_minutes: int | None
    seen_at: datetime
    visited: bool
    cadence_days: int | None
    barred: bool
    gone: bool

    @property
    def point(self) -> Point | None:
        """Where its pin is; None without one."""
        return None if self.lat is None or self.lon is None else (self.lat, self.lon)


def find_facts(session: Session, query: Select[Customer], rule: DueRule) -> list[CustomerFacts]:
    """Return what a query of customers finds, in its order, as it stands on the rule's day."""
    return [_facts(row, rule) for row in session.execute(query.with_only_columns(*_READ))]


def read_facts(session: Session, customer_ids: Sequence[int], rule: DueRule) -> dict[int, CustomerFacts]:
    """Return customers by id, as they stand on the rule's day, whoever may see them."""
    found: dict[int, CustomerFacts] = {}
    for first in range(0, len(customer_ids), _BATCH):
        query = select(Customer).where(Customer.id.in_(customer_ids[first : first + _BATCH]))
        found |= {facts.id: facts for facts in find_facts(session, query, rule)}
    return found


def _facts(row: Any, rule: DueRule) -> CustomerFacts:
    return CustomerFacts(
        **{name: getattr(row, name) for name in _SAME},
        seen_at=row.last_visited_at or row.created_at,
        visited=row.last_visited_at is not None,
        cadence_days=cadence_of(row.cadence_days, row.likelihood, rule.options),
        barred=do_not_visit.in_force(row.do_not_visit, row.do_not_visit_until, rule.today),
        gone=row.archived_at is not None or row.merged_into_id is not None,
    )
