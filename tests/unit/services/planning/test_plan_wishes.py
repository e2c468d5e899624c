"""Whom one wants to see on a day: taken in and locked, locked where they are a candidate, and done once."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

import pytest

from fieldsales.db.database import Database
from fieldsales.db.models import Customer, User
from fieldsales.domain.words import StopChoice, StopOrigin
from fieldsales.errors import CustomerNotFound, NotFound
from fieldsales.services.planning.plan_wishes import want_customer
from tests.conftest import CustomerFactory
from tests.days import entry_of, look, open_day


def want(database: Database, actor: User, plan_id: int, customer: Customer, now: datetime, client_ref: UUID | None = None) -> int | None:
    with database.write() as session:
        return want_customer(session, actor, plan_id=plan_id, customer_id=customer.id, now=now, client_ref=client_ref)


def test_a_customer_that_is_not_in_the_plan_comes_in_locked_and_only_once(
    database: Database, aiko: User, make_customer: CustomerFactory, now: datetime
) -> None:
    plan_id, ref = open_day(database, aiko, now), uuid4()
    customer = make_customer("後から", owner=aiko, lat=34.3, lon=134.0)
    assert want(database, aiko, plan_id, customer, now, ref) is not None
    assert want(database, aiko, plan_id, customer, now, ref) is None
    entry = entry_of(look(database, aiko, plan_id, now), customer)
    assert (entry.choice, entry.origin) == (StopChoice.LOCKED, StopOrigin.ADDED)


def test_a_candidate_is_locked_where_it_is(database: Database, aiko: User, make_customer: CustomerFactory, now: datetime) -> None:
    customer = make_customer("候補", owner=aiko, lat=34.3, lon=134.0)
    plan_id = open_day(database, aiko, now)
    assert entry_of(look(database, aiko, plan_id, now), customer).choice is StopChoice.OPEN
    assert want(database, aiko, plan_id, customer, now) is not None
    entry = entry_of(look(database, aiko, plan_id, now), customer)
    assert (entry.choice, entry.origin) == (StopChoice.LOCKED, StopOrigin.PROPOSED)


def test_a_stranger_wants_nothing_into_it_and_nobody_a_customer_that_one_may_not_see(
    database: Database, aiko: User, botan: User, make_customer: CustomerFactory, now: datetime
) -> None:
    plan_id = open_day(database, aiko, now)
    hers, his = make_customer("hers", owner=aiko), make_customer("his", owner=botan)
    with pytest.raises(NotFound):
        want(database, botan, plan_id, hers, now)
    with pytest.raises(CustomerNotFound):
        want(database, aiko, plan_id, his, now)
