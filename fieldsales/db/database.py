"""The engine and its two doors: `.read()` for looking, `.write()` for one transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session as Session  # screens and routes pass sessions on and need nothing else of SQLAlchemy

from fieldsales.errors import DatabaseBusy

# Longer than an import of 100,000 rows holds SQLite's one write lock: whoever saves meanwhile waits instead of failing.
BUSY_TIMEOUT_MS = 60_000
MIGRATIONS = Path(__file__).parent / "migrations"


class Database:
    """An engine for one URL; cheap to keep, safe to share between threads."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = _create_engine(url)
        self._writer = self.engine.execution_options(writes=True)

    @property
    def is_sqlite(self) -> bool:
        """True for SQLite, False for PostgreSQL."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Yield a session for reading; nothing it does is kept.

        Raises:
            DatabaseBusy: the database does not answer.
        """
        with _saying_busy(), Session(self.engine, expire_on_commit=False, autoflush=False) as session:
            yield session  # closing rolls back without expiring what the caller took out

    @contextmanager
    def write(self) -> Iterator[Session]:
        """Yield a session in one transaction: committed when the block ends, rolled back when it raises.

        Raises:
            DatabaseBusy: the database does not answer; nothing was written.
        """
        with _saying_busy(), Session(self._writer, expire_on_commit=False) as session, session.begin():
            yield session

    def upgrade(self) -> None:
        """Bring the tables to the newest migration."""
        command.upgrade(self._alembic_config(), "head")

    def is_current(self) -> bool:
        """True when every migration has been applied."""
        head = ScriptDirectory.from_config(self._alembic_config()).get_current_head()
        with self.engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision() == head

    def ping(self) -> None:
        """Raise DatabaseBusy unless a trivial query is answered."""
        with self.read() as session:
            session.execute(text("SELECT 1"))

    def dispose(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    def _alembic_config(self) -> Config:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["engine"] = self.engine
        return config


@contextmanager
def _saying_busy() -> Iterator[None]:
    try:
        yield
    except OperationalError as error:
        raise DatabaseBusy() from error


def _create_engine(url: str) -> Engine:
    if not url.startswith("sqlite"):
        return create_engine(url, pool_pre_ping=True, pool_size=10, max_overflow=20, connect_args={"connect_timeout": 5})
    engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_MS / 1000, "check_same_thread": False})

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={BUSY_TIMEOUT_MS}", "cache_size=-65536"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # Taking the write lock first avoids SQLITE_BUSY when a reader becomes a writer half way.
        connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get("writes") else "BEGIN")

    return engine
