"""A rep's day is planned: the right customers, at the right times, with the reasons, and nobody's change is overwritten."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from fieldsales.db.database import Database
from fieldsales.db.models import Customer, Place, PlanStop, Team, User
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.planning.day_rules import Whence
from fieldsales.domain.planning.outcome import PlanNote
from fieldsales.domain.planning.reasons import Relief, Why, WhyNot
from fieldsales.domain.words import PlanGoal, StopChoice, StopProgress
from fieldsales.errors import NotFound
from fieldsales.services import plan_changes, plan_edits, planning, plans
from fieldsales.services.plan_views import CandidateView, PlanView, StopView
from fieldsales.services.planning import PlanChangedMeanwhile
from tests.days import MONDAY, OFFICE, Make, add_office, entry_of, look, make_town, open_day, tools_on, wall

NEAR = {"lat": 34.345, "lon": 134.048}


def solve(database: Database, actor: User, plan_id: int, now: datetime) -> PlanView:
    planning.solve_plan(tools_on(database), actor.id, plan_id=plan_id, now=now)
    return look(database, actor, plan_id, now)


def edit(database: Database, actor: User, command: Any, plan_id: int, now: datetime, **values: Any) -> int | None:
    with database.write() as session:
        return command(session, actor, plan_id=plan_id, now=now, **values)


def at(hour: int, minute: int = 0) -> datetime:
    """Return a moment of the Monday in Tokyo, or of the night after it."""
    return datetime(2026, 11, 30, tzinfo=UTC) + timedelta(hours=hour - 9, minutes=minute)


def test_a_day_is_planned_at_once_then_better_then_explained(database: Database, aiko: User, make_customer: Make, now: datetime) -> None:
    add_office(database)
    meeting = make_customer("約束商店", owner=aiko, **NEAR, next_on=MONDAY, next_time=time(14, 0))
    make_town(make_customer, aiko, 8)
    plan_id = open_day(database, aiko, now)
    seen: list[PlanView] = []
    tools = tools_on(database)
    planning.solve_plan(tools, aiko.id, plan_id=plan_id, now=now, shown=lambda: seen.append(look(database, aiko, plan_id, now)))
    assert [len(plan.stops) for plan in seen] == [9, 9, 9]
    assert [plan.version for plan in seen] == sorted({plan.version for plan in seen})
    plan = seen[-1]
    assert (plan.is_solved, plan.is_stale, plan.notes, plan.conflicts) == (True, False, (), ())
    stop = entry_of(plan, meeting)
    assert isinstance(stop, StopView)
    assert (wall(stop.starts_at), stop.why[0].code) == (time(14), Why.APPOINTMENT)
    assert all(stop.why for stop in plan.stops)
    assert plan.start is not None
    assert (plan.start.name, plan.line[0], plan.line[-1]) == ("本社", OFFICE, OFFICE)
    assert [wall(rest.starts_at) >= time(11, 30) for rest in plan.rests] == [True]
    assert plan.totals.travel_s > 0 < plan.totals.travel_m
    assert plan.totals.visits == 9


def test_the_same_day_is_planned_the_same_way(database: Database, aiko: User, make_customer: Make, now: datetime) -> None:
    add_office(database)
    make_town(make_customer, aiko, 30)
    plan_id = open_day(database, aiko, now)
    first, second = (solve(database, aiko, plan_id, now) for _ in range(2))
    assert first.stops == second.stops
    assert first.candidates == second.candidates
    assert len(first.candidates) > 5


def test_who_is_left_out_hears_why_and_what_would_help(database: Database, aiko: User, make_customer: Make, now: datetime) -> None:
    add_office(database)
    make_town(make_customer, aiko, 30)
    closed = make_customer("日曜だけの店", owner=aiko, **NEAR, opening_hours="Su 10:00-17:00", likelihood=Likelihood.A)
    nowhere = make_customer("住所なし", owner=aiko, likelihood=Likelihood.A, next_on=MONDAY)
    plan_id = open_day(database, aiko, now)
    plan = solve(database, aiko, plan_id, now)
    left = {entry.customer_id: entry for entry in plan.candidates}
    reasons = {entry.reason.code for entry in left.values() if entry.reason is not None}
    assert len(left) == sum(entry.reason is not None for entry in left.values())
    assert left[closed.id].reason.code is WhyNot.CLOSED_ALL_DAY
    assert left[nowhere.id].reason.code is WhyNot.NO_PIN
    assert reasons & {WhyNot.DAY_FULL, WhyNot.OUTRANKED}
    longer = next(
        (entry, relief) for entry in left.values() for relief in entry.reliefs if relief.code is Relief.STAY_UNTIL and entry.reason
    )
    edit(database, aiko, plan_edits.apply_relief, plan_id, now, stop_id=longer[0].id, relief=longer[1])
    assert longer[0].id in [stop.id for stop in solve(database, aiko, plan_id, now).stops]


def test_what_cannot_be_combined_is_named_and_the_best_that_is_possible_stands(
    database: Database, aiko: User, make_customer: Make, now: datetime
) -> None:
    add_office(database)
    two = [make_customer(name, owner=aiko, next_on=MONDAY, next_time=time(10), **NEAR) for name in ("甲商店", "乙商店")]
    make_town(make_customer, aiko, 4)
    plan = solve(database, aiko, open_day(database, aiko, now), now)
    (conflict,) = plan.conflicts
    assert set(conflict.params["with"]) <= {"甲商店", "乙商店"}
    kinds = sorted(type(entry_of(plan, customer)).__name__ for customer in two)
    assert kinds == ["CandidateView", "StopView"]
    assert len(plan.stops) == 5


def test_a_day_without_customers_pins_or_start_says_so(
    database: Database, aiko: User, chie: User, make_customer: Make, now: datetime
) -> None:
    empty = solve(database, chie, open_day(database, chie, now), now)
    assert (empty.notes, empty.is_solved) == ((PlanNote.NOTHING_TO_VISIT,), True)
    make_customer("住所なし", owner=aiko, next_on=MONDAY)
    plan_id = open_day(database, aiko, now)
    plan = solve(database, aiko, plan_id, now)
    assert plan.notes == (PlanNote.NO_PINS,)
    office = add_office(database)
    edit(database, aiko, plan_edits.set_rules, plan_id, now, rules=replace(plan.rules, whence=Whence.PLACE, start_place_id=office))
    with database.write() as session:
        session.delete(session.get_one(Place, office))
    assert set(solve(database, aiko, plan_id, now).notes) == {PlanNote.NO_PINS, PlanNote.START_UNKNOWN}


def test_somebody_elses_home_is_told_to_nobody(database: Database, aiko: User, chie: User, make_customer: Make, now: datetime) -> None:
    home = add_office(database, at=(34.36, 134.06), owner=aiko)
    make_town(make_customer, aiko, 3)
    plan_id = open_day(database, aiko, now, whence=Whence.PLACE, start_place_id=home)
    mine = solve(database, aiko, plan_id, now)
    theirs = look(database, chie, plan_id, now)
    assert mine.start is not None
    assert mine.line[0] == (34.36, 134.06)
    assert (theirs.start, theirs.end) == (None, None)
    assert (34.36, 134.06) not in theirs.line


def test_a_change_made_while_the_solver_worked_is_kept(
    database: Database, aiko: User, chie: User, make_customer: Make, now: datetime
) -> None:
    town = make_town(make_customer, aiko, 6)
    plan_id = open_day(database, aiko, now)
    chosen = entry_of(look(database, aiko, plan_id, now), town[0]).id
    interrupted: list[str] = []

    def once(step: str) -> None:
        if step == "improve" and not interrupted:
            interrupted.append(step)
            edit(database, chie, plan_edits.choose_stop, plan_id, now, stop_id=chosen, choice=StopChoice.EXCLUDED)

    planning.solve_plan(tools_on(database, once), aiko.id, plan_id=plan_id, now=now)
    plan = look(database, aiko, plan_id, now)
    left = entry_of(plan, town[0])
    assert isinstance(left, CandidateView)
    assert (left.choice, left.reason and left.reason.code) == (StopChoice.EXCLUDED, WhyNot.EXCLUDED)
    assert len(plan.stops) == 5


def test_a_plan_that_never_rests_is_given_up_with_a_sentence(database: Database, aiko: User, make_customer: Make, now: datetime) -> None:
    make_town(make_customer, aiko, 3)
    plan_id = open_day(database, aiko, now)

    def always(step: str) -> None:
        minutes = 20 if look(database, aiko, plan_id, now).rules.parking_minutes == 3 else 3
        if step == "first_plan":
            rules = look(database, aiko, plan_id, now).rules
            edit(database, aiko, plan_edits.set_rules, plan_id, now, rules=replace(rules, parking_minutes=minutes))

    with pytest.raises(PlanChangedMeanwhile):
        planning.solve_plan(tools_on(database, always), aiko.id, plan_id=plan_id, now=now)
    assert look(database, aiko, plan_id, now).stops == ()


def test_strangers_plan_nothing(database: Database, aiko: User, botan: User, make_customer: Make, now: datetime) -> None:
    make_town(make_customer, aiko, 2)
    plan_id = open_day(database, aiko, now)
    tools = tools_on(database)
    for ask in (
        lambda: planning.solve_plan(tools, botan.id, plan_id=plan_id, now=now),
        lambda: planning.retime_plan(tools, botan.id, plan_id=plan_id, now=now),
        lambda: planning.compare_goals(tools, botan.id, plan_id=plan_id, goals=(PlanGoal.VALUE,), now=now),
        lambda: planning.solve_week(tools, botan.id, plan_ids=[plan_id], now=now),
        lambda: planning.solve_team(tools, botan.id, plan_ids=[plan_id], now=now),
        lambda: planning.replan_rest(tools, botan.id, plan_id=plan_id, at=now, here=None, now=now),
        lambda: planning.fill_gap(tools, botan.id, plan_id=plan_id, before_stop_id=None, here=None, now=now),
        lambda: planning.insert_customer(tools, botan.id, plan_id=plan_id, customer_id=1, now=now),
    ):
        with pytest.raises(NotFound):
            ask()


def test_an_order_made_by_hand_keeps_its_order_and_says_what_is_late(
    database: Database, aiko: User, make_customer: Make, now: datetime
) -> None:
    add_office(database)
    morning = make_customer("朝の店", owner=aiko, **NEAR, opening_hours="09:00-11:00")
    make_town(make_customer, aiko, 5)
    plan_id = open_day(database, aiko, now)
    plan = solve(database, aiko, plan_id, now)
    first = entry_of(plan, morning).id
    order = [stop.id for stop in plan.stops if stop.id != first] + [first]
    edit(database, aiko, plan_edits.reorder, plan_id, now, stop_ids=order)
    assert look(database, aiko, plan_id, now).is_stale
    planning.retime_plan(tools_on(database), aiko.id, plan_id=plan_id, now=now)
    seen = look(database, aiko, plan_id, now)
    assert [stop.id for stop in seen.stops] == order
    assert not seen.is_stale
    assert [stop.late_s > 0 for stop in seen.stops] == [False] * 5 + [True]


def test_an_order_made_by_hand_has_the_reasons_of_that_order(database: Database, aiko: User, make_customer: Make, now: datetime) -> None:
    add_office(database)
    meeting = make_customer("約束商店", owner=aiko, **NEAR, next_on=MONDAY, next_time=time(9, 30))
    make_town(make_customer, aiko, 4)
    plan_id = open_day(database, aiko, now)
    plan = solve(database, aiko, plan_id, now)
    assert not plan.is_by_hand
    met = entry_of(plan, meeting).id
    order = [stop.id for stop in plan.stops if stop.id != met]
    edit(database, aiko, plan_edits.reorder, plan_id, now, stop_ids=[order[2], order[0], order[3], order[1], met])
    planning.retime_plan(tools_on(database), aiko.id, plan_id=plan_id, now=now)
    seen = look(database, aiko, plan_id, now)
    assert seen.is_by_hand
    names = [stop.name for stop in seen.stops]
    between = {stop.name: reason.params for stop in seen.stops for reason in stop.why if reason.code is Why.BETWEEN}
    assert between
    for i, name in enumerate(names):
        if name in between:
            assert (between[name]["after"], between[name]["before"]) == (names[i - 1], names[i + 1])
    late = seen.stops[-1]
    assert (late.name, late.late_s > 0) == ("約束商店", True)
    assert [reason.params["at"] for reason in late.why if reason.code is Why.APPOINTMENT] == [9.5 * 3600]


def test_a_day_made_too_long_by_hand_says_by_how_much(database: Database, aiko: User, make_customer: Make, now: datetime) -> None:
    add_office(database)
    make_town(make_customer, aiko, 4)
    plan_id = open_day(database, aiko, now)
    plan = solve(database, aiko, plan_id, now)
    edit(database, aiko, plan_edits.set_visit_minutes, plan_id, now, stop_id=plan.stops[0].id, minutes=600)
    planning.retime_plan(tools_on(database), aiko.id, plan_id=plan_id, now=now)
    totals = look(database, aiko, plan_id, now).totals
    assert totals.ends_at is not None
    assert totals.slack_s < 0
    assert wall(totals.ends_at + timedelta(seconds=totals.slack_s)) == time(18)


def test_goals_are_compared_without_changing_the_plan(database: Database, aiko: User, make_customer: Make, now: datetime) -> None:
    add_office(database)
    make_town(make_customer, aiko, 30)
    plan_id = open_day(database, aiko, now)
    before = solve(database, aiko, plan_id, now)
    found = planning.compare_goals(tools_on(database), aiko.id, plan_id=plan_id, goals=tuple(PlanGoal), now=now)
    most, least, early = found
    assert most.totals.value >= max(least.totals.value, early.totals.value)
    assert least.totals.travel_s <= most.totals.travel_s
    assert early.totals.ends_at is not None
    assert wall(early.totals.ends_at) <= time(17)
    assert len(most.names) + len(most.left_out) == 30
    assert look(database, aiko, plan_id, now) == before


def test_500_candidates_are_planned(database: Database, aiko: User, make_customer: Make, now: datetime) -> None:
    with database.write() as session:
        team = session.get_one(Team, aiko.team_id)
        values = {"owner_id": aiko.id, "team_id": team.id, "likelihood": Likelihood.B, "created_at": now, "changed_at": now}
        rows = [Customer(name=f"客{i}", lat=OFFICE[0] + i % 25 / 400, lon=OFFICE[1] + i // 25 / 400, **values) for i in range(500)]
        session.add_all(rows)
        session.flush()
        ids = [row.id for row in rows]
    plan_id = open_day(database, aiko, now)
    assert len(look(database, aiko, plan_id, now).candidates) == 40
    edit(database, aiko, plan_edits.add_customers, plan_id, now, customer_ids=ids)
    plan = solve(database, aiko, plan_id, now)
    assert (len(plan.stops) + len(plan.candidates), len(plan.stops) >= 8) == (500, True)


def test_customers_at_one_door_and_across_the_date_line_are_planned(
    database: Database, aiko: User, make_customer: Make, now: datetime
) -> None:
    door = {"lat": -16.8, "lon": 179.99, "likelihood": Likelihood.B}
    for number in range(3):
        make_customer(f"同じ階{number}", owner=aiko, **door)
    make_customer("海の向こう", owner=aiko, lat=-16.8, lon=-179.99, likelihood=Likelihood.B)
    plan = solve(database, aiko, open_day(database, aiko, now), now)
    assert len(plan.stops) == 4
    assert sum(stop.travel_s for stop in plan.stops if stop.name.startswith("同じ階")) == 0 or plan.stops[0].name == "海の向こう"
    assert plan.totals.travel_m < 20_000


def test_a_night_shift_is_planned_past_midnight(database: Database, aiko: User, make_customer: Make, now: datetime) -> None:
    bar = make_customer("夜の店", owner=aiko, **NEAR, opening_hours="22:00-03:00")
    early = make_customer("早朝の市場", owner=aiko, **NEAR, next_on=MONDAY + timedelta(days=1), next_time=time(4))
    plan_id = open_day(database, aiko, now, begins=time(21), ends=time(5), pauses=())
    edit(database, aiko, plan_edits.add_customers, plan_id, now, customer_ids=[bar.id, early.id])
    plan = solve(database, aiko, plan_id, now)
    assert {stop.name for stop in plan.stops} == {"夜の店", "早朝の市場"}
    assert plan.stops[-1].starts_at == at(28)
    assert plan.stops[0].starts_at >= at(22)


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


def test_an_insertion_that_breaks_off_leaves_the_plan_as_it_was(
    database: Database, aiko: User, make_customer: Make, now: datetime
) -> None:
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
