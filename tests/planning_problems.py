"""Small problems of every kind for property tests, and answers found by trying everything, slow and hard to get wrong.

Time in them runs in single seconds and a day has about sixty, so that `enumerated_end` can walk through all of them.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
from hypothesis import strategies as st

from fieldsales.domain.planning.plan import Plan
from fieldsales.domain.planning.problem import UNREACHABLE, Break, Day, Fixed, Problem, Visit, Window
from fieldsales.domain.planning.schedule import earliest
from fieldsales.domain.planning.timetable import Labels, Timetable

DAY_ENDS = 60


@st.composite
def windows(draw: st.DrawFn) -> tuple[Window, ...]:
    """Opening hours of one day: mostly one window, at times two, none, a wide open day, or a single moment."""
    kind = draw(st.sampled_from(["open", "open", "open", "one", "one", "one", "two", "two", "closed", "moment"]))
    if kind == "open":
        return ((0, DAY_ENDS),)
    if kind == "closed":
        return ()
    ends = sorted(draw(st.lists(st.integers(0, DAY_ENDS), min_size=4, max_size=4)))
    return {"one": ((ends[0], ends[2]),), "two": ((ends[0], ends[1]), (ends[2], ends[3])), "moment": ((ends[1], ends[1]),)}[kind]


@st.composite
def breaks(draw: st.DrawFn, *, most: int) -> tuple[Break, ...]:
    """Breaks whose windows may overlap, at most `most` of them."""
    found = []
    for _ in range(draw(st.integers(0, most))):
        first = draw(st.integers(5, 35))
        found.append(Break(draw(st.integers(0, 8)), (first, first + draw(st.integers(0, 20)))))
    return tuple(found)


@st.composite
def travel(draw: st.DrawFn, *, places: int, unreachable: bool) -> np.ndarray:
    """Asymmetric travel that need not obey the triangle inequality; some places may have no way between them."""
    drawn = draw(st.binary(min_size=places * places, max_size=places * places))
    legs = [UNREACHABLE if unreachable and byte >= 240 else byte % 10 for byte in drawn]
    matrix = np.array(legs, dtype=np.int64).reshape(places, places)
    np.fill_diagonal(matrix, 0)
    return matrix


@st.composite
def problems(
    draw: st.DrawFn, *, visits: int = 6, days: int = 1, most_breaks: int = 2, required: bool = True, unreachable: bool = True
) -> Problem:
    """Problems of up to `visits` visits and `days` days: lunch, several windows, appointments, limits on travel, days without start or end.

    With `required` some visits have to be made, which may be impossible. Two reps may travel by different matrices.
    """
    count, width = draw(st.integers(1, visits)), draw(st.integers(1, days))
    places = count + 2
    matrices = tuple(draw(travel(places=places, unreachable=unreachable)) for _ in range(draw(st.integers(1, min(2, width)))))
    made_days = []
    for index in range(width):
        begins = draw(st.integers(0, 10))
        made_days.append(
            Day(
                f"d{index}",
                begins,
                draw(st.integers(begins + 25, DAY_ENDS)),
                start=draw(st.sampled_from([0, 0, 0, None])),
                end=draw(st.sampled_from([0, 0, count + 1, None])),
                breaks=draw(breaks(most=most_breaks)),
                max_travel_s=draw(st.sampled_from([None, None, None, 15, 30])),
                matrix=draw(st.integers(0, len(matrices) - 1)),
            )
        )
    made_visits = tuple(
        Visit(
            f"v{index}",
            index + 1,
            draw(st.integers(0, 6)),
            tuple(draw(windows()) for _ in range(width)),
            value=float(draw(st.integers(0, 30))),
            required=required and draw(st.sampled_from([False, False, False, True])),
            fixed=draw(st.sampled_from([None] * 8 + [Fixed.FIRST, Fixed.LAST])),
        )
        for index in range(count)
    )
    return Problem(made_visits, tuple(made_days), matrices, value_per_minute=float(draw(st.sampled_from([0, 30, 60, 120]))))


def enumerated_end(problem: Problem, day: int, order: Sequence[int]) -> int | None:
    """Return when a day with its stops in `order` ends at the earliest, by walking through every second; None when it cannot be.

    At each moment one may drive on for a second, wait for one, take a break or begin the visit; nothing is reasoned about.
    """
    rules, matrix = problem.days[day], problem.travel(day)
    stops = [problem.visits[visit] for visit in order]
    if any((v.fixed is Fixed.FIRST and i) or (v.fixed is Fixed.LAST and i < len(stops) - 1) for i, v in enumerate(stops)):
        return None
    places = [rules.start, *(visit.place for visit in stops), rules.end]
    legs = [0 if a is None or b is None else int(matrix[a, b]) for a, b in pairwise(places)]
    if max(legs) >= UNREACHABLE or (rules.max_travel_s is not None and sum(legs) > rules.max_travel_s):
        return None
    everything = frozenset(range(len(rules.breaks)))
    ahead, seen = [(rules.start_s, 0, legs[0], tuple[int, ...]())], set()
    while ahead:
        state = now, stop, drive, taken = heapq.heappop(ahead)
        if state in seen or now > rules.end_s:
            continue
        seen.add(state)
        if stop == len(stops) and not drive and everything == set(taken):
            return now
        heapq.heappush(ahead, (now + 1, stop, max(0, drive - 1), taken))
        if drive:
            heapq.heappush(ahead, (now + 1, stop, drive, taken))
        for k in everything - set(taken):
            if rules.breaks[k].window[0] <= now <= rules.breaks[k].window[1]:
                heapq.heappush(ahead, (now + rules.breaks[k].duration_s, stop, drive, tuple(sorted({*taken, k}))))
        if stop < len(stops) and not drive and any(a <= now <= b for a, b in stops[stop].windows[day]):
            heapq.heappush(ahead, (now + stops[stop].service_s, stop + 1, legs[stop + 1], taken))
    return None


def best_plan(problem: Problem) -> Plan | None:
    """Return a plan of the greatest worth, found by trying every choice and every order; None when the required ones do not fit.

    For up to eight visits on one day, or six on two.
    """
    required = frozenset(i for i, visit in enumerate(problem.visits) if visit.required)
    plans: dict[frozenset[int], tuple[int, tuple[tuple[int, ...], ...]]] = {frozenset(): (0, ())}
    for day in range(len(problem.days)):
        longer: dict[frozenset[int], tuple[int, tuple[tuple[int, ...], ...]]] = {}
        for made, (cost, orders) in plans.items():
            for more, (travel_s, order) in _orders(problem, day).items():
                whole = made | more
                if not made & more and (whole not in longer or cost + travel_s < longer[whole][0]):
                    longer[whole] = cost + travel_s, (*orders, order)
        plans = longer
    found = [(worth_of(problem, made, cost), orders) for made, (cost, orders) in plans.items() if required <= made]
    if not found:
        return None
    orders = max(found)[1]
    days = [earliest(problem, day, order) for day, order in enumerate(orders)]
    return Plan(tuple(day for day in days if day is not None))


def worth_of(problem: Problem, made: frozenset[int], travel_s: int) -> float:
    """Return what the visits made are worth less what the travel costs."""
    return sum(problem.visits[i].value for i in made) - problem.value_per_minute * travel_s / 60


def _orders(problem: Problem, day: int) -> dict[frozenset[int], tuple[int, tuple[int, ...]]]:
    """Return for each set of visits that fits into a day its order with the least travel."""
    table = Timetable(problem, day)
    rules = table.day
    found: dict[frozenset[int], tuple[int, tuple[int, ...]]] = {frozenset(): (0, ())}

    def extend(order: tuple[int, ...], labels: Labels, place: int | None, travel_s: int) -> None:
        if order:
            last = table.leg(place, rules.end)
            made, whole = frozenset(order), travel_s + last
            if (made not in found or whole < found[made][0]) and table.fits(order):
                found[made] = whole, order
        for visit in range(len(problem.visits)):
            leg = table.leg(place, problem.visits[visit].place)
            if visit in order or leg >= UNREACHABLE:
                continue
            after = table.after(labels, leg, visit)
            if any(leave is not None for leave in after):
                extend((*order, visit), after, problem.visits[visit].place, travel_s + leg)

    extend((), table.forward((), ())[0], rules.start, 0)
    return found


def stretched(problem: Problem, *, by: int) -> Problem:
    """Return the same problem with every second `by` seconds long, where minutes matter."""

    def long(window: Window) -> Window:
        return window[0] * by, window[1] * by

    visits = tuple(
        replace(visit, service_s=visit.service_s * by, windows=tuple(tuple(long(w) for w in windows) for windows in visit.windows))
        for visit in problem.visits
    )
    days = tuple(
        replace(
            day,
            start_s=day.start_s * by,
            end_s=day.end_s * by,
            breaks=tuple(Break(pause.duration_s * by, long(pause.window)) for pause in day.breaks),
            max_travel_s=None if day.max_travel_s is None else day.max_travel_s * by,
        )
        for day in problem.days
    )
    matrices = tuple(np.where(matrix >= UNREACHABLE, matrix, matrix * by) for matrix in problem.travel_s)
    return Problem(visits, days, matrices, value_per_minute=problem.value_per_minute / by)
