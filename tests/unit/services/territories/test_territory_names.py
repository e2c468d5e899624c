"""One territory a name within a team, also when two managers take it at once; and what the audit log keeps, in names."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from fieldsales.db.database import Database
from fieldsales.db.models import AuditEvent, User
from fieldsales.domain.audit import AuditAction
from fieldsales.domain.words import AreaKind
from fieldsales.services.territories import territories, territory_errors
from fieldsales.services.territories.territories import TerritoryInput, TerritoryView
from tests.fakes import FakeGeocoder

SQUARE = [[(34.0, 134.0), (34.0, 135.0), (35.0, 135.0), (35.0, 134.0)]]
TOWNS = {"高松市": "香川県高松市", "香川県高松市": "香川県高松市", "新宿区": "東京都新宿区"}


@pytest.fixture
def geocoder() -> FakeGeocoder:
    """Knows two towns."""
    return FakeGeocoder(areas=TOWNS)


@pytest.fixture
def add(database: Database, geocoder: FakeGeocoder, now: datetime) -> Callable[..., TerritoryView]:
    """Return a function that adds a territory: `add(chie, "高松", owner=aiko, areas=["高松市"])`."""

    def add(actor: User, name: str = "高松", *, owner: User | None = None, **more: Any) -> TerritoryView:
        kind = AreaKind.DRAWN if "rings" in more else AreaKind.MUNICIPALITIES
        values = TerritoryInput(name=name, kind=kind, owner_id=owner.id if owner else None, **more)
        with database.write() as session:
            return territories.add_territory(session, actor, values=values, geocoder=geocoder, client_ref=uuid4(), now=now)

    return add


def listed(database: Database, actor: User) -> list[str]:
    with database.read() as session:
        return [territory.name for territory in territories.list_territories(session, actor)]


def test_a_name_that_somebody_took_a_moment_before_is_taken_and_the_transaction_goes_on(
    database: Database, add: Callable[..., TerritoryView], chie: User, geocoder: FakeGeocoder, now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    first, other = add(chie, areas=["高松市"]), add(chie, "新宿", areas=["新宿区"])
    with database.write() as session:
        retired = territories.retire_territory(session, chie, territory_id=first.id, version=first.version, now=now)
    add(chie, areas=["高松市"])
    values = TerritoryInput(name="高松", kind=AreaKind.MUNICIPALITIES, areas=["新宿区"])
    # Nobody had it when it was looked up.
    monkeypatch.setattr(territories, "_require_free_name", lambda *_: None)
    with database.write() as session:
        with pytest.raises(territory_errors.TerritoryNameTaken):
            territories.add_territory(session, chie, values=values, geocoder=geocoder, client_ref=uuid4(), now=now)
        with pytest.raises(territory_errors.TerritoryNameTaken):
            territories.change_territory(
                session, chie, territory_id=other.id, version=other.version, values=values, geocoder=geocoder, now=now
            )
        with pytest.raises(territory_errors.TerritoryNameTaken) as refused:
            territories.retire_territory(session, chie, territory_id=first.id, version=retired.version, retired=False, now=now)
        assert refused.value.params == {"value": "高松"}
        territories.retire_territory(session, chie, territory_id=other.id, version=other.version, now=now)
    assert listed(database, chie) == ["高松"]


def test_of_two_managers_who_take_a_name_at_once_one_gets_it(
    database: Database, add: Callable[..., TerritoryView], chie: User, dai: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    look_up, both = territories._require_free_name, threading.Barrier(2)

    def look_up_together(*arguments: Any) -> None:
        look_up(*arguments)
        if not database.is_sqlite:  # there one writes after the other
            both.wait(10)

    monkeypatch.setattr(territories, "_require_free_name", look_up_together)

    def take(actor: User) -> str:
        try:
            return add(actor, areas=["高松市"]).name
        except territory_errors.TerritoryNameTaken as taken:
            return taken.code

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(take, (chie, dai))) == ["territory_name_taken", "高松"]
    assert listed(database, dai) == ["高松"]


def test_the_audit_log_keeps_what_was_done_to_territories_with_names(
    database: Database, add: Callable[..., TerritoryView], chie: User, aiko: User, geocoder: FakeGeocoder, now: datetime
) -> None:
    territory = add(chie, owner=aiko, areas=["高松市"])
    renamed = TerritoryInput(name="高松中央", kind=AreaKind.MUNICIPALITIES, team_id=aiko.team_id, areas=["高松市"])
    with database.write() as session:
        changed = territories.change_territory(
            session, chie, territory_id=territory.id, version=territory.version, values=renamed, geocoder=geocoder, now=now
        )
        retired = territories.retire_territory(session, chie, territory_id=territory.id, version=changed.version, now=now)
        territories.retire_territory(session, chie, territory_id=territory.id, version=retired.version, retired=False, now=now)
    with database.read() as session:
        events = session.scalars(select(AuditEvent).order_by(AuditEvent.id)).all()
    facts = {"name": "高松", "kind": "municipalities", "owner": "Aiko", "team": "East", "areas": ["香川県高松市"], "rings": 0}
    later = facts | {"name": "高松中央", "owner": None}
    assert [(event.action, event.actor_id, event.subject, event.details) for event in events] == [
        (AuditAction.TERRITORY_ADDED, chie.id, "高松", facts),
        (AuditAction.TERRITORY_CHANGED, chie.id, "高松中央", {"changes": {"name": ["高松", "高松中央"], "owner": ["Aiko", None]}}),
        (AuditAction.TERRITORY_RETIRED, chie.id, "高松中央", later),
        (AuditAction.TERRITORY_RESTORED, chie.id, "高松中央", later),
    ]


def test_an_outline_drawn_anew_is_kept_too(
    database: Database, add: Callable[..., TerritoryView], chie: User, geocoder: FakeGeocoder, now: datetime
) -> None:
    territory = add(chie, rings=SQUARE)
    moved = TerritoryInput(name="高松", kind=AreaKind.DRAWN, rings=[[(lat + 1, lon) for lat, lon in SQUARE[0]]])
    with database.write() as session:
        territories.change_territory(
            session, chie, territory_id=territory.id, version=territory.version, values=moved, geocoder=geocoder, now=now
        )
    with database.read() as session:
        event = session.scalars(select(AuditEvent).where(AuditEvent.action == AuditAction.TERRITORY_CHANGED)).one()
    assert (event.subject, event.details["rings"]) == ("高松", 1)
