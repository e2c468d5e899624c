"""The map itself, in a real browser: clusters, spots, legend, position, faults, and a view that stays where it is."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Frame, Page, Route, expect

from tests.browser.conftest import DESKTOP, PHONE, OpenPage
from tests.browser.steps import MAP, lone_customer, map_frame, tap_customer, until

MANAGER = "manager@demo.example"
FEATURES = "**/api/map/features*"
SPOT = [135.0, 35.0]
AT_SPOT = "lat=35&lon=135&zoom=15"
NAMES = ["<img src=x onerror=alert(1)>", 'O"Reilly & Söhne 😀', "\u202eشركة\u202c", "長" * 60]


def legend() -> list[dict[str, Any]]:
    kinds = [("A", "#D55E00"), ("D", "#0072B2")]
    return [{"key": key, "fill": fill, "ink": "#FFFFFF", "letter": key, "label": f"Class {key}", "count": 0} for key, fill in kinds]


def customer(number: int, lon: float, lat: float, **properties: Any) -> dict[str, Any]:
    known = {"kind": "customer", "id": number, "name": f"Customer {number}", "likelihood": "A", "due": None, "approximate": False}
    return {"type": "Feature", "geometry": {"type": "Point", "coordinates": [lon, lat]}, "properties": known | properties}


def stack() -> dict[str, Any]:
    properties = {"kind": "cluster", "count": 4, "likelihoods": {"A": 1, "D": 3}, "bounds": [*SPOT, *SPOT], "stacked": True}
    return {"type": "Feature", "geometry": {"type": "Point", "coordinates": SPOT}, "properties": properties}


def cluster(bounds: list[float], at: list[float] = SPOT, count: int = 12) -> dict[str, Any]:
    properties = {"kind": "cluster", "count": count, "likelihoods": {"A": count}, "bounds": bounds}
    return {"type": "Feature", "geometry": {"type": "Point", "coordinates": at}, "properties": properties}


def answer_with(page: Page, features: list[dict[str, Any]]) -> None:
    """Let the map be told of exactly these features, and of NAMES at the spot."""

    def collection(route: Route, found: list[dict[str, Any]]) -> None:
        body = {"type": "FeatureCollection", "features": found, "total": len(found), "colour_by": "likelihood", "legend": legend()}
        route.fulfill(body=json.dumps(body), content_type="application/json")

    page.route(FEATURES, lambda route: collection(route, features))
    members = [customer(900 + i, *SPOT, name=name) for i, name in enumerate(NAMES)]
    page.route("**/api/map/members*", lambda route: collection(route, members))


def open_map(page: Page, where: str = "lat=35.68&lon=139.76&zoom=10") -> Frame:
    page.goto(f"/map?{where}")
    return map_frame(page)


def drawn(frame: Frame) -> int:
    return int(frame.evaluate("() => Number(document.querySelector('#map_div').dataset.features)"))


def on_screen(frame: Frame, lat: float, lon: float) -> tuple[float, float]:
    box = frame.locator(MAP).bounding_box()
    assert box is not None
    at = frame.evaluate("(place) => { const p = window.map.latLngToContainerPoint(place); return [p.x, p.y]; }", [lat, lon])
    return box["x"] + at[0], box["y"] + at[1]


def click_place(page: Page, frame: Frame, lat: float, lon: float) -> None:
    page.mouse.click(*on_screen(frame, lat, lon))


def test_names_of_any_kind_are_shown_as_text_in_the_list_of_a_spot(open_page: OpenPage) -> None:
    page = open_page(DESKTOP, locale="en-US", email=MANAGER)
    answer_with(page, [stack()])
    frame = open_map(page, AT_SPOT)
    click_place(page, frame, *reversed(SPOT))
    rows = frame.locator(".fs-spot-row .fs-label")
    expect(rows).to_have_count(4)
    assert rows.all_text_contents() == NAMES
    assert frame.locator(".fs-spot img").count() == 0


def test_the_legend_switches_the_filter_of_map_and_list_and_the_map_stays_where_it_is(open_page: OpenPage) -> None:
    page = open_page(DESKTOP, locale="en-US", email=MANAGER)
    answer_with(page, [customer(1, 135.0, 35.0), customer(2, 135.002, 35.0, likelihood="D")])
    frame = open_map(page, AT_SPOT)
    frame.evaluate("() => { window.stillThere = true; }")
    assert drawn(frame) == 2
    frame.locator('.fs-legend-row[data-key="D"]').click()
    until(page, lambda: drawn(frame) == 1, what="one pin less")
    until(page, lambda: parse_qs(urlsplit(page.url).query).get("likelihood") == ["A"], what="the filter in the address")
    expect(page.locator(".st-key-filter_likelihood button").first).to_have_attribute("aria-pressed", "true")
    assert "hide" not in parse_qs(urlsplit(page.url).query)
    assert frame.evaluate("() => [window.stillThere, window.map.getZoom()]") == [True, 15]
    page.reload()
    frame = map_frame(page)
    assert drawn(frame) == 1
    expect(frame.locator('.fs-legend-row[data-key="D"]')).to_have_attribute("aria-pressed", "false")
    frame.locator('.fs-legend-row[data-key="D"]').click()
    until(page, lambda: "D" in parse_qs(urlsplit(page.url).query).get("likelihood", [""])[0], what="the class back in the filter")


def test_coloured_by_owner_the_legend_switches_the_map_alone_and_the_address_keeps_it(open_page: OpenPage) -> None:
    page = open_page(DESKTOP, locale="en-US", email=MANAGER)
    answer_with(page, [customer(1, 135.0, 35.0), customer(2, 135.002, 35.0, likelihood="D")])
    frame = open_map(page, f"{AT_SPOT}&colour=owner")
    frame.locator('.fs-legend-row[data-key="D"]').click()
    until(page, lambda: drawn(frame) == 1, what="one pin less")
    until(page, lambda: parse_qs(urlsplit(page.url).query).get("hide") == ["D"], what="the switch in the address")
    assert "likelihood" not in parse_qs(urlsplit(page.url).query)
    page.reload()
    frame = map_frame(page)
    assert drawn(frame) == 1
    expect(frame.locator('.fs-legend-row[data-key="D"]')).to_have_attribute("aria-pressed", "false")


def test_where_one_looks_stands_in_the_address_and_is_remembered(open_page: OpenPage) -> None:
    page = open_page(PHONE, email=MANAGER)
    frame = open_map(page)
    frame.evaluate("() => window.map.setView([34.69, 135.5], 12, {animate: false})")
    until(page, lambda: parse_qs(urlsplit(page.url).query).get("zoom") == ["12"], what="the view in the address")
    page.goto("/map")
    frame = map_frame(page)
    view = frame.evaluate("() => [window.map.getCenter().lat, window.map.getCenter().lng, window.map.getZoom()]")
    assert [round(view[0], 2), round(view[1], 2), view[2]] == [34.69, 135.5, 12]


def test_a_changed_filter_keeps_the_map_and_its_view(open_page: OpenPage) -> None:
    page = open_page(DESKTOP, locale="en-US", email=MANAGER)
    frame = open_map(page, "lat=35.68&lon=139.76&zoom=11")
    frame.evaluate("() => { window.stillThere = true; }")
    with page.expect_response(lambda answer: "/api/map/features" in answer.url and "likelihood=A" in answer.url):
        page.locator(".st-key-filter_likelihood button").first.click()
    frame = map_frame(page)
    assert frame.evaluate("() => [window.stillThere, window.map.getZoom()]") == [True, 11]


def test_a_cluster_is_opened_by_a_tap(open_page: OpenPage) -> None:
    page = open_page(DESKTOP, email=MANAGER)
    answer_with(page, [cluster([134.99, 34.99, 135.01, 35.01])])
    frame = open_map(page, "lat=35&lon=135&zoom=8")
    click_place(page, frame, *reversed(SPOT))
    until(page, lambda: frame.evaluate("() => window.map.getZoom()") >= 13, what="the map closer up")


def test_a_wide_cluster_comes_at_least_two_levels_closer_and_into_the_middle(open_page: OpenPage) -> None:
    page = open_page(PHONE, email=MANAGER)
    answer_with(page, [cluster([132.5, 33.5, 136.5, 36.5])])
    frame = open_map(page, "lat=35&lon=134&zoom=6")
    page.touchscreen.tap(*on_screen(frame, *reversed(SPOT)))
    until(page, lambda: frame.evaluate("() => window.map.getZoom()") == 8, what="the map two levels closer")
    centre = frame.evaluate("() => [window.map.getCenter().lat, window.map.getCenter().lng]")
    assert [round(part, 1) for part in centre] == [35.0, 134.5]


def test_the_legend_is_open_at_first_only_where_it_covers_nobody(open_page: OpenPage) -> None:
    page = open_page(DESKTOP, email=MANAGER)
    answer_with(page, [cluster([134.9, 34.9, 135.1, 35.1])])
    frame = open_map(page, "lat=35&lon=135&zoom=10")
    legend_box, toggle = frame.locator(".fs-legend"), frame.locator(".fs-legend-toggle")
    expect(legend_box).to_have_attribute("data-open", "1")
    under = legend_box.bounding_box()
    whole = frame.locator(MAP).bounding_box()
    assert under is not None
    assert whole is not None
    # The cluster comes to lie in the middle of where the legend is.
    by = [
        whole["x"] + whole["width"] / 2 - under["x"] - under["width"] / 2,
        whole["y"] + whole["height"] / 2 - under["y"] - under["height"] / 2,
    ]
    frame.evaluate("(by) => window.map.panBy(by, {animate: false})", by)
    expect(legend_box).to_have_attribute("data-open", "0")
    toggle.click()
    expect(legend_box).to_have_attribute("data-open", "1")
    frame.evaluate("() => window.map.panBy([5, 5], {animate: false})")
    expect(legend_box).to_have_attribute("data-open", "1")


def test_a_tap_leaves_the_map_where_it_was_set_since_the_tap_before(open_page: OpenPage) -> None:
    page = open_page(PHONE, email=MANAGER)
    first = lone_customer(page, lambda found: True)
    lon, lat = first["geometry"]["coordinates"]
    second = lone_customer(page, lambda found: abs(found["geometry"]["coordinates"][0] - lon) > 0.05)
    frame = open_map(page, f"lat={lat}&lon={lon}&zoom=16")
    tap_customer(page, first)
    # What the page tells the map: by then its answer to the second tap has been acted upon.
    frame.evaluate("""() => {
        const configure = FieldSales.configure;
        window.told = [];
        FieldSales.configure = (config) => { configure(config); window.told.push(config.selected?.id); };
    }""")
    tap_customer(page, second)
    until(page, lambda: second["properties"]["id"] in frame.evaluate("() => window.told"), what="the page's answer to the tap")
    lon, lat = second["geometry"]["coordinates"]
    view = frame.evaluate("() => [window.map.getCenter().lat, window.map.getCenter().lng, window.map.getZoom()]")
    assert abs(view[0] - lat) < 0.005
    assert abs(view[1] - lon) < 0.005
    assert view[2] == 18
    assert first["properties"]["id"] not in frame.evaluate("() => window.told")


def test_where_am_i_says_so_or_why_not(open_page: OpenPage) -> None:
    page = open_page(PHONE, locale="en-US", email=MANAGER, geolocation={"latitude": 35.0, "longitude": 135.0, "accuracy": 60})
    frame = open_map(page)
    message = frame.locator(".fs-message")
    page.context.grant_permissions(["geolocation"])
    frame.locator(".fs-locate").tap()
    expect(message).to_contain_text("60 m")
    expect(frame.locator(".fs-here")).to_be_visible()
    page.context.clear_permissions()
    frame.locator(".fs-locate").tap()
    expect(message).to_contain_text("may not use your position")


def test_a_server_that_does_not_answer_leaves_the_pins_and_offers_another_try(open_page: OpenPage, record: Any) -> None:
    record.forgive("ERR_FAILED")
    page = open_page(PHONE, locale="en-US", email=MANAGER)
    frame = open_map(page, "lat=35.68&lon=139.76&zoom=10")
    before = drawn(frame)
    page.route(FEATURES, lambda route: route.abort())
    frame.evaluate("() => window.map.panBy([700, 0], {animate: false})")
    expect(frame.locator(".fs-message")).to_contain_text("does not answer")
    assert drawn(frame) == before
    page.unroute(FEATURES)
    frame.get_by_role("button", name="Try again").tap()
    expect(frame.locator('.fs-message[data-kind="fault"]')).to_be_hidden()


def test_an_approximate_customer_shows_its_radius_once_tapped(open_page: OpenPage) -> None:
    page = open_page(DESKTOP, email=MANAGER)
    answer_with(page, [customer(1, 135.0, 35.0, approximate=True, radius_m=400)])
    frame = open_map(page, AT_SPOT)
    radii = "() => Object.values(window.map._layers).filter((l) => l instanceof L.Circle && l.getRadius() === 400).length"
    assert frame.evaluate(radii) == 0
    click_place(page, frame, *reversed(SPOT))
    until(page, lambda: frame.evaluate(radii) == 1, what="the circle of 400 m")


def test_buttons_are_large_enough_for_a_thumb(open_page: OpenPage) -> None:
    for device in (PHONE, DESKTOP):
        page = open_page(device, email=MANAGER)
        frame = open_map(page)
        for button in frame.locator(".fs-button:visible, .fs-legend-toggle:visible").all():
            box = button.bounding_box()
            assert box is not None
            assert min(box["width"], box["height"]) >= 44


def test_a_filter_goes_along_from_the_list_to_the_map_and_back_and_its_chips_show_it(open_page: OpenPage) -> None:
    page = open_page(PHONE, locale="en-US", email=MANAGER)
    page.goto("/customers")
    chips = page.locator(".st-key-filter_likelihood")
    pressed = chips.locator("button[aria-pressed=true], button[aria-checked=true]")
    chips.get_by_text("A", exact=False).first.click()
    expect(pressed).to_have_count(1)
    for screen in ("map", "customers"):
        page.locator(f".st-key-tab_{screen} a").click()
        page.wait_for_url(f"**/{screen}?*likelihood=A*")
        expect(pressed).to_have_count(1)
    chips.get_by_text("B", exact=False).first.click()
    until(page, lambda: parse_qs(urlsplit(page.url).query).get("likelihood") == ["A,B"], what="both in the address")
