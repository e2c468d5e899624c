"""Deleting is a right of its own: one's own slips are one's own, everything else takes the right, and what is gone is in the audit log."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy.orm import Session

from fieldsales.db.database import Database
from fieldsales.db.models import Customer, User
from fieldsales.domain.audit import AREAS, AuditAction, AuditArea
from fieldsales.domain.words import AttachmentKind, RequestKind, Role
from fieldsales.errors import NotAllowed, NotFound
from fieldsales.services.access import holds_delete
from fieldsales.services.audit_log import LogEntry, LogQuery, search_log
from fieldsales.services.customers import attachments, contacts, customers, notes, purchases, requests
from fieldsales.services.customers.customer_history import list_changes, restore_change
from fieldsales.services.customers.purchases import PurchaseInput
from fieldsales.services.customers.requests import RequestInput
from fieldsales.services.duplicates import merging
from tests.conftest import CustomerFactory

Delete = Callable[[Session, User, int, datetime], object]
DELETING: dict[str, Delete] = {
    "note": lambda s, a, i, now: notes.delete_note(s, a, note_id=i, now=now),
    "purchase": lambda s, a, i, now: purchases.delete_purchase(s, a, purchase_id=i, now=now),
    "request": lambda s, a, i, now: requests.delete_request(s, a, request_id=i, now=now),
    "file": lambda s, a, i, now: attachments.delete_attachment(s, a, attachment_id=i, now=now),
}


@pytest.fixture
def emi(database: Database, aiko: User, now: datetime) -> User:
    """A colleague of Aiko's, who sees her customers."""
    with database.write() as session:
        emi = User(email="emi@example.com", name="Emi", role=Role.REP, team_id=aiko.team_id, password_hash="-", created_at=now)
        session.add(emi)
    with database.read() as session:
        return session.get_one(User, emi.id)


def recorded(session: Session, author: User, customer: Customer, what: str, now: datetime, today: date) -> int:
    """Record something of a customer and return its id."""
    if what == "note":
        return notes.add_note(session, author, customer_id=customer.id, text="私的なこと", client_ref=uuid4(), now=now).id
    if what == "purchase":
        bought = PurchaseInput(bought_on=today, item="机", amount=50_000)
        return purchases.add_purchase(session, author, customer_id=customer.id, values=bought, client_ref=uuid4(), today=today, now=now).id
    if what == "request":
        asked = RequestInput(kind=RequestKind.REQUEST, text="私的なこと", due_on=None, assigned_to_id=author.id)
        return requests.open_request(session, author, customer_id=customer.id, values=asked, client_ref=uuid4(), today=today, now=now).id
    from fieldsales.db.models import Attachment

    row: dict[str, Any] = {"file_name": "見積.pdf", "stored_name": uuid4().hex, "media_type": "application/pdf", "size": 10}
    file = Attachment(client_ref=uuid4(), customer_id=customer.id, user_id=author.id, kind=AttachmentKind.FILE, created_at=now, **row)
    session.add(file)
    session.flush()
    return file.id


def log_of(database: Database, admin: User) -> list[LogEntry]:
    with database.read() as session:
        return list(search_log(session, admin, asked=LogQuery()).entries)


def grant(database: Database, dai: User, user: User) -> User:
    from fieldsales.services.accounts.accounts import set_rights

    with database.write() as session:
        set_rights(session, dai, user_id=user.id, may_export=False, may_delete=True, now=user.created_at)
    with database.read() as session:
        return session.get_one(User, user.id)


@pytest.mark.parametrize("what", DELETING)
def test_what_somebody_else_recorded_takes_the_right_and_ones_own_does_not(
    database: Database, aiko: User, emi: User, dai: User, make_customer: CustomerFactory, now: datetime, today: date, what: str
) -> None:
    customer = make_customer("高松食品", owner=aiko)
    with database.write() as session:
        own, of_aiko = (recorded(session, author, customer, what, now, today) for author in (emi, aiko))
    with pytest.raises(NotAllowed), database.write() as session:
        DELETING[what](session, emi, of_aiko, now)
    with database.write() as session:
        DELETING[what](session, emi, own, now)
    emi = grant(database, dai, emi)
    for _ in range(2):
        with database.write() as session:
            DELETING[what](session, emi, of_aiko, now)
    gone = [entry for entry in log_of(database, dai) if entry.action in AREAS[AuditArea.DELETIONS]]
    assert [(e.action, e.subject, e.actor_name, e.details["record"], e.details["recorded_by"]) for e in gone] == [
        (f"{what}_deleted", "高松食品", "Emi", of_aiko, "Aiko"),
        (f"{what}_deleted", "高松食品", "Emi", own, "Emi"),
    ]
    assert "私的なこと" not in str(gone)


@pytest.mark.parametrize("what", DELETING)
def test_a_stranger_and_a_disabled_user_delete_nothing_whatever_their_right(
    database: Database, aiko: User, botan: User, dai: User, make_customer: CustomerFactory, now: datetime, today: date, what: str
) -> None:
    customer = make_customer(owner=aiko)
    with database.write() as session:
        recorded_id = recorded(session, aiko, customer, what, now, today)
    botan = grant(database, dai, botan)
    with pytest.raises(NotFound), database.write() as session:
        DELETING[what](session, botan, recorded_id, now)
    aiko.disabled_at, aiko.may_delete = now, True
    assert not holds_delete(aiko)
    with pytest.raises(NotAllowed), database.write() as session:
        DELETING[what](session, aiko, recorded_id, now)


def test_a_manager_who_lost_the_right_may_correct_but_not_delete(
    database: Database, aiko: User, chie: User, make_customer: CustomerFactory, now: datetime
) -> None:
    chie.may_delete = False
    customer = make_customer(owner=aiko)
    with database.write() as session:
        note = notes.add_note(session, aiko, customer_id=customer.id, text="Hello", client_ref=uuid4(), now=now)
    with database.write() as session:
        row = notes.read_note(session, chie, note_id=note.id)
        assert (row.may_change, row.may_delete) == (True, False)
        notes.edit_note(session, chie, note_id=note.id, version=note.version, text="Hello there", now=now)
    with pytest.raises(NotAllowed), database.write() as session:
        notes.delete_note(session, chie, note_id=note.id, now=now)


def test_the_history_archives_nobody_for_who_may_not(
    database: Database, aiko: User, chie: User, make_customer: CustomerFactory, now: datetime
) -> None:
    customer = make_customer(owner=aiko)
    with database.write() as session:
        customers.archive_customer(session, chie, customer_id=customer.id, now=now)
        customers.archive_customer(session, aiko, customer_id=customer.id, archived=False, now=now)
        change_id = list_changes(session, aiko, customer_id=customer.id)[0].id
    with pytest.raises(NotAllowed), database.write() as session:
        restore_change(session, aiko, change_id=change_id, now=now)
    with database.write() as session:
        assert restore_change(session, chie, change_id=change_id, now=now).archived_at is not None


def test_archiving_merging_and_contacts_are_in_the_log(
    database: Database, aiko: User, chie: User, dai: User, make_customer: CustomerFactory, now: datetime
) -> None:
    one, two = make_customer("一", owner=aiko), make_customer("二", owner=aiko)
    with database.write() as session:
        customers.archive_customer(session, chie, customer_id=one.id, now=now)
        customers.archive_customer(session, chie, customer_id=one.id, now=now)
        customers.archive_customer(session, chie, customer_id=one.id, archived=False, now=now)
        contacts.add_contact(session, aiko, customer_id=one.id, contact=contacts.ContactInput(name="林"), client_ref=uuid4(), now=now)
    with database.read() as session:
        contact_id = contacts.list_contacts(session, aiko, customer_id=one.id)[0].id
        versions = (session.get_one(Customer, one.id).version, session.get_one(Customer, two.id).version)
    with database.write() as session:
        contacts.remove_contact(session, aiko, contact_id=contact_id, now=now)
        versions = (session.get_one(Customer, one.id).version, versions[1])
    with database.write() as session:
        preview = merging.preview_merge(session, aiko, kept_id=one.id, merged_id=two.id)
        merge = merging.merge_customers(session, aiko, kept_id=one.id, merged_id=two.id, choices={}, versions=preview.versions, now=now)
        merging.undo_merge(session, aiko, merge_id=merge.id, now=now)
    said = [
        (entry.action, entry.subject, entry.details.get("contact") or entry.details.get("merged"))
        for entry in reversed(log_of(database, dai))
    ]
    assert said == [
        (AuditAction.CUSTOMER_ARCHIVED, "一", None),
        (AuditAction.CUSTOMER_RESTORED, "一", None),
        (AuditAction.CONTACT_DELETED, "一", "林"),
        (AuditAction.CUSTOMER_MERGED, "一", "二"),
        (AuditAction.MERGE_UNDONE, "一", "二"),
    ]
