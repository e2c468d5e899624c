"""The team's page in a real browser: a rep who types its addresses gets their own progress, and an administrator finds who did what."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DESKTOP, PHONE, OpenPage, Record
from tests.browser.product import Product

ADMIN, REP = "admin@demo.example", "rep1@demo.example"


def names_of_others(product: Product) -> list[str]:
    """Return the names of all users but the rep's own."""
    listed = product.run("user", "list")
    assert listed.returncode == 0, listed.stderr
    rows = [line.split("\t") for line in listed.stdout.splitlines()]
    return [row[4] for row in rows if row[0] != REP]


@pytest.mark.parametrize("view", ["coverage", "customers", "territories", "honesty", "summary", "activity"])
def test_a_rep_who_types_the_address_of_a_view_gets_their_own_progress(open_page: OpenPage, product: Product, view: str) -> None:
    page = open_page(PHONE, email=REP)
    page.goto(f"/team?view={view}&rep=2,3,4&team=1,2")
    expect(page.locator(".st-key-team_filters")).to_be_visible()
    expect(page.locator("[data-testid=stApp][data-test-script-state=notRunning]")).to_be_visible()
    assert page.locator(".st-key-team_view").count() == 0
    shown = page.locator("[data-testid=stMain]").inner_text()
    assert [name for name in names_of_others(product) if name in shown] == []


def test_the_administrator_finds_an_act_in_the_audit_log_by_words_and_takes_the_file(open_page: OpenPage) -> None:
    page = open_page(DESKTOP, email=ADMIN)
    page.goto("/admin?tab=options")
    target = page.locator(".st-key-option_visits_per_day input")
    expect(target).to_be_visible()
    before = target.input_value()
    target.fill("7" if before != "7" else "8")
    page.locator(".st-key-save_options button").click()
    page.goto("/admin?tab=audit")
    entries = page.locator("ul.fs-audit > li")
    expect(entries.first).to_be_visible()
    page.locator(".st-key-audit_words input").fill("settings everybody")
    page.locator(".st-key-audit_words input").press("Enter")
    expect(entries).to_have_count(1)
    expect(entries.first).to_contain_text("→")
    assert "q=settings" in page.url
    page.locator(".st-key-audit_export button").first.click()
    with page.expect_download() as taken:
        page.locator(".st-key-audit_csv_utf8 button").click()
    assert taken.value.suggested_filename.endswith(".csv")
    page.goto("/admin?tab=audit")
    expect(entries.first).to_contain_text(taken.value.suggested_filename)


def test_a_rep_has_no_way_to_the_audit_log(open_page: OpenPage, record: Record) -> None:
    record.forgive("does not seem to exist")  # there is no such page for a rep
    page = open_page(PHONE, email=REP)
    page.goto("/admin?tab=audit")
    expect(page.locator("[data-testid=stApp][data-test-script-state=notRunning]")).to_be_visible()
    assert page.locator("ul.fs-audit").count() == 0
