"""What services answered before, in a file beside the gazetteer: nobody is asked twice for the same address."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import threading
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from fieldsales.domain.places import Level

from .remote import RemoteAnswer

FILE_NAME = "geocode_cache.sqlite3"
_KEPT_FOR_S = 180 * 24 * 3600.0
_NOTHING = "null"


class AnswerCache:
    """Answers by service and text, also that there was none; a cache that cannot be written is no error."""

    def __init__(self, path: Path, now: Callable[[], float] = time.time) -> None:
        """Keep answers at `path`; nothing is opened before the first question."""
        self._path = path
        self._now = now
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None

    def get(self, service: str, text: str) -> tuple[bool, RemoteAnswer | None]:
        """Return whether the answer is known, and the answer."""
        with self._lock, contextlib.suppress(sqlite3.Error, ValueError, KeyError, TypeError):
            row = (
                self._open()
                .execute(
                    "SELECT answer FROM answer WHERE service = ? AND text = ? AND asked_at > ?",
                    (service, text, self._now() - _KEPT_FOR_S),
                )
                .fetchone()
            )
            if row:
                return True, _from_json(row[0])
        return False, None

    def put(self, service: str, text: str, answer: RemoteAnswer | None) -> None:
        """Remember an answer."""
        value = json.dumps(asdict(answer), ensure_ascii=False) if answer else _NOTHING
        with self._lock, contextlib.suppress(sqlite3.Error):
            self._open().execute("INSERT OR REPLACE INTO answer VALUES (?, ?, ?, ?)", (service, text, value, self._now()))

    def close(self) -> None:
        """Close the file; the next question opens it again."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            connection = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False, timeout=5)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute(
                "CREATE TABLE IF NOT EXISTS answer (service TEXT NOT NULL, text TEXT NOT NULL, answer TEXT NOT NULL,"
                " asked_at REAL NOT NULL, PRIMARY KEY (service, text)) WITHOUT ROWID"
            )
            self._connection = connection
        return self._connection


def _from_json(value: str) -> RemoteAnswer | None:
    if value == _NOTHING:
        return None
    fields = json.loads(value)
    return RemoteAnswer(**(fields | {"level": Level(fields["level"])}))
