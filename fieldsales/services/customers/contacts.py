"""The people at a customer: added, changed, put in order, removed; each time kept in the customer's history."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from fieldsales.db.models import Attachment, Contact, Customer, User
from fieldsales.domain.audit import AuditAction
from fieldsales.domain.matching import search_text, with_people
from fieldsales.domain.words import ChangeCause
from fieldsales.errors import N_, BadEmail, Conflict, FixTheInput, NotFound, TextTooLong
from fieldsales.services import audit
from fieldsales.services.access import find_customer
from fieldsales.services.customers.customer_input import is_email
from fieldsales.services.customers.customers import change_of, open_for_change

LIMITS = {"name": 200, "name_kana": 200, "role": 200, "phone": 100, "mobile": 100, "email": 320, "note": 10_000}
MAX_CONTACTS = 200
KEY = "contacts"  # under which a customer's history keeps them
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
Kept = list[dict[str, Any]]


class MissingContactName(FixTheInput):
    code = "missing_contact_name"
    message = N_("A contact needs a name.")
    field = "contact.name"


class TooManyContacts(FixTheInput):
    code = "too_many_contacts"
    message = N_("At most {limit} contacts for one customer.")
    field = "contact.name"


class ContactNotFound(NotFound):
    code = "contact_not_found"
    message = N_("This contact is not there any more.")


class ContactChanged(Conflict):
    """`current` is the contact as it is stored now."""

    code = "contact_changed"
    message = N_("Somebody changed this contact in the meantime. Compare both versions and save what is right.")

    def __init__(self, *, current: ContactInput) -> None:
        self.current = current
        super().__init__()


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactInput:
    """What a person may say of a contact."""

    name: str
    name_kana: str = ""
    role: str = ""
    phone: str = ""
    mobile: str = ""
    email: str = ""
    note: str = ""


WORDS = tuple(f.name for f in fields(ContactInput))


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactRow(ContactInput):
    """One contact to draw."""

    id: int

    def said(self) -> ContactInput:
        """Return what is said of the contact, without its number."""
        return ContactInput(**{name: getattr(self, name) for name in WORDS})


def list_contacts(session: Session, actor: User, *, customer_id: int) -> tuple[ContactRow, ...]:
    """Return the people at a customer in their order.

    Raises:
        CustomerNotFound.
    """
    find_customer(session, actor, customer_id)
    return contacts_of(session, customer_id)


def contacts_of(session: Session, customer_id: int) -> tuple[ContactRow, ...]:
    """Return the people at a customer that the caller has made sure the actor may see."""
    return tuple(_row(contact) for contact in _stored(session, customer_id))


def add_contact(
    session: Session, actor: User, *, customer_id: int, contact: ContactInput, client_ref: UUID | None = None, now: datetime
) -> Contact:
    """Add a contact behind the others; sent twice under one `client_ref`, or with all the same words, it is added once.

    Raises:
        CustomerNotFound, MissingContactName, TextTooLong, BadEmail, TooManyContacts: `field` is `contact.` and the name.
    """
    said = prepare_contact(contact)
    customer = open_for_change(session, actor, customer_id)
    stored = _stored(session, customer.id)
    same = next((c for c in stored if _row(c).said() == said or (client_ref is not None and c.client_ref == client_ref)), None)
    if same is not None:
        return same
    if len(stored) >= MAX_CONTACTS:
        raise TooManyContacts(limit=MAX_CONTACTS)
    added = Contact(customer_id=customer.id, client_ref=client_ref, position=len(stored), **asdict(said))
    _change(session, actor, customer, stored, lambda: session.add(added), now=now)
    return added


def update_contact(
    session: Session, actor: User, *, contact_id: int, contact: ContactInput, known: ContactInput, now: datetime
) -> int | None:
    """Change a contact that somebody saw as `known`; return the change to undo it by, None when nothing changed.

    Raises:
        ContactNotFound, ContactChanged (it is not as `known` any more), the errors of `add_contact`.
    """
    said = prepare_contact(contact)
    customer, stored, changed = _open(session, actor, contact_id)
    current = _row(changed).said()
    if current == said:
        return None
    if current != known:
        raise ContactChanged(current=current)

    def write() -> None:
        for name, value in asdict(said).items():
            setattr(changed, name, value)

    return _change(session, actor, customer, stored, write, now=now)


def remove_contact(session: Session, actor: User, *, contact_id: int, now: datetime) -> int | None:
    """Remove a contact; return the change to undo it by.

    Raises:
        ContactNotFound.
    """
    customer, stored, removed = _open(session, actor, contact_id)
    name, details = customer.name, {"contact": removed.name}
    action, customer_id = AuditAction.CONTACT_DELETED, customer.id
    audit.record(session, actor, action, subject_kind="customer", subject_id=customer_id, subject=name, details=details, now=now)
    return _change(session, actor, customer, stored, lambda: session.delete(removed), now=now)


def move_contact(session: Session, actor: User, *, contact_id: int, up: bool, now: datetime) -> int | None:
    """Exchange a contact with its neighbour; return the change, None at the end of the order.

    Raises:
        ContactNotFound.
    """
    customer, stored, moved = _open(session, actor, contact_id)
    place = stored.index(moved)
    other = place - 1 if up else place + 1
    if not 0 <= other < len(stored):
        return None
    order = [contact.id for contact in stored]
    order[place], order[other] = order[other], order[place]
    return _change(session, actor, customer, stored, lambda: _put_in_order(stored, order), now=now)


def prepare_contact(contact: ContactInput) -> ContactInput:
    """Return what is said of a contact, trimmed and checked.

    Raises:
        MissingContactName, TextTooLong, BadEmail.
    """
    said = {name: _CONTROL.sub("", getattr(contact, name)).strip() for name in WORDS}
    for name, limit in LIMITS.items():
        if len(said[name]) > limit:
            raise TextTooLong(field=f"contact.{name}", limit=limit)
    if not said["name"]:
        raise MissingContactName()
    if said["email"] and not is_email(said["email"]):
        raise BadEmail(field="contact.email", value=said["email"][:50])
    return ContactInput(**said)


def restore_contacts(
    session: Session, customer: Customer, *, before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]
) -> tuple[Kept, Kept]:
    """Take back what one change made of a customer's contacts and leave what others did since; return all before and after.

    A removed contact comes back under its number when that is still free.
    """
    stored = _stored(session, customer.id)
    kept = _kept(session, stored)
    was, became = ({entry["id"]: entry for entry in side} for side in (before, after))
    by_id = {contact.id: contact for contact in stored}
    for contact_id in became.keys() - was.keys() & by_id.keys():
        session.delete(by_id[contact_id])
    for contact_id, entry in was.items():
        known = by_id.get(contact_id)
        if known is not None:
            for name in WORDS:
                if entry.get(name, "") != became.get(contact_id, {}).get(name, ""):
                    setattr(known, name, entry.get(name, ""))
        elif contact_id not in became:
            _bring_back(session, customer.id, entry, position=len(stored))
    session.flush()
    stored = _stored(session, customer.id)
    if [i for i in was if i in became] != [i for i in became if i in was] or was.keys() - became.keys():
        _put_in_order(stored, list(was))
    refresh_search_text(session, customer.id)
    return kept, _kept(session, _stored(session, customer.id))


def refresh_search_text(session: Session, customer_id: int) -> None:
    """Make a customer be found by the names, readings and numbers of the people there now.

    Plain UPDATE: who is editing the customer's card need not hear of a conflict because a contact was added.
    """
    session.flush()
    own = session.scalar(select(Customer.search_text).where(Customer.id == customer_id)) or ""
    people = [word for c in _stored(session, customer_id) for word in (c.name, c.name_kana, c.phone, c.mobile, c.email)]
    session.execute(
        update(Customer).where(Customer.id == customer_id).values(search_text=with_people(own, search_text(*people))),
        execution_options={"synchronize_session": False},
    )


def _change(
    session: Session, actor: User, customer: Customer, stored: Sequence[Contact], write: Callable[[], None], *, now: datetime
) -> int | None:
    """Carry out `write` and keep the contacts before and after it; return the number of the change."""
    before = _kept(session, stored)
    write()
    session.flush()
    after = _kept(session, _stored(session, customer.id))
    if before == after:
        return None
    change = change_of(actor, customer.id, ChangeCause.EDIT, {KEY: (before, after)}, now=now)
    session.add(change)
    refresh_search_text(session, customer.id)
    moment = update(Customer).where(Customer.id == customer.id).values(changed_at=now)
    session.execute(moment, execution_options={"synchronize_session": False})
    session.refresh(customer, ["search_text", "changed_at"])
    return change.id


def _open(session: Session, actor: User, contact_id: int) -> tuple[Customer, list[Contact], Contact]:
    """Return the contact with all of its customer, locked.

    Raises:
        ContactNotFound: it does not exist, or belongs to a customer whom `actor` may not see.
    """
    customer_id = session.scalar(select(Contact.customer_id).where(Contact.id == contact_id))
    if customer_id is None:
        raise ContactNotFound()
    try:
        customer = open_for_change(session, actor, customer_id)
    except NotFound:
        raise ContactNotFound() from None
    stored = _stored(session, customer.id)
    wanted = next((contact for contact in stored if contact.id == contact_id), None)
    if wanted is None:
        raise ContactNotFound()
    return customer, stored, wanted


def _stored(session: Session, customer_id: int) -> list[Contact]:
    query = select(Contact).where(Contact.customer_id == customer_id).order_by(Contact.position, Contact.id)
    return list(session.scalars(query.execution_options(populate_existing=True)))


def _put_in_order(stored: Sequence[Contact], order: Sequence[int]) -> None:
    """Give places by `order`; contacts that it does not name follow behind."""
    places = {contact_id: place for place, contact_id in enumerate(order)}
    for position, contact in enumerate(sorted(stored, key=lambda c: places.get(c.id, len(places) + c.position))):
        contact.position = position


def _bring_back(session: Session, customer_id: int, entry: Mapping[str, Any], *, position: int) -> None:
    said = {name: entry.get(name, "") for name in WORDS}
    free = session.get(Contact, entry["id"]) is None
    ref = UUID(entry["client_ref"]) if "client_ref" in entry else None
    if ref is not None and session.scalar(select(Contact.id).where(Contact.client_ref == ref)) is not None:
        ref = None
    contact = Contact(id=entry["id"] if free else None, client_ref=ref, customer_id=customer_id, position=position, **said)
    session.add(contact)
    session.flush()
    lost = Attachment.id.in_(entry.get("files", ())), Attachment.customer_id == customer_id, Attachment.contact_id.is_(None)
    session.execute(update(Attachment).where(*lost).values(contact_id=contact.id))


def _kept(session: Session, stored: Sequence[Contact]) -> Kept:
    """Return contacts as the history keeps them: what they say, and by what their files and their business card lead back."""
    kept: dict[int, dict[str, Any]] = {c.id: {"id": c.id} | {name: value for name in WORDS if (value := getattr(c, name))} for c in stored}
    for contact in stored:
        if contact.client_ref is not None:
            kept[contact.id]["client_ref"] = str(contact.client_ref)
    files = select(Attachment.contact_id, Attachment.id).where(Attachment.contact_id.in_(list(kept))).order_by(Attachment.id)
    for contact_id, file_id in session.execute(files) if kept else ():
        kept[contact_id or 0].setdefault("files", []).append(file_id)
    return list(kept.values())


def _row(contact: Contact) -> ContactRow:
    return ContactRow(id=contact.id, **{name: getattr(contact, name) for name in WORDS})
