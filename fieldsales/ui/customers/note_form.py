"""Writing a note on a customer, or correcting one; what is typed stays on the device until it is saved."""

from __future__ import annotations

from uuid import UUID, uuid5

import streamlit as st

from fieldsales.services.customers import notes
from fieldsales.services.customers.customer_search import CustomerDetails
from fieldsales.services.customers.notes import MAX_NOTE, NoteChanged, NoteRow
from fieldsales.ui.components.note_field import draw_note_field, forget_copy, typed_note
from fieldsales.ui.customers import record_state
from fieldsales.ui.customers.record_state import Opened
from fieldsales.ui.customers.record_undo import offer_undo
from fieldsales.ui.format import safe_lines
from fieldsales.ui.page import Page
from fieldsales.ui.visits.visit_fields import note_words

FIELD = "note_text_field"
_BEGAN, _VERSION = "record_note_began", "record_note_version"


def draw_note_form(page: Page, customer: CustomerDetails, opened: Opened) -> None:
    """Draw the form and save when asked to."""
    _ = page.text.gettext
    note = _read(page, opened)
    stored = (note.text, note.version) if note else ("", 0)
    version = record_state.fill(page, opened, {_BEGAN: stored[0], _VERSION: stored[1]}, version=stored[1])
    copy_ref = _copy_reference(page, customer, opened)
    locked = note is not None and not note.may_change
    if note is not None and locked:
        st.html(f'<div class="fs-stored">{safe_lines(note.text)}</div>')
    else:
        words = note_words(page, stored="")
        draw_note_field(words, client_ref=copy_ref, text=st.session_state[_BEGAN], limit=MAX_NOTE, key=FIELD, local=True)
    page.show_problem("note_text")
    if isinstance(page.problem, NoteChanged):
        st.html(f'<div class="fs-stored">{safe_lines(page.problem.current)}</div>')
    page.show_problem()
    with st.container(key="record_buttons", horizontal=True, wrap=False, gap="xsmall"):
        may_delete = note is not None and note.may_delete
        deleting = may_delete and st.button(_("Delete"), key="record_delete", icon=":material/delete:", type="tertiary")
        st.button(_("Cancel"), key="record_cancel", on_click=record_state.close)
        saving = not locked and st.button(_("Save"), key="record_save", type="primary", width="stretch")
    if saving:
        _save(page, customer, opened, copy_ref, note, version)
    if deleting and note is not None:
        _delete(page, note)


def _read(page: Page, opened: Opened) -> NoteRow | None:
    if opened.record_id is None:
        return None
    with page.database.read() as session:
        return notes.read_note(session, page.user, note_id=opened.record_id)


def _copy_reference(page: Page, customer: CustomerDetails, opened: Opened) -> UUID:
    """Return the name under which the device keeps what is typed.

    It is the same each time until the note is saved: who closes the form without saving finds the text again.
    """
    if opened.record_id is not None:
        return uuid5(UUID(int=page.user.id), f"note.{opened.record_id}.{st.session_state[_VERSION]}")
    with page.database.read() as session:
        written = notes.count_own_notes(session, page.user, customer_id=customer.id)
    return uuid5(UUID(int=page.user.id), f"new.{customer.id}.{written}")


def _save(page: Page, customer: CustomerDetails, opened: Opened, copy_ref: UUID, before: NoteRow | None, version: int) -> None:
    _ = page.text.gettext
    typed = typed_note(FIELD, client_ref=copy_ref)
    text = typed.text if typed is not None else st.session_state[_BEGAN]
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
    forget_copy(copy_ref)
    record_state.close()
    st.rerun()


def _delete(page: Page, note: NoteRow) -> None:
    with page.saving() as session:
        notes.delete_note(session, page.user, note_id=note.id, now=page.now)
    offer_undo(page, page.text.gettext("Note deleted."), lambda s, p: notes.restore_note(s, p.user, note_id=note.id))
    record_state.close()
    st.rerun()
