"""What lies in territories and how evenly the work lies: held against plain Python over the rows, on generated teams."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from statistics import median
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import h3
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, select, text

from fieldsales.db.database import Database
from fieldsales.db.models import BulkChange, Customer, Place, Territory, User
from fieldsales.domain.coverage import weight_of
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.team_filter import TeamFilter
from fieldsales.domain.words import AreaKind, BulkAction, PlaceKind, Role
from fieldsales.errors import NotAllowed
from fieldsales.services import bulk_changes, territory_balance, territory_figures
from fieldsales.services.bulk_changes import BulkAct, ChangedMeanwhile, undo_change
from fieldsales.services.map_index import MapIndex
from fieldsales.services.team_scope import read_scope
from fieldsales.services.territory_balance import ProposedMove
from fieldsales.services.territory_figures import OUTSIDE, OwnedByOthers, TerritoryPicture
from tests.teams import NOW, TODAY, TOKYO, CustomerRow, TeamRows, UserRow, filters, load_user, owned, same_database, store_team, teams

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


@pytest.fixture
def aya(database: Database, aiko: User, now: datetime) -> User:
    """A colleague of Aiko's who has nobody yet."""
    with database.write() as session:
        aya = User(email="aya@example.com", name="Aya", role=Role.REP, team_id=aiko.team_id, password_hash="-", created_at=now)
        session.add(aya)
    return aya


def add_territory(database: Database, owner: User, *, areas: Sequence[str] = (), **more: object) -> int:
    values: dict[str, object] = {"kind": AreaKind.MUNICIPALITIES, "rings": [], "name": "T", "changed_by_id": owner.id, "changed_at": NOW}
    row = Territory(**values | more, client_ref=uuid4(), areas=list(areas), team_id=owner.team_id, owner_id=owner.id)
    with database.write() as session:
        session.add(row)
    return row.id


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


@pytest.fixture
def uneven(database: Database, make_customer: MakeCustomer, aiko: User, aya: User) -> list[Customer]:
    """Aiko has ten customers around the office, of rank C; Aya two."""
    with database.write() as session:
        session.add(Place(kind=PlaceKind.OFFICE, name="高松支店", lat=34.34, lon=134.04))
    where = {"area": "香川県高松市", "lat": 34.34}
    owners = [aiko] * 10 + [aya] * 2
    return [
        make_customer(f"客{n}", owner=owner, likelihood=Likelihood.C, lon=134.04 + n / 1000, **where) for n, owner in enumerate(owners)
    ]


def test_proposals_are_accepted_in_part_and_can_be_undone(
    database: Database, uneven: list[Customer], aiko: User, aya: User, chie: User, now: datetime
) -> None:
    index = MapIndex()
    (team,) = territory_balance.read_balance(database, index, chie, team_filter=EVERYTHING, now=now, zone=TOKYO)
    (move,) = team.moves
    assert (move.giver.id, move.taker.id, move.area, len(move.customer_ids)) == (aiko.id, aya.id, "香川県高松市", 4)
    assert team.spread_after < 0.05 < team.spread
    part = replace(move, customer_ids=move.customer_ids[:1])
    ref = uuid4()
    for _ in range(2):  # what a phone sends twice happens once
        with database.write() as session:
            (done,) = territory_balance.accept_moves(session, chie, moves=[part], client_ref=ref, now=now)
    assert done.count == 1
    with database.read() as session:
        assert session.get_one(Customer, part.customer_ids[0]).owner_id == aya.id
        assert session.scalars(select(BulkChange.count)).all() == [1]
        assert set(territory_balance.customer_names(session, chie, customer_ids=move.customer_ids)) == set(move.customer_ids)
    with database.write() as session:
        undo_change(session, chie, change_id=done.change_id, now=now)
    with database.read() as session:
        assert session.get_one(Customer, part.customer_ids[0]).owner_id == aiko.id


def test_a_proposal_that_somebody_else_overtook_is_not_carried_out(
    database: Database, uneven: list[Customer], chie: User, dai: User, botan: User, now: datetime
) -> None:
    (team,) = territory_balance.read_balance(database, MapIndex(), chie, team_filter=EVERYTHING, now=now, zone=TOKYO)
    with database.write() as session:
        session.get_one(Customer, team.moves[0].customer_ids[0]).owner_id = None
    with pytest.raises(ChangedMeanwhile), database.write() as session:
        territory_balance.accept_moves(session, chie, moves=team.moves, client_ref=uuid4(), now=now)
    with pytest.raises(territory_balance.NothingAccepted), database.write() as session:
        territory_balance.accept_moves(session, chie, moves=(), client_ref=uuid4(), now=now)


def test_a_proposal_and_an_act_on_the_same_customers_at_once_never_wait_for_each_other_for_ever(
    database: Database, make_customer: MakeCustomer, aiko: User, akira: User, aya: User, chie: User, dai: User, now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    first, second = (make_customer(name, owner=aiko) for name in ("先の客", "後の客"))
    with database.read() as session:
        people = {p.id: p for p in read_scope(session, chie, team_filter=EVERYTHING).everybody}
    moves = [  # whoever takes the customer with the higher number comes first
        ProposedMove(people[aiko.id], people[taker.id], "", (customer.id,), 1.0, 0.0) for taker, customer in ((akira, second), (aya, first))
    ]
    apply, begun, done = bulk_changes.apply_change, threading.Event(), list[str]()

    def apply_slowly(*arguments: Any, **options: Any) -> Any:
        result = apply(*arguments, **options)
        if not begun.is_set():
            begun.set()
            wait_for_a_lock(database)
        return result

    def accept() -> None:
        with database.write() as session:
            territory_balance.accept_moves(session, chie, moves=moves, client_ref=uuid4(), now=now)
        done.append("accepted")

    def act() -> None:
        assert begun.wait(10)
        with database.write() as session:
            every = [first.id, second.id]
            reassign = BulkAct(BulkAction.REASSIGN, owner_id=chie.id)
            apply(session, dai, customer_ids=every, act=reassign, client_ref=uuid4(), now=now)
        done.append("acted")

    monkeypatch.setattr(bulk_changes, "apply_change", apply_slowly)
    with ThreadPoolExecutor(2) as pool:
        for work in [pool.submit(accept), pool.submit(act)]:
            work.result(30)
    assert done == ["accepted", "acted"]


def wait_for_a_lock(database: Database) -> None:
    """Return when somebody waits for a row that another transaction holds; on SQLite at once: there they wait to begin."""
    waiting = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()")
    while not database.is_sqlite:
        with database.read() as session:
            if session.scalar(waiting):
                return
        threading.Event().wait(0.02)


def test_hot_deals_and_agreed_dates_stay_and_nobody_goes_to_another_team(
    database: Database, make_customer: MakeCustomer, aiko: User, aya: User, botan: User, dai: User, now: datetime
) -> None:
    for n in range(6):
        make_customer(f"A{n}", owner=aiko, likelihood=Likelihood.A, lat=34.34, lon=134.04)
        make_customer(f"B{n}", owner=aiko, likelihood=Likelihood.B, next_on=TODAY, lat=34.34, lon=134.04)
    make_customer("西", owner=botan, likelihood=Likelihood.D, lat=34.34, lon=134.04)
    make_customer("東", owner=aya, likelihood=Likelihood.D, lat=34.34, lon=134.04)
    balances = territory_balance.read_balance(database, MapIndex(), dai, team_filter=EVERYTHING, now=now, zone=TOKYO)
    assert len(balances) == 2
    assert all(team.moves == () for team in balances)


def test_a_new_rep_gets_customers_once_a_territory_says_where_they_work(
    database: Database, make_customer: MakeCustomer, aiko: User, aya: User, chie: User, now: datetime
) -> None:
    for n in range(8):
        make_customer(f"客{n}", owner=aiko, likelihood=Likelihood.C, area="香川県高松市", lat=34.34, lon=134.04)
    (team,) = territory_balance.read_balance(database, MapIndex(), chie, team_filter=EVERYTHING, now=now, zone=TOKYO)
    assert ([p.name for p in team.nowhere], team.moves) == (["Aya"], ())
    add_territory(database, aya, areas=["香川県高松市"])
    (team,) = territory_balance.read_balance(database, MapIndex(), chie, team_filter=EVERYTHING, now=now, zone=TOKYO)
    assert team.nowhere == ()
    assert sum(len(move.customer_ids) for move in team.moves) == 4
    assert team.spread_after < team.spread
