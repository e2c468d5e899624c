"""Requests and complaints on the screen: written down, given to somebody by a day."""

from __future__ import annotations

import streamlit as st

from fieldsales.domain.words import RequestKind
from fieldsales.errors import N_
from fieldsales.services.customers import requests
from fieldsales.services.customers.customer_search import CustomerDetails
from fieldsales.services.customers.request_rows import RequestRow
from fieldsales.services.customers.requests import RequestInput
from fieldsales.ui.customers import record_state
from fieldsales.ui.customers.record_state import Opened
from fieldsales.ui.customers.record_undo import offer_undo
from fieldsales.ui.customers.request_steps import draw_steps
from fieldsales.ui.format import one_line
from fieldsales.ui.page import Page

KINDS = {RequestKind.REQUEST: N_("Request"), RequestKind.COMPLAINT: N_("Complaint")}
_KIND, _TEXT, _DUE, _ASSIGNEE = "request_kind", "request_text", "request_due", "request_assignee"


def draw_request_form(page: Page, customer: CustomerDetails, opened: Opened) -> None:
    """Draw the form of a new one, or where an old one stands with the next step."""
    _ = page.text.gettext
    if opened.record_id is None:
        record_state.fill(page, opened, _first_values(page, customer, opened, None))
        _draw_fields(page, customer, opened, None)
        page.show_problem()
        with st.container(key="record_buttons", horizontal=True, wrap=False, gap="xsmall"):
            st.button(_("Cancel"), key="record_cancel", on_click=record_state.close)
            if st.button(_("Save"), key="record_save", type="primary", width="stretch"):
                _open(page, customer, opened)
        return
    with page.database.read() as session:
        row = requests.find_request(session, page.user, request_id=opened.record_id)
    version = record_state.fill(page, opened, _first_values(page, customer, opened, row), version=row.version)
    draw_steps(page, row, version)
    with st.expander(_("Correct or delete"), key="record_correct", icon=":material/edit:"):
        _draw_fields(page, customer, opened, row)
        with st.container(key="record_correct_buttons", horizontal=True, wrap=False, gap="xsmall"):
            if row.may_delete and st.button(_("Delete"), key="record_delete", icon=":material/delete:", type="tertiary"):
                _delete(page, row)
            if st.button(_("Save the correction"), key="record_save_correction", width="stretch"):
                _correct(page, opened, row, version)


def _first_values(page: Page, customer: CustomerDetails, opened: Opened, row: RequestRow | None) -> dict[str, object]:
    people = _people(page, customer, None)
    usual = customer.owner_id if customer.owner_id in people else page.user.id
    values: dict[str, object] = {_KIND: RequestKind.REQUEST, _TEXT: "", _DUE: None, _ASSIGNEE: usual}
    if row is not None:
        values = {_KIND: row.kind, _TEXT: row.text, _DUE: row.due_on, _ASSIGNEE: row.assigned_to_id}
    return {opened.key(name): value for name, value in values.items()}


def _people(page: Page, customer: CustomerDetails, row: RequestRow | None) -> dict[int, str]:
    with page.database.read() as session:
        people = dict(requests.list_assignees(session, page.user, customer_id=customer.id))
    if row is not None and row.assigned_to_id is not None:
        people.setdefault(row.assigned_to_id, row.assigned_to)  # who may no longer see the customer still stands there
    return people


def _draw_fields(page: Page, customer: CustomerDetails, opened: Opened, row: RequestRow | None) -> None:
    _ = page.text.gettext
    people = _people(page, customer, row)
    st.segmented_control(
        _("What it is"),
        list(KINDS),
        format_func=lambda k: _(KINDS[k]),
        key=opened.key(_KIND),
        required=True,
        width="stretch",
        on_change="ignore",
        persist_state="page",
    )
    st.text_area(_("What the customer wants"), key=opened.key(_TEXT), height=100, on_change="ignore", persist_state="page")
    page.show_problem("request_text")
    left, right = st.columns(2)
    with left:
        st.date_input(_("Answer by"), key=opened.key(_DUE), format="YYYY/MM/DD", on_change="ignore", persist_state="page")
        page.show_problem("request_due")
    with right:
        nobody = _("Nobody")
        st.selectbox(
            _("Who answers"),
            [None, *people],
            format_func=lambda i: one_line(people[i]) if i is not None else nobody,
            key=opened.key(_ASSIGNEE),
            on_change="ignore",
            persist_state="page",
        )
        page.show_problem("request_assignee")


def _typed(opened: Opened) -> RequestInput:
    kind, text, due_on, assigned_to_id = (st.session_state[opened.key(name)] for name in (_KIND, _TEXT, _DUE, _ASSIGNEE))
    return RequestInput(kind=kind, text=text or "", due_on=due_on, assigned_to_id=assigned_to_id)


def _open(page: Page, customer: CustomerDetails, opened: Opened) -> None:
    values = _typed(opened)
    with page.saving() as session:
        ref = opened.client_ref(page, customer.id)
        request = requests.open_request(
            session, page.user, customer_id=customer.id, values=values, client_ref=ref, today=page.today, now=page.now
        )
    request_id = request.id
    _ = page.text.gettext
    sentence = _("Complaint saved.") if values.kind is RequestKind.COMPLAINT else _("Request saved.")
    offer_undo(page, sentence, lambda s, p: requests.delete_request(s, p.user, request_id=request_id, now=p.now))
    record_state.close()
    st.rerun()


def _correct(page: Page, opened: Opened, row: RequestRow, version: int) -> None:
    values = _typed(opened)
    with page.saving() as session:
        request = requests.edit_request(session, page.user, request_id=row.id, version=version, values=values, today=page.today)
    saved = request.version
    old = RequestInput(kind=row.kind, text=row.text, due_on=row.due_on, assigned_to_id=row.assigned_to_id)
    offer_undo(
        page,
        page.text.gettext("Correction saved."),
        lambda s, p: requests.edit_request(s, p.user, request_id=row.id, version=saved, values=old, today=row.due_on or p.today),
    )
    record_state.close()
    st.rerun()


def _delete(page: Page, row: RequestRow) -> None:
    with page.saving() as session:
        requests.delete_request(session, page.user, request_id=row.id, now=page.now)
    offer_undo(page, page.text.gettext("Deleted."), lambda s, p: requests.restore_request(s, p.user, request_id=row.id))
    record_state.close()
    st.rerun()
