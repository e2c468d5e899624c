"""Planned versus done: what a day promised against what happened, within an hour either way."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from sqlalchemy import select

from fieldsales.db.database import Database
from fieldsales.db.models import Customer, PlanStop, User
from fieldsales.domain.spans import Span
from fieldsales.domain.team_filter import TeamFilter
from fieldsales.domain.words import Outcome, PlanState, StopOrigin, StopProgress
from fieldsales.errors import NotFound
from fieldsales.services.planning import road
from fieldsales.services.planning.road import DayProgress
from fieldsales.services.reports.day_progress import plan_progress
from fieldsales.services.team.team_counts import PlanCounts
from fieldsales.services.team.team_progress import read_progress
from fieldsales.services.visits.visits import record_visit
from tests import teams
from tests.conftest import CustomerFactory
from tests.planned_days import TOKYO, keep_plan, moment
from tests.teams import TODAY, TeamRows, load_user, same_database, store_team


@pytest.fixture
def customers(make_customer: CustomerFactory, aiko: User) -> list[Customer]:
    return [make_customer(f"客{n}", owner=aiko) for n in range(6)]


def put(database: Database, plan_id: int, changes: Sequence[dict[str, Any]]) -> None:
    with database.write() as session:
        rows = session.scalars(select(PlanStop).where(PlanStop.plan_id == plan_id).order_by(PlanStop.id)).all()
        for row, values in zip(rows, changes, strict=True):
            for name, value in values.items():
                setattr(row, name, value)


def read(database: Database, actor: User, whose: User, day: date) -> DayProgress:
    with database.read() as session:
        found = road.day_progress(session, actor, user_id=whose.id, day=day)
    assert found is not None
    return found


def test_a_day_comes_to_what_was_done_in_time_late_skipped_left_open_and_came_in_on_the_way(
    database: Database, aiko: User, chie: User, customers: list[Customer], make_customer: CustomerFactory, today: date
) -> None:
    plan_id = keep_plan(database, aiko, customers, today)  # promised at 9, 10, 11, 12, 13, 14
    hour, done = timedelta(hours=1), StopProgress.DONE
    put(
        database,
        plan_id,
        [
            {"progress": done, "arrived_at": moment(today, 9) + hour, "done_at": moment(today, 11)},  # an hour late is in time
            {"progress": done, "arrived_at": moment(today, 11, 1), "done_at": moment(today, 11, 30)},
            {"progress": StopProgress.SKIPPED, "skip_reason": "休業"},
            {"position": None},  # dropped when the rest was planned anew
            {"progress": done, "done_at": moment(today, 12), "promised_at": None, "origin": StopOrigin.INSERTED},
            {"progress": done, "done_at": moment(today, 13)},  # an hour early, without a check-in
        ],
    )
    stranger = make_customer("計画外", owner=aiko)
    with database.write() as session:
        said = {"outcome": Outcome.MET, "client_ref": uuid4(), "zone": TOKYO, "now": moment(today, 17)}
        record_visit(session, aiko, customer_id=stranger.id, visited_at=moment(today, 16), **said)
    for reader in (aiko, chie):
        figures = read(database, reader, aiko, today)
        assert (figures.planned, figures.done, figures.as_planned, figures.skipped, figures.open) == (5, 3, 2, 1, 1)
        assert (figures.inserted, figures.unplanned) == (1, 1)
    assert [stop.as_planned for stop in figures.stops].count(True) == 2


@given(rows=teams.teams())
@same_database
def test_the_days_of_a_team_add_up_to_what_its_page_says(database: Database, rows: TeamRows) -> None:
    store_team(database, rows)
    accepted = [plan.id for plan in rows.plans if plan.state is PlanState.ACCEPTED and plan.deleted_at is None]
    with database.read() as session:
        admin = load_user(session, 1)
        days = [plan_progress(session, admin, plan_id=plan_id) for plan_id in accepted]
        page = read_progress(session, admin, team_filter=TeamFilter(Span.read("2026")), today=TODAY, zone=TOKYO).plans
    assert page == PlanCounts(sum(day.planned for day in days), sum(day.done for day in days), sum(day.as_planned for day in days))


def test_a_day_without_an_accepted_plan_has_no_figures(database: Database, aiko: User, customers: list[Customer], today: date) -> None:
    keep_plan(database, aiko, customers, today, state=PlanState.DRAFT)
    with database.read() as session:
        assert road.day_progress(session, aiko, user_id=aiko.id, day=today) is None


def test_a_stranger_and_a_teammate_learn_nothing(
    database: Database, aiko: User, botan: User, customers: list[Customer], today: date, now: datetime
) -> None:
    keep_plan(database, aiko, customers, today)
    with database.read() as session, pytest.raises(NotFound):
        road.day_progress(session, botan, user_id=aiko.id, day=today)
