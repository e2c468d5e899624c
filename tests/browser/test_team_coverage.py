"""The coverage map in a real browser: hexagons with numbers on tap, another figure without building the map anew, one piece at ±180°."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from playwright.sync_api import Frame, Page, Route, expect

from tests.browser.conftest import DESKTOP, PHONE, OpenPage
from tests.browser.steps import map_frame, until

MANAGER = "manager@demo.example"
SHOW = "() => document.querySelector('#map_div').dataset.show"
CELLS = """() => {
  const found = [];
  map.eachLayer((layer) => {
    if (!layer.options.ink) return;
    const at = map.latLngToContainerPoint(layer.getBounds ? layer.getBounds().getCenter() : layer.getLatLng());
    found.push({ x: at.x, y: at.y, label: layer.options.label });
  });
  const { x, y } = map.getSize();
  return found.filter((cell) => cell.x > 30 && cell.x < x - 80 && cell.y > 30 && cell.y < y - 110);
}"""


def open_coverage(page: Page, more: str = "") -> Frame:
    page.goto(f"/team?view=coverage{more}")
    return map_frame(page)


def tap_first_cell(page: Page, frame: Frame) -> None:
    cell = until(page, lambda: frame.evaluate(CELLS), what="a hexagon in sight")[0]
    box = frame.locator("#map_div").bounding_box()
    assert box is not None
    page.touchscreen.tap(box["x"] + cell["x"], box["y"] + cell["y"])


def test_a_hexagon_says_its_numbers_on_tap_and_leads_to_acting_on_them(open_page: OpenPage) -> None:
    page = open_page(PHONE, email=MANAGER)
    frame = open_coverage(page)
    assert re.fullmatch(r"(\d+%|–)", frame.evaluate(CELLS)[0]["label"])
    tap_first_cell(page, frame)
    facts = frame.locator(".fs-facts")
    expect(facts.locator("dt")).not_to_have_count(0)
    link = facts.locator("a")
    expect(link).to_have_attribute("href", re.compile(r"^/team\?.*cell=[0-9a-f]{15}.*view=customers"))
    box = link.bounding_box()
    assert box is not None
    assert box["height"] >= 44


def test_another_figure_keeps_the_map_where_it_is(open_page: OpenPage) -> None:
    page = open_page(PHONE, email=MANAGER)
    frame = open_coverage(page)
    frame.evaluate("() => { window.map.fsTouched = true; window.map.setView([35.7, 139.7], 9, {animate: false}); }")
    page.locator(".st-key-coverage_show button").nth(2).tap()
    until(page, lambda: "neglect" in frame.evaluate(SHOW), what="the other figure on the same map")
    assert frame.evaluate("() => window.map.getZoom()") == 9
    assert "show=neglect" in page.url


@pytest.mark.parametrize("device", [PHONE, DESKTOP])
def test_the_coverage_page_does_not_scroll_sideways(open_page: OpenPage, device: dict[str, Any]) -> None:
    page = open_page(device, email=MANAGER)
    for more in ("", "&by=areas&show=potential", "&show=rank_days"):
        open_coverage(page, more)
        assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0


def test_a_hexagon_across_the_antimeridian_is_drawn_in_one_piece_where_one_looks(open_page: OpenPage) -> None:
    page = open_page(PHONE, email=MANAGER)
    ring = [[179.0, -17.0], [180.5, -17.5], [181.0, -16.5], [180.0, -15.5], [179.0, -16.0], [178.5, -16.5], [179.0, -17.0]]
    said = {"customers": 3, "with_interval": 0, "covered": 0, "overdue": 0, "due": 0, "prospects": 0, "unvisited": 0, "without_amount": 0}
    said |= {"potential": 0, "neglect": 0, "ranks": {}, "days": {}, "value": None, "level": None, "label": "–", "letter": "", "cell": "8"}
    feature = {"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [ring]}, "properties": said}
    answer = {"type": "FeatureCollection", "features": [feature], "show": "covered", "total": said, "legend": [], "left_out": 0}

    def fulfil(route: Route) -> None:
        route.fulfill(body=json.dumps(answer), content_type="application/json")

    page.route("**/api/v1/team/coverage*", fulfil)
    frame = open_coverage(page)
    for centre in (179.9, -179.9, 539.9):
        frame.evaluate("(lon) => { window.map.fsTouched = true; window.map.setView([-16.5, lon], 6, {animate: false}); }", centre)
        cells = until(page, lambda: frame.evaluate(CELLS), what=f"the hexagon beside {centre}")
        assert len(cells) == 1
        width = frame.evaluate(
            "() => { let w = 0; map.eachLayer((l) => { if (l.options.ink) w = l._rawPxBounds.getSize().x; }); return w; }"
        )
        assert 60 < width < 200


def test_a_server_that_does_not_answer_is_said_and_asked_again(open_page: OpenPage, record: Any) -> None:
    record.forgive("Failed to load resource")
    page = open_page(PHONE, email=MANAGER)
    refused = {"error": {"code": "busy", "message": "いま混み合っています。", "field": None}}
    page.route(
        "**/api/v1/team/coverage*", lambda route: route.fulfill(status=503, body=json.dumps(refused), content_type="application/json")
    )
    page.goto("/team?view=coverage")
    frame = until(page, lambda: next((f for f in page.frames if "streamlit_folium" in f.url), None), what="the map's frame")
    expect(frame.locator(".fs-message")).to_contain_text("いま混み合っています。")
    page.unroute("**/api/v1/team/coverage*")
    frame.locator(".fs-message button").tap()
    map_frame(page)
    expect(frame.locator(".fs-message")).to_be_hidden()
