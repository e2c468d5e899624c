"""Who taps again before a screen is complete finds in it what it would have shown: nothing comes up empty and is saved so."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import PHONE, OpenPage
from tests.browser.product import Product
from tests.browser.steps import lone_customer, until

REP, MANAGER = "rep4@demo.example", "manager@demo.example"
WIDGETS = "**/static/js/{ButtonGroup,TextInput,TextArea,Selectbox,Multiselect,NumberInput,DateInput,TimeInput,Checkbox}.*.js"


def hold_widgets(page: Page) -> list[Route]:
    """Keep back the scripts that draw fields, as a slow line does, and return those asked for."""
    held: list[Route] = []
    page.route(WIDGETS, lambda route: held.append(route))
    return held


def let_go(page: Page, held: list[Route]) -> None:
    """Let the scripts through that were kept back, and all that are asked for later."""
    for route in held:
        route.continue_()
    page.unroute(WIDGETS)


def test_what_one_is_about_to_tap_does_not_move_when_the_rest_arrives(open_page: OpenPage) -> None:
    page = open_page(PHONE, email=MANAGER, service_workers="block")
    held = hold_widgets(page)
    page.goto("/team")
    person = page.locator("[class*=st-key-team_person_open_] button").first
    expect(person).to_be_visible()
    until(page, lambda: held, what="the chips asked for")
    expect(page.locator(".st-key-team_pipeline_csv button")).to_be_attached()  # the end of the page
    before = person.bounding_box()
    let_go(page, held)
    expect(page.locator(".st-key-team_progress [data-testid=stButtonGroup], .st-key-team_view button").first).to_be_visible()
    expect(page.locator("[data-testid=stSkeleton]")).to_have_count(0)
    after = person.bounding_box()
    assert before is not None
    assert after is not None
    assert after["y"] == pytest.approx(before["y"], abs=2)


def stored(product: Product, customer_id: int) -> dict[str, object]:
    """Return the customer's row, but for how often and when it was saved."""
    with closing(sqlite3.connect(product.data_dir / "fieldsales.sqlite3")) as database:
        database.row_factory = sqlite3.Row
        row = dict(database.execute("SELECT * FROM customers WHERE id = ?", (customer_id,)).fetchone())
    return {name: value for name, value in row.items() if name not in ("version", "updated_at")}


def test_a_form_that_was_tapped_for_twice_shows_the_customer_and_saves_nothing_empty(open_page: OpenPage, product: Product) -> None:
    page = open_page(PHONE, email=REP, service_workers="block")
    page.goto("/map")
    customer = lone_customer(page, lambda feature: True)["properties"]["id"]
    before = stored(product, customer)
    held = hold_widgets(page)
    page.goto(f"/customer?id={customer}")
    edit = page.locator(".st-key-customer_edit button")
    edit.click()
    save = page.locator(".st-key-save_customer button")
    expect(save).to_be_visible()
    until(page, lambda: held, what="the fields asked for")
    edit.dispatch_event("click")  # the sheet already lies over the button; the second tap was on its way
    page.wait_for_timeout(1_000)
    let_go(page, held)

    expect(page.locator(".st-key-edit_name input")).to_have_value(str(before["name"]))
    expect(page.locator(".st-key-edit_address input")).to_have_value(str(before["address"]))
    save.click()
    expect(save).to_have_count(0)
    assert stored(product, customer) == before


def test_a_tap_before_the_views_of_the_team_are_drawn_stays_in_the_view(open_page: OpenPage) -> None:
    page = open_page(PHONE, email=MANAGER, locale="en-US", service_workers="block")
    held = hold_widgets(page)
    page.goto("/team?view=territories")
    page.locator(".st-key-territory_balance summary").click()
    until(page, lambda: held, what="the chips asked for")
    expect(page.locator(".st-key-territory_balance th").first).to_be_visible()
    let_go(page, held)
    page.locator("[class*=st-key-territory_move_]").locator("label").first.click()
    expect(page.locator(".st-key-territory_accept button")).to_be_enabled()
    assert "view=territories" in page.url
