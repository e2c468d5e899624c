"""Fresh databases to measure on, gone afterwards."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fieldsales.db.database import Database
from tests.databases import PostgresDatabases

DATABASES = ("SQLite", "PostgreSQL")


@contextmanager
def fresh_database(kind: str) -> Iterator[Database]:
    """Yield an empty database of `kind`, one of DATABASES; PostgreSQL's has its tables already."""
    with _postgresql() if kind == "PostgreSQL" else _sqlite() as database:
        yield database


@contextmanager
def _sqlite() -> Iterator[Database]:
    with tempfile.TemporaryDirectory(prefix="fieldsales-bench-") as folder:
        database = Database(f"sqlite:///{Path(folder) / 'bench.sqlite3'}")
        yield database
        database.dispose()


@contextmanager
def _postgresql() -> Iterator[Database]:
    server = PostgresDatabases()
    database = Database(server.url_of_new())
    yield database
    database.dispose()
    server.stop()
