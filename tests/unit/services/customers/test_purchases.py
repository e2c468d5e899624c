"""Purchases are recorded once, add up exactly, and count nowhere once they are taken away."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from fieldsales.db.database import Database
from fieldsales.db.models import Customer, Purchase, User
from fieldsales.errors import BadNumber, CustomerNotFound, FixTheInput, NotAllowed, NotFound, TextTooLong
from fieldsales.services.customers import purchases
from fieldsales.services.customers.purchases import (
    MissingAmount,
    MissingItem,
    MissingPurchaseDay,
    PurchaseChanged,
    PurchaseInFuture,
    PurchaseInput,
    SalesSummary,
)

Make = Callable[..., Customer]
COPIER = PurchaseInput(bought_on=date(2026, 11, 20), item="複合機", amount=1_200_000, note="5年リース")


def add(
    database: Database, actor: User, customer: Customer, now: datetime, values: PurchaseInput = COPIER, client_ref: UUID | None = None
) -> Purchase:
    with database.write() as session:
        return purchases.add_purchase(
            session,
            actor,
            customer_id=customer.id,
            values=values,
            client_ref=client_ref or uuid4(),
            today=date(2026, 11, 21),
            now=now,
        )


def edit(database: Database, actor: User, purchase: Purchase, values: PurchaseInput, *, version: int) -> Purchase:
    with database.write() as session:
        return purchases.edit_purchase(session, actor, purchase_id=purchase.id, version=version, values=values, today=date(2026, 11, 21))


def summary(database: Database, actor: User, customer: Customer) -> SalesSummary:
    with database.read() as session:
        return purchases.sales_summary(session, actor, customer_id=customer.id, today=date(2026, 11, 21))


def test_sales_add_up_over_the_years(database: Database, aiko: User, make_customer: Make, now: datetime) -> None:
    customer = make_customer(owner=aiko)
    assert summary(database, aiko, customer) == SalesSummary(0, 0, 0, None, None)
    for day, amount in ((date(2024, 3, 1), 100), (date(2025, 12, 31), 10), (date(2026, 1, 1), 1_000), (date(2026, 11, 21), -200)):
        add(database, aiko, customer, now, replace(COPIER, bought_on=day, amount=amount))
    add(database, aiko, make_customer("別", owner=aiko), now)
    assert summary(database, aiko, customer) == SalesSummary(910, 800, 4, date(2024, 3, 1), date(2026, 11, 21))


def test_sums_beyond_what_a_float_holds_stay_exact(database: Database, aiko: User, make_customer: Make, now: datetime) -> None:
    customer = make_customer(owner=aiko)
    for _ in range(20):
        add(database, aiko, customer, now, replace(COPIER, amount=10**15))
    add(database, aiko, customer, now, replace(COPIER, amount=1))
    assert summary(database, aiko, customer).total == 20 * 10**15 + 1


def test_tapping_save_twice_records_one_purchase(database: Database, aiko: User, make_customer: Make, now: datetime) -> None:
    customer, client_ref = make_customer(owner=aiko), uuid4()
    assert add(database, aiko, customer, now, client_ref=client_ref).id == add(database, aiko, customer, now, client_ref=client_ref).id
    assert summary(database, aiko, customer).count == 1


@pytest.mark.parametrize(
    ("values", "error", "field"),
    [
        ({"item": " "}, MissingItem, "purchase_item"),
        ({"item": "x" * 501}, TextTooLong, "purchase_item"),
        ({"amount": None}, MissingAmount, "purchase_amount"),
        ({"amount": 10**15 + 1}, BadNumber, "purchase_amount"),
        ({"bought_on": None}, MissingPurchaseDay, "purchase_day"),
        ({"bought_on": date(2026, 11, 22)}, PurchaseInFuture, "purchase_day"),
        ({"note": "x" * 10_001}, TextTooLong, "purchase_note"),
    ],
)
def test_an_impossible_purchase_is_refused_beside_its_field(
    database: Database, aiko: User, make_customer: Make, now: datetime, values: dict[str, Any], error: type[FixTheInput], field: str
) -> None:
    customer = make_customer(owner=aiko)
    with pytest.raises(error) as refused:
        add(database, aiko, customer, now, replace(COPIER, **values))
    assert refused.value.field == field
    assert summary(database, aiko, customer).count == 0


def test_a_purchase_taken_away_counts_nowhere_until_it_is_back(database: Database, aiko: User, make_customer: Make, now: datetime) -> None:
    purchase = add(database, aiko, customer := make_customer(owner=aiko), now)
    with database.write() as session:
        purchases.delete_purchase(session, aiko, purchase_id=purchase.id, now=now)
    assert summary(database, aiko, customer).count == 0
    with database.read() as session:
        assert purchases.list_purchases(session, aiko, customer_id=customer.id) == ()
        with pytest.raises(NotFound):
            purchases.read_purchase(session, aiko, purchase_id=purchase.id)
    with database.write() as session:
        purchases.restore_purchase(session, aiko, purchase_id=purchase.id)
    assert summary(database, aiko, customer).total == 1_200_000


def test_two_who_correct_a_purchase_at_once_see_each_others_figures(
    database: Database, aiko: User, chie: User, make_customer: Make, now: datetime
) -> None:
    purchase = add(database, aiko, make_customer(owner=aiko), now)
    edit(database, chie, purchase, replace(COPIER, amount=900_000), version=1)
    with pytest.raises(PurchaseChanged) as refused:
        edit(database, aiko, purchase, replace(COPIER, amount=800_000), version=1)
    assert (refused.value.current.amount, refused.value.version) == (900_000, 2)
    edit(database, aiko, purchase, replace(COPIER, amount=900_000), version=1)  # what is there already is no conflict
    edit(database, aiko, purchase, replace(COPIER, amount=800_000), version=2)


def test_the_purchases_of_a_rep_and_a_span_are_those_that_the_reader_may_see(
    database: Database, people: dict[str, User], make_customer: Make, now: datetime
) -> None:
    aiko, chie, botan = people["aiko"], people["chie"], people["botan"]
    customer = make_customer(owner=aiko)
    for day in (19, 20, 21):
        add(database, aiko, customer, now, replace(COPIER, bought_on=date(2026, 11, day), amount=day))
    add(database, chie, customer, now)
    span = {"user_id": aiko.id, "since": date(2026, 11, 20), "until": date(2026, 11, 21)}
    with database.read() as session:
        assert [row.amount for row in purchases.purchases_of(session, chie, **span)] == [20, 21]
        assert purchases.purchases_of(session, botan, **span) == ()


def test_a_stranger_sees_and_changes_nothing(database: Database, aiko: User, botan: User, make_customer: Make, now: datetime) -> None:
    purchase = add(database, aiko, customer := make_customer(owner=aiko), now)
    with pytest.raises(CustomerNotFound):
        add(database, botan, customer, now)
    with pytest.raises(CustomerNotFound):
        summary(database, botan, customer)
    with pytest.raises(NotFound):
        edit(database, botan, purchase, COPIER, version=1)
    with pytest.raises(NotFound), database.write() as session:
        purchases.delete_purchase(session, botan, purchase_id=purchase.id, now=now)
    with database.read() as session, pytest.raises(CustomerNotFound):
        purchases.list_purchases(session, botan, customer_id=customer.id)


def test_a_colleague_does_not_change_figures_and_a_disabled_user_adds_none(
    database: Database, people: dict[str, User], make_customer: Make, now: datetime
) -> None:
    aiko = people["aiko"]
    purchase = add(database, people["dai"], customer := make_customer(owner=aiko), now)
    with pytest.raises(NotAllowed):
        edit(database, aiko, purchase, replace(COPIER, amount=1), version=1)
    aiko.disabled_at = now
    with pytest.raises(NotAllowed):
        add(database, aiko, customer, now)
