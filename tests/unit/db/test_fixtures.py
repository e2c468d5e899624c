"""The floor the other tests stand on: fresh tables, people, and no way off this machine."""

from __future__ import annotations

import socket

import pytest
from sqlalchemy import func, select

from fieldsales.db.database import Database
from fieldsales.db.models import Customer, User
from tests.conftest import CustomerFactory, NetworkRefused


def test_a_fresh_database_has_every_migration_and_no_customer(database: Database) -> None:
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Customer)) == 0
    assert database.is_current()


def test_nothing_is_left_over_from_another_test(database: Database, aiko: User, make_customer: CustomerFactory) -> None:
    customer = make_customer("高松食品", owner=aiko, tags=["VIP", "関西"])
    with database.read() as session:
        assert session.scalars(select(Customer.id)).all() == [customer.id]
        assert session.scalar(select(func.count()).select_from(User)) == 4


def test_the_manager_looks_after_east_where_aiko_sells(aiko: User, botan: User, chie: User) -> None:
    assert [team.id for team in chie.managed_teams] == [aiko.team_id]
    assert aiko.team is not None
    assert aiko.team.shares_customers
    assert botan.team_id != aiko.team_id


def test_tests_cannot_leave_this_machine() -> None:
    with socket.socket() as away, pytest.raises(NetworkRefused):
        away.connect(("192.0.2.1", 80))
    with pytest.raises(NetworkRefused):
        socket.getaddrinfo("example.com", 443)
