"""What would let a left-out visit in: single rules relaxed just as far as it takes, each tried before it is said."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from fieldsales.domain.planning import verify
from fieldsales.domain.planning.plan import Plan
from fieldsales.domain.planning.problem import Break, Day, Problem, Seconds, Visit
from fieldsales.domain.planning.reasons import Params, Reason, Relief, WhyNot
from fieldsales.domain.planning.situation import Place, Situation
from fieldsales.domain.planning.why_not import free_travel

STEP_S: Seconds = 5 * 60  # times are said in steps of five minutes
MOST_MOVED_S: Seconds = 3 * 3600  # nobody is asked to stay longer, or to start earlier, than that
BREAK_STEPS_MIN = (15, 30, 45)
SHORTEST_S: Seconds = 10 * 60  # no visit and no break is made shorter
MOST_PLACES = 15  # places, the nearest, at which more time is tried: all that one day has
MOST_RELIEFS = 5
Solve = Callable[[Problem], Plan]
HOPELESS = (WhyNot.CLOSED_ALL_DAY, WhyNot.UNREACHABLE)


def reliefs_for(situation: Situation, visit: int, reason: Reason) -> tuple[Reason, ...]:
    """Return what would let a visit in, with every other stop kept but those that a relief names."""
    if reason.code in HOPELESS:
        return ()
    if situation.room[visit]:
        return (_relief(situation, Relief.LOCK, visit, names=[], ids=[]),)
    found = [
        *_allow_travel(situation, visit),
        *_stay_longer(situation, visit),
        *_shorten_breaks(situation, visit),
        *_shorten_visit(situation, visit),
        *_start_earlier(situation, visit),
        *_drop_one(situation, visit),
    ]
    if not any(relief.code is Relief.DROP for relief in found):
        found += _lock(situation, visit)
    return tuple(relief for relief in found if holds(situation, visit, relief))[:MOST_RELIEFS]


def apply_relief(problem: Problem, relief: Reason) -> Problem:
    """Return the problem with exactly one rule relaxed as a relief says, and the visit that it is for required.

    Raises:
        KeyError: the relief is of another problem.
    """
    params, visits, days = relief.params, list(problem.visits), list(problem.days)
    index = {visit.id: i for i, visit in enumerate(visits)}
    chosen = index[params["for"]]
    visits[chosen] = replace(visits[chosen], required=True)
    if relief.code is Relief.SHORTEN_VISIT:
        visits[chosen] = replace(visits[chosen], service_s=params["minutes"] * 60)
    elif relief.code is Relief.DROP:
        visits[index[params["visit"]]] = _never(visits[index[params["visit"]]])
    elif relief.code is not Relief.LOCK:
        at = {day.id: i for i, day in enumerate(days)}[params["day"]]
        days[at] = _relaxed(days[at], relief.code, params)
    return replace(problem, visits=tuple(visits), days=tuple(days))


def holds(situation: Situation, visit: int, relief: Reason) -> bool:
    """Return whether with a relief the visit fits, and every stop that the relief does not give up stays."""
    gone = {relief.params["visit"]} if relief.code is Relief.DROP else set(relief.params.get("ids", ()))
    problem = apply_relief(situation.problem, relief)
    fits_in = False
    for table, order, day in zip(situation.tables, situation.orders, problem.days, strict=True):
        kept = tuple(stop for stop in order if problem.visits[stop].id not in gone)
        if day == table.day and kept == order and relief.code is not Relief.SHORTEN_VISIT:
            continue  # nothing has changed on this day
        relaxed = table.under(problem)
        if not relaxed.fits(kept):
            return False
        fits_in = fits_in or bool(relaxed.insertions(kept, [visit])[visit])
    return fits_in


def in_another_order(situation: Situation, visit: int, solve: Solve) -> Reason | None:
    """Return what lets a visit in when all stops are kept and put in another order: nothing more, or to stay longer on one day.

    `solve` is asked once, for as many of these visits as fit: required ones it would try much harder for, and say which conflict.
    """
    kept = {stop for order in situation.orders for stop in order} | {visit}
    visits = tuple(replace(v, required=False, value=1.0) if i in kept else _never(v) for i, v in enumerate(situation.problem.visits))
    longer = replace(situation.with_days(lambda day: replace(day, end_s=day.end_s + MOST_MOVED_S)), visits=visits, value_per_minute=0.0)
    plan = solve(longer)
    late = [day for day, rules in enumerate(situation.problem.days) if plan.days[day].end_s > rules.end_s]
    if plan.made() != kept or len(late) > 1 or verify.faults(longer, plan):
        return None
    if not late:
        return _relief(situation, Relief.LOCK, visit, names=[], ids=[])
    return _relief(situation, Relief.STAY_UNTIL, visit, day=late[0], at=_up(plan.days[late[0]].end_s))


def _relaxed(day: Day, code: object, params: Params) -> Day:
    if code is Relief.STAY_UNTIL:
        return replace(day, end_s=params["at"])
    if code is Relief.START_AT:
        return replace(day, start_s=params["at"])
    if code is Relief.ALLOW_TRAVEL:
        return replace(day, max_travel_s=params["minutes"] * 60)
    pause = day.breaks[params["pause"]]
    shorter = Break(pause.duration_s - params["minutes"] * 60, pause.window)
    return replace(day, breaks=(*day.breaks[: params["pause"]], shorter, *day.breaks[params["pause"] + 1 :]))


def _never(visit: Visit) -> Visit:
    return replace(visit, windows=tuple(() for _ in visit.windows), required=False)


def _relief(situation: Situation, code: Relief, visit: int, /, *, day: int | None = None, **params: Any) -> Reason:
    for_whom = {"for": situation.problem.visits[visit].id}
    return Reason(code, {**params, **for_whom, **({} if day is None else {"day": situation.problem.days[day].id})})


def _seen(situation: Situation) -> Sequence[int]:
    """Return the visits that a relief may help."""
    return [visit for visit in situation.left if not situation.room[visit]]


def _allow_travel(situation: Situation, visit: int) -> Iterator[Reason]:
    places = free_travel(situation).get(visit, ())
    needed = [(situation.travel_s(p.day, situation.orders[p.day]) + p.travel_s, p.day) for p in places]
    if needed:
        travel_s, day = min(needed)
        yield _relief(situation, Relief.ALLOW_TRAVEL, visit, day=day, minutes=_up(travel_s) // 60)


def _stay_longer(situation: Situation, visit: int) -> Iterator[Reason]:
    problem = situation.with_days(lambda day: replace(day, end_s=day.end_s + MOST_MOVED_S))
    places = situation.find("longer", _seen(situation), problem=problem)[visit][:MOST_PLACES]
    tables = {day: situation.tables[day].under(problem) for day in {place.day for place in places}}
    ends = [(place.day, tables[place.day].end(situation.longer(place.day, place.position, visit))) for place in places]
    later = [(end_s - situation.problem.days[day].end_s, end_s, day) for day, end_s in ends if end_s is not None]
    if later:
        _, end_s, day = min(later)
        yield _relief(situation, Relief.STAY_UNTIL, visit, day=day, at=_up(end_s))


def _start_earlier(situation: Situation, visit: int) -> Iterator[Reason]:
    problem = situation.with_days(lambda day: replace(day, start_s=max(0, day.start_s - MOST_MOVED_S)))
    places = situation.find("earlier", _seen(situation), problem=problem)[visit][:MOST_PLACES]
    tables = {day: situation.tables[day].under(problem) for day in {place.day for place in places}}
    starts = [(place.day, tables[place.day].latest_start(situation.longer(place.day, place.position, visit))) for place in places]
    earlier = [(situation.problem.days[day].start_s - start_s, start_s, day) for day, start_s in starts if start_s is not None]
    if earlier:
        _, start_s, day = min(earlier)
        yield _relief(situation, Relief.START_AT, visit, day=day, at=start_s // STEP_S * STEP_S)


def _shorten_breaks(situation: Situation, visit: int) -> Iterator[Reason]:
    for day, rules in enumerate(situation.problem.days):
        for pause, rest in enumerate(rules.breaks):
            for minutes in BREAK_STEPS_MIN:
                if rest.duration_s - minutes * 60 < SHORTEST_S:
                    break
                if _fits_with_shorter_break(situation, visit, day, pause, minutes):
                    yield _relief(situation, Relief.SHORTEN_BREAK, visit, day=day, pause=pause, minutes=minutes)
                    return


def _fits_with_shorter_break(situation: Situation, visit: int, day: int, pause: int, minutes: int) -> bool:
    rules = _relaxed(situation.problem.days[day], Relief.SHORTEN_BREAK, {"pause": pause, "minutes": minutes})
    days = situation.problem.days
    problem = replace(situation.problem, days=(*days[:day], rules, *days[day + 1 :]))
    key = f"break {pause} of {day} shorter by {minutes}"
    return bool(situation.find(key, _seen(situation), problem=problem, days=(day,))[visit])


def _shorten_visit(situation: Situation, visit: int) -> Iterator[Reason]:
    """Yield how long the visit may take: the most steps of five minutes with which it fits, by halving."""
    whole = situation.problem.visits[visit]
    low, high = SHORTEST_S // STEP_S, (whole.service_s - 1) // STEP_S
    if high < low or not _places_if_it_takes(situation, visit, low * STEP_S):
        return
    while low < high:
        middle = (low + high + 1) // 2
        if _places_if_it_takes(situation, visit, middle * STEP_S):
            low = middle
        else:
            high = middle - 1
    yield _relief(situation, Relief.SHORTEN_VISIT, visit, minutes=low * STEP_S // 60)


def _places_if_it_takes(situation: Situation, visit: int, service_s: Seconds) -> tuple[Place, ...]:
    shorter = replace(situation.problem.visits[visit], service_s=service_s)
    return situation.find(f"{visit} in {service_s}", [visit], problem=situation.with_visit(visit, shorter))[visit]


def _drop_one(situation: Situation, visit: int) -> Iterator[Reason]:
    for day, stop in situation.optional_stops:
        if situation.room_without(day, stop)[0].get(visit):
            yield _relief(situation, Relief.DROP, visit, visit=situation.problem.visits[stop].id, name=situation.name(stop))
            return


def _lock(situation: Situation, visit: int) -> Iterator[Reason]:
    """Yield what falls out when the visit is made in any case: of one day, the least valuable stops that leave room for it."""
    lost = [gone for day in situation.open_days(visit) if (gone := _falls_out(situation, visit, day)) is not None]
    if lost:
        gone = min(lost, key=lambda stops: sum(situation.problem.visits[i].value for i in stops))
        names, ids = [situation.name(i) for i in gone], [situation.problem.visits[i].id for i in gone]
        yield _relief(situation, Relief.LOCK, visit, names=names, ids=ids)


def _falls_out(situation: Situation, visit: int, day: int) -> list[int] | None:
    """Return the stops of a day to give up for a visit, None when it does not fit even so."""
    table, order = situation.tables[day], situation.orders[day]
    optional = [stop for of, stop in situation.optional_stops if of == day]

    def leaves_room(gone: set[int]) -> bool:
        kept = [stop for stop in order if stop not in gone]
        return table.fits(kept) and bool(table.insertions(kept, [visit])[visit])

    gone = set(optional)
    if not leaves_room(gone):
        return None
    for stop in reversed(optional):  # the most valuable come back first
        if leaves_room(gone - {stop}):
            gone.discard(stop)
    return [stop for stop in order if stop in gone]


def _up(seconds: Seconds) -> Seconds:
    return -(-seconds // STEP_S) * STEP_S
