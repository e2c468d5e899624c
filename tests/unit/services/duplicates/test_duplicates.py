"""Duplicates are found by what customers share, among those the actor may see, and told apart when they are two."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy import select

from fieldsales.db.database import Database
from fieldsales.db.models import Customer, User
from fieldsales.domain.duplicates import Reason
from fieldsales.errors import CustomerNotFound
from fieldsales.services.customers import customers
from fieldsales.services.customers.customer_input import CustomerInput
from fieldsales.services.duplicates import duplicates
from fieldsales.services.duplicates.duplicates import SameCustomer

MakeCustomer = Callable[..., Customer]


def pairs(database: Database, actor: User, customer_id: int | None = None) -> list[tuple[str, str]]:
    with database.read() as session:
        found = duplicates.find_duplicates(session, actor, customer_id=customer_id)
    assert found.total == len(found.pairs)
    return [(pair.first.name, pair.second.name) for pair in found.pairs]


def test_a_shared_number_a_shared_mail_and_a_name_near_by_are_found_the_likeliest_first(
    database: Database, make_customer: MakeCustomer, aiko: User
) -> None:
    make_customer("株式会社高松食品", owner=aiko, phone="087-851-0000", address="高松市番町1-8-15")
    make_customer("高松食品", owner=aiko, phone="0878510000", address="高松市番町1-8-15")
    make_customer("甲商店", owner=aiko, email="info@ko.example")
    make_customer("甲野商事", owner=aiko, email="INFO@ko.example")
    near = {"lat": 34.1, "lon": 134.1, "precision_m": 15.0}
    make_customer("乙製作所", owner=aiko, address="丸亀市大手町1-1", **near)
    make_customer("乙製作所", owner=aiko, address="丸亀市大手町1-20", **near | {"lat": 34.1005})
    make_customer("乙製作所", owner=aiko, address="東京都港区芝1-1", **near | {"lat": 35.6})
    assert pairs(database, aiko) == [("株式会社高松食品", "高松食品"), ("乙製作所", "乙製作所"), ("甲商店", "甲野商事")]
    with database.read() as session:
        best = duplicates.find_duplicates(session, aiko, limit=1)
    assert (best.total, best.pairs[0].likely, best.pairs[0].reasons) == (3, True, (Reason.PHONE, Reason.NAME, Reason.ADDRESS))


def test_one_customer_has_the_same_pairs_as_the_whole_list(database: Database, make_customer: MakeCustomer, aiko: User) -> None:
    shared = {"owner": aiko, "phone": "087-851-0000"}
    one, two = make_customer("高松食品", **shared), make_customer("高松食品(株)", **shared)
    other = make_customer("無関係", owner=aiko)
    assert pairs(database, aiko) == pairs(database, aiko, one.id) == pairs(database, aiko, two.id) == [("高松食品", "高松食品(株)")]
    assert pairs(database, aiko, other.id) == []


def test_nobody_learns_of_customers_they_may_not_see(
    database: Database, make_customer: MakeCustomer, aiko: User, botan: User, dai: User, now: datetime
) -> None:
    mine = make_customer("高松食品", owner=aiko, phone="087-851-0000")
    hers = make_customer("高松食品", owner=botan, phone="087-851-0000")
    assert pairs(database, aiko) == pairs(database, botan) == pairs(database, aiko, mine.id) == []
    assert len(pairs(database, dai)) == 1
    for call in (
        lambda session: duplicates.find_duplicates(session, aiko, customer_id=hers.id),
        lambda session: duplicates.compare_customers(session, aiko, customer_ids=(mine.id, hers.id)),
        lambda session: duplicates.tell_apart(session, aiko, customer_ids=(hers.id, mine.id)),
    ):
        with pytest.raises(CustomerNotFound), database.write() as session:
            call(session)
    dai.disabled_at = now
    assert pairs(database, dai) == []


def test_the_archived_are_nobodys_duplicates(database: Database, make_customer: MakeCustomer, aiko: User, now: datetime) -> None:
    one = make_customer("高松食品", owner=aiko, phone="087-851-0000")
    gone = make_customer("高松食品", owner=aiko, phone="087-851-0000", archived_at=now)
    assert pairs(database, aiko) == pairs(database, aiko, one.id) == pairs(database, aiko, gone.id) == []


def test_a_switchboards_number_and_a_chains_name_make_no_crowd_of_pairs(
    database: Database, make_customer: MakeCustomer, aiko: User
) -> None:
    for number in range(duplicates.SHARED_BY_MANY + 1):
        make_customer(f"支店その{'あいうえおかきくけこさしすせ'[number]}", owner=aiko, phone="0120-000-000")
        make_customer("コンビニ", owner=aiko, address=f"高松市番町{number + 1}-1")
    assert pairs(database, aiko) == []


def test_what_was_told_apart_stays_apart_until_it_is_taken_back(
    database: Database, make_customer: MakeCustomer, aiko: User, botan: User
) -> None:
    ids = [make_customer("高松食品", owner=aiko, phone="087-851-0000").id for _ in range(2)]
    for _ in range(2):
        with database.write() as session:
            duplicates.tell_apart(session, aiko, customer_ids=(ids[1], ids[0]))
    assert pairs(database, aiko) == pairs(database, aiko, ids[0]) == []
    with database.read() as session:
        assert [(one.id, other.id) for one, other in duplicates.list_told_apart(session, aiko)] == [tuple(ids)]
        assert duplicates.list_told_apart(session, botan) == ()
        assert duplicates.compare_customers(session, aiko, customer_ids=(ids[0], ids[1])) is not None
    for _ in range(2):
        with database.write() as session:
            duplicates.tell_apart(session, aiko, customer_ids=(ids[0], ids[1]), apart=False)
    assert len(pairs(database, aiko)) == 1


def test_a_customer_is_not_its_own_duplicate(database: Database, make_customer: MakeCustomer, aiko: User) -> None:
    only = make_customer("高松食品", owner=aiko)
    with pytest.raises(SameCustomer), database.write() as session:
        duplicates.tell_apart(session, aiko, customer_ids=(only.id, only.id))


def test_an_edit_is_found_by_what_it_says_now(database: Database, make_customer: MakeCustomer, aiko: User, now: datetime) -> None:
    make_customer("高松食品", owner=aiko, phone="087-851-0000")
    with database.write() as session:
        added = customers.create_customer(session, aiko, values=CustomerInput(name="別の会社"), now=now)
    assert pairs(database, aiko) == []
    with database.write() as session:
        values = CustomerInput(name="別の会社", phone="(087)851-0000", owner_id=aiko.id)
        customers.update_customer(session, aiko, customer_id=added.id, version=added.version, values=values, now=now)
    assert pairs(database, aiko) == [("高松食品", "別の会社")]
    with database.read() as session:
        assert session.scalar(select(Customer.name_key).where(Customer.id == added.id)) == "別ノ会社"
