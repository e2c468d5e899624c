"""The independent judge of plans: reads the times that a plan states and holds each against the problem, one rule after the other.

It shares nothing with `schedule` or any solver: it finds no times, it only checks them. A plan nobody checked is shown to nobody.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from fieldsales.domain.planning.plan import DayPlan, Plan, Rest
from fieldsales.domain.planning.problem import UNREACHABLE, Day, Fixed, Problem, Seconds


class FaultKind(StrEnum):
    """The rules that a plan can break."""

    WRONG_DAYS = "wrong_days"  # not one day plan for each day
    UNKNOWN_VISIT = "unknown_visit"
    UNKNOWN_BREAK = "unknown_break"
    MADE_TWICE = "made_twice"
    NOT_MADE = "not_made"  # required, and left out
    OUTSIDE_WINDOW = "outside_window"
    WRONG_DURATION = "wrong_duration"
    BEGUN_BEFORE_ARRIVAL = "begun_before_arrival"
    TOO_SHORT_A_LEG = "too_short_a_leg"  # no time for the leg and the rests on it
    NO_WAY = "no_way"
    OUTSIDE_DAY = "outside_day"
    BREAK_COUNT = "break_count"  # missing, taken twice, or taken on a day without stops
    BREAK_OUTSIDE_WINDOW = "break_outside_window"
    BREAK_OVERLAPS = "break_overlaps"  # a visit, or another break
    TOO_MUCH_TRAVEL = "too_much_travel"
    NOT_IN_PLACE = "not_in_place"  # fixed as the first or the last
    WRONG_TOTAL = "wrong_total"  # travel, wait, start or end are not as stated


@dataclass(frozen=True, slots=True)
class Fault:
    """One broken rule: on which day (index), at which visit (index into the problem's visits) if at one, and by how much."""

    kind: FaultKind
    day: int | None = None
    visit: int | None = None
    by_s: Seconds = 0


def faults(problem: Problem, plan: Plan) -> tuple[Fault, ...]:
    """Return every rule of the problem that a plan breaks; none when it may be shown."""
    if len(plan.days) != len(problem.days):
        return (Fault(FaultKind.WRONG_DAYS),)
    unknown = [Fault(FaultKind.UNKNOWN_VISIT, d, stop.visit) for d, day in enumerate(plan.days) for stop in day.stops
               if not 0 <= stop.visit < len(problem.visits)]  # fmt: skip
    unknown += [Fault(FaultKind.UNKNOWN_BREAK, d) for d, day in enumerate(plan.days) for rest in day.rests
                if not 0 <= rest.pause < len(problem.days[d].breaks)]  # fmt: skip
    if unknown:
        return tuple(unknown)
    times = Counter(stop.visit for day in plan.days for stop in day.stops)
    found = [Fault(FaultKind.MADE_TWICE, visit=visit) for visit, count in times.items() if count > 1]
    found += [Fault(FaultKind.NOT_MADE, visit=i) for i, visit in enumerate(problem.visits) if visit.required and i not in times]
    for index, day in enumerate(plan.days):
        found += _day_faults(problem, index, day)
    return tuple(found)


def _day_faults(problem: Problem, index: int, plan: DayPlan) -> Iterator[Fault]:
    day = problem.days[index]
    if not plan.stops:
        if plan.rests:
            yield Fault(FaultKind.BREAK_COUNT, index)
        if (plan.start_s, plan.end_s, plan.travel_s, plan.wait_s) != (day.start_s, day.start_s, 0, 0):
            yield Fault(FaultKind.WRONG_TOTAL, index)
        return
    yield from _stop_faults(problem, index, plan)
    yield from _rest_faults(index, day, plan)
    legs = _legs(problem, index, plan)
    yield from _leg_faults(index, plan, legs)
    if plan.start_s < day.start_s:
        yield Fault(FaultKind.OUTSIDE_DAY, index, by_s=day.start_s - plan.start_s)
    if plan.end_s > day.end_s:
        yield Fault(FaultKind.OUTSIDE_DAY, index, by_s=plan.end_s - day.end_s)
    travel = sum(legs)
    if day.max_travel_s is not None and travel > day.max_travel_s:
        yield Fault(FaultKind.TOO_MUCH_TRAVEL, index, by_s=travel - day.max_travel_s)
    busy = travel + sum(problem.visits[stop.visit].service_s for stop in plan.stops)
    busy += sum(_shared(rest, plan.start_s, plan.end_s) for rest in plan.rests)
    if plan.travel_s != travel or plan.wait_s != plan.end_s - plan.start_s - busy:
        yield Fault(FaultKind.WRONG_TOTAL, index)


def _stop_faults(problem: Problem, index: int, plan: DayPlan) -> Iterator[Fault]:
    last = len(plan.stops) - 1
    for position, stop in enumerate(plan.stops):
        visit = problem.visits[stop.visit]
        if not any(opens <= stop.start_s <= closes for opens, closes in visit.windows[index]):
            yield Fault(FaultKind.OUTSIDE_WINDOW, index, stop.visit)
        if stop.departure_s != stop.start_s + visit.service_s:
            yield Fault(FaultKind.WRONG_DURATION, index, stop.visit)
        if stop.arrival_s > stop.start_s:
            yield Fault(FaultKind.BEGUN_BEFORE_ARRIVAL, index, stop.visit, stop.arrival_s - stop.start_s)
        if (visit.fixed is Fixed.FIRST and position != 0) or (visit.fixed is Fixed.LAST and position != last):
            yield Fault(FaultKind.NOT_IN_PLACE, index, stop.visit)


def _rest_faults(index: int, day: Day, plan: DayPlan) -> Iterator[Fault]:
    if sorted(rest.pause for rest in plan.rests) != list(range(len(day.breaks))):
        yield Fault(FaultKind.BREAK_COUNT, index)
    for rest in plan.rests:
        pause = day.breaks[rest.pause]
        if not pause.window[0] <= rest.start_s <= pause.window[1]:
            yield Fault(FaultKind.BREAK_OUTSIDE_WINDOW, index)
        if rest.end_s != rest.start_s + pause.duration_s:
            yield Fault(FaultKind.WRONG_DURATION, index)
        if rest.start_s < day.start_s or rest.end_s > plan.end_s:
            yield Fault(FaultKind.OUTSIDE_DAY, index, by_s=max(day.start_s - rest.start_s, rest.end_s - plan.end_s))
        for stop in plan.stops:
            if rest.start_s < stop.departure_s and stop.start_s < rest.end_s:
                yield Fault(FaultKind.BREAK_OVERLAPS, index, stop.visit)
    for one, other in pairwise(plan.rests):
        if other.start_s < one.end_s:  # so they are in order of time as well
            yield Fault(FaultKind.BREAK_OVERLAPS, index)


def _legs(problem: Problem, index: int, plan: DayPlan) -> list[Seconds]:
    """Return the legs to each stop, then the one to the end; 0 from or to a place that the day does not have."""
    day, travel = problem.days[index], problem.travel(index)
    places = [day.start, *(problem.visits[stop.visit].place for stop in plan.stops), day.end]
    return [0 if a is None or b is None else int(travel[a, b]) for a, b in pairwise(places)]


def _leg_faults(index: int, plan: DayPlan, legs: list[Seconds]) -> Iterator[Fault]:
    """Yield what is wrong between two visits: each leg, and every rest on it, needs its time."""
    left = [plan.start_s, *(stop.departure_s for stop in plan.stops)]
    reached = [*(stop.arrival_s for stop in plan.stops), plan.end_s]
    visits: list[int | None] = [*(stop.visit for stop in plan.stops), None]
    for leave, arrive, leg, visit in zip(left, reached, legs, visits, strict=True):
        if leg >= UNREACHABLE:
            yield Fault(FaultKind.NO_WAY, index, visit)
            continue
        driving = arrive - leave - sum(_shared(rest, leave, arrive) for rest in plan.rests)
        if driving < leg:
            yield Fault(FaultKind.TOO_SHORT_A_LEG, index, visit, leg - driving)


def _shared(rest: Rest, begin: Seconds, end: Seconds) -> Seconds:
    """Return how much of a rest lies between two times."""
    return max(0, min(rest.end_s, end) - max(rest.start_s, begin))
