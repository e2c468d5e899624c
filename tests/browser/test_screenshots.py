"""Pictures of the main screens on both devices, in both languages: nothing broken on them, and two of them stand in the README."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP, PHONE, OpenPage
from tests.browser.product import ROOT
from tests.browser.steps import features, lone_customer, map_frame, tap_customer, until

MANAGER = "manager@demo.example"
DEVICES = {"phone": PHONE, "desktop": DESKTOP}
LANGUAGES = {"ja": "ja-JP", "en": "en-US"}
KEPT = ("-phone-ja", "-desktop-en")
TILES_SHOWN = "() => [...document.querySelectorAll('.leaflet-tile')].every(tile => getComputedStyle(tile).opacity === '1')"


@pytest.fixture
def take(tmp_path: Path) -> Callable[[Page, str], None]:
    """Return a function that takes a picture and looks whether it can be right; `make screenshots` keeps those of KEPT in docs/images."""
    chosen = os.environ.get("FIELDSALES_SCREENSHOTS")

    def picture(page: Page, name: str) -> None:
        settle(page)
        expect(page.locator("[data-testid=stException]")).to_have_count(0)
        expect(page.locator("[data-testid=stSkeleton]")).to_have_count(0)
        page.evaluate("() => document.fonts.ready.then(() => true)")
        path = tmp_path / f"{name}.png"
        page.screenshot(path=path)
        with Image.open(path) as image:
            colours = image.convert("RGB").resize((195, 195)).getcolors(195 * 195)
            if chosen and name.endswith(KEPT):
                image.convert("RGB").quantize(256, kmeans=2).save(ROOT / chosen / f"{name}.png", optimize=True)
        assert colours is not None
        assert len(colours) > 40, f"{name} looks empty"
        # On every screen something is written from edge to edge, and nothing makes it scroll sideways.
        assert page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth"), f"{name} is wider than the screen"

    return picture


def settle(page: Page) -> None:
    """Wait until nothing on the page has changed for half a second and all tiles are fully there."""
    seen: list[tuple[str, bool]] = []

    def unchanged() -> bool:
        tiles = all(bool(frame.evaluate(TILES_SHOWN)) for frame in page.frames if "streamlit_folium" in frame.url)
        seen.append((page.locator("body").inner_text(), tiles))
        page.wait_for_timeout(100)
        return len(seen) > 5 and tiles and len(set(seen[-5:])) == 1

    until(page, unchanged, what="a page at rest")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("device", DEVICES)
def test_login_map_card_and_visit_form(open_page: OpenPage, take: Callable[[Page, str], None], device: str, language: str) -> None:
    visitor = open_page(DEVICES[device], locale=LANGUAGES[language])
    visitor.goto("/login")
    take(visitor, f"login-{device}-{language}")
    page = open_page(DEVICES[device], locale=LANGUAGES[language], email=MANAGER)
    page.goto("/map")
    frame = map_frame(page)
    customer = lone_customer(page, lambda f: f["properties"]["likelihood"] == "A" and not f["properties"]["approximate"])
    busiest = max(features(page, zoom=11), key=lambda f: f["properties"].get("count", 0))
    lon, lat = busiest["geometry"]["coordinates"]
    frame.evaluate("(place) => window.map.setView(place, 13, {animate: false})", [lat, lon])
    map_frame(page)
    take(page, f"map-{device}-{language}")
    card = tap_customer(page, customer)
    frame.evaluate("() => window.map.setZoom(15, {animate: false})")
    frame.evaluate("(device) => window.map.panBy(device === 'phone' ? [0, 210] : [120, 0], {animate: false})", device)
    map_frame(page)
    take(page, f"card-{device}-{language}")
    card.locator(".st-key-log_visit button").click()
    expect(card.locator(".st-key-save_visit button")).to_be_visible()
    take(page, f"visit-{device}-{language}")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("device", DEVICES)
def test_the_other_screens(open_page: OpenPage, take: Callable[[Page, str], None], device: str, language: str) -> None:
    page = open_page(DEVICES[device], locale=LANGUAGES[language], email="admin@demo.example")
    for screen in ("customers", "import", "fix_list", "duplicates", "account", "admin"):
        _open(page, f"/{screen}")
        take(page, f"{screen.replace('_', '-')}-{device}-{language}")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("device", DEVICES)
def test_a_reps_day(open_page: OpenPage, take: Callable[[Page, str], None], device: str, language: str) -> None:
    page = open_page(DEVICES[device], locale=LANGUAGES[language], email="rep1@demo.example")
    busiest = page.request.get("/api/v1/customers", params={"likelihood": "won", "order": "changed", "limit": 1}).json()["customers"][0]
    screens = {"today": "/today", "customer": f"/customer?id={busiest['id']}", "report": "/reports", "plan": "/plan"}
    for name, path in screens.items():
        _open(page, path)
        take(page, f"{name}-{device}-{language}")
        if device == "phone":  # the narrowest phones in use
            page.set_viewport_size({"width": 360, "height": 740})
            settle(page)
            assert page.evaluate("() => document.documentElement.scrollWidth <= 360"), f"{name} scrolls sideways at 360 px"
            page.set_viewport_size({"width": 390, "height": 844})


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("device", DEVICES)
def test_the_managers_page(open_page: OpenPage, take: Callable[[Page, str], None], device: str, language: str) -> None:
    page = open_page(DEVICES[device], locale=LANGUAGES[language], email=MANAGER)
    for view in ("progress", "coverage", "territories", "honesty", "summary"):
        _open(page, f"/team?view={view}")
        if view in ("coverage", "territories"):
            map_frame(page)
        take(page, f"team-{view}-{device}-{language}")


def _open(page: Page, path: str) -> None:
    page.goto(path)
    expect(page.locator(".st-key-nav")).to_be_visible()
    expect(page.locator("[data-testid=stMainBlockContainer]")).not_to_be_empty()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_map_in_the_dark(open_page: OpenPage, take: Callable[[Page, str], None], scheme: Any) -> None:
    page = open_page(PHONE, email=MANAGER, color_scheme=scheme)
    page.goto("/map")
    map_frame(page)
    dark = page.evaluate("() => getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor")
    brightness = sum(int(part) for part in dark[dark.index("(") + 1 : -1].split(",")[:3]) / 3
    assert (brightness < 100) is (scheme == "dark")
    take(page, f"map-{scheme}-phone-ja")
