"""From the rows of a gazetteer to what a lookup reads: keys, radii and one compact index row a municipality."""

from __future__ import annotations

import sqlite3
from array import array
from collections.abc import Callable, Iterator
from itertools import accumulate, groupby
from typing import NamedTuple

import numpy as np

from fieldsales.domain.addresses import (
    TownKey,
    TownKind,
    fold_name,
    index_loosely,
    longest_match,
    municipality_keys,
    parent_key,
    town_key,
    town_name,
)

from .density import LARGEST_RADIUS_M, SMALLEST_RADIUS_M, Floats, distance_m, radii_m
from .municipalities import municipality_points, wards_of
from .records import InstallProgress
from .storage import MICRODEGREES

Report = Callable[[InstallProgress], None]

_SMALLEST_BLOCK_RADIUS_M = 30.0
_LARGEST_BLOCK_RADIUS_M = 1_000.0
_SHARE_WITHIN = 90
_CHILDREN_FACTOR = 1.2
_CITY_SHARE_WITHIN = 95


class _Towns(NamedTuple):
    """All towns of the gazetteer that have a point, sorted by municipality."""

    municipality: list[int]
    town: list[str]
    koaza: list[str]
    lat: Floats
    lon: Floats

    @property
    def has_koaza(self) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        return np.array([bool(koaza) for koaza in self.koaza], dtype=np.bool_)


class _Entry(NamedTuple):
    """One entry of a municipality's index."""

    key: TownKey
    koaza: str
    name: str
    lat: float
    lon: float
    precision_m: float


def build_indexes(connection: sqlite3.Connection, report: Report) -> None:
    """Derive every index from the tables `town`, `block` and `postal`."""
    _add_bare_municipalities(connection)
    towns = _read_towns(connection)
    radii = _town_radii_m(towns)
    connection.execute("DELETE FROM town_index")
    done = 0
    for municipality, begin, end in _runs(towns.municipality):
        entries = list(_entries(towns, radii, begin, end))
        _write_index(connection, municipality, entries)
        _write_circle(connection, municipality, towns.lat[begin:end], towns.lon[begin:end])
        done = end
        report(InstallProgress("index", "", done, len(towns.town)))
    _write_keys(connection)
    _write_block_radii(connection)
    _write_postal_radii(connection, towns)


def _add_bare_municipalities(connection: sqlite3.Connection) -> None:
    """Make the municipalities known of which the sources have no town (some islands, wards that came later)."""
    installed = connection.execute("SELECT pref, city FROM municipality").fetchall()
    known = {(pref, key) for pref, city in installed for key in municipality_keys(city)}
    for (pref, city), (lat, lon) in municipality_points().items():
        for name in (city, *wards_of(city)):
            if (pref, fold_name(name)) not in known:
                connection.execute(
                    "INSERT OR IGNORE INTO municipality (pref, city, lat, lon, radius_m) VALUES (?, ?, ?, ?, 0)",
                    (pref, name, lat, lon),
                )


def _read_towns(connection: sqlite3.Connection) -> _Towns:
    rows = connection.execute(
        "SELECT municipality_id, town, koaza, lat, lon FROM town WHERE lat IS NOT NULL ORDER BY municipality_id, town, koaza"
    ).fetchall()
    municipality, town, koaza, lat, lon = ([*column] for column in zip(*rows, strict=True)) if rows else ([], [], [], [], [])
    return _Towns(municipality, town, koaza, np.array(lat, dtype=np.float64), np.array(lon, dtype=np.float64))


def _town_radii_m(towns: _Towns) -> Floats:
    """Return each entry's radius: by the neighbours of its own level, and for a town with 小字 also by how far these lie."""
    fine = towns.has_koaza
    radii = np.empty(len(towns.town))
    lat, lon = towns.lat, towns.lon
    radii[fine] = radii_m(lat[fine], lon[fine], lat, lon)
    radii[~fine] = radii_m(lat[~fine], lon[~fine], lat[~fine], lon[~fine])
    own_row: dict[tuple[int, str], int] = {}
    children: dict[tuple[int, str], list[int]] = {}
    for row, (municipality, town, koaza) in enumerate(zip(towns.municipality, towns.town, towns.koaza, strict=True)):
        if koaza:
            children.setdefault((municipality, town), []).append(row)
        else:
            own_row[municipality, town] = row
    for name, rows in children.items():
        if (row := own_row.get(name, -1)) >= 0:
            reach = np.percentile(distance_m(lat[rows], lon[rows], lat[[row]], lon[[row]]), _SHARE_WITHIN)
            radii[row] = min(max(radii[row], _CHILDREN_FACTOR * float(reach)), LARGEST_RADIUS_M)
    return radii


def _runs(values: list[int]) -> Iterator[tuple[int, int, int]]:
    begin = 0
    for value, run in groupby(values):
        end = begin + sum(1 for _ in run)
        yield value, begin, end
        begin = end


def _entries(towns: _Towns, radii: Floats, begin: int, end: int) -> Iterator[_Entry]:
    """Yield the entries of one municipality, a parent of its own for 丁目 and 小字 whose town has no row."""
    seen: set[str] = set()
    children: dict[str, list[int]] = {}
    names: dict[str, str] = {}
    for row in range(begin, end):
        town, koaza = towns.town[row], towns.koaza[row]
        key = town_key(town, koaza)
        parent = parent_key(key) or (town_key(town, "").tokens if koaza else "")
        if parent:
            children.setdefault(parent, []).append(row)
            names.setdefault(parent, town if koaza else _without_chome(town))
        if key.tokens not in seen:
            seen.add(key.tokens)
            yield _Entry(key, koaza, town_name(town, koaza), float(towns.lat[row]), float(towns.lon[row]), float(radii[row]))
    for parent, rows in children.items():
        if parent not in seen:
            lat, lon, radius = _circle(towns.lat[rows], towns.lon[rows], _SHARE_WITHIN)
            radius = min(radius + float(radii[rows].mean()) / 2, LARGEST_RADIUS_M)
            yield _Entry(TownKey(parent, TownKind.PARENT), "", names[parent], lat, lon, max(radius, SMALLEST_RADIUS_M))


def _without_chome(town: str) -> str:
    """Return 旭ケ丘 for 旭ケ丘一丁目."""
    return town.removesuffix("丁目").removesuffix("丁").rstrip("〇一二三四五六七八九十百0123456789０１２３４５６７８９")


def _circle(lat: Floats, lon: Floats, share: int) -> tuple[float, float, float]:
    """Return the middle of points and the radius in metres that holds `share` per cent of them."""
    middle_lat, middle_lon = float(np.median(lat)), float(np.median(lon))
    reach = np.percentile(distance_m(lat, lon, np.array([middle_lat]), np.array([middle_lon])), share)
    return middle_lat, middle_lon, float(reach)


def _write_index(connection: sqlite3.Connection, municipality: int, entries: list[_Entry]) -> None:
    keys = {entry.key.tokens: position for position, entry in enumerate(entries)}
    loose = index_loosely([(entry.key, entry.koaza) for entry in entries], keys)
    connection.execute(
        "INSERT INTO town_index VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            municipality,
            "\n".join(keys),
            "\n".join(loose),
            array("i", loose.values()).tobytes(),
            longest_match(keys, loose),
            bytes(entry.key.kind for entry in entries),
            "".join(entry.name for entry in entries),
            array("i", accumulate(len(entry.name) for entry in entries)).tobytes(),
            array("i", (round(entry.lat * MICRODEGREES) for entry in entries)).tobytes(),
            array("i", (round(entry.lon * MICRODEGREES) for entry in entries)).tobytes(),
            array("i", (round(entry.precision_m) for entry in entries)).tobytes(),
        ),
    )


def _write_circle(connection: sqlite3.Connection, municipality: int, lat: Floats, lon: Floats) -> None:
    middle_lat, middle_lon, radius = _circle(lat, lon, _CITY_SHARE_WITHIN)
    connection.execute(
        "UPDATE municipality SET lat = ?, lon = ?, radius_m = ? WHERE id = ?",
        (middle_lat, middle_lon, max(radius, 10 * SMALLEST_RADIUS_M), municipality),
    )


def _write_keys(connection: sqlite3.Connection) -> None:
    names = connection.execute("SELECT id, city FROM municipality WHERE lat IS NOT NULL").fetchall()
    connection.executemany(
        "UPDATE municipality SET keys = ? WHERE id = ?",
        [("\n".join(municipality_keys(city)), identity) for identity, city in names],
    )


def _write_block_radii(connection: sqlite3.Connection) -> None:
    """Judge new blocks by the density of the blocks of their municipality."""
    changed = connection.execute("SELECT DISTINCT municipality_id FROM block WHERE precision_m IS NULL").fetchall()
    for (municipality,) in changed:
        rows = connection.execute("SELECT lat, lon, town_key, number FROM block WHERE municipality_id = ?", (municipality,)).fetchall()
        lat, lon = np.array([row[0] for row in rows]), np.array([row[1] for row in rows])
        radii = radii_m(lat, lon, lat, lon).clip(_SMALLEST_BLOCK_RADIUS_M, _LARGEST_BLOCK_RADIUS_M)
        connection.executemany(
            "UPDATE block SET precision_m = ? WHERE municipality_id = ? AND town_key = ? AND number = ?",
            [(float(radius), municipality, row[2], row[3]) for radius, row in zip(radii, rows, strict=True)],
        )


def _write_postal_radii(connection: sqlite3.Connection, towns: _Towns) -> None:
    """Give a postal code the radius of a town in its surroundings."""
    rows = connection.execute("SELECT code, lat, lon FROM postal WHERE lat IS NOT NULL").fetchall()
    if not rows:
        return
    lat, lon = np.array([row[1] for row in rows]), np.array([row[2] for row in rows])
    coarse = ~towns.has_koaza
    around = (towns.lat[coarse], towns.lon[coarse]) if coarse.any() else (lat, lon)
    radii = radii_m(lat, lon, *around)
    connection.executemany(
        "UPDATE postal SET precision_m = ? WHERE code = ?",
        [(float(radius), row[0]) for radius, row in zip(radii, rows, strict=True)],
    )
