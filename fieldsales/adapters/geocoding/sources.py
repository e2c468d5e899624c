"""Readers of the gazetteer formats met in the field: compact CSV, Geolonia's latest.csv, the government's zips, postal codes."""

from __future__ import annotations

import codecs
import csv
import gzip
import hashlib
import io
import lzma
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import IO, TypeAlias

from fieldsales.domain.addresses import PREFECTURES

from .errors import SourceTooLarge, UnknownGazetteerFormat, UnreadableSource
from .records import BlockRow, PostalRow, SourceKind, TownRow

_Binary: TypeAlias = IO[bytes] | lzma.LZMAFile | gzip.GzipFile
Row: TypeAlias = TownRow | BlockRow | PostalRow

_LARGEST_TABLE = 2_000_000_000
_LONGEST_LINE = 100_000
_SAMPLE_BYTES = 65_536
_JAPAN = (20.0, 46.0, 122.0, 154.5)
_DELETED = "3"
_PREFECTURES = frozenset(PREFECTURES)

# The header columns that give a format away, and where each of our fields is in it.
_FORMATS: tuple[tuple[SourceKind, Mapping[str, str]], ...] = (
    (SourceKind.COMPACT, {"pref": "pref", "city": "city", "town": "town", "koaza": "koaza", "lat": "lat", "lon": "lng"}),
    (
        SourceKind.POSTAL,
        {"postal_code": "postal_code", "pref": "pref", "city": "city", "town": "town", "lat": "lat", "lon": "lon", "level": "level"},
    ),
    (
        SourceKind.GEOLONIA,
        {"pref": "都道府県名", "city": "市区町村名", "town": "大字町丁目名", "koaza": "小字・通称名", "lat": "緯度", "lon": "経度"},
    ),
    (
        SourceKind.MLIT_BLOCKS,
        {
            "pref": "都道府県名",
            "city": "市区町村名",
            "town": "大字・丁目名",
            "koaza": "小字・通称名",
            "block": "街区符号・地番",
            "lat": "緯度",
            "lon": "経度",
            "main": "代表フラグ",
            "after": "更新後履歴フラグ",
        },
    ),
    (
        SourceKind.MLIT_TOWNS,
        {"pref": "都道府県名", "city": "市区町村名", "town": "大字町丁目名", "lat": "緯度", "lon": "経度"},
    ),
)


class SourceReader:
    """One source file: its kind is known once `rows` has begun."""

    def __init__(self, path: Path) -> None:
        """Name the file; nothing is read yet."""
        self.path = path
        self.kind: SourceKind | None = None

    def rows(self) -> Iterator[Row]:
        """Yield the usable rows of every table in the file.

        Raises:
            UnusableGazetteer: the file cannot be read, or is none of the known formats.
        """
        try:
            for open_table in _tables(self.path):
                with open_table() as sample:
                    encoding = _detect_encoding(sample.read(_SAMPLE_BYTES))
                with open_table() as binary:
                    yield from self._read_table(_lines(binary, encoding, self.path.name))
        except (OSError, EOFError, lzma.LZMAError, zlib.error, zipfile.BadZipFile, csv.Error, RuntimeError) as error:
            raise UnreadableSource(source=self.path.name) from error

    def _read_table(self, lines: Iterator[str]) -> Iterator[Row]:
        table = csv.reader(lines)
        header = [column.strip().strip("\ufeff") for column in next(table, [])]
        kind, columns = detect_format(header)
        if kind is None:
            raise UnknownGazetteerFormat(source=self.path.name, columns=", ".join(header[:6])[:120] or "-")
        self.kind = kind
        positions = {name: header.index(column) for name, column in columns.items()}
        last = max(positions.values())
        read = _READERS[kind]
        for line in table:
            if len(line) > last and line[positions["pref"]] in _PREFECTURES and (row := read(line, positions)) is not None:
                yield row


def detect_format(header: Sequence[str]) -> tuple[SourceKind | None, Mapping[str, str]]:
    """Return the format whose columns `header` has, and its columns by our names; None for an unknown one."""
    present = set(header)
    for kind, columns in _FORMATS:
        if present.issuperset(columns.values()):
            return kind, columns
    return None, {}


def sha256_of(path: Path) -> str:
    """Return the hexadecimal SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _tables(path: Path) -> Iterator[Callable[[], _Binary]]:
    """Yield, for every table in a file, what opens it as bytes."""
    with path.open("rb") as file:
        magic = file.read(6)
    if magic.startswith(b"PK"):
        with zipfile.ZipFile(path) as archive:
            members = [info for info in archive.infolist() if info.filename.lower().endswith(".csv")]
            if not members:
                raise UnknownGazetteerFormat(source=path.name, columns="-")
            for info in members:
                yield partial(archive.open, info)
    elif magic.startswith(b"\xfd7zXZ"):
        yield partial(lzma.open, path)
    elif magic.startswith(b"\x1f\x8b"):
        yield partial(gzip.open, path)
    else:
        yield lambda: path.open("rb")


def _lines(binary: _Binary, encoding: str, source: str) -> Iterator[str]:
    """Yield the lines of a table, refusing what unpacks without end."""
    size = 0
    with io.TextIOWrapper(binary, encoding=encoding, errors="replace", newline="") as text:
        # never more than a line at a time, even of a file that is one line of two gigabytes
        for line in iter(lambda: text.readline(_LONGEST_LINE + 1), ""):
            size += len(line)
            if size > _LARGEST_TABLE or len(line) > _LONGEST_LINE:
                raise SourceTooLarge(source=source)
            yield line


def _detect_encoding(sample: bytes) -> str:
    try:
        codecs.getincrementaldecoder("utf-8-sig")().decode(sample)
    except UnicodeDecodeError:
        return "cp932"
    return "utf-8-sig"


def _coordinates(line: Sequence[str], positions: Mapping[str, int]) -> tuple[float, float] | None:
    """Return latitude and longitude of a row, None when they are missing or not in Japan."""
    try:
        lat, lon = float(line[positions["lat"]]), float(line[positions["lon"]])
    except ValueError:
        return None
    south, north, west, east = _JAPAN
    return (lat, lon) if south <= lat <= north and west <= lon <= east else None


def _read_town(line: Sequence[str], positions: Mapping[str, int]) -> TownRow | None:
    city, town = line[positions["city"]].strip(), line[positions["town"]].strip()
    koaza = line[positions["koaza"]].strip() if "koaza" in positions else ""
    if not city or not (town or koaza):
        return None
    lat, lon = _coordinates(line, positions) or (None, None)
    return TownRow(line[positions["pref"]], city, town, koaza, lat, lon)


def _read_block(line: Sequence[str], positions: Mapping[str, int]) -> BlockRow | None:
    """Read a 街区, only its representative point and only while it exists."""
    point = _coordinates(line, positions)
    block = line[positions["block"]].strip()
    if point is None or not block or line[positions["main"]] != "1" or line[positions["after"]] == _DELETED:
        return None
    city, town, koaza = (line[positions[name]].strip() for name in ("city", "town", "koaza"))
    return BlockRow(line[positions["pref"]], city, town, koaza, block, *point) if city and (town or koaza) else None


def _read_postal(line: Sequence[str], positions: Mapping[str, int]) -> PostalRow | None:
    code = line[positions["postal_code"]].strip().replace("-", "").zfill(7)
    if len(code) != 7 or not code.isdigit() or not line[positions["city"]]:
        return None
    lat, lon = _coordinates(line, positions) or (None, None)
    pref, city, town, level = (line[positions[name]].strip() for name in ("pref", "city", "town", "level"))
    return PostalRow(code, pref, city, town, lat, lon, level)


_READERS: Mapping[SourceKind, Callable[[Sequence[str], Mapping[str, int]], Row | None]] = {
    SourceKind.COMPACT: _read_town,
    SourceKind.GEOLONIA: _read_town,
    SourceKind.MLIT_TOWNS: _read_town,
    SourceKind.MLIT_BLOCKS: _read_block,
    SourceKind.POSTAL: _read_postal,
}
