"""XLSX through openpyxl's read-only mode, behind guards against bombs, passwords and formulas without a result."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from fieldsales.adapters.tables import errors
from fieldsales.domain.tables import MAX_CELL, MAX_COLUMNS, MAX_ROWS, UNCALCULATED, TableFormat, TableRow

MAX_UNPACKED = 600 * 1024**2
MAX_STRINGS = 150 * 1024**2
MAX_PARTS = 5_000
# A sheet of a few hundred rows that repeat packs 1:100; what is small unpacked is harmless at any ratio.
MAX_RATIO, HARMLESS = 150, 30 * 1024**2
_WORKBOOK = "xl/workbook.xml"
_FORMULA = re.compile(rb"<(?:\w+:)?f[ >/]")
_DAMAGED = (
    zipfile.BadZipFile,
    InvalidFileException,
    ParseError,
    KeyError,
    ValueError,
    TypeError,
    AttributeError,
    IndexError,
    OSError,
    EOFError,
)


@dataclass(frozen=True, slots=True)
class ExcelSheet:
    """The first visible sheet of a workbook that holds anything."""

    path: Path
    format: TableFormat
    has_formulas: bool

    def rows(self) -> Iterator[TableRow]:
        """Yield the rows that are not blank; numbers, dates and results of formulas as text.

        Raises:
            DamagedExcelFile, TooManyRows, TooManyColumns, CellTooLong.
        """
        count = 0
        with _saying_damaged():
            for line, cells in self._all_rows():
                while cells and not cells[-1]:
                    cells.pop()
                if not any(map(str.strip, cells)):
                    continue
                count += 1
                if count > MAX_ROWS + 1:
                    raise errors.TooManyRows(limit=f"{MAX_ROWS:,}")
                if len(cells) > MAX_COLUMNS:
                    raise errors.TooManyColumns(limit=MAX_COLUMNS, line=line)
                if any(len(cell) > MAX_CELL for cell in cells):
                    raise errors.CellTooLong(line=line, limit=f"{MAX_CELL:,}")
                yield TableRow(line, tuple(cells))

    def _all_rows(self) -> Iterator[tuple[int, list[str]]]:
        values = _rows_of(self.path, self.format.sheet, results=True)
        if not self.has_formulas:
            for line, row in enumerate(values, start=1):
                yield line, [_text_of(cell) for cell in row]
            return
        formulas = _rows_of(self.path, self.format.sheet, results=False)
        for line, (row, written) in enumerate(zip(values, formulas, strict=True), start=1):
            yield line, [_text_of(cell, formula=source.data_type == "f") for cell, source in zip(row, written, strict=True)]


def open_excel(path: Path) -> ExcelSheet:
    """Check a workbook without unpacking it and choose its sheet.

    Raises:
        DamagedExcelFile, OtherSpreadsheet, ExcelFileTooLarge, EmptyFile.
    """
    with _saying_damaged(), zipfile.ZipFile(path) as archive:
        _check_archive(archive)
        formulas = any(_holds_formula(archive, name) for name in archive.namelist() if name.startswith("xl/worksheets/"))
        book = openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)
        try:
            for sheet in book.worksheets:
                if sheet.sheet_state != "visible":
                    continue
                sheet.reset_dimensions()
                if any(value not in (None, "") for row in sheet.iter_rows(values_only=True) for value in row):
                    return ExcelSheet(path, TableFormat("xlsx", sheet=sheet.title), formulas)
        finally:
            book.close()
    raise errors.EmptyFile()


def _check_archive(archive: zipfile.ZipFile) -> None:
    parts = archive.infolist()
    names = {part.filename for part in parts}
    if _WORKBOOK not in names:
        raise errors.OtherSpreadsheet() if "mimetype" in names or "xl/workbook.bin" in names else errors.NotATable()
    unpacked = sum(part.file_size for part in parts)
    packed = sum(part.compress_size for part in parts) or 1
    strings = sum(part.file_size for part in parts if "sharedStrings" in part.filename)
    bomb = unpacked > HARMLESS and unpacked / packed > MAX_RATIO
    if bomb or unpacked > MAX_UNPACKED or strings > MAX_STRINGS or len(parts) > MAX_PARTS:
        raise errors.ExcelFileTooLarge()


def _holds_formula(archive: zipfile.ZipFile, name: str) -> bool:
    tail = b""
    with archive.open(name) as part:
        while block := part.read(1 << 20):
            if _FORMULA.search(tail + block):
                return True
            tail = block[-64:]
    return False


def _rows_of(path: Path, sheet_name: str, *, results: bool) -> Iterator[tuple[Any, ...]]:
    """Yield the cells of every row, blank ones included; `results` False gives formulas in place of their results."""
    book = openpyxl.load_workbook(path, read_only=True, data_only=results, keep_links=False)
    try:
        sheet = book[sheet_name]
        sheet.reset_dimensions()  # what a file says of its own size may be wrong by a million rows
        yield from sheet.iter_rows()
    finally:
        book.close()


def _text_of(cell: Any, *, formula: bool = False) -> str:
    value = cell.value
    if value is None:
        return UNCALCULATED if formula else ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time.min else value.isoformat(" ", "seconds")
    if isinstance(value, (int, float)):
        return number_text(value, cell.number_format)
    if isinstance(value, (date, time)):
        return value.isoformat()
    return str(value) if isinstance(value, timedelta) else ""


def number_text(value: float, number_format: str) -> str:
    """Return a number as the sheet shows it where that matters: percent, and zeros that its format puts in front."""
    if "%" in number_format:
        return f"{value * 100:.10g}%"
    whole = int(value) if float(value).is_integer() and abs(value) < 1e15 else None
    if whole is None:
        return str(value) if isinstance(value, int) else f"{value:.15g}"
    padded = _zeros_of(number_format, whole) if whole >= 0 else None
    return padded if padded is not None else str(whole)


def _zeros_of(number_format: str, value: int) -> str | None:
    """Return `value` under a format of zeros with literal hyphens or brackets (`000000`, `000\\-0000`), None for other formats."""
    section = number_format.split(";")[-1] if number_format.startswith("[") else number_format.split(";")[0]
    bare = re.sub(r'\\(.)|"([^"]*)"|\[[^\]]*\]', lambda m: m.group(1) or m.group(2) or "", section).removesuffix("_ ").strip()
    zeros = bare.count("0")
    if zeros < 2 or not re.fullmatch(r"[0\-() ]+", bare) or len(str(value)) > zeros:
        return None
    digits = iter(str(value).zfill(zeros))
    return "".join(next(digits) if c == "0" else c for c in bare)


@contextmanager
def _saying_damaged() -> Iterator[None]:
    try:
        yield
    except errors.UnusableFile:
        raise
    except (*_DAMAGED, zipfile.LargeZipFile, RuntimeError) as error:  # of these, zipfile raises two: a way of packing or a cipher it lacks
        raise errors.DamagedExcelFile() from error
