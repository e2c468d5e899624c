"""What routing servers answered before, in a file of its own: the same way is asked for once a month.

A place is known to about a metre (five decimals). The file holds where customers are, like the database beside it,
and may be deleted at any time.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from fieldsales.domain.travel import Point

from .servers import Block

KEPT_FOR_S = 30 * 24 * 3600.0
LARGEST_BYTES = 64_000_000
_NO_WAY = -1
_TABLES = """
CREATE TABLE IF NOT EXISTS pair (server INTEGER NOT NULL, origin INTEGER NOT NULL, target INTEGER NOT NULL, seconds INTEGER NOT NULL,
    metres INTEGER NOT NULL, asked_at INTEGER NOT NULL, PRIMARY KEY (server, origin, target)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS line (server INTEGER NOT NULL, points BLOB NOT NULL, line TEXT NOT NULL, asked_at INTEGER NOT NULL,
    PRIMARY KEY (server, points)) WITHOUT ROWID;
"""


class TravelCache:
    """Ways by server and places, also that there is none; a cache that cannot be read or written is no error."""

    def __init__(self, path: Path, now: Callable[[], float] = time.time, largest_bytes: int = LARGEST_BYTES) -> None:
        """Keep ways at `path`; nothing is opened before the first question."""
        self._path = path
        self._now = now
        self._largest_bytes = largest_bytes
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None

    def get(self, server: str, points: Sequence[Point]) -> tuple[Block, npt.NDArray[np.bool_]]:
        """Return the ways between different points, and which of them are known; NaN is one that is known not to exist, or not known."""
        codes = [_code(point) for point in points]
        seconds, metres = np.full((2, len(codes), len(codes)), np.nan)
        known = np.zeros((len(codes), len(codes)), dtype=bool)
        found = np.array(self._read_pairs(server, codes), dtype=np.int64).reshape(-1, 4)
        order = np.argsort(codes)
        ordered = np.array(codes, dtype=np.int64)[order]
        cells = tuple(order[np.searchsorted(ordered, found[:, column])] for column in (0, 1))
        there = found[:, 2] != _NO_WAY
        known[cells] = True
        seconds[cells] = np.where(there, found[:, 2], np.nan)
        metres[cells] = np.where(there, found[:, 3], np.nan)
        return Block(seconds, metres), known

    def put(self, server: str, origins: Sequence[Point], targets: Sequence[Point], block: Block) -> None:
        """Remember the ways of a block; a NaN of it is a way that does not exist."""
        now, key = int(self._now()), _key(server)
        there = np.isfinite(block.seconds)
        seconds = np.where(there, np.rint(np.where(there, block.seconds, 0)), _NO_WAY).astype(np.int64).tolist()
        metres = np.rint(np.nan_to_num(block.metres)).astype(np.int64).tolist()
        columns = [_code(target) for target in targets]
        rows = [
            (key, origin, column, seconds[i][j], metres[i][j], now)
            for i, origin in enumerate(map(_code, origins))
            for j, column in enumerate(columns)
            if origin != column
        ]
        with self._lock, contextlib.suppress(sqlite3.Error):
            connection = self._open()
            with connection:
                connection.execute("BEGIN IMMEDIATE")
                connection.executemany("INSERT OR REPLACE INTO pair VALUES (?, ?, ?, ?, ?, ?)", rows)
            self._trim(connection)

    def get_line(self, server: str, points: Sequence[Point]) -> tuple[Point, ...] | None:
        """Return the line along points, None when it is not known."""
        with self._lock, contextlib.suppress(sqlite3.Error, ValueError, TypeError):
            query = "SELECT line FROM line WHERE server = ? AND points = ? AND asked_at > ?"
            row = self._open().execute(query, (_key(server), _digest(points), self._now() - KEPT_FOR_S)).fetchone()
            return tuple((float(lat), float(lon)) for lat, lon in json.loads(row[0])) if row else None
        return None

    def put_line(self, server: str, points: Sequence[Point], line: Sequence[Point]) -> None:
        """Remember a line."""
        with self._lock, contextlib.suppress(sqlite3.Error):
            connection = self._open()
            row = (_key(server), _digest(points), json.dumps(line), int(self._now()))
            connection.execute("INSERT OR REPLACE INTO line VALUES (?, ?, ?, ?)", row)
            self._trim(connection)

    def close(self) -> None:
        """Close the file; the next question opens it again."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _read_pairs(self, server: str, codes: list[int]) -> list[tuple[int, int, int, int]]:
        query = (
            "SELECT origin, target, seconds, metres FROM pair WHERE server = ? AND asked_at > ?"
            " AND origin IN (SELECT value FROM json_each(?)) AND target IN (SELECT value FROM json_each(?))"
        )
        wanted = json.dumps(codes)
        with self._lock, contextlib.suppress(sqlite3.Error):
            return self._open().execute(query, (_key(server), self._now() - KEPT_FOR_S, wanted, wanted)).fetchall()
        return []

    def _trim(self, connection: sqlite3.Connection) -> None:
        """Forget the oldest quarter once the file holds more than it may."""
        pragmas = ("page_count", "freelist_count", "page_size")
        pages, free, size = (int(connection.execute(f"PRAGMA {name}").fetchone()[0]) for name in pragmas)
        if (pages - free) * size <= self._largest_bytes:
            return
        for table in ("pair", "line"):
            number = connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            age = f"SELECT asked_at FROM {table} ORDER BY asked_at LIMIT 1 OFFSET {number // 4}"
            connection.execute(f"DELETE FROM {table} WHERE asked_at <= ({age})")

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            connection = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False, timeout=5)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = OFF")  # what a crash takes away is asked again
            connection.executescript(_TABLES)
            self._connection = connection
        return self._connection


def _code(point: Point) -> int:
    """Return one number for a place, the same for all that agree in five decimals."""
    lat, lon = point
    return round((lat + 90) * 100_000) * 40_000_000 + round((lon + 180) * 100_000)


def _key(server: str) -> int:
    return int.from_bytes(hashlib.sha256(server.encode()).digest()[:6])


def _digest(points: Sequence[Point]) -> bytes:
    return hashlib.sha256(",".join(str(_code(point)) for point in points).encode()).digest()
