from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings

from fieldsales.domain.planning.plan import DayPlan, Plan, Rest, Stop
from fieldsales.domain.planning.problem import UNREACHABLE, Break, Day, Fixed, Problem, Visit
from fieldsales.domain.planning.verify import Fault, FaultKind, faults
from tests.planning_problems import best_plan, problems

# From 0 at 100 to stop 1 (10 there, open 110 to 150), break 20 from 130 on, stop 2 (5 there, open from 150), back by 175: legs of 10.
VISITS = (Visit("one", 1, 10, (((110, 150),),), required=True), Visit("two", 2, 5, (((150, 400),),)))
LEGS = np.array([[0, 10, 10], [10, 0, 10], [10, 10, 0]], dtype=np.int64)
DAY = Day("d", 90, 200, breaks=(Break(20, (130, 140)),), max_travel_s=30)
PROBLEM = Problem(VISITS, (DAY,), (LEGS,))
GOOD = DayPlan((Stop(0, 110, 110, 120), Stop(1, 150, 150, 155)), (Rest(0, 130, 150),), 100, 165, 30, 0)


def of(day: DayPlan, problem: Problem = PROBLEM) -> set[FaultKind]:
    return {fault.kind for fault in faults(problem, Plan((day,)))}


def test_a_plan_that_keeps_every_rule_has_no_fault() -> None:
    assert faults(PROBLEM, Plan((GOOD,))) == ()


@settings(max_examples=60)
@given(problem=problems(visits=4, days=2))
def test_the_best_of_all_plans_has_no_fault(problem: Problem) -> None:
    plan = best_plan(problem)
    assert plan is None or faults(problem, plan) == ()


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        (FaultKind.OUTSIDE_WINDOW, lambda d: replace(d, stops=(Stop(0, 109, 109, 119), d.stops[1]))),
        (FaultKind.WRONG_DURATION, lambda d: replace(d, stops=(Stop(0, 110, 110, 119), d.stops[1]))),
        (FaultKind.WRONG_DURATION, lambda d: replace(d, rests=(Rest(0, 130, 149),))),
        (FaultKind.BEGUN_BEFORE_ARRIVAL, lambda d: replace(d, stops=(d.stops[0], Stop(1, 151, 150, 155)))),
        (FaultKind.TOO_SHORT_A_LEG, lambda d: replace(d, start_s=101)),
        (FaultKind.TOO_SHORT_A_LEG, lambda d: replace(d, end_s=164)),
        (FaultKind.TOO_SHORT_A_LEG, lambda d: replace(d, stops=(d.stops[0], Stop(1, 129, 150, 155)))),
        (FaultKind.OUTSIDE_DAY, lambda d: replace(d, start_s=89)),
        (FaultKind.OUTSIDE_DAY, lambda d: replace(d, end_s=201)),
        (FaultKind.OUTSIDE_DAY, lambda d: replace(d, end_s=149)),
        (FaultKind.BREAK_COUNT, lambda d: replace(d, rests=())),
        (FaultKind.BREAK_COUNT, lambda d: replace(d, rests=(*d.rests, Rest(0, 140, 160)))),
        (FaultKind.BREAK_OUTSIDE_WINDOW, lambda d: replace(d, rests=(Rest(0, 129, 149),))),
        (FaultKind.BREAK_OUTSIDE_WINDOW, lambda d: replace(d, rests=(Rest(0, 141, 161),))),
        (FaultKind.BREAK_OVERLAPS, lambda d: replace(d, rests=(Rest(0, 131, 151),))),
        (FaultKind.WRONG_TOTAL, lambda d: replace(d, travel_s=29)),
        (FaultKind.WRONG_TOTAL, lambda d: replace(d, wait_s=1)),
        (FaultKind.UNKNOWN_VISIT, lambda d: replace(d, stops=(Stop(2, 110, 110, 120),))),
        (FaultKind.UNKNOWN_BREAK, lambda d: replace(d, rests=(Rest(1, 130, 150),))),
        (FaultKind.MADE_TWICE, lambda d: replace(d, stops=(d.stops[0], d.stops[0]))),
        (FaultKind.NOT_MADE, lambda d: replace(d, stops=(d.stops[1],))),
        (FaultKind.NOT_MADE, lambda _: DayPlan((), (), 90, 90, 0, 0)),
        (FaultKind.WRONG_TOTAL, lambda _: DayPlan((), (), 91, 91, 0, 0)),
        (FaultKind.BREAK_COUNT, lambda _: DayPlan((), (Rest(0, 130, 150),), 90, 90, 0, 0)),
    ],
)
def test_every_broken_rule_is_seen(kind: FaultKind, change: Callable[[DayPlan], DayPlan]) -> None:
    assert kind in of(change(GOOD))


@pytest.mark.parametrize(
    ("kind", "problem"),
    [
        (FaultKind.TOO_MUCH_TRAVEL, replace(PROBLEM, days=(replace(DAY, max_travel_s=29),))),
        (FaultKind.NO_WAY, replace(PROBLEM, travel_s=(np.where(LEGS == 10, UNREACHABLE, 0),))),
        (FaultKind.NOT_IN_PLACE, replace(PROBLEM, visits=(replace(VISITS[0], fixed=Fixed.LAST), VISITS[1]))),
        (FaultKind.NOT_IN_PLACE, replace(PROBLEM, visits=(VISITS[0], replace(VISITS[1], fixed=Fixed.FIRST)))),
        (FaultKind.OUTSIDE_WINDOW, replace(PROBLEM, visits=(VISITS[0], replace(VISITS[1], windows=((),))))),
        (FaultKind.WRONG_DAYS, replace(PROBLEM, days=(DAY, replace(DAY, id="e")))),
    ],
)
def test_a_plan_is_held_against_the_problem_it_was_made_for(kind: FaultKind, problem: Problem) -> None:
    assert kind in of(GOOD, problem)


def test_two_breaks_at_once_are_seen() -> None:
    problem = replace(PROBLEM, days=(replace(DAY, breaks=(Break(20, (130, 140)), Break(5, (140, 150)))),))
    assert FaultKind.BREAK_OVERLAPS in of(replace(GOOD, rests=(Rest(0, 130, 150), Rest(1, 145, 150))), problem)


def test_a_fault_says_where_and_by_how_much() -> None:
    assert faults(PROBLEM, Plan((replace(GOOD, start_s=103, wait_s=-3),))) == (Fault(FaultKind.TOO_SHORT_A_LEG, 0, 0, 3),)
