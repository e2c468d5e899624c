"""What a lookup may ask: municipalities, the towns of one, blocks and postal codes; from the installed file or from JpGeocode."""

from __future__ import annotations

import sqlite3
import threading
from array import array
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Protocol

from fieldsales.domain.addresses import Municipality, MunicipalityIndex, TownIndex, city_of_ward
from fieldsales.domain.places import Level

from .errors import DamagedGazetteer
from .municipalities import municipality_index, radius_m
from .records import PostalRow
from .storage import MICRODEGREES, SCHEMA_VERSION, open_for_reading, read_meta

# Nearly all of Japan, in about 60 MB; beyond that the municipality that was asked for longest ago is read again when wanted.
_KEYS_IN_MEMORY = 300_000


@dataclass(slots=True)
class TownTable:
    """The towns of one municipality; positions of `index` count into the arrays (micro-degrees, metres)."""

    municipality: Municipality
    index: TownIndex
    names: str
    name_ends: array[int]
    lat: array[int]
    lon: array[int]
    precision_m: array[int]

    def point(self, position: int) -> tuple[float, float]:
        """Return latitude and longitude of an entry in degrees."""
        return self.lat[position] / MICRODEGREES, self.lon[position] / MICRODEGREES

    def name(self, position: int) -> str:
        """Return the official name of an entry."""
        return self.names[self.name_ends[position - 1] if position else 0 : self.name_ends[position]]

    def key(self, position: int) -> str:
        """Return the key of an entry; the keys stand in the order of their positions."""
        return next(islice(self.index.keys, position, None))


@dataclass(frozen=True, slots=True)
class BlockPoint:
    """A 街区 or 地番 with its radius."""

    lat: float
    lon: float
    precision_m: float


class Atlas(Protocol):
    """What `Locator` needs to know."""

    has_towns: bool
    has_blocks: bool

    @property
    def municipalities(self) -> MunicipalityIndex:
        """All municipalities."""

    def towns(self, municipality: Municipality) -> TownTable | None:
        """Return the towns of a municipality, None when none is known."""

    def block(self, table: TownTable, position: int, number: int) -> BlockPoint | None:
        """Return the block `number` of a town."""

    def postal(self, code: str) -> PostalRow | None:
        """Return what a postal code of seven digits stands for."""

    def circle(self, municipality: Municipality) -> tuple[float, float, float]:
        """Return middle and radius (m) of a municipality, of the whole city for one with wards."""


class BareAtlas:
    """Municipalities only, for as long as no gazetteer is installed."""

    has_towns: bool = False
    has_blocks: bool = False

    @cached_property
    def municipalities(self) -> MunicipalityIndex:
        """The municipalities of the JpGeocode package."""
        return municipality_index()

    def towns(self, municipality: Municipality) -> TownTable | None:
        """Return None: no town is known."""
        return None

    def block(self, table: TownTable, position: int, number: int) -> BlockPoint | None:
        """Return None: no block is known."""
        return None

    def postal(self, code: str) -> PostalRow | None:
        """Return None: no postal code is known."""
        return None

    def circle(self, municipality: Municipality) -> tuple[float, float, float]:
        """Return the municipality's point and the radius of its surroundings."""
        return municipality.lat, municipality.lon, radius_m(municipality.lat, municipality.lon)


class InstalledAtlas:
    """One state of the gazetteer file; safe to use from several threads, and still valid when the file is replaced."""

    has_towns: bool = True

    def __init__(self, path: Path) -> None:
        """Open the file.

        Raises:
            DamagedGazetteer: it is no gazetteer of this version.
        """
        self._lock = threading.Lock()
        self._tables: OrderedDict[int, TownTable | None] = OrderedDict()
        self._keys_held = 0
        try:
            self._connection = open_for_reading(path)
            self.version = read_meta(self._connection, "version")
            if read_meta(self._connection, "schema") != str(SCHEMA_VERSION):
                raise DamagedGazetteer(path=path)
            self.has_blocks = self._any("block")
            self.has_postal_codes = self._any("postal")
            self.municipalities = MunicipalityIndex(self._read_municipalities())
        except (sqlite3.Error, ValueError) as error:
            raise DamagedGazetteer(path=path) from error

    def towns(self, municipality: Municipality) -> TownTable | None:
        """Return the towns of a municipality, read when first wanted and kept while there is room."""
        with self._lock:
            if municipality.id in self._tables:
                self._tables.move_to_end(municipality.id)
                return self._tables[municipality.id]
            table = self._read_towns(municipality)
            self._tables[municipality.id] = table
            self._keys_held += len(table.index.keys) if table else 0
            while self._keys_held > _KEYS_IN_MEMORY and len(self._tables) > 1:
                _, dropped = self._tables.popitem(last=False)
                self._keys_held -= len(dropped.index.keys) if dropped else 0
            return table

    def block(self, table: TownTable, position: int, number: int) -> BlockPoint | None:
        """Return the block `number` of a town."""
        with self._lock:
            row = self._connection.execute(
                "SELECT lat, lon, precision_m FROM block WHERE municipality_id = ? AND town_key = ? AND number = ?",
                (table.municipality.id, table.key(position), number),
            ).fetchone()
        return BlockPoint(*row) if row else None

    def postal(self, code: str) -> PostalRow | None:
        """Return what a postal code of seven digits stands for."""
        if not self.has_postal_codes:
            return None
        with self._lock:
            row = self._connection.execute(
                "SELECT pref, city, town, lat, lon, level, coalesce(precision_m, 0) FROM postal WHERE code = ?", (int(code),)
            ).fetchone()
        return PostalRow(code, *row) if row else None

    def circle(self, municipality: Municipality) -> tuple[float, float, float]:
        """Return middle and radius of a municipality, by its towns or else by its neighbours."""
        reach_m = municipality.radius_m or radius_m(municipality.lat, municipality.lon)
        return municipality.lat, municipality.lon, reach_m

    def _any(self, table: str) -> bool:
        return self._connection.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone() is not None

    def _read_municipalities(self) -> Iterable[tuple[Municipality, list[str]]]:
        rows = self._connection.execute(
            "SELECT id, pref, city, lat, lon, radius_m, keys, id IN (SELECT municipality_id FROM town_index)"
            " FROM municipality WHERE lat IS NOT NULL"
        ).fetchall()
        wards: dict[tuple[str, str], list[int]] = {}
        for identity, pref, city, *_, has_towns in rows:
            if has_towns and city[-1] == "区" and (whole := city_of_ward(city)):
                wards.setdefault((pref, whole), []).append(identity)
        for identity, pref, city, lat, lon, radius, keys, _ in rows:
            yield Municipality(identity, pref, city, lat, lon, radius, tuple(wards.get((pref, city), ()))), keys.split("\n")

    def _read_towns(self, municipality: Municipality) -> TownTable | None:
        row = self._connection.execute(
            "SELECT keys, loose, loose_positions, longest, kinds, names, name_ends, lat, lon, precision_m"
            " FROM town_index WHERE municipality_id = ?",
            (municipality.id,),
        ).fetchone()
        if row is None:
            return None
        keys, loose, loose_positions, longest, kinds, names, *columns = row
        numbered = {key: position for position, key in enumerate(keys.split("\n"))}
        spelled = dict(zip(loose.split("\n"), array("i", loose_positions), strict=True)) if loose else {}
        name_ends, lat, lon, precision_m = (array("i", column) for column in columns)
        return TownTable(municipality, TownIndex(numbered, spelled, kinds, longest), names, name_ends, lat, lon, precision_m)


def precision_level(kind: int) -> Level:
    """Return the level that an entry of `TownKind` answers at."""
    return _LEVELS[kind]


_LEVELS = (Level.OAZA, Level.CHOME, Level.KOAZA, Level.OAZA)
