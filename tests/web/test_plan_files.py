"""`/plans/ID/day.…`: the planned day as calendar, route, table and paper, for whoever may see the plan, with what they may see."""

from __future__ import annotations

import csv
import io
import xml.etree.ElementTree as ET
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from icalendar import Calendar
from pypdf import PdfReader
from sqlalchemy import select
from starlette.testclient import TestClient

from fieldsales.bootstrap import Runtime
from fieldsales.db.models import AuditEvent, Customer, Plan, PlanShare, PlanStop, User
from fieldsales.domain.planning.reasons import Reason, Why, reason_to_json
from fieldsales.domain.words import PlanState, StopProgress
from tests.conftest import CustomerFactory
from tests.planned_days import keep_plan
from tests.web.conftest import LogIn

GPX = {"g": "http://www.topografix.com/GPX/1/1"}
KINDS = ("ics", "gpx", "csv", "pdf")
STRANGE = '=HYPERLINK("x")<script>\r\nBEGIN:VEVENT 😀 𠮷野家'
Keep = Callable[..., int]


@pytest.fixture
def customers(make_customer: CustomerFactory, aiko: User) -> list[Customer]:
    """Two of Aiko's customers with everything a visitor wants to know."""
    first = {"address": "香川県高松市番町1-1", "phone": "087-000-0001", "lat": 34.34, "lon": 134.04, "opening_hours": "Mo-Fr 09:00-17:00"}
    return [make_customer("高松食品", owner=aiko, **first), make_customer("丸亀商店", owner=aiko, lat=34.29, lon=133.79)]


@pytest.fixture
def keep(runtime: Runtime, aiko: User, customers: list[Customer], today: date) -> Keep:
    """Return a function that stores Aiko's plan of today with these customers, or others."""

    def store(stops: list[Customer] | None = None, **values: object) -> int:
        why = [reason_to_json(Reason(Why.NEVER_VISITED))]
        return keep_plan(runtime.database, aiko, customers if stops is None else stops, today, stop={"why": why}, **values)

    return store


def rows_of(content: bytes, encoding: str = "utf-8-sig") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode(encoding), newline="")))


def text_of(content: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)


def points_of(content: bytes) -> list[str]:
    return [point.findtext("g:name", "", GPX) for point in ET.fromstring(content).findall("g:rte/g:rtept", GPX)]


def test_the_calendar_holds_stops_and_lunch_with_their_ends(client: TestClient, log_in: LogIn, keep: Keep, aiko: User) -> None:
    log_in(aiko)
    answer = client.get(f"/plans/{keep()}/day.ics")
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    events = {str(event["summary"]): event for event in Calendar.from_ical(answer.content).walk("VEVENT")}
    assert list(events) == ["高松食品", "丸亀商店", "Lunch"]
    assert [events["高松食品"][name].to_ical() for name in ("dtstart", "dtend")] == [b"20261121T000000Z", b"20261121T003000Z"]
    assert "087-000-0001" in events["高松食品"]["description"]
    assert events["Lunch"]["dtend"].to_ical() == b"20261121T040000Z"


def test_each_file_is_in_the_audit_log_with_the_address_it_went_to(
    client: TestClient, log_in: LogIn, keep: Keep, aiko: User, botan: User, runtime: Runtime
) -> None:
    plan_id = keep()
    log_in(botan)
    assert client.get(f"/plans/{plan_id}/day.csv").status_code == 404
    log_in(aiko)
    for kind in KINDS:
        assert client.get(f"/plans/{plan_id}/day.{kind}").status_code == 200
    with runtime.database.read() as session:
        events = session.scalars(select(AuditEvent).order_by(AuditEvent.id)).all()
    names = [f"Visit plan-20261121-Aiko.{kind}" for kind in KINDS]
    assert [(e.actor_id, e.action, e.subject, e.details["rows"], e.address) for e in events] == [
        (aiko.id, "plan_exported", name, 2, "testclient") for name in names
    ]


def test_the_route_leads_from_start_to_end_over_all_stops(client: TestClient, log_in: LogIn, keep: Keep, aiko: User) -> None:
    log_in(aiko)
    answer = client.get(f"/plans/{keep()}/day.gpx")
    assert answer.headers["content-type"] == "application/gpx+xml"
    assert answer.headers["content-disposition"].startswith("attachment; filename=\"plan-20261121.gpx\"; filename*=UTF-8''")
    assert points_of(answer.content) == ["本社", "1. 高松食品", "2. 丸亀商店", "本社"]


@pytest.mark.parametrize(("query", "encoding", "charset"), [("", "utf-8-sig", "utf-8"), ("?encoding=cp932", "cp932", "shift_jis")])
def test_the_table_has_times_addresses_and_coordinates_and_no_telephone_numbers(
    client: TestClient, log_in: LogIn, keep: Keep, aiko: User, query: str, encoding: str, charset: str
) -> None:
    log_in(aiko)
    answer = client.get(f"/plans/{keep()}/day.csv{query}")
    assert answer.headers["content-type"] == f"text/csv; charset={charset}"
    first, second = rows_of(answer.content, encoding)
    assert (first["No."], first["Arrival"], first["Customer"], first["Address"]) == ("1", "09:00", "高松食品", "香川県高松市番町1-1")
    assert (first["Latitude"], first["Travel (min)"], first["Distance (km)"], second["Begin"]) == ("34.34", "15", "7.7", "10:00")
    assert b"087-000-0001" not in answer.content


def test_the_sheet_says_when_whom_where_and_why(client: TestClient, log_in: LogIn, keep: Keep, aiko: User) -> None:
    log_in(aiko)
    answer = client.get(f"/plans/{keep(name='北まわり')}/day.pdf")
    assert (answer.headers["content-type"], answer.headers["content-disposition"][:6]) == ("application/pdf", "inline")
    text = text_of(answer.content)
    for words in (
        "Nov 21, 2026",
        "北まわり",
        "Leave 本社",
        "08:30",
        "09:00–09:30",
        "高松食品",
        "香川県高松市番町1-1",
        "087-000-0001",
        "Lunch",
        "77 km",
    ):
        assert words in text
    assert "never visited" in text.lower()
    assert text.index("高松食品") < text.index("丸亀商店") < text.index("Lunch") < text.index("Arrive at 本社")


def test_everything_speaks_the_readers_language(client: TestClient, runtime: Runtime, log_in: LogIn, keep: Keep, aiko: User) -> None:
    with runtime.database.write() as session:
        session.get_one(User, aiko.id).locale = "ja"
    log_in(aiko)
    plan_id = keep()
    assert "昼休み" in text_of(client.get(f"/plans/{plan_id}/day.pdf").content)
    assert "住所" in rows_of(client.get(f"/plans/{plan_id}/day.csv").content)[0]
    assert "%E8%A8%AA%E5%95%8F%E8%A8%88%E7%94%BB" in client.get(f"/plans/{plan_id}/day.pdf").headers["content-disposition"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_stranger_and_whoever_guesses_get_the_same_404(client: TestClient, log_in: LogIn, keep: Keep, botan: User, kind: str) -> None:
    plan_id = keep()
    log_in(botan)
    answers = [client.get(f"/plans/{name}/day.{kind}") for name in (plan_id, plan_id + 1, "0", "x", "1e3", "９", "99999999999")]
    assert {answer.status_code for answer in answers} == {404}
    assert answers[0].text == answers[1].text


@pytest.mark.parametrize("path", ["day.exe", "day.csv?encoding=utf-16", "day.csv?encoding=../x"])
def test_there_are_no_other_files(client: TestClient, log_in: LogIn, keep: Keep, aiko: User, path: str) -> None:
    log_in(aiko)
    assert client.get(f"/plans/{keep()}/{path}").status_code == 404


def test_nobody_gets_a_plan_without_logging_in(client: TestClient, keep: Keep) -> None:
    answer = client.get(f"/plans/{keep()}/day.pdf")
    assert answer.status_code in (303, 401)


def test_a_deleted_plan_is_no_longer_handed_out(client: TestClient, runtime: Runtime, log_in: LogIn, keep: Keep, aiko: User) -> None:
    plan_id = keep()
    with runtime.database.write() as session:
        plan = session.get_one(Plan, plan_id)
        plan.deleted_at = plan.created_at
    log_in(aiko)
    assert client.get(f"/plans/{plan_id}/day.pdf").status_code == 404


def test_the_manager_gets_the_day_from_the_office(client: TestClient, log_in: LogIn, keep: Keep, chie: User) -> None:
    plan_id = keep()
    log_in(chie)
    assert points_of(client.get(f"/plans/{plan_id}/day.gpx").content) == ["本社", "1. 高松食品", "2. 丸亀商店", "本社"]
    assert "Aiko" in text_of(client.get(f"/plans/{plan_id}/day.pdf").content)


def test_where_somebody_lives_is_in_no_file_but_their_own(client: TestClient, log_in: LogIn, keep: Keep, aiko: User, chie: User) -> None:
    plan_id = keep(from_home=True)
    log_in(chie)
    assert points_of(client.get(f"/plans/{plan_id}/day.gpx").content) == ["1. 高松食品", "2. 丸亀商店"]
    assert "自宅" not in text_of(client.get(f"/plans/{plan_id}/day.pdf").content)
    log_in(aiko)
    assert points_of(client.get(f"/plans/{plan_id}/day.gpx").content) == ["自宅", "1. 高松食品", "2. 丸亀商店", "自宅"]


def test_of_customers_they_may_not_see_whom_it_was_shared_with_learns_no_more_than_the_time(
    client: TestClient, runtime: Runtime, log_in: LogIn, keep: Keep, botan: User, customers: list[Customer], make_customer: CustomerFactory
) -> None:
    own = make_customer("ぼたんの客", owner=botan, lat=34.2, lon=134.0)
    plan_id = keep([*customers, own])
    with runtime.database.write() as session:
        session.add(PlanShare(plan_id=plan_id, user_id=botan.id))
    log_in(botan)
    files = {kind: client.get(f"/plans/{plan_id}/day.{kind}").content for kind in KINDS}
    told = [files["ics"].decode(), files["gpx"].decode(), files["csv"].decode("utf-8-sig"), text_of(files["pdf"])]
    for text in told:
        assert "ぼたんの客" in text
        assert not any(secret in text for secret in ("高松食品", "番町", "087-000-0001", "34.34"))
    assert [row["Customer"] for row in rows_of(files["csv"])] == ["A customer you may not see"] * 2 + ["ぼたんの客"]
    assert "09:00–09:30" in told[-1]


def test_whatever_a_name_holds_breaks_no_file_and_is_no_formula(
    client: TestClient, log_in: LogIn, keep: Keep, aiko: User, make_customer: CustomerFactory
) -> None:
    plan_id = keep([make_customer(STRANGE, owner=aiko, lat=34.2, lon=134.0, address="@SUM(A1)" + "長" * 500)])
    log_in(aiko)
    files = {kind: client.get(f"/plans/{plan_id}/day.{kind}") for kind in KINDS}
    assert {answer.status_code for answer in files.values()} == {200}
    assert len(Calendar.from_ical(files["ics"].content).walk("VEVENT")) == 2
    row = rows_of(files["csv"].content)[0]
    assert row["Customer"].startswith("'=HYPERLINK")
    assert row["Address"].startswith("'@SUM")
    assert "<script>" in points_of(files["gpx"].content)[1]
    assert "HYPERLINK" in text_of(files["pdf"].content)
    assert rows_of(client.get(f"/plans/{plan_id}/day.csv?encoding=cp932").content, "cp932")[0]["Customer"].startswith("'=HYPERLINK")


def test_a_plan_without_stops_is_still_a_file(client: TestClient, log_in: LogIn, keep: Keep, aiko: User) -> None:
    plan_id = keep([], state=PlanState.DRAFT)
    log_in(aiko)
    assert {client.get(f"/plans/{plan_id}/day.{kind}").status_code for kind in KINDS} == {200}


def test_a_customer_without_a_pin_is_on_no_map(
    client: TestClient, log_in: LogIn, keep: Keep, aiko: User, make_customer: CustomerFactory
) -> None:
    plan_id = keep([make_customer("ピンなし", owner=aiko)])
    log_in(aiko)
    assert points_of(client.get(f"/plans/{plan_id}/day.gpx").content) == ["本社", "本社"]
    assert rows_of(client.get(f"/plans/{plan_id}/day.csv").content)[0]["Latitude"] == ""


def test_the_sheet_says_what_became_of_a_stop(client: TestClient, runtime: Runtime, log_in: LogIn, keep: Keep, aiko: User) -> None:
    plan_id = keep()
    with runtime.database.write() as session:
        first, second = session.query(PlanStop).order_by(PlanStop.position)
        first.progress, first.done_at = StopProgress.DONE, first.starts_at + timedelta(minutes=20)
        second.progress, second.skip_reason = StopProgress.SKIPPED, "渋滞"
    log_in(aiko)
    text = text_of(client.get(f"/plans/{plan_id}/day.pdf").content)
    assert "Done 09:20" in text
    assert "Skipped: 渋滞" in text
    assert rows_of(client.get(f"/plans/{plan_id}/day.csv").content)[1]["Status"] == "Skipped: 渋滞"


def test_a_long_day_is_numbered_page_by_page(
    client: TestClient, log_in: LogIn, keep: Keep, aiko: User, make_customer: CustomerFactory
) -> None:
    plan_id = keep([make_customer(f"客{n}", owner=aiko, lat=34 + n / 100, lon=134.0) for n in range(14)])
    log_in(aiko)
    pages = PdfReader(io.BytesIO(client.get(f"/plans/{plan_id}/day.pdf").content)).pages
    assert len(pages) > 1
    assert all(f"{number} / {len(pages)}" in page.extract_text() for number, page in enumerate(pages, start=1))
