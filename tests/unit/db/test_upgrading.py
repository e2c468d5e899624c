"""A database of an earlier release comes to the newest tables with every row it held."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import select

from fieldsales.db.database import Database
from fieldsales.db.models import Contact, Customer, CustomerChange, Visit
from tests.databases import PostgresDatabases

MOMENT = "2026-11-01 00:00:00"
# One row of each table that other rows hang on, as release 0.2 stored them.
ROWS = {
    "teams": "(id, name, shares_customers) VALUES (1, 'East', TRUE)",
    "users": "(id, email, name, role, team_id, password_hash, locale, timezone, may_export, may_delete, created_at) "
    f"VALUES (1, 'aiko@example.com', 'Aiko', 'rep', 1, 'x', '', '', FALSE, FALSE, '{MOMENT}')",
    "customers": "(id, version, code, name, name_kana, kind, stage, likelihood, postal_code, address, phone, email, contact_name, memo, "
    "custom, owner_id, team_id, created_at, changed_at, match_key, search_text, level, provider, matched, rest, locate_reason, "
    "located_with, pinned_by_hand, locate_attempts) VALUES (1, 3, 'K-1', '髙﨑商店', 'タカサキショウテン', 'company', 'client', 'A', '', "
    "'香川県高松市番町1-1', '087-000-1234', '', '', '', '{}', 1, 1, "
    f"'{MOMENT}', '{MOMENT}', '高崎商店|高松市番町1-1', '高崎商店 タカサキショウテン 0870001234', 'none', '', '', '', '', '', FALSE, 0)",
    "visits": "(id, client_ref, customer_id, user_id, kind, outcome, visited_at, note, likelihood_before, likelihood_after, created_at) "
    f"VALUES (1, 'REF', 1, 1, 'visit', 'met', '{MOMENT}', 'ごあいさつ', 'B', 'A', '{MOMENT}')",
    "customer_changes": "(id, customer_id, changed_by_id, changed_at, cause, visit_id, before, after) "
    f"VALUES (1, 1, 1, '{MOMENT}', 'visit', 1, '{{\"likelihood\": \"B\"}}', '{{\"likelihood\": \"A\"}}')",
}


@pytest.fixture
def old_database(database_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database at the first migration, with a customer, a visit and a change."""
    server: PostgresDatabases | None = None
    if database_kind == "sqlite":
        database = Database(f"sqlite:///{tmp_path / 'old.sqlite3'}")
        ref = "0" * 31 + "1"
    else:
        server = request.getfixturevalue("postgres_databases")
        database = Database(server.url_of_empty())
        ref = "00000000-0000-0000-0000-000000000001"
    command.upgrade(database._alembic_config(), "0001")
    with database.write() as session:
        for table, values in ROWS.items():
            session.connection().exec_driver_sql(f"INSERT INTO {table} {values}".replace("REF", ref))
    yield database
    database.dispose()
    if server is not None:
        server.drop(database.url)


def test_an_upgrade_keeps_every_row_and_what_hangs_on_it(old_database: Database) -> None:
    old_database.upgrade()
    assert old_database.is_current()
    with old_database.read() as session:
        customer = session.get_one(Customer, 1)
        assert (customer.name, customer.version, customer.next_action, customer.do_not_visit) == ("髙﨑商店", 3, "", False)
        visit = session.get_one(Visit, 1)
        assert (visit.note, visit.version, visit.deleted_at) == ("ごあいさつ", 1, None)
        assert session.get_one(CustomerChange, 1).after == {"likelihood": "A"}


def test_an_upgraded_database_takes_new_rows(old_database: Database) -> None:
    old_database.upgrade()
    with old_database.write() as session:
        session.add(Contact(customer_id=1, name="田中"))
        session.get_one(Customer, 1).merged_into_id = 1
    with old_database.read() as session:
        assert session.scalar(select(Contact.name)) == "田中"
        assert session.get_one(Customer, 1).merged_into_id == 1
