from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from fieldsales.domain.planning import verify
from fieldsales.domain.planning.conflicts import RequiredConflict
from fieldsales.domain.planning.explain import Explanations, Facts, LeftOut, apply_relief, explain
from fieldsales.domain.planning.plan import Plan
from fieldsales.domain.planning.problem import UNREACHABLE, Break, Day, Problem, Visit
from fieldsales.domain.planning.reasons import Reason, Relief, Why, WhyNot
from fieldsales.domain.planning.schedule import earliest, soft
from fieldsales.domain.planning.worth import Timing
from tests.planning_problems import best_plan, problems, stretched

MINUTE, HOUR = 60, 3600


def solve(problem: Problem) -> Plan:
    """The best plan there is, as a solver answers."""
    plan = best_plan(problem)
    if plan is None:
        raise RequiredConflict(visits=[v.id for v in problem.visits if v.required], plan=Plan(()))
    return plan


def explained(problem: Problem, plan: Plan) -> Explanations:
    return explain(problem, plan, {visit.id: Facts(f"Customer {visit.id}") for visit in problem.visits}, solve)


def keeping(problem: Problem, made: Collection[int]) -> Problem:
    """The problem in which exactly these visits are to be made."""
    return replace(
        problem,
        visits=tuple(
            replace(v, required=True) if i in made else replace(v, required=False, windows=tuple(() for _ in v.windows))
            for i, v in enumerate(problem.visits)
        ),
    )


def can_make(problem: Problem, made: Collection[int]) -> bool:
    return best_plan(keeping(problem, made)) is not None


@st.composite
def planned(draw: st.DrawFn) -> tuple[Problem, Plan]:
    """A problem with its best plan, or with a poorer one that somebody made by hand."""
    problem = stretched(draw(problems(visits=5, days=2)), by=draw(st.sampled_from([150, 300, 420])))
    plan = best_plan(problem)
    assume(plan is not None)
    assert plan is not None
    if draw(st.booleans()):
        kept = {i for i in plan.made() if problem.visits[i].required or draw(st.booleans())}
        poorer = best_plan(keeping(problem, kept))
        plan = poorer or plan
    return problem, plan


@settings(max_examples=150)
@given(planned())
def test_every_relief_lets_its_customer_in_and_loses_nothing_else_than_it_says(case: tuple[Problem, Plan]) -> None:
    problem, plan = case
    for visit, left in explained(problem, plan).left_out.items():
        for relief in left.reliefs:
            gone = {relief.params["visit"]} if relief.code is Relief.DROP else set(relief.params.get("ids", ()))
            kept = {i for i in plan.made() if problem.visits[i].id not in gone} | {visit}
            assert relief.params["for"] == problem.visits[visit].id
            assert can_make(apply_relief(problem, relief), kept), relief


@settings(max_examples=150)
@given(planned())
def test_every_customer_left_out_has_the_one_reason_that_is_true(case: tuple[Problem, Plan]) -> None:
    problem, plan = case
    left_out = explained(problem, plan).left_out
    assert tuple(left_out) == plan.left_out(problem)
    for visit, left in left_out.items():
        assert is_true(left.reason, problem, plan, visit), left.reason


def is_true(reason: Reason, problem: Problem, plan: Plan, visit: int) -> bool:
    """Judge a reason by trying everything."""
    wanted, ids = problem.visits[visit], {v.id: i for i, v in enumerate(problem.visits)}
    required = {i for i, v in enumerate(problem.visits) if v.required}
    alone = can_make(problem, {visit})
    boundless = replace(problem, days=tuple(replace(day, max_travel_s=None) for day in problem.days))
    match reason.code:
        case WhyNot.CLOSED_ALL_DAY:
            return not any(wanted.windows)
        case WhyNot.UNREACHABLE:
            return not alone and any(wanted.windows)
        case WhyNot.TOO_FAR:
            return not alone and reason.params["minutes"] > 0
        case WhyNot.CLOSED_WHEN_REACHABLE:
            day = next(d for d, rules in enumerate(problem.days) if rules.id == reason.params["day"])
            opened = replace(wanted, windows=tuple(((0, problem.days[d].end_s),) if w else () for d, w in enumerate(wanted.windows)))
            doors = replace(problem, visits=(*problem.visits[:visit], opened, *problem.visits[visit + 1 :]))
            is_closed = not any(a <= reason.params["at"] <= b for a, b in wanted.windows[day])
            return is_closed and can_make(doors, {visit} if not alone else {*plan.made(), visit})
        case WhyNot.TRAVEL_LIMIT:
            return not can_make(problem, {visit}) if not alone else can_make(boundless, {*plan.made(), visit})
        case WhyNot.OUTRANKED:
            return all(can_make(problem, (plan.made() - {ids[other]}) | {visit}) for other in reason.params["ids"])
        case WhyNot.CONFLICT:
            return not can_make(problem, {*required, visit})
        case WhyNot.NOT_WORTH_THE_DRIVE:
            return can_make(problem, {*plan.made(), visit}) and gain(problem, plan, visit) <= 1e-9
        case WhyNot.ROOM_FOR_IT:
            return can_make(problem, {*plan.made(), visit}) and gain(problem, plan, visit) > 0
        case WhyNot.DAY_FULL:
            return not any(earliest(problem, d, (*o[:k], visit, *o[k:])) for d, o in enumerate(plan.orders()) for k in range(len(o) + 1))
    return False


def gain(problem: Problem, plan: Plan, visit: int) -> float:
    """What putting a visit into the orders as they are brings at best."""
    gains = []
    for day, order in enumerate(plan.orders()):
        for position in range(len(order) + 1):
            longer = earliest(problem, day, (*order[:position], visit, *order[position:]))
            if longer is not None:
                added = longer.travel_s - plan.days[day].travel_s
                gains.append(problem.visits[visit].value - problem.value_per_minute * added / 60)
    return max(gains)


@settings(max_examples=100)
@given(problems(visits=5))
def test_the_best_plan_leaves_out_nobody_who_fits_and_pays(problem: Problem) -> None:
    plan = best_plan(problem)
    assume(plan is not None)
    assert plan is not None
    assert all(left.reason.code is not WhyNot.ROOM_FOR_IT for left in explained(problem, plan).left_out.values())


@settings(max_examples=100)
@given(problem=problems(visits=5, required=False), data=st.data())
def test_an_order_made_by_hand_is_explained_even_where_it_breaks_rules(problem: Problem, data: st.DataObject) -> None:
    order = data.draw(st.permutations(range(len(problem.visits))))
    plan = Plan((soft(problem, 0, order[: data.draw(st.integers(1, len(order)))]).plan,))
    told = explained(problem, plan)
    assert set(told.why) == plan.made()
    assert tuple(told.left_out) == plan.left_out(problem)
    for visit, left in told.left_out.items():
        for relief in left.reliefs:
            gone = {relief.params["visit"]} if relief.code is Relief.DROP else set(relief.params.get("ids", ()))
            assert can_make(apply_relief(problem, relief), {i for i in plan.made() if problem.visits[i].id not in gone} | {visit})


# One day by car: every leg is 20 minutes unless said otherwise, 9:00 to 18:00, lunch of an hour from 11:30 to 13:00.


def visit(name: str, place: int, *windows: tuple[float, float], minutes: int = 60, value: float = 50, **more: object) -> Visit:
    hours = tuple((int(a * HOUR), int(b * HOUR)) for a, b in windows or [(9.0, 17.0)])
    return Visit(name, place, minutes * MINUTE, (hours,), value=value, **more)


def day_of(*visits: Visit, legs: dict[tuple[int, int], int] | None = None, **day: object) -> Problem:
    size = 1 + max(v.place for v in visits)
    matrix = np.full((size, size), 20 * MINUTE, dtype=np.int64)
    np.fill_diagonal(matrix, 0)
    for (a, b), minutes in (legs or {}).items():
        matrix[a, b] = matrix[b, a] = minutes * MINUTE
    lunch = Break(HOUR, (11 * HOUR + 30 * MINUTE, 13 * HOUR))
    rules = {"start_s": 9 * HOUR, "end_s": 18 * HOUR, "breaks": (lunch,), **day}
    return Problem(visits, (Day("d", **rules),), (matrix,), value_per_minute=1.0)


def left_out(problem: Problem, name: str, plan: Plan | None = None) -> LeftOut:
    index = [v.id for v in problem.visits].index(name)
    return explained(problem, plan or solve(problem)).left_out[index]


def code_of(problem: Problem, name: str) -> tuple[WhyNot, dict[str, object]]:
    reason = left_out(problem, name).reason
    return reason.code, dict(reason.params)


def test_who_is_closed_all_day_is_said_to_be_and_nothing_is_proposed() -> None:
    problem = day_of(replace(visit("a", 1), windows=((),)))
    assert left_out(problem, "a") == LeftOut(Reason(WhyNot.CLOSED_ALL_DAY))


def test_where_there_is_no_way_nothing_is_proposed() -> None:
    problem = day_of(visit("a", 1), visit("b", 2), legs={(0, 2): UNREACHABLE, (1, 2): UNREACHABLE})
    assert left_out(problem, "b") == LeftOut(Reason(WhyNot.UNREACHABLE))


def test_who_is_too_far_even_alone_needs_a_longer_day() -> None:
    problem = day_of(visit("a", 1), legs={(0, 1): 4 * 60})
    left = left_out(problem, "a")
    assert left.reason == Reason(WhyNot.TOO_FAR, {"minutes": 60})
    assert Reason(Relief.STAY_UNTIL, {"at": 19 * HOUR, "for": "a", "day": "d"}) in left.reliefs
    assert Reason(Relief.START_AT, {"at": 8 * HOUR, "for": "a", "day": "d"}) in left.reliefs


def test_who_is_open_only_before_one_can_be_there_is_closed_when_reachable() -> None:
    problem = day_of(visit("a", 1, (8, 9)))
    code, params = code_of(problem, "a")
    assert code is WhyNot.CLOSED_WHEN_REACHABLE
    assert (params["opens"], params["closes"], params["at"]) == (8 * HOUR, 9 * HOUR, 9 * HOUR + 20 * MINUTE)


def test_a_long_drive_for_little_is_not_worth_it_and_one_may_insist() -> None:
    problem = day_of(visit("a", 1, value=50), visit("b", 2, value=5), legs={(0, 1): 10, (0, 2): 30, (1, 2): 28})
    left = left_out(problem, "b")
    assert left.reason == Reason(WhyNot.NOT_WORTH_THE_DRIVE, {"minutes": 48, "value": 5})
    assert left.reliefs == (Reason(Relief.LOCK, {"names": [], "ids": [], "for": "b"}),)


def test_a_limit_on_travel_that_keeps_somebody_out_can_be_raised() -> None:
    problem = day_of(visit("a", 1), visit("b", 2), legs={(0, 2): 40, (1, 2): 41}, max_travel_s=90 * MINUTE)
    left = left_out(problem, "b")
    assert left.reason == Reason(WhyNot.TRAVEL_LIMIT, {"minutes": 11})
    assert left.reliefs[0] == Reason(Relief.ALLOW_TRAVEL, {"minutes": 105, "for": "b", "day": "d"})


def test_a_full_day_names_those_who_took_the_time_and_what_would_make_room() -> None:
    visits = [visit("a", 1, minutes=160, value=90), visit("b", 2, minutes=160, value=80), visit("c", 3, minutes=160, value=70)]
    left = left_out(day_of(*visits), "c")
    assert left.reason == Reason(WhyNot.OUTRANKED, {"by": ["Customer b", "Customer a"], "ids": ["b", "a"]})
    assert {relief.code for relief in left.reliefs} == {Relief.STAY_UNTIL, Relief.SHORTEN_VISIT, Relief.DROP}
    stay = next(relief for relief in left.reliefs if relief.code is Relief.STAY_UNTIL)
    assert stay.params["at"] == 19 * HOUR + 20 * MINUTE
    drop = next(relief for relief in left.reliefs if relief.code is Relief.DROP)
    assert (drop.params["visit"], drop.params["name"]) == ("b", "Customer b")


def test_a_shorter_lunch_is_proposed_when_it_is_enough() -> None:
    visits = [visit(name, place, minutes=120, value=50 - place) for place, name in enumerate("abc", start=1)]
    problem = day_of(*visits, end_s=17 * HOUR + 10 * MINUTE)
    left = left_out(problem, "c")
    assert Reason(Relief.SHORTEN_BREAK, {"pause": 0, "minutes": 15, "for": "c", "day": "d"}) in left.reliefs
    assert Reason(Relief.SHORTEN_VISIT, {"minutes": 110, "for": "c"}) in left.reliefs


def test_a_better_order_that_makes_room_for_everybody_is_found_by_the_solver() -> None:
    visits = [visit(name, place, (9, 16), minutes=100, value=50 - place) for place, name in enumerate("abcd", start=1)]
    zigzag = {(1, 2): 5, (2, 3): 5, (3, 4): 5, (1, 3): 60, (2, 4): 60, (1, 4): 60}
    problem = day_of(*visits, legs=zigzag, end_s=18 * HOUR)
    day = earliest(problem, 0, [0, 2, 1])
    assert day is not None
    left = left_out(problem, "d", Plan((day,)))
    assert left.reliefs[0] == Reason(Relief.LOCK, {"names": [], "ids": [], "for": "d"})


def test_who_needs_more_room_than_one_stop_makes_names_all_that_fall_out() -> None:
    long = visit("d", 4, minutes=380, value=60)
    problem = day_of(visit("a", 1, value=90), visit("b", 2, value=80), visit("c", 3, value=70), long, breaks=())
    left = left_out(problem, "d")
    assert left.reason.code is WhyNot.DAY_FULL
    lock = next(relief for relief in left.reliefs if relief.code is Relief.LOCK)
    assert len(lock.params["ids"]) > 1
    assert lock.params["names"] == [f"Customer {name}" for name in lock.params["ids"]]


def test_the_solver_is_asked_a_few_times_at_most() -> None:
    asked = []

    def listening(problem: Problem) -> Plan:
        asked.append(problem)
        return solve(problem)

    visits = [visit(name, place, minutes=200, value=50 + place) for place, name in enumerate("abcdefgh", start=1)]
    problem = day_of(*visits, end_s=16 * HOUR)
    plan = solve(problem)
    explain(problem, plan, {}, listening)
    assert len(asked) <= 3
    assert not any(v.required for p in asked for v in p.visits)


def test_two_appointments_at_one_time_conflict() -> None:
    first = visit("a", 1, (10, 10), required=True)
    second = visit("b", 2, (10.5, 10.5), required=True)
    problem = day_of(first, second)
    plan = solve(day_of(first, replace(second, required=False, windows=((),))))
    assert left_out(problem, "b", plan).reason == Reason(WhyNot.CONFLICT, {"with": ["Customer a"], "ids": ["a"]})


def test_a_relief_of_a_week_changes_its_day_alone() -> None:
    one = day_of(replace(visit("a", 1), windows=(((9 * HOUR, 17 * HOUR),),) * 2))
    week = replace(one, days=(one.days[0], replace(one.days[0], id="e")))
    relaxed = apply_relief(week, Reason(Relief.STAY_UNTIL, {"at": 19 * HOUR, "for": "a", "day": "e"}))
    assert [day.end_s for day in relaxed.days] == [18 * HOUR, 19 * HOUR]
    assert relaxed.visits[0].required


def test_a_relief_of_another_problem_is_refused() -> None:
    with pytest.raises(KeyError):
        apply_relief(day_of(visit("a", 1)), Reason(Relief.LOCK, {"names": [], "ids": [], "for": "somebody"}))


def whys(problem: Problem, facts: dict[str, Facts], name: str) -> list[Why]:
    plan = solve(problem)
    index = [v.id for v in problem.visits].index(name)
    assert verify.faults(problem, plan) == ()
    return [reason.code for reason in explain(problem, plan, facts, solve).why[index]]


def test_a_stop_says_why_today_before_it_says_why_then() -> None:
    problem = day_of(visit("a", 1, value=60), visit("b", 2, (14, 14.5), value=80), visit("c", 3, value=60))
    timing = Timing(days_unseen=42, cadence_days=30, promised_on=date(2026, 11, 20), promised_days_late=1)
    facts = {"b": Facts("Beta", timing)}
    assert whys(problem, facts, "b")[:3] == [Why.PROMISED, Why.OVERDUE, Why.VALUABLE]
    assert Why.WAITS_TO_OPEN in whys(problem, facts, "b") or Why.BEFORE_CLOSING in whys(problem, facts, "b")


def test_the_first_of_many_equals_is_not_called_the_most_valuable() -> None:
    problem = day_of(*(visit(name, place) for place, name in enumerate("abc", 1)))
    never = {name: Facts(name, Timing(is_never_visited=True)) for name in "abc"}
    assert all(Why.VALUABLE not in whys(problem, never, name) for name in "abc")


def test_an_appointment_needs_no_other_reason_for_its_time() -> None:
    problem = day_of(visit("a", 1, (10, 10), required=True, value=0), visit("b", 2))
    assert whys(problem, {"a": Facts("Alpha", is_appointment=True)}, "a") == [Why.APPOINTMENT]


def test_a_stop_that_adds_little_travel_is_on_the_way() -> None:
    problem = day_of(visit("a", 1), visit("b", 2), legs={(0, 1): 20, (1, 2): 12, (0, 2): 12})
    plan = solve(problem)
    reasons = explained(problem, plan).why[1]
    assert Reason(Why.ON_THE_WAY, {"minutes": 0}) in reasons or Reason(Why.ON_THE_WAY, {"minutes": 4}) in reasons


def test_what_a_person_decided_is_the_first_reason() -> None:
    problem = day_of(visit("a", 1, required=True), visit("b", 2, required=True))
    assert whys(problem, {"a": Facts("Alpha", is_locked=True)}, "a")[0] is Why.LOCKED
    assert whys(problem, {}, "b")[0] is Why.REQUIRED
