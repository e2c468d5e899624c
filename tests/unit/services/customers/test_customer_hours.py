"""A customer's opening hours and length of a visit: checked when they are saved, kept in the history, merged with the rest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest

from fieldsales.db.database import Database
from fieldsales.db.models import Customer, User
from fieldsales.domain.opening_hours import BadOpeningHours
from fieldsales.errors import BadNumber, CustomerNotFound, FixTheInput, TextTooLong
from fieldsales.services.customers.customer_history import list_changes
from fieldsales.services.customers.customer_input import LIMITS, CustomerInput, input_of, prepare_values
from fieldsales.services.customers.customers import create_customer, update_customer
from fieldsales.services.duplicates import merging
from fieldsales.services.duplicates.merge_choices import Side

MakeCustomer = Callable[..., Customer]


def test_hours_are_stored_in_one_way_however_they_are_written(database: Database, aiko: User, now: datetime) -> None:
    with database.write() as session:
        values = CustomerInput(name="A社", opening_hours="平日 9時〜17時", visit_minutes=45)
        customer = create_customer(session, aiko, values=values, now=now)
        assert (customer.opening_hours, customer.visit_minutes) == ("Mo-Fr 09:00-17:00; PH off", 45)
        assert prepare_values(input_of(customer)) == input_of(customer)


@pytest.mark.parametrize(
    ("values", "kind", "field"),
    [
        ({"opening_hours": "不定休"}, BadOpeningHours, "opening_hours"),
        ({"opening_hours": "月" * 501}, TextTooLong, "opening_hours"),
        ({"visit_minutes": 0}, BadNumber, "visit_minutes"),
        ({"visit_minutes": 601}, BadNumber, "visit_minutes"),
    ],
)
def test_what_cannot_hold_is_refused_naming_its_field(values: dict[str, object], kind: type[FixTheInput], field: str) -> None:
    with pytest.raises(kind) as refused:
        prepare_values(replace(CustomerInput(name="A社"), **values))
    assert refused.value.field == field


def test_hours_that_come_out_longer_than_there_is_room_for_are_refused_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(LIMITS, "opening_hours", 20)
    with pytest.raises(TextTooLong):
        prepare_values(CustomerInput(name="A社", opening_hours="水曜定休"))


def test_a_stranger_sets_no_hours_and_a_change_is_kept(
    database: Database, aiko: User, botan: User, make_customer: MakeCustomer, now: datetime
) -> None:
    customer = make_customer("A社", owner=aiko)
    values = CustomerInput(name="A社", opening_hours="水曜定休", visit_minutes=20, owner_id=aiko.id)
    with database.write() as session, pytest.raises(CustomerNotFound):
        update_customer(session, botan, customer_id=customer.id, version=1, values=values, now=now)
    with database.write() as session:
        update_customer(session, aiko, customer_id=customer.id, version=1, values=values, now=now)
    with database.read() as session:
        (change,) = list_changes(session, aiko, customer_id=customer.id)
    assert change.before == {"opening_hours": "", "visit_minutes": None}
    assert change.after == {"opening_hours": "Mo,Tu,Th-Su 00:00-24:00", "visit_minutes": 20}


def test_a_merge_takes_the_hours_of_the_one_that_has_them_and_offers_the_choice(
    database: Database, aiko: User, make_customer: MakeCustomer, now: datetime
) -> None:
    kept = make_customer("A社", owner=aiko, visit_minutes=30)
    merged = make_customer("A 社", owner=aiko, opening_hours="Mo-Fr 09:00-17:00", visit_minutes=60)
    with database.write() as session:
        preview = merging.preview_merge(session, aiko, kept_id=kept.id, merged_id=merged.id)
        proposed = {field.name: field.proposed for field in preview.fields}
        assert proposed["opening_hours"] is Side.MERGED
        merging.merge_customers(
            session, aiko, kept_id=kept.id, merged_id=merged.id,
            choices={"visit_minutes": Side.KEPT}, versions=preview.versions, now=now,
        )  # fmt: skip
    with database.read() as session:
        stored = session.get_one(Customer, kept.id)
        assert (stored.opening_hours, stored.visit_minutes) == ("Mo-Fr 09:00-17:00", 30)
