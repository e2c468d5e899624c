"""The plan page on a phone: from the tap on “Plan the day” to the drawn route, and what the server with its solver processes needs."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from time import perf_counter

from playwright.sync_api import Frame, Page, StorageState, sync_playwright
from sqlalchemy import select

from bench.figures import Figure, Options, at_most, median, peak_memory_mb
from bench.map_page import phone
from bench.product import data_folder
from fieldsales.db.database import Database
from fieldsales.db.models import User
from fieldsales.services.planning import plan_edits, plans
from fieldsales.settings import Settings
from tests.browser.conftest import PHONE, log_in
from tests.browser.product import CHROMIUM_ARGS, ROOT, Product, command, environment, find_chromium, serving
from tests.browser.tiles import TileServer

REP = "rep1@demo.example"
ALLOWED_S = 2.0
CANDIDATES = 40
SETTLED_MS = 1500  # what a person needs to look before the next tap
ROUTE = "document.querySelector('#map_div')?.dataset.stops"
BEST = ".st-key-plan_accept button"


def measure(options: Options) -> Iterator[Figure]:
    """Plan one working day after the other, each from its proposed candidates, and wait for route, line and times to be drawn."""
    tiles = TileServer()
    with data_folder() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=CHROMIUM_ARGS)
        _prepare(folder / "data", customers=options.customers)
        with serving(folder / "data", customers=options.customers, FIELDSALES_TILES_URL=tiles.url) as demo:
            context = browser.new_context(**PHONE, base_url=demo.base)
            log_in(context.new_page(), REP)
            state: StorageState = context.storage_state()
            context.close()
            with phone(browser, state) as page:
                opened, first, best = _plan_days(page, demo, options.runs)
            at_size = f"at {options.customers:,} customers"
            yield at_most(f"a new day opened, its customers proposed, {at_size}", median(opened), ALLOWED_S, "s", digits=2)
            name = f"tap on Plan → drawn route, {CANDIDATES} candidates, {at_size}"
            yield at_most(name, median(first), ALLOWED_S, "s", compared_to=f"slowest {max(first):.2f} s", digits=2)
            yield Figure("tap on Plan → best plan drawn", f"{median(best):,.2f} s", compared_to=f"slowest {max(best):.2f} s")
            yield Figure("memory of the server with its solver processes", f"{_memory_mb(demo):,.0f} MB")
        browser.close()
    tiles.stop()


def _prepare(data_dir: Path, *, customers: int) -> None:
    """Invent the customers before the server has to be up in time."""
    made = command("demo", "--data-dir", str(data_dir), "--customers", str(customers), "--no-serve")
    subprocess.run(made, env=environment(data_dir), cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


def _plan_days(page: Page, demo: Product, runs: int) -> tuple[list[float], list[float], list[float]]:
    """Return the seconds until a day was opened, its route drawn, its best plan drawn, of each run."""
    opened, first, best = [], [], []
    for day in _working_days(runs):
        began = perf_counter()
        page.goto(f"{demo.base}/plan?day={day.isoformat()}")
        page.locator("details.left li.left").first.wait_for()
        opened.append(perf_counter() - began)
        _leave_candidates(demo, day)
        page.reload()
        frame = _map_frame(page)
        frame.wait_for_function(f"() => Number(document.querySelector('#map_div').dataset.features) <= {CANDIDATES}")
        page.wait_for_timeout(SETTLED_MS)
        began = perf_counter()
        page.locator(".st-key-plan_solve button").tap()
        page.locator("ol.day li.stop").first.wait_for()
        frame.wait_for_function(f"() => Number({ROUTE} || 0) > 0", polling=10)
        first.append(perf_counter() - began)
        page.locator(BEST).wait_for()
        best.append(perf_counter() - began)
        page.wait_for_timeout(SETTLED_MS)
    return opened, first, best


def _leave_candidates(demo: Product, day: date) -> None:
    """Take all but the worthiest out of the rep's plan, which at this size holds every date that was ever let pass."""
    database, now = Database(Settings(data_dir=demo.data_dir).resolved_database_url), datetime.now(UTC)
    with database.write() as session:
        rep = session.scalars(select(User).where(User.email == REP)).unique().one()
        (row,) = plans.list_plans(session, rep, first_day=day, last_day=day, user_id=rep.id)
        for candidate in plans.read_plan(session, rep, plan_id=row.id, now=now).candidates[CANDIDATES:]:
            plan_edits.remove_stop(session, rep, plan_id=row.id, stop_id=candidate.id, now=now)
    database.dispose()


def _working_days(count: int) -> list[date]:
    """Return days for which the demo has no plan yet."""
    days = [date.today() + timedelta(days=ahead) for ahead in range(3, 3 + 3 * count)]
    return [day for day in days if day.weekday() < 5][:count]


def _map_frame(page: Page) -> Frame:
    element = page.locator(".st-key-plan_map iframe").element_handle()
    frame = element.content_frame()
    assert frame is not None
    frame.wait_for_function("() => Number(document.querySelector('#map_div')?.dataset.features || 0) > 0")
    return frame


def _memory_mb(demo: Product) -> float:
    """Return the highest memory so far of the server and of every process it began, added up (shared pages count in each)."""
    return sum(peak_memory_mb(pid) for pid in _family(demo.pid))


def _family(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    threads = Path(f"/proc/{pid}/task").iterdir()
    for thread in threads:
        children += (thread / "children").read_text(encoding="ascii").split()
    return [pid, *(other for child in sorted({int(c) for c in children}) for other in _family(child))]
