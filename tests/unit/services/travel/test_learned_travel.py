"""Learning from check-outs and check-ins: only ways that were one, without parking, without anybody's name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import inspect, select, update

from fieldsales.adapters.travel_times import build_travel_times
from fieldsales.db.database import Database
from fieldsales.db.models import CheckIn, Customer, LearnedTravel, Plan, User
from fieldsales.domain.places import Level, LocateReason
from fieldsales.domain.planning.day_rules import DayRules, rules_to_json
from fieldsales.domain.travel import TravelSource
from fieldsales.domain.travel_learning import ANY_HOUR, EVERYWHERE, Sample
from fieldsales.domain.words import CheckInState, Outcome, PlanState, TravelMode, VisitKind
from fieldsales.services.planning.work_days import save_rules
from fieldsales.services.travel.learned_travel import (
    FORGOTTEN_AFTER,
    LOOK_BACK,
    TravelledDay,
    keep_lessons,
    read_travelled_days,
    reckon,
)
from fieldsales.services.visits.visits import record_visit

TOKYO = ZoneInfo("Asia/Tokyo")
Make = Callable[..., Customer]
MORNING = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)  # 10:00 on Friday in Tokyo
PINS = ((34.3401, 134.0434), (34.3128, 134.0560), (34.3530, 134.0900))


@pytest.fixture
def shops(make_customer: Make, aiko: User) -> list[Customer]:
    """Three customers some three and five kilometres apart."""
    return [make_customer(f"店{i}", owner=aiko, lat=lat, lon=lon, precision_m=50.0, level=Level.POINT) for i, (lat, lon) in enumerate(PINS)]


def stay(database: Database, user: User, customer: Customer, arrived: datetime, *, minutes: float | None = 20, **values: Any) -> None:
    left = None if minutes is None else arrived + timedelta(minutes=minutes)
    row = {"state": CheckInState.VERIFIED, "reason": "near", "closed_at": left or arrived + timedelta(hours=1)} | values
    with database.write() as session:
        session.add(
            CheckIn(client_ref=uuid4(), user_id=user.id, customer_id=customer.id, checked_in_at=arrived, checked_out_at=left, **row)
        )


def days_of(database: Database, now: datetime) -> tuple[TravelledDay, ...]:
    with database.read() as session:
        return read_travelled_days(session, now=now, zone=TOKYO)


def leg_minutes(database: Database, now: datetime) -> list[float]:
    return [leg.seconds / 60 for day in days_of(database, now) for leg in day.legs]


def test_a_way_is_from_the_check_out_to_the_next_check_in_without_parking(
    database: Database, aiko: User, shops: list[Customer], now: datetime
) -> None:
    stay(database, aiko, shops[0], MORNING)
    stay(database, aiko, shops[1], MORNING + timedelta(minutes=33))
    stay(database, aiko, shops[2], MORNING + timedelta(minutes=80))
    (day,) = days_of(database, now)
    assert (day.mode, day.places) == (TravelMode.CAR, PINS)
    assert [(leg.origin, leg.target, leg.hour, leg.seconds / 60) for leg in day.legs] == [(0, 1, 10, 10.0), (1, 2, 10, 24.0)]


def test_nobodys_name_is_in_what_is_read_or_kept(database: Database, aiko: User, shops: list[Customer], now: datetime) -> None:
    stay(database, aiko, shops[0], MORNING)
    stay(database, aiko, shops[1], MORNING + timedelta(minutes=33))
    assert set(TravelledDay.__dataclass_fields__) == {"mode", "places", "legs"}
    with database.read() as session:
        columns = {column["name"] for column in inspect(session.connection()).get_columns("learned_travel")}
    assert columns == {"mode", "source", "area", "hour", "factor", "spread", "count", "learned_at"}


def test_ways_of_different_people_are_not_mixed(database: Database, people: dict[str, User], shops: list[Customer], now: datetime) -> None:
    stay(database, people["aiko"], shops[0], MORNING)
    stay(database, people["chie"], shops[1], MORNING + timedelta(minutes=33))
    assert days_of(database, now) == ()


@pytest.mark.parametrize(
    ("first", "second", "gap_minutes"),
    [
        ({"minutes": None}, {}, 33),  # nobody checked out
        ({"state": CheckInState.FAR}, {}, 33),
        ({}, {"state": CheckInState.FAR}, 33),
        ({}, {}, 21),  # a minute: tapped one after the other
        ({}, {}, 20 + 181),  # three hours: lunch, the office, anything
    ],
)
def test_what_was_no_direct_way_teaches_nothing(
    database: Database, aiko: User, shops: list[Customer], now: datetime, first: dict[str, Any], second: dict[str, Any], gap_minutes: int
) -> None:
    stay(database, aiko, shops[0], MORNING, **first)
    stay(database, aiko, shops[1], MORNING + timedelta(minutes=gap_minutes), **second)
    assert days_of(database, now) == ()


def test_a_night_lies_between_two_days(database: Database, aiko: User, shops: list[Customer], now: datetime) -> None:
    midnight = datetime(2026, 11, 19, 15, 0, tzinfo=UTC)  # in Tokyo
    stay(database, aiko, shops[0], midnight - timedelta(minutes=30))
    stay(database, aiko, shops[1], midnight + timedelta(minutes=5))
    assert days_of(database, now) == ()


@pytest.mark.parametrize(
    "values",
    [
        {"lat": None, "lon": None},
        {"precision_m": 2_000.0},
        {"locate_reason": LocateReason.ADDRESS_CHANGED},
        {"lat": PINS[0][0] + 0.001, "lon": PINS[0][1]},  # next door
        {"lat": 43.0, "lon": 141.3},  # Sapporo
    ],
)
def test_a_pin_that_is_not_sure_or_not_apart_teaches_nothing(
    database: Database, aiko: User, shops: list[Customer], now: datetime, values: dict[str, Any]
) -> None:
    with database.write() as session:
        session.execute(update(Customer).where(Customer.id == shops[1].id).values(**values))
    stay(database, aiko, shops[0], MORNING)
    stay(database, aiko, shops[1], MORNING + timedelta(minutes=33))
    assert days_of(database, now) == ()


def visit(database: Database, user: User, customer: Customer, at: datetime, now: datetime, kind: VisitKind = VisitKind.VISIT) -> None:
    with database.write() as session:
        record_visit(
            session, user, customer_id=customer.id, visited_at=at, outcome=Outcome.MET, kind=kind, client_ref=uuid4(), zone=TOKYO, now=now
        )


def test_a_visit_elsewhere_in_between_makes_it_two_ways(database: Database, aiko: User, shops: list[Customer], now: datetime) -> None:
    stay(database, aiko, shops[0], MORNING)
    stay(database, aiko, shops[1], MORNING + timedelta(minutes=60))
    assert leg_minutes(database, now) == [37.0]
    for customer, kind in ((shops[0], VisitKind.VISIT), (shops[1], VisitKind.VISIT), (shops[2], VisitKind.CALL)):
        visit(database, aiko, customer, MORNING + timedelta(minutes=30), now, kind)
    assert leg_minutes(database, now) == [37.0]  # recorded in the car park, or by telephone
    visit(database, aiko, shops[2], MORNING + timedelta(minutes=40), now)
    assert leg_minutes(database, now) == []


def test_how_somebody_got_about_is_as_planned_for_that_day_else_as_usual(
    database: Database, aiko: User, shops: list[Customer], now: datetime
) -> None:
    stay(database, aiko, shops[0], MORNING)
    stay(database, aiko, shops[1], MORNING + timedelta(minutes=33))
    usual = DayRules(mode=TravelMode.BICYCLE, begins=time(8))
    with database.write() as session:
        save_rules(session, aiko, rules=usual, now=now)
    assert [(day.mode, day.legs[0].seconds) for day in days_of(database, now)] == [(TravelMode.BICYCLE, 13 * 60)]
    with database.write() as session:
        session.add(
            Plan(
                client_ref=uuid4(), user_id=aiko.id, created_by_id=aiko.id, changed_by_id=aiko.id, day=date(2026, 11, 20),
                zone="Asia/Tokyo", state=PlanState.ACCEPTED, rules=rules_to_json(replace(usual, mode=TravelMode.TRAIN)), created_at=now,
                changed_at=now,
            )
        )  # fmt: skip
    assert days_of(database, now) == ()  # by train the team's own minutes count


def test_what_lies_long_ago_is_forgotten(database: Database, aiko: User, shops: list[Customer], now: datetime) -> None:
    stay(database, aiko, shops[0], MORNING)
    stay(database, aiko, shops[1], MORNING + timedelta(minutes=33))
    assert days_of(database, now + LOOK_BACK) == ()


def test_a_way_is_compared_with_what_was_reckoned(database: Database, aiko: User, shops: list[Customer], now: datetime) -> None:
    stay(database, aiko, shops[0], MORNING)
    stay(database, aiko, shops[1], MORNING + timedelta(minutes=33))
    days, times = days_of(database, now), build_travel_times()
    ((mode, sample),) = reckon(days, times, TravelSource.ESTIMATE)
    reckoned = int(times.table(PINS[:2], mode=TravelMode.CAR).seconds[0, 1])
    assert (mode, sample.hour, sample.ratio) == (TravelMode.CAR, 10, 600 / reckoned)
    assert list(reckon(days, times, TravelSource.ROADS)) == []  # an estimate says nothing about roads


def keep(database: Database, now: datetime, count: int, ratio: float, source: TravelSource = TravelSource.ESTIMATE) -> int:
    with database.write() as session:
        return keep_lessons(session, samples={(TravelMode.CAR, source): [Sample("a", 9, ratio)] * count}, now=now)


def kept(database: Database) -> dict[tuple[TravelSource, str, int], float]:
    with database.read() as session:
        return {(row.source, row.area, row.hour): row.factor for row in session.scalars(select(LearnedTravel))}


def test_what_is_learned_anew_takes_the_place_of_what_was_known(database: Database, now: datetime) -> None:
    everywhere = (TravelSource.ESTIMATE, EVERYWHERE, ANY_HOUR)
    assert keep(database, now, 29, 1.5) == 0
    assert kept(database) == {}
    assert keep(database, now, 500, 1.5) == 4
    keep(database, now, 500, 1.5, TravelSource.ROADS)
    keep(database, now, 500, 2.0)
    assert len(kept(database)) == 8
    assert kept(database)[everywhere] == pytest.approx(2.0, rel=0.02)
    assert keep(database, now + timedelta(days=30), 5, 1.0) == 0
    assert kept(database)[everywhere] == pytest.approx(2.0, rel=0.02)  # too few change nothing
    keep(database, now + FORGOTTEN_AFTER + timedelta(days=1), 5, 1.0)
    assert kept(database) == {}
