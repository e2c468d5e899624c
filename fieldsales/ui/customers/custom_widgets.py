"""The administrator's fields in a form: a widget by kind, or plain text for a value that its field would not keep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

import streamlit as st

from fieldsales.domain.words import FieldKind
from fieldsales.services.customers.custom_fields import NO, PROBLEM_PREFIX, YES, FieldRow, fits
from fieldsales.services.customers.customer_input import MAX_CUSTOM_VALUE
from fieldsales.ui.format import one_line, plain
from fieldsales.ui.page import Page

_PREFIX = "edit_custom_"
_BASE = "_edit_custom_base"


def fill_custom(fields: Sequence[FieldRow], custom: Mapping[str, str]) -> None:
    """Make the widgets show the values of a customer."""
    st.session_state[_BASE] = dict(custom)
    for name, kind in _drawn(fields, custom):
        st.session_state[_PREFIX + name] = _as_widget(kind, custom.get(name, ""))


def read_custom(fields: Sequence[FieldRow]) -> dict[str, str]:
    """Return what the widgets say, with the values that are not drawn as they were."""
    base: dict[str, str] = st.session_state.get(_BASE, {})
    typed = {name: _as_text(st.session_state.get(_PREFIX + name)) for name, _kind in _drawn(fields, base)}
    return {name: value for name, value in {**base, **typed}.items() if value}


def draw_custom(page: Page, fields: Sequence[FieldRow]) -> None:
    """Draw a widget for each field in use, and for each value that a customer has under a name nobody defined."""
    base: dict[str, str] = st.session_state.get(_BASE, {})
    choices = {field.name: field.choices for field in fields}
    for name, kind in _drawn(fields, base):
        _draw(page, name, kind, choices.get(name, ()))
        page.show_problem(PROBLEM_PREFIX + name)
    page.show_problem("custom")


def _draw(page: Page, name: str, kind: FieldKind, choices: Sequence[str]) -> None:
    _ = page.text.gettext
    label, key = plain(name), _PREFIX + name
    if kind is FieldKind.NUMBER:
        st.number_input(label, value=None, step=None, format="%g", key=key, placeholder=_("None"), persist_state="page")
    elif kind is FieldKind.DATE:
        st.date_input(
            label, value=None, key=key, format="YYYY/MM/DD", min_value=date(1900, 1, 1), max_value=date(2199, 12, 31), persist_state="page"
        )
    elif kind is FieldKind.CHOICE:
        st.selectbox(label, choices, index=None, format_func=one_line, key=key, placeholder=_("None"), persist_state="page")
    elif kind is FieldKind.YES_NO:
        words = {YES: _("Yes"), NO: _("No")}
        st.pills(label, list(words), format_func=lambda word: words[word], key=key, persist_state="page")
    else:
        st.text_input(label, key=key, max_chars=MAX_CUSTOM_VALUE, persist_state="page")


def _drawn(fields: Sequence[FieldRow], custom: Mapping[str, str]) -> list[tuple[str, FieldKind]]:
    """Return (name, kind of widget): the fields in use, then undefined names; a retired field is kept and not drawn."""
    known = {field.name for field in fields}
    drawn = [(f.name, f.kind if _is_shown_by_widget(f, custom.get(f.name, "")) else FieldKind.TEXT) for f in fields if not f.retired]
    return drawn + [(name, FieldKind.TEXT) for name in custom if name not in known]


def _is_shown_by_widget(field: FieldRow, value: str) -> bool:
    """True when the widget of this kind gives `value` back as it is: a browser's number has 15 digits, its calendar an end."""
    if not fits(field, value):
        return False
    if field.kind is FieldKind.NUMBER and value:
        return _as_text(float(value)) == value
    return field.kind is not FieldKind.DATE or not value or "1900" <= value < "2200"


def _as_widget(kind: FieldKind, value: str) -> str | float | date | None:
    if kind is FieldKind.TEXT:
        return value
    if not value:
        return None
    if kind is FieldKind.NUMBER:
        return float(value)
    return date.fromisoformat(value) if kind is FieldKind.DATE else value


def _as_text(value: object) -> str:
    if isinstance(value, float):
        text = format(Decimal(repr(value)), "f")
        return text.rstrip("0").rstrip(".") if "." in text else text
    if isinstance(value, date):
        return value.isoformat()
    return "" if value is None else str(value).strip()
