"""Both engines behind the port: every rule kept, the required made, nothing worse after improving."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from fieldsales.adapters.solver.plan_solver import PlanSolver
from fieldsales.adapters.solver.task import Task
from fieldsales.domain.planning.conflicts import RequiredConflict
from fieldsales.domain.planning.plan import Plan
from fieldsales.domain.planning.problem import UNREACHABLE, BadProblem, Break, Day, Fixed, Problem, Visit
from fieldsales.domain.planning.verify import FaultKind, faults
from tests.planning_days import ALL_DAY, HOUR, LUNCH, sales_days, tour
from tests.planning_problems import best_plan, problems

GENERATED = settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True)
OFFICE = Day("d", 9 * HOUR, 18 * HOUR)


def places(count: int, leg_s: int = 600) -> np.ndarray:
    """Travel of ten minutes between any two of so many places."""
    return np.where(np.eye(count, dtype=bool), 0, leg_s).astype(np.int64)


def visit(number: int, *, at: int | None = None, service_s: int = 1800, value: float = 1.0, **more: object) -> Visit:
    windows = ALL_DAY if at is None else ((at, at),)
    return Visit(f"v{number}", number, service_s, (windows,), value, required=at is not None, **more)  # type: ignore[arg-type]


def planned(solver: PlanSolver, problem: Problem, seconds: float = 0.05) -> Plan:
    first = solver.first_plan(problem)
    assert faults(problem, first) == ()
    plan = solver.improve(problem, first, seconds=seconds)
    assert faults(problem, plan) == ()
    assert plan.worth(problem) >= first.worth(problem)
    return plan


def conflict_of(solver: PlanSolver, problem: Problem) -> RequiredConflict | None:
    try:
        solver.first_plan(problem)
    except RequiredConflict as conflict:
        return conflict
    return None


@GENERATED
@given(problem=problems(visits=7, days=2))
def test_no_other_plan_of_a_few_visits_is_worth_more(solver: PlanSolver, problem: Problem) -> None:
    best = best_plan(problem)
    if best is None:
        with pytest.raises(RequiredConflict):
            solver.first_plan(problem)
    else:
        assert planned(solver, problem).worth(problem) == pytest.approx(best.worth(problem))


@GENERATED
@given(problem=problems(visits=14, days=3))
def test_no_window_break_limit_or_appointment_is_ever_violated(solver: PlanSolver, problem: Problem) -> None:
    conflict = conflict_of(solver, problem)
    if conflict is None:
        planned(solver, problem, seconds=0.02)
    else:
        assert {fault.kind for fault in faults(problem, conflict.plan)} == {FaultKind.NOT_MADE}
        assert set(conflict.visits) <= {visit.id for visit in problem.visits if visit.required}


@pytest.mark.parametrize(
    "problem",
    [
        sales_days(40, appointments=3),
        sales_days(40, required=12, seed=2),
        sales_days(60, value_per_minute=0.3, seed=3),
        sales_days(60, days=5, appointments=1, seed=4),
        tour(60, width_s=100),
        tour(100, width_s=60, seed=2),
    ],
    ids=["lunch and appointments", "twelve to be made", "travel has its price", "a week", "60 to be made", "100 to be made"],
)
def test_days_as_large_as_real_ones_keep_every_rule(solver: PlanSolver, problem: Problem) -> None:
    planned(solver, problem)


def test_the_same_problem_gives_the_same_plan(solver: PlanSolver) -> None:
    problem = sales_days(40, appointments=1)
    again = PlanSolver(type(solver.engine))
    task = Task(problem)
    first = solver.engine.start(task)
    found = [s.engine.improve(Task(problem), first, seconds=0.1, deadline=math.inf, report=None) for s in (solver, again)]
    assert found[0] == found[1]
    assert again.first_plan(problem) == solver.first_plan(problem)


def test_a_day_without_visits_is_a_plan(solver: PlanSolver) -> None:
    problem = Problem((), (OFFICE,), (places(1),))
    assert planned(solver, problem).made() == frozenset()


def test_visits_at_one_place_are_made_one_after_the_other(solver: PlanSolver) -> None:
    visits = tuple(Visit(f"v{i}", 0, 1800, (ALL_DAY,), 1.0) for i in range(12))
    plan = planned(solver, Problem(visits, (OFFICE,), (places(1),)))
    assert len(plan.made()) == 12
    assert plan.travel_s() == 0


def test_what_no_road_leads_to_is_left_out(solver: PlanSolver) -> None:
    table = places(13)
    table[:, 4] = table[4, :] = UNREACHABLE
    plan = planned(solver, Problem(tuple(visit(i) for i in range(1, 13)), (OFFICE,), (table,)))
    assert 3 not in plan.made()
    assert len(plan.made()) == 11


def test_five_hundred_candidates_are_planned(solver: PlanSolver) -> None:
    problem = sales_days(500, appointments=2)
    assert len(planned(solver, problem, seconds=0.01).made()) >= 8


def test_a_visit_that_is_not_worth_its_drive_is_left_out(solver: PlanSolver) -> None:
    table = places(12)
    table[11, :] = table[:, 11] = 3600
    visits = tuple(visit(i, value=20, service_s=900) for i in range(1, 12))
    problem = Problem(visits, (OFFICE,), (table,), value_per_minute=1.0)
    assert planned(solver, problem).left_out(problem) == (10,)
    assert 10 in planned(solver, replace(problem, value_per_minute=0.0)).made()


def test_two_visits_that_only_together_are_worth_the_drive_are_made(solver: PlanSolver) -> None:
    table = places(13)
    table[11:, :11] = table[:11, 11:] = 1800
    visits = (*(visit(i, value=20, service_s=600) for i in range(1, 11)), visit(11, value=35), visit(12, value=35))
    problem = Problem(visits, (OFFICE,), (table,), value_per_minute=1.0)
    assert planned(solver, problem, seconds=0.2).made() >= {10, 11}


def test_values_of_any_size_are_told_apart(solver: PlanSolver) -> None:
    values = [1e-3, 5e9, 2e-3, 5e9 + 1, 0, 1, 2, 3, 4, 5e9 + 2]
    visits = tuple(visit(i, value=value, service_s=2 * HOUR) for i, value in enumerate(values, 1))
    problem = Problem(visits, (OFFICE,), (places(11),))
    assert planned(solver, problem).made() >= {1, 3, 9}


@pytest.mark.parametrize("end", [Fixed.FIRST, Fixed.LAST])
def test_a_pinned_visit_stands_at_its_end_of_the_day(solver: PlanSolver, end: Fixed) -> None:
    problem = sales_days(30, appointments=0)
    pinned = replace(problem.visits[5], fixed=end, required=True, windows=(ALL_DAY,), service_s=900)
    problem = replace(problem, visits=(*problem.visits[:5], pinned, *problem.visits[6:]))
    (order,) = planned(solver, problem).orders()
    assert order[0 if end is Fixed.FIRST else -1] == 5
    assert len(order) > 4


@pytest.mark.parametrize(("start", "end"), [(None, None), (None, 0), (0, None)])
def test_a_day_may_begin_or_end_at_a_customer(solver: PlanSolver, start: int | None, end: int | None) -> None:
    problem = sales_days(30)
    problem = replace(problem, days=(replace(problem.days[0], start=start, end=end),))
    assert len(planned(solver, problem).made()) > 4


def test_each_rep_travels_by_a_table_of_their_own(solver: PlanSolver) -> None:
    problem = sales_days(30, days=2, appointments=0)
    on_foot = problem.travel_s[0] * 8
    problem = replace(problem, travel_s=(*problem.travel_s, on_foot), days=(problem.days[0], replace(problem.days[1], matrix=1)))
    by_car, walking = planned(solver, problem).days
    assert len(by_car.stops) > len(walking.stops)


def test_a_limit_on_travel_and_two_breaks_hold(solver: PlanSolver) -> None:
    problem = sales_days(30, appointments=1)
    tea = Break(900, (15 * HOUR, 16 * HOUR))
    problem = replace(problem, days=(replace(problem.days[0], max_travel_s=5400, breaks=(LUNCH, tea)),))
    plan = planned(solver, problem)
    assert plan.travel_s() <= 5400
    assert len(plan.days[0].rests) == 2


def test_two_appointments_at_one_time_are_named(solver: PlanSolver) -> None:
    problem = sales_days(30, appointments=2)
    ten = 10 * HOUR
    visits = [replace(v, windows=(((ten, ten),),)) if v.required else v for v in problem.visits]
    with pytest.raises(RequiredConflict) as conflict:
        solver.first_plan(replace(problem, visits=tuple(visits)))
    assert conflict.value.visits == ("v0", "v1")
    assert len(conflict.value.plan.made() & {0, 1}) == 1
    assert len(conflict.value.plan.made()) > 4


def test_a_required_visit_that_is_closed_is_named_alone(solver: PlanSolver) -> None:
    problem = sales_days(20, appointments=1)
    closed = replace(problem.visits[7], required=True, windows=((),))
    with pytest.raises(RequiredConflict) as conflict:
        solver.first_plan(replace(problem, visits=(*problem.visits[:7], closed, *problem.visits[8:])))
    assert conflict.value.visits == ("v7",)


def test_more_required_visits_than_a_day_holds_are_a_conflict_with_the_most_that_fit(solver: PlanSolver) -> None:
    problem = Problem(tuple(visit(i, at=None, service_s=HOUR) for i in range(1, 13)), (OFFICE,), (places(13, 0),))
    problem = replace(problem, visits=tuple(replace(v, required=True) for v in problem.visits))
    with pytest.raises(RequiredConflict) as conflict:
        solver.first_plan(problem)
    assert len(conflict.value.plan.made()) == 9
    assert len(conflict.value.visits) == 10


def test_a_conflict_plan_can_be_improved_and_keeps_its_required_visits(solver: PlanSolver) -> None:
    problem = sales_days(30, appointments=2)
    ten = 10 * HOUR
    problem = replace(problem, visits=tuple(replace(v, windows=(((ten, ten),),)) if v.required else v for v in problem.visits))
    with pytest.raises(RequiredConflict) as conflict:
        solver.first_plan(problem)
    better = solver.improve(problem, conflict.value.plan, seconds=0.05)
    assert {fault.kind for fault in faults(problem, better)} == {FaultKind.NOT_MADE}
    assert better.worth(problem) >= conflict.value.plan.worth(problem)


def test_a_bad_problem_is_refused(solver: PlanSolver) -> None:
    problem = sales_days(5)
    with pytest.raises(BadProblem):
        solver.first_plan(replace(problem, travel_s=(problem.travel_s[0][:-1],)))


def test_progress_is_reported_up_to_the_whole_and_stopping_goes_through(solver: PlanSolver) -> None:
    problem, shares = sales_days(20), list[float]()
    plan = solver.first_plan(problem)
    solver.improve(problem, plan, seconds=0.05, report=shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0

    def stop(_share: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        solver.improve(problem, plan, seconds=0.05, report=stop)


def test_a_plan_says_why_it_is_as_it_is(solver: PlanSolver) -> None:
    from fieldsales.domain.planning.facts import Facts

    problem = sales_days(30)
    plan = solver.first_plan(problem)
    said = solver.explain(problem, plan, {v.id: Facts(v.id) for v in problem.visits})
    assert set(said.why) == plan.made()
    assert set(said.left_out) == set(plan.left_out(problem))
