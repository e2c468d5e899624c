"""Writing tables: CSV in the encoding that Excel wants, XLSX as text, both without formulas, both in one rename."""

from __future__ import annotations

import csv
import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from fieldsales.adapters.tables import errors
from fieldsales.domain.tables import TableFormat, writable

Value = str | int | float
_WIDTH = 18
_BOLD, _TOP = Font(bold=True), Alignment(vertical="top")


def write_sheet(path: Path, header: Sequence[str], rows: Iterable[Sequence[Value]], table_format: TableFormat) -> int:
    """Write a table and return its number of rows; the file appears whole or not at all.

    Texts are neutralised (see `domain.tables`); numbers stay numbers.

    Raises:
        CannotWriteFile: the folder is missing, read-only or full.
    """
    with _appearing_whole(path) as partial:
        if table_format.kind == "xlsx":
            return _write_excel(partial, header, rows, table_format)
        return _write_delimited(partial, header, rows, table_format)


def sheet_bytes(header: Sequence[str], rows: Iterable[Sequence[Value]], table_format: TableFormat) -> bytes:
    """Return a table as `write_sheet` writes it, for whoever hands it on at once.

    Raises:
        CannotWriteFile: there is no room for a file on the way.
    """
    with tempfile.TemporaryDirectory(prefix="fieldsales-table-") as folder:
        path = Path(folder) / f"table.{table_format.kind}"
        write_sheet(path, header, rows, table_format)
        return path.read_bytes()


def _write_delimited(path: Path, header: Sequence[str], rows: Iterable[Sequence[Value]], table_format: TableFormat) -> int:
    count = 0
    with path.open("w", encoding=table_format.encoding, newline="") as file:
        writer = csv.writer(file, delimiter=table_format.delimiter, lineterminator="\r\n")
        writer.writerow([writable(name, table_format) for name in header])
        for count, row in enumerate(rows, start=1):  # noqa: B007 - the last number is the count
            writer.writerow([writable(value, table_format) if isinstance(value, str) else value for value in row])
    return count


def _write_excel(path: Path, header: Sequence[str], rows: Iterable[Sequence[Value]], table_format: TableFormat) -> int:
    book = Workbook(write_only=True)
    sheet = book.create_sheet(table_format.sheet or "FieldSales")
    sheet.freeze_panes = "A2"
    for number in range(1, len(header) + 1):
        sheet.column_dimensions[get_column_letter(number)].width = _WIDTH
    sheet.append([_excel_cell(sheet, name, table_format, bold=True) for name in header])
    count = 0
    for count, row in enumerate(rows, start=1):  # noqa: B007 - the last number is the count
        sheet.append([_excel_cell(sheet, value, table_format) for value in row])
    book.save(path)
    return count


def _excel_cell(sheet: Any, value: Value, table_format: TableFormat, *, bold: bool = False) -> Any:
    """Return a cell: text by type and by format, so that nothing is a formula and an edit in Excel drops no leading zero."""
    if not isinstance(value, str):
        return value
    if not value:
        return None
    cell = WriteOnlyCell(sheet)
    cell.value = ILLEGAL_CHARACTERS_RE.sub("", writable(value, table_format))
    cell.data_type, cell.number_format, cell.alignment = "s", "@", _TOP
    if bold:
        cell.font = _BOLD
    return cell


@contextmanager
def _appearing_whole(path: Path) -> Iterator[Path]:
    partial = path.with_name(f".{path.name[:80]}.{uuid4().hex}.partial")
    try:
        yield partial
        os.replace(partial, path)
    except OSError as error:
        raise errors.CannotWriteFile(name=path.name) from error
    finally:
        partial.unlink(missing_ok=True)
