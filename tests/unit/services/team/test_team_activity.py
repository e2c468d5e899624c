"""The check-ins of a day: whose may be seen, that the look is kept, and what has no position."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from fieldsales.db.database import Database
from fieldsales.db.models import CheckIn, Customer, PositionView, User
from fieldsales.domain.team_filter import TeamFilter
from fieldsales.domain.words import CheckInState
from fieldsales.errors import NotAllowed
from fieldsales.services.team.team_activity import Activity, find_day_before, read_activity
from fieldsales.services.visits.position_views import list_looks

TOKYO = ZoneInfo("Asia/Tokyo")
CustomerFactory = Callable[..., Customer]


def _check_in(database: Database, user: User, customer: Customer, at: datetime, *, lat: float | None = 34.34, coarse: bool = False) -> None:
    with database.write() as session:
        session.add(
            CheckIn(
                client_ref=uuid4(), user_id=user.id, customer_id=customer.id, checked_in_at=at, closed_at=at + timedelta(minutes=20),
                lat=lat, lon=None if lat is None else 134.05, accuracy_m=None if lat is None else 12.0,
                state=CheckInState.VERIFIED if lat is not None else CheckInState.UNKNOWN, coarsened_at=at if coarse else None,
            )
        )  # fmt: skip


def _read(database: Database, actor: User, day: date, now: datetime, **query: str) -> tuple[Activity, ...]:
    asked = TeamFilter.from_query({name: [value] for name, value in query.items()}, today=day)
    with database.write() as session:
        return read_activity(session, actor, team_filter=asked, day=day, zone=TOKYO, now=now)


def _looks(database: Database, viewed: User) -> list[str]:
    with database.read() as session:
        return [look.who for look in list_looks(session, viewed)]


def test_a_manager_sees_the_points_of_their_team_on_the_day_and_each_look_is_kept_once(
    database: Database, aiko: User, botan: User, chie: User, make_customer: CustomerFactory, now: datetime, today: date
) -> None:
    ours, theirs = make_customer("うち", owner=aiko), make_customer("よそ", owner=botan)
    _check_in(database, aiko, ours, now)
    _check_in(database, aiko, ours, now - timedelta(days=1))
    _check_in(database, botan, theirs, now)
    found = _read(database, chie, today, now)
    assert [(a.row.who, a.row.customer_name, a.position is not None) for a in found] == [("Aiko", "うち", True)]
    _read(database, chie, today, now + timedelta(minutes=5))
    assert (_looks(database, aiko), _looks(database, botan)) == (["Chie"], [])


def test_nobody_is_looked_at_on_a_day_without_positions(
    database: Database, aiko: User, chie: User, make_customer: CustomerFactory, now: datetime, today: date
) -> None:
    _check_in(database, aiko, make_customer(owner=aiko), now, lat=None)
    (only,) = _read(database, chie, today, now)
    assert only.position is None
    assert _read(database, chie, today - timedelta(days=7), now) == ()
    with database.read() as session:
        assert session.scalar(select(func.count(PositionView.id))) == 0


def test_a_check_in_at_a_customer_out_of_sight_has_neither_name_nor_place(
    database: Database, aiko: User, botan: User, chie: User, make_customer: CustomerFactory, now: datetime, today: date
) -> None:
    _check_in(database, aiko, make_customer("よそ", owner=botan), now)
    (only,) = _read(database, chie, today, now)
    assert (only.row.customer_name, only.position) == ("", None)
    assert _looks(database, aiko) == []


def test_what_was_coarsened_is_shown_as_coarse(
    database: Database, aiko: User, chie: User, make_customer: CustomerFactory, now: datetime, today: date
) -> None:
    _check_in(database, aiko, make_customer(owner=aiko), now, coarse=True)
    (only,) = _read(database, chie, today, now)
    assert only.position is not None
    assert only.position.coarse


def test_the_filter_asks_for_people_and_for_customers(
    database: Database, aiko: User, botan: User, dai: User, make_customer: CustomerFactory, now: datetime, today: date
) -> None:
    _check_in(database, aiko, make_customer("VIPの店", owner=aiko, tags=["VIP"]), now)
    _check_in(database, aiko, make_customer("ほかの店", owner=aiko), now)
    _check_in(database, botan, make_customer("西の店", owner=botan), now)
    assert len(_read(database, dai, today, now)) == 3
    assert [a.row.customer_name for a in _read(database, dai, today, now, tag="VIP")] == ["VIPの店"]
    assert {a.row.who for a in _read(database, dai, today, now, rep=str(botan.id))} == {"Botan"}


def test_reps_and_disabled_managers_see_no_activity(database: Database, aiko: User, chie: User, now: datetime, today: date) -> None:
    chie.disabled_at = now
    for nobody in (aiko, chie):
        with pytest.raises(NotAllowed):
            _read(database, nobody, today, now)


def test_a_session_that_cannot_keep_the_look_reads_nothing(
    database: Database, aiko: User, chie: User, make_customer: CustomerFactory, now: datetime, today: date
) -> None:
    _check_in(database, aiko, make_customer(owner=aiko), now)
    asked = TeamFilter.from_query({}, today=today)
    with database.read() as session, pytest.raises(RuntimeError):
        read_activity(session, chie, team_filter=asked, day=today, zone=TOKYO, now=now)


def test_the_last_day_before_with_check_ins_is_of_whom_the_filter_leaves(
    database: Database, aiko: User, botan: User, chie: User, dai: User, make_customer: CustomerFactory, now: datetime, today: date
) -> None:
    ours, theirs = make_customer("うち", owner=aiko), make_customer("よそ", owner=botan)
    _check_in(database, aiko, ours, now)
    _check_in(database, aiko, ours, now - timedelta(days=5))
    _check_in(database, botan, theirs, now - timedelta(days=2))

    def before(actor: User, day: date, **query: str) -> date | None:
        asked = TeamFilter.from_query({name: [value] for name, value in query.items()}, today=today)
        with database.read() as session:
            return find_day_before(session, actor, team_filter=asked, day=day, zone=TOKYO)

    assert before(chie, today) == today - timedelta(days=5)
    assert before(dai, today) == today - timedelta(days=2)
    assert before(dai, today, rep=str(aiko.id)) == today - timedelta(days=5)
    assert before(chie, today, tag="重点") is None
    assert before(chie, today - timedelta(days=5)) is None
    with pytest.raises(NotAllowed):
        before(aiko, today)
