"""Several days are planned together: a rep's week, a team's day; each customer once, everything written at once or not at all."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, time, timedelta
from typing import Any

import pytest

from fieldsales.db.database import Database
from fieldsales.db.models import User
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.words import Role, StopChoice
from fieldsales.errors import NotFound
from fieldsales.services.planning import plan_changes, plan_edits, planning
from fieldsales.services.planning.plan_views import PlanView, StopView
from tests.days import MONDAY, OFFICE, Make, add_office, around, entry_of, look, make_town, open_day, tools_on

WEEK = [MONDAY + timedelta(days=number) for number in range(3)]


def edit(database: Database, actor: User, command: Any, plan_id: int, now: datetime, **values: Any) -> int | None:
    with database.write() as session:
        return command(session, actor, plan_id=plan_id, now=now, **values)


def made_in(plans: list[PlanView]) -> list[int]:
    return [stop.customer_id for plan in plans for stop in plan.stops]


@pytest.fixture
def week(database: Database, aiko: User, make_customer: Make, now: datetime) -> list[int]:
    """Aiko's first three days of the week, with the same 24 customers proposed for each."""
    add_office(database)
    make_town(make_customer, aiko, 24)
    return [open_day(database, aiko, now, day=day) for day in WEEK]


def test_a_week_visits_each_customer_once(database: Database, week: list[int], aiko: User, now: datetime) -> None:
    planning.solve_week(tools_on(database), aiko.id, plan_ids=week, now=now)
    plans = [look(database, aiko, i, now) for i in week]
    made = made_in(plans)
    assert len(made) == len(set(made)) == 24
    assert [(plan.is_solved, plan.is_stale) for plan in plans] == [(True, False)] * 3
    everywhere = Counter(entry.customer_id for plan in plans for entry in (*plan.stops, *plan.candidates))
    assert set(everywhere.values()) == {1}
    again = [[stop.id for stop in plan.stops] for plan in plans]
    planning.solve_week(tools_on(database), aiko.id, plan_ids=week, now=now)
    assert sorted(made_in([look(database, aiko, i, now) for i in week])) == sorted(made)
    assert sum(len(ids) for ids in again) == 24


def test_in_a_week_promises_and_decisions_keep_their_day(database: Database, aiko: User, make_customer: Make, now: datetime) -> None:
    add_office(database)
    promised = make_customer("水曜の約束", owner=aiko, **around(3), next_on=WEEK[2])
    meeting = make_customer("火曜の面談", owner=aiko, **around(5), next_on=WEEK[1], next_time=time(11))
    locked, excluded = make_town(make_customer, aiko, 2)
    week = [open_day(database, aiko, now, day=day) for day in WEEK]
    monday = look(database, aiko, week[0], now)
    edit(database, aiko, plan_edits.choose_stop, week[0], now, stop_id=entry_of(monday, locked).id, choice=StopChoice.LOCKED)
    for plan_id in week[:2]:
        stop_id = entry_of(look(database, aiko, plan_id, now), excluded).id
        edit(database, aiko, plan_edits.choose_stop, plan_id, now, stop_id=stop_id, choice=StopChoice.EXCLUDED)
    planning.solve_week(tools_on(database), aiko.id, plan_ids=week, now=now)
    days = {name: number for number, i in enumerate(week) for stop in look(database, aiko, i, now).stops for name in [stop.customer_id]}
    assert days == {promised.id: 2, meeting.id: 1, locked.id: 0, excluded.id: 2}


def test_planning_a_week_is_undone_as_a_whole(database: Database, week: list[int], aiko: User, now: datetime) -> None:
    before = [{entry.customer_id for entry in look(database, aiko, i, now).candidates} for i in week]
    planning.solve_week(tools_on(database), aiko.id, plan_ids=week, now=now)
    with database.read() as session:
        solved = next(row for row in plan_changes.changes_since(session, aiko, plan_id=week[1]) if row.action == "solved")
    edit(database, aiko, plan_edits.undo_change, week[1], now, change_id=solved.id)
    plans = [look(database, aiko, i, now) for i in week]
    assert [{entry.customer_id for entry in plan.candidates} for plan in plans] == before
    assert made_in(plans) == []


def test_a_week_is_written_whole_or_not_at_all(database: Database, week: list[int], aiko: User, dai: User, now: datetime) -> None:
    asked: list[str] = []

    def meanwhile(step: str) -> None:
        if step == "explain":
            asked.append(step)
            edit(database, dai, plan_edits.set_visit_minutes, week[2], now, stop_id=theirs, minutes=20 + len(asked))

    theirs = look(database, aiko, week[2], now).candidates[0].id
    with pytest.raises(planning.PlanChangedMeanwhile):
        planning.solve_week(tools_on(database, meanwhile), aiko.id, plan_ids=week, now=now)
    assert [look(database, aiko, i, now).is_solved for i in week] == [False] * 3
    assert len(asked) == 2


def test_a_team_keeps_its_customers_and_shares_those_without_an_owner(
    database: Database, aiko: User, dai: User, make_customer: Make, now: datetime, password_hash: str
) -> None:
    office = add_office(database)
    with database.write() as session:
        emi = User(email="emi@example.com", name="Emi", role=Role.REP, team_id=aiko.team_id, password_hash=password_hash, created_at=now)
        session.add(emi)
    mine = make_town(make_customer, aiko, 5)
    hers = [make_customer(f"恵美{number}", owner=emi, **around(number + 40), likelihood=Likelihood.B) for number in range(5)]
    nobodys = [
        make_customer(f"担当なし{number}", team_id=aiko.team_id, **around(number + 80), likelihood=Likelihood.A) for number in range(6)
    ]
    plans = [open_day(database, dai, now, rep=rep) for rep in (aiko, emi)]
    edit(database, dai, plan_edits.add_customers, plans[0], now, customer_ids=[customer.id for customer in nobodys])
    shares: list[float] = []
    planning.solve_team(tools_on(database), dai.id, plan_ids=plans, now=now, report=shares.append)
    day_a, day_e = (look(database, dai, i, now) for i in plans)
    made_a, made_e = ({stop.customer_id for stop in day.stops} for day in (day_a, day_e))
    assert {customer.id for customer in mine} & made_e == {customer.id for customer in hers} & made_a == set()
    free = {customer.id for customer in nobodys}
    assert free <= made_a | made_e
    assert free & made_e  # one of the two could not do all of them
    assert office
    assert shares == sorted(shares)


def test_customers_nobody_else_may_see_stay_even_when_pooled(
    database: Database, aiko: User, botan: User, dai: User, make_customer: Make, now: datetime
) -> None:
    make_town(make_customer, aiko, 14)
    make_customer("西の客", owner=botan, lat=OFFICE[0], lon=OFFICE[1], likelihood=Likelihood.A)
    plans = [open_day(database, dai, now, rep=rep) for rep in (aiko, botan)]
    planning.solve_team(tools_on(database), dai.id, plan_ids=plans, now=now, pooled=True)
    (west,) = look(database, dai, plans[1], now).stops
    assert isinstance(west, StopView)
    assert west.name == "西の客"


def test_nobody_plans_a_team_with_somebody_elses_rep(
    database: Database, aiko: User, botan: User, chie: User, make_customer: Make, now: datetime
) -> None:
    make_town(make_customer, aiko, 2)
    plans = [open_day(database, rep, now) for rep in (aiko, botan)]
    with pytest.raises(NotFound):
        planning.solve_team(tools_on(database), chie.id, plan_ids=plans, now=now)
    assert not look(database, aiko, plans[0], now).is_solved
