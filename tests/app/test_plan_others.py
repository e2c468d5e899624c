"""Plans of others, days that are empty, off or over, and what goes wrong: the plan page says what to do."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from fieldsales import bootstrap
from fieldsales.bootstrap import Runtime
from fieldsales.db.database import Database
from fieldsales.db.models import User
from fieldsales.domain.words import StopChoice
from fieldsales.services.planning import plan_edits, plans
from fieldsales.services.planning.plan_sharing import share_plan
from tests.app.conftest import OpenApp
from tests.app.plan_steps import ON, html, keys, planned, plans_of, rows, said, send, stored
from tests.conftest import CustomerFactory
from tests.days import MONDAY, QuickSolver, entry_of, look
from tests.fakes import FakeClock

pytestmark = pytest.mark.usefixtures("quick_runtime")


def test_somebody_else_s_plan_is_for_looking_only_and_a_stranger_s_is_not_there(
    open_app: OpenApp, database: Database, aiko: User, botan: User, dai: User, town: None, now: datetime
) -> None:
    app = planned(open_app(aiko, "plan", day=ON))
    plan_id = rows(app)["plan"]
    other = open_app(botan, "plan", plan=str(plan_id))
    assert not other.exception
    assert "does not exist" in said(other)
    with database.write() as session:
        share_plan(session, dai, plan_id=plan_id, user_id=botan.id, now=now)
    other = open_app(botan, "plan", plan=str(plan_id))
    assert not other.exception
    assert "You may look at this plan" in said(other)
    assert rows(other)["editable"] is False
    assert not {"plan_solve", "plan_accept", "plan_tool_add", "plan_tool_rules"} & keys(other)
    before = [stop.id for stop in stored(database, aiko, app, now).stops]
    send(other, "order", ids=list(reversed(before)))
    assert not other.exception
    assert [stop.id for stop in stored(database, aiko, app, now).stops] == before


def test_a_manager_plans_for_the_team_and_is_seen_to_have_done_so(
    open_app: OpenApp, database: Database, aiko: User, botan: User, chie: User, town: None, now: datetime
) -> None:
    app = open_app(chie, "plan", day=ON)
    assert not app.exception
    assert app.selectbox(key="plan_whose").options == ["Chie", "Aiko"]
    assert "Aiko" in html(app)
    app = planned(app)
    plan = stored(database, chie, app, now)
    assert (plan.person.name, plan.created_by.name, len(plan.stops)) == ("Aiko", "Chie", 8)
    own = open_app(aiko, "plan", day=ON)
    assert "Last changed by" in html(own)
    assert "Chie" in html(own)
    assert "plan_accept" in keys(own)
    assert open_app(chie, "plan", day=ON, rep=str(botan.id)).selectbox(key="plan_whose").value == aiko.id


@pytest.mark.parametrize(
    "query", [{"day": "gestern"}, {"rep": "-1"}, {"rep": "99999999999999999999"}, {"view": "moon"}, {"stop": "x", "sheet": "stop"}]
)
def test_an_address_that_makes_no_sense_shows_today(open_app: OpenApp, aiko: User, town: None, query: dict[str, str]) -> None:
    app = open_app(aiko, "plan", **query)
    assert not app.exception
    assert "Sat, Nov 21" in html(app)


def test_a_day_off_says_so_and_a_day_that_is_over_is_not_planned(
    open_app: OpenApp, database: Database, aiko: User, town: None, now: datetime
) -> None:
    assert "public holiday" in said(open_app(aiko, "plan"))
    app = open_app(aiko, "plan", day="2026-11-18")
    assert not app.exception
    assert "Nothing was planned" in said(app)
    assert all(plan.day >= now.date() for plan in plans_of(database))
    app.button(key="plan_to_today").click().run()
    assert "Sat, Nov 21" in html(app)


def test_a_day_that_is_over_shows_what_became_of_its_plan(open_app: OpenApp, aiko: User, town: None, clock: FakeClock) -> None:
    app = planned(open_app(aiko, "plan", day=ON))
    app.button(key="plan_accept").click().run()
    clock.advance(days=12)
    app = open_app(aiko, "plan", day=ON)
    assert not app.exception
    assert "0 of 8 planned visits made" in said(app)
    assert rows(app)["editable"] is False
    assert "plan_solve" not in keys(app)


def test_without_customers_the_way_leads_to_the_import_and_without_places_to_the_fix_list(
    open_app: OpenApp, aiko: User, botan: User, make_customer: CustomerFactory
) -> None:
    app = open_app(botan, "plan", day=ON)
    assert "no customers yet" in said(app)
    make_customer("住所不明", owner=aiko, next_on=MONDAY)
    app = open_app(aiko, "plan", day=ON)
    assert not app.exception
    assert "place on the map" in said(app)
    assert "fix_list" in [link.proto.page for link in app.get("page_link")]


def test_nobody_due_asks_for_customers(open_app: OpenApp, aiko: User, make_customer: CustomerFactory, now: datetime) -> None:
    make_customer("昨日の得意先", owner=aiko, lat=34.3, lon=134.0, last_visited_at=now, cadence_days=365)
    app = open_app(aiko, "plan", day=ON)
    assert "Nobody is due" in said(app)
    app.button(key="plan_add_first").click().run()
    assert "add" in app.query_params["sheet"]
    assert app.text_input(key="plansheet_text")


def test_a_plan_that_breaks_while_it_is_made_says_a_sentence_and_can_be_asked_again(
    open_app: OpenApp, aiko: User, town: None, runtime: Runtime
) -> None:
    broken = [True]

    def fail(step: str) -> None:
        if broken[0]:
            raise ZeroDivisionError("secret detail")

    bootstrap.use_runtime(replace(runtime, solver=QuickSolver(fail)))
    app = planned(open_app(aiko, "plan", day=ON))
    assert not app.exception
    assert "has been noted" in said(app)
    assert "secret detail" not in str(app)
    broken[0] = False
    app = planned(app)
    assert "has been noted" not in said(app)
    assert rows(app)["stops"]


def test_a_customer_is_put_into_the_plan_of_a_day_from_its_card(
    open_app: OpenApp, database: Database, aiko: User, make_customer: CustomerFactory, now: datetime, today: Any
) -> None:
    customer = make_customer("得意先", owner=aiko, lat=34.3, lon=134.0)
    for screen, query in (("map", {"customer": str(customer.id)}), ("customer", {"id": str(customer.id)})):
        app = open_app(aiko, screen, **query)
        app.button_group(key="add_to_plan_day").set_value(today + timedelta(days=1)).run()
        assert not app.exception
    (plan,) = plans_of(database)
    assert plan.day == today + timedelta(days=1)
    assert entry_of(look(database, aiko, plan.id, now), customer).choice is StopChoice.LOCKED


def test_the_version_of_a_plan_changes_with_what_others_do(
    open_app: OpenApp, database: Database, aiko: User, chie: User, town: None, now: datetime
) -> None:
    app = planned(open_app(aiko, "plan", day=ON))
    plan_id, before = rows(app)["plan"], rows(app)["version"]
    with database.write() as session:
        plan_edits.remove_stop(session, chie, plan_id=plan_id, stop_id=rows(app)["stops"][0]["id"], now=now)
    app.run()
    assert rows(app)["version"] > before
    assert "Something was changed since" in said(app)
    with database.read() as session:
        assert plans.plan_version(session, aiko, plan_id=plan_id) == rows(app)["version"]
