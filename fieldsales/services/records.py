"""What notes, purchases, requests and files have in common: whose they are, which customer they belong to, their text."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from fieldsales.db.models import Attachment, Customer, CustomerRequest, Note, Purchase, User
from fieldsales.domain.words import Role
from fieldsales.errors import CustomerNotFound, NotAllowed, NotFound, TextTooLong
from fieldsales.services.access import require_active, visible_to
from fieldsales.services.customers import open_for_change

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
Deletable = TypeVar("Deletable", Note, Purchase)
Record = TypeVar("Record", Note, Purchase, CustomerRequest, Attachment)


def open_customer(session: Session, actor: User, customer_id: int) -> Customer:
    """Return the customer that a new record is for, locked; one merged meanwhile is followed to the one that was kept.

    Raises:
        CustomerNotFound: it does not exist or `actor` may not see it.
    """
    require_active(actor)
    return open_for_change(session, actor, customer_id)


def find_recorded(session: Session, model: type[Record], client_ref: UUID, author_id: int) -> Record | None:
    """Return what was recorded under this reference already.

    Raises:
        CustomerNotFound: somebody else used the reference; nothing is revealed.
    """
    found = session.scalar(select(model).where(model.client_ref == client_ref))
    if found is None:
        return None
    owner_id = found.opened_by_id if isinstance(found, CustomerRequest) else found.user_id
    if owner_id != author_id:
        raise CustomerNotFound()
    return found


def record_once(session: Session, record: Record, author_id: int) -> Record:
    """Add `record`, or return what another tap recorded under the same reference a moment before."""
    try:
        with session.begin_nested():
            session.add(record)
    except IntegrityError:
        known = find_recorded(session, type(record), record.client_ref, author_id)
        if known is None:
            raise
        return known
    return record


def find_record(session: Session, actor: User, model: type[Record], record_id: int) -> Record:
    """Return a record of a customer that `actor` may see, deleted ones included, locked until the transaction ends.

    Raises:
        NotFound.
    """
    require_active(actor)
    query = select(model).join(Customer, model.customer_id == Customer.id).where(model.id == record_id, visible_to(actor))
    found = session.scalar(query.with_for_update(of=model).execution_options(populate_existing=True))
    if found is None:
        raise NotFound()
    return found


def may_change(actor: User, author_id: int) -> bool:
    """True when `actor` may edit or delete what `author_id` recorded: their own, and all they see for managers and admins."""
    return actor.disabled_at is None and (actor.id == author_id or actor.role is not Role.REP)


def require_change(actor: User, author_id: int) -> None:
    """Raise NotAllowed unless `may_change`."""
    if not may_change(actor, author_id):
        raise NotAllowed()


def set_deleted(session: Session, actor: User, model: type[Deletable], record_id: int, *, at: datetime | None) -> None:
    """Take a record away at a moment (the first one counts), or bring it back with None.

    Raises:
        NotFound, NotAllowed.
    """
    record = find_record(session, actor, model, record_id)
    require_change(actor, record.user_id)
    record.deleted_at = at and (record.deleted_at or at)
    session.flush()


def clean_text(text: str, *, field: str, limit: int) -> str:
    """Return `text` trimmed and without control characters.

    Raises:
        TextTooLong: naming the field.
    """
    clean = _CONTROL.sub("", text).strip()
    if len(clean) > limit:
        raise TextTooLong(field=field, limit=limit)
    return clean
