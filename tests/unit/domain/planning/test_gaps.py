from __future__ import annotations

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from fieldsales.domain.planning.gaps import best_insertion, fill_gap
from fieldsales.domain.planning.plan import Plan
from fieldsales.domain.planning.problem import Day, Problem, Visit
from fieldsales.domain.planning.schedule import earliest
from tests.planning_problems import best_plan, problems

MINUTE, HOUR = 60, 3600


def planned(problem: Problem, *orders: list[int]) -> Plan:
    days = [earliest(problem, day, order) for day, order in enumerate(orders)]
    assert None not in days
    return Plan(tuple(day for day in days if day is not None))


def now_until_an_appointment_in(minutes: int) -> Problem:
    """Here at 10:00 with an appointment later, 10 minutes away; three customers near by, another far off."""
    legs = np.full((6, 6), 10 * MINUTE, dtype=np.int64)
    legs[5, :] = legs[:, 5] = HOUR
    np.fill_diagonal(legs, 0)
    at = 10 * HOUR + minutes * MINUTE
    appointment = Visit("A", 1, HOUR, (((at, at),),), required=True)
    others = [Visit(f"v{place}", place, 20 * MINUTE, (((9 * HOUR, 17 * HOUR),),), value=10.0 * place) for place in range(2, 6)]
    return Problem((appointment, *others), (Day("today", 10 * HOUR, 18 * HOUR, end=None),), (legs,))


def test_the_gap_before_an_appointment_offers_those_who_fit_with_the_best_value_for_the_time_first() -> None:
    problem = now_until_an_appointment_in(47)
    fillers = fill_gap(problem, 0, planned(problem, [0]), between=0, candidates=range(5))
    assert [filler.visit for filler in fillers] == [3, 2, 1]
    assert [filler.slack_s for filler in fillers] == [7 * MINUTE] * 3
    assert fillers[0].per_minute == 40 / 30
    assert (fillers[0].start_s, fillers[0].departure_s) == (10 * HOUR + 10 * MINUTE, 10 * HOUR + 30 * MINUTE)


def test_a_gap_too_short_for_anybody_offers_nobody() -> None:
    problem = now_until_an_appointment_in(39)
    assert fill_gap(problem, 0, planned(problem, [0]), between=0, candidates=range(5)) == ()


def test_a_gap_that_the_day_does_not_have_offers_nobody() -> None:
    problem = now_until_an_appointment_in(47)
    assert fill_gap(problem, 0, planned(problem, [0]), between=2, candidates=range(5)) == ()


@settings(max_examples=100)
@given(problem=problems(visits=5, days=2), data=st.data())
def test_a_filler_is_on_time_and_so_is_everything_after_it(problem: Problem, data: st.DataObject) -> None:
    plan = best_plan(problem)
    assume(plan is not None)
    assert plan is not None
    day = data.draw(st.integers(0, len(problem.days) - 1))
    order = plan.orders()[day]
    between = data.draw(st.integers(0, len(order)))
    found = {filler.visit: filler for filler in fill_gap(problem, day, plan, between=between, candidates=range(len(problem.visits)))}
    for visit in plan.left_out(problem):
        longer = earliest(problem, day, (*order[:between], visit, *order[between:]))
        assert (visit in found) == (longer is not None)
        if longer is not None:
            assert longer.stops[between].start_s == found[visit].start_s
            assert found[visit].travel_s == longer.travel_s - plan.days[day].travel_s


@settings(max_examples=100)
@given(problem=problems(visits=5, days=2, required=False))
def test_the_best_insertion_adds_the_least_travel_of_all_that_fit(problem: Problem) -> None:
    plan = best_plan(problem)
    assert plan is not None
    for visit in plan.left_out(problem):
        added = {}
        for day, order in enumerate(plan.orders()):
            for position in range(len(order) + 1):
                longer = earliest(problem, day, (*order[:position], visit, *order[position:]))
                if longer is not None:
                    added[day, position] = longer.travel_s - plan.days[day].travel_s
        place = best_insertion(problem, plan, visit)
        assert (place is None) == (not added)
        assert place is None or added[place] == min(added.values())
