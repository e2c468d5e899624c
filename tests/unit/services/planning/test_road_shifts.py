"""Which plan a visit belongs to: shifts past midnight and over their end, and plans accepted when part of the day is done."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import uuid4

import pytest

from fieldsales.db.database import Database
from fieldsales.db.models import Customer, Plan, User
from fieldsales.domain.words import Outcome, PlanState, StopProgress
from fieldsales.services.planning import plan_edits, plans
from fieldsales.services.visits import visits
from tests.conftest import CustomerFactory
from tests.planned_days import TOKYO, keep_plan
from tests.road_taps import check_in, first_stop, stops, visit


@pytest.fixture
def customers(make_customer: CustomerFactory, aiko: User) -> list[Customer]:
    return [make_customer(f"客{n}", owner=aiko, lat=35.0 + n / 20, lon=139.0) for n in range(3)]


@pytest.fixture
def plan_id(database: Database, aiko: User, customers: list[Customer], today: date) -> int:
    return keep_plan(database, aiko, customers, today)


def test_a_visit_after_midnight_belongs_to_the_shift_that_goes_on(
    database: Database, aiko: User, make_customer: CustomerFactory, today: date, now: datetime
) -> None:
    night = keep_plan(database, aiko, [make_customer("夜間の客", owner=aiko)], today, rules={"begins": "17:00", "ends": "02:00"})
    customer_id = first_stop(database, night).customer_id
    after_midnight = now + timedelta(hours=15)  # 01:00
    with database.write() as session:
        said = {"outcome": Outcome.MET, "client_ref": uuid4(), "zone": TOKYO, "now": after_midnight}
        visits.record_visit(session, aiko, customer_id=customer_id, visited_at=after_midnight, **said)
    assert first_stop(database, night).progress is StopProgress.DONE


def test_a_customer_of_two_nights_is_visited_in_the_shift_that_is_going_on(
    database: Database, aiko: User, make_customer: CustomerFactory, today: date, now: datetime
) -> None:
    customer, rules = make_customer("夜間の客", owner=aiko), {"begins": "22:00", "ends": "06:00"}
    nights = [keep_plan(database, aiko, [customer], today + timedelta(days=n), rules=rules) for n in (0, 1)]
    visit(database, aiko, customer, now + timedelta(hours=16))  # 02:00
    assert [first_stop(database, night).progress for night in nights] == [StopProgress.DONE, StopProgress.AHEAD]
    visit(database, aiko, customer, now + timedelta(hours=37))  # 23:00
    assert [first_stop(database, night).progress for night in nights] == [StopProgress.DONE, StopProgress.DONE]


def test_a_night_shift_that_runs_over_its_end_is_still_the_same_shift(
    database: Database, aiko: User, make_customer: CustomerFactory, today: date, now: datetime
) -> None:
    customer = make_customer("夜間の客", owner=aiko)
    night = keep_plan(database, aiko, [customer], today, rules={"begins": "22:00", "ends": "06:00"})
    visit(database, aiko, customer, now + timedelta(hours=20, minutes=40))  # 06:40
    assert first_stop(database, night).progress is StopProgress.DONE


def test_a_plan_accepted_in_the_middle_of_the_day_knows_what_was_done_before(
    database: Database, aiko: User, customers: list[Customer], plan_id: int, today: date, now: datetime
) -> None:
    made = visit(database, aiko, customers[0], now)
    check_in(database, aiko, customers[1], now + timedelta(minutes=30))
    another = keep_plan(database, aiko, customers, today, state=PlanState.DRAFT)
    later = now + timedelta(hours=1)
    with database.write() as session:
        change_id = plans.accept_plan(session, aiko, plan_id=another, now=later)
    assert [(stop.progress, stop.visit_id) for stop in stops(database, another)] == [
        (StopProgress.DONE, made.id),
        (StopProgress.ARRIVED, None),
        (StopProgress.AHEAD, None),
    ]
    assert change_id is not None
    with database.write() as session:
        plan_edits.undo_change(session, aiko, plan_id=another, change_id=change_id, now=later)
        assert session.get_one(Plan, another).state is PlanState.DRAFT
