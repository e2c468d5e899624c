"""Adding and editing a customer in a sheet over the page; when somebody else was faster, both versions and the choice between them."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import streamlit as st

from fieldsales.errors import CustomerChanged
from fieldsales.services.customers.custom_fields import PROBLEM_PREFIX, FieldRow, list_fields
from fieldsales.services.customers.customer_history import newest_change_id
from fieldsales.services.customers.customer_input import CustomerInput
from fieldsales.services.customers.customer_owners import assignable_owners
from fieldsales.services.customers.customer_search import CustomerDetails, filter_choices
from fieldsales.services.customers.customers import create_customer, update_customer
from fieldsales.ui import navigation
from fieldsales.ui.customers.customer_form import Offered, draw_fields, fill_form, is_filled, read_form
from fieldsales.ui.customers.customer_undo import offer_undo
from fieldsales.ui.customers.customer_values import NOTHING, custom_in_words, field_name, value_in_words
from fieldsales.ui.format import plain
from fieldsales.ui.page import Page

_EDITING, _CONFLICT = "_editing_customer", "_customer_conflict"
MINE, THEIRS = "mine", "theirs"


def draw_new(page: Page) -> None:
    """Draw the form of a new customer; a second tap on save adds no second one."""
    _ = page.text.gettext
    offered = _read_offered(page)
    _begin(page, offered, CustomerInput(name="", owner_id=page.user.id), customer_id=0, version=0, base=None)
    st.title(_("New customer"), anchor=False)
    saved = _draw_form(page, offered)
    if not saved:
        return
    editing = st.session_state[_EDITING]
    if "saved_id" not in editing:
        with page.saving() as session:
            customer = create_customer(session, page.user, values=read_form(offered.fields), now=page.now)
        editing["saved_id"] = customer.id
        page.toast(_("Customer added."))
    del st.session_state[_EDITING]
    st.switch_page(navigation.path_of("customer"), query_params={"id": str(editing["saved_id"])})


def draw_edit(page: Page, customer: CustomerDetails) -> None:
    """Draw the form of a stored customer, or the conflict that its saving met, over the page, which keeps its place."""
    offered = _read_offered(page)
    with st.container(key="sheet_customer", gap="small"):
        _draw_sheet(page, customer, offered)


def _draw_sheet(page: Page, customer: CustomerDetails, offered: Offered) -> None:
    conflict = _conflict_of(customer.id)
    if conflict is None and isinstance(page.problem, CustomerChanged) and is_filled():
        base = st.session_state.get(_EDITING, {}).get("base")
        conflict = _open_conflict(customer.id, read_form(offered.fields), base)
    if conflict is not None:
        _draw_conflict(page, customer, conflict["mine"], conflict["base"], offered)
        return
    stored = input_from(customer)
    _begin(page, offered, stored, customer_id=customer.id, version=customer.version, base=stored)
    st.subheader(page.text.gettext("Edit customer"), anchor=False)
    if _draw_form(page, offered):
        _save(page, customer.id, st.session_state[_EDITING]["version"], read_form(offered.fields))


def input_from(customer: CustomerDetails) -> CustomerInput:
    """Return what a stored customer says as the input that would change nothing."""
    return CustomerInput(**{f.name: getattr(customer, f.name) for f in fields(CustomerInput) if f.name != "place"})


def stop_editing() -> None:
    """Leave the form and forget what was typed."""
    for name in (_EDITING, _CONFLICT):
        st.session_state.pop(name, None)
    for name in ("edit", "new"):
        st.query_params.pop(name, None)


def take_along(page: Page, merged_id: int, kept_id: int) -> bool:
    """Make what is typed for a customer that was merged meanwhile one's version of the kept one; True when there is anything."""
    conflict, editing = _conflict_of(merged_id), st.session_state.get(_EDITING)
    if conflict is not None:
        _open_conflict(kept_id, conflict["mine"], conflict["base"])
        return True
    if editing is None or editing["id"] != merged_id or not is_filled():
        return False
    _open_conflict(kept_id, read_form(_read_offered(page).fields), editing["base"])
    return True


def _conflict_of(customer_id: int) -> dict[str, Any] | None:
    conflict: dict[str, Any] | None = st.session_state.get(_CONFLICT)
    return conflict if conflict is not None and conflict["id"] == customer_id else None


def _open_conflict(customer_id: int, mine: CustomerInput, base: CustomerInput | None) -> dict[str, Any]:
    """Note both sides of a conflict; what was chosen in an earlier one says nothing about this one."""
    for name in [name for name in st.session_state if str(name).startswith("conflict_")]:
        del st.session_state[name]
    conflict = {"id": customer_id, "mine": mine, "base": base}
    st.session_state[_CONFLICT] = conflict
    return conflict


def _begin(page: Page, offered: Offered, values: CustomerInput, *, customer_id: int, version: int, base: CustomerInput | None) -> None:
    """Fill the form and note which version it began with; what is noted last is there only when all is filled.

    A form that is shown is never filled again: what is typed in it is not known here before it is saved.
    """
    editing = st.session_state.get(_EDITING)
    if editing is not None and editing["id"] == customer_id and is_filled():
        return
    st.session_state.pop(_EDITING, None)
    fill_form(page, values, offered.fields)
    st.session_state[_EDITING] = {"id": customer_id, "version": version, "base": base}


def ask_edit() -> None:
    """Open the form; one that was left by the browser's way back begins anew, one that is shown stays as it is."""
    if "edit" not in st.query_params:
        st.session_state.pop(_EDITING, None)
    st.query_params["edit"] = "1"


def _read_offered(page: Page) -> Offered:
    with page.database.read() as session:
        own_fields = list_fields(session, retired=True)
        return Offered(assignable_owners(session, page.user), filter_choices(session, page.user).tags, own_fields)


def _draw_form(page: Page, offered: Offered) -> bool:
    _ = page.text.gettext
    with st.form("customer_form", border=False, enter_to_submit=False):
        page.show_problem()
        draw_fields(page, offered)
        with st.container(key="sheet_buttons_customer", horizontal=True, wrap=False):
            left = st.form_submit_button(_("Cancel"), key="cancel_edit")
            saved = st.form_submit_button(_("Save"), key="save_customer", type="primary", width="stretch")
    if left:
        adding = st.session_state[_EDITING]["id"] == 0
        stop_editing()
        if adding:
            st.switch_page(navigation.path_of("customers"))
        st.rerun()
    return bool(saved)


def _draw_conflict(page: Page, customer: CustomerDetails, mine: CustomerInput, base: CustomerInput | None, offered: Offered) -> None:
    """Draw both versions of each field that differs; `customer` is the version stored now, `base` the one the form began with."""
    _ = page.text.gettext
    my_values, their_values = _by_name(mine), _by_name(input_from(customer))
    begun = _by_name(base) if base is not None else {}
    differing = [n for n in {**my_values, **their_values} if my_values.get(n) != their_values.get(n)]
    st.subheader(_("Two versions"), anchor=False)
    page.show_problem()
    st.markdown(_("Somebody saved this customer while you were editing. Choose for each field which version stays."))
    with st.container(key="conflict_all", horizontal=True):
        st.button(_("All mine"), key="conflict_mine", on_click=_choose_all, args=(differing, MINE))
        st.button(_("All as stored"), key="conflict_theirs", on_click=_choose_all, args=(differing, THEIRS))
    for name in differing:
        if f"conflict_{name}" not in st.session_state:  # what only they touched is theirs unless one says otherwise
            untouched = base is not None and my_values.get(name) == begun.get(name)
            st.session_state[f"conflict_{name}"] = THEIRS if untouched else MINE
        _draw_choice(page, name, {MINE: my_values.get(name), THEIRS: their_values.get(name)}, offered)
    page.show_problem("custom")
    with st.container(key="sheet_buttons_conflict", horizontal=True, wrap=False):
        st.button(_("Cancel"), key="conflict_cancel", on_click=stop_editing)
        if st.button(_("Save this choice"), key="conflict_save", type="primary", width="stretch"):
            _save(page, customer.id, customer.version, _chosen(mine, differing, their_values))


def _draw_choice(page: Page, name: str, values: dict[str, Any], offered: Offered) -> None:
    _ = page.text.gettext
    labels = {MINE: _("Yours"), THEIRS: _("Stored")}
    st.radio(
        plain(field_name(page, name)),
        [MINE, THEIRS],
        format_func=lambda side: f"{labels[side]}: {plain(_in_words(page, name, values[side], offered))}",
        key=f"conflict_{name}",
        persist_state="page",
    )
    page.show_problem(name)


def _in_words(page: Page, name: str, value: Any, offered: Offered) -> str:
    if name == "owner_id" and value is not None:
        return dict(offered.owners).get(value, page.text.gettext("As before"))
    if name.startswith(PROBLEM_PREFIX):
        own: FieldRow | None = next((f for f in offered.fields if PROBLEM_PREFIX + f.name == name), None)
        return custom_in_words(page, own, value) if value else NOTHING
    return value_in_words(page, name, value)


def _by_name(values: CustomerInput) -> dict[str, Any]:
    """Return the fields of `values` by name, each of the team's own for itself."""
    plain_fields = {f.name: getattr(values, f.name) for f in fields(CustomerInput) if f.name not in ("place", "custom")}
    return plain_fields | {PROBLEM_PREFIX + name: value for name, value in values.custom.items()}


def _chosen(mine: CustomerInput, differing: list[str], theirs: dict[str, Any]) -> CustomerInput:
    """Return `mine` with the stored version where that was chosen."""
    taken = [name for name in differing if st.session_state[f"conflict_{name}"] == THEIRS]
    own = {name.removeprefix(PROBLEM_PREFIX): theirs.get(name, "") for name in taken if name.startswith(PROBLEM_PREFIX)}
    columns: dict[str, Any] = {name: theirs[name] for name in taken if not name.startswith(PROBLEM_PREFIX)}
    return replace(mine, **columns, custom={name: value for name, value in {**mine.custom, **own}.items() if value})


def _choose_all(names: list[str], side: str) -> None:
    for name in names:
        st.session_state[f"conflict_{name}"] = side


def _save(page: Page, customer_id: int, version: int, values: CustomerInput) -> None:
    with page.saving() as session:
        saved = update_customer(session, page.user, customer_id=customer_id, version=version, values=values, now=page.now)
        change_id = newest_change_id(session, page.user, customer_id=customer_id) if saved.version != version else None
    stop_editing()
    offer_undo(page, change_id, page.text.gettext("Customer saved."))
    st.rerun()
