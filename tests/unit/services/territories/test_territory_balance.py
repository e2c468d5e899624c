"""Proposals to balance the work of a team: accepted in part, overtaken, at the same moment as another act, and undone."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select, text

from fieldsales.db.database import Database
from fieldsales.db.models import BulkChange, Customer, Place, User
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.team_filter import TeamFilter
from fieldsales.domain.words import BulkAction, PlaceKind, Role
from fieldsales.services.acting import bulk_changes
from fieldsales.services.acting.bulk_changes import BulkAct, ChangedMeanwhile, undo_change
from fieldsales.services.map.map_index import MapIndex
from fieldsales.services.team.team_scope import read_scope
from fieldsales.services.territories import territory_balance
from fieldsales.services.territories.territory_balance import ProposedMove
from tests.teams import TODAY, TOKYO
from tests.territories import add_territory

EVERYTHING = TeamFilter.from_query({}, today=TODAY)
MakeCustomer = Callable[..., Customer]


@pytest.fixture
def aya(database: Database, aiko: User, now: datetime) -> User:
    """A colleague of Aiko's who has nobody yet."""
    with database.write() as session:
        aya = User(email="aya@example.com", name="Aya", role=Role.REP, team_id=aiko.team_id, password_hash="-", created_at=now)
        session.add(aya)
    return aya


@pytest.fixture
def uneven(database: Database, make_customer: MakeCustomer, aiko: User, aya: User) -> list[Customer]:
    """Aiko has ten customers around the office, of rank C; Aya two."""
    with database.write() as session:
        session.add(Place(kind=PlaceKind.OFFICE, name="高松支店", lat=34.34, lon=134.04))
    where = {"area": "香川県高松市", "lat": 34.34}
    owners = [aiko] * 10 + [aya] * 2
    return [make_customer(f"客{n}", owner=owner, likelihood=Likelihood.C, lon=134.04 + n / 1000, **where) for n, owner in enumerate(owners)]


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
