"""Writing a note on a customer, or correcting one."""

from __future__ import annotations

import streamlit as st

from fieldsales.services import notes
from fieldsales.services.customer_search import CustomerDetails
from fieldsales.services.notes import NoteChanged, NoteRow
from fieldsales.ui import record_state
from fieldsales.ui.format import safe_lines
from fieldsales.ui.page import Page
from fieldsales.ui.record_state import Opened
from fieldsales.ui.record_undo import offer_undo

_TEXT = "record_note_text"


def draw_note_form(page: Page, customer: CustomerDetails, opened: Opened) -> None:
    """Draw the form and save when asked to."""
    _ = page.text.gettext
    note = _read(page, opened)
    version = record_state.fill(page, opened, {_TEXT: note.text if note else ""}, version=note.version if note else 0)
    st.text_area(_("Note"), key=_TEXT, height=160, on_change="ignore", disabled=note is not None and not note.may_change)
    page.show_problem("note_text")
    if isinstance(page.problem, NoteChanged):
        st.html(f'<div class="fs-stored">{safe_lines(page.problem.current)}</div>')
    page.show_problem()
    with st.container(key="record_buttons", horizontal=True, wrap=False, gap="xsmall"):
        deleting = (
            note is not None and note.may_change and st.button(_("Delete"), key="record_delete", icon=":material/delete:", type="tertiary")
        )
        st.button(_("Cancel"), key="record_cancel", on_click=record_state.close)
        saving = st.button(_("Save"), key="record_save", type="primary", width="stretch", disabled=note is not None and not note.may_change)
    if saving:
        _save(page, customer, opened, note, version)
    if deleting and note is not None:
        _delete(page, note)


def _read(page: Page, opened: Opened) -> NoteRow | None:
    if opened.record_id is None:
        return None
    with page.database.read() as session:
        return notes.read_note(session, page.user, note_id=opened.record_id)


def _save(page: Page, customer: CustomerDetails, opened: Opened, before: NoteRow | None, version: int) -> None:
    _ = page.text.gettext
    text = st.session_state[_TEXT]
    with page.saving() as session:
        if before is None:
            ref = opened.client_ref(page, customer.id)
            note = notes.add_note(session, page.user, customer_id=customer.id, text=text, client_ref=ref, now=page.now)
        else:
            note = notes.edit_note(session, page.user, note_id=before.id, version=version, text=text, now=page.now)
    note_id, saved = note.id, note.version
    if before is None:
        offer_undo(page, _("Note saved."), lambda s, p: notes.delete_note(s, p.user, note_id=note_id, now=p.now))
    else:
        offer_undo(
            page,
            _("Note changed."),
            lambda s, p: notes.edit_note(s, p.user, note_id=note_id, version=saved, text=before.text, now=p.now),
        )
    record_state.close()
    st.rerun()


def _delete(page: Page, note: NoteRow) -> None:
    with page.saving() as session:
        notes.delete_note(session, page.user, note_id=note.id, now=page.now)
    offer_undo(page, page.text.gettext("Note deleted."), lambda s, p: notes.restore_note(s, p.user, note_id=note.id))
    record_state.close()
    st.rerun()
