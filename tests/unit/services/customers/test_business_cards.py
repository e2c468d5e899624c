"""A card finds its customer among those the actor may see, and is saved once however often it is sent."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from fieldsales.db.database import Database
from fieldsales.db.models import Contact, Customer, User
from fieldsales.domain.business_cards import BusinessCard
from fieldsales.domain.words import Kind
from fieldsales.errors import BadEmail, CustomerNotFound, FixTheInput, MissingName, NotAllowed, TextTooLong
from fieldsales.services.customers import business_cards, contacts
from fieldsales.services.customers.business_cards import CardWithoutCustomer, Clue, SavedCard
from fieldsales.services.customers.contacts import ContactInput
from fieldsales.services.customers.customer_input import CustomerInput

MakeCustomer = Callable[..., Customer]
CARD = BusinessCard(
    name="佐藤 太郎", company="株式会社讃岐製麺", phone="087-851-0000", mobile="090-1111-2222", email="taro@sanuki.example", role="課長"
)


def proposed(database: Database, actor: User, card: BusinessCard = CARD) -> list[tuple[str, set[Clue]]]:
    with database.read() as session:
        return [(p.name, set(p.clues)) for p in business_cards.propose_customers(session, actor, card=card)]


def counted(database: Database) -> tuple[int, int]:
    with database.read() as session:
        return session.scalar(select(func.count(Customer.id))) or 0, session.scalar(select(func.count(Contact.id))) or 0


def test_a_card_finds_its_company_by_name_number_mail_and_domain_the_likeliest_first(
    database: Database, make_customer: MakeCustomer, aiko: User, now: datetime
) -> None:
    make_customer("甲商店", owner=aiko, email="info@sanuki.example")
    make_customer("乙商店", owner=aiko, phone="087 851 0000")
    make_customer("讃岐製麺（株）", owner=aiko, phone="087-851-0000", email="sales@sanuki.example")
    there = make_customer("丙商店", owner=aiko)
    make_customer("無関係", owner=aiko, email="a@other.example", phone="087-999-9999")
    with database.write() as session:
        contact = ContactInput(name="佐藤", mobile="09011112222", email="TARO@sanuki.example")
        contacts.add_contact(session, aiko, customer_id=there.id, contact=contact, now=now)
    assert proposed(database, aiko) == [
        ("讃岐製麺（株）", {Clue.NAME, Clue.PHONE, Clue.DOMAIN}),
        ("丙商店", {Clue.PHONE, Clue.EMAIL}),
        ("乙商店", {Clue.PHONE}),
        ("甲商店", {Clue.DOMAIN}),
    ]


def test_a_mail_host_that_everybody_uses_is_no_clue(database: Database, make_customer: MakeCustomer, aiko: User) -> None:
    make_customer("甲商店", owner=aiko, email="ko@gmail.com")
    assert proposed(database, aiko, BusinessCard(name="佐藤", email="taro@gmail.com")) == []
    assert proposed(database, aiko, BusinessCard(name="甲野", email="KO@gmail.com")) == [("甲商店", {Clue.EMAIL})]


def test_strangers_and_the_archived_are_not_proposed(
    database: Database, make_customer: MakeCustomer, aiko: User, botan: User, now: datetime
) -> None:
    make_customer("讃岐製麺", owner=botan)
    make_customer("讃岐製麺", owner=aiko, archived_at=now)
    assert proposed(database, aiko) == []
    aiko.disabled_at = now
    with pytest.raises(NotAllowed):
        proposed(database, aiko)


def test_a_card_that_says_next_to_nothing_proposes_nobody(database: Database, make_customer: MakeCustomer, aiko: User) -> None:
    make_customer("😀", owner=aiko)
    make_customer("", owner=aiko)
    assert proposed(database, aiko, BusinessCard(email="%@_")) == []
    assert proposed(database, aiko, BusinessCard()) == []


def test_a_card_becomes_a_contact_of_a_known_customer_once(
    database: Database, make_customer: MakeCustomer, aiko: User, now: datetime
) -> None:
    customer, ref = make_customer("讃岐製麺", owner=aiko), uuid4()
    results = []
    for said in (business_cards.contact_of(CARD), ContactInput(name="書き直した")):
        with database.write() as session:
            results.append(business_cards.save_card(session, aiko, card_ref=ref, contact=said, customer_id=customer.id, now=now))
    assert results[0] == SavedCard(customer.id, results[1].contact_id)
    assert results[1].again
    assert counted(database) == (1, 1)
    with database.read() as session:
        (row,) = contacts.list_contacts(session, aiko, customer_id=customer.id)
    assert (row.name, row.role, row.mobile) == ("佐藤 太郎", "課長", "090-1111-2222")


def test_a_card_becomes_a_new_customer_with_its_contact_once(database: Database, aiko: User, now: datetime) -> None:
    ref = uuid4()
    for _ in range(2):
        with database.write() as session:
            new = business_cards.new_customer_of(CARD)
            saved = business_cards.save_card(
                session, aiko, card_ref=ref, contact=business_cards.contact_of(CARD), new_customer=new, now=now
            )
    assert counted(database) == (1, 1)
    with database.read() as session:
        customer = session.get_one(Customer, saved.customer_id)
    assert (customer.name, customer.kind, customer.owner_id, customer.contact_name) == (
        "株式会社讃岐製麺",
        Kind.COMPANY,
        aiko.id,
        "佐藤 太郎",
    )
    assert "佐藤太郎" in customer.search_text


def test_two_phones_saving_the_same_card_at_once_save_it_once(database: Database, aiko: User, now: datetime) -> None:
    ref, start = uuid4(), threading.Barrier(2)
    saved: list[SavedCard] = []

    def save() -> None:
        start.wait()
        with database.write() as session:
            new = business_cards.new_customer_of(CARD)
            said = business_cards.contact_of(CARD)
            saved.append(business_cards.save_card(session, aiko, card_ref=ref, contact=said, new_customer=new, now=now))

    threads = [threading.Thread(target=save) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counted(database) == (1, 1)
    assert len({(card.customer_id, card.contact_id) for card in saved}) == 1


def test_a_reference_of_somebody_else_reveals_nothing(
    database: Database, make_customer: MakeCustomer, aiko: User, botan: User, now: datetime
) -> None:
    mine, hers, ref = make_customer("甲", owner=aiko), make_customer("乙", owner=botan), uuid4()
    said = ContactInput(name="佐藤")
    with database.write() as session:
        business_cards.save_card(session, botan, card_ref=ref, contact=said, customer_id=hers.id, now=now)
    for customer_id, card_ref in ((mine.id, ref), (hers.id, uuid4())):
        with pytest.raises(CustomerNotFound), database.write() as session:
            business_cards.save_card(session, aiko, card_ref=card_ref, contact=said, customer_id=customer_id, now=now)


@pytest.mark.parametrize(
    ("contact", "new", "problem"),
    [
        (ContactInput(name="佐藤"), None, CardWithoutCustomer),
        (ContactInput(name="佐藤"), CustomerInput(name="  "), CardWithoutCustomer),
        (ContactInput(name="佐藤"), CustomerInput(name="\x00"), MissingName),
        (ContactInput(name=""), CustomerInput(name="讃岐製麺"), FixTheInput),
        (ContactInput(name="佐藤", email="taro"), CustomerInput(name="讃岐製麺"), BadEmail),
        (ContactInput(name="佐" * 201), CustomerInput(name="讃岐製麺"), TextTooLong),
    ],
)
def test_what_is_refused_leaves_no_half_a_card(
    database: Database, aiko: User, now: datetime, contact: ContactInput, new: CustomerInput | None, problem: type[FixTheInput]
) -> None:
    with pytest.raises(problem), database.write() as session:
        business_cards.save_card(session, aiko, card_ref=uuid4(), contact=contact, new_customer=new, now=now)
    assert counted(database) == (0, 0)
