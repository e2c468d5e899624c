"""The tables of the gazetteer's own SQLite file."""

from __future__ import annotations

import sqlite3
from pathlib import Path

SCHEMA_VERSION = 1
MICRODEGREES = 1_000_000

SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS source (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, kind TEXT NOT NULL, rows INTEGER NOT NULL, sha256 TEXT NOT NULL UNIQUE,
    installed_at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS municipality (
    id INTEGER PRIMARY KEY, pref TEXT NOT NULL, city TEXT NOT NULL, lat REAL, lon REAL, radius_m REAL, keys TEXT NOT NULL DEFAULT '',
    UNIQUE (pref, city));
CREATE TABLE IF NOT EXISTS town (
    municipality_id INTEGER NOT NULL, town TEXT NOT NULL, koaza TEXT NOT NULL, lat REAL, lon REAL,
    PRIMARY KEY (municipality_id, town, koaza)) WITHOUT ROWID;
-- what a lookup reads: all towns of a municipality in one row (see index.py)
CREATE TABLE IF NOT EXISTS town_index (
    municipality_id INTEGER PRIMARY KEY, keys TEXT NOT NULL, loose TEXT NOT NULL, loose_positions BLOB NOT NULL,
    longest INTEGER NOT NULL, kinds BLOB NOT NULL, names TEXT NOT NULL, name_ends BLOB NOT NULL,
    lat BLOB NOT NULL, lon BLOB NOT NULL, precision_m BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS block (
    municipality_id INTEGER NOT NULL, town_key TEXT NOT NULL, number INTEGER NOT NULL, lat REAL NOT NULL, lon REAL NOT NULL,
    precision_m REAL, PRIMARY KEY (municipality_id, town_key, number)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS postal (
    code INTEGER PRIMARY KEY, pref TEXT NOT NULL, city TEXT NOT NULL, town TEXT NOT NULL, lat REAL, lon REAL, level TEXT NOT NULL,
    precision_m REAL);
"""


def open_for_reading(path: Path) -> sqlite3.Connection:
    """Open an installed gazetteer read-only, for use from any thread under the caller's lock."""
    connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True, check_same_thread=False)
    connection.execute("PRAGMA cache_size = -8000")
    return connection


def open_for_building(path: Path) -> sqlite3.Connection:
    """Open a file that nobody reads yet; its safety is the renaming at the end, so no journal is kept."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -64000;")
    connection.executescript(SCHEMA)
    return connection


def read_meta(connection: sqlite3.Connection, key: str) -> str:
    """Return a value of the meta table, empty when it is not there."""
    row = connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    return str(row[0]) if row else ""
