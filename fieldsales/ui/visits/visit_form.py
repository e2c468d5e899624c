"""Recording a visit: good defaults, one button, saved once however often it is tapped, kept as a draft meanwhile.

The form stands in the URL (whose visit, under which reference), so that a reload opens it again and a second save of the
same form records nothing more. It runs as a fragment: choosing an answer redraws the form alone, not the map behind it.
"""

from __future__ import annotations

from typing import NoReturn
from uuid import UUID

import streamlit as st

from fieldsales.db.models import Visit
from fieldsales.domain.visit_answers import merge_answers
from fieldsales.domain.words import VisitKind
from fieldsales.errors import CustomerNotFound, DatabaseBusy, FieldSalesError, TryLater
from fieldsales.i18n import Text
from fieldsales.services.customers.customer_search import CustomerDetails, customer_details
from fieldsales.services.visits import visit_drafts, visits
from fieldsales.ui.format import safe
from fieldsales.ui.messages import sentence_of
from fieldsales.ui.page import Page, open_page, saying_what_broke
from fieldsales.ui.visits import visit_confirmation, visit_fields
from fieldsales.ui.visits.visit_extras import draw_extras, take_files
from fieldsales.ui.visits.visit_state import KIND, STATE, Form, FormState, keep_draft, read_form

PARAMETER, CUSTOMER = "visit", "visit_of"
_NEW = "new"
_SAVE, _LEAVE, _DRAWN = "_visit_save", "_visit_leave", "_visit_drawn"
_STAY, _THROW = "stay", "throw"


def open_form(customer_id: int, kind: VisitKind = VisitKind.VISIT, client_ref: UUID | None = None) -> None:
    """Open the form for a customer: the draft of `client_ref`, or else an unfinished one of this customer, or a new one."""
    close_form()
    st.query_params[PARAMETER] = _NEW if client_ref is None else str(client_ref)
    st.query_params[CUSTOMER] = str(customer_id)
    if kind is not VisitKind.VISIT:
        st.query_params[KIND] = kind.value


def close_form() -> None:
    """Close the form; what was said is a draft by then."""
    for name in (PARAMETER, CUSTOMER, KIND):
        st.query_params.pop(name, None)
    for key in (STATE, _SAVE, _LEAVE):
        st.session_state.pop(key, None)


def open_reference(page: Page, customer_id: int) -> UUID | None:
    """Return the reference under which the open form saves, None when no form is open for this customer.

    A form whose visit is recorded already (the answer was lost, or another phone was faster) closes and says so. A
    colleague who is sent the address records a visit of their own.
    """
    asked = st.query_params.get(PARAMETER, "")
    known = _reference(asked)
    if (known is None and asked != _NEW) or st.query_params.get(CUSTOMER, str(customer_id)) != str(customer_id):
        return None
    with page.database.read() as session:
        fresh = visit_drafts.reference_for(session, page.user, customer_id=customer_id)
        mine = fresh if known is None else visit_drafts.own_reference(session, page.user, client_ref=known, customer_id=customer_id)
        recorded = visits.find_recorded_visit(session, page.user, mine)
    if recorded is not None and recorded.deleted_at is None:
        _leave_recorded(page, recorded)
    if known is None or recorded is not None:  # just opened, or an address whose visit was taken back since
        st.query_params[PARAMETER] = str(fresh)
        return fresh
    return mine


def _reference(asked: str) -> UUID | None:
    try:
        return UUID(asked)
    except ValueError:
        return None


def draw_form(page: Page, customer: CustomerDetails, client_ref: UUID) -> None:
    """Draw the form and save when asked to."""
    st.session_state[_DRAWN] = True
    _draw_fragment(customer, client_ref, page.text)


@st.fragment
def _draw_fragment(customer: CustomerDetails, client_ref: UUID, text: Text) -> None:
    with saying_what_broke():
        try:
            page = open_page()  # a fragment runs alone: the gate, the moment and the zone again
            form = read_form(page, customer, client_ref)
        except DatabaseBusy as error:
            _draw_lost(text, error)
            return
        _run_form(page, form)


def _run_form(page: Page, form: Form) -> None:
    state = form.state
    visit_fields.take_typed_note(state)
    form, refused = take_files(page, form)
    asked = st.session_state.pop(_SAVE, None) == state.client_ref
    if asked and not isinstance(refused, TryLater):  # a recording that could not be stored yet would go with the form
        refused = _save(page, form)
    leaving = st.session_state.pop(_LEAVE, None)
    if leaving == _THROW and state.is_draft:
        _throw_away(page, state)
    kept = keep_draft(page, state)
    if isinstance(kept, visit_drafts.VisitRecorded):
        st.rerun()  # saved from another device a moment ago: `open_reference` says so
    if leaving is not None and kept is None:
        if state.is_draft:
            page.toast(page.text.gettext("Kept as a draft"))
        close_form()
        st.rerun()
    problems = _draw_rows(page, form)
    for error in (refused, kept if refused is None else None):
        if error is not None:
            problems.show(error)


def _draw_rows(page: Page, form: Form) -> visit_fields.Problems:
    _ = page.text.gettext
    problems = visit_fields.Problems(page)
    with st.container(key="visit_form", gap="small"):
        visit_fields.draw_outcomes(page, form)
        problems.place("outcome")
        visit_fields.draw_likelihood(page, form)
        visit_fields.draw_next(page, form)
        visit_fields.draw_required_fields(page, form, problems)
        draw_extras(page, form, problems)
        visit_fields.draw_note(page, form, problems)
        problems.place(None)
        with st.container(key="visit_buttons", horizontal=True, wrap=False, gap="xsmall"):
            if form.state.is_draft:
                icon = ":material/delete:"
                st.button(_("Throw away"), key="discard_visit", icon=icon, type="tertiary", on_click=_ask_to_leave, args=(_THROW,))
            st.button(_("Close"), key="cancel_visit", on_click=_ask_to_leave, args=(_STAY,))
            st.button(_("Save"), key="save_visit", type="primary", width="stretch", on_click=_ask_to_save, args=(form.state.client_ref,))
    return problems


def _draw_lost(text: Text, error: FieldSalesError) -> None:
    """Say that the database does not answer; what was said stays in this session, the note in the browser as well."""
    st.error(sentence_of(text, error), icon=":material/cloud_off:")
    st.button(text.gettext("Try again"), key="visit_retry", icon=":material/refresh:", type="primary", width="stretch")


def _save(page: Page, form: Form) -> FieldSalesError | None:
    """Record the visit and close the form; return why that was refused."""
    state = form.state
    try:
        visit_fields.require_note_that_fits(state)
        with page.writing() as session:
            draft = visit_drafts.find_draft(session, page.user, client_ref=state.client_ref)
            if draft is not None and draft.changed_at != state.changed_at:  # another device wrote in this very moment
                state.answers = merge_answers(state.stored, state.answers, draft.answers)
            answers = state.answers
            visit = visits.record_visit(
                session,
                page.user,
                customer_id=form.customer.id,
                visited_at=form.visited_at(page),
                kind=form.kind,
                outcome=form.outcome,
                template_id=form.template.id if form.template else None,
                likelihood=form.likelihood,
                next_on=form.next_on(page),
                next_time=answers.next_time,
                next_action=answers.next_action,
                note=answers.note,
                custom=answers.custom,
                client_ref=state.client_ref,
                zone=page.zone,
                now=page.now,
            )
    except FieldSalesError as error:
        return error
    close_form()
    visit_confirmation.remember_visit(page, visit, form.customer.name)
    st.rerun()


def _throw_away(page: Page, state: FormState) -> None:
    with page.writing() as session:
        draft = visit_drafts.discard_draft(session, page.user, client_ref=state.client_ref, now=page.now)
    visit_confirmation.remember_thrown(page, draft)
    close_form()
    st.rerun()


def _leave_recorded(page: Page, visit: Visit) -> NoReturn:
    with page.database.read() as session:
        name = customer_details(session, page.user, customer_id=visit.customer_id, visits=0).name
    close_form()
    visit_confirmation.remember_visit(page, visit, name)
    st.rerun()  # the confirmation is drawn before the screen


def draw_undo(page: Page) -> None:
    """Confirm what was saved or thrown away last, with the way back; it fades by itself."""
    visit_confirmation.draw_confirmation(page)


def begin_run() -> None:
    """Forget who drew the form in the run before; called once a run."""
    st.session_state[_DRAWN] = False


def draw_sheet(page: Page) -> None:
    """Draw the open form as a sheet over whatever screen this is, unless the screen drew it in a place of its own."""
    asked = st.query_params.get(CUSTOMER, "")
    if st.session_state.get(_DRAWN) or not (asked.isascii() and asked.isdigit() and len(asked) < 10):
        return
    client_ref = open_reference(page, int(asked))
    if client_ref is None:
        return
    try:
        with page.database.read() as session:
            customer = customer_details(session, page.user, customer_id=int(asked), visits=1)
    except CustomerNotFound:
        close_form()
        return
    with st.container(key="visit_sheet", gap="small"):
        st.html(f'<div class="fs-heading"><h2>{safe(customer.name)}</h2></div>')
        draw_form(page, customer, client_ref)


def _ask_to_save(client_ref: UUID) -> None:
    st.session_state[_SAVE] = client_ref


def _ask_to_leave(how: str) -> None:
    st.session_state[_LEAVE] = how
