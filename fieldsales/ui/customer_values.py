"""A customer's fields in words: their names, and their values as history and the conflict view show them."""

from __future__ import annotations

from datetime import date, datetime

from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.words import Kind, Stage
from fieldsales.ui.page import Page
from fieldsales.ui.words import FIELDS, KINDS, LIKELIHOODS, STAGES

MAX_SHOWN = 300


def field_name(page: Page, field: str) -> str:
    """Return a field's name; empty for one that is for machines only."""
    return page.text.gettext(FIELDS[field]) if field in FIELDS else ""


def value_in_words(page: Page, field: str, value: object) -> str:
    """Return a value (typed, or plain JSON as history keeps it) in words; a dash for nothing."""
    _ = page.text.gettext
    if value is None or value == "" or value == [] or value == {} or value == ():
        return "–"
    named = {"kind": (Kind, KINDS), "stage": (Stage, STAGES), "likelihood": (Likelihood, LIKELIHOODS)}
    if field in named:
        kind, names = named[field]
        return _(names[kind(str(value))])  # type: ignore[index]
    if field == "amount" and isinstance(value, int):
        return page.text.money(value)
    if field == "next_on":
        return page.text.day(value if isinstance(value, date) else date.fromisoformat(str(value)), today=page.today)
    if field == "archived_at":
        return page.text.moment(value if isinstance(value, datetime) else datetime.fromisoformat(str(value)), zone=page.zone)
    if isinstance(value, dict):
        return _short(" / ".join(f"{name}: {part}" for name, part in value.items()))
    if isinstance(value, (list, tuple)):
        return _short(", ".join(map(str, value)))
    return _short(str(value))


def _short(text: str) -> str:
    return text if len(text) <= MAX_SHOWN else text[: MAX_SHOWN - 1] + "…"
