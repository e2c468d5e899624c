"""Plans as a list, a team's day, and what is done with a plan as a whole: named, copied, shared, given, deleted, handed on."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from fieldsales.db.database import Database
from fieldsales.db.models import Customer, Plan, PlanShare, PlanStop, User
from fieldsales.domain.words import PlanState, Role, StopProgress
from tests.app.conftest import OpenApp
from tests.conftest import CustomerFactory
from tests.planned_days import keep_plan

MONDAY = date(2026, 11, 23)
TUESDAY = MONDAY + timedelta(days=1)


@pytest.fixture
def customers(make_customer: CustomerFactory, aiko: User) -> list[Customer]:
    """Three of Aiko's customers around Takamatsu."""
    return [make_customer(f"客{n}", owner=aiko, lat=34.3 + n / 100, lon=134.0) for n in range(1, 4)]


@pytest.fixture
def emi(database: Database, people: dict[str, User], aiko: User) -> User:
    """Another rep of the East."""
    with database.write() as session:
        emi = User(
            email="emi@example.com",
            name="Emi",
            role=Role.REP,
            team_id=aiko.team_id,
            password_hash=aiko.password_hash,
            created_at=aiko.created_at,
        )
        session.add(emi)
    return emi


def opened(open_app: OpenApp, user: User, **query: str) -> AppTest:
    app = open_app(user, "plan", **query)
    assert not app.exception
    return app


def shown(app: AppTest) -> str:
    elements = (*app.markdown, *app.caption, *app.subheader, *app.info, *app.error)
    return " ".join([*(element.value for element in elements), *(button.label for button in app.button)])


def keys(app: AppTest) -> set[str]:
    return {button.key for button in app.button}


def stored(database: Database) -> list[Plan]:
    with database.read() as session:
        return list(session.scalars(select(Plan).order_by(Plan.id)))


def links(app: AppTest) -> dict[str, str]:
    return {element.proto.label: element.proto.url for element in app.get("link_button")}


def test_the_list_says_whose_how_far_and_who_changed_it(
    open_app: OpenApp, database: Database, aiko: User, chie: User, customers: list[Customer]
) -> None:
    plan_id = keep_plan(database, aiko, customers, TUESDAY, name="北まわり", changed_by_id=chie.id)
    with database.write() as session:
        session.scalars(select(PlanStop).where(PlanStop.customer_id == customers[0].id)).one().progress = StopProgress.DONE
    text = shown(opened(open_app, chie, view="list", day=TUESDAY.isoformat()))
    for words in ("Aiko", "北まわり", "In use", "1 of 3 visited", "changed by Chie"):
        assert words in text
    assert f"plan_open_{plan_id}" in keys(opened(open_app, aiko, view="list", day=TUESDAY.isoformat()))


def test_a_stranger_sees_no_plan_and_is_told_so(
    open_app: OpenApp, database: Database, aiko: User, botan: User, customers: list[Customer]
) -> None:
    plan_id = keep_plan(database, aiko, customers, TUESDAY)
    app = opened(open_app, botan, view="list", day=TUESDAY.isoformat())
    assert "There are no plans of these days." in shown(app)
    assert f"plan_open_{plan_id}" not in keys(app)


def test_a_deleted_plan_can_be_brought_back(open_app: OpenApp, database: Database, aiko: User, customers: list[Customer]) -> None:
    plan_id = keep_plan(database, aiko, customers, TUESDAY)
    app = opened(open_app, aiko, view="list", day=TUESDAY.isoformat())
    app.button(key=f"plan_delete_{plan_id}").click().run()
    assert not app.exception
    assert stored(database)[0].deleted_at is not None
    app.button(key="undo_record").click().run()
    assert stored(database)[0].deleted_at is None
    assert f"plan_open_{plan_id}" in keys(app)


def test_a_plan_is_copied_to_the_next_working_day_and_the_copy_opened(
    open_app: OpenApp, database: Database, aiko: User, customers: list[Customer]
) -> None:
    plan_id = keep_plan(database, aiko, customers, TUESDAY)
    app = opened(open_app, aiko, view="list", day=TUESDAY.isoformat())
    app.button(key=f"plan_copy_do_row_{plan_id}").click().run()
    assert not app.exception
    copy = stored(database)[-1]
    assert (copy.day, copy.state) == (TUESDAY + timedelta(days=1), PlanState.DRAFT)
    assert app.query_params["plan"] == str(copy.id)


def test_a_manager_plans_the_day_of_several_people_and_sees_what_each_comes_to(
    open_app: OpenApp, database: Database, aiko: User, chie: User, emi: User, customers: list[Customer], make_customer: CustomerFactory
) -> None:
    own = [make_customer(f"えみの客{n}", owner=emi, lat=34.2 + n / 100, lon=134.1) for n in range(3)]
    app = opened(open_app, chie, view="team", day=TUESDAY.isoformat())
    assert "No plan yet" in shown(app)
    app.button(key="team_solve").click().run()
    assert not app.exception
    plans = stored(database)
    assert {plan.user_id for plan in plans} == {aiko.id, emi.id}
    with database.read() as session:
        routes = select(Plan.user_id, PlanStop.customer_id).join(PlanStop).where(PlanStop.position.is_not(None))
        visited = {(user_id, customer_id) for user_id, customer_id in session.execute(routes)}
    assert {(emi.id, customer.id) for customer in own} <= visited
    assert {f"team_open_{aiko.id}", f"team_open_{emi.id}", "team_accept"} <= keys(app)
    assert "visits" in shown(app)
    app.button(key=f"team_open_{emi.id}").click().run()
    assert app.query_params["plan"] == str(next(plan.id for plan in plans if plan.user_id == emi.id))


def test_whoever_was_not_chosen_is_not_planned(
    open_app: OpenApp, database: Database, aiko: User, chie: User, emi: User, customers: list[Customer]
) -> None:
    app = opened(open_app, chie, view="team", day=TUESDAY.isoformat())
    app.checkbox(key=f"team_pick_{emi.id}").uncheck().run()
    app.button(key="team_solve").click().run()
    assert not app.exception
    assert {plan.user_id for plan in stored(database)} == {aiko.id}


def test_a_rep_is_told_that_the_teams_view_is_for_managers(open_app: OpenApp, aiko: User) -> None:
    app = opened(open_app, aiko, view="team", day=TUESDAY.isoformat())
    assert "managers plan the day of several people" in shown(app)
    assert "team_solve" not in keys(app)


def menu(open_app: OpenApp, user: User, plan_id: int) -> AppTest:
    return opened(open_app, user, plan=str(plan_id), sheet="more", day=TUESDAY.isoformat())


def test_a_plan_gets_a_name(open_app: OpenApp, database: Database, aiko: User, customers: list[Customer]) -> None:
    plan_id = keep_plan(database, aiko, customers, TUESDAY)
    app = menu(open_app, aiko, plan_id)
    app.text_input(key=f"plan_name_{plan_id}").set_value("北まわり <b>").run()
    app.button(key="plan_name_save").click().run()
    assert not app.exception
    assert stored(database)[0].name == "北まわり <b>"


def test_a_plan_is_shared_and_no_longer_shared(
    open_app: OpenApp, database: Database, aiko: User, emi: User, customers: list[Customer]
) -> None:
    plan_id = keep_plan(database, aiko, customers, TUESDAY)
    app = menu(open_app, aiko, plan_id)
    next(field for field in app.multiselect if field.key.startswith("plan_share_")).select(emi.id).run()
    assert not app.exception
    with database.read() as session:
        assert [share.user_id for share in session.scalars(select(PlanShare))] == [emi.id]
    shared = menu(open_app, emi, plan_id)
    assert "客1" in shown(shared) or "Aiko" in shown(shared)
    assert "plan_name_save" not in keys(shared)
    again = menu(open_app, aiko, plan_id)
    next(field for field in again.multiselect if field.key.startswith("plan_share_")).unselect(emi.id).run()
    with database.read() as session:
        assert list(session.scalars(select(PlanShare))) == []


def test_giving_a_plan_to_a_rep_who_may_not_see_its_customers_names_them(
    open_app: OpenApp, database: Database, aiko: User, botan: User, dai: User, customers: list[Customer]
) -> None:
    plan_id = keep_plan(database, aiko, customers, TUESDAY)
    app = menu(open_app, dai, plan_id)
    app.selectbox(key=f"plan_assign_{plan_id}_{aiko.id}").select(botan.id).run()
    app.button(key="plan_assign_do").click().run()
    assert not app.exception
    said = " ".join(error.value for error in app.error)
    assert "客1" in said
    assert "Botan" in said
    assert stored(database)[0].user_id == aiko.id


def test_a_manager_gives_a_plan_to_another_rep_of_the_team(
    open_app: OpenApp, database: Database, aiko: User, chie: User, emi: User, customers: list[Customer]
) -> None:
    plan_id = keep_plan(database, aiko, customers, TUESDAY, state=PlanState.DRAFT)
    app = menu(open_app, chie, plan_id)
    app.selectbox(key=f"plan_assign_{plan_id}_{aiko.id}").select(emi.id).run()
    app.button(key="plan_assign_do").click().run()
    assert not app.exception
    assert stored(database)[0].user_id == emi.id


def test_a_rep_chosen_for_a_plan_is_forgotten_when_the_sheet_is_closed(
    open_app: OpenApp, database: Database, aiko: User, chie: User, emi: User, customers: list[Customer]
) -> None:
    plan_id = keep_plan(database, aiko, customers, TUESDAY)
    app = menu(open_app, chie, plan_id)
    app.selectbox(key=f"plan_assign_{plan_id}_{aiko.id}").select(emi.id).run()
    app.button(key="plan_sheet_close").click().run()
    app.button(key="plan_tool_more").click().run()
    assert app.selectbox(key=f"plan_assign_{plan_id}_{aiko.id}").value is None


def test_the_day_is_handed_to_map_apps_calendar_and_paper(
    open_app: OpenApp, database: Database, aiko: User, customers: list[Customer]
) -> None:
    plan_id = keep_plan(database, aiko, customers, TUESDAY)
    found = links(menu(open_app, aiko, plan_id))
    assert found["Sheet to print (PDF)"] == f"/plans/{plan_id}/day.pdf"
    assert found["Calendar (iCalendar)"] == f"/plans/{plan_id}/day.ics"
    assert {"Waze", "Yahoo!カーナビ"} <= found.keys()
    routes = [url for url in found.values() if "waypoint" in url]
    assert len(routes) == 2
    assert all("34.310000" in url and "34.330000" in url for url in routes)


def test_on_the_day_the_route_holds_what_is_still_ahead_and_begins_where_the_phone_is(
    open_app: OpenApp, database: Database, aiko: User, customers: list[Customer], today: date
) -> None:
    plan_id = keep_plan(database, aiko, customers, today)
    with database.write() as session:
        session.scalars(select(PlanStop).where(PlanStop.customer_id == customers[0].id)).one().progress = StopProgress.DONE
    app = opened(open_app, aiko, plan=str(plan_id), sheet="more", day=today.isoformat())
    assert "Rest of the route" in shown(app)
    route = next(url for url in links(app).values() if "google" in url and "waypoints" in url)
    assert "origin" not in route
    assert "34.310000" not in route
    assert "34.320000" in route
