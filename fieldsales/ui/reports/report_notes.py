"""The two texts of a report as they are written: the author's comment with 提出, and what is said about it afterwards.

Each runs as a fragment: typing stores the text and redraws the field alone, not the report above it.
"""

from __future__ import annotations

from collections.abc import Callable
from uuid import NAMESPACE_URL, UUID, uuid5

import streamlit as st

from fieldsales.db.database import Session
from fieldsales.errors import TextTooLong
from fieldsales.services.reports.report_comments import MAX_COMMENT, add_comment, find_answer, save_answer
from fieldsales.services.reports.reports import ReportView, read_comment, save_comment, submit_report, withdraw_report
from fieldsales.ui.components.note_field import NoteWords, draw_note_field, typed_note
from fieldsales.ui.format import safe, safe_lines
from fieldsales.ui.page import Page, open_page, saying_what_broke
from fieldsales.ui.reports.report_review_view import draw_review

COMMENT, ANSWER = "report_comment", "report_answer"
_SEEN, _SHOWN, _WITHDRAW = "_report_seen_", "_report_shown_", "_report_withdraw"
Keep = Callable[[Session, str, str], object]


def comment_reference(view: ReportView) -> UUID:
    """Return under which reference the comment of a report is typed: the same on every device of its author."""
    return uuid5(NAMESPACE_URL, f"report/{view.user_id}/{view.facts.period.value}/{view.facts.starts_on.isoformat()}")


def draw_comment(page: Page, view: ReportView) -> None:
    """Draw the comment: a field with 提出 for the author of an unsubmitted report, the text for everybody once it is."""
    _ = page.text.gettext
    if view.own and view.submitted_at is None:
        _draw_writing(view)
    elif view.comment.strip():
        title = f'<h3 class="fs-section">{safe(_("Comment"))}</h3>'
        st.html(f'{title}<div class="fs-memo">{safe_lines(view.comment.strip())}</div>')


@st.fragment
def _draw_writing(view: ReportView) -> None:
    with saying_what_broke():
        page = open_page()
        _ = page.text.gettext
        period, starts_on, zone = view.facts.period, view.facts.starts_on, page.runtime.settings.zone
        reference = comment_reference(view)

        def keep(session: Session, text: str, base: str) -> object:
            return save_comment(session, page.user, period=period, starts_on=starts_on, comment=text, base=base, zone=zone, now=page.now)

        _take_typed(page, COMMENT, reference, keep)
        with page.database.read() as session:
            stored = read_comment(session, page.user, period=period, starts_on=starts_on)
        if stored is None:
            st.rerun()  # submitted on another device a moment ago
        _draw_field(page, COMMENT, reference, stored, _("Comment"), _("What went well, what is next, what you need"))
        page.show_problem()
        if st.button(_("Submit"), key="report_submit", type="primary", icon=":material/send:", width="stretch"):
            with page.saving() as session:
                _require_fit(COMMENT, reference)
                submit_report(session, page.user, period=period, starts_on=starts_on, zone=zone, now=page.now)
            page.toast(_("Report submitted."))
            st.rerun()


def draw_talk(page: Page, view: ReportView) -> None:
    """Draw what has been said about a submitted report, and the field to say more."""
    _ = page.text.gettext
    if view.submitted_at is None or view.id is None or view.answer is None:
        return
    _take_late_comment(page, view)
    with st.container(key="report_talk", gap="small"):
        if view.comments:
            said = "".join(
                f'<li class="{"fs-own" if c.own else "fs-other"}"><div class="fs-quiet">{safe(c.who)} · '
                f"{safe(page.text.moment(c.sent_at, zone=page.zone))}</div>{safe_lines(c.text)}</li>"
                for c in view.comments
            )
            st.html(f'<h3 class="fs-section">{safe(_("Replies"))}</h3><ul class="fs-report-talk">{said}</ul>')
        _draw_answering(view)
        draw_review(page, view)
        if view.may_withdraw:
            st.button(_("Withdraw"), key="report_withdraw", type="tertiary", icon=":material/undo:", on_click=_ask_withdraw)
            if st.session_state.pop(_WITHDRAW, False):
                with page.saving() as session:
                    withdraw_report(session, page.user, period=view.facts.period, starts_on=view.facts.starts_on)
                page.toast(_("The report is yours again. Submit it when it is ready."))
                st.rerun()


def _ask_withdraw() -> None:
    st.session_state[_WITHDRAW] = True


def _take_late_comment(page: Page, view: ReportView) -> None:
    """Turn what was still being typed here, when another device submitted the report, into an answer to be sent."""
    typed = typed_note(COMMENT, client_ref=comment_reference(view)) if view.own else None
    if typed is None or view.id is None or view.answer is None or st.session_state.get(_SEEN + COMMENT) == typed.n:
        return
    st.session_state[_SEEN + COMMENT] = typed.n
    if typed.text.strip() and typed.text.strip() not in view.comment:
        with page.saving() as session:
            save_answer(session, page.user, report_id=view.id, text=typed.text, client_ref=view.answer.client_ref, base="", now=page.now)
        page.toast(page.text.gettext("This report was submitted on another device. What you wrote stands below, to be sent as a reply."))
        st.rerun()


@st.fragment
def _draw_answering(view: ReportView) -> None:
    with saying_what_broke():
        page = open_page()
        _ = page.text.gettext
        report_id, answer = view.id, view.answer
        if report_id is None or answer is None:
            return

        def keep(session: Session, text: str, base: str) -> object:
            return save_answer(session, page.user, report_id=report_id, text=text, client_ref=answer.client_ref, base=base, now=page.now)

        _take_typed(page, ANSWER, answer.client_ref, keep)
        with page.database.read() as session:
            stored = find_answer(session, page.user, report_id=report_id)
        if stored.client_ref != answer.client_ref:
            st.rerun()  # sent from another device a moment ago
        label = _("Reply") if view.own else _("Comment on this report")
        _draw_field(page, ANSWER, answer.client_ref, stored.text, label, _("Optional"))
        page.show_problem("report_answer")
        if st.button(_("Send"), key="report_send", type="secondary", icon=":material/send:", width="stretch"):
            with page.saving() as session:
                _require_fit(ANSWER, answer.client_ref)
                text, reference = stored.text, answer.client_ref
                add_comment(session, page.user, report_id=report_id, text=text, base=text, client_ref=reference, now=page.now)
            page.toast(_("Sent."))
            st.rerun()


def _take_typed(page: Page, key: str, reference: UUID, keep: Keep) -> None:
    """Store what was typed since the last run."""
    typed = typed_note(key, client_ref=reference)
    if typed is None or typed.n == st.session_state.get(_SEEN + key):
        return
    # First of all: a text that cannot be stored now is sent again by the field, not by run after run.
    st.session_state[_SEEN + key] = typed.n
    with page.saving() as session:
        keep(session, typed.text, st.session_state.get(_SHOWN + str(reference), ""))


def _require_fit(key: str, reference: UUID) -> None:
    """Refuse to send anything while the text in the field is longer than fits: what is stored is not what stands there.

    Raises:
        TextTooLong.
    """
    typed = typed_note(key, client_ref=reference)
    if typed is not None and len(typed.text) > MAX_COMMENT:
        raise TextTooLong(field=key, limit=MAX_COMMENT)


def _draw_field(page: Page, key: str, reference: UUID, stored: str, label: str, placeholder: str) -> None:
    _ = page.text.gettext
    st.session_state[_SHOWN + str(reference)] = stored
    too_long = _("At most {limit} characters: there are {count}. Please shorten the text.")
    words = NoteWords(
        label=label,
        placeholder=placeholder,
        stored=_("Kept as a draft"),
        waiting=_("Kept on this device, not on the server yet"),
        too_long=too_long.format(limit=page.text.number(MAX_COMMENT), count="{count}"),
    )
    draw_note_field(words, client_ref=reference, text=stored, limit=MAX_COMMENT, key=key)
    page.show_problem(key)
