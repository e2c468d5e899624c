"""A list's headings and what each column means: guessed from the words, then from the content, then by the person."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from fieldsales.domain.tables import Sheet, TableRow, restored
from fieldsales.services.importing.errors import NoNameColumn, NoRows, TwoColumnsOneField, UnknownField, UnusableMapping
from fieldsales.services.importing.fields import (
    SHARED_FIELDS,
    Field,
    custom_name_of,
    field_of_heading,
    heading_key,
)

SAMPLE = 50
_TOP = 10
_CUSTOM_MARK = "custom:"


@dataclass(frozen=True, slots=True)
class Heading:
    """The headings of a list; `line` is where they stand (0: there are none, the first row is a customer)."""

    line: int
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """What one column means; `custom` names a field of our own."""

    field: Field
    custom: str = ""

    def __str__(self) -> str:
        return f"{_CUSTOM_MARK}{self.custom}" if self.field is Field.CUSTOM else self.field.value


Columns = tuple[Column, ...]


def read_heading(sheet: Sheet, *, has_heading: bool = True) -> Heading:
    """Return the headings: the first row near the top with two known words, else the first row.

    Raises:
        NoRows: there is nothing below them.
    """
    top = list(islice(sheet.rows(), _TOP + 1))
    if not has_heading and top:
        width = max(len(row.cells) for row in top)
        return Heading(0, _unique([letters(number) for number in range(width)]))
    if len(top) < 2:
        raise NoRows()
    row = next((row for row in top[:-1] if _known_words(row) >= 2), top[0])
    names = [re.sub(r"\s+", " ", restored(cell)).strip() for cell in row.cells]
    # A CSV names every column, be it with nothing; a workbook has no cell where a heading is missing.
    widths = [_width(r) for r in top if r.line > row.line] if sheet.format.kind == "xlsx" else []
    width = max([len(names), *widths])
    names += [""] * (width - len(names))
    return Heading(row.line, _unique([name or letters(number) for number, name in enumerate(names)]))


def letters(number: int) -> str:
    """Return the letters that a spreadsheet shows over column `number` (from 0), in brackets: they name an unnamed column."""
    text = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        text = chr(65 + rest) + text
    return f"[{text}]"


def data_rows(sheet: Sheet, heading: Heading) -> list[TableRow]:
    """Return the first rows below the headings, to show and to guess from."""
    return list(islice((row for row in sheet.rows() if row.line > heading.line), SAMPLE))


def guess_columns(heading: Heading, sample: Sequence[TableRow], *, user_names: frozenset[str] = frozenset()) -> Columns:
    """Return what each column probably means; what nobody recognises becomes a field of our own.

    `user_names` are folded names and addresses of users: a column of 担当者 that holds none of them is left to the rows.
    """
    wishes = [(field_of_heading(name), number) for number, name in enumerate(heading.names)]
    chosen: dict[int, Field] = {}
    taken: set[Field] = set()
    for wish, number in sorted((w, n) for w, n in ((w and (w[1], w[0]), n) for w, n in wishes) if w is not None):
        field = wish[1]
        if field not in taken or field in (Field.IGNORE,):
            chosen[number] = field
            taken.add(field)
    _settle_names(heading, chosen)
    _settle_address(chosen)
    for number in range(len(heading.names)):
        if number not in chosen:
            guessed = _from_content([row.cells[number] for row in sample if number < len(row.cells)])
            if guessed and guessed not in chosen.values() and not custom_name_of(heading.names[number]):
                chosen[number] = guessed
    return tuple(
        Column(chosen[number]) if number in chosen else Column(Field.CUSTOM, custom_name_of(name) or name)
        for number, name in enumerate(heading.names)
    )


def columns_from(heading: Heading, mapping: Mapping[str, str], guessed: Columns) -> Columns:
    """Return the columns as a mapping {heading: field} says; headings that it does not name stay as guessed.

    Raises:
        UnusableMapping, UnknownField, TwoColumnsOneField, NoNameColumn.
    """
    if not isinstance(mapping, Mapping) or not all(isinstance(k, str) and isinstance(v, str) for k, v in mapping.items()):
        raise UnusableMapping()
    wanted = {heading_key(name, brackets=True) or name: parse_column(value, name) for name, value in mapping.items()}
    keys = [heading_key(name, brackets=True) or name for name in heading.names]
    fixed = {wanted[key].field for key in keys if key in wanted}
    columns = [
        wanted[key] if key in wanted else (Column(Field.CUSTOM, name) if now.field in fixed and now.field not in SHARED_FIELDS else now)
        for key, name, now in zip(keys, heading.names, guessed, strict=True)
    ]
    return check_columns(heading, tuple(columns))


def parse_column(value: str, heading: str) -> Column:
    """Return the column that a mapping's word means: a field, `custom`, `custom:name`, or empty to leave it out.

    Raises:
        UnknownField.
    """
    if value.startswith(_CUSTOM_MARK):
        return Column(Field.CUSTOM, value.removeprefix(_CUSTOM_MARK).strip() or heading)
    try:
        field = Field(value.strip()) if value.strip() else Field.IGNORE
    except ValueError:
        raise UnknownField(value=value[:50], choices=", ".join(Field)) from None
    return Column(field, heading if field is Field.CUSTOM else "")


def check_columns(heading: Heading, columns: Columns) -> Columns:
    """Return `columns` if an import can work with them.

    Raises:
        NoNameColumn, TwoColumnsOneField.
    """
    seen: dict[str, str] = {}
    for name, column in zip(heading.names, columns, strict=True):
        if column.field in SHARED_FIELDS - {Field.CUSTOM}:
            continue
        if str(column) in seen:
            raise TwoColumnsOneField(first=seen[str(column)], second=name, field=column.field.value)
        seen[str(column)] = name
    if Field.NAME.value not in seen:
        raise NoNameColumn()
    return columns


def mapping_of(heading: Heading, columns: Columns) -> dict[str, str]:
    """Return the columns as they are remembered: {heading: field}."""
    return {name: str(column) for name, column in zip(heading.names, columns, strict=True)}


def _known_words(row: TableRow) -> int:
    return len({found[0] for cell in row.cells if (found := field_of_heading(restored(cell)))})


def _width(row: TableRow) -> int:
    """Return how many cells a row has up to its last that is not blank."""
    return max((number for number, cell in enumerate(row.cells, start=1) if cell.strip()), default=0)


def _unique(names: Sequence[str]) -> tuple[str, ...]:
    counts: dict[str, int] = {}
    unique = []
    for name in names:
        counts[name] = counts.get(name, 0) + 1
        unique.append(name if counts[name] == 1 else f"{name} ({counts[name]})")
    return tuple(unique)


_COMPANY_WORDS = tuple(
    [
        "会社",
        "企業",
        "法人",
        "取引先",
        "得意先",
        "店舗",
        "施設",
        "事業所",
        "屋号",
        "商号",
        "社名",
        "company",
        "account",
        "organi",
        "business",
        "store",
        "client",
    ]
)


def _settle_names(heading: Heading, chosen: dict[int, Field]) -> None:
    """With a company and a person's name side by side, the person is the contact."""
    named = next((n for n, field in chosen.items() if field is Field.NAME), None)
    if named is None or Field.CONTACT in chosen.values():
        return
    if not any(word in heading_key(heading.names[named]) for word in _COMPANY_WORDS):
        return
    for number, name in enumerate(heading.names):
        if number not in chosen and heading_key(name) in ("氏名", "名前", "お名前", "姓名", "name", "fullname"):
            chosen[number] = Field.CONTACT
            return


def _settle_address(chosen: dict[int, Field]) -> None:
    """A column 住所 beside 都道府県 or 市区町村 holds the rest of the address, not all of it."""
    numbers = {field: number for number, field in chosen.items()}
    has_region = Field.PREFECTURE in numbers or Field.CITY in numbers
    if Field.ADDRESS in numbers and has_region:
        chosen[numbers[Field.ADDRESS]] = Field.LOT if Field.LOT not in numbers else Field.TOWN


_CONTENT = (
    (Field.EMAIL, re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")),
    (Field.POSTAL_CODE, re.compile(r"〒\s?\d{3}-?\d{4}|\d{3}-\d{4}")),
    (Field.PHONE, re.compile(r"\(?0\d{1,4}\)?[-(]\d{1,4}[-)]\d{3,4}|\+\d[\d\- ]{7,}|0[5789]0\d{8}")),
    (Field.ADDRESS, re.compile(r"(?:東京都|北海道|京都府|大阪府|.{2,3}県).{0,8}[市区町村郡].*|.{1,6}[市区].+\d.*")),
    (Field.NAME, re.compile(r".*(?:株式会社|有限会社|合同会社|\(株\)|\(有\)|医療法人|co\.,? ?ltd|inc\.?$|llc$).*", re.IGNORECASE)),
)


def _from_content(cells: Sequence[str]) -> Field | None:
    values = [unicodedata.normalize("NFKC", cell).strip() for cell in cells if cell.strip()]
    if len(values) < 3:
        return None
    for field, pattern in _CONTENT:
        share = 0.5 if field is Field.NAME else 0.8
        if sum(1 for value in values if pattern.fullmatch(value)) >= share * len(values):
            return field
    return None
