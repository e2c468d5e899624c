"""One row of a list as what it says of a customer, or the reason why it says nothing usable."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from fieldsales.domain.matching import customer_key
from fieldsales.domain.tables import ERROR_VALUES, UNCALCULATED, TableRow, restored
from fieldsales.domain.words import Kind
from fieldsales.errors import BadCoordinate, FieldSalesError
from fieldsales.services.customers.customer_input import CustomerInput, check_coordinate, prepare_values
from fieldsales.services.importing import values as read
from fieldsales.services.importing.columns import Columns, Heading
from fieldsales.services.importing.errors import ErrorValue, FormulaWithoutResult, TooManyCells
from fieldsales.services.importing.fields import Field, heading_key, unit_of_heading
from fieldsales.services.importing.people import People

# Places stated to be coarser than this were searched for by a machine, which can do so again.
GIVEN_PLACE_M = 50.0


class Note(StrEnum):
    """What was done with a row's data that its owner should know, though nothing is wrong."""

    CONTACT = "contact"
    OWNER_UNKNOWN = "owner_unknown"
    PLACE_IGNORED = "place_ignored"
    ARCHIVED = "archived"


@dataclass(slots=True)
class ParsedRow:
    """What a row says: prepared `values`, of which `given` were stated; or the `problem` in the column `heading`.

    `blank` are the mapped fields left empty. `staff` is the text of a column of owners, `owner_id` the user it names.
    """

    line: int
    cells: tuple[str, ...]
    values: CustomerInput | None = None
    given: frozenset[str] = frozenset()
    blank: frozenset[str] = frozenset()
    key: str = ""
    record_id: int | None = None
    staff: str = ""
    owner_id: int | None = None
    notes: tuple[Note, ...] = ()
    problem: FieldSalesError | None = None
    heading: str = ""


@dataclass(slots=True)
class RowReader:
    """Turns rows into what they say, under one choice of columns."""

    heading: Heading
    columns: Columns
    people: People
    _index: dict[Field, list[int]] = field(default_factory=dict)
    _custom: list[tuple[int, str]] = field(default_factory=list)
    _sets: dict[frozenset[str], frozenset[str]] = field(default_factory=dict)
    _factor: int = 1
    _named_by_person: bool = False

    def __post_init__(self) -> None:
        for number, column in enumerate(self.columns):
            if column.field is Field.CUSTOM:
                self._custom.append((number, column.custom))
            elif column.field is not Field.IGNORE:
                self._index.setdefault(column.field, []).append(number)
        if Field.AMOUNT in self._index:
            self._factor = unit_of_heading(self.heading.names[self._index[Field.AMOUNT][0]])
        name = self.heading.names[self._index[Field.NAME][0]] if Field.NAME in self._index else ""
        self._named_by_person = Field.KIND not in self._index and heading_key(name) in ("氏名", "お名前", "姓名", "fullname")

    def number_of(self, wanted: Field) -> int | None:
        """Return the number of the only column of a field, None without one or with several."""
        numbers = self._index.get(wanted, [])
        return numbers[0] if len(numbers) == 1 else None

    def custom_numbers(self) -> Mapping[str, int]:
        """Return the column numbers of our own fields by their name."""
        return {name: number for number, name in self._custom}

    def heading_of(self, wanted: Field) -> str:
        """Return the heading of a field's first column, empty without one."""
        numbers = self._index.get(wanted)
        return self.heading.names[numbers[0]] if numbers else ""

    def read(self, rows: Iterable[TableRow]) -> Iterator[ParsedRow]:
        """Yield every row below the headings, parsed."""
        for row in rows:
            if row.line > self.heading.line:
                yield self.read_row(row)

    def read_row(self, row: TableRow) -> ParsedRow:
        """Return one row, parsed; what is wrong with it is kept in `problem`."""
        parsed = ParsedRow(row.line, row.cells)
        if any(cell.strip() for cell in row.cells[len(self.columns) :]):
            parsed.problem = TooManyCells()
            return parsed
        try:
            self._fill(parsed)
        except FieldSalesError as error:
            parsed.problem = error
            parsed.heading = self._heading_of_problem(error)
        return parsed

    def _fill(self, parsed: ParsedRow) -> None:
        texts = {wanted: text for wanted in self._index if (text := self._text(parsed.cells, wanted))}
        stated = self._stated(texts)
        self._read_owner(parsed, texts)
        place, notes = self._place(texts)
        custom = {name: text for number, name in self._custom if (text := self._own_text(parsed.cells, number))}
        values = prepare_values(CustomerInput(**({"name": ""} | stated), custom=custom, place=place))
        if self._named_by_person and not _has_legal_form(values.name):
            values = replace(values, kind=Kind.PERSON)
        parsed.values = values
        parsed.given = self._interned(set(stated))
        parsed.blank = self._interned({_COLUMN_OF[f] for f in self._index if f in _COLUMN_OF and _COLUMN_OF[f] not in stated})
        parsed.key = customer_key(values.name, values.address)
        parsed.notes = notes
        parsed.record_id = _record_id(texts.get(Field.RECORD, ""))

    def _stated(self, texts: Mapping[Field, str]) -> dict[str, Any]:
        stated: dict[str, Any] = {_COLUMN_OF[f]: texts[f] for f in _PLAIN_FIELDS if f in texts}
        address = _address_of(texts)
        if address:
            stated["address"] = address
        if Field.POSTAL_CODE in texts:
            stated["postal_code"] = read.read_postal_code(texts[Field.POSTAL_CODE], address)
        if Field.PHONE in texts:
            stated["phone"] = read.read_phone(texts[Field.PHONE])
        for wanted, reader in _READERS.items():
            if wanted in texts:
                stated[_COLUMN_OF[wanted]] = reader(texts[wanted])
        if Field.AMOUNT in texts:
            stated["amount"] = read.read_amount(texts[Field.AMOUNT], factor=self._factor)
        if "do_not_visit" not in stated and ("do_not_visit_reason" in stated or "do_not_visit_until" in stated):
            stated["do_not_visit"] = True  # who gives a reason or an end for it means it
        if "next_on" not in stated:
            stated.pop("next_time", None)  # of which day, the row does not say
        return stated

    def _read_owner(self, parsed: ParsedRow, texts: Mapping[Field, str]) -> None:
        parsed.staff = texts.get(Field.OWNER) or texts.get(Field.STAFF, "")
        person = self.people.find(parsed.staff) if parsed.staff else None
        parsed.owner_id = person.id if person else None

    def _place(self, texts: Mapping[Field, str]) -> tuple[tuple[float, float] | None, tuple[Note, ...]]:
        if Field.LAT not in texts and Field.LON not in texts:
            return None, ()
        lat, lon = read.read_degrees(texts.get(Field.LAT, "")), read.read_degrees(texts.get(Field.LON, ""))
        stated = texts.get(Field.PRECISION, "").replace(",", "")
        if stated and stated.replace(".", "", 1).isdigit() and float(stated) > GIVEN_PLACE_M:
            return None, ()
        if lat is None or lon is None:
            return None, (Note.PLACE_IGNORED,)
        try:
            check_coordinate(lat, lon)
        except BadCoordinate:
            return None, (Note.PLACE_IGNORED,)
        return (lat, lon), ()

    def _text(self, cells: tuple[str, ...], wanted: Field) -> str:
        """Return what the columns of a field say together.

        Raises:
            FormulaWithoutResult, ErrorValue.
        """
        texts = []
        for number in self._index[wanted]:
            text = _clean(cells[number]) if number < len(cells) else ""
            if text == UNCALCULATED:
                raise FormulaWithoutResult(field=wanted.value)
            if text in ERROR_VALUES:
                raise ErrorValue(field=wanted.value, value=text)
            if text:
                texts.append(text)
        return ("\n" if wanted is Field.MEMO else ";" if wanted is Field.TAGS else "").join(texts)

    def _own_text(self, cells: tuple[str, ...], number: int) -> str:
        text = _clean(cells[number]) if number < len(cells) else ""
        if text == UNCALCULATED:
            raise FormulaWithoutResult(field=self.heading.names[number])
        return "" if text in ERROR_VALUES else text

    def _heading_of_problem(self, error: FieldSalesError) -> str:
        if error.field in self.heading.names:
            return error.field or ""
        wanted = next((f for f in self._index if error.field in (f.value, _COLUMN_OF.get(f))), None)
        return self.heading_of(wanted) if wanted else ""

    def _interned(self, names: set[str]) -> frozenset[str]:
        frozen = frozenset(names)
        return self._sets.setdefault(frozen, frozen)


_PLAIN_FIELDS = (
    Field.NAME,
    Field.NAME_KANA,
    Field.CODE,
    Field.EMAIL,
    Field.CONTACT,
    Field.MEMO,
    Field.NEXT_ACTION,
    Field.DO_NOT_VISIT_REASON,
)
_READERS: dict[Field, Callable[[str], Any]] = {
    Field.LIKELIHOOD: read.read_likelihood,
    Field.KIND: read.read_kind,
    Field.STAGE: read.read_stage,
    Field.CLOSE_MONTH: read.read_month,
    Field.NEXT_ON: read.read_date,
    Field.NEXT_TIME: read.read_time,
    Field.CADENCE: read.read_interval,
    Field.OPENING_HOURS: read.read_opening_hours,
    Field.VISIT_MINUTES: read.read_minutes,
    Field.DO_NOT_VISIT: read.read_yes_no,
    Field.DO_NOT_VISIT_UNTIL: lambda cell: read.read_date(cell, "do_not_visit_until"),
    Field.TAGS: read.read_tags,
}
# Which column of a customer a field fills; parts of an address fill it together.
_COLUMN_OF = {f: f.value for f in (*_PLAIN_FIELDS, *_READERS, Field.POSTAL_CODE, Field.ADDRESS, Field.PHONE, Field.AMOUNT)} | dict.fromkeys(
    (Field.PREFECTURE, Field.CITY, Field.TOWN, Field.LOT, Field.BUILDING), "address"
)


def _clean(cell: str) -> str:
    return restored(cell).replace("\r\n", "\n").replace("\r", "\n").strip()


def _address_of(texts: Mapping[Field, str]) -> str:
    def part(wanted: Field) -> str:
        return texts.get(wanted, "")

    town = part(Field.ADDRESS) + part(Field.TOWN)
    return read.join_address(part(Field.PREFECTURE), part(Field.CITY), town, part(Field.LOT), part(Field.BUILDING))


def _record_id(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _has_legal_form(name: str) -> bool:
    return any(mark in name for mark in ("会社", "法人", "㈱", "㈲", "(株)", "（株）", "(有)", "（有）", "Inc", "Ltd", "LLC"))
