"""The demo of 300 customers, made once by the product and then copied: making it takes a second or two."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Table, func, insert, select

from fieldsales.adapters.files.photos import PillowPhotos
from fieldsales.adapters.files.store import FolderStore
from fieldsales.bootstrap import Runtime
from fieldsales.db.base import Base
from fieldsales.db.database import Database
from fieldsales.demo import prepare
from fieldsales.services.map.map_index import MapIndex
from fieldsales.settings import Settings
from tests.databases import SqliteDatabases
from tests.fakes import FakeClock, FakeGeocoder

PASSWORD = "a password for the demo"
NOW = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)  # as the fixture `now`
DemoRows = Mapping[Table, list[dict[str, Any]]]


@pytest.fixture(scope="package")
def demo_rows(sqlite_databases: SqliteDatabases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoRows]:
    """Every row of a demo as it is made at `now`."""
    folder: Path = tmp_path_factory.mktemp("demo")
    database = Database(sqlite_databases.url_of_new(folder))
    settings = Settings(data_dir=folder, database_url=database.url, secret_key="a secret of more than thirty-two letters")
    store = FolderStore(settings.files_dir)
    prepare(Runtime(settings, database, FakeGeocoder(), MapIndex(), store, PillowPhotos(), FakeClock(NOW)), password=PASSWORD)
    with database.read() as session:
        yield {table: [dict(row) for row in session.execute(select(table)).mappings()] for table in Base.metadata.sorted_tables}
    database.dispose()


@pytest.fixture
def demo(database: Database, demo_rows: DemoRows) -> Database:
    """A database that holds the demo."""
    with database.write() as session:
        for table, rows in demo_rows.items():
            if rows:
                session.execute(table.delete())
                session.execute(insert(table), rows)
                if "id" in table.c and not database.is_sqlite:  # ids that were given are not noticed by PostgreSQL's sequences
                    newest = select(func.max(table.c.id)).scalar_subquery()
                    session.execute(select(func.setval(func.pg_get_serial_sequence(table.name, "id"), newest)))
    return database
