"""Coverage: every figure held against plain Python over the rows, on generated teams; who may look; the awkward places."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import h3
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update

from fieldsales.db.database import Database
from fieldsales.db.models import Customer, User
from fieldsales.domain import hexagons
from fieldsales.domain.addresses import PREFECTURES
from fieldsales.domain.coverage import CoverageAsked, CoverageFigure, Grouping, weight_of
from fieldsales.domain.likelihood import OPEN, Likelihood
from fieldsales.domain.map_box import MapBox
from fieldsales.domain.team_filter import TeamFilter
from fieldsales.domain.words import Role, Stage
from fieldsales.errors import NotAllowed
from fieldsales.services.map.map_index import MapIndex, announce_bulk_change
from fieldsales.services.team import coverage
from fieldsales.services.team.coverage import NOTHING, Asker, GroupFigures
from tests.teams import NOW, TODAY, TOKYO, CustomerRow, TeamRows, day_of, filters, load_user, owned, same_database, store_team, teams

WORLD = MapBox(-180.0, -85.0, 180.0, 85.0)
CADENCES = {Likelihood.A: 14, Likelihood.B: 30, Likelihood.C: 60, Likelihood.D: 120, Likelihood.WON: 90}
CustomerFactory = Callable[..., Customer]


def plain_figures(rows: list[CustomerRow]) -> dict[str, float]:
    """Count what a coverage map counts, customer by customer."""
    found = dict.fromkeys(
        ("customers", "rhythm", "covered", "overdue", "due", "prospects", "unvisited", "without_amount", "potential", "neglect"), 0.0
    )
    for c in rows:
        days = (TODAY - day_of(c.last_visited_at or c.created_at)).days
        interval = c.cadence_days if c.cadence_days is not None else CADENCES.get(c.likelihood, 0)
        potential = (c.amount or 0) * weight_of(c.likelihood)
        found["customers"] += 1
        found["potential"] += potential
        found["without_amount"] += c.likelihood in OPEN and c.amount is None
        if c.do_not_visit:
            continue
        found["neglect"] += potential * days
        found["prospects"] += c.stage is Stage.PROSPECT
        found["unvisited"] += c.stage is Stage.PROSPECT and c.last_visited_at is None
        if not interval:
            continue
        overdue = c.next_on < TODAY if c.next_on is not None else days >= interval
        found["rhythm"] += 1
        found["covered"] += c.last_visited_at is not None and days < interval
        found["overdue"] += overdue
        found["due"] += not overdue and (c.next_on == TODAY or days >= 0.7 * interval)
    return found


def plain_value(figure: CoverageFigure, rows: list[CustomerRow]) -> float | None:
    counted = plain_figures(rows)
    match figure:
        case CoverageFigure.COVERED:
            return counted["covered"] / counted["rhythm"] if counted["rhythm"] else None
        case CoverageFigure.CADENCE:
            return 1 - counted["overdue"] / counted["rhythm"] if counted["rhythm"] else None
        case CoverageFigure.UNVISITED:
            return counted["unvisited"] if counted["prospects"] else None
        case CoverageFigure.RANK_DAYS:
            open_ones = [c for c in rows if c.likelihood in OPEN and not c.do_not_visit]
            heat = sum(weight_of(c.likelihood) for c in open_ones)
            days = sum(weight_of(c.likelihood) * (TODAY - day_of(c.last_visited_at or c.created_at)).days for c in open_ones)
            return days / heat if heat else None
        case _:
            return counted[figure.value]


def assert_counts(group: GroupFigures, rows: list[CustomerRow], figure: CoverageFigure) -> None:
    for name, value in plain_figures(rows).items():
        assert getattr(group, name) == pytest.approx(value, abs=0.51 if name in ("potential", "neglect") else 0), name
    expected = plain_value(figure, rows)
    assert group.value == (None if expected is None else pytest.approx(expected))
    open_ones = [c for c in rows if c.likelihood in OPEN and not c.do_not_visit]
    by_rank = {rank: [(TODAY - day_of(c.last_visited_at or c.created_at)).days for c in open_ones if c.likelihood is rank] for rank in OPEN}
    assert dict(group.ranks) == {rank: len(days) for rank, days in by_rank.items() if days}
    assert dict(group.days) == {rank: pytest.approx(sum(days) / len(days)) for rank, days in by_rank.items() if days}


def an_asker(database: Database, actor: User, asked: TeamFilter, **what: object) -> Asker:
    return Asker(MapIndex(), database, actor, asked, CoverageAsked(**what), NOW, TOKYO)  # type: ignore[arg-type]


def leads(rows: TeamRows) -> list[int]:
    return [user.id for user in rows.users if user.role is not Role.REP]


@same_database
@given(data=st.data(), rows=teams())
def test_every_hexagon_counts_what_plain_counting_counts(database: Database, data: st.DataObject, rows: TeamRows) -> None:
    store_team(database, rows)
    user_id, asked = data.draw(st.sampled_from(leads(rows))), data.draw(filters(rows))
    figure, zoom = data.draw(st.sampled_from(CoverageFigure)), data.draw(st.integers(0, 18))
    ranks = data.draw(st.frozensets(st.sampled_from(Likelihood), max_size=3))
    with database.read() as session:
        actor = load_user(session, user_id)
    asker = an_asker(database, actor, asked, figure=figure, ranks=ranks)
    picture = coverage.read_picture(asker, box=WORLD, zoom=zoom)
    had = [c for c in owned(rows, rows.user(user_id), asked) if c.lat is not None and (not ranks or c.likelihood in ranks)]
    cells: dict[str, list[CustomerRow]] = {}
    for customer in had:
        finest = h3.latlng_to_cell(customer.lat, customer.lon, 9)
        cells.setdefault(h3.cell_to_parent(finest, coverage.hexagons.resolution_at(zoom)), []).append(customer)
    assert {group.name for group in picture.groups} == cells.keys()
    for group in picture.groups:
        assert_counts(group, cells[group.name], figure)
        assert (group.level is None) == (group.value is None)
        assert group.level is None or group.level == sum(group.value >= limit for limit in picture.breaks)
    assert picture.left_out == 0
    if had:
        assert_counts(picture.total, had, figure)
    else:
        assert picture.total == NOTHING


@same_database
@given(data=st.data(), rows=teams())
def test_every_municipality_counts_what_plain_counting_counts(database: Database, data: st.DataObject, rows: TeamRows) -> None:
    store_team(database, rows)
    user_id, asked = data.draw(st.sampled_from(leads(rows))), data.draw(filters(rows))
    figure = data.draw(st.sampled_from(CoverageFigure))
    with database.read() as session:
        actor = load_user(session, user_id)
    asker = an_asker(database, actor, asked, figure=figure, grouping=Grouping.AREAS)
    had = [c for c in owned(rows, rows.user(user_id), asked) if c.lat is not None]
    near, far = coverage.read_picture(asker, box=WORLD, zoom=12), coverage.read_picture(asker, box=WORLD, zoom=5)
    for picture, place in ((near, lambda area: area), (far, lambda area: next((p for p in PREFECTURES if area.startswith(p)), area))):
        places: dict[str, list[CustomerRow]] = {}
        for customer in had:
            places.setdefault(place(customer.area or ""), []).append(customer)
        assert {group.name for group in picture.groups} == places.keys()
        for group in picture.groups:
            assert_counts(group, places[group.name], figure)
    assert [group.name for group in coverage.read_areas(asker).groups] == sorted({customer.area or "" for customer in had})


@same_database
@given(data=st.data(), rows=teams())
def test_the_rows_of_a_map_are_those_the_database_admits(database: Database, data: st.DataObject, rows: TeamRows) -> None:
    store_team(database, rows)
    user_id, asked = data.draw(st.sampled_from(leads(rows))), data.draw(filters(rows))
    with database.read() as session:
        actor = load_user(session, user_id)
    reading = coverage.read_rows(an_asker(database, actor, asked))
    had = {c.id for c in owned(rows, rows.user(user_id), asked) if c.lat is not None}
    assert set(reading.snapshot.columns.id[reading.mask].tolist()) == had


def _month(today: date) -> TeamFilter:
    return TeamFilter.from_query({}, today=today)


def test_a_rep_and_a_disabled_manager_get_no_coverage(database: Database, aiko: User, chie: User, today: date, now: datetime) -> None:
    chie.disabled_at = now
    for nobody in (aiko, chie):
        asker = an_asker(database, nobody, _month(today))
        for read in (coverage.read_totals, coverage.read_areas, coverage.find_bounds):
            with pytest.raises(NotAllowed):
                read(asker)
        with pytest.raises(NotAllowed):
            coverage.read_picture(asker, box=WORLD, zoom=5)


def test_a_manager_of_another_team_sees_nothing_of_it(
    database: Database, botan: User, chie: User, today: date, make_customer: CustomerFactory
) -> None:
    make_customer(owner=botan, lat=34.3, lon=134.0)
    asker = an_asker(database, chie, _month(today))
    assert coverage.read_picture(asker, box=WORLD, zoom=5).groups == ()
    named = replace(asker, team_filter=replace(asker.team_filter, user_ids=frozenset({botan.id})))
    assert coverage.read_totals(named) == NOTHING


def test_without_any_customer_there_is_nothing_and_nowhere(database: Database, chie: User, today: date) -> None:
    asker = an_asker(database, chie, _month(today))
    assert coverage.read_totals(asker) == NOTHING
    assert coverage.find_bounds(asker) is None
    assert coverage.read_areas(asker).groups == ()


def test_hexagons_and_bounds_cross_the_antimeridian(
    database: Database, aiko: User, chie: User, today: date, make_customer: CustomerFactory
) -> None:
    make_customer("西の店", owner=aiko, lat=-16.5, lon=179.99)
    make_customer("東の店", owner=aiko, lat=-16.5, lon=-179.99)
    asker = an_asker(database, chie, _month(today))
    (both,) = coverage.read_picture(asker, box=MapBox.parse("179,-20,181,-10"), zoom=5).groups
    assert both.customers == 2
    assert abs(both.lon) == pytest.approx(180, abs=0.001)
    bounds = coverage.find_bounds(asker)
    assert bounds is not None
    west, _south, east, _north = bounds
    assert (west, east) == (pytest.approx(179.99), pytest.approx(180.01))
    (place,) = coverage.read_picture(replace(asker, asked=CoverageAsked(grouping=Grouping.AREAS)), box=WORLD, zoom=9).groups
    assert abs(place.lon) == pytest.approx(180, abs=0.001)


def test_the_bounds_hold_every_customer_but_one_far_away_from_very_many(
    database: Database, aiko: User, chie: User, today: date, make_customer: CustomerFactory
) -> None:
    for number in range(100):
        make_customer(f"町の店{number}", owner=aiko, lat=35.0 + number / 100, lon=139.0 + number / 100)
    make_customer("隣町の店", owner=aiko, lat=35.5, lon=140.3)
    make_customer("遠くの店", owner=aiko, lat=26.2, lon=127.7)
    bounds = coverage.find_bounds(an_asker(database, chie, _month(today)))
    assert bounds == pytest.approx((139.0, 35.0, 140.3, 35.99))


def test_the_reach_holds_the_hexagons_of_the_outermost_customers_at_each_size(
    database: Database, aiko: User, chie: User, today: date, make_customer: CustomerFactory
) -> None:
    for lat, lon in ((34.3, 134.1), (35.7, 139.7), (43.1, 141.4), (35.0, 135.8)):
        make_customer(owner=aiko, lat=lat, lon=lon)
    asker = an_asker(database, chie, _month(today))
    bounds = coverage.find_bounds(asker)
    assert bounds is not None
    boxes = coverage.find_reach(asker, bounds)
    assert len(boxes) == hexagons.FINEST + 1
    for resolution, (west, south, east, north) in enumerate(boxes):
        corners = [
            corner
            for lat, lon in ((34.3, 134.1), (43.1, 141.4))
            for corner in hexagons.outline(int(hexagons.parents(hexagons.cells_of(np.array([lat]), np.array([lon])), resolution)[0]))
        ]
        assert west <= min(lon for _, lon in corners)
        assert south <= min(lat for lat, _ in corners)
        assert east >= max(lon for _, lon in corners)
        assert north >= max(lat for lat, _ in corners)
    assert boxes[-1] == pytest.approx(bounds, abs=0.01)  # the smallest are 350 m across


def test_the_reach_stays_on_the_turn_of_the_world_of_the_bounds(
    database: Database, aiko: User, chie: User, today: date, make_customer: CustomerFactory
) -> None:
    make_customer("西の店", owner=aiko, lat=-16.5, lon=179.99)
    make_customer("東の店", owner=aiko, lat=-16.5, lon=-179.99)
    asker = an_asker(database, chie, _month(today))
    bounds = coverage.find_bounds(asker)
    assert bounds is not None
    west, _, east, _ = coverage.find_reach(asker, bounds)[6]
    assert 179.8 < west < 179.99
    assert 180.01 < east < 180.2
    with database.write() as session:
        session.execute(update(Customer).values(archived_at=datetime(2026, 11, 1, tzinfo=UTC)))
    assert set(coverage.find_reach(an_asker(database, chie, _month(today)), bounds)) == {bounds}


def test_only_what_may_be_seen_of_a_section_is_answered(
    database: Database, aiko: User, chie: User, today: date, make_customer: CustomerFactory
) -> None:
    make_customer("高松", owner=aiko, lat=34.34, lon=134.05)
    make_customer("札幌", owner=aiko, lat=43.06, lon=141.35)
    picture = coverage.read_picture(an_asker(database, chie, _month(today)), box=MapBox(133.0, 33.0, 135.0, 35.0), zoom=9)
    assert [group.customers for group in picture.groups] == [1]
    assert picture.total.customers == 2


def test_a_crowded_section_keeps_the_larger_groups_and_says_what_it_left_out(
    database: Database, aiko: User, chie: User, today: date, make_customer: CustomerFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(coverage, "MOST_GROUPS", 2)
    for number in range(5):
        make_customer(f"店{number}", owner=aiko, lat=34.0 + number / 10, lon=134.0)
    make_customer("隣", owner=aiko, lat=34.4, lon=134.0)
    picture = coverage.read_picture(an_asker(database, chie, _month(today)), box=WORLD, zoom=12)
    assert (len(picture.groups), picture.left_out) == (2, 3)
    assert max(group.customers for group in picture.groups) == 2


def test_a_changed_amount_or_municipality_is_counted_at_once(
    database: Database, aiko: User, chie: User, today: date, now: datetime, make_customer: CustomerFactory
) -> None:
    customer = make_customer(owner=aiko, lat=34.34, lon=134.05, likelihood=Likelihood.A, area="香川県高松市")
    asker = an_asker(database, chie, _month(today))
    assert (coverage.read_totals(asker).potential, coverage.read_totals(asker).without_amount) == (0, 1)
    with database.write() as session:
        stored = session.get_one(Customer, customer.id)
        stored.amount, stored.area, stored.changed_at = 1_000_000, "香川県坂出市", now + timedelta(seconds=1)
    asker.index.snapshot(database, fresh=True)
    total = coverage.read_totals(asker)
    assert (total.potential, total.without_amount) == (850_000, 0)
    assert [group.name for group in coverage.read_areas(asker).groups] == ["香川県坂出市"]
    with database.write() as session:
        session.get_one(Customer, customer.id).amount = -1
        announce_bulk_change(session)
    asker.index.snapshot(database, fresh=True)
    assert coverage.read_totals(asker).without_amount == 0
    assert math.isclose(coverage.read_totals(asker).potential, -1)


def test_days_are_those_of_who_looks(database: Database, aiko: User, chie: User, make_customer: CustomerFactory) -> None:
    late_evening = datetime(2026, 11, 20, 14, 30, tzinfo=ZoneInfo("UTC"))  # 23:30 in Tokyo, the day before
    make_customer(owner=aiko, lat=34.34, lon=134.05, likelihood=Likelihood.A, last_visited_at=late_evening, amount=100)
    tokyo = an_asker(database, chie, _month(TODAY))
    assert coverage.read_totals(tokyo).days == {Likelihood.A: 1.0}
    assert coverage.read_totals(replace(tokyo, zone=ZoneInfo("America/Los_Angeles"))).days == {Likelihood.A: 0.0}
