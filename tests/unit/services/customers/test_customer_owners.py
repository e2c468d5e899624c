"""Whom a customer may be given to."""

from __future__ import annotations

from datetime import datetime

import pytest

from fieldsales.db.database import Database
from fieldsales.db.models import User
from fieldsales.errors import FieldSalesError
from fieldsales.services.customers.customer_owners import assignable_owners
from fieldsales.services.customers.customers import find_owner


@pytest.mark.parametrize("actor", ["aiko", "botan", "chie", "dai"])
def test_exactly_the_offered_owners_are_accepted(database: Database, people: dict[str, User], actor: str, now: datetime) -> None:
    with database.write() as session:
        left = session.get_one(User, people["botan"].id)
        left.disabled_at = now if actor == "dai" else None
    with database.read() as session:
        offered = {name.lower() for _, name in assignable_owners(session, people[actor])}
        accepted = set()
        for name, user in people.items():
            try:
                find_owner(session, people[actor], user.id)
            except FieldSalesError:
                continue
            accepted.add(name)
    assert offered == accepted
    assert actor in offered
