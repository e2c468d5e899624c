"""Locate a list of addresses as it streams through: the input's columns, then the answer's."""

from __future__ import annotations

import csv
import os
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import TextIO

from fieldsales.adapters.tables.delimited import DelimitedSheet
from fieldsales.adapters.tables.errors import CannotWriteFile, EmptyFile
from fieldsales.adapters.tables.reading import open_sheet
from fieldsales.cli.progress import CountLine
from fieldsales.domain.places import AddressQuery, LocateStatus, Place
from fieldsales.errors import N_, FixTheInput
from fieldsales.services.ports import Geocoder

ANSWER = ("lat", "lon", "level", "precision_m", "provider", "matched", "rest", "status")
_CHUNK = 1_000


class NoSuchColumn(FixTheInput):
    code = "no_such_column"
    message = N_("There is no column “{column}”. The file has: {columns}")
    field = "column"


@dataclass
class LocatedFile:
    """How the rows of one file came out; `located`, `approximate` and `unlocated` add up to `rows`."""

    rows: int = 0
    located: int = 0
    approximate: int = 0
    unlocated: int = 0

    def count(self, place: Place) -> None:
        """Count one answer."""
        self.rows += 1
        if not place.found:
            self.unlocated += 1
        elif place.status is LocateStatus.OK:
            self.located += 1
        else:
            self.approximate += 1

    def as_dict(self) -> dict[str, int]:
        """Return the counts by name."""
        return asdict(self)

    def sentence(self) -> str:
        """Return the counts for people."""
        return f"{self.rows:,} rows: {self.located:,} located, {self.approximate:,} approximate, {self.unlocated:,} without a place."


def locate_file(geocoder: Geocoder, file: Path, *, column: str, postal_column: str, out: Path | None) -> LocatedFile:
    """Write `file` with the columns of ANSWER appended to `out` (None: standard output), which appears only when complete.

    Raises:
        UnusableFile leaves, NoSuchColumn, CannotWriteFile.
    """
    sheet = open_sheet(file)
    rows = (row.cells for row in sheet.rows())
    header = next(rows, None)
    if header is None:
        raise EmptyFile()
    address_at = _position(header, column)
    postal_at = _position(header, postal_column) if postal_column else None
    # What Excel opens by double click stays so: the encoding of the input, and UTF-8 for what has none of its own.
    encoding = sheet.format.encoding if isinstance(sheet, DelimitedSheet) and sheet.format.encoding != "utf-16" else "utf-8-sig"
    counts = LocatedFile()
    with _writing(out, encoding) as target, CountLine(sys.stderr, "located") as line:
        writer = csv.writer(target, delimiter=sheet.format.delimiter if isinstance(sheet, DelimitedSheet) else ",")
        writer.writerow([*header, *ANSWER])
        for chunk in _chunks(_padded(rows, len(header))):
            queries = [AddressQuery(cells[address_at], cells[postal_at] if postal_at is not None else "") for cells in chunk]
            for cells, place in zip(chunk, geocoder.locate_many(queries), strict=True):
                counts.count(place)
                writer.writerow(cells + _answer(place))
            line(counts.rows)
        if not counts.rows:
            raise EmptyFile()
    return counts


def _position(header: Sequence[str], column: str) -> int:
    names = [name.strip().lstrip("\ufeff") for name in header]
    if column.strip() not in names:
        raise NoSuchColumn(column=column, columns=", ".join(names)[:300])
    return names.index(column.strip())


def _padded(rows: Iterable[Sequence[str]], width: int) -> Iterator[list[str]]:
    """Yield rows of exactly the header's width, so that the answer stands under its own heading."""
    for cells in rows:
        row = list(cells[:width])
        yield row + [""] * (width - len(row))


def _chunks(rows: Iterator[list[str]]) -> Iterator[list[list[str]]]:
    while chunk := list(islice(rows, _CHUNK)):
        yield chunk


def _answer(place: Place) -> list[str]:
    lat = f"{place.lat:.7f}" if place.lat is not None else ""
    lon = f"{place.lon:.7f}" if place.lon is not None else ""
    radius = f"{place.precision_m:.0f}" if place.precision_m is not None else ""
    return [lat, lon, place.level.value, radius, place.provider, place.matched, place.rest, place.status.value]


@contextmanager
def _writing(out: Path | None, encoding: str) -> Iterator[TextIO]:
    """Yield a text file that takes the place of `out` when the block ends well and leaves nothing behind when it does not."""
    if out is None:
        yield sys.stdout
        return
    try:
        handle, name = tempfile.mkstemp(prefix=out.name + ".", suffix=".partial", dir=out.parent)
    except OSError as error:
        raise CannotWriteFile(name=str(out)) from error
    partial = Path(name)
    try:
        # Only what we add can lack a character in the input's encoding; a “?” there must not lose the row.
        with open(handle, "w", encoding=encoding, errors="replace", newline="") as target:
            yield target
        partial.chmod(0o666 & ~_umask())
        partial.replace(out)
    except OSError as error:
        raise CannotWriteFile(name=str(out)) from error
    finally:
        partial.unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
