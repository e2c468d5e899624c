"""A visit on a phone: taps, and how long from the last tap to the confirmation, from a pin and from the today page."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from time import perf_counter

from playwright.sync_api import Page, sync_playwright

from bench.figures import Figure, Options, at_most, median
from bench.map_page import logged_in, map_with_pins, phone, single_customers
from bench.product import data_folder
from tests.browser.product import CHROMIUM_ARGS, ROOT, command, environment, find_chromium, serving
from tests.browser.tiles import TileServer

REP = "rep1@demo.example"
MOST_TAPS = 3
ALLOWED_S = 0.5
CONFIRMED = "() => !!document.querySelector('[class*=st-key-undo_bar]')"
GONE = "() => !document.querySelector('[class*=st-key-undo_bar]')"
SETTLED_MS = 1500  # what a person needs to look before the next tap


def measure(options: Options) -> Iterator[Figure]:
    """Record visits from pins and from the today page, and take each back again."""
    tiles = TileServer()
    with data_folder() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=CHROMIUM_ARGS)
        _prepare(folder / "data", customers=options.customers)
        with serving(folder / "data", customers=options.customers, FIELDSALES_TILES_URL=tiles.url) as demo:
            state = logged_in(browser, demo.base, REP)
            for where, record in (("a pin", _from_pins), ("the today page", _from_today)):
                with phone(browser, state) as page:
                    taps, took = record(page, demo.base, options.runs)
                at_size = f"from {where} at {options.customers:,} customers"
                yield at_most(f"taps {where} → saved visit", taps, MOST_TAPS, "")
                yield at_most(f"last tap → confirmation, {at_size}", median(took), ALLOWED_S, "s", digits=2)
        browser.close()
    tiles.stop()


def _prepare(data_dir: Path, *, customers: int) -> None:
    """Invent the customers before the server has to be up in time."""
    made = command("demo", "--data-dir", str(data_dir), "--customers", str(customers), "--no-serve")
    subprocess.run(made, env=environment(data_dir), cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


def _from_pins(page: Page, base: str, runs: int) -> tuple[int, list[float]]:
    """Return the taps one visit takes, and how long each save took until it was confirmed."""
    page.goto(base + "/map")
    frame = map_with_pins(page)
    page.wait_for_timeout(SETTLED_MS)
    taps, took = 0, []
    for target in single_customers(page, frame, base, runs):
        lon, lat = target["geometry"]["coordinates"]
        frame.evaluate("(place) => window.map.setView(place, 18, {animate: false})", [lat, lon])
        page.wait_for_timeout(SETTLED_MS)
        at = frame.evaluate("(place) => { const p = window.map.latLngToContainerPoint(place); return [p.x, p.y]; }", [lat, lon])
        box = frame.locator("#map_div").bounding_box()
        assert box is not None
        tap = _Taps(page)
        tap(lambda box=box, at=at: page.touchscreen.tap(box["x"] + at[0], box["y"] + at[1]))  # type: ignore[misc]
        took.append(_log_and_save(page, tap))
        taps = max(taps, tap.count)
        page.locator(".st-key-card_close button").tap()
        page.wait_for_timeout(SETTLED_MS)
    return taps, took


def _from_today(page: Page, base: str, runs: int) -> tuple[int, list[float]]:
    page.goto(base + "/today")
    taps, took = 0, []
    for _run in range(runs):
        page.wait_for_timeout(SETTLED_MS)
        tap = _Taps(page)
        took.append(_log_and_save(page, tap))
        taps = max(taps, tap.count)
    return taps, took


class _Taps:
    """Does a tap and counts it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.count = 0

    def __call__(self, touch: Callable[[], None]) -> None:
        self.count += 1
        touch()


def _log_and_save(page: Page, tap: _Taps) -> float:
    """Open the form, save it as it is, and return the seconds from that tap to the confirmation; then take the visit back."""
    log, save = page.locator(".st-key-log_visit button"), page.locator(".st-key-save_visit button")
    tap(log.tap)
    save.wait_for()
    page.wait_for_timeout(SETTLED_MS)
    began = perf_counter()
    tap(save.tap)
    page.wait_for_function(CONFIRMED, polling=10)
    seconds = perf_counter() - began
    page.wait_for_timeout(SETTLED_MS)
    page.locator(".st-key-undo_visit button").tap()
    page.wait_for_function(GONE)
    return seconds
