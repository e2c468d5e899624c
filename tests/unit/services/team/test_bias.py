"""The bias meter on stored teams: visits in person by whom the filter leaves, held against plain counting."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from fieldsales.db.database import Database
from fieldsales.db.models import Customer, Place, User, Visit
from fieldsales.domain.bias import Weight
from fieldsales.domain.coverage import CoverageAsked, weight_of
from fieldsales.domain.geodesy import distance_m
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.team_filter import TeamFilter
from fieldsales.domain.words import Outcome, PlaceKind, Role, VisitKind
from fieldsales.errors import NotAllowed
from fieldsales.services.map.map_index import MapIndex
from fieldsales.services.team.bias import list_offices, read_bias
from fieldsales.services.team.coverage import Asker
from tests.teams import (
    NOW,
    TODAY,
    TOKYO,
    TeamRows,
    contacts,
    filters,
    is_asked_for,
    load_user,
    may_see,
    owned,
    same_database,
    store_team,
    teams,
)

OFFICE = (34.34, 134.05)
CustomerFactory = Callable[..., Customer]


def _place(session: Session, name: str, kind: PlaceKind, lat: float, lon: float, **more: object) -> Place:
    place = Place(name=name, kind=kind, lat=lat, lon=lon, **more)
    session.add(place)
    session.flush()
    return place


def _asker(database: Database, actor: User, asked: TeamFilter | None = None) -> Asker:
    return Asker(MapIndex(), database, actor, asked or TeamFilter.from_query({}, today=TODAY), CoverageAsked(), NOW, TOKYO)


@same_database
@given(data=st.data(), rows=teams())
def test_the_meter_shares_out_what_plain_counting_shares_out(database: Database, data: st.DataObject, rows: TeamRows) -> None:
    store_team(database, rows)
    with database.write() as session:
        _place(session, "本社", PlaceKind.OFFICE, *OFFICE)
    user_id = data.draw(st.sampled_from([user.id for user in rows.users if user.role is not Role.REP]))
    asked = data.draw(filters(rows))
    with database.read() as session:
        actor = load_user(session, user_id)
    reading = read_bias(_asker(database, actor, asked))
    assert reading is not None
    me = rows.user(user_id)
    seen = [c for c in rows.customers if c.lat is not None and c.archived_at is None and may_see(rows, me, c) and is_asked_for(c, asked)]
    metres = {c.id: distance_m(c.lat or 0.0, c.lon or 0.0, *OFFICE) for c in seen}
    made = [v.customer_id for v in contacts(rows, me, asked) if v.kind is VisitKind.VISIT]
    had = {c.id: max((c.amount or 0) * weight_of(c.likelihood), 0.0) for c in owned(rows, me, asked) if c.lat is not None}
    assert reading.visits_elsewhere == sum(i not in metres for i in made)
    assert reading.bias.weight is (Weight.AMOUNT if sum(had.values()) else Weight.CUSTOMER)
    if not sum(had.values()):
        had = dict.fromkeys(had, 1.0)
    for band in reading.bias.bands:
        within = {i for i, far in metres.items() if band.from_km * 1000 <= far < (band.to_km or 10**9) * 1000}
        assert band.visits == sum(i in within for i in made)
        assert band.customers == len(had.keys() & within)
        assert band.potential == pytest.approx(sum(had.get(i, 0.0) for i in within))


@pytest.fixture
def offices(database: Database, botan: User) -> Iterator[dict[str, int]]:
    """Two offices in use; a retired one, a station and somebody's home are none."""
    with database.write() as session:
        found = {
            "高松": _place(session, "高松", PlaceKind.OFFICE, *OFFICE).id,
            "札幌": _place(session, "札幌", PlaceKind.OFFICE, 43.06, 141.35).id,
        }
        _place(session, "旧社屋", PlaceKind.OFFICE, 34.0, 134.0, retired_at=NOW)
        _place(session, "駅", PlaceKind.STATION, 34.0, 134.0)
        _place(session, "家", PlaceKind.HOME, 34.0, 134.0, owner_id=botan.id)
    return found


def test_offices_in_use_are_offered_to_leads(database: Database, aiko: User, chie: User, offices: dict[str, int]) -> None:
    with database.read() as session:
        assert {office.name: office.id for office in list_offices(session, chie)} == offices
        with pytest.raises(NotAllowed):
            list_offices(session, aiko)
    with pytest.raises(NotAllowed):
        read_bias(_asker(database, aiko))


def test_without_an_office_there_is_no_meter(database: Database, chie: User) -> None:
    assert read_bias(_asker(database, chie)) is None


def test_distance_is_to_the_office_chosen_or_the_nearest(
    database: Database, aiko: User, chie: User, offices: dict[str, int], make_customer: CustomerFactory
) -> None:
    make_customer(owner=aiko, lat=43.06, lon=141.36, likelihood=Likelihood.A, amount=100)
    nearest, far = read_bias(_asker(database, chie)), read_bias(_asker(database, chie), office_ids=[offices["高松"]])
    assert nearest is not None
    assert far is not None
    assert (nearest.bias.bands[0].customers, far.bias.bands[-1].customers) == (1, 1)
    assert read_bias(_asker(database, chie), office_ids=[999_999]) is None


def test_a_visit_to_a_customer_of_others_counts_where_it_led_and_one_out_of_sight_is_told_of(
    database: Database, aiko: User, botan: User, chie: User, offices: dict[str, int], make_customer: CustomerFactory, now: datetime
) -> None:
    ours = make_customer("うち", owner=aiko, lat=34.34, lon=134.06, likelihood=Likelihood.A, amount=100)
    theirs = make_customer("よそ", owner=botan, lat=34.35, lon=134.05)
    pinless = make_customer("どこか", owner=aiko)
    with database.write() as session:
        for customer in (ours, ours, theirs, pinless):
            session.add(_visit(customer, aiko, VisitKind.VISIT, now))
        session.add(_visit(ours, aiko, VisitKind.ONLINE, now))
        session.add(_visit(ours, botan, VisitKind.VISIT, now))
    reading = read_bias(_asker(database, chie))
    assert reading is not None
    assert (reading.bias.bands[0].visits, reading.visits_elsewhere) == (2, 2)
    assert sum(band.customers for band in reading.bias.bands) == 1


def _visit(customer: Customer, user: User, kind: VisitKind, now: datetime) -> Visit:
    return Visit(
        client_ref=uuid4(), customer_id=customer.id, user_id=user.id, kind=kind, outcome=Outcome.MET, visited_at=now, created_at=now,
        likelihood_before=Likelihood.A, likelihood_after=Likelihood.A,
    )  # fmt: skip
