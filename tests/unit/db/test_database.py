"""The database keeps what was committed, nothing else, and its tables are those of the models."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import IntegrityError, StatementError

from fieldsales.db import models
from fieldsales.db.base import Base
from fieldsales.db.database import Database
from fieldsales.db.models import Counter, Customer, LoginAttempt, Team, Visit
from fieldsales.db.text_search import in_models
from fieldsales.errors import DatabaseBusy


# SQLAlchemy and Alembic cannot look at an index on an expression in SQLite; in PostgreSQL they do.
@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection of expression-based index")
@pytest.mark.filterwarnings("ignore:autogenerate skipping metadata-specified expression-based index")
def test_the_migrations_make_the_tables_of_the_models(database: Database) -> None:
    assert database.is_current()
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False, "include_name": in_models})
        assert compare_metadata(context, Base.metadata) == []


def test_upgrading_twice_changes_nothing(database: Database) -> None:
    database.upgrade()
    assert database.is_current()


def test_what_fails_half_way_is_not_written(database: Database) -> None:
    with pytest.raises(RuntimeError), database.write() as session:
        session.add(Team(name="半分"))
        session.flush()
        raise RuntimeError
    with database.read() as session:
        assert session.scalars(select(Team)).all() == []


def test_a_reading_session_keeps_nothing(database: Database) -> None:
    with database.read() as session:
        session.add(Team(name="見るだけ"))
        session.flush()
    with database.read() as session:
        assert session.scalars(select(Team)).all() == []


def test_foreign_keys_are_enforced(database: Database, now: datetime) -> None:
    with pytest.raises(IntegrityError), database.write() as session:
        session.add(Customer(name="x", owner_id=12345, created_at=now, changed_at=now))


def test_a_moment_comes_back_in_utc_whatever_zone_it_came_in(database: Database) -> None:
    tokyo = datetime(2026, 11, 21, 10, 0, tzinfo=timezone(timedelta(hours=9)))
    with database.write() as session:
        session.add(LoginAttempt(subject="x", last_failed_at=tokyo))
    with database.read() as session:
        assert session.scalars(select(LoginAttempt)).one().last_failed_at == datetime(2026, 11, 21, 1, 0, tzinfo=UTC)


def test_a_moment_without_a_zone_is_refused(database: Database) -> None:
    with pytest.raises(StatementError), database.write() as session:
        session.add(LoginAttempt(subject="x", last_failed_at=datetime(2026, 11, 21)))


def test_writers_at_once_wait_for_each_other_and_lose_nothing(database: Database) -> None:
    with database.write() as session:
        session.add(Counter(name="n", value=0))

    def add_one(_: int) -> None:
        with database.write() as session:
            session.scalars(select(Counter).with_for_update()).one().value += 1

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add_one, range(40)))
    with database.read() as session:
        assert session.scalars(select(Counter)).one().value == 40


def test_sqlite_is_durable_and_checked(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'd.sqlite3'}")
    with database.read() as session:
        pragmas = {
            name: session.execute(text(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 60_000}
    database.dispose()


def test_a_lost_database_is_a_sentence_not_a_traceback(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'no' / 'such' / 'folder.sqlite3'}")
    with pytest.raises(DatabaseBusy), database.read() as session:
        session.execute(text("SELECT 1"))
    assert isinstance(database.engine, Engine)


def test_every_table_is_documented() -> None:
    for mapper in Base.registry.mappers:
        assert mapper.class_.__doc__, mapper.class_
    assert models.Visit is Visit
