"""The people at a customer: what is kept, who may touch it, and the way back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from uuid import uuid4

import pytest
from sqlalchemy import select

from fieldsales.bootstrap import Runtime
from fieldsales.db.database import Database
from fieldsales.db.models import Attachment, Contact, Customer, User
from fieldsales.domain.words import AttachmentKind
from fieldsales.errors import BadEmail, CustomerNotFound, FieldSalesError, TextTooLong
from fieldsales.services.customers import contacts
from fieldsales.services.customers.attachments import attach_file
from fieldsales.services.customers.contacts import (
    ContactChanged,
    ContactInput,
    ContactNotFound,
    ContactRow,
    MissingContactName,
    TooManyContacts,
)
from fieldsales.services.customers.customer_history import list_changes, newest_change_id, restore_change
from fieldsales.services.customers.customer_input import input_of
from fieldsales.services.customers.customer_search import customer_details, matching_ids
from fieldsales.services.customers.customers import open_for_change, update_customer
from tests.pictures import picture

MakeCustomer = Callable[..., Customer]
TANAKA = ContactInput(
    name="田中 花子", name_kana="タナカ ハナコ", role="総務課長", phone="087-811-1111", mobile="090-1234-5678", email="h@t.jp"
)
SATO = ContactInput(name="佐藤", role="社長")


def add(database: Database, actor: User, customer: Customer, now: datetime, *people: ContactInput) -> list[ContactRow]:
    for person in people:
        with database.write() as session:
            contacts.add_contact(session, actor, customer_id=customer.id, contact=person, now=now)
    return shown(database, actor, customer)


def shown(database: Database, actor: User, customer: Customer) -> list[ContactRow]:
    with database.read() as session:
        return list(contacts.list_contacts(session, actor, customer_id=customer.id))


def names(database: Database, actor: User, customer: Customer) -> list[str]:
    return [row.name for row in shown(database, actor, customer)]


def undo(database: Database, actor: User, customer: Customer, now: datetime) -> None:
    with database.write() as session:
        change_id = newest_change_id(session, actor, customer_id=customer.id)
        assert change_id is not None
        restore_change(session, actor, change_id=change_id, now=now)


def test_several_people_are_kept_in_their_order(database: Database, aiko: User, make_customer: MakeCustomer, now: datetime) -> None:
    customer = make_customer(owner=aiko)
    first, second = add(database, aiko, customer, now, TANAKA, SATO)
    assert (first.said(), second.said()) == (TANAKA, SATO)
    with database.write() as session:
        contacts.move_contact(session, aiko, contact_id=second.id, up=True, now=now)
    assert names(database, aiko, customer) == ["佐藤", "田中 花子"]
    with database.write() as session:
        assert contacts.move_contact(session, aiko, contact_id=second.id, up=True, now=now) is None
    undo(database, aiko, customer, now)
    assert names(database, aiko, customer) == ["田中 花子", "佐藤"]


def test_the_same_person_sent_twice_is_added_once(database: Database, aiko: User, make_customer: MakeCustomer, now: datetime) -> None:
    customer = make_customer(owner=aiko)
    add(database, aiko, customer, now, TANAKA, TANAKA, replace(TANAKA, name=" 田中 花子 "))
    assert names(database, aiko, customer) == ["田中 花子"]
    with database.read() as session:
        assert len(list_changes(session, aiko, customer_id=customer.id)) == 1


def test_a_form_sent_twice_adds_one_contact_whatever_was_typed_in_between(
    database: Database, aiko: User, make_customer: MakeCustomer, now: datetime
) -> None:
    customer, ref = make_customer(owner=aiko), uuid4()
    for person in (TANAKA, replace(TANAKA, role="部長")):
        with database.write() as session:
            contacts.add_contact(session, aiko, customer_id=customer.id, contact=person, client_ref=ref, now=now)
    assert [row.said() for row in shown(database, aiko, customer)] == [TANAKA]


@pytest.mark.parametrize(
    ("person", "error", "field"),
    [
        (ContactInput(name=" \x00"), MissingContactName, "contact.name"),
        (ContactInput(name="x" * 201), TextTooLong, "contact.name"),
        (ContactInput(name="x", email="nobody"), BadEmail, "contact.email"),
        (ContactInput(name="x", note="n" * 10_001), TextTooLong, "contact.note"),
    ],
)
def test_a_bad_contact_is_refused_by_field(
    database: Database,
    aiko: User,
    make_customer: MakeCustomer,
    now: datetime,
    person: ContactInput,
    error: type[FieldSalesError],
    field: str,
) -> None:
    customer = make_customer(owner=aiko)
    with pytest.raises(error) as caught:
        add(database, aiko, customer, now, person)
    assert caught.value.field == field
    assert names(database, aiko, customer) == []


@pytest.mark.parametrize("name", ["🍣", "שלום עולם", "<script>alert(1)</script>", "あ" * 200])
def test_any_name_is_kept_as_typed(database: Database, aiko: User, make_customer: MakeCustomer, now: datetime, name: str) -> None:
    customer = make_customer(owner=aiko)
    assert [row.name for row in add(database, aiko, customer, now, ContactInput(name=name))] == [name]


def test_a_customer_has_two_hundred_contacts_at_most(
    database: Database, aiko: User, make_customer: MakeCustomer, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contacts, "MAX_CONTACTS", 2)
    customer = make_customer(owner=aiko)
    with pytest.raises(TooManyContacts):
        add(database, aiko, customer, now, TANAKA, SATO, ContactInput(name="三人目"))


def test_a_stranger_neither_sees_nor_touches_anybodys_contacts(
    database: Database, aiko: User, botan: User, make_customer: MakeCustomer, now: datetime
) -> None:
    customer = make_customer(owner=aiko)
    (row,) = add(database, aiko, customer, now, TANAKA)
    with pytest.raises(CustomerNotFound):
        shown(database, botan, customer)
    with pytest.raises(CustomerNotFound):
        add(database, botan, customer, now, SATO)
    for call in (
        lambda s: contacts.update_contact(s, botan, contact_id=row.id, contact=SATO, known=row.said(), now=now),
        lambda s: contacts.remove_contact(s, botan, contact_id=row.id, now=now),
        lambda s: contacts.move_contact(s, botan, contact_id=row.id, up=True, now=now),
        lambda s: contacts.remove_contact(s, aiko, contact_id=row.id + 99, now=now),
    ):
        with pytest.raises(ContactNotFound), database.write() as session:
            call(session)
    assert [r.said() for r in shown(database, aiko, customer)] == [TANAKA]


def test_a_disabled_user_adds_nobody(database: Database, aiko: User, make_customer: MakeCustomer, now: datetime) -> None:
    customer = make_customer(owner=aiko)
    aiko.disabled_at = now
    with pytest.raises(CustomerNotFound):
        add(database, aiko, customer, now, SATO)


def test_the_second_saver_of_a_contact_is_told_what_is_stored(
    database: Database, aiko: User, chie: User, make_customer: MakeCustomer, now: datetime
) -> None:
    customer = make_customer(owner=aiko)
    (row,) = add(database, aiko, customer, now, TANAKA)
    theirs = replace(TANAKA, role="部長")
    with database.write() as session:
        contacts.update_contact(session, chie, contact_id=row.id, contact=theirs, known=TANAKA, now=now)
    with pytest.raises(ContactChanged) as caught, database.write() as session:
        contacts.update_contact(session, aiko, contact_id=row.id, contact=replace(TANAKA, phone="1234567"), known=TANAKA, now=now)
    assert caught.value.current == theirs
    assert [r.said() for r in shown(database, aiko, customer)] == [theirs]
    with database.write() as session:
        same = contacts.update_contact(session, aiko, contact_id=row.id, contact=theirs, known=TANAKA, now=now)
    assert same is None


def test_a_removed_contact_comes_back_with_its_number_and_place(
    database: Database, aiko: User, make_customer: MakeCustomer, now: datetime
) -> None:
    customer = make_customer(owner=aiko)
    first, _second = add(database, aiko, customer, now, TANAKA, SATO)
    with database.write() as session:
        contacts.remove_contact(session, aiko, contact_id=first.id, now=now)
    assert names(database, aiko, customer) == ["佐藤"]
    undo(database, aiko, customer, now)
    back = shown(database, aiko, customer)
    assert (back[0].id, back[0].said()) == (first.id, TANAKA)
    undo(database, aiko, customer, now)
    assert names(database, aiko, customer) == ["佐藤"]


def test_restoring_one_change_leaves_what_others_did_since(
    database: Database, aiko: User, make_customer: MakeCustomer, now: datetime
) -> None:
    customer = make_customer(owner=aiko)
    (first,) = add(database, aiko, customer, now, TANAKA)
    with database.write() as session:
        changed = contacts.update_contact(session, aiko, contact_id=first.id, contact=replace(TANAKA, role="部長"), known=TANAKA, now=now)
    add(database, aiko, customer, now, SATO)
    with database.write() as session:
        now_known = replace(TANAKA, role="部長")
        contacts.update_contact(session, aiko, contact_id=first.id, contact=replace(now_known, phone="1"), known=now_known, now=now)
        assert changed is not None
        restore_change(session, aiko, change_id=changed, now=now)
    assert [row.said() for row in shown(database, aiko, customer)] == [replace(TANAKA, phone="1"), SATO]


def test_a_customer_is_found_by_its_people_and_stays_so_after_an_edit(
    database: Database, aiko: User, make_customer: MakeCustomer, now: datetime
) -> None:
    customer = make_customer("高松食品", owner=aiko)
    (row,) = add(database, aiko, customer, now, TANAKA)

    def found(text: str) -> list[int]:
        with database.read() as session:
            return list(matching_ids(session, aiko, text=text, now=now))

    assert [found(text) for text in ("田中", "たなか", "5678")] == [[customer.id]] * 3
    with database.write() as session:
        stored = open_for_change(session, aiko, customer.id)
        values = replace(input_of(stored), name="高松食品工業")
        update_customer(session, aiko, customer_id=customer.id, version=stored.version, values=values, now=now)
    assert [found(text) for text in ("たなか", "食品工業")] == [[customer.id]] * 2
    with database.write() as session:
        contacts.remove_contact(session, aiko, contact_id=row.id, now=now)
    assert found("田中") == []
    assert found("食品工業") == [customer.id]


def test_a_contact_disturbs_nobody_who_is_editing_the_customer(
    database: Database, aiko: User, make_customer: MakeCustomer, now: datetime
) -> None:
    customer = make_customer(owner=aiko)
    with database.read() as session:
        before = customer_details(session, aiko, customer_id=customer.id).version
    add(database, aiko, customer, now, TANAKA)
    with database.read() as session:
        assert customer_details(session, aiko, customer_id=customer.id).version == before
        assert session.scalars(select(Contact.position)).all() == [0]


def test_a_contact_that_is_brought_back_has_its_business_card_again(
    runtime: Runtime, aiko: User, make_customer: Callable[..., Customer], now: datetime
) -> None:
    customer, card_ref = make_customer(owner=aiko), uuid4()
    with runtime.database.write() as session:
        person = contacts.add_contact(
            session, aiko, customer_id=customer.id, contact=ContactInput(name="山田"), client_ref=card_ref, now=now
        )
        card = attach_file(
            session,
            aiko,
            runtime.files,
            customer_id=customer.id,
            kind=AttachmentKind.CARD,
            data=picture(),
            file_name="card.jpg",
            client_ref=uuid4(),
            now=now,
            photos=runtime.photos,
            contact_id=person.id,
        )
        removal = contacts.remove_contact(session, aiko, contact_id=person.id, now=now)
    assert removal is not None
    with runtime.database.write() as session:
        restore_change(session, aiko, change_id=removal, now=now)
    with runtime.database.read() as session:
        back = session.scalars(select(Contact)).one()
        assert back.client_ref == card_ref  # the same card sent once more still finds its contact
        assert session.get_one(Attachment, card.id).contact_id == back.id
