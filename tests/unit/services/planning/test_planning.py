"""A rep's day is planned: the right customers, at the right times, with the reasons, and nobody's change is overwritten."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta

import pytest

from fieldsales.db.database import Database
from fieldsales.db.models import Customer, Place, Team, User
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.planning.day_rules import Whence
from fieldsales.domain.planning.outcome import PlanNote
from fieldsales.domain.planning.reasons import Relief, Why, WhyNot
from fieldsales.domain.words import PlanGoal, StopChoice
from fieldsales.errors import NotFound
from fieldsales.services.planning import plan_edits, planning
from fieldsales.services.planning.plan_views import CandidateView, PlanView, StopView
from fieldsales.services.planning.planning import PlanChangedMeanwhile
from tests.days import MONDAY, OFFICE, Make, add_office, at, edit, entry_of, look, make_town, open_day, solve, tools_on, wall

NEAR = {"lat": 34.345, "lon": 134.048}


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
