"""Deals that were decided, for tests of what ranks are worth: moves of a customer's likelihood, and a team with a record."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import update

from fieldsales.db.database import Database
from fieldsales.db.models import Customer, CustomerChange, User, Visit
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.words import ChangeCause, Outcome

Make = Callable[..., Customer]
LONG_AGO = datetime(2016, 11, 1, tzinfo=UTC)


def move(
    database: Database,
    customer: Customer,
    *steps: tuple[float, Likelihood],
    now: datetime,
    by: User | None = None,
    cause: ChangeCause = ChangeCause.VISIT,
) -> None:
    """Store moves of a customer's likelihood, each (days ago, what it became)."""
    with database.write() as session:
        stored = session.get_one(Customer, customer.id)
        for days, after in steps:
            session.add(
                CustomerChange(
                    customer_id=customer.id,
                    changed_by_id=by.id if by else None,
                    changed_at=now - timedelta(days=days),
                    cause=cause,
                    before={"likelihood": stored.likelihood.value},
                    after={"likelihood": after.value},
                )
            )
            session.execute(update(Customer).where(Customer.id == customer.id).values(likelihood=after))
            session.flush()
            session.refresh(stored)


def decide_many(
    database: Database, make_customer: Make, owner: User, *, rank: Likelihood, won: int, lost: int, now: datetime, name: str = "決着"
) -> list[Customer]:
    """Store customers of one owner, all ranked alike two months ago, of whom some were won and the others lost a week ago."""
    made = []
    for number in range(won + lost):
        customer = make_customer(f"{name}{rank.value}{number}", owner=owner, created_at=LONG_AGO)
        after = Likelihood.WON if number < won else Likelihood.LOST
        move(database, customer, (60, rank), (7, after), now=now, by=owner)
        made.append(customer)
    return made


def visit_before(database: Database, customers: list[Customer], by: User, *, days: float, now: datetime, outcome: Outcome) -> None:
    """Store a visit to each customer that took place, and was entered, some days ago."""
    at = now - timedelta(days=days)
    with database.write() as session:
        for customer in customers:
            session.add(
                Visit(
                    client_ref=UUID(int=random.getrandbits(128)), customer_id=customer.id, user_id=by.id, outcome=outcome, visited_at=at,
                    likelihood_before=Likelihood.B, likelihood_after=Likelihood.B, created_at=at,
                )
            )  # fmt: skip
