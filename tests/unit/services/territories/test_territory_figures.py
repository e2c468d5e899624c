"""What lies in territories and how evenly the work lies: held against plain Python over the rows, on generated teams."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from statistics import median
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import h3
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert

from fieldsales.db.database import Database
from fieldsales.db.models import Customer, Territory, User
from fieldsales.domain.coverage import weight_of
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.team_filter import TeamFilter
from fieldsales.domain.words import AreaKind, Role
from fieldsales.errors import NotAllowed
from fieldsales.services.map.map_index import MapIndex
from fieldsales.services.territories import territory_balance, territory_figures
from fieldsales.services.territories.territory_figures import OUTSIDE, OwnedByOthers, TerritoryPicture
from tests.teams import NOW, TODAY, TOKYO, CustomerRow, TeamRows, UserRow, filters, load_user, owned, same_database, store_team, teams
from tests.territories import add_territory

EVERYTHING = TeamFilter.from_query({}, today=TODAY)
CADENCES = {Likelihood.A: 14, Likelihood.B: 30, Likelihood.C: 60, Likelihood.D: 120, Likelihood.WON: 90}
VISIT_H = 0.5
RING = [[34.34, 134.0], [34.34, 134.2], [34.40, 134.2], [34.40, 134.0]]
MakeCustomer = Callable[..., Customer]


def interval_of(c: CustomerRow) -> int:
    return 0 if c.do_not_visit else (c.cadence_days if c.cadence_days is not None else CADENCES.get(c.likelihood, 0))


def plain_hours(rows: list[CustomerRow], holder: int | None, base: tuple[float, float]) -> tuple[float, float]:
    """Return the visiting and driving hours a month of customers with a pin and an interval, one after the other."""
    work = [c for c in rows if c.lat is not None and c.lon is not None and interval_of(c) > 0]
    cells = [h3.cell_to_parent(h3.latlng_to_cell(c.lat, c.lon, 9), 7) for c in work]
    visiting = driving = 0.0
    for c, cell in zip(work, cells, strict=True):
        assert c.lat is not None
        assert c.lon is not None
        visits = 365.25 / 12 / interval_of(c)
        hop_km = 0.7124 * math.sqrt(5.161 / cells.count(cell))
        east = (c.lon - base[1]) * math.cos(math.radians((c.lat + base[0]) / 2))
        way_km = math.hypot(east, c.lat - base[0]) * 111.195
        visiting += visits * VISIT_H
        driving += visits * (hop_km * 1.4 / 20 + 2 * way_km / 6 * 1.3 / 40)
    return visiting, driving


def plain_middle(rows: list[CustomerRow]) -> tuple[float, float] | None:
    located = [(c.lat, c.lon) for c in rows if c.lat is not None and c.lon is not None]
    return (median(lat for lat, _ in located), median(lon for _, lon in located)) if located else None


def store_territories(database: Database, rows: TeamRows, drawn: list[tuple[AreaKind, str, int]]) -> list[tuple[int, AreaKind, str, int]]:
    """Store territories of (kind, municipality, position among the reps); return (id, kind, municipality, owner)."""
    owners = [user for user in rows.users if user.role is Role.REP]
    stored = []
    with database.write() as session:
        for number, (kind, area, position) in enumerate(drawn, start=1):
            owner = owners[position % len(owners)]
            values = {
                "id": number, "client_ref": UUID(int=number), "name": f"T{number}", "team_id": owner.team_id, "owner_id": owner.id,
                "kind": kind, "rings": [RING] if kind is AreaKind.DRAWN else [], "areas": [area] if kind is not AreaKind.DRAWN else [],
                "changed_by_id": 1, "changed_at": NOW,
            }  # fmt: skip
            session.execute(insert(Territory), [values])
            stored.append((number, kind, area, owner.id))
    return stored


def plainly_held(c: CustomerRow, kind: AreaKind, area: str) -> bool:
    if kind is AreaKind.DRAWN:
        return c.lat is not None and c.lon is not None and RING[0][0] <= c.lat < RING[2][0] and RING[0][1] <= c.lon < RING[1][1]
    return c.area == area


def read(database: Database, actor: User, asked: TeamFilter, now: datetime = NOW, zone: ZoneInfo = TOKYO) -> TerritoryPicture:
    return territory_figures.read_territories(database, MapIndex(), actor, team_filter=asked, now=now, zone=zone)


def of_others(database: Database, actor: User, territory_id: int, asked: TeamFilter = EVERYTHING, limit: int = 50) -> OwnedByOthers:
    return territory_figures.list_owned_by_others(
        database, MapIndex(), actor, territory_id=territory_id, team_filter=asked, now=NOW, zone=TOKYO, limit=limit
    )


kinds, towns = st.sampled_from([AreaKind.DRAWN, AreaKind.MUNICIPALITIES]), st.sampled_from(["東京都新宿区", "香川県高松市"])
territories_drawn = st.lists(st.tuples(kinds, towns, st.integers(0, 9)), max_size=4)


@same_database
@given(data=st.data(), rows=teams(), drawn=territories_drawn)
def test_the_figures_are_those_of_plain_python(
    database: Database, data: st.DataObject, rows: TeamRows, drawn: list[tuple[AreaKind, str, int]]
) -> None:
    leads = [user for user in rows.users if user.role is not Role.REP and user.disabled_at is None]
    if not leads or not rows.reps:
        return
    actor_row: UserRow = data.draw(st.sampled_from(leads))
    asked = data.draw(filters(rows))
    store_team(database, rows)
    stored = store_territories(database, rows, drawn)
    with database.read() as session:
        actor = load_user(session, actor_row.id)
    picture = read(database, actor, asked)

    seen = owned(rows, actor_row, replace(asked, user_ids=frozenset()))
    belongs: dict[int, int] = {}
    for c in seen:
        claims = []
        for number, kind, area, owner_id in stored:
            team_id = rows.user(owner_id).team_id
            if plainly_held(c, kind, area) and (team_id is None or c.team_id in (None, team_id)):
                claims.append((kind is AreaKind.DRAWN, -number, number))
        belongs[c.id] = max(claims)[-1] if claims else OUTSIDE
    listed = {row.territory.id for row in picture.rows}
    assert picture.customers == len(seen)
    assert picture.outside == sum(belongs[c.id] not in listed for c in seen)
    assert picture.outside_unowned == sum(belongs[c.id] not in listed and c.owner_id is None for c in seen)
    assert picture.without_pin == sum(c.lat is None for c in seen)
    assert picture.without_pin_outside == sum(c.lat is None and belongs[c.id] not in listed for c in seen)
    for row in picture.rows:
        mine = [c for c in seen if belongs[c.id] == row.territory.id]
        assert (row.customers, row.own, row.unowned, row.without_pin) == (
            len(mine), sum(c.owner_id == row.territory.owner_id for c in mine), sum(c.owner_id is None for c in mine),
            sum(c.lat is None for c in mine),
        )  # fmt: skip
        assert row.own + row.of_others + row.unowned == row.customers
        others = [c for c in mine if c.owner_id not in (None, row.territory.owner_id)]
        found = of_others(database, actor, row.territory.id, asked)
        assert found.count == row.of_others == len(others)
        others.sort(key=lambda c: (-(c.amount or 0) * weight_of(c.likelihood), c.id))
        assert [(r.id, r.name, r.owner_id, r.owner_name, r.owner_left, r.has_pin) for r in found.rows] == [
            (c.id, c.name, c.owner_id, rows.user(c.owner_id).name, rows.user(c.owner_id).disabled_at is not None, c.lat is not None)
            for c in others
            if c.owner_id is not None
        ]
        assert math.isclose(row.potential, sum((c.amount or 0) * weight_of(c.likelihood) for c in mine), abs_tol=1)
        middle = plain_middle(mine)
        assert (middle is None) == (row.middle is None)
        if middle is not None and row.middle is not None:
            assert all(math.isclose(a, b, abs_tol=1e-6) for a, b in zip(middle, row.middle, strict=True))
            visiting, driving = plain_hours(mine, None, middle)
            assert math.isclose(row.visiting_h, visiting, rel_tol=1e-3)
            assert math.isclose(row.driving_h, driving, rel_tol=1e-3)
    for size in picture.cells:
        assert sum(cell.customers for cell in size) == sum(c.lat is not None for c in seen)


@same_database
@given(data=st.data(), rows=teams())
def test_loads_and_proposals_hold_against_plain_python(database: Database, data: st.DataObject, rows: TeamRows) -> None:
    leads = [user for user in rows.users if user.role is not Role.REP and user.disabled_at is None]
    if not leads:
        return
    actor_row: UserRow = data.draw(st.sampled_from(leads))
    store_team(database, rows)
    with database.read() as session:
        actor = load_user(session, actor_row.id)
    balances = territory_balance.read_balance(database, MapIndex(), actor, team_filter=EVERYTHING, now=NOW, zone=TOKYO)
    seen = [c for c in owned(rows, actor_row, EVERYTHING) if c.lat is not None and interval_of(c) > 0]
    for team in balances:
        for load in team.loads:
            mine = [c for c in seen if c.owner_id == load.person.id]
            assert load.customers == len(mine)
            base = plain_middle(mine)
            if base is None:
                assert load.total_h == 0
                continue
            visiting, driving = plain_hours(mine, load.person.id, base)
            assert math.isclose(load.visiting_h, visiting, rel_tol=1e-3)
            assert math.isclose(load.driving_h, driving, rel_tol=1e-3)
        assert {person.id for person in team.nowhere} == {
            user.id for user in rows.reps
            if user.disabled_at is None and user.team_id == team.team_id and not any(c.owner_id == user.id for c in seen)
            and user.id in {p.id for p in team.nowhere} | {load.person.id for load in team.loads}
        }  # fmt: skip
        people = {load.person.id for load in team.loads}
        for move in team.moves:
            assert {move.giver.id, move.taker.id} <= people
            for customer_id in move.customer_ids:
                c = rows.customer(customer_id)
                assert c.owner_id == move.giver.id
                assert c.likelihood is not Likelihood.A
                assert c.next_on is None or c.next_on < TODAY
                assert move.area == (c.area or "")
        assert team.spread_after <= team.spread


# ---- single cases ----


def test_a_rep_and_somebody_disabled_see_no_territories_and_no_balance(database: Database, aiko: User, chie: User, now: datetime) -> None:
    with database.write() as session:
        session.get_one(User, chie.id).disabled_at = now
    with database.read() as session:
        gone = load_user(session, chie.id)
    for actor in (aiko, gone):
        with pytest.raises(NotAllowed):
            read(database, actor, EVERYTHING)
        with pytest.raises(NotAllowed):
            territory_balance.read_balance(database, MapIndex(), actor, team_filter=EVERYTHING, now=NOW, zone=TOKYO)
        with pytest.raises(NotAllowed):
            territory_figures.unowned_customers(database, MapIndex(), actor, territory_id=1, now=NOW, zone=TOKYO)
        with pytest.raises(NotAllowed):
            of_others(database, actor, 1)
        with pytest.raises(NotAllowed), database.write() as session:
            territory_balance.accept_moves(session, actor, moves=(), client_ref=uuid4(), now=now)


def test_a_team_without_customers_has_nothing_in_its_territories(database: Database, aiko: User, chie: User) -> None:
    add_territory(database, aiko, areas=["香川県高松市"])
    picture = read(database, chie, EVERYTHING)
    assert [(row.customers, row.middle, row.driving_h) for row in picture.rows] == [(0, None, 0.0)]
    assert (picture.customers, picture.cells, picture.overlaps) == (0, (), ())
    balances = territory_balance.read_balance(database, MapIndex(), chie, team_filter=EVERYTHING, now=NOW, zone=TOKYO)
    assert [(team.loads, team.moves, [p.name for p in team.nowhere]) for team in balances] == [((), (), ["Aiko"])]


def test_overlapping_territories_say_who_counts_with_and_without_customers(
    database: Database, make_customer: MakeCustomer, aiko: User, chie: User
) -> None:
    make_customer(owner=aiko, area="香川県高松市", postal_code="760-0017", address="番町1", lat=34.34, lon=134.04)
    make_customer("ピンなし", area="香川県高松市", address="番町2")
    towns = add_territory(database, aiko, areas=["香川県高松市", "東京都新宿区"], name="町")
    codes = add_territory(database, aiko, kind=AreaKind.POSTAL_CODES, areas=["760"], name="郵便")
    again = add_territory(database, aiko, areas=["東京都新宿区"], name="新宿")
    picture = read(database, chie, EVERYTHING)
    assert [(o.winner.id, o.loser.id, o.customers, o.names) for o in picture.overlaps] == [
        (codes, towns, 1, ()), (towns, again, 0, ("東京都新宿区",)),
    ]  # fmt: skip
    assert {row.territory.id: row.customers for row in picture.rows} == {codes: 1, towns: 1, again: 0}


def test_territories_of_teams_one_does_not_lead_stay_unseen_but_count_where_customers_have_no_team(
    database: Database, make_customer: MakeCustomer, botan: User, chie: User
) -> None:
    make_customer(area="香川県高松市", lat=34.34, lon=134.04)
    add_territory(database, botan, areas=["香川県高松市"])
    picture = read(database, chie, EVERYTHING)
    assert (picture.rows, picture.customers, picture.outside) == ((), 1, 1)


def test_the_customers_without_an_owner_are_those_that_the_figures_count(
    database: Database, make_customer: MakeCustomer, aiko: User, botan: User, chie: User
) -> None:
    number = add_territory(database, aiko, areas=["香川県高松市"])
    free = [make_customer(f"客{n}", area="香川県高松市", lat=34.34 if n else None, lon=134.04 if n else None) for n in range(3)]
    make_customer("持ち主あり", owner=aiko, area="香川県高松市")
    make_customer("西の客", area="香川県高松市", team_id=botan.team_id)
    ids = territory_figures.unowned_customers(database, MapIndex(), chie, territory_id=number, now=NOW, zone=TOKYO)
    assert ids == tuple(sorted(c.id for c in free))
    assert read(database, chie, EVERYTHING).rows[0].unowned == len(ids)
    strangers = add_territory(database, botan, areas=["香川県高松市"])
    for unseen in (strangers, 9_999):
        assert territory_figures.unowned_customers(database, MapIndex(), chie, territory_id=unseen, now=NOW, zone=TOKYO) == ()


def test_customers_whom_others_look_after_are_listed_those_worth_most_first(
    database: Database, make_customer: MakeCustomer, aiko: User, botan: User, chie: User, dai: User, now: datetime
) -> None:
    number = add_territory(database, aiko, areas=["香川県高松市"])
    town = {"area": "香川県高松市", "likelihood": Likelihood.B, "team_id": aiko.team_id}
    make_customer("相子の客", owner=aiko, area="香川県高松市")
    make_customer("誰のものでもない客", area="香川県高松市")
    small = make_customer("小さな客", owner=dai, amount=10_000, **town)
    large = make_customer("大きな客", owner=botan, amount=900_000, lat=34.34, lon=134.04, **town)
    make_customer("西の客", owner=botan, area="香川県高松市")
    with database.write() as session:
        session.get_one(User, botan.id).disabled_at = now
    found = of_others(database, chie, number)
    assert [(row.id, row.owner_name, row.owner_left, row.has_pin) for row in found.rows] == [
        (large.id, "Botan", True, True), (small.id, "Dai", False, False),
    ]  # fmt: skip
    assert read(database, chie, EVERYTHING).rows[0].of_others == found.count == 2
    first = of_others(database, chie, number, limit=1)
    assert (first.count, [row.name for row in first.rows]) == (2, ["大きな客"])
    strangers = add_territory(database, botan, areas=["香川県高松市"], name="西")
    for unseen in (strangers, 9_999):
        assert of_others(database, chie, unseen) == OwnedByOthers(0, ())
    assert of_others(database, dai, strangers).count == 0


def test_a_customer_abroad_belongs_to_a_drawn_territory_only(
    database: Database, make_customer: MakeCustomer, aiko: User, chie: User
) -> None:
    make_customer("Haifa Ltd", owner=aiko, area="", postal_code="7600017", address="12 Herzl Street, Haifa", lat=32.8, lon=35.0)
    add_territory(database, aiko, kind=AreaKind.POSTAL_CODES, areas=["760"], name="郵便")
    drawn = add_territory(database, aiko, kind=AreaKind.DRAWN, rings=[[[32.0, 34.0], [32.0, 36.0], [33.0, 36.0], [33.0, 34.0]]])
    assert {row.territory.id for row in read(database, chie, EVERYTHING).rows if row.customers} == {drawn}
