"""Where a request or complaint stands, and the one step that comes next: answer, close, or take it up again."""

from __future__ import annotations

import html
from dataclasses import replace
from datetime import datetime

import streamlit as st

from fieldsales.domain.words import RequestStatus
from fieldsales.errors import N_
from fieldsales.services.customers import requests
from fieldsales.services.customers.request_rows import RequestRow
from fieldsales.services.customers.requests import RequestChanged
from fieldsales.ui.customers import record_state
from fieldsales.ui.customers.record_undo import offer_undo
from fieldsales.ui.format import safe, safe_lines
from fieldsales.ui.page import Page

STATUSES = {RequestStatus.OPEN: N_("To answer"), RequestStatus.ANSWERED: N_("Answered"), RequestStatus.CLOSED: N_("Closed")}
_ANSWER = "request_answer"


def draw_steps(page: Page, row: RequestRow, version: int) -> None:
    """Draw what was asked and answered so far, and the buttons of what may follow.

    `version` is what the reader saw first. When somebody else was faster, the next step is shown anew and nothing is
    done unseen; an answer that was being typed stays on the screen.
    """
    _ = page.text.gettext
    st.html(standing_html(page, row))
    if row.version != version and not isinstance(page.problem, RequestChanged):
        st.warning(_(RequestChanged.message))
    page.show_problem("record")
    page.show_problem()
    key = record_state.field_key(row.id, _ANSWER)
    typed = st.session_state.get(key)
    if row.status is RequestStatus.OPEN or (typed and typed != row.answer):
        st.session_state.setdefault(key, row.answer)
        st.text_area(_("Answer to the customer"), key=key, height=100, on_change="ignore", persist_state="page")
        page.show_problem("request_answer")
    row = replace(row, version=version)
    with st.container(key="record_buttons", horizontal=True, wrap=False, gap="xsmall"):
        st.button(_("Cancel"), key="record_cancel", on_click=record_state.close)
        if row.status is not RequestStatus.OPEN and st.button(_("Reopen"), key="request_reopen", icon=":material/undo:"):
            _reopen(page, row)
        if row.status is RequestStatus.OPEN and st.button(_("Close without an answer"), key="request_close"):
            _close(page, row)
        if row.status is RequestStatus.OPEN and st.button(_("Save the answer"), key="request_answer", type="primary", width="stretch"):
            _answer(page, row)
        if row.status is RequestStatus.ANSWERED and st.button(_("Close it"), key="request_close", type="primary", width="stretch"):
            _close(page, row)


def standing_html(page: Page, row: RequestRow) -> str:
    """Return what was asked, by when who answers, what was answered, and who did each step when."""
    _ = page.text.gettext
    facts = [(_("Opened"), _who_when(page, row.opened_by, row.opened_at))]
    if row.due_on is not None:
        day = html.escape(page.text.day(row.due_on, today=page.today))
        facts.append((_("Answer by"), f'<span class="fs-late">{day}</span>' if row.is_late(page.today) else day))
    if row.assigned_to:
        facts.append((_("Who answers"), safe(row.assigned_to)))
    if row.answered_at is not None:
        facts.append((_("Answered"), _who_when(page, row.answered_by, row.answered_at)))
    if row.closed_at is not None:
        facts.append((_("Closed"), _who_when(page, row.closed_by, row.closed_at)))
    rows = "".join(f"<dt>{html.escape(term)}</dt><dd>{value}</dd>" for term, value in facts)
    answer = f'<div class="fs-answer">{safe_lines(row.answer)}</div>' if row.answer and row.status is not RequestStatus.OPEN else ""
    return f'{status_html(page, row)}<div class="fs-asked">{safe_lines(row.text)}</div>{answer}<dl class="fs-facts">{rows}</dl>'


def status_html(page: Page, row: RequestRow) -> str:
    """Return how far it has come as a small label: words, and a colour that helps."""
    late = " fs-status-late" if row.is_late(page.today) else ""
    word = html.escape(page.text.gettext(STATUSES[row.status]))
    return f'<span class="fs-status fs-status-{row.status}{late}">{word}</span>'


def _who_when(page: Page, who: str, when: datetime) -> str:
    moment = html.escape(page.text.moment(when, zone=page.zone))
    return f"{safe(who)} · {moment}"


def _answer(page: Page, row: RequestRow) -> None:
    answer = st.session_state.get(record_state.field_key(row.id, _ANSWER)) or ""
    with page.saving() as session:
        done = requests.answer_request(session, page.user, request_id=row.id, version=row.version, answer=answer, now=page.now)
    _confirm(page, page.text.gettext("Answer saved."), row, done.version)


def _close(page: Page, row: RequestRow) -> None:
    with page.saving() as session:
        done = requests.close_request(session, page.user, request_id=row.id, version=row.version, now=page.now)
    _confirm(page, page.text.gettext("Closed."), row, done.version)


def _confirm(page: Page, sentence: str, row: RequestRow, version: int) -> None:
    offer_undo(page, sentence, lambda s, p: requests.reopen_request(s, p.user, request_id=row.id, version=version))
    record_state.close()
    st.rerun()


def _reopen(page: Page, row: RequestRow) -> None:
    with page.saving() as session:
        requests.reopen_request(session, page.user, request_id=row.id, version=row.version)
    page.toast(page.text.gettext("Opened again."))
    record_state.close()
    st.rerun()
