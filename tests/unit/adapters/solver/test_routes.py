"""What the search reckons about gaps is what the exact schedule says, and VROOM takes our routes as a start."""

from __future__ import annotations

import random

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldsales.adapters.solver.required import place_required
from fieldsales.adapters.solver.routes import DaySpace, Route
from fieldsales.adapters.solver.search import Search, Taste
from fieldsales.adapters.solver.task import Task
from fieldsales.adapters.solver.vroom import Vroom
from fieldsales.domain.planning.problem import Problem
from fieldsales.domain.planning.schedule import earliest
from tests.planning_days import sales_days, tour
from tests.planning_problems import problems


@settings(max_examples=80, derandomize=True)
@given(problem=problems(visits=6, most_breaks=2), seed=st.integers(0, 1000))
def test_a_gap_has_room_exactly_when_the_schedule_says_so(problem: Problem, seed: int) -> None:
    task, chance = Task(problem), random.Random(seed)
    space, order = DaySpace(task, 0), list[int]()
    for visit in chance.sample(range(task.size), task.size):
        longer = [*order[: (at := chance.randint(0, len(order)))], visit, *order[at:]]
        route = Route(space, longer)
        in_place = task.fits(0, longer)
        assert in_place == (earliest(problem, 0, longer) is not None)
        assert route.feasible == task.days[0].fits(longer)
        if in_place:
            order = longer
    others = [visit for visit in range(task.size) if visit not in order]
    if not others:
        return
    route = Route(space, order)
    travel, _, fits = route.gaps(np.array(others))
    for column, visit in enumerate(others):
        for gap in range(len(order) + 1):
            longer = [*order[:gap], visit, *order[gap:]]
            assert bool(fits[gap, column]) == task.fits(0, longer)
            if fits[gap, column]:
                assert route.travel + int(travel[gap, column]) == task.days[0].travel(longer)


def test_vroom_begins_from_routes_that_have_their_lunch_in_the_middle() -> None:
    for problem in (sales_days(40), sales_days(60, days=3, appointments=1)):
        task = Task(problem)
        search, vroom, chance = Search(task), Vroom(task), random.Random(1)
        routes = search.routes([[] for _ in task.days])
        search.fill(routes, search.open_to, Taste(), chance)
        better = vroom.improve(search.open_to, routes)
        assert better is not None
        assert task.score(better) >= search.score(routes)
        assert all(task.fits(day, order) for day, order in enumerate(better))


def test_room_is_made_for_a_required_visit_that_fits_nowhere_as_the_day_is() -> None:
    task = Task(tour(40, width_s=60, seed=3))
    search = Search(task)
    routes = search.routes([[]])
    search.fill(routes, range(0, 40, 2), Taste(), random.Random(1))
    complete = place_required(search, routes, rounds=2_000, deadline=float("inf"))
    assert task.missing([route.order for route in complete]) == []
    assert all(route.feasible for route in complete)
