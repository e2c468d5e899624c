"""Build the gazetteer file: everything into a temporary file, which then takes the place of the installed one."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from fieldsales.domain.addresses import fold_name, is_number, number_value, town_key

from .download import fetch, is_url
from .errors import DamagedGazetteer, NoUsableRows
from .indexing import build_indexes
from .records import BlockRow, InstallProgress, PostalRow, SourceKind, TownRow
from .sources import Row, SourceReader, sha256_of
from .storage import SCHEMA_VERSION, open_for_building, open_for_reading, read_meta

Report = Callable[[InstallProgress], None]

_BATCH = 5_000
_ABANDONED_AFTER_S = 24 * 3600
_TOWN = """INSERT INTO town VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE
    SET lat = coalesce(excluded.lat, lat), lon = coalesce(excluded.lon, lon)"""
_BLOCK = "INSERT OR REPLACE INTO block VALUES (?, ?, ?, ?, ?, NULL)"
_POSTAL = "INSERT OR REPLACE INTO postal VALUES (?, ?, ?, ?, ?, ?, ?, NULL)"
_SOURCE = """INSERT INTO source (name, kind, rows, sha256, installed_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE
    SET name = excluded.name, rows = excluded.rows, installed_at = excluded.installed_at"""


def install_sources(path: Path, sources: Sequence[str | Path], report: Report) -> None:
    """Add `sources` (files or URLs) to the gazetteer at `path`; what comes later wins, and finer levels stand beside coarser ones.

    The installed file stays as it is until the new one is complete.

    Raises:
        UnusableGazetteer: a source is unreadable, of no known format or without rows, or the installed file is damaged.
        DownloadFailed: a URL could not be fetched.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    files = [(str(source), _local_file(source, path.parent, report)) for source in sources]
    with _one_at_a_time(path), _replacement(path) as connection:
        for name, file in files:
            _add_source(connection, name, file, report)
        build_indexes(connection, report)
        connection.execute("INSERT OR REPLACE INTO meta VALUES ('schema', ?)", (str(SCHEMA_VERSION),))
        connection.execute("INSERT OR REPLACE INTO meta VALUES ('version', ?)", (f"{_now()}/{uuid.uuid4().hex[:8]}",))
    report(InstallProgress("done", path.name, 1, 1))


def _local_file(source: str | Path, directory: Path, report: Report) -> Path:
    if isinstance(source, str) and is_url(source):
        return fetch(source, directory / "downloads", progress=lambda done, total: report(InstallProgress("download", source, done, total)))
    return Path(source)


@contextlib.contextmanager
def _one_at_a_time(path: Path) -> Iterator[None]:
    """Let a second installation wait for the first, so that it builds upon its result."""
    with path.with_name(path.name + ".lock").open("w") as lock:
        with contextlib.suppress(ImportError):
            import fcntl

            fcntl.flock(lock, fcntl.LOCK_EX)  # released with the file, also by kill -9
        yield


@contextlib.contextmanager
def _replacement(path: Path) -> Iterator[sqlite3.Connection]:
    """Yield a copy of the installed gazetteer to add to; it takes the original's place if nothing goes wrong."""
    _remove_abandoned(path)
    handle, name = tempfile.mkstemp(prefix=path.name + ".", suffix=".building", dir=path.parent)
    os.close(handle)
    building = Path(name)
    try:
        if path.exists():
            _copy_installed(path, building)
        connection = open_for_building(building)
        try:
            connection.execute("BEGIN")
            yield connection
            connection.execute("COMMIT")
        finally:
            connection.close()
        _sync(building)
        building.chmod(0o644)
        os.replace(building, path)
        _sync(path.parent)
    finally:
        building.unlink(missing_ok=True)


def _copy_installed(path: Path, building: Path) -> None:
    try:
        with contextlib.closing(open_for_reading(path)) as installed, contextlib.closing(sqlite3.connect(building)) as copy:
            if read_meta(installed, "schema") != str(SCHEMA_VERSION):
                raise DamagedGazetteer(path=path)
            installed.backup(copy)
    except sqlite3.Error as error:
        raise DamagedGazetteer(path=path) from error


def _sync(path: Path) -> None:
    with contextlib.suppress(OSError):  # a directory cannot be opened on Windows
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _remove_abandoned(path: Path) -> None:
    """Remove what a killed installation left behind."""
    for leftover in path.parent.glob(path.name + ".*.building*"):
        with contextlib.suppress(OSError):
            if time.time() - leftover.stat().st_mtime > _ABANDONED_AFTER_S:
                leftover.unlink()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _add_source(connection: sqlite3.Connection, name: str, file: Path, report: Report) -> None:
    reader = SourceReader(file)
    writer = _RowWriter(connection)
    count = 0
    for count, row in enumerate(reader.rows(), 1):
        writer.add(row)
        if count % _BATCH == 0:
            report(InstallProgress("read", name, count))
    writer.flush()
    if not count:
        raise NoUsableRows(source=file.name)
    report(InstallProgress("read", name, count, count))
    kind = reader.kind or SourceKind.COMPACT
    connection.execute(_SOURCE, (name, kind.value, count, sha256_of(file), _now()))


class _RowWriter:
    """Collects rows and writes them in batches."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._batches: dict[str, list[tuple[object, ...]]] = {_TOWN: [], _BLOCK: [], _POSTAL: []}
        self._municipalities: dict[tuple[str, str], int] = {
            (pref, city): identity for identity, pref, city in connection.execute("SELECT id, pref, city FROM municipality")
        }
        self._town_keys: dict[tuple[str, str], str] = {}

    def add(self, row: Row) -> None:
        if isinstance(row, TownRow):
            identity = self._municipality_id(row.pref, row.city)
            self._put(_TOWN, (identity, row.town, row.koaza, row.lat, row.lon))
        elif isinstance(row, PostalRow):
            self._put(_POSTAL, (int(row.postal_code), row.pref, row.city, row.town, row.lat, row.lon, row.level))
        else:
            self._add_block(row)

    def flush(self) -> None:
        for statement, rows in self._batches.items():
            self._connection.executemany(statement, rows)
            rows.clear()

    def _put(self, statement: str, values: tuple[object, ...]) -> None:
        rows = self._batches[statement]
        rows.append(values)
        if len(rows) >= _BATCH:
            self.flush()

    def _add_block(self, row: BlockRow) -> None:
        number = fold_name(row.block)[:1]
        if not is_number(number):
            return
        name = (row.town, row.koaza)
        if name not in self._town_keys:
            self._town_keys[name] = town_key(*name).tokens
        identity = self._municipality_id(row.pref, row.city)
        self._put(_BLOCK, (identity, self._town_keys[name], number_value(number), row.lat, row.lon))

    def _municipality_id(self, pref: str, city: str) -> int:
        identity = self._municipalities.get((pref, city))
        if identity is None:
            cursor = self._connection.execute("INSERT INTO municipality (pref, city) VALUES (?, ?)", (pref, city))
            identity = self._municipalities[pref, city] = int(cursor.lastrowid or 0)
        return identity
