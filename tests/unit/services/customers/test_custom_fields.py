"""The administrator's own fields: who defines them, what values they admit, and what becomes of older ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from fieldsales.db.database import Database
from fieldsales.db.models import Customer, User
from fieldsales.domain.words import FieldKind
from fieldsales.errors import BadChoice, BadDate, BadNumber, FieldSalesError, NotAllowed, TextTooLong
from fieldsales.services.customers import custom_fields
from fieldsales.services.customers.custom_fields import (
    FieldNameTaken,
    FieldNotFound,
    FieldRow,
    MissingChoices,
    MissingFieldName,
    TooManyChoices,
    check_custom,
    fits,
    missing_fields,
)
from fieldsales.services.customers.customer_history import newest_change_id, restore_change
from fieldsales.services.customers.customer_input import CustomerInput, input_of
from fieldsales.services.customers.customer_search import customer_details
from fieldsales.services.customers.customers import create_customer, open_for_change, update_customer

MakeCustomer = Callable[..., Customer]
DEFINED_AT = datetime(2026, 11, 1, tzinfo=UTC)


def define(database: Database, actor: User, name: str, kind: FieldKind = FieldKind.TEXT, *choices: str) -> int:
    with database.write() as session:
        return custom_fields.save_field(session, actor, name=name, kind=kind, choices=choices, now=DEFINED_AT).id


def listed(database: Database, *, retired: bool = False) -> list[str]:
    with database.read() as session:
        return [field.name for field in custom_fields.list_fields(session, retired=retired)]


def set_custom(database: Database, actor: User, customer: Customer, custom: dict[str, str], now: datetime) -> dict[str, str]:
    with database.write() as session:
        stored = open_for_change(session, actor, customer.id)
        values = replace(input_of(stored), custom=custom)
        update_customer(session, actor, customer_id=customer.id, version=stored.version, values=values, now=now)
    with database.read() as session:
        return customer_details(session, actor, customer_id=customer.id).custom


def test_fields_keep_their_order_and_go_and_come_back(database: Database, dai: User, now: datetime) -> None:
    first, second, third = (define(database, dai, name) for name in ("業種", "従業員数", "決算月"))
    with database.write() as session:
        custom_fields.move_field(session, dai, field_id=third, up=True)
        custom_fields.move_field(session, dai, field_id=first, up=True)
    assert listed(database) == ["業種", "決算月", "従業員数"]
    with database.write() as session:
        custom_fields.retire_field(session, dai, field_id=third, now=now)
    assert listed(database) == ["業種", "従業員数"]
    assert listed(database, retired=True) == ["業種", "従業員数", "決算月"]
    with database.write() as session:
        custom_fields.move_field(session, dai, field_id=second, up=True)
        custom_fields.retire_field(session, dai, field_id=third, retired=False, now=now)
    assert set(listed(database)) == {"業種", "従業員数", "決算月"}


def test_only_an_administrator_defines_fields(database: Database, aiko: User, chie: User, dai: User, now: datetime) -> None:
    field_id = define(database, dai, "業種")
    for actor in (aiko, chie):
        for call in (
            lambda s, a: custom_fields.save_field(s, a, name="x", kind=FieldKind.TEXT, now=now),
            lambda s, a: custom_fields.move_field(s, a, field_id=field_id, up=True),
            lambda s, a: custom_fields.retire_field(s, a, field_id=field_id, now=now),
            lambda s, a: custom_fields.undefined_names(s, a),
        ):
            with pytest.raises(NotAllowed), database.write() as session:
                call(session, actor)
    dai.disabled_at = now
    with pytest.raises(NotAllowed):
        define(database, dai, "x")


@pytest.mark.parametrize(
    ("name", "kind", "choices", "error"),
    [
        ("  ", FieldKind.TEXT, (), MissingFieldName),
        ("業種", FieldKind.TEXT, (), FieldNameTaken),
        ("x" * 101, FieldKind.TEXT, (), TextTooLong),
        ("x", FieldKind.CHOICE, ("only", "only ", ""), MissingChoices),
        ("x", FieldKind.CHOICE, tuple(map(str, range(201))), TooManyChoices),
        ("x", FieldKind.CHOICE, ("a", "b" * 101), TextTooLong),
    ],
)
def test_a_bad_definition_is_refused(
    database: Database, dai: User, name: str, kind: FieldKind, choices: tuple[str, ...], error: type[FieldSalesError]
) -> None:
    define(database, dai, "業種")
    with pytest.raises(error):
        define(database, dai, name, kind, *choices)
    assert listed(database) == ["業種"]


def test_a_field_that_is_not_there_is_said_to_be_so(database: Database, dai: User, now: datetime) -> None:
    with pytest.raises(FieldNotFound), database.write() as session:
        custom_fields.save_field(session, dai, field_id=99, kind=FieldKind.TEXT, now=now)
    with pytest.raises(FieldNotFound), database.write() as session:
        custom_fields.move_field(session, dai, field_id=99, up=True)


def row(kind: FieldKind, *choices: str) -> FieldRow:
    return FieldRow(1, "f", kind, choices, False)


@pytest.mark.parametrize(
    ("field", "typed", "kept"),
    [
        (row(FieldKind.TEXT), "<script>", "<script>"),
        (row(FieldKind.NUMBER), "１，２００", "1200"),
        (row(FieldKind.NUMBER), "-1.50", "-1.5"),
        (row(FieldKind.NUMBER), "007", "7"),
        (row(FieldKind.NUMBER), "0", "0"),
        (row(FieldKind.NUMBER), "100", "100"),
        (row(FieldKind.DATE), "2026/3/1", "2026-03-01"),
        (row(FieldKind.YES_NO), "はい", "yes"),
        (row(FieldKind.YES_NO), "No", "no"),
        (row(FieldKind.CHOICE, "Ａ級", "B"), "A級", "Ａ級"),
    ],
)
def test_values_are_kept_in_one_form(field: FieldRow, typed: str, kept: str) -> None:
    assert check_custom({"f": typed}, [field]) == {"f": kept}
    assert fits(field, kept)


@pytest.mark.parametrize(
    ("field", "typed", "error"),
    [
        (row(FieldKind.NUMBER), "約100", BadNumber),
        (row(FieldKind.NUMBER), "1,2", BadNumber),
        (row(FieldKind.NUMBER), "9" * 31, BadNumber),
        (row(FieldKind.NUMBER), "nan", BadNumber),
        (row(FieldKind.DATE), "2026-02-30", BadDate),
        (row(FieldKind.DATE), "tomorrow", BadDate),
        (row(FieldKind.YES_NO), "perhaps", BadChoice),
        (row(FieldKind.CHOICE, "A", "B"), "C", BadChoice),
    ],
)
def test_a_value_that_does_not_fit_is_refused_by_name(field: FieldRow, typed: str, error: type[FieldSalesError]) -> None:
    with pytest.raises(error) as caught:
        check_custom({"f": typed}, [field])
    assert caught.value.field == "custom:f"
    assert not fits(field, typed)


def test_a_value_older_than_its_definition_stays_until_somebody_changes_it(
    database: Database, aiko: User, dai: User, make_customer: MakeCustomer, now: datetime
) -> None:
    customer = make_customer(owner=aiko, custom={"従業員数": "約100", "昔の欄": "x"})
    define(database, dai, "従業員数", FieldKind.NUMBER)
    kept = set_custom(database, aiko, customer, {"従業員数": "約100", "昔の欄": "y"}, now)
    assert kept == {"従業員数": "約100", "昔の欄": "y"}
    with pytest.raises(BadNumber):
        set_custom(database, aiko, customer, {"従業員数": "約200"}, now)
    assert set_custom(database, aiko, customer, {"従業員数": "200 "}, now) == {"従業員数": "200"}


def test_a_new_customer_is_held_to_the_fields(database: Database, aiko: User, dai: User, now: datetime) -> None:
    define(database, dai, "有望", FieldKind.YES_NO)
    with pytest.raises(BadChoice), database.write() as session:
        create_customer(session, aiko, values=CustomerInput(name="x", custom={"有望": "?"}), now=now)
    with database.write() as session:
        assert create_customer(session, aiko, values=CustomerInput(name="x", custom={"有望": "はい"}), now=now).custom == {"有望": "yes"}


def test_restoring_puts_one_field_back_and_leaves_the_others(
    database: Database, aiko: User, make_customer: MakeCustomer, now: datetime
) -> None:
    customer = make_customer(owner=aiko, custom={"a": "1"})
    set_custom(database, aiko, customer, {"a": "2", "new": "n"}, now)
    with database.read() as session:
        change_id = newest_change_id(session, aiko, customer_id=customer.id)
    set_custom(database, aiko, customer, {"a": "2", "new": "n", "b": "later"}, now)
    with database.write() as session:
        assert change_id is not None
        restore_change(session, aiko, change_id=change_id, now=now)
    with database.read() as session:
        assert customer_details(session, aiko, customer_id=customer.id).custom == {"a": "1", "b": "later"}


def test_names_that_imports_left_are_offered_for_definition(database: Database, aiko: User, dai: User, make_customer: MakeCustomer) -> None:
    make_customer("one", owner=aiko, custom={"業種": "食品", "規模": "大"})
    make_customer("two", owner=aiko, custom={"業種": "建設"})
    define(database, dai, "規模")
    with database.read() as session:
        assert custom_fields.undefined_names(session, dai) == ("業種",)


def test_required_fields_without_a_value_are_named_in_their_order() -> None:
    assert missing_fields(["b", "a", "c"], {"a": "x", "c": " "}) == ("b", "c")
