"""Why a stop is made today, and why at its time."""

from __future__ import annotations

from collections.abc import Iterator

from fieldsales.domain.planning.facts import Facts
from fieldsales.domain.planning.plan import DayPlan, Stop
from fieldsales.domain.planning.problem import UNREACHABLE, Fixed, Seconds
from fieldsales.domain.planning.reasons import Reason, Why
from fieldsales.domain.planning.situation import Situation
from fieldsales.domain.planning.worth import timing_reasons

NEARBY_S: Seconds = 10 * 60  # a stop that adds no more travel is on the way
SOON_CLOSED_S: Seconds = 60 * 60  # so shortly before its latest beginning a stop stands where it does because of that


def reasons_for_stops(situation: Situation, day: int, plan: DayPlan) -> Iterator[tuple[int, tuple[Reason, ...]]]:
    """Yield each visit of a day with its reasons: first why today, then why at this time."""
    values = sorted((visit.value for visit in situation.problem.visits), reverse=True)
    for position, stop in enumerate(plan.stops):
        today = list(_today(situation, day, position, stop, values))
        yield stop.visit, (*today, *_now(situation, day, plan, position))


def _today(situation: Situation, day: int, position: int, stop: Stop, values: list[float]) -> Iterator[Reason]:
    visit = situation.problem.visits[stop.visit]
    facts = situation.facts.get(visit.id, Facts(visit.id))
    said = 0
    agreed = next((opens for opens, closes in visit.windows[day] if opens == closes), stop.start_s)  # late in an order made by hand
    for reason in (*_decided(facts, agreed, is_required=visit.required), *timing_reasons(facts.timing)):
        said += 1
        yield reason
    orders, saved = situation.without(day, {stop.visit})
    is_whole = max(situation.tables[day].legs(orders[day]), default=0) < UNREACHABLE
    on_the_way = bool(orders[day]) and is_whole and not facts.is_appointment and saved <= NEARBY_S
    rank, as_good = values.index(visit.value) + 1, sum(value >= visit.value for value in values)
    if visit.value > 0 and (as_good <= max(1, len(values) // 10) or not (said or on_the_way)):  # first of many equals says nothing
        yield Reason(Why.VALUABLE, {"value": round(visit.value), "rank": rank})
    if on_the_way:
        yield Reason(Why.ON_THE_WAY, {"minutes": max(0, round(saved / 60))})


def _decided(facts: Facts, agreed: Seconds, *, is_required: bool) -> Iterator[Reason]:
    if facts.is_appointment:
        yield Reason(Why.APPOINTMENT, {"at": agreed})
    elif facts.is_locked:
        yield Reason(Why.LOCKED)
    elif is_required:
        yield Reason(Why.REQUIRED)


def _now(situation: Situation, day: int, plan: DayPlan, position: int) -> Iterator[Reason]:
    stop = plan.stops[position]
    visit = situation.problem.visits[stop.visit]
    facts = situation.facts.get(visit.id)
    if facts is not None and facts.is_appointment:
        return  # that it is one says when
    said = 0
    if visit.fixed is not None:
        said = 1
        yield Reason(Why.FIXED_FIRST if visit.fixed is Fixed.FIRST else Why.FIXED_LAST)
    opens, closes = next((w for w in visit.windows[day] if w[0] <= stop.start_s <= w[1]), (None, None))
    if stop.start_s == opens and _could_be_earlier(situation, day, plan, position):
        said = 1
        yield Reason(Why.WAITS_TO_OPEN, {"at": opens})
    if closes is not None and closes - stop.start_s <= SOON_CLOSED_S and closes != opens:
        said = 1
        yield Reason(Why.BEFORE_CLOSING, {"at": closes})
    if not said and 0 < position < len(plan.stops) - 1:
        before, after = plan.stops[position - 1].visit, plan.stops[position + 1].visit
        yield Reason(Why.BETWEEN, {"after": situation.name(before), "before": situation.name(after)})


def _could_be_earlier(situation: Situation, day: int, plan: DayPlan, position: int) -> bool:
    """Return whether one is there before the doors open; on the first stop one sets out late instead of waiting."""
    stop, rules = plan.stops[position], situation.problem.days[day]
    if position:
        resting = sum(rest.end_s - rest.start_s for rest in plan.rests if stop.arrival_s <= rest.start_s < stop.start_s)
        return stop.start_s - resting > stop.arrival_s
    return plan.start_s > rules.start_s
