"""The form of a customer's fields, each problem beside its field; what is typed survives a refusal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from typing import Any

import streamlit as st

from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.words import Kind, Stage
from fieldsales.services.customers.custom_fields import FieldRow
from fieldsales.services.customers.customer_input import (
    LIMITS,
    MAX_AMOUNT,
    MAX_CADENCE_DAYS,
    CustomerInput,
)
from fieldsales.ui import words
from fieldsales.ui.customers.custom_widgets import draw_custom, fill_custom, read_custom
from fieldsales.ui.customers.customer_hours import as_stored, draw_hours
from fieldsales.ui.customers.customer_values import field_name
from fieldsales.ui.format import one_line
from fieldsales.ui.page import Page
from fieldsales.wording.opening_hours import say_stored

_PREFIX = "edit_"
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2199, 12, 31)  # Streamlit's calendar would end ten years from today
_MONTHS_BACK, _MONTHS_AHEAD = 3, 36
NOT_TYPED = ("place", "custom")


@dataclass(frozen=True, slots=True)
class Offered:
    """What the form offers: (id, name) of possible owners, known tags, the fields of the team's own."""

    owners: tuple[tuple[int, str], ...]
    tags: tuple[str, ...]
    fields: tuple[FieldRow, ...] = ()


def fill_form(page: Page, values: CustomerInput, own_fields: Sequence[FieldRow]) -> None:
    """Make the form show `values`; opening hours in the reader's words, which can be read again."""
    values = replace(values, opening_hours=say_stored(values.opening_hours, page.text))
    for field in fields(values):
        if field.name not in NOT_TYPED:
            value = getattr(values, field.name)
            st.session_state[_PREFIX + field.name] = list(value) if isinstance(value, tuple) else value
    fill_custom(own_fields, values.custom)


def is_filled() -> bool:
    """True while the form's widgets hold what was typed."""
    return _PREFIX + "name" in st.session_state


def read_form(own_fields: Sequence[FieldRow]) -> CustomerInput:
    """Return what the form says."""
    typed: dict[str, Any] = {}
    for field in fields(CustomerInput):
        if field.name not in NOT_TYPED:
            value = st.session_state.get(_PREFIX + field.name)
            typed[field.name] = tuple(value) if isinstance(value, list) else value
    texts = {name: typed[name] or "" for name in LIMITS}
    texts["opening_hours"] = as_stored(texts["opening_hours"])
    return CustomerInput(**(typed | texts), custom=read_custom(own_fields))


def draw_fields(page: Page, offered: Offered) -> None:
    """Draw all fields in the order in which they are thought of."""
    _ = page.text.gettext
    _draw_text(page, "name")
    _draw_text(page, "name_kana")
    with st.container(key="edit_ratings"):
        _draw_choice(page, "likelihood", list(Likelihood), words.LIKELIHOODS_SHORT)
        _draw_choice(page, "stage", list(Stage), words.STAGES)
        _draw_choice(page, "kind", list(Kind), words.KINDS)
    _draw_deal(page)
    _draw_next(page)
    _draw_title(page, _("Place and contact"))
    _draw_text(page, "postal_code")
    _draw_text(page, "address", help=_("A changed address is looked up again; a pin placed by hand stays."))
    _draw_text(page, "contact_name")
    left, right = st.columns(2)
    with left:
        _draw_text(page, "phone")
    with right:
        _draw_text(page, "email")
    _draw_title(page, _("Further fields"))
    _draw_owner(page, offered)
    known = sorted({*offered.tags, *st.session_state.get(_PREFIX + "tags", [])})
    st.multiselect(
        _("Tags"),
        known,
        format_func=one_line,
        key=_PREFIX + "tags",
        accept_new_options=True,
        placeholder=_("Choose or type"),
        select_all=False,
        persist_state="page",
    )
    page.show_problem("tags")
    _draw_text(page, "code")
    draw_custom(page, offered.fields)
    st.text_area(_("Memo"), key=_PREFIX + "memo", max_chars=LIMITS["memo"], height=120, persist_state="page")
    page.show_problem("memo")
    _draw_do_not_visit(page)


def _draw_deal(page: Page) -> None:
    _ = page.text.gettext
    left, right = st.columns(2)
    with left:
        key = _PREFIX + "amount"
        lowest = min(0, st.session_state.get(key) or 0)  # a list may have brought a credit, which the field would drop
        st.number_input(
            _("Expected amount (yen)"), lowest, MAX_AMOUNT, value=None, step=10_000, key=key, placeholder=_("None"), persist_state="page"
        )
        page.show_problem("amount")
    with right:
        stored = st.session_state.get(_PREFIX + "close_month")
        months = sorted({*_months(page.today), *([stored] if stored else [])})
        key = _PREFIX + "close_month"
        st.selectbox(
            field_name(page, "close_month"),
            months,
            index=None,
            format_func=page.text.month,
            key=key,
            placeholder=_("None"),
            persist_state="page",
        )
        page.show_problem("close_month")


def _draw_next(page: Page) -> None:
    _ = page.text.gettext
    _draw_title(page, _("What comes next"))
    left, right = st.columns(2)
    with left:
        st.date_input(
            _("Next date"),
            value=None,
            key=_PREFIX + "next_on",
            format="YYYY/MM/DD",
            min_value=FIRST_DAY,
            max_value=LAST_DAY,
            persist_state="page",
        )
        page.show_problem("next_on")
    with right:
        st.time_input(
            _("Time, for an appointment"), value=None, key=_PREFIX + "next_time", step=timedelta(minutes=15), persist_state="page"
        )
        page.show_problem("next_time")
    _draw_text(page, "next_action")
    st.number_input(
        field_name(page, "cadence_days"),
        1,
        MAX_CADENCE_DAYS,
        value=None,
        step=1,
        key=_PREFIX + "cadence_days",
        placeholder=_("As its rank has it"),
        persist_state="page",
    )
    page.show_problem("cadence_days")
    draw_hours(page, _PREFIX)


def _draw_do_not_visit(page: Page) -> None:
    _ = page.text.gettext
    with st.container(key="edit_do_not_visit_box", border=True):
        st.toggle(field_name(page, "do_not_visit"), key=_PREFIX + "do_not_visit", persist_state="page")
        _draw_text(page, "do_not_visit_reason")
        st.date_input(
            _("Until (empty: for good)"),
            value=None,
            key=_PREFIX + "do_not_visit_until",
            format="YYYY/MM/DD",
            min_value=FIRST_DAY,
            max_value=LAST_DAY,
            help=_("The day after, visits are planned again."),
            persist_state="page",
        )
        page.show_problem("do_not_visit_until")


def _draw_title(page: Page, title: str) -> None:
    st.markdown(f"**{title}**")


def _draw_text(page: Page, field: str, help: str | None = None) -> None:
    label = page.text.gettext(words.FIELDS[field])
    st.text_input(label, key=_PREFIX + field, max_chars=LIMITS[field], help=help, persist_state="page")
    page.show_problem(field)


def _draw_choice(page: Page, field: str, options: list[Any], names: dict[Any, str]) -> None:
    _ = page.text.gettext
    st.pills(_(words.FIELDS[field]), options, format_func=lambda o: _(names[o]), key=_PREFIX + field, required=True, persist_state="page")
    page.show_problem(field)


def _draw_owner(page: Page, offered: Offered) -> None:
    _ = page.text.gettext
    names: dict[int | None, str] = {None: _("Nobody")} | {i: one_line(name) for i, name in offered.owners}
    now = st.session_state.get(_PREFIX + "owner_id")
    options = [*names, *([now] if now not in names else [])]
    st.selectbox(_("Owner"), options, format_func=lambda i: names.get(i, _("As before")), key=_PREFIX + "owner_id", persist_state="page")
    page.show_problem("owner_id")


def _months(today: date) -> list[date]:
    """Return the first days of the months that a deal may be expected in."""
    number = today.year * 12 + today.month - 1
    return [date(n // 12, n % 12 + 1, 1) for n in range(number - _MONTHS_BACK, number + _MONTHS_AHEAD + 1)]
