from __future__ import annotations

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from fieldsales.domain.planning import verify
from fieldsales.domain.planning.plan import DayPlan, Plan
from fieldsales.domain.planning.problem import Break, Day, Fixed, Problem, Visit
from fieldsales.domain.planning.schedule import earliest, slack_s, soft
from fieldsales.domain.planning.timetable import Timetable
from fieldsales.domain.planning.verify import FaultKind
from tests.planning_problems import enumerated_end, problems

MINUTE, HOUR = 60, 3600
LUNCH = Break(HOUR, (11 * HOUR + 30 * MINUTE, 13 * HOUR))


def a_day(*visits: Visit, breaks: tuple[Break, ...] = (LUNCH,), leg_s: int = 20 * MINUTE, **day: object) -> Problem:
    places = 1 + len(visits)
    matrix = np.full((places, places), leg_s, dtype=np.int64)
    np.fill_diagonal(matrix, 0)
    rules = {"start_s": 9 * HOUR, "end_s": 18 * HOUR, "breaks": breaks, **day}
    return Problem(visits, (Day("d", **rules),), (matrix,))


def a_visit(place: int, *, opens: float = 9, closes: float = 17, minutes: int = 30, **more: object) -> Visit:
    return Visit(f"v{place}", place, minutes * MINUTE, (((int(opens * HOUR), int(closes * HOUR)),),), value=1.0, **more)


def faults_alone(problem: Problem, day: DayPlan) -> set[FaultKind]:
    """What the judge finds in one day, apart from visits that other days might make."""
    return {fault.kind for fault in verify.faults(problem, Plan((day,)))} - {FaultKind.NOT_MADE}


@settings(max_examples=200)
@given(problem=problems(visits=5), data=st.data())
def test_the_end_of_a_day_is_the_earliest_that_trying_every_second_finds(problem: Problem, data: st.DataObject) -> None:
    order = data.draw(st.permutations(range(len(problem.visits))))
    order = order[: data.draw(st.integers(1, len(order)))]
    found = earliest(problem, 0, order)
    assert (None if found is None else found.end_s) == enumerated_end(problem, 0, order)


@settings(max_examples=200)
@given(problem=problems(visits=5, most_breaks=3), data=st.data())
def test_no_plan_breaks_a_rule(problem: Problem, data: st.DataObject) -> None:
    order = data.draw(st.permutations(range(len(problem.visits))))
    found = earliest(problem, 0, order[: data.draw(st.integers(0, len(order)))])
    assume(found is not None)
    assert found is not None
    assert faults_alone(problem, found) == set()


@settings(max_examples=200)
@given(problem=problems(visits=5, most_breaks=2), data=st.data())
def test_a_hand_made_order_always_has_times_and_says_all_that_is_wrong_with_them(problem: Problem, data: st.DataObject) -> None:
    order = data.draw(st.permutations(range(len(problem.visits))))
    day = soft(problem, 0, order)
    faults = faults_alone(problem, day.plan)
    assert [stop.visit for stop in day.plan.stops] == list(order)
    assert (FaultKind.OUTSIDE_WINDOW in faults) == any(day.late_s)
    assert (FaultKind.BREAK_OUTSIDE_WINDOW in faults) == any(day.rests_late_s)
    assert (FaultKind.OUTSIDE_DAY in faults) == bool(day.over_s)
    assert (FaultKind.NO_WAY in faults) == bool(day.no_way)
    if not day.no_way:
        assert (FaultKind.TOO_MUCH_TRAVEL in faults) == bool(day.travel_over_s)
    told = {FaultKind.OUTSIDE_WINDOW, FaultKind.BREAK_OUTSIDE_WINDOW, FaultKind.OUTSIDE_DAY, FaultKind.TOO_MUCH_TRAVEL}
    assert faults <= told | {FaultKind.NOT_IN_PLACE, FaultKind.NO_WAY} | ({FaultKind.WRONG_TOTAL} if day.no_way else set())


@settings(max_examples=200)
@given(problem=problems(visits=4), data=st.data())
def test_a_stop_can_begin_later_by_its_slack_and_not_by_a_second_more(problem: Problem, data: st.DataObject) -> None:
    order = data.draw(st.permutations(range(len(problem.visits))))
    plan = earliest(problem, 0, order)
    assume(plan is not None)
    assert plan is not None
    position = data.draw(st.integers(0, len(order) - 1))
    stop, slack = plan.stops[position], slack_s(problem, 0, plan)[position]
    assert _can_begin_at(problem, plan, position, stop.start_s + slack)
    assert not any(_can_begin_at(problem, plan, position, later) for later in range(stop.start_s + slack + 1, problem.days[0].end_s + 1))


def _can_begin_at(problem: Problem, plan: DayPlan, position: int, at: int) -> bool:
    """Whether the rest of the day works when a stop begins at `at` and the breaks before it have been taken."""
    stop = plan.stops[position]
    taken = {rest.pause for rest in plan.rests if rest.end_s <= stop.start_s and rest.start_s < stop.departure_s}
    place, old = problem.visits[stop.visit].place, problem.days[0]
    if not any(opens <= at <= closes for opens, closes in problem.visits[stop.visit].windows[0]):
        return False
    behind = [problem.visits[s.visit] for s in plan.stops[position + 1 :]]
    left = at + problem.visits[stop.visit].service_s
    if left > old.end_s:
        return False
    pauses = tuple(pause for k, pause in enumerate(old.breaks) if k not in taken)
    rest = Problem(tuple(behind), (Day("rest", left, old.end_s, place, old.end, pauses),), (problem.travel(0),))
    return enumerated_end(rest, 0, range(len(behind))) is not None


@settings(max_examples=200)
@given(problem=problems(visits=5), data=st.data())
def test_a_visit_fits_exactly_where_an_insertion_is_offered(problem: Problem, data: st.DataObject) -> None:
    order = data.draw(st.permutations(range(len(problem.visits))))
    order, visit = list(order[: data.draw(st.integers(0, len(order) - 1))]), order[-1]
    table = Timetable(problem, 0)
    assume(table.fits(order))
    offered = {i.position: i.travel_s for i in table.insertions(order, [visit])[visit]}
    whole = sum(table.legs(order)) if order else 0
    for position in range(len(order) + 1):
        longer = [*order[:position], visit, *order[position:]]
        assert (position in offered) == (earliest(problem, 0, longer) is not None)
        if position in offered:
            assert offered[position] == sum(table.legs(longer)) - whole


def test_one_sets_out_as_late_as_the_first_stop_allows() -> None:
    problem = a_day(a_visit(1, opens=10), breaks=())
    day = earliest(problem, 0, [0])
    assert day is not None
    assert (day.start_s, day.stops[0].arrival_s, day.stops[0].start_s) == (9 * HOUR + 40 * MINUTE, 10 * HOUR, 10 * HOUR)
    assert day.wait_s == 0


def test_lunch_fills_the_time_before_doors_open() -> None:
    problem = a_day(a_visit(1, opens=9), a_visit(2, opens=13))
    day = earliest(problem, 0, [0, 1])
    assert day is not None
    assert day.stops[1].start_s == 13 * HOUR
    assert [(rest.start_s, rest.end_s) for rest in day.rests] == [(11 * HOUR + 30 * MINUTE, 12 * HOUR + 30 * MINUTE)]
    assert day.wait_s == 13 * HOUR - (9 * HOUR + 50 * MINUTE) - 20 * MINUTE - HOUR


def test_lunch_interrupts_a_long_drive() -> None:
    pause = Break(HOUR, (10 * HOUR, 11 * HOUR))
    problem = a_day(a_visit(1), leg_s=3 * HOUR + 30 * MINUTE, start_s=8 * HOUR, end_s=20 * HOUR, breaks=(pause,))
    day = earliest(problem, 0, [0])
    assert day is not None
    assert day.stops[0].start_s == 12 * HOUR + 30 * MINUTE
    assert day.rests[0].start_s == 10 * HOUR


def test_a_day_without_stops_has_no_rests() -> None:
    day = earliest(a_day(a_visit(1)), 0, [])
    assert day == DayPlan((), (), 9 * HOUR, 9 * HOUR, 0, 0)


def test_a_day_without_start_begins_at_the_first_door() -> None:
    problem = a_day(a_visit(1, opens=10), breaks=(), start=None, end=None)
    day = earliest(problem, 0, [0])
    assert day is not None
    assert (day.start_s, day.end_s, day.travel_s) == (10 * HOUR, 10 * HOUR + 30 * MINUTE, 0)


def test_what_is_fixed_as_the_first_stop_stands_nowhere_else() -> None:
    problem = a_day(a_visit(1, fixed=Fixed.FIRST), a_visit(2))
    assert earliest(problem, 0, [0, 1]) is not None
    assert earliest(problem, 0, [1, 0]) is None


def test_a_late_stop_is_late_by_what_it_misses_its_hours_by() -> None:
    problem = a_day(a_visit(1, opens=9.5, closes=9.5), a_visit(2, opens=9, closes=9.5), breaks=())
    day = soft(problem, 0, [0, 1])
    assert day.late_s == (0, 50 * MINUTE)
    assert day.plan.stops[1].start_s == 10 * HOUR + 20 * MINUTE


def test_who_misses_the_morning_hours_waits_for_the_afternoon() -> None:
    visit = Visit("v", 1, 0, (((9 * HOUR, 9 * HOUR + 10 * MINUTE), (14 * HOUR, 15 * HOUR)),))
    assert soft(a_day(visit, breaks=(), end_s=13 * HOUR), 0, [0]).plan.stops[0].start_s == 14 * HOUR


def test_slack_is_what_the_next_appointment_leaves() -> None:
    problem = a_day(a_visit(1), a_visit(2, opens=11, closes=11), breaks=())
    day = earliest(problem, 0, [0, 1])
    assert day is not None
    assert slack_s(problem, 0, day) == ((11 * HOUR - 20 * MINUTE - 30 * MINUTE) - day.stops[0].start_s, 0)
