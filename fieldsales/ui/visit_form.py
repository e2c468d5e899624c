"""Recording a visit: four answers, one button, saved once however often it is tapped or the page reloads."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from uuid import UUID, uuid4, uuid5

import streamlit as st

from fieldsales.domain import follow_up
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.words import Outcome
from fieldsales.errors import N_
from fieldsales.services.customer_search import CustomerDetails
from fieldsales.services.visits import record_visit, undo_visit
from fieldsales.ui import words
from fieldsales.ui.format import plain
from fieldsales.ui.page import Page

PARAMETER = "visit"
UNDO_SHOWN_S = 60
_OUTCOME, _LIKELIHOOD, _NEXT, _NEXT_DAY, _NOTE = "visit_outcome", "visit_likelihood", "visit_next", "visit_next_day", "visit_note"
_UNDO = "_undo_visit"


class Next(StrEnum):
    """The next dates offered."""

    TOMORROW = "tomorrow"
    WEEK = "week"
    MONTH = "month"
    DAY = "day"


_NEXT_NAMES = {Next.TOMORROW: N_("Tomorrow"), Next.WEEK: N_("In a week"), Next.MONTH: N_("In a month"), Next.DAY: N_("Date…")}
_OFFERED = (Likelihood.A, Likelihood.B, Likelihood.C, Likelihood.D, Likelihood.WON, Likelihood.LOST)


def open_form() -> None:
    """Open the form; its reference stands in the URL, so that a reload cannot record the same visit again."""
    close_form()
    st.query_params[PARAMETER] = str(uuid4())


def close_form() -> None:
    """Close the form and forget what was entered."""
    st.query_params.pop(PARAMETER, None)
    for key in (_OUTCOME, _LIKELIHOOD, _NEXT, _NEXT_DAY, _NOTE):
        st.session_state.pop(key, None)


def open_reference(page: Page, customer_id: int) -> UUID | None:
    """Return the reference under which the open form saves, None when no form is open.

    It is derived for one user and customer: a colleague who is sent the address records a visit of their own.
    """
    try:
        form = UUID(st.query_params.get(PARAMETER, ""))
    except ValueError:
        return None
    return uuid5(form, f"{page.user.id}.{customer_id}")


def draw_form(page: Page, customer: CustomerDetails, client_ref: UUID) -> None:
    """Draw the form and save when asked to."""
    _ = page.text.gettext
    st.session_state.setdefault(_OUTCOME, Outcome.MET)
    st.session_state.setdefault(_LIKELIHOOD, customer.likelihood if customer.likelihood in _OFFERED else None)
    st.pills(
        _("What came of it"),
        list(words.OUTCOMES),
        format_func=lambda o: f"{words.OUTCOME_ICONS[o]} {_(words.OUTCOMES[o])}",
        key=_OUTCOME,
        required=True,
        on_change=_follow_outcome,
        args=(customer.likelihood,),
    )
    st.segmented_control(
        _("Likelihood (now {current})").format(current=_(words.LIKELIHOODS_SHORT[customer.likelihood])),
        _OFFERED,
        format_func=lambda k: _(words.LIKELIHOODS_SHORT[k]),
        key=_LIKELIHOOD,
        on_change="ignore",
        width="stretch",
    )
    chosen = st.pills(_("Next date"), list(Next), format_func=lambda n: _(_NEXT_NAMES[n]), key=_NEXT)
    if chosen is Next.DAY:
        st.date_input(_("Next date"), value=None, min_value=page.today, key=_NEXT_DAY, label_visibility="collapsed", format="YYYY/MM/DD")
    page.show_problem("next_on")
    st.text_area(_("Note"), key=_NOTE, height=68, placeholder=_("Optional"), on_change="ignore")
    page.show_problem("note")
    page.show_problem("visited_at")
    page.show_problem()
    with st.container(key="visit_buttons", horizontal=True, wrap=False):
        st.button(_("Cancel"), key="cancel_visit", on_click=close_form)
        if st.button(_("Save"), key="save_visit", type="primary", width="stretch"):
            _save(page, customer, client_ref)


def _save(page: Page, customer: CustomerDetails, client_ref: UUID) -> None:
    state = st.session_state
    with page.saving() as session:
        visit = record_visit(
            session,
            page.user,
            customer_id=customer.id,
            visited_at=page.now,
            outcome=state[_OUTCOME],
            likelihood=state[_LIKELIHOOD],
            next_on=_next_on(page),
            note=state.get(_NOTE) or "",
            client_ref=client_ref,
            now=page.now,
            zone=page.zone,
        )
    st.query_params.pop(PARAMETER, None)
    state[_UNDO] = {"visit_id": visit.id, "name": customer.name, "until": page.now.timestamp() + UNDO_SHOWN_S}
    st.rerun()


def draw_undo(page: Page) -> None:
    """Confirm the visit saved last, with the way back; it fades by itself."""
    undo = st.session_state.get(_UNDO)
    if undo is None or page.now.timestamp() > undo["until"]:
        return
    _ = page.text.gettext
    with st.container(key=f"undo_bar_{undo['visit_id']}", horizontal=True, wrap=False, vertical_alignment="center"):
        st.markdown(_("Visit recorded: {name}").format(name=plain(undo["name"])), wrap=False)
        if st.button(_("Undo"), key="undo_visit", type="tertiary"):
            st.session_state.pop(_UNDO)
            with page.saving() as session:
                undo_visit(session, page.user, visit_id=undo["visit_id"], now=page.now)
            page.toast(_("The visit was taken back."))
            st.rerun()


def _next_on(page: Page) -> date | None:
    chosen = st.session_state.get(_NEXT)
    if chosen is Next.DAY:
        picked = st.session_state.get(_NEXT_DAY)
        return picked if isinstance(picked, date) else None
    offered = {Next.TOMORROW: follow_up.tomorrow, Next.WEEK: follow_up.in_a_week, Next.MONTH: follow_up.in_a_month}
    return offered[chosen](page.today) if chosen in offered else None


def _follow_outcome(current: Likelihood) -> None:
    suggested = follow_up.suggested_likelihood(st.session_state[_OUTCOME], current)
    st.session_state[_LIKELIHOOD] = suggested if suggested in _OFFERED else None
