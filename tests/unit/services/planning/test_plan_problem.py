"""The problem that a plan sets: opening hours, pauses, parking, limits and clocks become seconds of the day as it passes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from fieldsales.db.database import Database
from fieldsales.db.models import Customer, PlanStop, User
from fieldsales.domain.planning.day_rules import Pause, Whence, Whither
from fieldsales.domain.planning.options import PlanningOptions
from fieldsales.domain.planning.problem import Fixed, check_problem
from fieldsales.domain.words import PlanGoal, StopChoice, StopPin, TravelMode
from fieldsales.services.planning import plan_edits, planning
from fieldsales.services.planning.plan_pools import each_its_own
from fieldsales.services.planning.plan_problem import PlanProblem
from fieldsales.services.planning.plan_solving import read_problem
from tests.days import MONDAY, OFFICE, Make, add_office, entry_of, look, open_day, tools_on, wall

BERLIN = ZoneInfo("Europe/Berlin")
SPRING, AUTUMN = date(2027, 3, 28), date(2026, 10, 25)
H = 3600
PLACE = {"lat": 34.345, "lon": 134.048}


def problem_of(database: Database, actor: User, plan_id: int, now: datetime) -> PlanProblem:
    made = read_problem(tools_on(database), actor.id, [plan_id], each_its_own, at=now)
    check_problem(made.problem)
    return made


def edit(database: Database, actor: User, command: Any, plan_id: int, now: datetime, **values: Any) -> None:
    with database.write() as session:
        command(session, actor, plan_id=plan_id, now=now, **values)


def windows(made: PlanProblem, name: str) -> tuple[tuple[int, int], ...]:
    index = next(i for i, asked in enumerate(made.layout.asked) if asked.stop.customer.name == name)
    return made.problem.visits[index].windows[0]


def test_a_visit_begins_when_doors_are_open_and_ends_before_they_close(
    database: Database, aiko: User, make_customer: Make, now: datetime
) -> None:
    make_customer("昼休みの店", owner=aiko, **PLACE, opening_hours="09:00-12:00,13:00-18:00", visit_minutes=45)
    make_customer("いつでも", owner=aiko, **PLACE)
    make_customer("十五分の窓", owner=aiko, **PLACE, opening_hours="10:00-10:15")
    made = problem_of(database, aiko, open_day(database, aiko, now), now)
    assert windows(made, "昼休みの店") == ((9 * H, 11 * H + 900), (13 * H, 17 * H + 900))
    assert windows(made, "いつでも") == ((0, 24 * H),)
    assert windows(made, "十五分の窓") == ((10 * H, 10 * H),)  # shorter than the visit: only just when they open


def test_public_holidays_close_who_closes_on_them(database: Database, aiko: User, make_customer: Make, now: datetime) -> None:
    make_customer("祝日休み", owner=aiko, **PLACE, opening_hours="Mo-Fr 09:00-17:00; PH off")
    holiday = date(2026, 11, 23)  # 勤労感謝の日, a Monday
    shut = problem_of(database, aiko, open_day(database, aiko, now, day=holiday), now)
    open_ = problem_of(database, aiko, open_day(database, aiko, now, day=MONDAY), now)
    assert (windows(shut, "祝日休み"), len(windows(open_, "祝日休み"))) == ((), 1)


def test_how_long_a_visit_takes_is_the_stops_the_customers_or_the_days_word(
    database: Database, aiko: User, make_customer: Make, now: datetime
) -> None:
    plain = make_customer("普通", owner=aiko, **PLACE)
    make_customer("長い", owner=aiko, **PLACE, visit_minutes=90)
    plan_id = open_day(database, aiko, now, visit_minutes=25)
    stop_id = entry_of(look(database, aiko, plan_id, now), plain).id
    lengths = {asked.stop.customer.name: visit.service_s for asked, visit in pairs(problem_of(database, aiko, plan_id, now))}
    edit(database, aiko, plan_edits.set_visit_minutes, plan_id, now, stop_id=stop_id, minutes=10)
    after = {asked.stop.customer.name: visit.service_s for asked, visit in pairs(problem_of(database, aiko, plan_id, now))}
    assert (lengths, after["普通"]) == ({"普通": 1500, "長い": 5400}, 600)


def pairs(made: PlanProblem) -> Any:
    return zip(made.layout.asked, made.problem.visits, strict=True)


def test_what_people_decided_becomes_required_fixed_or_left_out(database: Database, aiko: User, make_customer: Make, now: datetime) -> None:
    people = [make_customer(f"客{number}", owner=aiko, lat=34.34 + number / 100, lon=134.04) for number in range(5)]
    barred = make_customer("訪問不可", owner=aiko, **PLACE)
    plan_id = open_day(database, aiko, now)
    a, b, c, d, e = (entry_of(look(database, aiko, plan_id, now), customer).id for customer in people)
    edit(database, aiko, plan_edits.choose_stop, plan_id, now, stop_id=a, choice=StopChoice.LOCKED)
    edit(database, aiko, plan_edits.choose_stop, plan_id, now, stop_id=b, choice=StopChoice.EXCLUDED)
    edit(database, aiko, plan_edits.fix_time, plan_id, now, stop_id=c, at=time(15, 20))
    edit(database, aiko, plan_edits.pin_stop, plan_id, now, stop_id=d, pin=StopPin.LAST)
    with database.write() as session:
        session.get_one(Customer, barred.id).do_not_visit = True
    made = problem_of(database, aiko, plan_id, now)
    found = {asked.stop.id: visit for asked, visit in pairs(made)}
    assert set(found) == {a, c, d, e}
    assert (found[a].required, found[e].required, found[d].fixed) == (True, False, Fixed.LAST)
    assert (found[c].required, found[c].windows) == (True, (((15 * H + 1200, 15 * H + 1200),),))
    assert {reason.code.value for reason in made.layout.left.values()} == {"excluded", "do_not_visit"}


def test_a_pinned_time_leaves_a_quarter_of_an_hour_either_way(database: Database, aiko: User, make_customer: Make, now: datetime) -> None:
    make_customer("店", owner=aiko, **PLACE, opening_hours="09:00-11:00")
    plan_id = open_day(database, aiko, now)
    planning.solve_plan(tools_on(database), aiko.id, plan_id=plan_id, now=now)
    stop = look(database, aiko, plan_id, now).stops[0]
    edit(database, aiko, plan_edits.pin_stop, plan_id, now, stop_id=stop.id, pin=StopPin.TIME)
    assert wall(stop.starts_at) == time(9)
    assert windows(problem_of(database, aiko, plan_id, now), "店") == ((9 * H, 9 * H + 900),)


def test_parking_takes_time_at_each_door_that_is_driven_to(database: Database, aiko: User, make_customer: Make, now: datetime) -> None:
    office = add_office(database)
    for number in range(2):
        make_customer(f"同じ建物{number}", owner=aiko, **PLACE)
    rules = {"whence": Whence.PLACE, "start_place_id": office, "parking_minutes": 7}
    plan_id = open_day(database, aiko, now, **rules)
    made = problem_of(database, aiko, plan_id, now)
    plain, parked = made.tables[0].seconds, made.problem.travel_s[0]
    start = made.problem.days[0].start
    assert start is not None
    assert (parked - plain)[start, :2].tolist() == [420, 420]
    assert (parked - plain)[:2, start].tolist() == [0, 0]  # nobody parks anew at the end, nor next door
    assert parked[0, 1] == 0
    usual = look(database, aiko, plan_id, now).rules
    edit(database, aiko, plan_edits.set_rules, plan_id, now, rules=replace(usual, mode=TravelMode.WALK))
    on_foot = problem_of(database, aiko, plan_id, now)
    assert (on_foot.problem.travel_s[0] == on_foot.tables[0].seconds).all()


def test_pauses_and_limits_are_taken_over(database: Database, aiko: User, now: datetime) -> None:
    pauses = (Pause(60, time(11, 30), time(13)), Pause(15, time(15), time(15, 30), "休憩"))
    plan_id = open_day(database, aiko, now, pauses=pauses, max_travel_minutes=120, begins=time(8, 30), ends=time(17, 15))
    (day,) = problem_of(database, aiko, plan_id, now).problem.days
    assert (day.start_s, day.end_s, day.max_travel_s) == (8 * H + 1800, 17 * H + 900, 7200)
    assert [(pause.duration_s, pause.window) for pause in day.breaks] == [
        (3600, (11 * H + 1800, 13 * H)),
        (900, (15 * H, 15 * H + 1800)),
    ]


def test_without_a_start_the_day_begins_at_the_first_door(database: Database, aiko: User, make_customer: Make, now: datetime) -> None:
    make_customer("店", owner=aiko, **PLACE)
    plan_id = open_day(database, aiko, now)
    (day,) = problem_of(database, aiko, plan_id, now).problem.days
    assert (day.start, day.end) == (None, None)
    usual = look(database, aiko, plan_id, now).rules
    here = replace(usual, whence=Whence.HERE, here=OFFICE, whither=Whither.LAST_STOP)
    edit(database, aiko, plan_edits.set_rules, plan_id, now, rules=here)
    (day,) = problem_of(database, aiko, plan_id, now).problem.days
    assert (day.start, day.end) == (1, None)


@pytest.mark.parametrize(
    ("day", "nine", "three_am_shift"), [(SPRING, 8 * H, 26 * H), (AUTUMN, 10 * H, 28 * H), (SPRING - timedelta(days=7), 9 * H, 27 * H)]
)
def test_where_clocks_change_the_day_is_as_long_as_it_is(
    database: Database, aiko: User, make_customer: Make, now: datetime, day: date, nine: int, three_am_shift: int
) -> None:
    make_customer("Laden", owner=aiko, lat=52.52, lon=13.4, next_on=day, next_time=time(14))
    make_customer("Markt", owner=aiko, lat=52.53, lon=13.41, opening_hours="09:00-18:00")
    plan_id = open_day(database, aiko, now, day=day, zone=BERLIN)
    made = problem_of(database, aiko, plan_id, now)
    assert made.problem.days[0].start_s == nine
    assert windows(made, "Laden") == ((nine + 5 * H, nine + 5 * H),)
    assert windows(made, "Markt") == ((nine, nine + 9 * H - 1800),)
    before = datetime.combine(day, time(0), tzinfo=BERLIN).astimezone(UTC) - timedelta(days=3)
    planning.solve_plan(tools_on(database), aiko.id, plan_id=plan_id, now=before)
    stops = look(database, aiko, plan_id, now).stops
    assert next(wall(stop.starts_at, BERLIN) for stop in stops if stop.name == "Laden") == time(14)
    night = replace(look(database, aiko, plan_id, now).rules, begins=time(22), ends=time(3), pauses=())
    edit(database, aiko, plan_edits.set_rules, plan_id, now, rules=night)
    assert problem_of(database, aiko, plan_id, before).problem.days[0].end_s == three_am_shift


def test_goals_change_what_travel_costs_and_when_the_day_ends(database: Database, aiko: User, make_customer: Make, now: datetime) -> None:
    late = make_customer("夕方の約束", owner=aiko, **PLACE)
    plan_id = open_day(database, aiko, now)
    found = {}
    for goal in PlanGoal:
        edit(database, aiko, plan_edits.set_goal, plan_id, now, goal=goal)
        problem = problem_of(database, aiko, plan_id, now).problem
        found[goal] = (problem.value_per_minute, problem.days[0].end_s)
    usual, thrifty = PlanningOptions().value_per_minute, PlanningOptions().driving_value_per_minute
    assert found == {PlanGoal.VALUE: (usual, 18 * H), PlanGoal.DRIVING: (thrifty, 18 * H), PlanGoal.EARLY: (usual, 17 * H)}
    stop_id = entry_of(look(database, aiko, plan_id, now), late).id
    edit(database, aiko, plan_edits.fix_time, plan_id, now, stop_id=stop_id, at=time(17, 15))
    assert problem_of(database, aiko, plan_id, now).problem.days[0].end_s == 18 * H  # an appointment is kept all the same


def test_planned_in_the_middle_of_the_day_the_day_begins_now(database: Database, aiko: User, make_customer: Make, now: datetime) -> None:
    make_customer("店", owner=aiko, **PLACE)
    plan_id = open_day(database, aiko, now)
    noon = datetime(2026, 11, 30, 4, 12, 30, tzinfo=UTC)
    made = problem_of(database, aiko, plan_id, noon)
    assert made.problem.days[0].start_s == 13 * H + 13 * 60
    assert made.problem.days[0].breaks == ()
    evening = noon + timedelta(hours=8)
    assert problem_of(database, aiko, plan_id, evening).problem.days[0].start_s == 9 * H  # over: looked at as it was


def test_bad_opening_hours_in_the_database_do_not_stop_the_day(database: Database, aiko: User, make_customer: Make, now: datetime) -> None:
    make_customer("昔の店", owner=aiko, **PLACE, opening_hours="だいたい昼から")
    plan_id = open_day(database, aiko, now)
    assert windows(problem_of(database, aiko, plan_id, now), "昔の店") == ((0, 24 * H),)
    planning.solve_plan(tools_on(database), aiko.id, plan_id=plan_id, now=now)
    with database.read() as session:
        assert session.get_one(PlanStop, look(database, aiko, plan_id, now).stops[0].id).position == 0
