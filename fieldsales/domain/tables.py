"""Tables as people exchange them: rows of text, the format they came in, and the guard against formulas.

Programs that open a CSV run cells beginning with =, +, - or @ as formulas. On the way out such a cell gets an
apostrophe in front, and so does one that begins with an apostrophe already: `restored` can then undo it without doubt.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

MAX_FILE_BYTES = 50 * 1024 * 1024
MAX_ROWS = 100_000
MAX_COLUMNS = 200
MAX_CELL = 100_000
MAX_EXCEL_CELL = 32_767

# A Unicode noncharacter: stands for a formula whose result the file does not hold.
UNCALCULATED = "\ufdd0"
ERROR_VALUES = frozenset({"#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!", "#SPILL!", "#CALC!"})
_DANGEROUS = frozenset("=+-@\t\r\n＝＋－＠")
_GUARDED = _DANGEROUS | {"'"}

# What cp932 writes differently from Unicode's first choice; the geta is Japan's mark for a missing glyph.
_TO_CP932 = str.maketrans(
    {
        "\u301c": "～",
        "\u2212": "－",
        "\u2016": "∥",
        "\u00a2": "￠",
        "\u00a3": "￡",
        "\u00ac": "￢",
        "\u2014": "―",
        "\u2013": "－",
        "\u00b7": "・",
        "\u00a0": " ",
    }
)
MISSING_GLYPH = "〓"
_NO_CHARACTERS = frozenset("\x80\xa0\uf8f0\uf8f1\uf8f2\uf8f3")


@dataclass(frozen=True, slots=True)
class TableFormat:
    """How a file is written: `kind` csv or xlsx; `encoding` and `delimiter` matter for csv, `sheet` for xlsx."""

    kind: str
    encoding: str = "utf-8-sig"
    delimiter: str = ","
    sheet: str = ""


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row that is not blank; `line` counts from 1 as the program that shows the file does."""

    line: int
    cells: tuple[str, ...]


class Sheet(Protocol):
    """A table that can be read again and again, each time from its first row."""

    @property
    def format(self) -> TableFormat:
        """How the file is written."""
        ...

    def rows(self) -> Iterator[TableRow]:
        """Yield the rows that are not blank, in order."""
        ...


def neutralised(value: str) -> str:
    """Return `value` so that no program takes it for a formula."""
    return "'" + value if value and value[0] in _GUARDED else value


def restored(cell: str) -> str:
    """Return what was neutralised into `cell`; a text as people type it comes back as it is."""
    return cell[1:] if len(cell) > 1 and cell[0] == "'" and cell[1] in _GUARDED else cell


def writable(value: str, table_format: TableFormat) -> str:
    """Return `value` as a file of this format can hold it: neutralised, one kind of line break, no glyph it lacks."""
    text = value.replace("\r\n", "\n").replace("\r", "\n")
    if table_format.kind == "xlsx":
        return neutralised(text)[:MAX_EXCEL_CELL]
    # The encoding first: it turns a harmless minus sign into one that begins a formula.
    return neutralised(in_encoding(text, table_format.encoding))


def in_encoding(text: str, encoding: str) -> str:
    """Return `text` with every character that `encoding` lacks replaced by the nearest it has."""
    if encoding != "cp932":
        return text
    text = text.translate(_TO_CP932)
    try:
        written = text.encode("cp932")
    except UnicodeEncodeError:
        written = b""
    # Some characters are written as others; a few single bytes are no characters at all.
    if written.decode("cp932") != text or _NO_CHARACTERS.intersection(text):
        text = "".join(c if _fits_cp932(c) else MISSING_GLYPH for c in text)
    return text


def _fits_cp932(character: str) -> bool:
    try:
        return character.encode("cp932").decode("cp932") == character and character not in _NO_CHARACTERS
    except UnicodeEncodeError:
        return False
