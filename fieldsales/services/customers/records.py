"""What notes, purchases, requests and files have in common: whose they are, which customer they belong to, their text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from fieldsales.db.models import Attachment, Customer, CustomerRequest, Note, Purchase, User
from fieldsales.domain.audit import AuditAction
from fieldsales.domain.words import Role
from fieldsales.errors import CustomerNotFound, NotAllowed, NotFound, TextTooLong
from fieldsales.services import audit
from fieldsales.services.access import holds_delete, require_active, visible_to
from fieldsales.services.customers.customers import open_for_change

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
    if author_of(found) != author_id:
        raise CustomerNotFound()
    return found


def author_of(record: Note | Purchase | CustomerRequest | Attachment) -> int:
    """Return who recorded something."""
    return record.opened_by_id if isinstance(record, CustomerRequest) else record.user_id


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
    """True when `actor` may edit what `author_id` recorded: their own, and all they see for managers and admins."""
    return actor.disabled_at is None and (actor.id == author_id or actor.role is not Role.REP)


def require_change(actor: User, author_id: int) -> None:
    """Raise NotAllowed unless `may_change`."""
    if not may_change(actor, author_id):
        raise NotAllowed()


def may_delete(actor: User, author_id: int) -> bool:
    """True when `actor` may take away what `author_id` recorded: one's own slips, and with the right to delete all that one sees."""
    return actor.disabled_at is None and (actor.id == author_id or holds_delete(actor))


def require_may_delete(actor: User, author_id: int) -> None:
    """Raise NotAllowed unless `may_delete`."""
    if not may_delete(actor, author_id):
        raise NotAllowed()


def take_away(session: Session, actor: User, model: type[Deletable], record_id: int, *, now: datetime) -> Deletable | None:
    """Take a record away and return it; None when it had been taken away before.

    Raises:
        NotFound, NotAllowed.
    """
    record = find_record(session, actor, model, record_id)
    require_may_delete(actor, record.user_id)
    if record.deleted_at is not None:
        return None
    record.deleted_at = now
    session.flush()
    return record


def bring_back(session: Session, actor: User, model: type[Deletable], record_id: int) -> None:
    """Bring a record back that was taken away, by its author or who may change it.

    Raises:
        NotFound, NotAllowed.
    """
    record = find_record(session, actor, model, record_id)
    if not may_delete(actor, record.user_id):
        require_change(actor, record.user_id)
    record.deleted_at = None
    session.flush()


def note_deletion(
    session: Session,
    actor: User,
    action: AuditAction,
    record: Note | Purchase | CustomerRequest | Attachment,
    *,
    what: Mapping[str, object] | None = None,
    now: datetime,
) -> None:
    """Keep in the audit log that a record of a customer was taken away: which one and whose; never what people wrote in it."""
    customer_id = record.customer_id
    customer = session.execute(select(Customer.name).where(Customer.id == customer_id)).scalar_one_or_none()
    author = session.execute(select(User.name).where(User.id == author_of(record))).scalar_one_or_none()
    details = {"record": record.id, "recorded_by": author or ""} | dict(what or {})
    audit.record(session, actor, action, subject_kind="customer", subject_id=customer_id, subject=customer or "", details=details, now=now)


def clean_text(text: str, *, field: str, limit: int) -> str:
    """Return `text` trimmed and without control characters.

    Raises:
        TextTooLong: naming the field.
    """
    clean = _CONTROL.sub("", text).strip()
    if len(clean) > limit:
        raise TextTooLong(field=field, limit=limit)
    return clean
