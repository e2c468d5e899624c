"""When a customer may be visited and how long a visit takes there: typed as people write it, said back as it was understood."""

from __future__ import annotations

import streamlit as st

from fieldsales.domain.opening_hours import BadOpeningHours, parse, tidy
from fieldsales.services.customers.customer_input import LIMITS
from fieldsales.ui.customers.customer_values import field_name
from fieldsales.ui.format import plain
from fieldsales.ui.page import Page
from fieldsales.wording.opening_hours import say_hours


def draw_hours(page: Page, prefix: str) -> None:
    """Draw both fields of a form; what the hours mean stands below them, or why they cannot be read."""
    _ = page.text.gettext
    key = prefix + "opening_hours"
    with st.container(key=f"{prefix}hours_box", gap="xsmall"):
        with st.container(key=f"{prefix}hours_row", horizontal=True, wrap=False, vertical_alignment="bottom"):
            st.text_input(
                field_name(page, "opening_hours"),
                key=key,
                max_chars=LIMITS["opening_hours"],
                placeholder=_("Mon-Fri 9:00-17:30, Sat 9:00-12:00, closed Sun"),
                help=_("When this customer may be visited, as you would write it. Empty means at any time."),
                persist_state="page",
            )
            st.form_submit_button(_("Check"), key=f"{prefix}check_hours")
        _draw_meaning(page, st.session_state.get(key) or "")
        page.show_problem("opening_hours")
    st.number_input(
        field_name(page, "visit_minutes"),
        value=None,
        step=5,
        key=prefix + "visit_minutes",
        placeholder=_("As usual"),
        persist_state="page",
    )
    page.show_problem("visit_minutes")


def as_stored(typed: str) -> str:
    """Return typed hours as they are stored; those that cannot be read as they are, for saving to refuse them."""
    try:
        return tidy(typed)
    except BadOpeningHours:
        return typed


def _draw_meaning(page: Page, typed: str) -> None:
    """Draw how the typed hours are understood; saving says the same of what it refuses."""
    if not typed.strip():
        return
    try:
        said = say_hours(parse(typed), page.text, holidays_too=True)
    except BadOpeningHours as error:
        if getattr(page.problem, "field", None) != "opening_hours":
            st.error(plain(page.text.error(error)))
        return
    st.caption(page.text.gettext("Understood as: {hours}").format(hours=plain(said)))
