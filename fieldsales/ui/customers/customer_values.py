"""A customer's fields in words: their names, and their values as history and the conflict view show them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time
from typing import Any

from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.words import FieldKind, Kind, Stage
from fieldsales.services.customers import contacts
from fieldsales.services.customers.custom_fields import NO, PROBLEM_PREFIX, YES, FieldRow, fits
from fieldsales.ui.page import Page
from fieldsales.ui.words import CONTACT_FIELDS, FIELDS, KINDS, LIKELIHOODS, STAGES
from fieldsales.wording.opening_hours import say_stored

MAX_SHOWN = 300
NOTHING = "–"
_DAYS = ("next_on", "do_not_visit_until")


def field_name(page: Page, field: str) -> str:
    """Return a field's name; empty for one that is for machines only."""
    if field.startswith(PROBLEM_PREFIX):
        return field.removeprefix(PROBLEM_PREFIX)
    return page.text.gettext(FIELDS[field]) if field in FIELDS else ""


def value_in_words(page: Page, field: str, value: object) -> str:
    """Return a value (typed, or plain JSON as history keeps it) in words; a dash for nothing."""
    _ = page.text.gettext
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if value is None or value == "" or value == [] or value == {} or value == ():
        return NOTHING
    named = {"kind": (Kind, KINDS), "stage": (Stage, STAGES), "likelihood": (Likelihood, LIKELIHOODS)}
    if field in named:
        kind, names = named[field]
        return _(names[kind(str(value))])  # type: ignore[index]
    if field == "amount" and isinstance(value, int):
        return page.text.money(value)
    if field in (*_DAYS, "close_month"):
        day = value if isinstance(value, date) else date.fromisoformat(str(value))
        return page.text.month(day) if field == "close_month" else page.text.day(day, today=page.today)
    if field == "next_time":
        return f"{value if isinstance(value, time) else time.fromisoformat(str(value)):%H:%M}"
    if field == "opening_hours":
        return _short(say_stored(str(value), page.text))
    if field in ("archived_at", "pin_confirmed_at"):
        return page.text.moment(value if isinstance(value, datetime) else datetime.fromisoformat(str(value)), zone=page.zone)
    if isinstance(value, dict):
        return _short(" / ".join(f"{name}: {part}" for name, part in value.items()))
    if isinstance(value, (list, tuple)):
        return _short(", ".join(map(str, value)))
    return _short(str(value))


def custom_in_words(page: Page, field: FieldRow | None, value: str) -> str:
    """Return the value of a custom field in words; one that its field would not keep, or that has none, as it is."""
    if field is None or not fits(field, value):
        return value
    _ = page.text.gettext
    if field.kind is FieldKind.YES_NO:
        return {YES: _("Yes"), NO: _("No")}.get(value, value)
    if field.kind is FieldKind.DATE and value:
        return page.text.day(date.fromisoformat(value), today=page.today)
    if field.kind is FieldKind.NUMBER and value and len(value) < 16:
        return page.text.number(float(value)) if "." in value else page.text.number(int(value))
    return value


def changes_in_words(page: Page, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield (what, before, after) in words for everything that one change touched; own fields and contacts one by one."""
    for name in after:
        if name == contacts.KEY:
            yield from _contact_changes(page, before.get(name) or [], after[name] or [])
        elif name == "custom":
            was, became = before.get(name) or {}, after[name] or {}
            for own in {**was, **became}:
                if was.get(own) != became.get(own):
                    yield own, _short(was.get(own) or NOTHING), _short(became.get(own) or NOTHING)
        elif field_name(page, name):
            yield field_name(page, name), value_in_words(page, name, before.get(name)), value_in_words(page, name, after[name])


def _contact_changes(page: Page, before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str, str]]:
    _ = page.text.gettext
    contact = _("Contact")
    was, became = ({entry["id"]: entry for entry in side} for side in (before, after))
    for contact_id in {**was, **became}:
        old, new = was.get(contact_id), became.get(contact_id)
        if old is None or new is None:
            yield contact, _person(old), _person(new)
            continue
        for word, label in CONTACT_FIELDS.items():
            if old.get(word, "") != new.get(word, ""):
                yield f"{_short(new['name'])}: {_(label)}", _short(old.get(word) or NOTHING), _short(new.get(word) or NOTHING)
    order, new_order = [i for i in was if i in became], [i for i in became if i in was]
    if order != new_order:
        yield _("Order of the contacts"), _names(before), _names(after)


def _person(entry: Mapping[str, Any] | None) -> str:
    said = [entry[word] for word in ("name", "role", "phone", "mobile", "email") if entry.get(word)] if entry else []
    return _short(" ".join(said)) or NOTHING


def _names(entries: Sequence[Mapping[str, Any]]) -> str:
    return _short(", ".join(entry["name"] for entry in entries))


def _short(text: str) -> str:
    return text if len(text) <= MAX_SHOWN else text[: MAX_SHOWN - 1] + "…"
