"""What a stored customer becomes under a row: blanks keep, texts replace, and our own export changes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from fieldsales.domain.tables import TableFormat, writable
from fieldsales.domain.words import FieldKind
from fieldsales.errors import FixTheInput
from fieldsales.services.customers.custom_fields import FieldRow, typed_value
from fieldsales.services.customers.customer_input import CustomerInput, settled
from fieldsales.services.importing.errors import OwnerNotYours
from fieldsales.services.importing.fields import TAG_SEPARATOR, Field
from fieldsales.services.importing.rows import Note, ParsedRow, RowReader
from fieldsales.services.importing.values import read_date

_DEFAULTS = {f.name: f.default for f in fields(CustomerInput)} | {"custom": {}, "tags": ()}
# Files of ours may have been saved anew by Excel: what any of our formats would have made of a text counts as that text.
_FORMATS = (TableFormat("csv", "utf-8-sig"), TableFormat("csv", "cp932"), TableFormat("xlsx"))
_TEXTS = (
    *(Field.NAME, Field.NAME_KANA, Field.CODE, Field.POSTAL_CODE, Field.ADDRESS, Field.PHONE, Field.EMAIL, Field.CONTACT, Field.MEMO),
    *(Field.NEXT_ACTION, Field.DO_NOT_VISIT_REASON),
)
SAME_PLACE_DEG = 1e-6


@dataclass(slots=True)
class Merger:
    """Joins rows and customers; `default_owner_id` owns what is new, `owner_names` is how exports call each user.

    `own_fields` are the custom fields by name: what a row says of one is held to its kind.
    """

    reader: RowReader
    owner_names: Mapping[int, str]
    default_owner_id: int | None
    erase_blank: bool
    own_fields: Mapping[str, FieldRow] = field(default_factory=dict)
    notes: Counter[Note] = field(default_factory=Counter)

    def new_values(self, row: ParsedRow) -> CustomerInput:
        """Return what a new customer starts with.

        Raises:
            OwnerNotYours.
        """
        values = _values_of(row)
        values = replace(values, custom={name: self._typed(row, name, text) for name, text in values.custom.items()})
        owner, extra = self._owner(row, None)
        self.notes.update(row.notes)
        return replace(values, owner_id=owner if owner is not None else self.default_owner_id, **self._extra(values, extra))

    def merged_values(self, row: ParsedRow, stored: CustomerInput, *, lat: float | None, lon: float | None) -> CustomerInput:
        """Return what the row makes of a stored customer that lies at `lat`, `lon`.

        Raises:
            OwnerNotYours.
        """
        values = _values_of(row)
        changed: dict[str, Any] = {name: getattr(values, name) for name in row.given}
        if self.erase_blank:
            changed |= {name: _DEFAULTS[name] for name in row.blank if name != "name"}
        changed = {name: value for name, value in changed.items() if value != getattr(stored, name)}
        for wanted in _TEXTS:
            if wanted.value in changed and self._is_export_of(row, self.reader.number_of(wanted), getattr(stored, wanted.value)):
                del changed[wanted.value]
        if "tags" in changed and self._is_export_of(row, self.reader.number_of(Field.TAGS), TAG_SEPARATOR.join(stored.tags)):
            del changed["tags"]
        owner, extra = self._owner(row, stored)
        self.notes.update(row.notes)
        if extra.get("contact_name") not in (None, stored.contact_name):
            changed["contact_name"] = extra["contact_name"]
        changed["custom"] = self._merged_custom(row, stored.custom, values.custom) | extra.get("custom", {})
        place = values.place if values.place and not _same_place(values.place, lat, lon) else None
        merged = replace(stored, **changed, owner_id=owner if owner is not None else stored.owner_id, place=place)
        return settled(merged) if changed.keys() & {"next_on", "do_not_visit"} else merged

    def _merged_custom(self, row: ParsedRow, stored: Mapping[str, str], stated: Mapping[str, str]) -> dict[str, str]:
        numbers = self.reader.custom_numbers()
        merged = dict(stored)
        for name, text in stated.items():
            if stored.get(name) == text or self._is_export_of(row, numbers.get(name), stored.get(name, "")):
                continue
            merged[name] = self._typed(row, name, text)
        if self.erase_blank:
            for name in numbers.keys() - stated.keys():
                merged.pop(name, None)
        return merged

    def _typed(self, row: ParsedRow, name: str, text: str) -> str:
        """Return what a field of the team's own keeps of `text`.

        Raises:
            BadNumber, BadDate, BadChoice: and `row.heading` names the column.
        """
        own = self.own_fields.get(name)
        if own is None:
            return text
        try:
            return typed_value(own, read_date(text, name).isoformat() if own.kind is FieldKind.DATE else text)
        except FixTheInput:
            row.heading = self.reader.heading.names[self.reader.custom_numbers()[name]]
            raise

    def _is_export_of(self, row: ParsedRow, number: int | None, stored: str) -> bool:
        cell = row.cells[number] if number is not None and number < len(row.cells) else ""
        return bool(cell) and any(cell.strip() == writable(stored, form).strip() for form in _FORMATS)

    def _owner(self, row: ParsedRow, stored: CustomerInput | None) -> tuple[int | None, dict[str, Any]]:
        """Return the owner whom the row names, and where its text goes when it names no user."""
        if not row.staff:
            return None, {}
        if stored and stored.owner_id is not None and row.staff == self.owner_names.get(stored.owner_id):
            return None, {}
        person = self.reader.people.by_id.get(row.owner_id) if row.owner_id is not None else None
        if person is not None:
            if stored and stored.owner_id == person.id:
                return None, {}
            if not self.reader.people.may_own(person):
                raise OwnerNotYours(value=person.name)
            return person.id, {}
        heading = self.reader.heading_of(Field.OWNER)
        if not heading and "contact_name" not in row.given:
            self.notes[Note.CONTACT] += 1
            return None, {"contact_name": row.staff[:200]}
        heading = heading or self.reader.heading_of(Field.STAFF)
        self.notes[Note.OWNER_UNKNOWN] += 1
        return None, {"custom": {heading: row.staff}}

    def _extra(self, values: CustomerInput, extra: Mapping[str, Any]) -> dict[str, Any]:
        return dict(extra) | ({"custom": {**values.custom, **extra["custom"]}} if "custom" in extra else {})


def _values_of(row: ParsedRow) -> CustomerInput:
    if row.values is None:
        raise ValueError(f"line {row.line} has a problem and no values")
    return row.values


def _same_place(place: tuple[float, float], lat: float | None, lon: float | None) -> bool:
    return lat is not None and lon is not None and abs(place[0] - lat) < SAME_PLACE_DEG and abs(place[1] - lon) < SAME_PLACE_DEG
