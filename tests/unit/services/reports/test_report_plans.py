"""Planned versus done in reports: what was accepted is what was planned, and what was promised is held against what happened."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import uuid4

import pytest

from fieldsales.db.database import Database
from fieldsales.db.models import Customer, PlanStop, User, Visit
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.report_facts import DayFact, ReportFacts
from fieldsales.domain.words import Outcome, Period, PlanState, StopProgress, VisitKind
from fieldsales.services.reports.reports import build_facts
from tests.conftest import CustomerFactory
from tests.planned_days import TOKYO, keep_plan, moment

FRIDAY = date(2026, 11, 20)
SATURDAY = date(2026, 11, 21)


def at(hour: int, minute: int = 0, day: date = FRIDAY) -> datetime:
    return moment(day, hour, minute)


@pytest.fixture
def customers(make_customer: CustomerFactory, aiko: User) -> list[Customer]:
    """Four of Aiko's customers, an hour's walk apart, in a row to the north."""
    return [make_customer(f"客{n}", owner=aiko, lat=35.0 + n / 20, lon=139.0) for n in range(1, 5)]


def visit(database: Database, who: User, customer: Customer, moment: datetime, kind: VisitKind = VisitKind.VISIT) -> None:
    with database.write() as session:
        session.add(
            Visit(
                client_ref=uuid4(),
                customer_id=customer.id,
                user_id=who.id,
                kind=kind,
                outcome=Outcome.MET,
                visited_at=moment,
                note="",
                likelihood_before=Likelihood.B,
                likelihood_after=Likelihood.B,
                created_at=moment,
            )
        )


def set_stop(database: Database, customer: Customer, **values: Any) -> None:
    with database.write() as session:
        for stop in session.query(PlanStop).filter_by(customer_id=customer.id):
            for name, value in values.items():
                setattr(stop, name, value)


def report(database: Database, actor: User, whose: User, *, period: Period = Period.DAY, day: date = FRIDAY) -> ReportFacts:
    with database.read() as session:
        return build_facts(session, actor, user_id=whose.id, period=period, starts_on=day, zone=TOKYO, now=at(21, day=SATURDAY))


def the_day(facts: ReportFacts) -> DayFact:
    (day,) = facts.days
    return day


def test_the_stops_of_the_accepted_plan_are_what_was_planned(database: Database, aiko: User, customers: list[Customer]) -> None:
    keep_plan(database, aiko, customers[:3], FRIDAY)
    visit(database, aiko, customers[0], at(9, 10))
    visit(database, aiko, customers[1], at(14), VisitKind.CALL)
    day = the_day(report(database, aiko, aiko))
    assert (day.by_plan, day.planned, day.done, day.on_time) == (True, 3, 2, 1)


def test_next_dates_count_on_days_without_an_accepted_plan_alone(
    database: Database, aiko: User, customers: list[Customer], make_customer: CustomerFactory
) -> None:
    make_customer("約束だけ", owner=aiko, next_on=FRIDAY)
    keep_plan(database, aiko, customers[:2], FRIDAY, state=PlanState.DRAFT)
    before = the_day(report(database, aiko, aiko))
    assert (before.by_plan, before.planned, before.on_time) == (False, 1, 0)
    keep_plan(database, aiko, customers[:2], FRIDAY)
    after = the_day(report(database, aiko, aiko))
    assert (after.by_plan, after.planned) == (True, 2)


@pytest.mark.parametrize(("minutes", "on_time"), [(-61, 0), (-60, 1), (0, 1), (60, 1), (61, 0)])
def test_an_hour_either_way_is_in_time(database: Database, aiko: User, customers: list[Customer], minutes: int, on_time: int) -> None:
    keep_plan(database, aiko, customers[:1], FRIDAY)
    visit(database, aiko, customers[0], at(9) + timedelta(minutes=minutes))
    assert the_day(report(database, aiko, aiko)).on_time == on_time


def test_what_was_skipped_says_why_and_what_was_promised(database: Database, aiko: User, customers: list[Customer]) -> None:
    keep_plan(database, aiko, customers[:2], FRIDAY)
    set_stop(database, customers[1], progress=StopProgress.SKIPPED, skip_reason="渋滞")
    facts = report(database, aiko, aiko)
    assert [(fact.customer, fact.at, fact.skipped) for fact in facts.missed] == [("客1", time(9), ""), ("客2", time(10), "渋滞")]


def test_a_stop_ticked_off_without_a_visit_is_done(database: Database, aiko: User, customers: list[Customer]) -> None:
    keep_plan(database, aiko, customers[:1], FRIDAY)
    set_stop(database, customers[0], progress=StopProgress.DONE, done_at=at(9, 20))
    day = the_day(report(database, aiko, aiko))
    assert (day.planned, day.done, day.on_time) == (1, 1, 1)


def test_what_came_in_on_the_way_was_not_planned_and_what_fell_out_still_was(
    database: Database, aiko: User, customers: list[Customer]
) -> None:
    keep_plan(database, aiko, customers[:3], FRIDAY)
    set_stop(database, customers[0], position=None)
    set_stop(database, customers[2], promised_at=None)
    facts = report(database, aiko, aiko)
    assert the_day(facts).planned == 2
    assert [fact.customer for fact in facts.missed] == ["客1", "客2"]


def test_a_day_that_went_in_the_plans_order_has_the_plans_way(database: Database, aiko: User, customers: list[Customer]) -> None:
    keep_plan(database, aiko, customers[:3], FRIDAY)
    for number, customer in enumerate(customers[:3]):
        visit(database, aiko, customer, at(9 + number, 5))
    day = the_day(report(database, aiko, aiko))
    assert (day.as_planned, day.distance_m) == (True, 77_000)


@pytest.mark.parametrize("order", [(1, 0, 2), (0, 1), (0, 1, 2, 3)])
def test_any_other_day_is_measured_from_visit_to_visit(
    database: Database, aiko: User, customers: list[Customer], order: tuple[int, ...]
) -> None:
    keep_plan(database, aiko, customers[:3], FRIDAY)
    for number, place in enumerate(order):
        visit(database, aiko, customers[place], at(9 + number, 5))
    day = the_day(report(database, aiko, aiko))
    assert day.as_planned is False
    assert 0 < day.distance_m < 40_000


def test_the_plan_of_the_next_working_day_comes_with_its_times_and_what_was_agreed_beside_it(
    database: Database, aiko: User, customers: list[Customer], make_customer: CustomerFactory
) -> None:
    tuesday = date(2026, 11, 24)  # Monday is a holiday
    make_customer("計画の外", owner=aiko, next_on=tuesday, next_time=time(8, 30))
    keep_plan(database, aiko, customers[:2], tuesday)
    with database.write() as session:
        session.get_one(Customer, customers[0].id).next_on = tuesday
    facts = report(database, aiko, aiko)
    assert [(fact.customer, fact.at) for fact in facts.coming] == [("計画の外", time(8, 30)), ("客1", time(9)), ("客2", time(10))]
    assert facts.coming_count == 3


def test_a_week_counts_plans_and_next_dates_each_on_their_day(
    database: Database, aiko: User, customers: list[Customer], make_customer: CustomerFactory
) -> None:
    make_customer("木曜の約束", owner=aiko, next_on=FRIDAY - timedelta(days=1))
    keep_plan(database, aiko, customers[:2], FRIDAY)
    facts = report(database, aiko, aiko, period=Period.WEEK, day=date(2026, 11, 16))
    assert (facts.planned, facts.promised) == (3, 2)
    assert [day.on for day in facts.days if day.by_plan] == [FRIDAY]


def test_somebody_elses_plan_is_nobody_elses_report(
    database: Database, aiko: User, botan: User, chie: User, customers: list[Customer]
) -> None:
    keep_plan(database, aiko, customers[:2], FRIDAY)
    assert the_day(report(database, botan, botan)).planned == 0
    assert the_day(report(database, chie, aiko)).planned == 2
