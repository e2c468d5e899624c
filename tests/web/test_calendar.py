"""The calendar's address: read without logging in by whoever has the secret, and by nobody else."""

from __future__ import annotations

import logging
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from icalendar import Calendar
from sqlalchemy import select
from starlette.testclient import TestClient

from fieldsales.bootstrap import Runtime
from fieldsales.db.models import Customer, Plan, PlanStop, User
from fieldsales.domain.words import PlanState, StopProgress
from fieldsales.services.planning import calendar_feeds
from tests.conftest import CustomerFactory
from tests.planned_days import keep_plan
from tests.web.conftest import INSIDE

STRANGE = 'SUMMARY:偽\r\nBEGIN:VEVENT;"x",\\n <script>'


@pytest.fixture
def address(runtime: Runtime, aiko: User, now: datetime) -> str:
    """Aiko's secret address."""
    with runtime.database.write() as session:
        return f"/calendar/{calendar_feeds.renew_feed(session, aiko, now=now)}.ics"


def events(client: TestClient, address: str) -> dict[str, dict[str, str]]:
    response = client.get(address)
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/calendar; charset=utf-8"
    calendar = Calendar.from_ical(response.content)
    return {str(event["summary"]): {name.lower(): event[name].to_ical().decode() for name in event} for event in calendar.walk("VEVENT")}


def test_an_appointment_stands_at_the_users_wall_clock_and_a_promise_takes_the_day(
    client: TestClient, address: str, aiko: User, make_customer: CustomerFactory, today: date
) -> None:
    make_customer(
        "高松食品",
        owner=aiko,
        next_on=today,
        next_time=time(10, 30),
        next_action="見積を持参",
        address="香川県高松市番町1",
        phone="087-0000-1111",
    )
    make_customer("丸亀商店", owner=aiko, next_on=today + timedelta(days=1))
    found = events(client, address)
    appointment, promise = found["高松食品 · 見積を持参"], found["丸亀商店"]
    assert (appointment["dtstart"], appointment["dtend"]) == ("20261121T013000Z", "20261121T023000Z")
    assert appointment["location"] == "香川県高松市番町1"
    assert "087-0000-1111" in appointment["description"]
    assert appointment["url"].endswith("/customer?id=1")
    assert (promise["dtstart"], promise["dtend"]) == ("20261122", "20261123")


def test_in_a_zone_with_summer_time_each_date_has_its_own_offset(
    client: TestClient, runtime: Runtime, address: str, aiko: User, make_customer: CustomerFactory
) -> None:
    with runtime.database.write() as session:
        session.get_one(User, aiko.id).timezone = "America/New_York"
    make_customer("winter", owner=aiko, next_on=date(2026, 12, 1), next_time=time(9, 0))
    make_customer("summer", owner=aiko, next_on=date(2027, 6, 1), next_time=time(9, 0))
    make_customer("skipped", owner=aiko, next_on=date(2027, 3, 14), next_time=time(2, 30))
    starts = {name: event["dtstart"] for name, event in events(client, address).items()}
    assert starts == {"winter": "20261201T140000Z", "summer": "20270601T130000Z", "skipped": "20270314T073000Z"}


def test_whatever_a_name_holds_stays_within_its_line(
    client: TestClient, address: str, aiko: User, make_customer: CustomerFactory, today: date
) -> None:
    make_customer(STRANGE, owner=aiko, next_on=today, next_action="😀" * 100)
    response = client.get(address)
    assert len(Calendar.from_ical(response.content).walk("VEVENT")) == 1
    assert all(len(line) <= 75 for line in response.content.split(b"\r\n"))
    assert response.content.count(b"BEGIN:VEVENT") - response.content.count(b"nBEGIN:VEVENT") == 1


def test_an_entry_keeps_its_identity_when_it_moves(
    client: TestClient, runtime: Runtime, address: str, aiko: User, make_customer: CustomerFactory, today: date, now: datetime
) -> None:
    customer = make_customer("高松食品", owner=aiko, next_on=today)
    before = events(client, address)["高松食品"]
    with runtime.database.write() as session:
        moved = session.get_one(Customer, customer.id)
        moved.next_on, moved.changed_at = today + timedelta(days=3), now + timedelta(minutes=5)
    after = events(client, address)["高松食品"]
    assert before["uid"] == after["uid"]
    assert before["dtstart"] != after["dtstart"]
    assert before["last-modified"] < after["last-modified"]


def test_a_calendar_that_knows_it_already_is_told_so(
    client: TestClient, address: str, aiko: User, make_customer: CustomerFactory, today: date
) -> None:
    make_customer("高松食品", owner=aiko, next_on=today)
    tag = client.get(address).headers["etag"]
    again = client.get(address, headers={"if-none-match": f'W/{tag}, "other"'})
    assert (again.status_code, again.content) == (304, b"")
    make_customer("丸亀商店", owner=aiko, next_on=today)
    assert client.get(address, headers={"if-none-match": tag}).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/calendar/" + "A" * 43 + ".ics",
        "/calendar/" + "A" * 42 + ".ics",
        "/calendar/x.ics",
        "/calendar/",
        "/calendar/../login.ics",
        "/calendar/a/b.ics",
    ],
)
def test_no_other_path_gets_in(client: TestClient, address: str, path: str) -> None:
    response = client.get(path)
    assert response.status_code in (303, 401, 404)
    assert INSIDE not in response.text
    assert "BEGIN:VCALENDAR" not in response.text


def test_the_gate_opens_for_reading_alone(client: TestClient, address: str) -> None:
    assert client.post(address).status_code in (303, 401, 403, 405)
    assert client.head(address).status_code == 200


def test_a_secret_that_ended_is_not_found(client: TestClient, runtime: Runtime, address: str, aiko: User, now: datetime) -> None:
    with runtime.database.write() as session:
        calendar_feeds.renew_feed(session, aiko, now=now)
    response = client.get(address)
    assert (response.status_code, response.headers["cache-control"]) == (404, "no-store")


def test_a_disabled_users_calendar_is_not_found(client: TestClient, runtime: Runtime, address: str, aiko: User, now: datetime) -> None:
    with runtime.database.write() as session:
        session.get_one(User, aiko.id).disabled_at = now
    assert client.get(address).status_code == 404


def test_the_log_does_not_learn_the_secret(
    client: TestClient, address: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def break_down(*_: object, **__: object) -> None:
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(calendar_feeds, "list_agreed", break_down)
    with caplog.at_level(logging.DEBUG):
        assert client.get(address).status_code == 500
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("fieldsales")]
    assert ours == ["GET /calendar/… failed"]


def test_that_it_was_read_is_noted(client: TestClient, runtime: Runtime, address: str, aiko: User, now: datetime) -> None:
    client.get(address)
    with runtime.database.read() as session:
        status = calendar_feeds.feed_status(session, aiko)
    assert status is not None
    assert status.read_at == now


def test_an_accepted_plan_stands_in_the_calendar_with_its_times_and_lunch(
    client: TestClient, runtime: Runtime, address: str, aiko: User, make_customer: CustomerFactory, today: date, now: datetime
) -> None:
    customer = make_customer("高松食品", owner=aiko, address="香川県高松市番町1", phone="087-0000-1111")
    keep_plan(runtime.database, aiko, [customer], today)
    found = events(client, address)
    stop = found["高松食品"]
    assert (stop["dtstart"], stop["dtend"]) == ("20261121T000000Z", "20261121T003000Z")
    assert (stop["location"], stop["uid"]) == ("香川県高松市番町1", f"plan-{aiko.id}-2026-11-21-{customer.id}@fieldsales")
    assert "087-0000-1111" in stop["description"]
    assert (found["昼休み"]["dtstart"], found["昼休み"]["dtend"]) == ("20261121T030000Z", "20261121T040000Z")


def test_a_promise_that_stands_in_the_plan_is_not_told_twice(
    client: TestClient, runtime: Runtime, address: str, aiko: User, make_customer: CustomerFactory, today: date, now: datetime
) -> None:
    planned = make_customer("計画に入った約束", owner=aiko, next_on=today, next_time=time(10, 0), next_action="見積")
    make_customer("計画の外の約束", owner=aiko, next_on=today)
    keep_plan(runtime.database, aiko, [planned], today)
    assert sorted(events(client, address)) == ["昼休み", "計画に入った約束", "計画の外の約束"]


@pytest.mark.parametrize(
    "change", [{"state": PlanState.DRAFT}, {"state": PlanState.SET_ASIDE}, {"deleted_at": datetime(2026, 11, 20, tzinfo=UTC)}]
)
def test_a_plan_that_is_not_in_use_is_not_told(
    client: TestClient,
    runtime: Runtime,
    address: str,
    aiko: User,
    make_customer: CustomerFactory,
    today: date,
    now: datetime,
    change: dict[str, Any],
) -> None:
    keep_plan(runtime.database, aiko, [make_customer("高松食品", owner=aiko)], today, **change)
    assert events(client, address) == {}


def test_planned_anew_a_stop_stays_the_same_entry(
    client: TestClient, runtime: Runtime, address: str, aiko: User, make_customer: CustomerFactory, today: date, now: datetime
) -> None:
    customer = make_customer("高松食品", owner=aiko)
    first = keep_plan(runtime.database, aiko, [customer], today)
    before = events(client, address)["高松食品"]
    with runtime.database.write() as session:
        session.get_one(Plan, first).state = PlanState.SET_ASIDE
    later = now + timedelta(hours=2)
    keep_plan(runtime.database, aiko, [customer], today, stop={"starts_at": later, "leaves_at": later + timedelta(minutes=30)})
    after = events(client, address)["高松食品"]
    assert before["uid"] == after["uid"]
    assert before["dtstart"] != after["dtstart"]


def test_what_was_skipped_and_whom_one_may_not_see_any_more_are_not_told(
    client: TestClient,
    runtime: Runtime,
    address: str,
    aiko: User,
    botan: User,
    make_customer: CustomerFactory,
    today: date,
    now: datetime,
) -> None:
    skipped, elsewhere = make_customer("とばした", owner=aiko), make_customer("よその客", owner=botan)
    plan_id = keep_plan(runtime.database, aiko, [skipped, elsewhere], today)
    with runtime.database.write() as session:
        stop = session.scalars(select(PlanStop).where(PlanStop.plan_id == plan_id, PlanStop.customer_id == skipped.id)).one()
        stop.progress = StopProgress.SKIPPED
    assert list(events(client, address)) == ["昼休み"]


def test_somebody_elses_plan_is_not_told(
    client: TestClient, runtime: Runtime, address: str, chie: User, make_customer: CustomerFactory, aiko: User, today: date, now: datetime
) -> None:
    keep_plan(runtime.database, chie, [make_customer("高松食品", owner=aiko)], today)
    assert events(client, address) == {}
