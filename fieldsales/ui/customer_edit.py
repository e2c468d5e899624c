"""Adding and editing a customer; when somebody else was faster, both versions and the choice between them."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import streamlit as st

from fieldsales.errors import CustomerChanged
from fieldsales.services.customer_owners import assignable_owners
from fieldsales.services.customer_search import CustomerDetails, filter_choices
from fieldsales.services.customers import CustomerInput, create_customer, update_customer
from fieldsales.ui import navigation
from fieldsales.ui.customer_form import Offered, draw_fields, fill_form, is_filled, read_form
from fieldsales.ui.customer_values import field_name, value_in_words
from fieldsales.ui.format import plain
from fieldsales.ui.page import Page

_EDITING, _CONFLICT = "_editing_customer", "_customer_conflict"
MINE, THEIRS = "mine", "theirs"


def draw_new(page: Page) -> None:
    """Draw the form of a new customer; a second tap on save adds no second one."""
    _ = page.text.gettext
    if _begin(0, 0):
        fill_form(CustomerInput(name="", owner_id=page.user.id))
    st.title(_("New customer"), anchor=False)
    saved = _draw_form(page, ())
    if not saved:
        return
    editing = st.session_state[_EDITING]
    if "saved_id" not in editing:
        with page.saving() as session:
            customer = create_customer(session, page.user, values=read_form(()), now=page.now)
        editing["saved_id"] = customer.id
        page.toast(_("Customer added."))
    del st.session_state[_EDITING]
    st.switch_page(navigation.path_of("customer"), query_params={"id": str(editing["saved_id"])})


def draw_edit(page: Page, customer: CustomerDetails) -> None:
    """Draw the form of a stored customer, or the conflict that its saving met."""
    _ = page.text.gettext
    custom_names = tuple(customer.custom)
    if isinstance(page.problem, CustomerChanged) and _CONFLICT not in st.session_state and is_filled():
        st.session_state[_CONFLICT] = {"id": customer.id, "mine": read_form(custom_names)}
    conflict = st.session_state.get(_CONFLICT)
    if conflict is not None and conflict["id"] == customer.id:
        _draw_conflict(page, customer, conflict["mine"])
        return
    if _begin(customer.id, customer.version):
        fill_form(input_from(customer))
    st.title(_("Edit customer"), anchor=False)
    if _draw_form(page, custom_names):
        _save(page, customer.id, st.session_state[_EDITING]["version"], read_form(custom_names))


def input_from(customer: CustomerDetails) -> CustomerInput:
    """Return what a stored customer says as the input that would change nothing."""
    return CustomerInput(**{f.name: getattr(customer, f.name) for f in fields(CustomerInput) if f.name != "place"})


def stop_editing() -> None:
    """Leave the form and forget what was typed."""
    for name in (_EDITING, _CONFLICT):
        st.session_state.pop(name, None)
    for name in ("edit", "new"):
        st.query_params.pop(name, None)


def _begin(customer_id: int, version: int) -> bool:
    """Note which version the form began with; True when the form is to be filled."""
    editing = st.session_state.get(_EDITING)
    if editing is not None and editing["id"] == customer_id and is_filled():
        return False
    st.session_state[_EDITING] = {"id": customer_id, "version": version}
    return True


def _draw_form(page: Page, custom_names: tuple[str, ...]) -> bool:
    _ = page.text.gettext
    with page.database.read() as session:
        offered = Offered(assignable_owners(session, page.user), filter_choices(session, page.user).tags)
    with st.form("customer_form", border=False, enter_to_submit=False):
        page.show_problem()
        draw_fields(page, offered, custom_names)
        saved = st.form_submit_button(_("Save"), key="save_customer", type="primary", width="stretch")
    st.button(_("Cancel"), key="cancel_edit", on_click=_leave, width="stretch")
    if st.session_state.pop("_left_form", False):
        st.switch_page(navigation.path_of("customers"))
    return bool(saved)


def _draw_conflict(page: Page, customer: CustomerDetails, mine: CustomerInput) -> None:
    """Draw both versions of each field that differs; `customer` is the version stored now."""
    _ = page.text.gettext
    theirs = input_from(customer)
    differing = [f.name for f in fields(CustomerInput) if f.name != "place" and getattr(mine, f.name) != getattr(theirs, f.name)]
    st.title(_("Two versions"), anchor=False)
    page.show_problem()
    st.markdown(_("Somebody saved this customer while you were editing. Choose for each field which version stays."))
    with st.container(key="conflict_all", horizontal=True):
        st.button(_("All mine"), key="conflict_mine", on_click=_choose_all, args=(differing, MINE))
        st.button(_("All as stored"), key="conflict_theirs", on_click=_choose_all, args=(differing, THEIRS))
    for name in differing:
        values = {MINE: getattr(mine, name), THEIRS: getattr(theirs, name)}
        _draw_choice(page, name, values)
    if st.button(_("Save this choice"), key="conflict_save", type="primary", width="stretch"):
        chosen: dict[str, Any] = {n: getattr(theirs, n) for n in differing if st.session_state[f"conflict_{n}"] == THEIRS}
        _save(page, customer.id, customer.version, replace(mine, **chosen))
    st.button(_("Cancel"), key="conflict_cancel", on_click=stop_editing, width="stretch")


def _draw_choice(page: Page, name: str, values: dict[str, Any]) -> None:
    _ = page.text.gettext
    labels = {MINE: _("Yours"), THEIRS: _("Stored")}
    st.radio(
        field_name(page, name),
        [MINE, THEIRS],
        format_func=lambda side: f"{labels[side]}: {plain(value_in_words(page, name, values[side]))}",
        key=f"conflict_{name}",
    )
    page.show_problem(name)


def _choose_all(names: list[str], side: str) -> None:
    for name in names:
        st.session_state[f"conflict_{name}"] = side


def _save(page: Page, customer_id: int, version: int, values: CustomerInput) -> None:
    with page.saving() as session:
        update_customer(session, page.user, customer_id=customer_id, version=version, values=values, now=page.now)
    stop_editing()
    page.toast(page.text.gettext("Customer saved."))
    st.rerun()


def _leave() -> None:
    stop_editing()
    st.session_state["_left_form"] = True
