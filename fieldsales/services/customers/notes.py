"""Notes on customers: written, corrected, taken away and brought back; who writes last does not win unseen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fieldsales.db.models import Customer, Note, User
from fieldsales.domain.audit import AuditAction
from fieldsales.errors import N_, Conflict, FixTheInput, NotFound
from fieldsales.services.access import visible_to
from fieldsales.services.customers.records import (
    bring_back,
    clean_text,
    find_record,
    find_recorded,
    may_change,
    may_delete,
    note_deletion,
    open_customer,
    record_once,
    require_change,
    take_away,
)

MAX_NOTE = 100_000


class EmptyNote(FixTheInput):
    code = "empty_note"
    message = N_("A note needs some text.")
    field = "note_text"


class NoteChanged(Conflict):
    """`current` is the text stored now, `version` the one to save over it."""

    code = "note_changed"
    message = N_("This note was changed in the meantime. Compare both versions and save again.")
    field = "note_text"

    def __init__(self, *, current: str, version: int) -> None:
        self.current = current
        self.version = version
        super().__init__()


@dataclass(frozen=True, slots=True)
class NoteRow:
    """A note to draw."""

    id: int
    version: int
    customer_id: int
    text: str
    user_id: int
    edited_at: datetime | None
    may_change: bool
    may_delete: bool


def add_note(session: Session, actor: User, *, customer_id: int, text: str, client_ref: UUID, now: datetime) -> Note:
    """Write a note; the same `client_ref` twice writes it once.

    Raises:
        CustomerNotFound, EmptyNote, TextTooLong.
    """
    text = _clean(text)
    customer = open_customer(session, actor, customer_id)
    known = find_recorded(session, Note, client_ref, actor.id)
    if known is not None:
        return known
    note = Note(client_ref=client_ref, customer_id=customer.id, user_id=actor.id, text=text, created_at=now)
    return record_once(session, note, actor.id)


def edit_note(session: Session, actor: User, *, note_id: int, version: int, text: str, now: datetime) -> Note:
    """Save another text in the place of the one read at `version`.

    Raises:
        NotFound, NotAllowed, EmptyNote, TextTooLong. NoteChanged: somebody saved since; carries the stored text.
    """
    text = _clean(text)
    note = find_record(session, actor, Note, note_id)
    require_change(actor, note.user_id)
    if note.deleted_at is not None:
        raise NotFound()
    if note.text == text:
        return note
    if note.version != version:
        raise NoteChanged(current=note.text, version=note.version)
    note.text, note.edited_at = text, now
    session.flush()
    return note


def delete_note(session: Session, actor: User, *, note_id: int, now: datetime) -> None:
    """Take a note away; `restore_note` brings it back.

    Raises:
        NotFound. NotAllowed: somebody else's, and the actor does not hold the right to delete.
    """
    note = take_away(session, actor, Note, note_id, now=now)
    if note is not None:
        note_deletion(session, actor, AuditAction.NOTE_DELETED, note, now=now)


def restore_note(session: Session, actor: User, *, note_id: int) -> None:
    """Bring a note back that was taken away.

    Raises:
        NotFound, NotAllowed.
    """
    bring_back(session, actor, Note, note_id)


def read_note(session: Session, actor: User, *, note_id: int) -> NoteRow:
    """Return a note of a customer that `actor` may see.

    Raises:
        NotFound: there is none, or it was taken away.
    """
    query = select(Note).join(Customer, Note.customer_id == Customer.id).where(Note.id == note_id, visible_to(actor))
    note = session.scalar(query.where(Note.deleted_at.is_(None)))
    if note is None:
        raise NotFound()
    return note_row(note, actor)


def count_own_notes(session: Session, actor: User, *, customer_id: int) -> int:
    """Return how many notes `actor` has written on a customer, those taken away included: it rises with each one."""
    mine = select(func.count(Note.id)).where(Note.customer_id == customer_id, Note.user_id == actor.id)
    return session.scalar(mine) or 0


def note_row(note: Note, actor: User) -> NoteRow:
    """Return a note as it is drawn for `actor`."""
    rights = may_change(actor, note.user_id), may_delete(actor, note.user_id)
    return NoteRow(note.id, note.version, note.customer_id, note.text, note.user_id, note.edited_at, *rights)


def _clean(text: str) -> str:
    text = clean_text(text, field="note_text", limit=MAX_NOTE)
    if not text:
        raise EmptyNote()
    return text
