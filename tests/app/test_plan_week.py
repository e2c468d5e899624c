"""The week of a rep: days side by side, a visit moved by one tap, the week planned and put to use at once."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from fieldsales.db.database import Database
from fieldsales.db.models import Customer, Plan, PlanStop, User
from fieldsales.domain.words import PlanState
from tests.app.conftest import OpenApp
from tests.conftest import CustomerFactory
from tests.planned_days import keep_plan

MONDAY = date(2026, 11, 23)  # a public holiday
TUESDAY, WEDNESDAY = MONDAY + timedelta(days=1), MONDAY + timedelta(days=2)
NASTY = "<script>alert(1)</script> **太字** :smile: שלום 😀"


@pytest.fixture
def customers(make_customer: CustomerFactory, aiko: User) -> list[Customer]:
    """Four of Aiko's customers around Takamatsu."""
    return [make_customer(f"客{n}", owner=aiko, lat=34.3 + n / 100, lon=134.0) for n in range(1, 5)]


def week(open_app: OpenApp, user: User, day: date = TUESDAY, **query: str) -> AppTest:
    app = open_app(user, "plan", view="week", day=day.isoformat(), **query)
    assert not app.exception
    return app


def shown(app: AppTest) -> str:
    return " ".join(element.value for element in (*app.markdown, *app.caption, *app.subheader))


def keys(app: AppTest) -> set[str]:
    return {button.key for button in app.button}


def stops_of(database: Database, day: date) -> list[str]:
    """The names on the route of a day's plan, in order."""
    query = select(Customer.name).join(PlanStop, PlanStop.customer_id == Customer.id).join(Plan, PlanStop.plan_id == Plan.id)
    query = query.where(Plan.day == day, Plan.deleted_at.is_(None), PlanStop.position.is_not(None)).order_by(PlanStop.position)
    with database.read() as session:
        return list(session.scalars(query))


def stop_id(database: Database, customer: Customer) -> int:
    with database.read() as session:
        return session.scalars(select(PlanStop.id).where(PlanStop.customer_id == customer.id)).one()


def test_each_day_shows_its_stops_and_what_it_comes_to(
    open_app: OpenApp, database: Database, aiko: User, customers: list[Customer]
) -> None:
    keep_plan(database, aiko, customers[:2], TUESDAY)
    keep_plan(database, aiko, customers[2:], WEDNESDAY, state=PlanState.DRAFT)
    app = week(open_app, aiko)
    text = shown(app)
    for words in ("**09:00**", "客1", "客4", "In use", "Draft", "2 visits", "77 km", "Day off", "Not planned yet"):
        assert words in text
    assert "4 visits · Travel 3 h · 154 km" in text
    assert {f"week_open_{MONDAY + timedelta(days=n)}" for n in range(5)} <= keys(app)
    assert f"week_open_{MONDAY + timedelta(days=5)}" not in keys(app)


def test_the_weekend_is_there_when_it_holds_a_plan(open_app: OpenApp, database: Database, aiko: User, customers: list[Customer]) -> None:
    keep_plan(database, aiko, customers, MONDAY + timedelta(days=5))
    assert f"week_open_{MONDAY + timedelta(days=5)}" in keys(week(open_app, aiko))


def test_a_visit_is_moved_to_the_next_day_and_both_days_have_their_times(
    open_app: OpenApp, database: Database, aiko: User, customers: list[Customer]
) -> None:
    keep_plan(database, aiko, customers[:2], TUESDAY, state=PlanState.DRAFT)
    keep_plan(database, aiko, customers[2:], WEDNESDAY, state=PlanState.DRAFT)
    app = week(open_app, aiko)
    app.menu_button(key=f"week_move_{stop_id(database, customers[0])}").click(WEDNESDAY).run()
    assert not app.exception
    assert stops_of(database, TUESDAY) == ["客2"]
    assert sorted(stops_of(database, WEDNESDAY)) == ["客1", "客3", "客4"]
    with database.read() as session:
        plans = session.scalars(select(Plan)).all()
        assert [plan.outcome["is_stale"] for plan in plans] == [False, False]
        assert all(stop.starts_at is not None for stop in session.scalars(select(PlanStop).where(PlanStop.position.is_not(None))))


def test_a_day_without_a_plan_gets_one_with_the_visit_that_is_moved_there(
    open_app: OpenApp, database: Database, aiko: User, customers: list[Customer]
) -> None:
    keep_plan(database, aiko, customers[:2], TUESDAY, state=PlanState.DRAFT)
    app = week(open_app, aiko)
    app.menu_button(key=f"week_move_{stop_id(database, customers[0])}").click(WEDNESDAY).run()
    assert not app.exception
    assert "客1" in stops_of(database, WEDNESDAY)
    assert stops_of(database, TUESDAY) == ["客2"]


def test_a_visit_is_moved_to_any_other_day_of_the_week_and_nothing_into_the_past(
    open_app: OpenApp, database: Database, aiko: User, customers: list[Customer], today: date
) -> None:
    assert today.weekday() == 5  # Saturday
    keep_plan(database, aiko, customers[:1], today)
    keep_plan(database, aiko, customers[1:2], today - timedelta(days=1))
    keep_plan(database, aiko, customers[2:], TUESDAY, state=PlanState.DRAFT)
    app = week(open_app, aiko, day=today)
    assert app.menu_button(key=f"week_move_{stop_id(database, customers[0])}").options == ["Sun, Nov 22"]
    assert f"week_move_{stop_id(database, customers[1])}" not in {button.key for button in app.menu_button}
    app = week(open_app, aiko)
    menu = app.menu_button(key=f"week_move_{stop_id(database, customers[2])}")
    assert len(menu.options) == 6  # the weekend too
    menu.click(MONDAY + timedelta(days=6)).run()
    assert not app.exception
    assert stops_of(database, MONDAY + timedelta(days=6)) == ["客3"]
    assert stops_of(database, TUESDAY) == ["客4"]


def test_the_weekend_shows_the_day_that_is_chosen_and_offers_the_week_to_come(
    open_app: OpenApp, database: Database, aiko: User, customers: list[Customer], today: date
) -> None:
    keep_plan(database, aiko, customers, TUESDAY)
    app = week(open_app, aiko, day=today)
    assert f"week_open_{today}" in keys(app)
    assert "客1" not in shown(app)
    app.button(key="week_next").click().run()
    assert "客1" in shown(app)
    assert "week_next" not in keys(app)


def test_the_week_is_planned_at_once_and_put_to_use_with_one_tap(
    open_app: OpenApp, database: Database, aiko: User, customers: list[Customer]
) -> None:
    app = week(open_app, aiko)
    app.button(key="week_solve").click().run()
    assert not app.exception
    names = [name for n in range(7) for name in stops_of(database, MONDAY + timedelta(days=n))]
    assert sorted(names) == ["客1", "客2", "客3", "客4"]
    app.button(key="week_accept").click().run()
    assert not app.exception
    with database.read() as session:
        states = {plan.day: plan.state for plan in session.scalars(select(Plan)) if stops_of(database, plan.day)}
    assert set(states.values()) == {PlanState.ACCEPTED}
    assert MONDAY not in states


def test_a_day_in_use_stays_as_it_is_when_the_week_is_planned(
    open_app: OpenApp, database: Database, aiko: User, customers: list[Customer]
) -> None:
    keep_plan(database, aiko, customers[:2], TUESDAY)
    app = week(open_app, aiko)
    app.button(key="week_solve").click().run()
    assert not app.exception
    assert stops_of(database, TUESDAY) == ["客1", "客2"]


def test_whatever_a_customer_is_called_is_shown_as_text(
    open_app: OpenApp, database: Database, aiko: User, make_customer: CustomerFactory
) -> None:
    keep_plan(database, aiko, [make_customer(NASTY, owner=aiko, lat=34.3, lon=134.0)], TUESDAY)
    app = week(open_app, aiko)
    assert "\\<script\\>" in shown(app)
    assert not any("<script>" in element.value for element in app.markdown)


def test_a_manager_sees_and_plans_the_week_of_a_rep_and_a_stranger_does_not(
    open_app: OpenApp, database: Database, aiko: User, botan: User, chie: User, customers: list[Customer]
) -> None:
    keep_plan(database, aiko, customers, TUESDAY, state=PlanState.DRAFT)
    app = week(open_app, chie, rep=str(aiko.id))
    assert "客1" in shown(app)
    assert app.menu_button(key=f"week_move_{stop_id(database, customers[0])}").options
    stranger = week(open_app, botan, rep=str(aiko.id))
    assert "客1" not in shown(stranger)


def test_the_week_can_be_turned(open_app: OpenApp, database: Database, aiko: User, customers: list[Customer]) -> None:
    keep_plan(database, aiko, customers, TUESDAY + timedelta(days=7))
    app = week(open_app, aiko)
    assert "客1" not in shown(app)
    app.button(key="week_after").click().run()
    assert "客1" in shown(app)
