"""Check-ins may propose another place for a pin; a person moves it, and can take that back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from fieldsales.db.database import Database
from fieldsales.db.models import Customer, User
from fieldsales.domain.check_in import Position
from fieldsales.domain.geodesy import distance_m, moved_by
from fieldsales.domain.pin_proposal import ProposedPlace
from fieldsales.domain.places import Level, LocateStatus
from fieldsales.errors import CustomerNotFound
from fieldsales.services.customers.customer_history import list_changes, restore_change
from fieldsales.services.customers.customer_input import input_of
from fieldsales.services.customers.customers import open_for_change, update_customer
from fieldsales.services.pins.pin_proposals import ProposalGone, accept_proposal, confirm_pin, propose_pin
from fieldsales.services.visits.check_ins import check_in, coarsen_positions

TOKYO = ZoneInfo("Asia/Tokyo")
PIN = (34.34, 134.05)
DOOR = moved_by(*PIN, 180, -90)
DAY = timedelta(days=1)
Make = Callable[..., Customer]


@pytest.fixture
def customer(make_customer: Make, aiko: User) -> Customer:
    rough: dict[str, Any] = {"precision_m": 300.0, "level": Level.CHOME, "locate_status": LocateStatus.APPROXIMATE}
    return make_customer("高松食品", owner=aiko, lat=PIN[0], lon=PIN[1], address="番町一丁目", **rough)


def tap(
    database: Database, actor: User, customer: Customer, when: datetime, place: tuple[float, float] = DOOR, accuracy_m: float = 10
) -> None:
    position = Position(*place, accuracy_m, when)
    with database.write() as session:
        check_in(session, actor, customer_id=customer.id, position=position, client_ref=uuid4(), zone=TOKYO, now=when)


def proposal(database: Database, actor: User, customer: Customer) -> ProposedPlace | None:
    with database.read() as session:
        return propose_pin(session, actor, customer_id=customer.id, zone=TOKYO)


def stored(database: Database, customer: Customer) -> Customer:
    with database.read() as session:
        return session.get_one(Customer, customer.id)


def on_three_days(database: Database, actor: User, customer: Customer, now: datetime) -> datetime:
    for day in range(3):
        tap(database, actor, customer, now + day * DAY, moved_by(*DOOR, 4 * day, -3 * day))
    return now + 3 * DAY


def test_three_days_at_the_door_propose_the_door_and_move_nothing(
    database: Database, aiko: User, customer: Customer, now: datetime
) -> None:
    on_three_days(database, aiko, customer, now)
    proposed = proposal(database, aiko, customer)
    assert proposed is not None
    assert (proposed.check_ins, distance_m(proposed.lat, proposed.lon, *DOOR) < 10) == (3, True)
    assert (stored(database, customer).lat, stored(database, customer).lon) == PIN


def test_many_taps_on_one_day_are_one_opinion(
    database: Database, aiko: User, make_customer: Make, customer: Customer, now: datetime
) -> None:
    between = make_customer("次の客", owner=aiko)
    for minutes in range(0, 60, 10):
        tap(database, aiko, customer if minutes % 20 == 0 else between, now + timedelta(minutes=minutes))
    assert proposal(database, aiko, customer) is None


def test_three_people_on_one_day_are_three(database: Database, people: dict[str, User], customer: Customer, now: datetime) -> None:
    for name in ("aiko", "chie", "dai"):
        tap(database, people[name], customer, now)
    assert proposal(database, people["aiko"], customer) is not None


def test_check_ins_from_the_office_propose_nothing(database: Database, aiko: User, customer: Customer, now: datetime) -> None:
    for day in range(5):
        tap(database, aiko, customer, now + day * DAY, moved_by(*PIN, 20_000, 5_000))
    assert proposal(database, aiko, customer) is None


def test_one_far_outlier_among_good_ones_does_not_pull(database: Database, aiko: User, customer: Customer, now: datetime) -> None:
    after = on_three_days(database, aiko, customer, now)
    tap(database, aiko, customer, after, moved_by(*PIN, 300_000, 0))
    proposed = proposal(database, aiko, customer)
    assert proposed is not None
    assert distance_m(proposed.lat, proposed.lon, *DOOR) < 15


def test_coarsened_positions_no_longer_count(database: Database, aiko: User, customer: Customer, now: datetime) -> None:
    after = on_three_days(database, aiko, customer, now)
    with database.write() as session:
        coarsen_positions(session, taken_before=after, now=after)
    assert proposal(database, aiko, customer) is None


def test_one_tap_moves_the_pin_and_one_takes_it_back(database: Database, aiko: User, customer: Customer, now: datetime) -> None:
    after = on_three_days(database, aiko, customer, now)
    with database.write() as session:
        change_id = accept_proposal(session, aiko, customer_id=customer.id, zone=TOKYO, now=after)
    moved = stored(database, customer)
    assert distance_m(moved.lat or 0, moved.lon or 0, *DOOR) < 10
    assert (moved.pinned_by_hand, moved.locate_status) == (True, LocateStatus.OK)
    assert proposal(database, aiko, customer) is None
    with pytest.raises(ProposalGone), database.write() as session:
        accept_proposal(session, aiko, customer_id=customer.id, zone=TOKYO, now=after)
    with database.write() as session:
        restore_change(session, aiko, change_id=change_id, now=after)
    back = stored(database, customer)
    assert (back.lat, back.lon, back.precision_m, back.pinned_by_hand) == (*PIN, 300.0, False)


def test_who_says_the_pin_is_right_is_not_asked_again_for_the_same_check_ins(
    database: Database, aiko: User, customer: Customer, now: datetime
) -> None:
    after = on_three_days(database, aiko, customer, now)
    with database.write() as session:
        confirm_pin(session, aiko, customer_id=customer.id, now=after)
    assert stored(database, customer).pin_confirmed_at == after
    assert proposal(database, aiko, customer) is None
    on_three_days(database, aiko, customer, after + DAY)
    assert proposal(database, aiko, customer) is not None


def test_saying_that_the_pin_is_right_can_be_taken_back_from_the_history(
    database: Database, aiko: User, customer: Customer, now: datetime
) -> None:
    after = on_three_days(database, aiko, customer, now)
    with database.write() as session:
        confirm_pin(session, aiko, customer_id=customer.id, now=after)
    with database.read() as session:
        (change,) = list_changes(session, aiko, customer_id=customer.id)
    with database.write() as session:
        restore_change(session, aiko, change_id=change.id, now=after)
    assert stored(database, customer).pin_confirmed_at is None
    assert proposal(database, aiko, customer) is not None


def test_check_ins_at_the_former_address_propose_nothing(database: Database, aiko: User, customer: Customer, now: datetime) -> None:
    after = on_three_days(database, aiko, customer, now)
    with database.write() as session:
        current = open_for_change(session, aiko, customer.id)
        values = replace(input_of(current), address="番町二丁目", place=moved_by(*PIN, 100, 0))
        update_customer(session, aiko, customer_id=customer.id, version=current.version, values=values, now=after)
        current.precision_m = 300.0
    assert proposal(database, aiko, customer) is None


def test_a_customer_without_a_pin_gets_one_proposed(database: Database, aiko: User, make_customer: Make, now: datetime) -> None:
    lost = make_customer("場所不明", owner=aiko)
    after = on_three_days(database, aiko, lost, now)
    with database.write() as session:
        accept_proposal(session, aiko, customer_id=lost.id, zone=TOKYO, now=after)
    assert stored(database, lost).pinned_by_hand


def test_a_stranger_neither_sees_nor_accepts_a_proposal(
    database: Database, aiko: User, botan: User, customer: Customer, now: datetime
) -> None:
    on_three_days(database, aiko, customer, now)
    with pytest.raises(CustomerNotFound):
        proposal(database, botan, customer)
    with pytest.raises(CustomerNotFound), database.write() as session:
        accept_proposal(session, botan, customer_id=customer.id, zone=TOKYO, now=now)
    with pytest.raises(CustomerNotFound), database.write() as session:
        confirm_pin(session, botan, customer_id=customer.id, now=now)
