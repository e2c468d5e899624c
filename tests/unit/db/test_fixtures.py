"""The floor the other tests stand on: fresh tables, people, and no way off this machine."""

from __future__ import annotations

import socket
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, insert, select

from fieldsales.db.database import Database
from fieldsales.db.models import AuditEvent, Customer, Team, User
from fieldsales.domain.audit import AuditAction
from fieldsales.domain.words import Role
from tests.conftest import CustomerFactory, NetworkRefused
from tests.databases import PostgresDatabases


def test_a_fresh_database_has_every_migration_and_no_customer(database: Database) -> None:
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Customer)) == 0
    assert database.is_current()


def test_nothing_is_left_over_from_another_test(database: Database, aiko: User, make_customer: CustomerFactory) -> None:
    customer = make_customer("高松食品", owner=aiko, tags=["VIP", "関西"])
    with database.read() as session:
        assert session.scalars(select(Customer.id)).all() == [customer.id]
        assert session.scalar(select(func.count()).select_from(User)) == 4


@pytest.mark.parametrize("customers", [3, 3_000])
def test_a_postgresql_database_that_was_given_back_is_as_a_new_one(postgres_databases: PostgresDatabases, customers: int) -> None:
    url, at = postgres_databases.url_of_new(), datetime(2026, 11, 21, tzinfo=UTC)
    database = Database(url)
    for _round in range(2):
        with database.write() as session:
            user = User(email="aiko@example.com", name="Aiko", role=Role.REP, password_hash="-", created_at=at, team=Team(name="East"))
            session.add(user)
            session.flush()
            assert (user.id, user.team_id) == (1, 1)
            session.execute(insert(Customer), [{"name": "高松食品", "owner_id": 1, "created_at": at, "changed_at": at}] * customers)
            session.execute(insert(AuditEvent), [{"happened_at": at, "action": AuditAction.LOGGED_IN, "actor_name": "", "search_text": ""}])
        database.dispose()
        postgres_databases.give_back(url)
        assert postgres_databases.url_of_new() == url
        with database.read() as session:
            assert [session.scalar(select(func.count()).select_from(table)) for table in (Team, User, Customer, AuditEvent)] == [0, 0, 0, 0]
        assert database.is_current()
    database.dispose()
    postgres_databases.give_back(url)


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
