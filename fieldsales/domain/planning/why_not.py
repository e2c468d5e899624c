"""Why a visit is left out: the one reason that is true, found by relaxing single rules until it fits.

The first of these that holds: closed all day; no way there; it would fit as it stands (then it does not pay, or nobody asked);
it does not fit even alone (hours, limit on travel, too far); it cannot be combined with what is required; the limit on travel
alone keeps it out; its opening hours alone do; single stops worth more do; else the day is full.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import permutations

from fieldsales.domain.planning.problem import UNREACHABLE, Problem, Seconds, Window
from fieldsales.domain.planning.reasons import Reason, WhyNot
from fieldsales.domain.planning.schedule import earliest_on
from fieldsales.domain.planning.situation import Place, Situation

FAR_BEYOND_S: Seconds = 7 * 24 * 3600  # a day as long as this ends no visit
MOST_TRIED_IN_EVERY_ORDER = 4  # required stops: up to here a conflict is proved by trying all orders
MOST_NAMED = 3


def reason_for(situation: Situation, visit: int) -> Reason:
    """Return the one true reason why a visit is left out."""
    if not situation.open_days(visit):
        return Reason(WhyNot.CLOSED_ALL_DAY)
    if not any(_can_be_reached(situation, visit, day) for day in situation.open_days(visit)):
        return Reason(WhyNot.UNREACHABLE)
    if situation.room[visit]:
        return _fits_as_it_stands(situation, visit, situation.room[visit][0])
    if visit not in situation.alone:
        return min((_not_even_alone(situation, visit, day) for day in situation.open_days(visit)), key=lambda found: found[0])[1]
    return (
        _conflict(situation, visit)
        or _travel_limit(situation, visit)
        or _closed_when_reachable(situation, visit)
        or _outranked(situation, visit)
        or _day_full(situation, visit)
    )


def _can_be_reached(situation: Situation, visit: int, day: int) -> bool:
    """Return whether there is a way there from anywhere, and a way on to anywhere."""
    table, problem = situation.tables[day], situation.problem
    place = problem.visits[visit].place
    others = [other.place for i, other in enumerate(problem.visits) if i != visit]
    there = table.leg(table.day.start, place) < UNREACHABLE or any(table.leg(other, place) < UNREACHABLE for other in others)
    return there and (table.leg(place, table.day.end) < UNREACHABLE or any(table.leg(place, other) < UNREACHABLE for other in others))


def _fits_as_it_stands(situation: Situation, visit: int, place: Place) -> Reason:
    value = situation.problem.visits[visit].value
    pays = value > situation.cost(place.travel_s)
    code = WhyNot.ROOM_FOR_IT if pays or situation.problem.visits[visit].required else WhyNot.NOT_WORTH_THE_DRIVE
    return Reason(code, {"minutes": max(0, round(place.travel_s / 60)), "value": round(value)})


def _not_even_alone(situation: Situation, visit: int, day: int) -> tuple[tuple[int, int], Reason]:
    """Return why a visit does not even fit alone into a day, with how hopeless that is."""
    table, problem = situation.tables[day], situation.problem
    only = [visit]
    doors = situation.doors_open
    if table.under(doors).fits(only):
        return (0, 0), _closed(situation, doors, Place(0, day, 0), visit, only)
    legs = sum(table.legs(only))
    limit = problem.days[day].max_travel_s
    if limit is not None and limit < legs < UNREACHABLE:
        return (1, legs - limit), Reason(WhyNot.TRAVEL_LIMIT, {"minutes": _minutes_up(legs - limit)})
    longest = replace(doors, days=tuple(replace(d, end_s=d.end_s + FAR_BEYOND_S, max_travel_s=None) for d in doors.days))
    plan = earliest_on(table.under(longest), only)
    over = UNREACHABLE if plan is None else max(0, plan.end_s - problem.days[day].end_s)
    if plan is None:
        return (3, 0), Reason(WhyNot.UNREACHABLE)  # from start and to end of this day there is no way
    return (2, over), Reason(WhyNot.TOO_FAR, {"minutes": _minutes_up(over)})


def _travel_limit(situation: Situation, visit: int) -> Reason | None:
    places = free_travel(situation)[visit]
    if not places:
        return None
    best = min(places, key=lambda place: _travel_over(situation, place))
    return Reason(WhyNot.TRAVEL_LIMIT, {"minutes": _minutes_up(_travel_over(situation, best))})


def free_travel(situation: Situation) -> dict[int, tuple[Place, ...]]:
    """Return where the squeezed visits fit when travel has no limit."""
    if all(day.max_travel_s is None for day in situation.problem.days):
        return {visit: () for visit in situation.squeezed}
    problem = situation.with_days(lambda day: replace(day, max_travel_s=None))
    return situation.find("free travel", situation.squeezed, problem=problem)


def _travel_over(situation: Situation, place: Place) -> Seconds:
    limit = situation.problem.days[place.day].max_travel_s or 0
    return situation.travel_s(place.day, situation.orders[place.day]) + place.travel_s - limit


def _closed_when_reachable(situation: Situation, visit: int) -> Reason | None:
    doors = situation.doors_open
    places = situation.find("doors open", situation.squeezed, problem=doors)[visit]
    if not places:
        return None
    return _closed(situation, doors, places[0], visit, situation.longer(places[0].day, places[0].position, visit))


def _closed(situation: Situation, doors: Problem, place: Place, visit: int, order: Sequence[int]) -> Reason:
    plan = earliest_on(situation.tables[place.day].under(doors), order)
    if plan is None:
        raise AssertionError("a visit was found to fit with its doors open, and does not")
    at = next(stop.start_s for stop in plan.stops if stop.visit == visit)
    opens, closes = min(situation.problem.visits[visit].windows[place.day], key=lambda window: _distance(window, at))
    day = situation.problem.days[place.day].id
    return Reason(WhyNot.CLOSED_WHEN_REACHABLE, {"opens": opens, "closes": closes, "at": at, "day": day})


def _distance(window: Window, at: Seconds) -> Seconds:
    return max(window[0] - at, at - window[1])


def _conflict(situation: Situation, visit: int) -> Reason | None:
    problem = situation.problem
    required = tuple(tuple(stop for stop in order if problem.visits[stop].required) for order in situation.orders)
    days = situation.open_days(visit)
    nowhere = all(not order for order in required) or not all(t.fits(o) for t, o in zip(situation.tables, required, strict=True))
    if nowhere or situation.find("only what is required", situation.squeezed, orders=required)[visit]:
        return None
    one_by_one = [stop for order in required for stop in order if not _go_together(situation, visit, stop)]
    if one_by_one:
        return _conflict_with(situation, one_by_one)
    if len(problem.days) == 1 and len(required[0]) <= MOST_TRIED_IN_EVERY_ORDER:
        if any(situation.tables[0].fits(order) for order in permutations((visit, *required[0]))):
            return None
        return _conflict_with(situation, list(required[0]))
    return _conflict_with(situation, [stop for day in days for stop in required[day]]) if problem.visits[visit].required else None


def _go_together(situation: Situation, visit: int, other: int) -> bool:
    """Return whether two visits can be made at all, in one day or on two."""
    days = range(len(situation.tables))
    fits = [[table.fits([v]) for table in situation.tables] for v in (visit, other)]
    if any(fits[0][a] and fits[1][b] for a in days for b in days if a != b):
        return True
    return any(table.fits(order) for table in situation.tables for order in ([visit, other], [other, visit]))


def _conflict_with(situation: Situation, stops: Sequence[int]) -> Reason:
    return Reason(WhyNot.CONFLICT, {"with": [situation.name(i) for i in stops], "ids": [situation.problem.visits[i].id for i in stops]})


def _outranked(situation: Situation, visit: int) -> Reason | None:
    value = situation.problem.visits[visit].value
    better = []
    for day, stop in situation.optional_stops:
        found, saved = situation.room_without(day, stop)
        gain = value - situation.problem.visits[stop].value
        if found[visit] and gain <= situation.cost(found[visit][0].travel_s - saved) + 1e-9:
            better.append(stop)
    named = better[:MOST_NAMED]
    ids = [situation.problem.visits[i].id for i in named]
    return Reason(WhyNot.OUTRANKED, {"by": [situation.name(i) for i in named], "ids": ids}) if named else None


def _day_full(situation: Situation, visit: int) -> Reason:
    """Return how much time is missing where least of it is; 0 where something else than time is in the way."""
    short = [situation.tables[day].shortage(situation.orders[day], visit) for day in situation.open_days(visit)]
    return Reason(WhyNot.DAY_FULL, {"minutes": _minutes_up(min((missing for missing in short if missing is not None), default=0))})


def _minutes_up(seconds: Seconds) -> int:
    return -(-seconds // 60)
