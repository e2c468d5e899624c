"""Which form over the timeline is open, and what was typed into it: in the URL the form, in the session its answers.

A form stands in the URL with a reference of its own, so that a reload opens it again and saves nothing twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4, uuid5

import streamlit as st

from fieldsales.ui.page import Page

PARAMETER = "record"
_PREFIX, _FORM, _VERSION = "record_", "_record_form", "_record_version"


class Sheet(StrEnum):
    """The forms there are."""

    NOTE = "note"
    PURCHASE = "purchase"
    REQUEST = "request"
    FILES = "files"


@dataclass(frozen=True, slots=True)
class Opened:
    """An open form: for something new under the reference `form`, or for the record `record_id`."""

    sheet: Sheet
    form: UUID | None
    record_id: int | None

    def key(self, name: str) -> str:
        """Return the key of a field: it bears the record, because the browser may still send what it shows of another one."""
        return field_key(self.record_id, name)

    def client_ref(self, page: Page, customer_id: int) -> UUID:
        """Return the reference under which the form saves: derived for one user and customer, whoever was sent the address."""
        return uuid5(self.form or UUID(int=0), f"{page.user.id}.{customer_id}")


def field_key(record_id: int | None, name: str) -> str:
    """Return the key of a field of the form of a record, of a new one when there is no id."""
    return f"{_PREFIX}{record_id or 'new'}_{name}"


def open_new(sheet: Sheet) -> None:
    """Open an empty form."""
    _open(f"{sheet}.{uuid4()}")


def open_record(sheet: Sheet, record_id: int) -> None:
    """Open the form of something recorded."""
    _open(f"{sheet}.{record_id}")


def _open(value: str) -> None:
    close()
    st.query_params[PARAMETER] = value


def close() -> None:
    """Close the form and forget what was typed."""
    st.query_params.pop(PARAMETER, None)
    _forget()


def _forget() -> None:
    for key in [key for key in st.session_state if isinstance(key, str) and key.startswith(_PREFIX)]:
        del st.session_state[key]
    for key in (_FORM, _VERSION):
        st.session_state.pop(key, None)


def opened() -> Opened | None:
    """Return the form that the URL names, None when it names none."""
    name, _, what = st.query_params.get(PARAMETER, "").partition(".")
    if name not in list(Sheet) or not what:
        return None
    if what.isascii() and what.isdigit() and len(what) < 10:
        return Opened(Sheet(name), None, int(what)) if name != Sheet.FILES else None
    try:
        return Opened(Sheet(name), UUID(what), None)
    except ValueError:
        return None


def begin(opened: Opened) -> None:
    """Forget what was typed into another form that was left by its address, not by its buttons; before anything is drawn."""
    if st.session_state.get(_FORM) != _token(opened):
        _forget()


def _token(opened: Opened) -> str:
    return f"{opened.sheet}.{opened.form}.{opened.record_id}"


def fill(page: Page, opened: Opened, values: Mapping[str, Any], *, version: int = 0) -> int:
    """Give the form's widgets their first values and return the version that the edit began with.

    After a conflict that is the version stored meanwhile: who saves again has seen both.
    """
    token = _token(opened)
    if st.session_state.get(_FORM) != token or any(key not in st.session_state for key in values):
        st.session_state[_FORM], st.session_state[_VERSION] = token, version
        for key, value in values.items():
            st.session_state[key] = value
    newer = getattr(page.problem, "version", None)
    if isinstance(newer, int):
        st.session_state[_VERSION] = newer
    began: int = st.session_state[_VERSION]
    return began
