"""Checking in on a real phone's page: one tap asks once, whatever the browser answers, and nothing asks before."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP, PHONE, OpenPage
from tests.browser.product import Product
from tests.browser.steps import until

BUTTON = ".st-key-check_in button"
BAR = ".st-key-check_in_bar"
STATE = ".fs-check-in"
# Counts how often the page asks where it is, and keeps what it asked for.
COUNTING = """() => {
  window.asked = [];
  const honest = navigator.geolocation.getCurrentPosition.bind(navigator.geolocation);
  navigator.geolocation.getCurrentPosition = (good, bad, options) => { window.asked.push(options ?? {}); honest(good, bad, options); };
  navigator.geolocation.watchPosition = () => { window.asked.push("watch"); return 0; };
}"""
ANSWERING = """(answer) => {
  navigator.geolocation.getCurrentPosition = (good, bad) => {
    if (answer.code) setTimeout(() => bad({ code: answer.code, message: "" }), answer.after ?? 0);
    else setTimeout(() => good({ coords: answer.coords, timestamp: answer.timestamp ?? Date.now() }), answer.after ?? 0);
  };
}"""


def query(product: Product, sql: str, *values: object) -> list[tuple[Any, ...]]:
    """Return what the server's database holds."""
    with closing(sqlite3.connect(f"file:{product.data_dir / 'fieldsales.sqlite3'}?mode=ro", uri=True)) as connection:
        return connection.execute(sql, values).fetchall()


def customer_of(product: Product, rep: str, *, number: int = 0) -> tuple[int, str, float, float]:
    """Return one of a rep's customers with an exact pin: id, name, lat, lon."""
    sql = "SELECT c.id, c.name, c.lat, c.lon FROM customers c JOIN users u ON u.id = c.owner_id WHERE u.email = ? AND c.level = 'point'"
    id_, name, lat, lon = query(product, sql + " AND c.archived_at IS NULL ORDER BY c.id", f"{rep}@demo.example")[number]
    return int(id_), str(name), float(lat), float(lon)


def check_ins_of(product: Product, rep: str) -> list[tuple[Any, ...]]:
    """Return state, reason, latitude and check-out of a rep's check-ins, oldest first."""
    sql = "SELECT k.state, k.reason, k.lat, k.checked_out_at FROM check_ins k JOIN users u ON u.id = k.user_id WHERE u.email = ?"
    return query(product, sql + " ORDER BY k.id", f"{rep}@demo.example")


def at(lat: float, lon: float, **more: Any) -> dict[str, Any]:
    """Return the options of a page whose device may read its position and stands there."""
    return {"geolocation": {"latitude": lat, "longitude": lon, "accuracy": 12}, "permissions": ["geolocation"], **more}


def open_customer(page: Page, customer_id: int) -> None:
    page.goto(f"/customer?id={customer_id}")
    expect(page.locator(BUTTON)).to_be_visible()


def leave(page: Page) -> None:
    page.locator(f"{BAR} button").click()
    expect(page.locator(BAR)).to_have_count(0)


def test_a_rep_at_the_door_checks_in_with_one_tap_and_out_with_another(open_page: OpenPage, product: Product) -> None:
    customer_id, name, lat, lon = customer_of(product, "rep4")
    known = len(check_ins_of(product, "rep4"))
    page = open_page(PHONE, locale="en-US", email="rep4@demo.example", **at(lat + 0.0003, lon))
    page.add_init_script(f"({COUNTING})()")
    for screen in ("/today", "/map", "/account"):
        page.goto(screen)
        expect(page.locator(".st-key-nav")).to_be_visible()
        assert page.evaluate("() => window.asked") == []
    open_customer(page, customer_id)
    assert page.evaluate("() => window.asked") == []
    box = page.locator(BUTTON).bounding_box()
    assert box is not None
    assert min(box["width"], box["height"]) >= 44
    page.locator(BUTTON).tap()
    expect(page.locator(STATE)).to_contain_text("Verified")
    expect(page.locator(STATE)).to_contain_text("33 m from the pin, GPS accuracy ±12 m.")
    expect(page.locator(BAR)).to_contain_text(name)
    (asked,) = page.evaluate("() => window.asked")
    assert (asked["enableHighAccuracy"], asked["maximumAge"], asked["timeout"] > 0) == (True, 0, True)
    page.goto("/today")
    expect(page.locator(BAR)).to_contain_text(name)
    assert page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")
    leave(page)
    expect(page.get_by_text("Checked out after", exact=False)).to_be_visible()
    (state, reason, stored_lat, checked_out_at), *more = check_ins_of(product, "rep4")[known:]
    assert (state, reason, more) == ("verified", "near", [])
    assert stored_lat == pytest.approx(lat + 0.0003)
    assert checked_out_at is not None


def test_a_browser_that_refuses_the_position_checks_in_all_the_same_and_may_be_asked_again(open_page: OpenPage, product: Product) -> None:
    customer_id, _name, lat, lon = customer_of(product, "rep5")
    page = open_page(PHONE, locale="ja-JP", email="rep5@demo.example")
    known = len(check_ins_of(product, "rep5"))
    open_customer(page, customer_id)
    page.locator(BUTTON).tap()
    expect(page.locator(BAR)).to_be_visible()
    expect(page.locator(STATE)).to_contain_text("許可")
    (row,) = check_ins_of(product, "rep5")[known:]
    assert row[:3] == ("unknown", "denied", None)
    page.context.grant_permissions(["geolocation"])
    page.context.set_geolocation({"latitude": lat, "longitude": lon, "accuracy": 10})
    page.locator(BUTTON).tap()
    expect(page.locator(STATE)).to_contain_text("確認済み")
    (row,) = check_ins_of(product, "rep5")[known:]
    assert row[:2] == ("verified", "near")
    leave(page)


def test_a_page_without_https_says_so_and_checks_in_without_a_position(open_page: OpenPage, product: Product) -> None:
    customer_id, _name, lat, lon = customer_of(product, "rep6")
    page = open_page(PHONE, locale="en-US", email="rep6@demo.example", **at(lat, lon))
    page.add_init_script("Object.defineProperty(window, 'isSecureContext', { value: false }); delete crypto.randomUUID;")
    page.add_init_script(f"({COUNTING})()")
    open_customer(page, customer_id)
    expect(page.locator(".st-key-check_in")).to_contain_text("HTTPS")
    page.locator(BUTTON).tap()
    expect(page.locator(STATE)).to_contain_text("HTTPS")
    assert page.evaluate("() => window.asked") == []
    assert check_ins_of(product, "rep6")[-1][:3] == ("unknown", "insecure", None)
    leave(page)


@pytest.mark.parametrize(
    ("answer", "reason", "words"),
    [
        ({"code": 2}, "unavailable", "could not find"),
        ({"code": 3}, "timeout", "in time"),
        ({"coords": {"latitude": 999, "longitude": 0, "accuracy": -1}}, "nonsense", "cannot be"),
        ({"coords": {"latitude": 34.3, "longitude": 134.0, "accuracy": 5}, "timestamp": 4102444800000}, "clock", "clock"),
    ],
)
def test_whatever_goes_wrong_is_said_in_words(
    open_page: OpenPage, product: Product, answer: dict[str, Any], reason: str, words: str
) -> None:
    customer_id, *_rest = customer_of(product, "rep6", number=1)
    page = open_page(DESKTOP, locale="en-US", email="rep6@demo.example")
    open_customer(page, customer_id)
    page.evaluate(ANSWERING, answer)
    page.locator(BUTTON).focus()
    page.keyboard.press("Enter")
    expect(page.locator(STATE)).to_contain_text(words)
    assert check_ins_of(product, "rep6")[-1][:3] == ("unknown", reason, None)
    leave(page)


def test_impatient_taps_are_one_check_in(open_page: OpenPage, product: Product) -> None:
    customer_id, _name, lat, lon = customer_of(product, "rep5", number=1)
    known = len(check_ins_of(product, "rep5"))
    page = open_page(PHONE, locale="en-US", email="rep5@demo.example")
    open_customer(page, customer_id)
    page.evaluate(ANSWERING, {"coords": {"latitude": lat, "longitude": lon, "accuracy": 8}, "after": 700})
    for _ in range(3):
        page.locator(BUTTON).click()
    expect(page.locator(BUTTON)).to_have_attribute("aria-busy", "true")
    expect(page.locator(STATE)).to_contain_text("Verified")
    page.reload()
    expect(page.locator(STATE)).to_contain_text("Verified")
    assert len(check_ins_of(product, "rep5")) == known + 1
    leave(page)


def test_a_position_that_comes_after_one_has_left_the_page_is_thrown_away(open_page: OpenPage, product: Product) -> None:
    customer_id, _name, lat, lon = customer_of(product, "rep6", number=2)
    known = len(check_ins_of(product, "rep6"))
    page = open_page(PHONE, locale="en-US", email="rep6@demo.example")
    open_customer(page, customer_id)
    page.evaluate(f"(answer) => {{ ({ANSWERING})(answer); window.late = setTimeout(() => {{ window.came = true }}, 1900); }}",
                  {"coords": {"latitude": lat, "longitude": lon, "accuracy": 8}, "after": 1800})  # fmt: skip
    page.locator(BUTTON).tap()
    page.locator(".st-key-tab_customers_here a").tap()
    expect(page.locator(BUTTON)).to_have_count(0)
    until(page, lambda: page.evaluate("() => window.came === true"), what="the late position")
    page.goto("/account")
    expect(page.locator(".st-key-my_check_ins")).to_be_visible()
    assert len(check_ins_of(product, "rep6")) == known
    expect(page.locator(BAR)).to_have_count(0)


def test_a_manager_who_looks_at_positions_is_seen_by_the_rep(open_page: OpenPage, product: Product) -> None:
    sql = "SELECT u.email, c.id, c.lat, c.lon FROM customers c JOIN users u ON u.id = c.owner_id"
    managed = " JOIN team_managers m ON m.team_id = u.team_id JOIN users b ON b.id = m.user_id WHERE b.email = 'manager@demo.example'"
    rep, customer_id, lat, lon = query(product, sql + managed + " AND c.level = 'point' AND c.archived_at IS NULL ORDER BY c.id DESC")[0]
    page = open_page(PHONE, locale="en-US", email=rep, **at(lat, lon))
    open_customer(page, customer_id)
    page.locator(BUTTON).tap()
    expect(page.locator(BAR)).to_be_visible()
    manager = open_page(DESKTOP, locale="en-US", email="manager@demo.example")
    open_customer(manager, customer_id)
    manager.locator(".st-key-customer_check_ins summary").click()
    listed = manager.locator(".st-key-customer_check_ins")
    expect(listed).to_contain_text("Verified")
    expect(listed).not_to_contain_text(f"{lat:.4f}"[:-1])
    manager.locator(".st-key-show_positions button").click()
    expect(listed).to_contain_text(re.compile(rf"{lat:.5f}, {lon:.5f} \(±12 m\)"))
    page.goto("/account")
    expect(page.locator(".st-key-position_looks")).to_contain_text("Manager")
    leave(page)
