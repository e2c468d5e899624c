"""The plan page: a day proposed, planned, changed by hand and put to use."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import pytest

from fieldsales.db.database import Database
from fieldsales.db.models import User
from fieldsales.domain.planning.day_rules import Whence
from fieldsales.domain.planning.options import PlanningOptions
from fieldsales.domain.words import PlanGoal, PlanState, StopChoice, StopOrigin, StopPin
from fieldsales.services.customers import saved_views
from fieldsales.services.planning import plan_edits
from fieldsales.services.planning.planning_options import save_planning_options
from fieldsales.ui.format import plain
from fieldsales.ui.plan import plan_solving, plan_taps
from tests.app.conftest import OpenApp
from tests.app.plan_steps import ON, html, job_of, keys, plan_edits_by_hand, planned, plans_of, rows, said, send, settled, stored
from tests.conftest import CustomerFactory
from tests.days import MONDAY, add_office, entry_of, make_town, wall

NASTY = "<script>alert(1)</script> **太字** 😀"
pytestmark = pytest.mark.usefixtures("quick_runtime")


def test_a_day_that_nobody_planned_proposes_customers_with_their_worth_and_why(
    open_app: OpenApp, database: Database, aiko: User, town: None, now: datetime
) -> None:
    app = open_app(aiko, "plan", day=ON)
    assert not app.exception
    data = rows(app)
    assert data["stops"] == []
    assert data["left"]["title"] == "8 candidates"
    assert data["left"]["open"] is True
    assert all(row["value"].endswith(" pt") and row["why"] and not row["reason"] for row in data["left"]["rows"])
    assert "plan_solve" in keys(app)
    assert [plan.state for plan in plans_of(database)] == [PlanState.DRAFT]
    open_app(aiko, "plan", day=ON)
    assert len(plans_of(database)) == 1


def test_one_tap_plans_the_day_and_the_next_puts_it_to_use(
    open_app: OpenApp, database: Database, aiko: User, town: None, now: datetime
) -> None:
    app = planned(open_app(aiko, "plan", day=ON))
    assert not app.exception
    data = rows(app)
    assert len(data["stops"]) == 8
    assert data["start"]["name"] == data["end"]["name"] == "本社"
    assert all(stop["why"] and stop["foot"] for stop in data["stops"])
    assert any(lead["kind"] == "rest" for stop in data["stops"] for lead in stop["leads"]) or any(
        lead["kind"] == "rest" for lead in data["end"]["leads"]
    )
    assert "8 visits" in html(app)
    app.button(key="plan_accept").click().run()
    assert stored(database, aiko, app, now).state is PlanState.ACCEPTED
    assert "plan_accept" not in keys(app)
    assert "In use" in html(app)
    app.button(key="undo_record").click().run()
    assert stored(database, aiko, app, now).state is PlanState.DRAFT


def test_a_second_tap_on_planning_begins_nothing_new(open_app: OpenApp, aiko: User, town: None, monkeypatch: pytest.MonkeyPatch) -> None:
    app = open_app(aiko, "plan", day=ON)
    begun: list[int] = []
    monkeypatch.setattr(plan_taps, "_AT_ONCE_S", 0.0)
    monkeypatch.setattr(plan_solving, "_pool", type("Idle", (), {"submit": lambda _self, run, work: begun.append(1)})())
    app.button(key="plan_solve").click().run()
    assert not app.exception
    assert app.button(key="plan_solve").label == "Planning…"
    app.button(key="plan_solve").click().run()
    assert begun == [1]
    job = job_of(app)
    assert job is not None
    job.run(lambda step: None)


def test_a_new_order_is_stored_with_its_times_and_heard_once(
    open_app: OpenApp, database: Database, aiko: User, town: None, now: datetime
) -> None:
    app = planned(open_app(aiko, "plan", day=ON))
    before = [stop["id"] for stop in rows(app)["stops"]]
    turned = list(reversed(before))
    send(app, "order", ids=turned)
    assert not app.exception
    data = rows(app)
    assert [stop["id"] for stop in data["stops"]] == turned
    assert data["heard"]
    times = [stop["time"] for stop in data["stops"]]
    assert times == sorted(times)
    assert {"plan_accept", "plan_anew"} <= keys(app)
    plan_edits_by_hand(database, aiko, rows(app)["plan"], before, now)
    app.run()  # the browser's state is still there: it is not done again
    assert [stop["id"] for stop in rows(app)["stops"]] == before


def test_a_stop_that_comes_too_late_says_so_in_words(
    open_app: OpenApp, database: Database, aiko: User, make_customer: CustomerFactory, town: None
) -> None:
    make_customer("約束商店", owner=aiko, lat=34.35, lon=134.05, next_on=MONDAY, next_time=time(9, 30))
    app = planned(open_app(aiko, "plan", day=ON))
    ids = [stop["id"] for stop in rows(app)["stops"]]
    meeting = next(stop for stop in rows(app)["stops"] if stop["name"] == "約束商店")
    assert {"icon": "clock", "text": "Appointment at 09:30"} in meeting["marks"]
    send(app, "order", ids=[*(i for i in ids if i != meeting["id"]), meeting["id"]])
    late = next(stop for stop in rows(app)["stops"] if stop["name"] == "約束商店")
    assert late["late"].endswith(" late")


def test_everything_about_a_stop_is_decided_in_its_sheet_and_stored_at_once(
    open_app: OpenApp, database: Database, aiko: User, town: None, now: datetime
) -> None:
    app = planned(open_app(aiko, "plan", day=ON))
    first = rows(app)["stops"][0]
    send(app, "opened", id=first["id"])
    assert first["name"] in html(app)
    app.button_group(key="plansheet_choice").set_value(StopChoice.LOCKED).run()
    app.number_input(key="plansheet_minutes").set_value(45).run()
    app.button_group(key="plansheet_pin").set_value(StopPin.LAST).run()
    app.time_input(key="plansheet_at").set_value(time(15, 0)).run()
    assert not app.exception
    stop = next(s for s in stored(database, aiko, app, now).stops if s.id == first["id"])
    assert (stop.choice, stop.visit_minutes, stop.pin) == (StopChoice.LOCKED, 45, StopPin.LAST)
    assert stop.fixed_at is not None
    assert wall(stop.fixed_at) == time(15, 0)
    assert rows(app)["selected"] == first["id"]
    app.time_input(key="plansheet_at").set_value(time(23, 0)).run()
    assert "outside the working day" in said(app)
    app.button_group(key="plansheet_choice").set_value(StopChoice.EXCLUDED).run()
    assert first["id"] not in [s["id"] for s in rows(app)["stops"]]
    assert "excluded by hand" in " ".join(row["reason"] for row in rows(app)["left"]["rows"])


def test_what_a_colleague_decides_meanwhile_is_not_overwritten_by_an_open_sheet(
    open_app: OpenApp, database: Database, aiko: User, chie: User, town: None, now: datetime
) -> None:
    app = planned(open_app(aiko, "plan", day=ON))
    plan_id, first = rows(app)["plan"], rows(app)["stops"][0]["id"]
    send(app, "opened", id=first)
    with database.write() as session:
        plan_edits.choose_stop(session, chie, plan_id=plan_id, stop_id=first, choice=StopChoice.LOCKED, now=now)
    app.run()
    assert "stop" in app.query_params["sheet"]
    assert app.session_state["plansheet_choice"] == StopChoice.LOCKED
    assert "Chie decided about 顧客" in " ".join(toast.value for toast in app.toast)
    app.number_input(key="plansheet_minutes").set_value(60).run()
    stop = next(s for s in stored(database, aiko, app, now).stops if s.id == first)
    assert (stop.choice, stop.visit_minutes) == (StopChoice.LOCKED, 60)


def test_a_stop_is_taken_out_and_brought_back(open_app: OpenApp, database: Database, aiko: User, town: None, now: datetime) -> None:
    app = planned(open_app(aiko, "plan", day=ON))
    first = rows(app)["stops"][0]["id"]
    send(app, "opened", id=first)
    app.button(key="plan_stop_remove").click().run()
    assert len(rows(app)["stops"]) == 7
    assert "sheet" not in app.query_params
    assert not stored(database, aiko, app, now).is_stale
    app.button(key="undo_record").click().run()
    assert not app.exception
    assert len(rows(app)["stops"]) + len(rows(app)["left"]["rows"] if rows(app)["left"] else []) == 8


def test_who_was_left_out_says_why_and_one_tap_lets_them_in(
    open_app: OpenApp, database: Database, aiko: User, make_customer: CustomerFactory, now: datetime
) -> None:
    add_office(database)
    make_town(make_customer, aiko, 20, visit_minutes=60)
    app = planned(open_app(aiko, "plan", day=ON))
    left = rows(app)["left"]
    assert left["title"].endswith("left out")
    assert left["open"] is False
    assert all(row["reason"] for row in left["rows"])
    relieved = next(row for row in left["rows"] if row["reliefs"])
    relief = relieved["reliefs"][0]
    send(app, "relief", id=relieved["id"], index=relief["index"], code="something_else")
    assert stored(database, aiko, app, now).is_stale is False
    send(app, "relief", id=relieved["id"], index=relief["index"], code=relief["code"])
    app = settled(app)
    assert not app.exception
    assert relieved["id"] in [stop["id"] for stop in rows(app)["stops"]]
    assert f"{relieved['name']}: " in said(app)
    app.button(key="undo_record").click().run()
    app = settled(app)
    assert rows(app)["left"]["title"] == left["title"]


def test_customers_are_added_by_name_from_nearby_from_a_view_and_by_proposal(
    open_app: OpenApp, database: Database, aiko: User, make_customer: CustomerFactory, town: None, now: datetime
) -> None:
    app = planned(open_app(aiko, "plan", day=ON))
    late = (now - timedelta(days=2)).replace(microsecond=0)
    near = make_customer("近所商店", owner=aiko, lat=34.3401, lon=134.0434, last_visited_at=late)
    named = make_customer(NASTY, owner=aiko, lat=34.5, lon=134.3, last_visited_at=late)
    viewed = make_customer("ビュー商店", owner=aiko, lat=34.36, lon=134.05, tags=["特約"], last_visited_at=late)
    with database.write() as session:
        saved_views.save_view(session, aiko, name="特約店", query={"tag": ["特約"]}, now=now)
    app.button(key="plan_tool_add").click().run()
    app.button(key=f"row_plan_near_{near.id}").click().run()
    app.text_input(key="plansheet_text").set_value("太字").run()
    app.button(key=f"row_plan_add_{named.id}").click().run()
    app.button_group(key="plansheet_way").set_value("view").run()
    app.button(key="plan_add_view").click().run()
    assert not app.exception
    plan = stored(database, aiko, app, now)
    assert {entry_of(plan, c).origin for c in (near, named, viewed)} == {StopOrigin.ADDED}
    assert [entry_of(plan, c).choice for c in (near, named, viewed)] == [StopChoice.LOCKED, StopChoice.LOCKED, StopChoice.OPEN]
    assert NASTY in [row["name"] for row in rows(app)["left"]["rows"]]
    assert "<script>" not in html(app)
    assert plan.is_stale
    app.button_group(key="plansheet_way").set_value("proposed").run()
    app.button(key="plan_propose").click().run()
    assert not app.exception


def test_the_conditions_of_a_day_are_its_own_and_saving_them_plans_anew(
    open_app: OpenApp, database: Database, aiko: User, town: None, now: datetime
) -> None:
    app = planned(open_app(aiko, "plan", day=ON))
    app.button(key="plan_tool_rules").click().run()
    app.time_input(key="plansheet_ends").set_value(time(12, 30)).run()
    app.selectbox(key="plansheet_start").set_value("first_stop").run()
    app.button(key="plan_rules_save").click().run()
    app = settled(app)
    assert not app.exception
    plan = stored(database, aiko, app, now)
    assert (plan.rules.ends, plan.rules.whence) == (time(12, 30), Whence.FIRST_STOP)
    assert not plan.is_stale
    assert plan.totals.ends_at is not None
    assert wall(plan.totals.ends_at) <= time(12, 30)


def test_conditions_that_make_no_sense_are_refused_beside_their_field_and_stay_typed(
    open_app: OpenApp, database: Database, aiko: User, town: None, now: datetime
) -> None:
    app = open_app(aiko, "plan", day=ON)
    app.button(key="plan_tool_rules").click().run()
    app.time_input(key="plansheet_pause_0_earliest").set_value(time(21, 0)).run()
    app.time_input(key="plansheet_pause_0_latest").set_value(time(22, 0)).run()
    app.button(key="plan_rules_save").click().run()
    assert not app.exception
    assert "does not fit between" in said(app)
    assert app.session_state["plansheet_pause_0_earliest"] == time(21, 0)
    assert stored(database, aiko, app, now).rules.pauses[0].earliest == time(11, 30)


def test_a_pause_taken_out_stays_out_with_all_else_that_was_typed_until_the_conditions_are_saved(
    open_app: OpenApp, database: Database, aiko: User, town: None, now: datetime
) -> None:
    app = open_app(aiko, "plan", day=ON)
    app.button(key="plan_tool_rules").click().run()
    app.time_input(key="plansheet_ends").set_value(time(16, 30)).run()
    app.button(key="plan_pause_remove_0").click().run()
    app.selectbox(key="plansheet_start").set_value("first_stop").run()
    app.button(key="plan_rules_save").click().run()
    assert not app.exception
    rules = stored(database, aiko, app, now).rules
    assert (rules.ends, rules.pauses, rules.whence) == (time(16, 30), (), Whence.FIRST_STOP)


def test_three_goals_stand_side_by_side_and_one_is_taken(
    open_app: OpenApp, database: Database, aiko: User, town: None, now: datetime
) -> None:
    app = planned(open_app(aiko, "plan", day=ON))
    app.button(key="plan_tool_variants").click().run()
    job = app.session_state["plansheet_variants"][1]
    job.wait_for_step(99, seconds=30)
    app.run()
    assert not app.exception
    assert all(word in html(app) for word in ("Most value", "Least driving", "Home by 17:00"))
    app.button(key="plan_take_early").click().run()
    app = settled(app)
    plan = stored(database, aiko, app, now)
    assert plan.goal is PlanGoal.EARLY
    assert plan.totals.ends_at is not None
    assert wall(plan.totals.ends_at) <= time(17, 0)


def test_the_early_goal_names_the_hour_that_the_team_has_set(
    open_app: OpenApp, database: Database, aiko: User, dai: User, town: None, now: datetime
) -> None:
    with database.write() as session:
        save_planning_options(session, dai, options=PlanningOptions(early_end=time(16, 30)), now=now)
    app = planned(open_app(aiko, "plan", day=ON))
    app.button(key="plan_tool_variants").click().run()
    app.session_state["plansheet_variants"][1].wait_for_step(99, seconds=30)
    app.run()
    assert "Home by 16:30" in html(app)


@pytest.mark.parametrize(
    ("key", "typed", "lowest", "highest"),
    [
        ("plansheet_visit_minutes", -5, 1, 600),
        ("plansheet_parking", 99_999, 0, 60),
        ("plansheet_travel", 0, 1, 1_440),
        ("plansheet_pause_0_minutes", 99_999, 1, 480),
        ("plansheet_visit_minutes", 0, 1, 600),
    ],
)
def test_a_number_that_does_not_fit_is_answered_beside_its_field_and_stays_typed(
    open_app: OpenApp, database: Database, aiko: User, town: None, now: datetime, key: str, typed: int, lowest: int, highest: int
) -> None:
    app = open_app(aiko, "plan", day=ON)
    app.button(key="plan_tool_rules").click().run()
    before = stored(database, aiko, app, now).rules
    app.number_input(key=key).set_value(typed)
    app.time_input(key="plansheet_begins").set_value(time(8, 0))
    app.button(key="plan_rules_save").click().run()
    assert not app.exception
    assert [error.value for error in app.error] == [plain(f"Enter a number from {lowest} to {highest}.")]
    assert app.number_input(key=key).value == typed
    assert app.time_input(key="plansheet_begins").value == time(8, 0)
    assert stored(database, aiko, app, now).rules == before


def test_a_length_that_no_visit_has_is_answered_in_the_sheet_and_stays_typed(
    open_app: OpenApp, database: Database, aiko: User, town: None, now: datetime
) -> None:
    app = planned(open_app(aiko, "plan", day=ON))
    stop_id = rows(app)["stops"][0]["id"]
    app = send(app, "opened", id=stop_id)
    app.number_input(key="plansheet_minutes").set_value(99_999).run()
    assert not app.exception
    assert [error.value for error in app.error] == [plain("Enter a number from 1 to 600.")]
    assert app.number_input(key="plansheet_minutes").value == 99_999
    assert stored(database, aiko, app, now).stops[0].visit_minutes == 30


def test_a_day_has_four_pauses_at_most_and_says_so(open_app: OpenApp, aiko: User, town: None) -> None:
    app = open_app(aiko, "plan", day=ON)
    app.button(key="plan_tool_rules").click().run()
    for _ in range(3):
        assert "at most 4 pauses" not in said(app)
        app.button(key="plan_pause_add").click().run()
    assert "at most 4 pauses" in said(app)
    assert "plan_pause_add" not in keys(app)


def test_a_day_that_begins_at_the_first_customer_ends_at_the_last_and_goes_back_nowhere(open_app: OpenApp, aiko: User, town: None) -> None:
    app = open_app(aiko, "plan", day=ON)
    app.button(key="plan_tool_rules").click().run()
    assert "Back where it began" in app.selectbox(key="plansheet_end").options
    office = app.selectbox(key="plansheet_start").value
    app.selectbox(key="plansheet_start").set_value("first_stop").run()
    assert "Back where it began" not in app.selectbox(key="plansheet_end").options
    assert app.selectbox(key="plansheet_end").value == "last_stop"
    app.selectbox(key="plansheet_start").set_value(office).run()
    assert app.selectbox(key="plansheet_end").value == "start"


def test_one_of_the_visits_that_exclude_each_other_is_given_up_with_one_tap_and_taken_back(
    open_app: OpenApp, database: Database, aiko: User, make_customer: CustomerFactory, town: None, now: datetime
) -> None:
    for name, lat in (("北の約束", 34.43), (NASTY, 34.25)):
        make_customer(name, owner=aiko, lat=lat, lon=134.04, next_on=MONDAY, next_time=time(10, 0))
    app = planned(open_app(aiko, "plan", day=ON))
    offered = [button for button in app.button if str(button.key).startswith("plan_give_up_")]
    assert len(offered) == 2
    assert not any("<script>" in button.label for button in offered)
    given_up = next(button for button in offered if "北の約束" in button.label)
    app = settled(given_up.click().run())
    assert not app.exception
    plan = stored(database, aiko, app, now)
    assert plan.conflicts == ()
    assert [candidate.choice for candidate in plan.candidates if candidate.name == "北の約束"] == [StopChoice.EXCLUDED]
    assert not [button for button in app.button if str(button.key).startswith("plan_give_up_")]
    app.button(key="undo_record").click().run()
    app = settled(app)
    assert len(stored(database, aiko, app, now).conflicts) == 1


def test_required_visits_that_exclude_each_other_are_named(
    open_app: OpenApp, database: Database, aiko: User, make_customer: CustomerFactory, town: None
) -> None:
    for name, lat in (("北の約束", 34.43), ("南の約束", 34.25)):
        make_customer(name, owner=aiko, lat=lat, lon=134.04, next_on=MONDAY, next_time=time(10, 0))
    app = planned(open_app(aiko, "plan", day=ON))
    assert not app.exception
    assert "北の約束" in said(app)
    assert "南の約束" in said(app)
    assert rows(app)["stops"]
