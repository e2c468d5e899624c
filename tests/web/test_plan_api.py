"""`/api/v1/plans/…`: a day to carry along, and what phones say of it: only from our own pages, only from those who may, each once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import func, select
from starlette.testclient import TestClient

from fieldsales.bootstrap import Runtime
from fieldsales.db.models import AuditEvent, CheckIn, Customer, OutcomeTemplate, PlanChange, PlanShare, PlanStop, User, Visit
from fieldsales.domain.words import Outcome, PlanState, StopProgress
from fieldsales.services.accounts.sessions import close_all_sessions
from fieldsales.services.planning import planning, plans
from fieldsales.services.planning.planning import BrokenPlan
from fieldsales.web import session_check
from fieldsales.web.forms import MAX_JSON_BYTES
from tests.conftest import CustomerFactory
from tests.planned_days import keep_plan
from tests.web.conftest import LogIn

ORIGIN = {"origin": "http://testserver", "accept": "application/json"}
Act = Callable[..., Any]


@pytest.fixture
def customers(make_customer: CustomerFactory, aiko: User) -> list[Customer]:
    told = {"phone": "03-1234-5678", "email": "ito@example.jp", "contact_name": "伊藤 部長"}
    return [make_customer(f"<客{n}>", owner=aiko, lat=35.0 + n / 50, lon=139.0, **told) for n in range(3)]


@pytest.fixture
def plan_id(runtime: Runtime, aiko: User, customers: list[Customer], today: date) -> int:
    return keep_plan(runtime.database, aiko, customers, today)


@pytest.fixture
def act(client: TestClient, plan_id: int, now: datetime) -> Act:
    """Return a function that sends one action as the page does."""

    def send(action: str, *, headers: dict[str, str] | None = None, **values: Any) -> Any:
        said = {"action": action, "client_ref": str(uuid4()), "at": now.isoformat()} | values
        plan = said.pop("plan", plan_id)
        return client.post(f"/api/v1/plans/{plan}/actions", json=said, headers=ORIGIN if headers is None else headers)

    return send


def stops_of(runtime: Runtime, plan_id: int) -> list[PlanStop]:
    with runtime.database.read() as session:
        return list(session.scalars(select(PlanStop).where(PlanStop.plan_id == plan_id).order_by(PlanStop.id)))


def count(runtime: Runtime, model: type[Any]) -> int:
    with runtime.database.read() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


# Reading


def test_the_day_comes_whole_with_briefs_links_and_a_message_in_the_readers_language(
    client: TestClient, log_in: LogIn, aiko: User, plan_id: int
) -> None:
    log_in(aiko)
    answer = client.get(f"/api/v1/plans/{plan_id}", headers={"accept-language": "ja"})
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    book = answer.json()
    assert (book["plan"]["own"], book["plan"]["state"], book["plan"]["reader"]["id"]) == (True, "accepted", aiko.id)
    first = book["stops"][0]
    assert (first["name"], first["call"], first["sms"]) == ("<客0>", "tel:0312345678", "sms:0312345678")
    assert first["mail"] == "mailto:ito@example.jp"
    assert "伊藤 部長 様" in first["message"]
    assert "{time}頃" in first["message"]
    assert [line["title"] for line in first["brief"]] == ["前回", "約束", "取引"]
    assert {link["app"] for link in first["navigation"]} >= {"Google Maps", "Waze"}
    assert [choice["key"] for choice in book["choices"]] == [outcome.value for outcome in Outcome]
    assert first["suggests"]["order"]["likelihood"] == "won"
    assert book["progress"]["planned"] == 3


def test_a_phone_that_knows_the_version_is_told_that_nothing_changed(client: TestClient, log_in: LogIn, aiko: User, plan_id: int) -> None:
    log_in(aiko)
    version = client.get(f"/api/v1/plans/{plan_id}").json()["plan"]["version"]
    assert client.get(f"/api/v1/plans/{plan_id}?version={version}").json() == {"unchanged": True}
    assert "plan" in client.get(f"/api/v1/plans/{plan_id}?version={version + 1}").json()


def test_the_teams_own_outcomes_come_with_the_fields_they_ask_for(
    client: TestClient, log_in: LogIn, runtime: Runtime, aiko: User, plan_id: int
) -> None:
    with runtime.database.write() as session:
        session.add(OutcomeTemplate(name="商談", outcome=Outcome.MET, position=0, required_fields=["競合"]))
    log_in(aiko)
    choices = client.get(f"/api/v1/plans/{plan_id}").json()["choices"]
    assert [(choice["name"], choice["outcome"], choice["asks"]) for choice in choices] == [("商談", "met", ["競合"])]


@pytest.mark.parametrize("path", ["/api/v1/plans/{}", "/route/{}"])
def test_a_plan_is_for_whose_day_it_is_their_manager_and_whom_it_is_shared_with(
    client: TestClient, log_in: LogIn, runtime: Runtime, aiko: User, botan: User, chie: User, dai: User, plan_id: int, path: str
) -> None:
    path = path.format(plan_id)
    assert client.get(path, headers={"accept": "application/json"}).status_code in (401, 303)
    for person, status in ((aiko, 200), (chie, 200), (dai, 200), (botan, 404)):
        log_in(person)
        assert client.get(path).status_code == status
    with runtime.database.write() as session:
        session.add(PlanShare(plan_id=plan_id, user_id=botan.id))
    assert client.get(path).status_code == 200


def test_of_a_customer_that_the_reader_may_not_see_nothing_is_told(
    client: TestClient, log_in: LogIn, runtime: Runtime, botan: User, plan_id: int
) -> None:
    with runtime.database.write() as session:
        session.add(PlanShare(plan_id=plan_id, user_id=botan.id))
    log_in(botan)
    answer = client.get(f"/api/v1/plans/{plan_id}")
    assert answer.status_code == 200
    assert not any(secret in answer.text for secret in ("<客", "伊藤", "ito@example.jp", "0312345678"))
    assert [stop["customer_id"] for stop in answer.json()["stops"]] == [None] * 3


@pytest.mark.parametrize("path", ["0x1", "999999", "１", "1234567890"])
def test_what_is_no_plan_is_not_found(client: TestClient, log_in: LogIn, aiko: User, path: str) -> None:
    log_in(aiko)
    assert client.get(f"/api/v1/plans/{path}").status_code == 404
    assert client.get(f"/route/{path}").status_code == 404


# Acting


def test_a_visit_is_recorded_once_however_often_it_is_sent_and_makes_its_stop_done(
    log_in: LogIn, runtime: Runtime, aiko: User, customers: list[Customer], plan_id: int, act: Act
) -> None:
    log_in(aiko)
    said = {"customer_id": customers[0].id, "outcome": "met", "likelihood": "A", "note": "次回は見積", "client_ref": str(uuid4())}
    assert [act("visit", **said).json() for _ in range(3)] == [{"done": True}] * 3
    with runtime.database.read() as session:
        visit = session.scalars(select(Visit)).one()
    assert (visit.note, visit.user_id, visit.likelihood_after.value) == ("次回は見積", aiko.id, "A")
    assert stops_of(runtime, plan_id)[0].visit_id == visit.id
    act("undo_visit", visit_ref=said["client_ref"])
    act("visit", **said)  # a late second copy of the same save
    assert stops_of(runtime, plan_id)[0].progress is StopProgress.AHEAD
    with runtime.database.read() as session:
        assert session.scalars(select(AuditEvent.address).where(AuditEvent.action == "visit_deleted")).all() == ["testclient"]


def test_what_a_phone_saved_up_arrives_late_out_of_order_and_after_the_plan_was_deleted_and_nothing_is_lost(
    log_in: LogIn, runtime: Runtime, aiko: User, customers: list[Customer], plan_id: int, act: Act, now: datetime
) -> None:
    stop_ids = [stop.id for stop in stops_of(runtime, plan_id)]
    with runtime.database.write() as session:
        plans.delete_plan(session, aiko, plan_id=plan_id, now=now)
    log_in(aiko)
    earlier = [(now - timedelta(hours=hours)).isoformat() for hours in (3, 2, 1)]
    assert act("visit", customer_id=customers[1].id, outcome="met", at=earlier[1]).status_code == 200
    assert act("check_in", customer_id=customers[2].id, position={"error": "denied"}, at=earlier[2]).status_code == 200
    assert act("visit", customer_id=customers[0].id, outcome="absent", at=earlier[0]).status_code == 200
    assert act("skip", stop_id=stop_ids[2], reason="休業", at=earlier[2]).status_code == 404
    assert (count(runtime, Visit), count(runtime, CheckIn)) == (2, 1)


def test_a_visit_is_refused_with_its_field_and_can_be_sent_again_put_right(
    log_in: LogIn, runtime: Runtime, aiko: User, customers: list[Customer], act: Act
) -> None:
    log_in(aiko)
    said = {"customer_id": customers[0].id, "outcome": "met", "client_ref": str(uuid4())}
    refused = act("visit", **said, next_on="2020-01-01")
    assert (refused.status_code, refused.json()["error"]["field"]) == (422, "next_on")
    assert act("visit", **said).status_code == 200
    assert count(runtime, Visit) == 1


def test_a_check_in_with_its_position_reaches_the_stop(
    log_in: LogIn, runtime: Runtime, aiko: User, customers: list[Customer], plan_id: int, act: Act, now: datetime
) -> None:
    log_in(aiko)
    position = {"lat": 35.0, "lon": 139.0, "accuracy": 10, "taken_at": now.timestamp() * 1000}
    assert act("check_in", customer_id=customers[0].id, position=position).json()["state"] in ("verified", "plausible")
    assert stops_of(runtime, plan_id)[0].arrived_at == now


def test_taps_are_told_by_whose_day_it_is_or_who_may_edit_and_by_nobody_else(
    log_in: LogIn, runtime: Runtime, aiko: User, botan: User, chie: User, plan_id: int, act: Act
) -> None:
    stop_ids = [stop.id for stop in stops_of(runtime, plan_id)]
    log_in(botan)
    assert act("skip", stop_id=stop_ids[0], reason="休業").status_code == 404
    with runtime.database.write() as session:
        session.add(PlanShare(plan_id=plan_id, user_id=botan.id))
    assert act("skip", stop_id=stop_ids[0], reason="休業").status_code == 403
    log_in(chie)
    assert act("skip", stop_id=stop_ids[0], reason="休業").status_code == 200
    log_in(aiko)
    assert act("done", stop_id=stop_ids[1]).status_code == 200
    assert act("arrive", stop_id=stop_ids[2]).status_code == 200
    assert act("reopen", stop_id=stop_ids[0]).status_code == 200
    progress = [stop.progress for stop in stops_of(runtime, plan_id)]
    assert progress == [StopProgress.AHEAD, StopProgress.DONE, StopProgress.ARRIVED]


def test_running_late_plans_the_rest_anew_once(
    log_in: LogIn, runtime: Runtime, aiko: User, plan_id: int, act: Act, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned: list[datetime] = []
    replan_rest = planning.replan_rest

    def replan(*asked: Any, at: datetime, **values: Any) -> None:
        planned.append(at)
        if len(planned) == 1:
            raise BrokenPlan(faults="window")
        replan_rest(*asked, at=at, **values)

    monkeypatch.setattr(planning, "replan_rest", replan)
    log_in(aiko)
    leaves_at = now + timedelta(minutes=15)
    said = {"client_ref": str(uuid4()), "leaves_at": leaves_at.isoformat()}
    assert [act("late", **said).status_code for _ in range(3)] == [500, 200, 200]
    assert planned == [leaves_at] * 2
    assert act("late", leaves_at=(now - timedelta(hours=1)).isoformat()).status_code == 422


def test_the_rest_is_planned_anew_from_where_the_phone_is(
    log_in: LogIn, runtime: Runtime, aiko: User, plan_id: int, act: Act, now: datetime
) -> None:
    log_in(aiko)
    here = {"lat": 35.01, "lon": 139.0, "accuracy": 20, "taken_at": now.timestamp() * 1000}
    assert act("replan", here=here).status_code == 200
    route = [stop for stop in stops_of(runtime, plan_id) if stop.position is not None]
    assert route
    assert all(stop.starts_at is not None and stop.starts_at >= now for stop in route)
    assert act("replan", here={"lat": 999, "lon": 0}).json()["error"]["code"] == "bad_coordinate"


def test_a_gap_is_filled_by_customers_that_fit_and_one_is_inserted(
    client: TestClient, log_in: LogIn, runtime: Runtime, aiko: User, make_customer: CustomerFactory, plan_id: int, act: Act
) -> None:
    near = make_customer("近くの客", owner=aiko, lat=35.015, lon=139.0)
    log_in(aiko)
    last = stops_of(runtime, plan_id)[-1].id
    answer = client.post(f"/api/v1/plans/{plan_id}/gap", json={"before_stop_id": last}, headers=ORIGIN)
    assert answer.status_code == 200
    assert all({"customer_id", "name", "starts_at", "leaves_at", "slack"} == filler.keys() for filler in answer.json()["fillers"])
    assert act("insert", customer_id=near.id).status_code == 200
    assert near.id in {stop.customer_id for stop in stops_of(runtime, plan_id)}


def test_a_draft_is_not_followed(log_in: LogIn, runtime: Runtime, aiko: User, customers: list[Customer], today: date, act: Act) -> None:
    draft = keep_plan(runtime.database, aiko, customers, today, state=PlanState.DRAFT)
    log_in(aiko)
    refused = act("skip", plan=draft, stop_id=stops_of(runtime, draft)[0].id, reason="休業")
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "plan_not_accepted")


# What is no action


def test_an_ended_session_is_told_so_and_what_was_sent_can_be_sent_after_logging_in(
    log_in: LogIn, runtime: Runtime, aiko: User, customers: list[Customer], act: Act, now: datetime
) -> None:
    log_in(aiko)
    with runtime.database.write() as session:
        close_all_sessions(session, aiko, now=now)
    session_check.check.forget()
    said = {"customer_id": customers[0].id, "outcome": "met", "client_ref": str(uuid4())}
    refused = act("visit", **said)
    assert (refused.status_code, refused.json()["error"]["code"]) == (401, "not_logged_in")
    log_in(aiko)
    assert act("visit", **said).status_code == 200
    assert count(runtime, Visit) == 1


@pytest.mark.parametrize("action", ["visit", "check_in", "done", "skip", "late", "replan", "insert"])
def test_what_one_person_entered_is_nobody_elses_to_send_from_the_same_phone(
    log_in: LogIn, runtime: Runtime, aiko: User, chie: User, customers: list[Customer], plan_id: int, act: Act, now: datetime, action: str
) -> None:
    log_in(chie)  # a manager, who may do most of it in her own name
    said = {"customer_id": customers[0].id, "stop_id": stops_of(runtime, plan_id)[0].id, "outcome": "met", "leaves_at": now.isoformat()}
    refused = act(action, user_id=aiko.id, **said)
    assert (refused.status_code, refused.json()["error"]["code"]) == (401, "not_the_author")
    assert (count(runtime, Visit), count(runtime, CheckIn), count(runtime, PlanChange)) == (0, 0, 0)


def test_a_gap_is_filled_for_nobody_else(client: TestClient, log_in: LogIn, runtime: Runtime, aiko: User, chie: User, plan_id: int) -> None:
    log_in(chie)
    said = {"user_id": aiko.id, "before_stop_id": stops_of(runtime, plan_id)[-1].id}
    refused = client.post(f"/api/v1/plans/{plan_id}/gap", json=said, headers=ORIGIN)
    assert (refused.status_code, refused.json()["error"]["code"]) == (401, "not_the_author")


@pytest.mark.parametrize("headers", [{"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}])
def test_another_site_acts_for_nobody(log_in: LogIn, runtime: Runtime, aiko: User, plan_id: int, act: Act, headers: dict[str, str]) -> None:
    log_in(aiko)
    refused = act("done", stop_id=stops_of(runtime, plan_id)[0].id, headers={"accept": "application/json"} | headers)
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "bad_origin")
    assert count(runtime, PlanChange) == 0


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b'{"action": "done"', "application/json", 400),
        (b"[1]", "application/json", 400),
        (b'{"action": NaN}', "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b"{}", "text/plain", 400),
        (b"action=done", "application/x-www-form-urlencoded", 400),
        (b"{}", "application/json", 422),
        (b'{"note": "' + b"x" * MAX_JSON_BYTES + b'"}', "application/json", 413),
    ],
)
def test_what_is_no_json_object_or_too_large_is_refused(
    client: TestClient, log_in: LogIn, aiko: User, plan_id: int, content: bytes, kind: str, status: int
) -> None:
    log_in(aiko)
    answer = client.post(f"/api/v1/plans/{plan_id}/actions", content=content, headers=ORIGIN | {"content-type": kind})
    assert answer.status_code == status
    assert set(answer.json()["error"]) == {"code", "message", "field"}


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"action": "explode"}, "action"),
        ({"action": "done", "client_ref": "none"}, "client_ref"),
        ({"action": "done", "client_ref": 7}, "client_ref"),
        ({"action": "done", "at": "yesterday"}, "at"),
        ({"action": "done", "at": "2026-11-21T10:00:00"}, "at"),
        ({"action": "done", "at": "0001-01-01T00:00:00+14:00"}, "at"),
        ({"action": "done", "stop_id": "1"}, "stop_id"),
        ({"action": "done", "stop_id": True}, "stop_id"),
        ({"action": "done", "stop_id": 2**40}, "stop_id"),
        ({"action": "visit", "customer_id": None}, "customer_id"),
        ({"action": "visit", "outcome": "nonsense"}, "outcome"),
        ({"action": "visit", "likelihood": ["A"]}, "likelihood"),
        ({"action": "visit", "next_on": "tomorrow"}, "next_on"),
        ({"action": "visit", "note": 5}, "note"),
        ({"action": "visit", "custom": {"a": 1}}, "custom"),
        ({"action": "visit", "template_id": -1}, "template_id"),
        ({"action": "visit", "note": "長" * 100_001}, "note"),
        ({"action": "check_in", "position": "here"}, "position"),
        ({"action": "skip", "reason": ""}, "reason"),
    ],
)
def test_every_wrong_value_is_named(
    log_in: LogIn, runtime: Runtime, aiko: User, customers: list[Customer], plan_id: int, act: Act, values: dict[str, Any], field: str
) -> None:
    log_in(aiko)
    sound = {"stop_id": stops_of(runtime, plan_id)[0].id, "customer_id": customers[0].id, "outcome": "met"}
    answer = act(**sound | values)
    assert (answer.status_code, answer.json()["error"]["field"]) == (422, field)
    assert (count(runtime, Visit), count(runtime, PlanChange)) == (0, 0)


@pytest.mark.parametrize(("method", "path"), [("POST", ""), ("DELETE", ""), ("GET", "/actions"), ("PUT", "/actions"), ("GET", "/gap")])
def test_other_methods_are_not_answered(client: TestClient, log_in: LogIn, aiko: User, plan_id: int, method: str, path: str) -> None:
    log_in(aiko)
    answer = client.request(method, f"/api/v1/plans/{plan_id}{path}", headers=ORIGIN)
    assert (answer.status_code, answer.json()["error"]["code"]) == (405, "method_not_allowed")
