"""Checking in never blocks, happens once, and shows where somebody was to nobody by itself."""

from __future__ import annotations

import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select, update

from fieldsales.db.database import Database
from fieldsales.db.models import CheckIn, Customer, User, Visit
from fieldsales.domain.check_in import CheckInReason, Position
from fieldsales.domain.geodesy import moved_by
from fieldsales.domain.places import Level, LocateReason
from fieldsales.domain.words import CheckInState, Outcome, VisitKind
from fieldsales.errors import CustomerNotFound, NotAllowed, NotFound, UserNotFound
from fieldsales.services.visits import check_ins
from fieldsales.services.visits.check_ins import CheckInEnded, CheckInRow
from fieldsales.services.visits.visits import record_visit, undo_visit

TOKYO = ZoneInfo("Asia/Tokyo")
PIN = {"lat": 34.34, "lon": 134.05, "precision_m": 15.0, "level": Level.POINT}
Make = Callable[..., Customer]


@pytest.fixture
def customer(make_customer: Make, aiko: User) -> Customer:
    return make_customer("高松食品", owner=aiko, **PIN)


def at(now: datetime, east_m: float = 40.0, accuracy_m: float = 12.0) -> Position:
    return Position(*moved_by(PIN["lat"], PIN["lon"], east_m, 0), accuracy_m, now)  # type: ignore[arg-type]


def tap(database: Database, actor: User, customer: Customer, now: datetime, *, client_ref: UUID | None = None, **values: Any) -> CheckIn:
    values = {"position": at(now)} | values
    with database.write() as session:
        return check_ins.check_in(session, actor, customer_id=customer.id, client_ref=client_ref or uuid4(), zone=TOKYO, now=now, **values)


def leave(database: Database, actor: User, check_in: CheckIn, now: datetime) -> CheckIn:
    with database.write() as session:
        return check_ins.check_out(session, actor, check_in_id=check_in.id, now=now)


def rows_of(database: Database, actor: User) -> tuple[CheckInRow, ...]:
    with database.read() as session:
        return check_ins.list_own_check_ins(session, actor)


def where_now(database: Database, actor: User, now: datetime) -> CheckInRow | None:
    with database.read() as session:
        return check_ins.open_check_in(session, actor, now=now, zone=TOKYO)


def visit(database: Database, actor: User, customer: Customer, now: datetime, **values: Any) -> Visit:
    values = {"visited_at": now, "outcome": Outcome.MET} | values
    with database.write() as session:
        return record_visit(session, actor, customer_id=customer.id, client_ref=uuid4(), zone=TOKYO, now=now, **values)


def count(database: Database) -> int:
    with database.read() as session:
        return session.scalar(select(func.count(CheckIn.id))) or 0


def test_a_tap_keeps_the_position_and_says_how_well_it_agrees(database: Database, aiko: User, customer: Customer, now: datetime) -> None:
    stored = tap(database, aiko, customer, now)
    assert (stored.state, stored.reason) == (CheckInState.VERIFIED, "near")
    assert (stored.accuracy_m, stored.pin_precision_m) == (12.0, 15.0)
    assert stored.distance_m == pytest.approx(40, abs=0.1)
    assert (stored.checked_in_at, stored.closed_at) == (now, None)


@pytest.mark.parametrize("failure", [CheckInReason.DENIED, CheckInReason.TIMEOUT, CheckInReason.INSECURE, CheckInReason.UNAVAILABLE])
def test_without_a_position_one_checks_in_all_the_same(
    database: Database, aiko: User, customer: Customer, now: datetime, failure: CheckInReason
) -> None:
    stored = tap(database, aiko, customer, now, position=None, failure=failure)
    assert (stored.state, stored.reason, stored.lat, stored.lon, stored.accuracy_m) == (CheckInState.UNKNOWN, failure, None, None, None)


@pytest.mark.parametrize(
    ("lat", "lon", "accuracy_m", "ahead", "reason"),
    [
        (math.nan, 134.0, 5.0, timedelta(0), CheckInReason.NONSENSE),
        (999.0, 134.0, 5.0, timedelta(0), CheckInReason.NONSENSE),
        (34.0, 134.0, -5.0, timedelta(0), CheckInReason.NONSENSE),
        (34.0, 134.0, 1e9, timedelta(0), CheckInReason.NONSENSE),
        (0.0, 0.0, 5.0, timedelta(0), CheckInReason.NONSENSE),
        (34.0, 134.0, 5.0, timedelta(days=1), CheckInReason.CLOCK),
    ],
)
def test_a_position_that_cannot_be_is_not_kept(
    database: Database,
    aiko: User,
    customer: Customer,
    now: datetime,
    lat: float,
    lon: float,
    accuracy_m: float,
    ahead: timedelta,
    reason: str,
) -> None:
    stored = tap(database, aiko, customer, now, position=Position(lat, lon, accuracy_m, now + ahead))
    assert (stored.state, stored.reason, stored.lat, stored.accuracy_m) == (CheckInState.UNKNOWN, reason, None, None)


def test_a_customer_without_a_pin_leaves_the_state_open(database: Database, aiko: User, make_customer: Make, now: datetime) -> None:
    stored = tap(database, aiko, make_customer("場所不明", owner=aiko), now)
    assert (stored.state, stored.reason, stored.distance_m) == (CheckInState.UNKNOWN, "no_pin", None)
    assert stored.lat is not None


def test_a_pin_whose_address_changed_accuses_nobody(database: Database, aiko: User, make_customer: Make, now: datetime) -> None:
    moved = make_customer("移転", owner=aiko, **PIN, pinned_by_hand=True, locate_reason=LocateReason.ADDRESS_CHANGED)
    assert tap(database, aiko, moved, now, position=at(now, 9_000)).state is CheckInState.UNKNOWN


def test_the_same_tap_sent_twice_is_one_check_in(database: Database, aiko: User, customer: Customer, now: datetime) -> None:
    client_ref = uuid4()
    first = tap(database, aiko, customer, now, client_ref=client_ref)
    leave(database, aiko, first, now + timedelta(minutes=5))
    again = tap(database, aiko, customer, now + timedelta(minutes=6), client_ref=client_ref)
    assert again.id == first.id
    assert count(database) == 1


def test_two_phones_at_once_open_one_check_in(
    database: Database, aiko: User, make_customer: Make, customer: Customer, now: datetime
) -> None:
    other = make_customer("乙", owner=aiko, **PIN)
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda n: tap(database, aiko, (customer, other)[n % 2], now), range(6)))
    with database.read() as session:
        open_ones = session.scalar(select(func.count(CheckIn.id)).where(CheckIn.closed_at.is_(None)))
    assert open_ones == 1


def test_a_reference_used_by_somebody_else_reveals_nothing(
    database: Database, people: dict[str, User], make_customer: Make, customer: Customer, now: datetime
) -> None:
    client_ref = uuid4()
    tap(database, people["aiko"], customer, now, client_ref=client_ref)
    with pytest.raises(CustomerNotFound):
        tap(database, people["botan"], make_customer("西", owner=people["botan"]), now, client_ref=client_ref)


def test_a_stranger_cannot_check_in_nor_see_who_did(database: Database, aiko: User, botan: User, customer: Customer, now: datetime) -> None:
    stored = tap(database, aiko, customer, now)
    with pytest.raises(CustomerNotFound):
        tap(database, botan, customer, now)
    with pytest.raises(NotFound):
        leave(database, botan, stored, now)
    with pytest.raises(CustomerNotFound), database.read() as session:
        check_ins.list_check_ins(session, botan, customer_id=customer.id)
    with pytest.raises(UserNotFound), database.read() as session:
        check_ins.check_ins_of_day(session, botan, user_id=aiko.id, day=now.date(), zone=TOKYO)
    assert where_now(database, botan, now) is None


def test_a_disabled_user_cannot_check_in(database: Database, aiko: User, customer: Customer, now: datetime) -> None:
    aiko.disabled_at = now
    with pytest.raises(NotAllowed):
        tap(database, aiko, customer, now)


def test_checking_out_gives_the_duration_once(database: Database, aiko: User, customer: Customer, now: datetime) -> None:
    stored = tap(database, aiko, customer, now)
    leave(database, aiko, stored, now + timedelta(minutes=33))
    leave(database, aiko, stored, now + timedelta(minutes=50))
    (row,) = rows_of(database, aiko)
    assert row.duration == timedelta(minutes=33)
    assert where_now(database, aiko, now + timedelta(minutes=51)) is None


def test_a_clock_that_runs_back_gives_no_negative_duration(database: Database, aiko: User, customer: Customer, now: datetime) -> None:
    leave(database, aiko, tap(database, aiko, customer, now), now - timedelta(minutes=1))
    assert rows_of(database, aiko)[0].duration == timedelta(0)


def test_checking_in_elsewhere_leaves_the_former_without_a_duration(
    database: Database, aiko: User, make_customer: Make, customer: Customer, now: datetime
) -> None:
    first = tap(database, aiko, customer, now)
    later = now + timedelta(hours=2)
    tap(database, aiko, make_customer("次の客", owner=aiko, **PIN), later)
    newest, former = rows_of(database, aiko)
    assert (newest.customer_name, newest.closed_at) == ("次の客", None)
    assert (former.closed_at, former.checked_out_at, former.duration, former.left_without_check_out) == (later, None, None, True)
    with pytest.raises(CheckInEnded):
        leave(database, aiko, first, later)
    assert rows_of(database, aiko)[1].duration is None


def test_a_second_tap_at_the_same_customer_adds_the_missing_position_only(
    database: Database, aiko: User, customer: Customer, now: datetime
) -> None:
    tap(database, aiko, customer, now, position=None, failure=CheckInReason.DENIED)
    tap(database, aiko, customer, now + timedelta(minutes=3), position=None, failure=CheckInReason.TIMEOUT)
    assert rows_of(database, aiko)[0].reason == CheckInReason.TIMEOUT
    later = now + timedelta(minutes=4)
    tap(database, aiko, customer, later, position=at(later))
    tap(database, aiko, customer, later, position=at(later, 5_000))
    (row,) = rows_of(database, aiko)
    assert (row.checked_in_at, row.state, row.closed_at) == (now, CheckInState.VERIFIED, None)


def test_yesterdays_forgotten_check_in_is_over_after_midnight(database: Database, aiko: User, customer: Customer, now: datetime) -> None:
    evening = datetime(2026, 11, 21, 14, 50, tzinfo=UTC)  # 23:50 in Tokyo
    tap(database, aiko, customer, evening)
    assert where_now(database, aiko, evening + timedelta(minutes=9)) is not None
    morning = evening + timedelta(minutes=11)
    assert where_now(database, aiko, morning) is None
    tap(database, aiko, customer, morning)
    newest, forgotten = rows_of(database, aiko)
    assert forgotten.left_without_check_out
    assert newest.checked_in_at == morning


def test_forgotten_check_ins_are_closed_in_their_authors_zone(
    database: Database, people: dict[str, User], make_customer: Make, now: datetime
) -> None:
    with database.write() as session:
        session.execute(update(User).where(User.id == people["botan"].id).values(timezone="America/New_York"))
    evening = datetime(2026, 11, 21, 14, 50, tzinfo=UTC)  # 23:50 in Tokyo, 9:50 in New York
    for name in ("aiko", "botan"):
        tap(database, people[name], make_customer(name, owner=people[name], **PIN), evening)
    after = evening + timedelta(minutes=20)
    for _ in range(2):
        with database.write() as session:
            check_ins.close_forgotten(session, now=after, default_zone=TOKYO)
    (tokyo,), (new_york,) = rows_of(database, people["aiko"]), rows_of(database, people["botan"])
    assert (tokyo.closed_at, tokyo.checked_out_at) == (after, None)
    assert new_york.closed_at is None


def test_a_visit_takes_the_check_in_of_its_day(database: Database, aiko: User, customer: Customer, now: datetime) -> None:
    arrived = tap(database, aiko, customer, now)
    leave(database, aiko, arrived, now + timedelta(minutes=33))
    recorded = visit(database, aiko, customer, now + timedelta(minutes=35))
    with database.read() as session:
        tied = check_ins.check_ins_of_visits(session, aiko, visit_ids=[recorded.id])
    assert tied[recorded.id].duration == timedelta(minutes=33)
    assert tied[recorded.id].state is CheckInState.VERIFIED


@pytest.mark.parametrize(("kind", "back"), [(VisitKind.CALL, timedelta(0)), (VisitKind.VISIT, timedelta(days=1))])
def test_a_call_and_a_visit_of_another_day_take_none(
    database: Database, aiko: User, customer: Customer, now: datetime, kind: VisitKind, back: timedelta
) -> None:
    tap(database, aiko, customer, now)
    visit(database, aiko, customer, now, visited_at=now - back, kind=kind)
    assert rows_of(database, aiko)[0].visit_id is None


def test_a_colleagues_visit_does_not_take_my_check_in(
    database: Database, aiko: User, chie: User, customer: Customer, now: datetime
) -> None:
    tap(database, aiko, customer, now)
    visit(database, chie, customer, now)
    assert rows_of(database, aiko)[0].visit_id is None


def test_taking_a_visit_back_frees_its_check_in(database: Database, aiko: User, customer: Customer, now: datetime) -> None:
    tap(database, aiko, customer, now)
    first = visit(database, aiko, customer, now)
    with database.write() as session:
        undo_visit(session, aiko, visit_id=first.id, now=now)
    second = visit(database, aiko, customer, now)
    assert rows_of(database, aiko)[0].visit_id == second.id


def test_teammates_and_managers_see_the_state_but_no_row_carries_a_place(
    database: Database, aiko: User, chie: User, customer: Customer, now: datetime
) -> None:
    tap(database, aiko, customer, now)
    with database.read() as session:
        (row,) = check_ins.list_check_ins(session, chie, customer_id=customer.id)
        (of_day,) = check_ins.check_ins_of_day(session, chie, user_id=aiko.id, day=now.astimezone(TOKYO).date(), zone=TOKYO)
    assert row == of_day
    assert (row.who, row.state, row.has_position) == ("Aiko", CheckInState.VERIFIED, True)
    assert {f.name for f in fields(row)}.isdisjoint({"lat", "lon", "position"})


def test_my_check_in_at_a_customer_i_no_longer_see_stays_mine_without_its_name(
    database: Database, aiko: User, botan: User, customer: Customer, now: datetime
) -> None:
    stored = tap(database, aiko, customer, now)
    with database.write() as session:
        session.execute(update(Customer).where(Customer.id == customer.id).values(owner_id=botan.id, team_id=botan.team_id))
    (row,) = rows_of(database, aiko)
    assert (row.id, row.customer_name) == (stored.id, "")
    leave(database, aiko, stored, now)
    assert rows_of(database, aiko)[0].duration == timedelta(0)
