"""A planned day under way: the rest is planned anew, gaps are filled, and what is done, promised or agreed stays so."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any

import pytest

from fieldsales.db.database import Database
from fieldsales.db.models import PlanStop, User
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.planning.reasons import Relief
from fieldsales.domain.words import StopChoice, StopProgress
from fieldsales.services.planning import plan_changes, plan_edits, planning, plans
from fieldsales.services.planning.plan_views import CandidateView, PlanView, StopView
from tests.days import MONDAY, OFFICE, Make, add_office, at, edit, entry_of, look, make_town, open_day, solve, tools_on, wall

NEAR = {"lat": 34.345, "lon": 134.048}


def accepted(database: Database, aiko: User, now: datetime, **rules: Any) -> PlanView:
    plan_id = open_day(database, aiko, now, **rules)
    solve(database, aiko, plan_id, now)
    edit(database, aiko, plans.accept_plan, plan_id, now)
    return look(database, aiko, plan_id, now)


def mark(database: Database, stop: StopView, progress: StopProgress, when: datetime) -> None:
    with database.write() as session:
        row = session.get_one(PlanStop, stop.id)
        row.progress = progress
        row.arrived_at = when - timedelta(minutes=20)
        row.done_at = when if progress is StopProgress.DONE else None


def test_the_rest_of_a_day_is_planned_anew_and_what_is_done_stays(
    database: Database, aiko: User, make_customer: Make, now: datetime
) -> None:
    add_office(database)
    make_town(make_customer, aiko, 12)
    make_customer("約束商店", owner=aiko, **NEAR, next_on=MONDAY, next_time=time(16))
    plan = accepted(database, aiko, now)
    mark(database, plan.stops[0], StopProgress.DONE, at(9, 50))
    mark(database, plan.stops[1], StopProgress.SKIPPED, at(10, 10))
    tools = tools_on(database)
    planning.replan_rest(tools, aiko.id, plan_id=plan.id, at=at(13, 30), here=(34.33, 134.03), now=at(13, 30))
    seen = look(database, aiko, plan.id, at(13, 30))
    assert [stop.id for stop in seen.stops[:2]] == [stop.id for stop in plan.stops[:2]]
    assert all(stop.arrives_at >= at(13, 30) for stop in seen.stops[2:])
    assert next(wall(stop.starts_at) for stop in seen.stops if stop.fixed_at) == time(16)
    assert [stop.promised_at for stop in seen.stops[:2]] == [stop.starts_at for stop in plan.stops[:2]]
    assert len(seen.rests) == 1
    assert seen.totals.ends_at is not None
    assert seen.totals.ends_at <= at(18)


def test_a_meeting_that_was_missed_does_not_hold_up_the_rest(database: Database, aiko: User, make_customer: Make, now: datetime) -> None:
    missed = make_customer("過ぎた約束", owner=aiko, **NEAR, next_on=MONDAY, next_time=time(10))
    make_town(make_customer, aiko, 3)
    plan = accepted(database, aiko, now)
    planning.replan_rest(tools_on(database), aiko.id, plan_id=plan.id, at=at(14), here=None, now=at(14))
    seen = look(database, aiko, plan.id, at(14))
    assert isinstance(entry_of(seen, missed), CandidateView)
    assert (len(seen.stops), seen.conflicts) == (3, ())


def test_a_gap_is_filled_with_who_fits_and_inserted_at_the_best_place(
    database: Database, aiko: User, make_customer: Make, now: datetime
) -> None:
    add_office(database)
    make_customer("約束商店", owner=aiko, **NEAR, next_on=MONDAY, next_time=time(15))
    plan = accepted(database, aiko, now)
    near = make_customer("隣の店", owner=aiko, lat=34.346, lon=134.047, likelihood=Likelihood.A)
    make_customer("遠い店", owner=aiko, lat=35.346, lon=135.047, likelihood=Likelihood.A)
    tools, later = tools_on(database), at(13)
    found = planning.fill_gap(tools, aiko.id, plan_id=plan.id, before_stop_id=plan.stops[0].id, here=OFFICE, now=later)
    assert [(filler.name, filler.stop_id) for filler in found] == [("隣の店", None)]
    assert found[0].leaves_at < at(15)
    planning.insert_customer(tools, aiko.id, plan_id=plan.id, customer_id=near.id, now=later)
    seen = look(database, aiko, plan.id, later)
    assert [stop.name for stop in seen.stops] == ["隣の店", "約束商店"]
    assert (seen.is_stale, seen.stops[0].choice, seen.stops[1].late_s) == (False, StopChoice.LOCKED, 0)


def test_an_insertion_is_taken_back_in_one_step(database: Database, aiko: User, make_customer: Make, now: datetime) -> None:
    make_town(make_customer, aiko, 3)
    plan = accepted(database, aiko, now)
    near = make_customer("隣の店", owner=aiko, **NEAR)
    tools = tools_on(database)
    planning.insert_customer(tools, aiko.id, plan_id=plan.id, customer_id=near.id, now=at(10))
    with database.read() as session:
        change = plan_changes.changes_since(session, aiko, plan_id=plan.id)[0]
    assert (change.action, change.names) == ("inserted", ("隣の店",))
    edit(database, aiko, plan_edits.undo_change, plan.id, at(10), change_id=change.id)
    assert [stop.id for stop in look(database, aiko, plan.id, at(10)).stops] == [stop.id for stop in plan.stops]


def test_an_insertion_that_breaks_off_leaves_the_plan_as_it_was(database: Database, aiko: User, make_customer: Make, now: datetime) -> None:
    make_town(make_customer, aiko, 3)
    plan = accepted(database, aiko, now)
    near = make_customer("隣の店", owner=aiko, **NEAR)

    class Broken:
        def __getattr__(self, name: str) -> Any:
            raise RuntimeError("the routing server is on fire")

    with pytest.raises(RuntimeError):
        tools = replace(tools_on(database), travel_times=Broken())
        planning.insert_customer(tools, aiko.id, plan_id=plan.id, customer_id=near.id, now=at(10))
    assert look(database, aiko, plan.id, at(10)) == plan


def test_nobody_is_advised_to_begin_at_a_time_that_has_passed(database: Database, aiko: User, make_customer: Make, now: datetime) -> None:
    add_office(database)
    make_town(make_customer, aiko, 30)
    plan_id = open_day(database, aiko, now, begins=time(9), ends=time(12), pauses=())
    reliefs = {}
    for when in (at(8), at(8, 59), at(9, 30)):
        planning.solve_plan(tools_on(database), aiko.id, plan_id=plan_id, now=when)
        told = [relief for entry in look(database, aiko, plan_id, when).candidates for relief in entry.reliefs]
        reliefs[when] = [relief.params["at"] for relief in told if relief.code is Relief.START_AT]
    assert reliefs[at(8)]
    assert all(seconds >= 8 * 3600 for seconds in reliefs[at(8)])
    assert all(seconds >= 8 * 3600 + 59 * 60 for seconds in reliefs[at(8, 59)])
    assert reliefs[at(9, 30)] == []


def test_whoever_was_inserted_on_the_way_was_not_planned_however_often_the_rest_is_planned_anew(
    database: Database, aiko: User, make_customer: Make, now: datetime
) -> None:
    make_town(make_customer, aiko, 2)
    plan = accepted(database, aiko, now)
    eve, on_the_way = make_customer("前夜の追加", owner=aiko, **NEAR), make_customer("途中の追加", owner=aiko, **NEAR)
    tools = tools_on(database)
    planning.insert_customer(tools, aiko.id, plan_id=plan.id, customer_id=eve.id, now=at(-4))
    planning.solve_plan(tools, aiko.id, plan_id=plan.id, now=at(-4))
    planning.insert_customer(tools, aiko.id, plan_id=plan.id, customer_id=on_the_way.id, now=at(10))
    planning.replan_rest(tools, aiko.id, plan_id=plan.id, at=at(10), here=None, now=at(10))
    seen = look(database, aiko, plan.id, at(10))
    stops = [entry_of(seen, customer) for customer in (eve, on_the_way)]
    assert [isinstance(stop, StopView) and stop.promised_at is not None for stop in stops] == [True, False]
