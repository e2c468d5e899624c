"""The day on the road in a real phone's browser: without signal, through reloads, another person's log-in and an ended session."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, Route, expect
from sqlalchemy import delete, select

from fieldsales.db.database import Database
from fieldsales.db.models import Customer, LoginSession, Plan, PlanStop, User, Visit
from fieldsales.domain.planning.outcome import Outcome, RestTaken, outcome_to_json
from fieldsales.domain.words import PlanState, Role, StopProgress
from tests.browser.conftest import DESKTOP, PHONE, OpenPage, Record, log_in
from tests.browser.product import Product
from tests.browser.steps import until

TOKYO = ZoneInfo("Asia/Tokyo")
NAMES = ("一番硝子", "二番 <b>商店</b>", "三番工業", "四番印刷")
WAITING = "#state[data-waiting='{}']"


@dataclass(frozen=True)
class Day:
    """A rep of this test's own, whose day is planned around now."""

    database: Database
    email: str
    user_id: int
    plan_id: int

    @property
    def path(self) -> str:
        return f"/route/{self.plan_id}"

    def visits(self) -> list[Visit]:
        with self.database.read() as session:
            return list(session.scalars(select(Visit).where(Visit.user_id == self.user_id).order_by(Visit.id)))

    def visits_noted(self, note: str) -> list[Visit]:
        """Return the visits of that note, whoever's they are."""
        with self.database.read() as session:
            return list(session.scalars(select(Visit).where(Visit.note == note)))

    def stops(self) -> list[PlanStop]:
        with self.database.read() as session:
            return list(session.scalars(select(PlanStop).where(PlanStop.plan_id == self.plan_id).order_by(PlanStop.id)))


@pytest.fixture
def day(product: Product) -> Iterator[Day]:
    """Four stops an hour apart, the first in twenty minutes; the rep has the password of all demo accounts."""
    database = Database(f"sqlite:///{product.data_dir / 'fieldsales.sqlite3'}")
    now = datetime.now(UTC).replace(microsecond=0)
    begins = now + timedelta(minutes=20)
    ends = begins + timedelta(hours=4)
    rests = (RestTaken(0, "", begins + timedelta(minutes=95), begins + timedelta(minutes=115)),)
    outcome = Outcome(is_solved=True, starts_at=now, ends_at=ends, slack_s=1800, travel_s=3600, travel_m=20_000, visits=4, rests=rests)
    with database.write() as session:
        rep = session.scalars(select(User).where(User.email == "rep1@demo.example")).unique().one()
        email = f"road-{uuid4().hex[:8]}@demo.example"
        user = User(email=email, name="道野 歩", role=Role.REP, password_hash=rep.password_hash, created_at=now, timezone="Asia/Tokyo")
        session.add(user)
        session.flush()
        known = {"owner_id": user.id, "created_at": now, "changed_at": now, "phone": "090-1234-5678", "email": "a@example.jp"}
        customers = [Customer(name=name, lat=35.60 + n / 100, lon=140.12, **known) for n, name in enumerate(NAMES)]
        session.add_all(customers)
        day = now.astimezone(TOKYO).date()
        own = {"user_id": user.id, "created_by_id": user.id, "changed_by_id": user.id, "created_at": now, "changed_at": now}
        plan = Plan(client_ref=uuid4(), day=day, zone=TOKYO.key, state=PlanState.ACCEPTED, outcome=outcome_to_json(outcome), **own)
        session.add(plan)
        session.flush()
        for n, customer in enumerate(customers):
            at = begins + timedelta(hours=n)
            times = {"arrives_at": at, "starts_at": at, "leaves_at": at + timedelta(minutes=30), "promised_at": at}
            why = [{"code": "overdue", "days": 12, "cadence_days": 30}]
            session.add(PlanStop(plan_id=plan.id, customer_id=customer.id, position=n, travel_s=900, travel_m=5000, why=why, **times))
        found = Day(database, email, user.id, plan.id)
    yield found
    database.dispose()


def open_day(open_page: OpenPage, day: Day, *, device: dict[str, object] = PHONE, locale: str = "ja-JP") -> Page:
    """Open the route page as its rep, with the worker in charge of it."""
    page = open_page(device, locale=locale)
    log_in(page, day.email)
    page.goto(day.path)
    expect(card(page)).to_contain_text(NAMES[0])
    page.evaluate("() => navigator.serviceWorker.ready")
    kept = "async (path) => { for (const name of await caches.keys()) if (await (await caches.open(name)).match(path)) return true; }"
    until(page, lambda: page.evaluate(kept, day.path), what="the page kept by its worker")
    return page


def card(page: Page) -> Locator:
    return page.locator("main > .card")


def go_offline(context: BrowserContext, record: Record) -> None:
    record.forgive("ERR_INTERNET_DISCONNECTED")
    record.forgive("ERR_FAILED")
    context.set_offline(True)


def minutes_shown(page: Page) -> int:
    """Return the time of the first stop of the list, in minutes since midnight."""
    hours, minutes = page.locator(".line-stop .time").first.inner_text().split(":")
    return int(hours) * 60 + int(minutes)


def log_visit(page: Page, note: str) -> None:
    page.click("#log-visit")
    page.fill("#note", note)
    page.click("#save-visit")


def test_without_signal_the_day_is_read_a_visit_logged_a_stop_skipped_and_each_is_sent_once(
    open_page: OpenPage, day: Day, record: Record
) -> None:
    page = open_day(open_page, day)
    go_offline(page.context, record)
    page.reload()
    expect(card(page)).to_contain_text(NAMES[0])
    expect(page.locator("#notices")).to_contain_text("圏外")
    log_visit(page, "圏外で書いた <i>メモ</i>")
    expect(card(page)).to_contain_text("二番 <b>商店</b>")
    page.click("#skip")
    page.get_by_role("button", name="時間切れ").click()
    expect(card(page)).to_contain_text(NAMES[2])
    expect(page.locator(WAITING.format(2))).to_contain_text("2 件 未送信")
    page.reload()  # nothing of it lives in the page alone
    expect(card(page)).to_contain_text(NAMES[2])
    expect(page.locator(WAITING.format(2))).to_be_visible()
    assert day.visits() == []
    page.context.set_offline(False)
    page.evaluate("() => window.dispatchEvent(new Event('online'))")
    expect(page.locator(WAITING.format(0))).to_contain_text("すべて送信済み")
    (visit,) = day.visits()
    assert visit.note == "圏外で書いた <i>メモ</i>"
    first, second, *_ = day.stops()
    assert (first.progress, first.visit_id) == (StopProgress.DONE, visit.id)
    assert (second.progress, second.skip_reason) == (StopProgress.SKIPPED, "時間切れ")


def test_what_is_entered_while_another_person_is_logged_in_beside_the_page_waits_for_its_author(
    open_page: OpenPage, day: Day, record: Record
) -> None:
    page = open_day(open_page, day)
    record.forgive("401")
    page.context.clear_cookies()
    beside = page.context.new_page()
    log_in(beside, "manager@demo.example")  # may see the day, and visit its customers in their own name
    log_visit(page, "自分の名前でだけ")
    expect(page.locator(WAITING.format(1))).to_be_visible()
    expect(page.locator("#notices")).to_contain_text("ログアウトされています")
    assert day.visits_noted("自分の名前でだけ") == []
    page.context.clear_cookies()
    log_in(beside, day.email)
    page.reload()
    until(page, day.visits, what="the visit in its author's name")
    expect(page.locator(WAITING.format(0))).to_be_visible()


def test_a_note_survives_a_reload_while_it_is_typed_and_an_undone_visit_gives_it_back(
    open_page: OpenPage, day: Day, record: Record
) -> None:
    page = open_day(open_page, day)
    page.click("#log-visit")
    page.fill("#note", "書きかけ")
    go_offline(page.context, record)
    page.reload()
    page.click("#log-visit")
    expect(page.locator("#note")).to_have_value("書きかけ")
    page.click("#save-visit")
    page.locator("#said").get_by_role("button").click()
    expect(card(page)).to_contain_text(NAMES[0])
    expect(page.locator(WAITING.format(0))).to_be_visible()
    page.click("#log-visit")
    expect(page.locator("#note")).to_have_value("書きかけ")


def test_an_ended_session_keeps_what_was_entered_and_sends_it_after_logging_in(open_page: OpenPage, day: Day, record: Record) -> None:
    page = open_day(open_page, day)
    record.forgive("401")
    with day.database.write() as session:
        session.execute(delete(LoginSession).where(LoginSession.user_id == day.user_id))
    until(page, lambda: page.request.get("/api/v1/me").status == 401, what="the end of the session")
    log_visit(page, "ログアウト中")
    expect(page.locator("#notices")).to_contain_text("ログアウトされています")
    expect(page.locator(WAITING.format(1))).to_be_visible()
    assert day.visits() == []
    page.locator("#notices a").click()
    page.fill("input[name=email]", day.email)
    page.fill("input[name=password]", "browser-Passw0rd!")
    page.click("button[type=submit]")
    page.wait_for_url(re.compile(day.path))
    expect(page.locator(WAITING.format(0))).to_be_visible()
    until(page, day.visits, what="the visit")
    assert [visit.note for visit in day.visits()] == ["ログアウト中"]


# The first page of the other person is left before anything of the day is taken away; the next one has to do it.
LEFT_TOO_EARLY = """if (location.protocol !== "http:") ;
  else if (location.pathname === "/login") sessionStorage.left = "0";
  else if (sessionStorage.left === "0" && window === top) { sessionStorage.left = "1"; caches.keys = () => new Promise(() => {}); }"""


def test_another_person_on_the_same_phone_sees_nothing_of_it_and_sends_nothing_of_it(open_page: OpenPage, day: Day, record: Record) -> None:
    page = open_day(open_page, day)
    record.forgive("401")
    page.add_init_script(LEFT_TOO_EARLY)
    go_offline(page.context, record)
    page.context.clear_cookies()  # from here on nothing of it could be sent in its author's name
    log_visit(page, "他人に見せないメモ")
    expect(page.locator(WAITING.format(1))).to_be_visible()
    page.goto("about:blank")
    page.context.set_offline(False)
    log_in(page, "rep2@demo.example")
    page.goto("/account")
    emptied = """() => new Promise((resolve) => { const request = indexedDB.open("fieldsales-route", 1);
      request.onerror = request.onblocked = () => resolve(false);
      request.onupgradeneeded = () => request.transaction.abort();
      request.onsuccess = () => { const days = request.result.transaction("days").objectStore("days").count();
        days.onerror = () => resolve(false);
        days.onsuccess = () => { request.result.close(); resolve(days.result === 0); }; }; })"""
    until(page, lambda: page.evaluate(emptied), what="the other person's day forgotten")
    assert page.evaluate("async () => (await caches.keys()).filter((name) => name.startsWith('fieldsales-route')).length") == 0
    assert day.visits_noted("他人に見せないメモ") == []
    page.context.clear_cookies()
    log_in(page, day.email)
    page.goto(day.path)
    until(page, day.visits, what="the visit of whoever made it")
    assert [visit.note for visit in day.visits()] == ["他人に見せないメモ"]


def test_running_late_without_signal_moves_the_times_on_the_phone_and_says_so(open_page: OpenPage, day: Day, record: Record) -> None:
    page = open_day(open_page, day)
    planned = minutes_shown(page)
    go_offline(page.context, record)
    page.click("#late")
    page.locator(".grid button").nth(3).click()
    expect(card(page).locator(".moved")).to_be_visible()
    expect(card(page)).to_contain_text("計画")
    assert (minutes_shown(page) - planned) % (24 * 60) < 12 * 60  # later, also past midnight
    expect(page.locator(WAITING.format(1))).to_be_visible()


def test_what_the_server_breaks_on_holds_up_no_visit_of_another_stop(open_page: OpenPage, day: Day, record: Record) -> None:
    page = open_day(open_page, day)
    record.forgive("500")
    broken = {"error": {"code": "broken_plan", "message": "壊れています"}}

    def answer(route: Route) -> None:
        if '"late"' in (route.request.post_data or ""):
            route.fulfill(status=500, json=broken)
        else:
            route.continue_()

    page.route("**/actions", answer)
    page.click("#late")
    page.locator(".grid button").nth(2).click()
    log_visit(page, "後から送るメモ")
    until(page, lambda: [visit.note for visit in day.visits()] == ["後から送るメモ"], what="the visit sent past what is broken")
    expect(page.locator(WAITING.format(1))).to_be_visible()
    page.unroute("**/actions")
    page.evaluate("() => window.dispatchEvent(new Event('online'))")
    expect(page.locator(WAITING.format(0))).to_contain_text("すべて送信済み")


def test_checking_in_asks_once_where_the_phone_is_and_reaches_the_stop(open_page: OpenPage, day: Day) -> None:
    page = open_day(open_page, day)
    page.context.grant_permissions(["geolocation"])
    page.context.set_geolocation({"latitude": 35.6, "longitude": 140.12, "accuracy": 10})
    page.click("#check-in")
    expect(page.locator("#check-in")).to_have_count(0)
    expect(card(page)).to_contain_text("到着")
    until(page, lambda: day.stops()[0].arrived_at, what="the check-in")


def test_the_rest_of_the_product_is_not_served_by_the_worker(open_page: OpenPage, day: Day) -> None:
    page = open_day(open_page, day)
    page.goto("/today")
    expect(page.locator("[data-testid=stApp]")).to_be_visible()
    assert page.evaluate("() => navigator.serviceWorker.controller === null")


def test_a_day_ends_with_what_was_planned_and_done(open_page: OpenPage, day: Day) -> None:
    with day.database.write() as session:
        for stop in session.scalars(select(PlanStop).where(PlanStop.plan_id == day.plan_id)):
            stop.progress, stop.done_at = StopProgress.DONE, stop.starts_at
    page = open_page(DESKTOP, locale="en-US")
    log_in(page, day.email)
    page.goto(day.path)
    expect(card(page)).to_contain_text("The day is done")
    assert page.locator(".figures dd").all_inner_texts()[:3] == ["4", "4", "4"]
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 1280


@pytest.mark.parametrize("width", [360, 390])
def test_nothing_is_wider_than_the_phone_and_everything_tapped_is_large_enough(open_page: OpenPage, day: Day, width: int) -> None:
    page = open_day(open_page, day, device=PHONE | {"viewport": {"width": width, "height": 740}}, locale="en-US")
    assert page.evaluate("() => document.documentElement.scrollWidth") <= width
    small = """() => [...document.querySelectorAll("a, button, summary")].filter((one) => one.offsetParent !== null)
      .map((one) => [one.textContent.trim(), one.getBoundingClientRect()]).filter(([, box]) => box.height < 44 || box.width < 44)
      .map(([name]) => name)"""
    assert page.evaluate(small) == []


def test_the_gap_is_not_offered_to_be_filled_without_signal_and_says_why(open_page: OpenPage, day: Day, record: Record) -> None:
    with day.database.write() as session:
        for stop in session.scalars(select(PlanStop).where(PlanStop.plan_id == day.plan_id)):
            for name in ("arrives_at", "starts_at", "leaves_at", "promised_at"):
                setattr(stop, name, getattr(stop, name) + timedelta(hours=1))
    page = open_day(open_page, day, locale="en-US")
    expect(page.locator("#gap")).to_be_enabled()
    go_offline(page.context, record)
    page.evaluate("() => window.dispatchEvent(new Event('offline'))")
    expect(page.locator("#gap")).to_be_disabled()
    expect(page.locator(".gap")).to_contain_text("This needs a signal.")
    page.context.set_offline(False)
    expect(page.locator("#gap")).to_be_enabled()
