"""From a business card to a contact: which known customer it may belong to, and everything saved at once and only once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from fieldsales.db.models import Contact, Customer, User
from fieldsales.domain.business_cards import BusinessCard
from fieldsales.domain.matching import MatchKeys, match_keys, phone_key
from fieldsales.domain.words import AttachmentKind, Kind
from fieldsales.errors import N_, EmptyFile, FileTooLarge, FixTheInput, NotACardFile, NotAPhoto
from fieldsales.services.access import find_customer, require_active, visible_customers
from fieldsales.services.customers.attachments import PreparedFile, prepare_file
from fieldsales.services.customers.contacts import ContactInput, add_contact
from fieldsales.services.customers.customer_input import CustomerInput
from fieldsales.services.customers.customers import create_customer, open_for_change
from fieldsales.services.ports import CardReader, PhotoMaker

MAX_PROPOSED = 5
MAX_FILE_MEGABYTES = 10  # with photos inside
_LOOKED_AT = 40


class CardWithoutCustomer(FixTheInput):
    code = "card_without_customer"
    message = N_("Say to which customer the card belongs, or enter a company for a new one.")
    field = "company"


class Clue(StrEnum):
    """Why a card may belong to a customer."""

    NAME = "name"
    PHONE = "phone"
    EMAIL = "email"
    DOMAIN = "domain"


_WEIGHTS = {Clue.NAME: 4, Clue.PHONE: 3, Clue.EMAIL: 3, Clue.DOMAIN: 2}


@dataclass(frozen=True, slots=True)
class CardReading:
    """What was handed over: cards to review, and the picture to keep with the contact if there is one.

    `printed` says that the words were read off the paper, not out of a code: every field wants a look.
    """

    cards: tuple[BusinessCard, ...]
    picture: PreparedFile | None = None
    printed: bool = False


@dataclass(frozen=True, slots=True)
class ProposedCustomer:
    """A customer that a card may belong to, and why."""

    id: int
    name: str
    address: str
    clues: tuple[Clue, ...]


@dataclass(frozen=True, slots=True)
class SavedCard:
    """Where a card went; `again` when it had been saved before under the same reference."""

    customer_id: int
    contact_id: int
    again: bool = False


def read_cards(reader: CardReader, photos: PhotoMaker, *, data: bytes, file_name: str) -> CardReading:
    """Return the cards in a file or on a picture; takes a second, so call it outside a transaction.

    Raises:
        EmptyFile, FileTooLarge, PhotoTooLarge, NotACardFile, and what the reader says of a card it cannot use.
    """
    if not data.strip():
        raise EmptyFile(name=file_name, field="card")
    if reader.holds_file(data):
        if len(data) > MAX_FILE_MEGABYTES * 1024**2:
            raise FileTooLarge(name=file_name, limit=MAX_FILE_MEGABYTES, field="card")
        return CardReading(reader.read_file(data))
    try:
        picture = prepare_file(photos, kind=AttachmentKind.CARD, data=data, file_name=file_name)
    except NotAPhoto:
        raise NotACardFile() from None
    cards, printed = reader.read_picture(picture.data, data)
    return CardReading(cards, picture, printed)


def propose_customers(session: Session, actor: User, *, card: BusinessCard) -> tuple[ProposedCustomer, ...]:
    """Return the customers visible to `actor` that a card may belong to, the likeliest first.

    By company name, by telephone number and mail address of the customer or of anybody there, and by the company's mail domain.
    """
    require_active(actor)
    keys = match_keys(card.company or card.name, "", "", card.email)
    numbers = {number for number in (phone_key(card.phone), phone_key(card.mobile)) if number}
    conditions = _conditions(card, keys, numbers)
    if not conditions:
        return ()
    found = session.scalars(visible_customers(actor).where(or_(*conditions)).order_by(Customer.id).limit(_LOOKED_AT)).all()
    people = _people(session, [customer.id for customer in found])
    proposed = [
        ProposedCustomer(customer.id, customer.name, customer.address, clues)
        for customer in found
        if (clues := _clues(customer, people.get(customer.id, []), card, keys, numbers))
    ]
    return tuple(sorted(proposed, key=lambda p: (-sum(_WEIGHTS[clue] for clue in p.clues), p.id))[:MAX_PROPOSED])


def save_card(
    session: Session,
    actor: User,
    *,
    card_ref: UUID,
    contact: ContactInput,
    customer_id: int | None = None,
    new_customer: CustomerInput | None = None,
    now: datetime,
) -> SavedCard:
    """Add the contact of a card to a known customer, or to a new one made of it; the same `card_ref` twice saves it once.

    Raises:
        CustomerNotFound, CardWithoutCustomer (neither a customer nor a name for one), the errors of `create_customer` and `add_contact`.
    """
    require_active(actor)
    known = _saved(session, actor, card_ref)
    if known is not None:
        return known
    try:
        with session.begin_nested():
            return _save(session, actor, card_ref, contact, customer_id, new_customer, now)
    except IntegrityError:
        # Two taps at once: the other one was first, and of this one nothing stays.
        known = _saved(session, actor, card_ref)
        if known is None:
            raise
        return known


def new_customer_of(card: BusinessCard) -> CustomerInput:
    """Return a new customer as a card describes it: the company, or a person who names none."""
    return CustomerInput(
        name=card.company or card.name,
        name_kana=card.company_kana if card.company else card.name_kana,
        kind=Kind.COMPANY if card.company else Kind.PERSON,
        postal_code=card.postal_code,
        address=card.address,
        phone=card.phone,
        email="" if card.company else card.email,
        contact_name=card.name if card.company else "",
    )


def contact_of(card: BusinessCard) -> ContactInput:
    """Return the person as a card describes them."""
    said = {name: getattr(card, name) for name in ("name", "name_kana", "role", "phone", "mobile", "email", "note")}
    return ContactInput(**said)


def _save(
    session: Session,
    actor: User,
    card_ref: UUID,
    contact: ContactInput,
    customer_id: int | None,
    new_customer: CustomerInput | None,
    now: datetime,
) -> SavedCard:
    if customer_id is not None:
        customer = open_for_change(session, actor, customer_id)
        known = _saved(session, actor, card_ref)  # a second tap waited for the lock
        if known is not None:
            return known
    elif new_customer is not None and new_customer.name.strip():
        customer = create_customer(session, actor, values=new_customer, now=now)
    else:
        raise CardWithoutCustomer()
    added = add_contact(session, actor, customer_id=customer.id, contact=contact, now=now)
    if added.client_ref is None:
        added.client_ref = card_ref
    session.flush()
    return SavedCard(customer.id, added.id)


def _saved(session: Session, actor: User, card_ref: UUID) -> SavedCard | None:
    """Return what was saved under this reference; a stranger's is none of the actor's business.

    Raises:
        CustomerNotFound.
    """
    contact = session.scalar(select(Contact).where(Contact.client_ref == card_ref))
    if contact is None:
        return None
    return SavedCard(find_customer(session, actor, contact.customer_id).id, contact.id, again=True)


def _conditions(card: BusinessCard, keys: MatchKeys, numbers: set[str]) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [Customer.name_key == keys.name_key] if keys.name_key else []
    if numbers:
        conditions.append(Customer.phone_key.in_(sorted(numbers)))
        conditions += [Customer.search_text.contains(number) for number in sorted(numbers)]
    if keys.email_key:
        at_work = f"@{card.mail_domain}" if card.mail_domain else keys.email_key
        there = func.lower(Contact.email).endswith(at_work, autoescape=True)
        conditions.append(Customer.email_key.endswith(at_work, autoescape=True))
        conditions.append(Customer.id.in_(select(Contact.customer_id).where(there)))
    return conditions


def _people(session: Session, customer_ids: Iterable[int]) -> dict[int, list[Contact]]:
    people: dict[int, list[Contact]] = {}
    for contact in session.scalars(select(Contact).where(Contact.customer_id.in_(list(customer_ids)))):
        people.setdefault(contact.customer_id, []).append(contact)
    return people


def _clues(customer: Customer, people: list[Contact], card: BusinessCard, keys: MatchKeys, numbers: set[str]) -> tuple[Clue, ...]:
    known = {customer.phone_key} | {phone_key(number) for person in people for number in (person.phone, person.mobile)}
    mails = {customer.email_key} | {person.email.strip().casefold() for person in people}
    found = {
        Clue.NAME: bool(keys.name_key) and customer.name_key == keys.name_key,
        Clue.PHONE: bool(numbers & known),
        Clue.EMAIL: bool(keys.email_key) and keys.email_key in mails,
        Clue.DOMAIN: bool(card.mail_domain) and any(mail.endswith(f"@{card.mail_domain}") for mail in mails),
    }
    if found[Clue.EMAIL]:
        found[Clue.DOMAIN] = False  # says no more
    return tuple(clue for clue, holds in found.items() if holds)
