"""The form of a customer's fields, each problem beside its field; what is typed survives a refusal."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import streamlit as st

from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.words import Kind, Stage
from fieldsales.services.customers import LIMITS, MAX_AMOUNT, CustomerInput
from fieldsales.ui import words
from fieldsales.ui.format import one_line, plain
from fieldsales.ui.page import Page

_PREFIX = "edit_"
_CUSTOM = "edit_custom_"
NOT_TYPED = ("place", "custom")


@dataclass(frozen=True, slots=True)
class Offered:
    """What the form offers: (id, name) of possible owners, known tags."""

    owners: tuple[tuple[int, str], ...]
    tags: tuple[str, ...]


def fill_form(values: CustomerInput) -> None:
    """Make the form show `values`."""
    for field in fields(values):
        if field.name not in NOT_TYPED:
            value = getattr(values, field.name)
            st.session_state[_PREFIX + field.name] = list(value) if isinstance(value, tuple) else value
    for name, value in values.custom.items():
        st.session_state[_CUSTOM + name] = value


def is_filled() -> bool:
    """True while the form's widgets hold what was typed."""
    return _PREFIX + "name" in st.session_state


def read_form(custom_names: tuple[str, ...]) -> CustomerInput:
    """Return what the form says."""
    typed: dict[str, Any] = {}
    for field in fields(CustomerInput):
        if field.name not in NOT_TYPED:
            value = st.session_state.get(_PREFIX + field.name)
            typed[field.name] = tuple(value) if isinstance(value, list) else value
    texts = {name: typed[name] or "" for name in LIMITS}
    return CustomerInput(**(typed | texts), custom={name: st.session_state.get(_CUSTOM + name) or "" for name in custom_names})


def draw_fields(page: Page, offered: Offered, custom_names: tuple[str, ...]) -> None:
    """Draw all fields in the order in which they are thought of."""
    _ = page.text.gettext
    _draw_text(page, "name")
    _draw_text(page, "name_kana")
    with st.container(key="edit_ratings"):
        _draw_choice(page, "likelihood", list(Likelihood), words.LIKELIHOODS_SHORT)
        _draw_choice(page, "stage", list(Stage), words.STAGES)
        _draw_choice(page, "kind", list(Kind), words.KINDS)
    left, right = st.columns(2)
    with left:
        st.number_input(
            _("Expected amount (yen)"), 0, MAX_AMOUNT, value=None, step=10_000, key=_PREFIX + "amount", placeholder=_("None")
        )
        page.show_problem("amount")
    with right:
        st.date_input(_("Next date"), value=None, key=_PREFIX + "next_on", format="YYYY/MM/DD")
        page.show_problem("next_on")
    _draw_text(page, "postal_code")
    _draw_text(page, "address", help=_("A changed address is looked up again; a pin placed by hand stays."))
    _draw_text(page, "contact_name")
    left, right = st.columns(2)
    with left:
        _draw_text(page, "phone")
    with right:
        _draw_text(page, "email")
    _draw_owner(page, offered)
    known = sorted({*offered.tags, *st.session_state.get(_PREFIX + "tags", [])})
    st.multiselect(
        _("Tags"), known, format_func=one_line, key=_PREFIX + "tags", accept_new_options=True, placeholder=_("Choose or type")
    )
    page.show_problem("tags")
    _draw_text(page, "code")
    st.text_area(_("Memo"), key=_PREFIX + "memo", max_chars=LIMITS["memo"], height=120)
    page.show_problem("memo")
    for name in custom_names:
        st.text_input(plain(name), key=_CUSTOM + name)
    page.show_problem("custom")


def _draw_text(page: Page, field: str, help: str | None = None) -> None:
    label = page.text.gettext(words.FIELDS[field])
    st.text_input(label, key=_PREFIX + field, max_chars=LIMITS[field], help=help)
    page.show_problem(field)


def _draw_choice(page: Page, field: str, options: list[Any], names: dict[Any, str]) -> None:
    _ = page.text.gettext
    st.pills(_(words.FIELDS[field]), options, format_func=lambda o: _(names[o]), key=_PREFIX + field, required=True)
    page.show_problem(field)


def _draw_owner(page: Page, offered: Offered) -> None:
    _ = page.text.gettext
    names: dict[int | None, str] = {None: _("Nobody")} | {i: one_line(name) for i, name in offered.owners}
    now = st.session_state.get(_PREFIX + "owner_id")
    options = [*names, *([now] if now not in names else [])]
    st.selectbox(_("Owner"), options, format_func=lambda i: names.get(i, _("As before")), key=_PREFIX + "owner_id")
    page.show_problem("owner_id")
