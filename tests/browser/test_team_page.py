"""The manager's page on a phone: what is tapped and what must be seen, from the first numbers to the file of a summary."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import date
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP, PHONE, OpenPage
from tests.browser.steps import map_frame, until

MANAGER, REP = "manager@demo.example", "rep1@demo.example"
SMALL: dict[str, Any] = PHONE | {"viewport": {"width": 360, "height": 740}}
VIEWS = ("progress", "coverage", "customers", "territories", "honesty", "summary", "activity")
# What a finger is to hit; Streamlit's own tools of a chart are for the mouse, and shown to it alone.
TOO_SMALL = """() => {
  const select = '[role=group]:has(> [role=combobox])', main = document.querySelector('[data-testid=stMain]');
  return [...main.querySelectorAll(`button, summary, [data-testid=stPageLink] a, ${select}`)]
    .filter((e) => e.checkVisibility() && e.dataset.testid !== 'stBaseButton-elementToolbar' && !e.matches(`${select} > button`))
    .filter((e) => e.getBoundingClientRect().height < 43.5)
    .map((e) => `${e.innerText || e.getAttribute('aria-label')} ${e.getBoundingClientRect().height}`);
}"""


def open_team(page: Page, query: str = "") -> None:
    page.goto(f"/team{query}")
    expect(page.locator(".st-key-team_filters")).to_be_visible()
    expect(page.locator("[data-testid=stApp][data-test-script-state=notRunning]")).to_be_visible()
    page.wait_for_load_state("networkidle")  # what is drawn by a script that comes later moves what lies below it


def asked(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def test_the_numbers_are_seen_without_scrolling_and_a_tap_on_a_rep_leads_to_their_page(open_page: OpenPage) -> None:
    page = open_page(PHONE, email=MANAGER)
    open_team(page)
    expect(page.locator(".fs-tile")).to_have_count(4)
    expect(page.locator(".fs-tile").last).to_be_in_viewport(ratio=0.99)
    rep = page.locator("[class*=st-key-team_person_open_] button").first
    name = page.locator(".fs-person b bdi").first.inner_text()
    rep.tap()
    expect(page.locator(".st-key-team_whose h3").first).to_have_text(name)
    assert len(asked(page)["rep"]) == 1
    page.reload()
    expect(page.locator(".st-key-team_whose h3").first).to_have_text(name)
    page.locator(".st-key-team_whose_all button").tap()
    expect(page.locator(".st-key-team_people")).to_be_visible()
    assert "rep" not in asked(page)


def test_what_the_filter_is_set_to_stands_in_the_address_and_in_every_view(open_page: OpenPage) -> None:
    page = open_page(PHONE, email=MANAGER)
    open_team(page)
    page.locator(".st-key-team_filter_more button").first.tap()
    people = page.locator(".st-key-team_filter_people input")
    people.tap()
    person = page.get_by_role("option").last
    name = person.inner_text()
    person.tap()
    page.wait_for_url(re.compile(r"rep=\d+"))
    rep = asked(page)["rep"]
    page.keyboard.press("Escape")
    page.locator(".st-key-team_view button").last.tap()
    page.wait_for_url(re.compile("view=activity"))
    assert asked(page)["rep"] == rep
    expect(page.locator(".st-key-team_filters")).to_contain_text(name)


def test_a_reps_overdue_customers_are_one_tap_from_their_progress(open_page: OpenPage) -> None:
    page = open_page(PHONE, email=REP)
    open_team(page)
    link = page.locator(".st-key-team_overdue a")
    count = int(re.sub(r"\D", "", link.inner_text().replace("A", "")))
    link.tap()
    page.wait_for_url("**/customers?*")
    assert asked(page)["likelihood"] == ["A"]
    assert asked(page)["due"] == ["overdue"]
    expect(page.locator("[data-testid=stMain]")).to_contain_text(re.compile(rf"(?<!\d){count}\s*件"))


def test_a_summary_begins_with_its_files_and_shows_the_rest_of_a_list_at_a_tap(open_page: OpenPage) -> None:
    page = open_page(PHONE, email=MANAGER)
    open_team(page, "?view=summary")
    pdf = page.locator(".st-key-team_summary_pdf a")
    expect(pdf).to_be_in_viewport(ratio=0.99)
    answer = page.request.get(pdf.get_attribute("href") or "")
    assert (answer.status, answer.headers["content-type"], answer.body()[:5]) == (200, "application/pdf", b"%PDF-")
    page.locator(".st-key-team_summary_tables button").first.tap()
    table = page.locator(".st-key-team_summary_csv a")
    expect(table).to_be_visible()
    assert page.request.get(table.get_attribute("href") or "").status == 200
    page.keyboard.press("Escape")
    changes = page.locator(".st-key-team_summary_deals")
    hidden = changes.locator("details.fs-paper-rest tbody tr")
    assert changes.locator("tbody tr").count() - hidden.count() == 5
    expect(hidden.first).to_be_hidden()
    changes.locator("details.fs-paper-rest > summary").tap()
    expect(hidden.last).to_be_visible()


def test_how_far_ranks_can_be_believed_is_said_first_and_the_span_stands_in_the_address(open_page: OpenPage) -> None:
    page = open_page(PHONE, email=MANAGER)
    open_team(page, "?view=honesty")
    expect(page.locator(".fs-honesty-figures").first).to_be_in_viewport()
    page.locator(".st-key-honesty_decided button").last.tap()
    page.wait_for_url(re.compile("decided=all"))
    stale = page.locator(".st-key-honesty_stale_days button")
    stale.first.tap()
    page.wait_for_url(re.compile("stale=14"))
    page.locator(".st-key-honesty_stale a").first.tap()
    page.wait_for_url(re.compile(r"/customer\?id=\d+"))


def test_a_day_without_check_ins_is_one_tap_from_one_that_has_some(open_page: OpenPage) -> None:
    page = open_page(PHONE, email=MANAGER)
    open_team(page, f"?view=activity&day={date(2000, 1, 1)}")
    expect(page.get_by_text("この日のチェックインはありません。")).to_be_visible()
    expect(page.locator(".st-key-activity_last")).to_have_count(0)  # there is none before
    open_team(page, "?view=activity")
    last, listed = page.locator(".st-key-activity_last button"), page.locator(".st-key-activity_list li")
    expect(last.or_(listed).first).to_be_visible()
    if not listed.count():  # nobody works on Sundays
        last.tap()
        page.wait_for_url(re.compile(r"day=\d{4}-\d\d-\d\d"))
    expect(listed.first).to_be_visible()
    map_frame(page)


@pytest.mark.parametrize("device", [PHONE, DESKTOP])
@pytest.mark.parametrize("show", ["covered", "potential"])
def test_the_first_picture_holds_every_hexagon_whole_and_none_beneath_the_legend(
    open_page: OpenPage, device: dict[str, Any], show: str
) -> None:
    page = open_page(device, email=MANAGER)
    open_team(page, f"?view=coverage&show={show}")
    frame = map_frame(page)
    cells = frame.evaluate("""() => {
      const found = [];
      map.eachLayer((layer) => {
        if (!layer.options.ink) return;
        const bounds = layer.getBounds();
        const a = map.latLngToContainerPoint(bounds.getNorthWest()), b = map.latLngToContainerPoint(bounds.getSouthEast());
        found.push([a.x, a.y, b.x, b.y]);
      });
      return found;
    }""")
    size = frame.evaluate("() => { const { x, y } = map.getSize(); return [x, y]; }")
    legend = frame.evaluate("() => document.querySelector('.fs-scale').getBoundingClientRect().top")
    assert len(cells) > 3
    for left, top, right, bottom in cells:
        assert left >= 0 < top
        assert right <= size[0]
        assert bottom <= legend


@pytest.mark.parametrize("view", VIEWS)
def test_what_a_finger_taps_is_large_enough_and_nothing_scrolls_sideways_on_the_smallest_phone(open_page: OpenPage, view: str) -> None:
    page = open_page(SMALL, email=MANAGER)
    open_team(page, f"?view={view}")
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    with suppress(AssertionError):  # the style sheet may come after the first widgets
        until(page, lambda: not page.evaluate(TOO_SMALL), what="everything large enough", limit_s=5)
    assert page.evaluate(TOO_SMALL) == []
