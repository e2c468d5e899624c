"""Acting on many customers from the manager's page: draw or filter, look, untick, change, take back."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from fieldsales.db.database import Database
from fieldsales.db.models import AuditEvent, Customer, Plan, PlanStop, User
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.words import BulkAction
from fieldsales.services.acting import bulk_changes
from fieldsales.ui.team import lasso, team_customers_choose
from tests.app.conftest import OpenApp
from tests.conftest import CustomerFactory

NASTY = 'O\'Neil "<script>alert(1)</script>" :red[x] $x$ 😀 שלום ' + "長" * 440
TAKAMATSU = [[[34.30, 134.00], [34.30, 134.10], [34.40, 134.10], [34.40, 134.00]]]


def open_customers(open_app: OpenApp, user: User, **query: str) -> AppTest:
    return open_app(user, "team", view="customers", **query)


def texts(app: AppTest) -> str:
    shown = [*app.markdown, *app.caption, *app.info, *app.warning, *app.error]
    return " ".join(str(element.value).replace("\\", "") for element in shown)


def owner_of(database: Database, customer: Customer) -> int | None:
    with database.read() as session:
        return session.get_one(Customer, customer.id).owner_id


@pytest.fixture
def draw(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function that lets the map say what a finger drew on it, before the next run."""
    said: dict[str, str] = {}
    monkeypatch.setattr(lasso, "last_tap", said.get)

    def stroke(rings: Any, *, count: int = 1) -> None:
        said[team_customers_choose.MAP] = json.dumps({"tap": "rings", "rings": rings, "count": count, "n": count})

    stroke.tap = lambda customer_id: said.update(  # type: ignore[attr-defined]
        {team_customers_choose.MAP: json.dumps({"tap": "customer", "id": customer_id, "n": customer_id + 1_000})}
    )
    return stroke


def test_a_rep_at_the_address_sees_their_own_progress_only(open_app: OpenApp, aiko: User) -> None:
    app = open_customers(open_app, aiko, by="filter")
    assert not app.exception
    assert "bulk_preview" not in {button.key for button in app.button}


def test_before_anything_is_drawn_the_screen_says_what_to_do(open_app: OpenApp, chie: User) -> None:
    app = open_customers(open_app, chie)
    assert not app.exception
    assert "draw a line around customers" in texts(app)


def test_customers_drawn_around_are_counted_reassigned_and_taken_back(
    open_app: OpenApp, database: Database, draw: Any, chie: User, aiko: User, make_customer: CustomerFactory
) -> None:
    customer = make_customer("甲", owner=aiko, lat=34.35, lon=134.05, likelihood=Likelihood.A)
    make_customer("乙", owner=aiko)
    draw(TAKAMATSU)
    app = open_customers(open_app, chie)
    assert "1 customer chosen" in texts(app)
    assert "1 customer has no pin and lies in no area" in texts(app)

    app.selectbox(key="bulk_owner").set_value(chie.id).run()
    app.button(key="bulk_preview").click().run()
    assert "1 customer changes." in texts(app)
    assert "Now with: Aiko 1" in texts(app)
    assert owner_of(database, customer) == aiko.id
    app.button(key="bulk_apply").click().run()

    assert not app.exception
    assert owner_of(database, customer) == chie.id
    app.button(key="undo_record").click().run()
    assert owner_of(database, customer) == aiko.id


def test_an_area_that_crosses_itself_or_the_antimeridian_is_understood_and_said(
    open_app: OpenApp, draw: Any, dai: User, make_customer: CustomerFactory
) -> None:
    make_customer("甲", lat=-17.5, lon=179.5), make_customer("乙", lat=-16.2, lon=-179.5)
    draw([[[-18, 179], [-16, 181], [-16, 179], [-18, 181]]])
    app = open_customers(open_app, dai)
    assert "The line crosses itself" in texts(app)
    assert "180th meridian" in texts(app)


@pytest.mark.parametrize(
    "rings", [[[[34.3, 134.0]]], "nonsense", [[[91, 0], [0, 0], [0, 1]]], [[[60, lon] for lon in range(-180, 181, 60)]]]
)
def test_a_line_that_makes_no_area_is_refused_with_a_sentence(open_app: OpenApp, draw: Any, chie: User, rings: Any) -> None:
    draw(rings)
    app = open_customers(open_app, chie)
    assert not app.exception
    assert len(app.warning) == 1
    assert "draw a line around customers" in texts(app)


def test_an_area_without_customers_says_so(open_app: OpenApp, draw: Any, chie: User) -> None:
    draw(TAKAMATSU)
    app = open_customers(open_app, chie)
    assert "No customer of yours lies in there." in texts(app)
    assert "bulk_preview" not in {button.key for button in app.button}


def test_a_tapped_customer_is_left_out_and_taken_in_again(
    open_app: OpenApp, draw: Any, chie: User, aiko: User, make_customer: CustomerFactory
) -> None:
    first = make_customer("甲", owner=aiko, lat=34.35, lon=134.05)
    make_customer("乙", owner=aiko, lat=34.36, lon=134.05)
    draw(TAKAMATSU)
    app = open_customers(open_app, chie)
    draw.tap(first.id)
    app.run()
    assert "1 customer chosen" in texts(app)
    assert "1 unticked" in texts(app)


def test_groups_and_single_customers_are_unticked_before_anything_happens(
    open_app: OpenApp, database: Database, chie: User, aiko: User, make_customer: CustomerFactory
) -> None:
    hot, cold = make_customer("甲", owner=aiko, likelihood=Likelihood.A), make_customer("乙", owner=aiko, likelihood=Likelihood.D)
    kept = make_customer("丙", owner=aiko, likelihood=Likelihood.A)
    app = open_customers(open_app, chie, by="filter")
    app.get_by_key("bulk_likelihoods").set_value([Likelihood.A]).run()
    assert "2 customers chosen" in texts(app)
    app.session_state["bulk_listed"] = True
    app.run()
    app.checkbox(key=f"bulk_tick_{hot.id}").uncheck().run()
    assert "1 customer chosen" in texts(app)

    app.selectbox(key="bulk_owner").set_value(chie.id).run()
    app.button(key="bulk_preview").click().run()
    app.button(key="bulk_apply").click().run()

    assert [owner_of(database, customer) for customer in (hot, cold, kept)] == [aiko.id, aiko.id, chie.id]


def test_the_second_manager_is_told_what_was_changed_meanwhile_and_sees_a_new_preview(
    open_app: OpenApp, database: Database, chie: User, dai: User, aiko: User, make_customer: CustomerFactory, now: datetime
) -> None:
    customer = make_customer("高松食品", owner=aiko)
    make_customer("丸亀製粉", owner=aiko)
    app = open_customers(open_app, chie, by="filter")
    app.selectbox(key="bulk_owner").set_value(chie.id).run()
    app.button(key="bulk_preview").click().run()
    with database.write() as session:
        act = bulk_changes.BulkAct(BulkAction.CADENCE, cadence_days=7)
        bulk_changes.apply_change(session, dai, customer_ids=[customer.id], act=act, client_ref=uuid4(), now=now)
        session.get_one(Customer, customer.id).owner_id = None

    app.button(key="bulk_apply").click().run()

    assert not app.exception
    assert "changed 1 of these customers after your preview" in texts(app)
    assert "高松食品" in texts(app)
    assert owner_of(database, customer) is None
    assert "Nobody 1" in texts(app)
    app.button(key="bulk_apply").click().run()
    assert owner_of(database, customer) == chie.id


def test_tags_are_put_on_and_the_cadence_is_set(
    open_app: OpenApp, database: Database, chie: User, aiko: User, make_customer: CustomerFactory
) -> None:
    customer = make_customer("甲", owner=aiko, tags=["VIP"])
    app = open_customers(open_app, chie, by="filter")
    app.get_by_key("bulk_what").set_value("untag").run()
    app.multiselect(key="bulk_tags_untag").set_value(["VIP"]).run()
    app.button(key="bulk_preview").click().run()
    app.button(key="bulk_apply").click().run()
    app.get_by_key("bulk_what").set_value("cadence").run()
    app.number_input(key="bulk_days").set_value(45).run()
    app.button(key="bulk_preview").click().run()
    app.button(key="bulk_apply").click().run()

    assert not app.exception
    with database.read() as session:
        assert session.get_one(Customer, customer.id).cadence_days == 45
        assert [event.action for event in session.scalars(select(AuditEvent).where(AuditEvent.action == "bulk_changed"))] == [
            "bulk_changed"
        ] * 2


def test_until_an_owner_or_a_tag_is_named_there_is_nothing_to_look_at(
    open_app: OpenApp, chie: User, aiko: User, make_customer: CustomerFactory
) -> None:
    make_customer("甲", owner=aiko)
    app = open_customers(open_app, chie, by="filter")
    for what, ready in (("reassign", False), ("tag", False), ("untag", False), ("cadence", True)):
        app.get_by_key("bulk_what").set_value(what).run()
        assert app.button(key="bulk_preview").disabled is not ready
    app.get_by_key("bulk_what").set_value("reassign").run()
    app.selectbox(key="bulk_owner").set_value(chie.id).run()
    assert not app.button(key="bulk_preview").disabled


def test_an_undo_says_which_customers_it_left_because_others_changed_them_since(
    open_app: OpenApp, database: Database, chie: User, aiko: User, botan: User, make_customer: CustomerFactory
) -> None:
    kept, taken = make_customer("甲", owner=aiko), make_customer("乙", owner=aiko)
    app = open_customers(open_app, chie, by="filter")
    app.selectbox(key="bulk_owner").set_value(chie.id).run()
    app.button(key="bulk_preview").click().run()
    app.button(key="bulk_apply").click().run()
    with database.write() as session:
        session.get_one(Customer, taken.id).owner_id = botan.id
    app.button(key="undo_record").click().run()
    assert [toast.value.replace("\\", "") for toast in app.toast] == ["1 customer was changed again since and stayed."]
    assert [owner_of(database, customer) for customer in (kept, taken)] == [aiko.id, botan.id]


def test_of_very_many_owners_those_with_most_customers_are_shown_first_and_those_switched_off_always(
    open_app: OpenApp, database: Database, chie: User, aiko: User, make_customer: CustomerFactory, now: datetime
) -> None:
    shared = {"role": aiko.role, "team_id": aiko.team_id, "password_hash": "-", "created_at": now}
    people = [User(email=f"rep{number}@example.com", name=f"Rep {number:02}", **shared) for number in range(14)]
    with database.write() as session:
        session.add_all(people)
    for number, person in enumerate(people):
        for _ in range(2 if number >= 2 else 1):
            make_customer("甲", owner=person)
    app = open_customers(open_app, chie, by="filter")
    shown = [getattr(option, "content", option) for option in app.get_by_key("bulk_owners").options]
    assert [str(option).split()[1] for option in shown] == [f"{number:02}" for number in range(2, 14)]
    app.button(key="bulk_all_owners").click().run()
    assert len(app.get_by_key("bulk_owners").options) == 14


def test_the_choice_is_exported_by_those_with_the_right_only(
    open_app: OpenApp, database: Database, chie: User, aiko: User, make_customer: CustomerFactory
) -> None:
    make_customer("甲", owner=aiko)
    app = open_customers(open_app, chie, by="filter")
    app.get_by_key("bulk_what").set_value("export").run()
    assert not app.exception
    assert {button.key for button in app.get("download_button")} >= {"bulk_xlsx", "bulk_csv", "bulk_cp932"}
    with database.write() as session:
        session.get_one(User, chie.id).may_export = False
    app = open_customers(open_app, chie, by="filter")
    assert "export" not in {getattr(option, "value", option) for option in app.get_by_key("bulk_what").options}


def test_the_choice_is_added_to_a_reps_day(
    open_app: OpenApp, database: Database, chie: User, aiko: User, make_customer: CustomerFactory, today: date
) -> None:
    customer = make_customer("甲", owner=aiko, lat=34.35, lon=134.05, cadence_days=3650)
    app = open_customers(open_app, chie, by="filter")
    app.get_by_key("bulk_what").set_value("plan").run()
    app.selectbox(key="bulk_plan_who").set_value(aiko.id).run()
    app.get_by_key("bulk_plan_day").set_value(today + timedelta(days=2)).run()
    app.button(key="bulk_add_to_plan").click().run()

    assert not app.exception
    with database.read() as session:
        plan = session.scalars(select(Plan).join(PlanStop).where(PlanStop.customer_id == customer.id)).one()
        assert (plan.user_id, plan.day) == (aiko.id, today + timedelta(days=2))


def test_acts_are_listed_and_undone_and_what_was_changed_again_is_named(
    open_app: OpenApp, database: Database, chie: User, dai: User, aiko: User, make_customer: CustomerFactory, now: datetime
) -> None:
    customer, again = make_customer("甲", owner=aiko), make_customer(NASTY[:480], owner=aiko)
    with database.write() as session:
        act = bulk_changes.BulkAct(BulkAction.REASSIGN, owner_id=chie.id)
        done = bulk_changes.apply_change(session, chie, customer_ids=[customer.id, again.id], act=act, client_ref=uuid4(), now=now)
    with database.write() as session:
        act = bulk_changes.BulkAct(BulkAction.REASSIGN, owner_id=dai.id)
        bulk_changes.apply_change(session, dai, customer_ids=[again.id], act=act, client_ref=uuid4(), now=now)
    app = open_customers(open_app, chie, by="history")
    assert "New owner: Chie" in texts(app)
    app.button(key=f"bulk_undo_{done.change_id}").click().run()

    assert not app.exception
    assert owner_of(database, customer) == aiko.id
    assert "1 customer was changed again since and stayed." in texts(app)
    assert owner_of(database, again) == dai.id
    assert not any("<script>" in str(element.value) for element in app.markdown)


def test_the_handover_list_names_who_left_first_and_leads_to_a_new_owner(
    open_app: OpenApp, database: Database, dai: User, aiko: User, botan: User, make_customer: CustomerFactory, now: datetime
) -> None:
    make_customer("甲", owner=aiko)
    make_customer(NASTY[:480], owner=botan, likelihood=Likelihood.A, amount=2_000_000, lat=34.35, lon=134.05)
    with database.write() as session:
        session.get_one(User, botan.id).disabled_at = now
    app = open_customers(open_app, dai, by="handover")
    assert app.selectbox(key="handover_who").options[0].startswith("Botan (left)")
    app.selectbox(key="handover_who").set_value(botan.id).run()
    assert app.query_params["from"] == str(botan.id)
    assert not app.exception
    app.button(key="handover_give").click().run()
    assert (app.query_params["rep"], app.query_params["by"]) == (str(botan.id), "filter")
    assert "1 customer chosen" in texts(app)


def test_giving_away_a_persons_customers_begins_with_all_of_them_and_an_empty_owner(
    open_app: OpenApp, chie: User, dai: User, aiko: User, make_customer: CustomerFactory, now: datetime
) -> None:
    make_customer("甲", owner=aiko, last_visited_at=now)
    make_customer("乙", owner=aiko)
    app = open_customers(open_app, dai, by="filter")
    app.selectbox(key="bulk_owner").set_value(chie.id).run()
    app.get_by_key("bulk_what").set_value("tag").run()
    app.selectbox(key="bulk_unseen").set_value(90).run()
    assert "1 customer chosen" in texts(app)
    app.get_by_key("bulk_by").set_value("handover").run()
    app.selectbox(key="handover_who").set_value(aiko.id).run()
    app.button(key="handover_give").click().run()
    assert not app.exception
    assert "2 customers chosen" in texts(app)
    assert (app.get_by_key("bulk_what").value, app.selectbox(key="bulk_owner").value) == ("reassign", None)


@pytest.mark.parametrize(
    ("what", "field", "value", "empty"),
    [("tag", "bulk_tags_tag", ["VIP"], []), ("cadence", "bulk_days", 45, 30), ("plan", "bulk_plan_who", "aiko", None)],
)
def test_what_was_typed_for_some_customers_is_not_there_for_the_next(
    open_app: OpenApp, chie: User, aiko: User, make_customer: CustomerFactory, what: str, field: str, value: object, empty: object
) -> None:
    make_customer("甲", owner=aiko, tags=["VIP"])
    app = open_customers(open_app, chie, by="filter")
    app.get_by_key("bulk_what").set_value(what).run()
    app.get_by_key(field).set_value(aiko.id if value == "aiko" else value).run()
    app.get_by_key("bulk_by").set_value("draw").run()  # nobody is chosen yet
    app.get_by_key("bulk_by").set_value("filter").run()
    app.get_by_key("bulk_what").set_value(what).run()
    assert app.get_by_key(field).value == empty


def test_the_list_of_the_chosen_is_opened_without_a_search(
    open_app: OpenApp, chie: User, aiko: User, make_customer: CustomerFactory
) -> None:
    make_customer("甲", owner=aiko)
    app = open_customers(open_app, chie, by="filter")
    app.session_state["bulk_listed"] = True
    app.run()
    app.text_input(key="bulk_search").set_value("乙").run()
    app.get_by_key("bulk_by").set_value("draw").run()
    app.get_by_key("bulk_by").set_value("filter").run()
    app.session_state["bulk_listed"] = True
    app.run()
    assert app.text_input(key="bulk_search").value == ""


def test_who_may_no_longer_export_is_offered_something_else_to_do(
    open_app: OpenApp, database: Database, chie: User, aiko: User, make_customer: CustomerFactory
) -> None:
    make_customer("甲", owner=aiko)
    app = open_customers(open_app, chie, by="filter")
    app.get_by_key("bulk_what").set_value("export").run()
    app.get_by_key("bulk_by").set_value("history").run()
    with database.write() as session:
        session.get_one(User, chie.id).may_export = False
    app.get_by_key("bulk_by").set_value("filter").run()
    assert not app.exception
    assert app.get_by_key("bulk_what").value == "reassign"


@pytest.mark.parametrize(
    "query", [{"cell": "<script>"}, {"cell": "0"}, {"by": "x"}, {"by": "handover", "from": "9" * 30}, {"by": "handover", "from": "-1"}]
)
def test_an_address_that_makes_no_sense_breaks_nothing(open_app: OpenApp, chie: User, query: dict[str, str]) -> None:
    app = open_customers(open_app, chie, **query)
    assert not app.exception


def test_names_and_tags_are_shown_as_text(open_app: OpenApp, chie: User, aiko: User, make_customer: CustomerFactory) -> None:
    customer = make_customer(NASTY[:480], owner=aiko, tags=["<b>:red[VIP]</b>"])
    app = open_customers(open_app, chie, by="filter")
    app.session_state["bulk_listed"] = True
    app.run()
    label = app.checkbox(key=f"bulk_tick_{customer.id}").label
    assert "<script>" not in label
    assert r"\:red\[x\]" in label or ":\u2060red" in label
