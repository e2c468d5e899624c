"""The product's main job on real pages: look at the map, tap a pin, read the customer, record a visit, see the colour follow."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Locator, Page, expect

from fieldsales.domain.likelihood import LOOKS, Likelihood
from tests.browser.conftest import DESKTOP, PHONE, OpenPage
from tests.browser.steps import CARD, Feature, customers_around, lone_customer, map_frame, point_of, share_of_colour, tap_customer, until

REP = "rep1@demo.example"
WON = LOOKS[Likelihood.WON]


def is_open_deal(feature: Feature) -> bool:
    return feature["properties"]["likelihood"] in "ABCD" and not feature["properties"]["approximate"]


def record_an_order(card: Locator, *, order: str, won: str) -> None:
    """Fill the visit form with an order and save it."""
    card.locator(".st-key-log_visit button").click()
    card.locator(".st-key-visit_outcome").get_by_text(order, exact=False).click()
    expect(card.locator(".st-key-visit_likelihood [role=radio][aria-checked=true]")).to_have_text(won)  # follows the outcome
    card.locator(".st-key-save_visit button").click()
    expect(card.locator(".st-key-save_visit")).to_have_count(0)


def likelihood_on_map(page: Page, customer: Feature) -> str:
    near = customers_around(page, customer)
    return next(str(f["properties"]["likelihood"]) for f in near if f["properties"]["id"] == customer["properties"]["id"])


def test_on_a_phone_a_rep_taps_a_pin_records_an_order_and_the_pin_turns_green(open_page: OpenPage) -> None:
    page = open_page(PHONE, locale="ja-JP", email=REP)
    page.goto("/map")
    frame = map_frame(page)
    customer = lone_customer(page, is_open_deal)
    at = point_of(frame, customer)
    before = LOOKS[Likelihood(customer["properties"]["likelihood"])]
    until(page, lambda: share_of_colour(page, at, before.fill) > 0.15, what="the pin in the colour of its likelihood")
    assert share_of_colour(page, at, WON.fill) < 0.02
    card = tap_customer(page, customer)
    record_an_order(card, order="受注", won="受注")
    until(page, lambda: likelihood_on_map(page, customer) == "won", what="the saved visit in the map's data", limit_s=5)
    card.locator(".st-key-card_close button").click()
    expect(page.locator(CARD)).to_have_count(0)
    at = point_of(map_frame(page), customer)
    until(page, lambda: share_of_colour(page, at, WON.fill) > 0.15, what="the pin in the colour of a won deal")


def test_on_a_desktop_the_same_works_in_english(open_page: OpenPage) -> None:
    page = open_page(DESKTOP, locale="en-US", email="rep2@demo.example")
    page.goto("/map")
    map_frame(page)
    customer = lone_customer(page, is_open_deal)
    card = tap_customer(page, customer)
    expect(card.get_by_text("Log a visit")).to_be_visible()
    record_an_order(card, order="Order", won="Won")
    until(page, lambda: likelihood_on_map(page, customer) == "won", what="the saved visit in the map's data", limit_s=5)
    expect(page.get_by_text("Visit recorded", exact=False)).to_be_visible()


def test_two_quick_taps_on_save_record_one_visit(open_page: OpenPage) -> None:
    page = open_page(PHONE, locale="en-US", email="rep3@demo.example")
    page.goto("/map")
    map_frame(page)
    customer = lone_customer(page, lambda f: f["properties"]["likelihood"] in "ABCD")
    card = tap_customer(page, customer)
    note = "Tapped twice, meant once"
    card.locator(".st-key-log_visit button").click()
    card.locator(".st-key-visit_note textarea").fill(note)
    card.locator(".st-key-save_visit button").dblclick()
    expect(card.locator(".st-key-save_visit")).to_have_count(0)
    expect(card.locator(".fs-timeline").get_by_text(note)).to_have_count(1)
    page.reload()
    expect(page.locator(CARD).locator(".fs-timeline").get_by_text(note)).to_have_count(1)


def test_moving_the_map_sends_nothing_to_the_pages_server(open_page: OpenPage) -> None:
    page = open_page(PHONE, email=REP)
    sent: list[Any] = []
    asked: list[str] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(frame)))
    page.on("request", lambda request: asked.append(request.url) if "/api/map/features" in request.url else None)
    page.goto("/map")
    frame = map_frame(page)
    quiet, asked_before = until_quiet(page, sent), len(asked)
    frame.evaluate("() => window.map.setZoom(window.map.getZoom() + 2, {animate: false})")
    for step in ([120, 0], [0, 150], [-300, 80], [40, -400], [2000, 0]):
        frame.evaluate("(step) => window.map.panBy(step, {animate: false})", step)
        until(page, lambda: frame.evaluate("() => document.querySelector('#map_div').dataset.loading === '0'"), what="the map at rest")
    until_quiet(page, sent)
    assert len(sent) == quiet
    assert len(asked) > asked_before


def until_quiet(page: Page, sent: list[Any]) -> int:
    """Wait until a second has passed without a message, and return how many there were."""
    while True:
        count = len(sent)
        page.wait_for_timeout(1000)
        if len(sent) == count:
            return count


BUILT = "() => !!window.map?._loaded"
FLAT_AT_FIRST = """() => {
  if (window.top !== window) return;
  const flat = document.createElement("style");
  flat.textContent = "body .st-key-map.st-key-map iframe { height: 0 !important }";
  new MutationObserver((_, observer) => { if (document.head) { observer.disconnect(); document.head.append(flat); } })
    .observe(document, { childList: true, subtree: true });
  window.unfold = () => flat.remove();
}"""


def test_a_map_whose_frame_has_no_size_at_first_shows_everybody_once_it_has(open_page: OpenPage) -> None:
    page = open_page(PHONE, email=REP)
    page.add_init_script(f"({FLAT_AT_FIRST})()")
    page.goto("/map")
    until(page, lambda: any(frame.evaluate(BUILT) for frame in page.frames if "streamlit_folium" in frame.url), what="a map without a size")
    page.evaluate("() => window.unfold()")
    assert map_frame(page).evaluate("() => window.map.getZoom()") < 12
