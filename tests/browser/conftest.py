"""Real pages in a real Chromium: a phone (390×844, touch) and a desktop (1280×800), in Japanese and in English."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

from tests.browser.product import CHROMIUM_ARGS, PASSWORD, ROOT, Product, find_chromium, serving
from tests.browser.tiles import TileServer

PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "is_mobile": True, "has_touch": True}
DESKTOP: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}}
DEMO_CUSTOMERS = 300
FAILURES = ROOT / ".pytest_cache" / "failures"
OpenPage = Callable[..., Page]
expect.set_options(timeout=30_000)  # a condition ends the wait; only a failure takes this long, also on a busy machine


@dataclass
class Record:
    """What pages did behind the scenes: the hosts they asked, and what went wrong in them."""

    hosts: set[str] = field(default_factory=set)
    errors: list[str] = field(default_factory=list)
    # Streamlit's own page looks for its server below the page's path first, and finds it one level up.
    forgiven: list[str] = field(default_factory=lambda: ["/_stcore/health)", "/_stcore/host-config)"])

    def watch(self, page: Page) -> None:
        """Write down every request, console error and uncaught exception of `page` and its frames."""
        page.on("request", lambda request: self.hosts.add(urlsplit(request.url).netloc))
        page.on("pageerror", lambda error: self.errors.append(f"uncaught: {error}"))
        page.on("console", self._hear)

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.errors.append(f"{message.text} ({message.location['url']})")

    def forgive(self, part: str) -> None:
        """Expect console errors that contain `part` (a test that provokes a refusal)."""
        self.forgiven.append(part)

    @property
    def unforgiven(self) -> list[str]:
        """The errors nobody expected."""
        return [error for error in self.errors if not any(part in error for part in self.forgiven)]


@pytest.fixture(scope="package")
def tiles() -> Iterator[TileServer]:
    """The tile server of this machine."""
    server = TileServer()
    yield server
    server.stop()


@pytest.fixture(scope="package")
def product(tiles: TileServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """A demo server with 300 customers, shared by all browser tests."""
    data_dir = tmp_path_factory.mktemp("demo") / "data"
    extra = {"FIELDSALES_TILES_URL": tiles.url, "FIELDSALES_TILES_ATTRIBUTION": "© FieldSales test tiles"}
    with serving(data_dir, customers=DEMO_CUSTOMERS, **extra) as running:
        yield running


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """The Chromium of this run; there is always one, or the test fails."""
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=find_chromium(), args=CHROMIUM_ARGS)
        yield running
        running.close()


@pytest.fixture
def record() -> Iterator[Record]:
    """What the pages of this test did; an unexpected error in the console fails the test."""
    record = Record()
    yield record
    assert record.unforgiven == []


@pytest.fixture(scope="package")
def known_sessions() -> dict[str, Any]:
    """The cookies of people who logged in before, so that each does it once."""
    return {}


@pytest.fixture
def open_page(
    browser: Browser, product: Product, record: Record, known_sessions: dict[str, Any], request: pytest.FixtureRequest
) -> Iterator[OpenPage]:
    """Return `open_page(PHONE | DESKTOP, locale=…, email=…)`: a fresh page, of a logged-in person when `email` is given."""
    contexts: list[BrowserContext] = []

    def open_one(device: dict[str, Any], *, locale: str = "ja-JP", email: str = "", **more: Any) -> Page:
        state = known_sessions.get(email)
        context = browser.new_context(
            **device | more, locale=locale, timezone_id="Asia/Tokyo", base_url=product.base, storage_state=state, accept_downloads=True
        )
        context.set_default_timeout(30_000)
        contexts.append(context)
        page = context.new_page()
        record.watch(page)
        if email and state is None:
            log_in(page, email)
            known_sessions[email] = context.storage_state()
        return page

    yield open_one
    report = request.node.stash.get(REPORT, None)
    for number, context in enumerate(contexts):
        for page in context.pages:
            if report is not None and report.failed:
                picture = FAILURES / f"{request.node.name}-{number}.png"
                picture.parent.mkdir(parents=True, exist_ok=True)
                page.screenshot(path=picture)
                print(f"The page when the test failed: {picture}")
        context.close()


REPORT = pytest.StashKey[pytest.TestReport]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    report = yield
    if report.when == "call":  # type: ignore[attr-defined]
        item.stash[REPORT] = report  # type: ignore[assignment]
    return report


def log_in(page: Page, email: str) -> None:
    """Log in through the form, as a person does."""
    page.goto("/login")
    page.fill("input[name=email]", email)
    page.fill("input[name=password]", PASSWORD)
    page.click("button[type=submit]")
    page.wait_for_url(lambda url: "/login" not in url)
