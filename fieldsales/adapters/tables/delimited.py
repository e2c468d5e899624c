"""CSV and its relatives: encoding and delimiter found out, quotes and odd bytes answered with a sentence."""

from __future__ import annotations

import codecs
import csv
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from fieldsales.adapters.tables import errors
from fieldsales.domain.tables import MAX_CELL, MAX_COLUMNS, MAX_ROWS, TableFormat, TableRow

DELIMITERS = (",", "\t", ";")
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_BLOCK = 1 << 20
_SAMPLE_RECORDS = 30
# Controls that no text has; 0x1A ends files of old DOS programs.
_CONTROLS = re.compile("[\x00-\x08\x0e-\x19\x1b-\x1f]")
# What Python's cp932 makes of bytes that Shift_JIS leaves unassigned.
_UNASSIGNED = re.compile("[\x80\xa0\uf8f0-\uf8f3]")
# Appended as a line of its own: when it comes back inside another record, a quotation mark was left open.
_END = "\ufdd1"


@dataclass(frozen=True, slots=True)
class DelimitedSheet:
    """A text file with one record a line; `skipped` lines at the top say how to read it and are no rows."""

    path: Path
    format: TableFormat
    skipped: int = 0

    def rows(self) -> Iterator[TableRow]:
        """Yield the rows that are not blank.

        Raises:
            TooManyRows, TooManyColumns, CellTooLong, QuoteNotClosed.
        """
        with self.path.open(encoding=self.format.encoding, newline="") as file:
            count = 0
            for line, cells in _records(file, self.format.delimiter):
                if line <= self.skipped or not any(map(str.strip, cells)):
                    continue
                count += 1
                # One more than the limit: the heading.
                if count > MAX_ROWS + 1:
                    raise errors.TooManyRows(limit=f"{MAX_ROWS:,}")
                if len(cells) > MAX_COLUMNS:
                    raise errors.TooManyColumns(limit=MAX_COLUMNS, line=line)
                yield TableRow(line, tuple(cells))


def open_delimited(path: Path) -> DelimitedSheet:
    """Find out encoding and delimiter of a text file.

    Raises:
        NotATable, UnknownEncoding.
    """
    encoding = find_encoding(path)
    with path.open(encoding=encoding, newline="") as file:
        first = file.readline(MAX_CELL).strip()
    if re.fullmatch(r"sep=[,;\t]?", first.strip('"'), re.IGNORECASE):  # what Excel itself writes and obeys
        return DelimitedSheet(path, TableFormat("csv", encoding, first.strip('"')[4:] or "\t"), skipped=1)
    return DelimitedSheet(path, TableFormat("csv", encoding, _find_delimiter(path, encoding)))


def find_encoding(path: Path) -> str:
    """Return utf-8-sig, utf-16, utf-8 or cp932, whichever reads the whole file.

    Raises:
        NotATable: it holds bytes that no text has. UnknownEncoding: none of them reads it.
    """
    with path.open("rb") as file:
        head = file.read(4)
    for bom, encoding in _BOMS:
        if head.startswith(bom):
            _read_through(path, encoding)
            return encoding
    try:
        _read_through(path, "utf-8")
        return "utf-8"
    except errors.UnknownEncoding:
        _read_through(path, "cp932")
        return "cp932"


def _read_through(path: Path, encoding: str) -> None:
    decoder = codecs.getincrementaldecoder(encoding)()
    lines = 1
    with path.open("rb") as file:
        while True:
            block = file.read(_BLOCK)
            if encoding != "utf-16" and b"\0" in block:
                raise errors.NotATable()
            try:
                text = decoder.decode(block, final=not block)
            except UnicodeDecodeError as error:
                raise errors.UnknownEncoding(line=lines + error.object[: error.start].count(b"\n")) from None
            if _CONTROLS.search(text):
                raise errors.NotATable()
            if encoding == "cp932" and (odd := _UNASSIGNED.search(text)):
                raise errors.UnknownEncoding(line=lines + text[: odd.start()].count("\n"))
            lines += text.count("\n")
            if not block:
                return


def _find_delimiter(path: Path, encoding: str) -> str:
    """Return the delimiter under which the first records agree best on a number of columns above one."""

    def merit(delimiter: str) -> tuple[float, int]:
        widths: Counter[int] = Counter()
        try:
            with path.open(encoding=encoding, newline="") as file:
                for _, cells in _records(file, delimiter):
                    if any(cells):
                        widths[len(cells)] += 1
                    if widths.total() == _SAMPLE_RECORDS:
                        break
        except errors.UnusableFile:
            pass
        several = {width: count for width, count in widths.items() if width > 1}
        if not several:
            return (0.0, 0)
        width = max(several, key=lambda w: (several[w], w))
        return (several[width] / widths.total(), width)

    return max(DELIMITERS, key=merit)  # a tie falls to the comma


def _records(lines: Iterator[str], delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yield each record with the line on which it begins."""

    def closed_off() -> Iterator[str]:
        for text in lines:
            if len(text) > MAX_CELL * 4:
                raise errors.CellTooLong(line=reader.line_num, limit=f"{MAX_CELL:,}")
            yield text.replace("\x1a", "")
        yield _END

    # The module's limit is one for the whole process and 131,072 unless somebody changed it; ours lies below.
    reader = csv.reader(closed_off(), delimiter=delimiter)
    begins = 1
    try:
        for cells in reader:
            if cells == [_END]:
                return
            if cells and _END in cells[-1]:
                raise errors.QuoteNotClosed(line=begins)
            if any(len(cell) > MAX_CELL for cell in cells):
                raise errors.CellTooLong(line=begins, limit=f"{MAX_CELL:,}")
            yield begins, cells
            begins = reader.line_num + 1
    except csv.Error:
        raise errors.CellTooLong(line=begins, limit=f"{MAX_CELL:,}") from None
