"""The coverage map: how fast its answers are on both databases, and how soon a manager sees it on a phone, in Chromium.

With 50 reps and 1,000,000 visits. A filter is changed by a tap, and the clock runs until its hexagons are drawn.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from time import perf_counter

from playwright.sync_api import Browser, Frame, Locator, Page, StorageState, sync_playwright

from bench.databases import DATABASES
from bench.figures import Figure, Options, at_most, median, percentile, seconds_of
from bench.map_page import map_with_pins, phone
from bench.product import data_folder
from bench.team import BenchTeam, team_on
from fieldsales.db.models import Place
from fieldsales.demo.people import MEMBERS
from fieldsales.domain.coverage import CoverageAsked, CoverageFigure, Grouping
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.map_box import MapBox
from fieldsales.domain.spans import Span
from fieldsales.domain.team_filter import TeamFilter
from fieldsales.domain.words import PlaceKind, Role
from fieldsales.services.map.map_index import MapIndex
from fieldsales.services.team import coverage, coverage_lists
from fieldsales.services.team.bias import read_bias
from fieldsales.services.team.coverage import Asker
from tests.browser.conftest import PHONE, log_in
from tests.browser.product import CHROMIUM_ARGS, find_chromium, serving
from tests.browser.tiles import TileServer

VISITS_A_CUSTOMER = 10
QUERY_LIMIT_MS = 300
FIRST_PICTURE_S, CHANGE_S = 2.0, 0.7
REPS = [member.name for member in MEMBERS if member.role is Role.REP]
JAPAN, TOKYO_WARDS = MapBox(128.0, 30.0, 146.0, 46.0), MapBox(139.5, 35.5, 140.0, 35.9)
SHOWN = "() => document.querySelector('#map_div')?.dataset.show"
IS_OTHER = "(before) => { const d = document.querySelector('#map_div')?.dataset; return d && d.show !== before && d.loading === '0'; }"


def measure(options: Options) -> Iterator[Figure]:
    """Measure the answers, then the screen."""
    for kind in DATABASES:
        with team_on(kind, customers=options.customers, visits=VISITS_A_CUSTOMER * options.customers) as team:
            yield from _answers(kind, team, options)
    yield from _on_a_phone(options)


def _answers(kind: str, team: BenchTeam, options: Options) -> Iterator[Figure]:
    index, whole = MapIndex(), TeamFilter(span=Span.read("2026-11"))
    with team.database.write() as session:
        session.add(Place(name="本社", kind=PlaceKind.OFFICE, lat=35.69, lon=139.70))
    asker = Asker(index, team.database, team.manager, whole, CoverageAsked(), team.now, team.zone)
    index.snapshot(team.database)
    gc.collect()
    gc.freeze()  # as the server does once it has started
    # Each time another rep or rank: a filter that nobody asked for before, on customers that are known.
    filters = [replace(whole, user_ids=frozenset({team.rep.id + number})) for number in range(8 * options.runs)]
    ranks = [frozenset({one, other}) for one in Likelihood for other in Likelihood if one < other]
    first = [1000 * seconds_of(partial(coverage.read_picture, asker, box=JAPAN, zoom=zoom)) for zoom in (5, 7, 9, 11)]
    yield at_most(f"{kind}: hexagons nobody asked for before, worst zoom", max(first), QUERY_LIMIT_MS, "ms")
    for name, section, zoom in (("all Japan", JAPAN, 5), ("a city", TOKYO_WARDS, 11)):
        taken = [1000 * seconds_of(partial(coverage.read_picture, replace(asker, team_filter=f), box=section, zoom=zoom)) for f in filters]
        yield at_most(f"{kind}: hexagons of one rep, {name}, p95", percentile(taken, 0.95), QUERY_LIMIT_MS, "ms")
    for grouping in Grouping:
        asked = [replace(asker, asked=CoverageAsked(CoverageFigure.NEGLECT, grouping, chosen)) for chosen in ranks]
        taken = [1000 * seconds_of(partial(coverage.read_picture, one, box=JAPAN, zoom=8)) for one in asked]
        yield at_most(f"{kind}: {grouping.value} of two likelihoods, p95", percentile(taken, 0.95), QUERY_LIMIT_MS, "ms")
    for name, ask in _lists(team, asker).items():
        taken = [1000 * seconds_of(ask) for _ in range(4 * options.runs)]
        yield at_most(f"{kind}: {name}, p95", percentile(taken, 0.95), QUERY_LIMIT_MS, "ms")


def _lists(team: BenchTeam, asker: Asker) -> dict[str, Callable[[], object]]:
    def within(read: Callable[..., object], **more: object) -> None:
        with team.database.read() as session:
            read(session, team.manager, team_filter=asker.team_filter, **more)

    day = {"today": team.today, "zone": team.zone}
    return {
        "customers without a pin counted": partial(within, coverage_lists.count_without_pin, asked=CoverageAsked()),
        "customers without a pin listed": partial(within, coverage_lists.list_without_pin, asked=CoverageAsked()),
        "overdue A's counted": partial(within, coverage_lists.count_overdue_hot, **day),
        "overdue A's listed": partial(within, coverage_lists.list_overdue_hot, **day),
        "table by municipality": partial(coverage.read_areas, asker),
        "bias meter of a month": partial(read_bias, asker),
        "bias meter of a quarter": partial(read_bias, replace(asker, team_filter=TeamFilter(span=Span.read("2026-Q4")))),
    }


def _on_a_phone(options: Options) -> Iterator[Figure]:
    tiles = TileServer()
    with data_folder() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=CHROMIUM_ARGS)
        with serving(folder / "data", customers=options.customers, FIELDSALES_TILES_URL=tiles.url) as demo:
            context = browser.new_context(**PHONE, base_url=demo.base)
            log_in(context.new_page(), "manager@demo.example")
            state = context.storage_state()
            context.close()
            first = [_first_picture(browser, demo.base, state) for _ in range(options.runs + 1)][1:]
            yield at_most(f"coverage opened → hexagons, {options.customers:,} customers", median(first), FIRST_PICTURE_S, "s", digits=2)
            for name, taken in _changes(browser, demo.base, state, options.runs).items():
                yield at_most(f"{name} → hexagons", median(taken), CHANGE_S, "s", digits=2)
        browser.close()
    tiles.stop()


def _first_picture(browser: Browser, base: str, state: StorageState) -> float:
    with phone(browser, state) as page:
        began = perf_counter()
        page.goto(f"{base}/team?view=coverage")
        map_with_pins(page)
        return perf_counter() - began


def _changes(browser: Browser, base: str, state: StorageState, runs: int) -> dict[str, list[float]]:
    """Return how long each kind of change took until the map showed it, each time with something it had not shown before."""
    taken: dict[str, list[float]] = {"another figure tapped": [], "another likelihood tapped": [], "another rep chosen": []}
    with phone(browser, state) as page:
        page.goto(f"{base}/team?view=coverage")
        frame = map_with_pins(page)
        page.wait_for_timeout(3000)
        chips = page.locator(".st-key-coverage_show button")
        for number in range(1, min(runs, 5) + 1):
            taken["another figure tapped"].append(_until_shown(page, frame, chips.nth(number)))
        page.locator(".st-key-coverage_more button").first.tap()
        ranks = page.locator(".st-key-coverage_ranks button")
        for number in range(min(runs, 4)):
            taken["another likelihood tapped"].append(_until_shown(page, frame, ranks.nth(number)))
        page.keyboard.press("Escape")
        for number in range(min(runs, 4)):
            page.goto(f"{base}/team?view=coverage&show=neglect")
            frame = map_with_pins(page)
            page.wait_for_timeout(2000)
            page.locator(".st-key-team_filter_more button").first.tap()
            page.locator(".st-key-team_filter_people input").tap()
            taken["another rep chosen"].append(_until_shown(page, frame, page.get_by_role("option", name=REPS[number])))
    return taken


def _until_shown(page: Page, frame: Frame, tapped: Locator) -> float:
    """Tap and return how long it took until the map had drawn something else."""
    tapped.scroll_into_view_if_needed()
    before = frame.evaluate(SHOWN)
    page.wait_for_timeout(800)
    began = perf_counter()
    tapped.tap()
    frame.wait_for_function(IS_OTHER, arg=before, polling=20)
    return perf_counter() - began
