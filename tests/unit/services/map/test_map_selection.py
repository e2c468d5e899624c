"""The map's own copy of two rules is held to the database's: who may see, and what a filter admits."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from fieldsales.db.database import Database
from fieldsales.db.models import Customer, Team, User
from fieldsales.domain.customer_filter import CustomerFilter
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.places import LocateStatus
from fieldsales.domain.words import Kind, Role, Stage
from fieldsales.services.access import scope_of, visible_to
from fieldsales.services.customers.customer_search import filter_condition, filtered_customers
from fieldsales.services.map.map_columns import load_columns
from fieldsales.services.map.map_index import MapIndex, _work_out_mask
from fieldsales.services.map.map_selection import filter_mask, scope_mask

FILTERS = [
    CustomerFilter(),
    CustomerFilter(likelihoods=frozenset({Likelihood.A, Likelihood.WON})),
    CustomerFilter(owner_ids=frozenset({0})),
    CustomerFilter(owner_ids=frozenset({0, 1, 3})),
    CustomerFilter(team_ids=frozenset({1})),
    CustomerFilter(team_ids=frozenset({1, 2}), areas=frozenset({"香川県高松市"})),
    CustomerFilter(areas=frozenset({"香川県高松市", "東京都新宿区"})),
    CustomerFilter(areas=frozenset({"nobody's town"})),
    CustomerFilter(kinds=frozenset({Kind.PERSON})),
    CustomerFilter(stages=frozenset({Stage.PROSPECT, Stage.DORMANT})),
    CustomerFilter(not_visited_days=30),
    CustomerFilter(has_problem=True),
    CustomerFilter(tags=frozenset({"VIP"})),
    CustomerFilter(tags=frozenset({"VIP", "医療"})),
    CustomerFilter(tags=frozenset({"VIP", "nobody's tag"})),
    CustomerFilter(text="高松"),
    CustomerFilter(text="たかまつ 3", likelihoods=frozenset({Likelihood.A, Likelihood.B, Likelihood.C}), not_visited_days=10),
]


@pytest.fixture
def crowd(database: Database, people: dict[str, User], make_customer: Callable[..., Customer], now: datetime) -> None:
    """Seventy customers with every mixture of owner, team, likelihood, tag, visit and place, some archived or nowhere."""
    dice = random.Random(11)
    owners = [None, *people.values()]
    with database.read() as session:
        teams = [None, *session.scalars(select(Team.id).order_by(Team.id))]
    for i in range(70):
        make_customer(
            f"高松食品 {i}",
            owner=dice.choice(owners),
            tags=dice.sample(["VIP", "医療", "飲食"], dice.randrange(3)),
            name_kana="タカマツショクヒン",
            team_id=dice.choice(teams),
            likelihood=dice.choice(list(Likelihood)),
            area=dice.choice([None, "", "香川県高松市", "東京都新宿区", "大阪府大阪市北区"]),
            kind=dice.choice(list(Kind)),
            stage=dice.choice(list(Stage)),
            locate_status=dice.choice([None, *LocateStatus]),
            last_visited_at=dice.choice([None, now - timedelta(days=dice.randrange(60))]),
            archived_at=now if i % 11 == 0 else None,
            lat=None if i % 7 == 0 else 34 + dice.random(),
            lon=None if i % 7 == 0 else 134 + dice.random(),
        )


def ids_in_database(database: Database, *conditions: Any) -> set[int]:
    on_map = (Customer.archived_at.is_(None), Customer.lat.is_not(None))
    with database.read() as session:
        return set(session.scalars(select(Customer.id).where(*on_map, *conditions)))


@pytest.mark.usefixtures("crowd")
def test_the_map_shows_each_person_exactly_whom_the_database_shows_them(database: Database, people: dict[str, User], now: datetime) -> None:
    with database.read() as session:
        columns = load_columns(session)
        loner = User(email="x@example.com", name="x", role=Role.REP, team_id=None, password_hash="", created_at=now, id=999)
        disabled = session.get(User, people["dai"].id)
        assert disabled is not None
        disabled.disabled_at = now
        actors = [people["aiko"], people["botan"], people["chie"], people["dai"], loner, disabled]
        for actor in actors:
            shown = set(columns.id[scope_mask(columns, scope_of(actor))].tolist())
            assert shown == ids_in_database(database, visible_to(actor)), actor.name


@pytest.mark.usefixtures("crowd")
@pytest.mark.parametrize("customer_filter", FILTERS, ids=str)
def test_the_map_filters_exactly_as_the_database_does(
    database: Database, dai: User, chie: User, customer_filter: CustomerFilter, now: datetime
) -> None:
    snapshot = MapIndex().snapshot(database)
    for actor in (dai, chie):
        mask = _work_out_mask(snapshot, actor, scope_of(actor), customer_filter, now)
        with database.read() as session:
            admitted = session.scalars(filtered_customers(actor, customer_filter, now=now).where(Customer.lat.is_not(None)))
            assert set(snapshot.columns.id[mask].tolist()) == {customer.id for customer in admitted}


@pytest.mark.usefixtures("crowd")
def test_a_filter_without_text_and_strange_tags_needs_no_database(database: Database, now: datetime) -> None:
    with database.read() as session:
        columns = load_columns(session)
    wanted = CustomerFilter(tags=frozenset({"医療"}), likelihoods=frozenset({Likelihood.A, Likelihood.B}))
    shown = set(columns.id[filter_mask(columns, wanted, now=now)].tolist())
    assert shown == ids_in_database(database, filter_condition(wanted, now=now))
