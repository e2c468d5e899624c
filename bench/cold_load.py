"""A phone's first load on a mobile line: how much moves under the thumb, and until when.

What moves is the cumulative layout shift as browsers report it (https://web.dev/articles/cls): good up to 0.1, poor above 0.25.
The line has 150 ms and 3.2 Mbit/s, and nothing is cached.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from playwright.sync_api import Browser, Page, StorageState, sync_playwright

from bench.figures import Figure, Options, at_most, median
from bench.map_page import MANAGER, logged_in
from bench.product import data_folder
from tests.browser.conftest import PHONE
from tests.browser.product import CHROMIUM_ARGS, find_chromium, serving

CUSTOMERS = 300
SCREENS = {
    "today": "/today", "the list": "/customers", "a customer": "/customer?id=5", "the team": "/team", "its summary": "/team?view=summary",
}  # fmt: skip
LINE = {"offline": False, "latency": 150, "downloadThroughput": 400_000, "uploadThroughput": 200_000}  # ms, bytes/s
SETTLED_MS = 14_000
POOR = 0.25
WATCH = """window.shifts = [];
  new PerformanceObserver((list) => { for (const entry of list.getEntries()) window.shifts.push([entry.startTime, entry.value]); })
    .observe({ type: "layout-shift", buffered: true });"""


def measure(options: Options) -> Iterator[Figure]:
    """Load each screen with an empty cache, several times."""
    with data_folder() as folder, sync_playwright() as playwright, serving(folder / "data", customers=CUSTOMERS) as product:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=CHROMIUM_ARGS)
        state = logged_in(browser, product.base, MANAGER)
        for name, path in SCREENS.items():
            loads = [_load(browser, state, product.base + path) for _ in range(min(options.runs, 3))]
            moved = median(sum(size for _, size in shifts) for shifts in loads)
            until_ms = median(max((at for at, _ in shifts), default=0) for shifts in loads)
            yield at_most(f"what moves while {name} loads for the first time", moved, POOR, "", digits=2)
            yield Figure("… and until when", f"{until_ms / 1000:.1f} s")
        browser.close()


def _load(browser: Browser, state: StorageState, address: str) -> list[list[float]]:
    """Return the moment (ms since the tap) and the size of each shift."""
    context = browser.new_context(**PHONE, storage_state=state, service_workers="block")
    page = context.new_page()
    _on_the_road(page)
    page.add_init_script(WATCH)
    page.goto(address)
    page.wait_for_timeout(SETTLED_MS)
    shifts: list[list[float]] = page.evaluate("window.shifts")
    context.close()
    return shifts


def _on_the_road(page: Page) -> None:
    session: Any = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.clearBrowserCache")
    session.send("Network.emulateNetworkConditions", LINE)
