"""Databases to measure on, gone afterwards: empty ones, and copies of one that takes minutes to fill."""

from __future__ import annotations

import atexit
import functools
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from fieldsales.db.database import Database
from tests.databases import PostgresDatabases

DATABASES = ("SQLite", "PostgreSQL")
_filled: dict[tuple[str, str], str] = {}  # URLs by kind and name


@contextmanager
def fresh_database(kind: str) -> Iterator[Database]:
    """Yield an empty database of `kind`, one of DATABASES; PostgreSQL's has its tables already."""
    if kind == "PostgreSQL":
        with _closing(_postgresql().url_of_new()) as database:
            yield database
        _postgresql().drop(database.url)
    else:
        with tempfile.TemporaryDirectory(prefix="fieldsales-bench-") as folder, _closing(_url_in(folder)) as database:
            yield database


@contextmanager
def copy_of(kind: str, name: str, fill: Callable[[Database], object]) -> Iterator[Database]:
    """Yield a copy of the database of `kind` that `fill` filled; under one `name` it is filled once a run."""
    if (kind, name) not in _filled:
        url = _postgresql().url_of_new() if kind == "PostgreSQL" else _url_in(_folder_of_the_run())
        with _closing(url) as database:
            fill(database)
        _filled[kind, name] = url
    filled = _filled[kind, name]
    if kind == "PostgreSQL":
        with _closing(_postgresql().url_of_copy(filled)) as database:
            yield database
        _postgresql().drop(database.url)
    else:
        with tempfile.TemporaryDirectory(prefix="fieldsales-bench-") as folder, _closing(_url_in(folder)) as database:
            shutil.copyfile(_path_of(filled), _path_of(database.url))
            yield database


def _url_in(folder: str) -> str:
    return f"sqlite:///{Path(folder) / 'bench.sqlite3'}"


def _path_of(url: str) -> str:
    return url.removeprefix("sqlite:///")


@contextmanager
def _closing(url: str) -> Iterator[Database]:
    database = Database(url)
    try:
        yield database
    finally:
        database.dispose()


def _folder_of_the_run() -> str:
    folder = tempfile.mkdtemp(prefix="fieldsales-bench-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@functools.cache
def _postgresql() -> PostgresDatabases:
    server = PostgresDatabases()
    atexit.register(server.stop)
    return server
