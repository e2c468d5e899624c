"""Putting one more visit into a plan: into a gap of the day, where it costs least, or wherever it pays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fieldsales.domain.planning.plan import DayPlan, Plan
from fieldsales.domain.planning.problem import Problem, Seconds
from fieldsales.domain.planning.schedule import earliest_on, slack_s
from fieldsales.domain.planning.timetable import Timetable


@dataclass(frozen=True, slots=True)
class Filler:
    """A visit that can be made in a gap with everything after it still in time.

    `travel_s` is the travel it adds, `slack_s` how much later it could begin before anything after it breaks, `per_minute` its
    value for each minute that it takes of the day (the visit itself and the travel added).
    """

    visit: int
    arrival_s: Seconds
    start_s: Seconds
    departure_s: Seconds
    travel_s: Seconds
    slack_s: Seconds
    value: float
    per_minute: float


def fill_gap(problem: Problem, day: int, plan: Plan, *, between: int, candidates: Sequence[int]) -> tuple[Filler, ...]:
    """Return who of `candidates` can be visited before the stop at position `between` of a day, the best value for the time first.

    `between` may be the number of stops: the gap is then before the end of the day. Candidates that the plan makes already
    are passed over.
    """
    table = Timetable(problem, day)
    order = plan.orders()[day]
    open_to = [visit for visit in dict.fromkeys(candidates) if visit not in plan.made()]
    if not 0 <= between <= len(order) or not table.fits(order):
        return ()
    found = []
    for visit, insertions in table.insertions(order, open_to).items():
        for insertion in insertions:
            if insertion.position == between:
                found.append(_filler(table, order, visit, between, insertion.travel_s))
    return tuple(sorted(found, key=lambda filler: (-filler.per_minute, filler.travel_s, filler.visit)))


def best_insertion(problem: Problem, plan: Plan, visit: int) -> tuple[int, int] | None:
    """Return the day and the position at which a visit adds the least travel, None when it fits nowhere."""
    places = []
    for day, order in enumerate(plan.orders()):
        table = Timetable(problem, day)
        if table.fits(order):
            places += [(insertion.travel_s, day, insertion.position) for insertion in table.insertions(order, [visit])[visit]]
    return min(places)[1:] if places else None


def _filler(table: Timetable, order: Sequence[int], visit: int, position: int, travel_s: Seconds) -> Filler:
    plan = _sure(earliest_on(table, [*order[:position], visit, *order[position:]]))
    stop = plan.stops[position]
    value = table.problem.visits[visit].value
    takes = max(60, stop.departure_s - stop.start_s + max(0, travel_s))
    slack = slack_s(table.problem, table.index, plan)[position]
    return Filler(visit, stop.arrival_s, stop.start_s, stop.departure_s, travel_s, slack, value, value * 60 / takes)


def _sure(plan: DayPlan | None) -> DayPlan:
    if plan is None:
        raise AssertionError("an insertion was found to fit, and does not")
    return plan
