"""Customers are saved as checked, never lost to a second saver, and every change can be taken back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from fieldsales.db.database import Database
from fieldsales.db.models import Customer, User
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.places import LocateReason, LocateStatus
from fieldsales.domain.words import ChangeCause, Role
from fieldsales.errors import (
    BadCoordinate,
    BadEmail,
    BadNumber,
    CodeTaken,
    CustomerChanged,
    CustomerNotFound,
    FieldSalesError,
    MissingName,
    NotAllowed,
    NotFound,
    TextTooLong,
)
from fieldsales.services.accounts.accounts import update_user
from fieldsales.services.customers.customer_history import list_changes, restore_change
from fieldsales.services.customers.customer_input import CustomerInput
from fieldsales.services.customers.customer_search import customer_details
from fieldsales.services.customers.customers import (
    archive_customer,
    create_customer,
    place_pin,
    update_customer,
)

Make = Callable[..., Customer]
TAKAMATSU = CustomerInput(name="㈱髙﨑商店", code="000123", address="香川県高松市番町4-1-3", phone="087-123-4567", tags=("重点", "食品"))


def create(database: Database, actor: User, now: datetime, values: CustomerInput = TAKAMATSU) -> Customer:
    with database.write() as session:
        return create_customer(session, actor, values=values, now=now)


def update(database: Database, actor: User, customer: Customer, now: datetime, values: CustomerInput) -> Customer:
    with database.write() as session:
        return update_customer(session, actor, customer_id=customer.id, version=customer.version, values=values, now=now)


def details(database: Database, actor: User, customer_id: int) -> Any:
    with database.read() as session:
        return customer_details(session, actor, customer_id=customer_id)


def test_a_new_customer_belongs_to_its_rep_and_waits_to_be_located(database: Database, aiko: User, now: datetime) -> None:
    shown = details(database, aiko, create(database, aiko, now).id)
    assert (shown.name, shown.code, shown.owner_name, shown.tags) == ("㈱髙﨑商店", "000123", "Aiko", ("重点", "食品"))
    assert shown.locate_pending
    assert shown.lat is None


def test_a_customer_without_an_address_is_kept_and_says_why_it_has_no_pin(database: Database, aiko: User, now: datetime) -> None:
    shown = details(database, aiko, create(database, aiko, now, CustomerInput(name="住所なし")).id)
    assert (shown.locate_pending, shown.locate_status, shown.locate_reason) == (False, LocateStatus.FAILED, LocateReason.NO_ADDRESS)


def test_given_coordinates_need_no_search(database: Database, aiko: User, now: datetime) -> None:
    shown = details(database, aiko, create(database, aiko, now, replace(TAKAMATSU, place=(34.34, 134.04))).id)
    assert (shown.lat, shown.lon, shown.locate_pending, shown.locate_status) == (34.34, 134.04, False, LocateStatus.OK)


@pytest.mark.parametrize(
    ("values", "error", "field"),
    [
        (CustomerInput(name="  "), MissingName, "name"),
        (CustomerInput(name="あ" * 501), TextTooLong, "name"),
        (CustomerInput(name="x", email="nobody"), BadEmail, "email"),
        (CustomerInput(name="x", amount=10**16), BadNumber, "amount"),
        (CustomerInput(name="x", place=(0.0, 0.0)), BadCoordinate, "lat"),
        (CustomerInput(name="x", place=(91.0, 0.0)), BadCoordinate, "lat"),
        (CustomerInput(name="x", place=(float("nan"), 1.0)), BadCoordinate, "lat"),
        (CustomerInput(name="x", tags=("t" * 101,)), TextTooLong, "tags"),
        (CustomerInput(name="x", custom={"k": "v" * 10_001}), TextTooLong, "custom"),
    ],
)
def test_a_bad_value_is_refused_by_name_and_nothing_is_written(
    database: Database, aiko: User, now: datetime, values: CustomerInput, error: type[FieldSalesError], field: str
) -> None:
    with pytest.raises(error) as caught:
        create(database, aiko, now, values)
    assert caught.value.field == field
    with database.read() as session:
        assert session.scalars(select(Customer)).all() == []


@pytest.mark.parametrize("name", ['"quoted"', "<script>alert(1)</script>", "🍣", "שלום", "あ" * 500, "O'Hara"])
def test_any_name_is_kept_as_it_was_typed(database: Database, aiko: User, now: datetime, name: str) -> None:
    assert details(database, aiko, create(database, aiko, now, CustomerInput(name=name)).id).name == name


def test_the_same_code_twice_is_refused(database: Database, people: dict[str, User], now: datetime) -> None:
    create(database, people["aiko"], now)
    with pytest.raises(CodeTaken):
        create(database, people["botan"], now, replace(TAKAMATSU, name="別の客"))


def test_the_second_saver_sees_both_versions_and_nothing_is_overwritten(database: Database, people: dict[str, User], now: datetime) -> None:
    stale = create(database, people["aiko"], now)
    version = stale.version
    update(database, people["aiko"], stale, now, replace(TAKAMATSU, owner_id=people["aiko"].id, memo="先に保存"))
    with pytest.raises(CustomerChanged) as caught, database.write() as session:
        update_customer(session, people["chie"], customer_id=stale.id, version=version, values=replace(TAKAMATSU, memo="後から"), now=now)
    assert caught.value.current["memo"] == "先に保存"
    assert caught.value.params["who"] == "Aiko"
    assert details(database, people["aiko"], stale.id).memo == "先に保存"
    chosen = replace(TAKAMATSU, owner_id=people["aiko"].id, memo="両方を見て選んだ")
    with database.write() as session:
        update_customer(session, people["chie"], customer_id=stale.id, version=caught.value.version, values=chosen, now=now)
    assert details(database, people["aiko"], stale.id).memo == "両方を見て選んだ"


def test_saving_what_is_there_already_leaves_no_trace(database: Database, aiko: User, now: datetime) -> None:
    customer = create(database, aiko, now)
    again = update(database, aiko, customer, now, replace(TAKAMATSU, owner_id=aiko.id))
    assert again.version == customer.version
    with database.read() as session:
        assert [c.cause for c in list_changes(session, aiko, customer_id=customer.id)] == [ChangeCause.CREATE]


def test_a_new_address_takes_the_old_pin_away_in_the_same_save(database: Database, aiko: User, now: datetime) -> None:
    customer = create(database, aiko, now, replace(TAKAMATSU, place=(34.34, 134.04)))
    update(database, aiko, customer, now, replace(TAKAMATSU, owner_id=aiko.id, address="香川県高松市天神前4-18"))
    shown = details(database, aiko, customer.id)
    assert (shown.lat, shown.locate_pending) == (None, True)


def test_a_pin_set_by_hand_stays_and_is_marked_for_a_check_when_the_address_changes(database: Database, aiko: User, now: datetime) -> None:
    customer = create(database, aiko, now)
    with database.write() as session:
        customer = place_pin(session, aiko, customer_id=customer.id, lat=34.34, lon=134.04, now=now)
    update(database, aiko, customer, now, replace(TAKAMATSU, owner_id=aiko.id, address="香川県高松市天神前4-18"))
    shown = details(database, aiko, customer.id)
    assert (shown.lat, shown.lon, shown.pinned_by_hand, shown.locate_pending) == (34.34, 134.04, True, False)
    assert shown.locate_reason is LocateReason.ADDRESS_CHANGED


def test_every_change_tells_who_when_before_and_after(database: Database, aiko: User, now: datetime) -> None:
    customer = create(database, aiko, now)
    later = now + timedelta(hours=1)
    update(database, aiko, customer, later, replace(TAKAMATSU, owner_id=aiko.id, likelihood=Likelihood.A, tags=("食品",)))
    with database.read() as session:
        newest = list_changes(session, aiko, customer_id=customer.id)[0]
    assert (newest.who, newest.changed_at, newest.cause) == ("Aiko", later, ChangeCause.EDIT)
    assert newest.before == {"likelihood": "unrated", "tags": ["重点", "食品"]}
    assert newest.after == {"likelihood": "A", "tags": ["食品"]}


def test_a_change_can_be_taken_back_and_the_way_back_is_kept_too(database: Database, aiko: User, now: datetime) -> None:
    customer = create(database, aiko, now)
    edited = replace(TAKAMATSU, owner_id=aiko.id, name="誤記", likelihood=Likelihood.B, next_on=date(2026, 12, 1), tags=(), code="")
    update(database, aiko, customer, now, edited)
    with database.write() as session:
        restore_change(session, aiko, change_id=list_changes(session, aiko, customer_id=customer.id)[0].id, now=now)
    shown = details(database, aiko, customer.id)
    assert (shown.name, shown.likelihood, shown.next_on, shown.tags, shown.code) == (
        "㈱髙﨑商店",
        Likelihood.UNRATED,
        None,
        ("重点", "食品"),
        "000123",
    )
    with database.read() as session:
        assert list_changes(session, aiko, customer_id=customer.id)[0].cause is ChangeCause.RESTORE


@pytest.mark.parametrize("known", [{}, {"address": "", "postal_code": "760-0017"}])
def test_taking_back_a_pin_sends_the_address_to_be_located_again(
    database: Database, aiko: User, now: datetime, known: dict[str, str]
) -> None:
    customer = create(database, aiko, now, replace(TAKAMATSU, **known))
    with database.write() as session:
        place_pin(session, aiko, customer_id=customer.id, lat=34.34, lon=134.04, now=now)
        restore_change(session, aiko, change_id=list_changes(session, aiko, customer_id=customer.id)[0].id, now=now)
    shown = details(database, aiko, customer.id)
    assert (shown.lat, shown.pinned_by_hand, shown.locate_pending) == (None, False, True)


def restore_newest(database: Database, actor: User, customer: Customer, now: datetime, cause: ChangeCause) -> None:
    with database.write() as session:
        changes = list_changes(session, actor, customer_id=customer.id)
        restore_change(session, actor, change_id=next(c.id for c in changes if c.cause is cause), now=now)


def test_taking_back_a_change_of_owner_gives_the_customer_back_to_the_team(
    database: Database, people: dict[str, User], now: datetime
) -> None:
    customer = create(database, people["aiko"], now)
    update(database, people["dai"], customer, now, replace(TAKAMATSU, owner_id=people["botan"].id))
    restore_newest(database, people["dai"], customer, now, ChangeCause.EDIT)
    assert details(database, people["chie"], customer.id).owner_name == "Aiko"
    with pytest.raises(CustomerNotFound):
        details(database, people["botan"], customer.id)


def test_taking_back_a_pin_after_the_address_changed_looks_for_the_new_address(database: Database, aiko: User, now: datetime) -> None:
    customer = create(database, aiko, now, replace(TAKAMATSU, place=(34.34, 134.04)))
    with database.write() as session:
        customer = place_pin(session, aiko, customer_id=customer.id, lat=34.35, lon=134.05, now=now)
    update(database, aiko, customer, now, replace(TAKAMATSU, owner_id=aiko.id, address="北海道函館市川原町18-16"))
    restore_newest(database, aiko, customer, now, ChangeCause.PIN)
    shown = details(database, aiko, customer.id)
    assert (shown.lat, shown.pinned_by_hand, shown.locate_pending) == (None, False, True)


def test_a_code_that_was_given_away_meanwhile_cannot_be_taken_back(database: Database, aiko: User, now: datetime) -> None:
    customer = create(database, aiko, now)
    update(database, aiko, customer, now, replace(TAKAMATSU, owner_id=aiko.id, code="K2"))
    create(database, aiko, now, CustomerInput(name="別の客", code="000123"))
    with pytest.raises(CodeTaken):
        restore_newest(database, aiko, customer, now, ChangeCause.EDIT)


def test_a_rep_cannot_take_a_shared_customer_away_from_its_owner(
    database: Database, people: dict[str, User], make_customer: Make, now: datetime
) -> None:
    aiko, dai = people["aiko"], people["dai"]
    customer = make_customer("同僚の", owner=dai, team_id=aiko.team_id)
    with pytest.raises(NotAllowed):
        update(database, aiko, customer, now, CustomerInput(name="同僚の"))


def test_customers_move_to_another_team_with_their_owner(
    database: Database, people: dict[str, User], make_customer: Make, now: datetime
) -> None:
    aiko, botan, chie, dai = (people[name] for name in ("aiko", "botan", "chie", "dai"))
    customer = make_customer("Botanの", owner=botan)
    with database.write() as session:
        update_user(session, dai, user_id=botan.id, name="Botan", role=Role.REP, team_name="East", now=now)
    assert details(database, chie, customer.id).owner_name == "Botan"
    assert details(database, aiko, customer.id).version == customer.version


def test_a_disabled_user_adds_nobody(database: Database, dai: User, now: datetime) -> None:
    dai.disabled_at = now
    with pytest.raises(NotAllowed):
        create(database, dai, now)


def test_the_first_entry_of_the_history_cannot_be_undone(database: Database, aiko: User, now: datetime) -> None:
    customer = create(database, aiko, now)
    with database.write() as session, pytest.raises(NotFound):
        restore_change(session, aiko, change_id=list_changes(session, aiko, customer_id=customer.id)[0].id, now=now)


def test_archiving_takes_the_right_to_delete_and_can_be_undone_by_anybody(
    database: Database, aiko: User, chie: User, now: datetime
) -> None:
    customer = create(database, aiko, now)
    with pytest.raises(NotAllowed), database.write() as session:
        archive_customer(session, aiko, customer_id=customer.id, now=now)
    with database.write() as session:
        archive_customer(session, chie, customer_id=customer.id, now=now)
    assert details(database, aiko, customer.id).archived_at == now
    with database.write() as session:
        archive_customer(session, aiko, customer_id=customer.id, archived=False, now=now)
    assert details(database, aiko, customer.id).archived_at is None


def test_a_stranger_can_neither_edit_nor_move_nor_read_the_history(database: Database, people: dict[str, User], now: datetime) -> None:
    customer = create(database, people["aiko"], now)
    with database.write() as session:
        for attempt in (
            lambda: update_customer(session, people["botan"], customer_id=customer.id, version=1, values=TAKAMATSU, now=now),
            lambda: place_pin(session, people["botan"], customer_id=customer.id, lat=35, lon=135, now=now),
            lambda: archive_customer(session, people["botan"], customer_id=customer.id, now=now),
            lambda: list_changes(session, people["botan"], customer_id=customer.id),
        ):
            with pytest.raises(CustomerNotFound):
                attempt()


def test_a_rep_cannot_give_a_customer_to_somebody_else_but_their_manager_can(
    database: Database, people: dict[str, User], now: datetime
) -> None:
    customer = create(database, people["aiko"], now)
    with pytest.raises(NotAllowed):
        update(database, people["aiko"], customer, now, replace(TAKAMATSU, owner_id=people["botan"].id))
    with pytest.raises(NotAllowed):
        update(database, people["chie"], customer, now, replace(TAKAMATSU, owner_id=people["botan"].id))
    update(database, people["dai"], customer, now, replace(TAKAMATSU, owner_id=people["botan"].id))
    assert details(database, people["botan"], customer.id).owner_name == "Botan"
    with pytest.raises(CustomerNotFound):
        details(database, people["aiko"], customer.id)
