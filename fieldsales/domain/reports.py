"""The rules of reports (日報): which days one covers, what had been planned, how far the way was, what has changed since.

Planned is what the records themselves say: a customer was planned for a day when its next date was that day as the day
began. Nobody writes that down; it follows from the next date of now and the kept changes of it since. A route plan
(see the planner) will say it better where there is one.
"""

from __future__ import annotations

import calendar
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from itertools import pairwise

from fieldsales.domain.geodesy import distance_m
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.report_facts import CustomerFact, MoveFact, OrderFact, OutcomeFact, ReportFacts, VisitFact
from fieldsales.domain.words import Outcome, Period, VisitKind

MEETINGS = frozenset({VisitKind.VISIT, VisitKind.ONLINE})
TOP_CUSTOMERS = 10
Point = tuple[float, float]


def first_day(period: Period, day: date) -> date:
    """Return the first day of the day, week (from Monday) or month that holds `day`."""
    if period is Period.WEEK:
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if period is Period.MONTH else day


def last_day(period: Period, starts_on: date) -> date:
    """Return the last day of the period that begins on `starts_on`."""
    if period is Period.WEEK:
        return starts_on + timedelta(days=6)
    if period is Period.MONTH:
        return starts_on.replace(day=calendar.monthrange(starts_on.year, starts_on.month)[1])
    return starts_on


def previous_start(period: Period, starts_on: date) -> date:
    """Return the first day of the period before."""
    return first_day(period, starts_on - timedelta(days=1))


def next_start(period: Period, starts_on: date) -> date:
    """Return the first day of the period after."""
    return last_day(period, starts_on) + timedelta(days=1)


def beginning_of(day: date, zone: tzinfo) -> datetime:
    """Return the moment at which `day` begins in `zone`."""
    return datetime.combine(day, time.min, tzinfo=zone)


@dataclass(frozen=True, slots=True)
class DateChange:
    """One kept change of a customer's next date: when, and the date before."""

    at: datetime
    before: date | None


def date_at(moment: datetime, changes: Sequence[DateChange], current: date | None) -> date | None:
    """Return which next date a customer had just before `moment`; `changes` are in order, `current` holds after the last."""
    return next((change.before for change in changes if change.at >= moment), current)


def planned_days(days: Container[date], changes: Sequence[DateChange], current: date | None, zone: tzinfo) -> Iterator[date]:
    """Yield, in order, those of `days` for which the customer was planned as they began."""
    held = {change.before for change in changes} | {current}  # a day that never was the next date was not planned
    for day in sorted(day for day in held if day is not None and day in days):
        if date_at(beginning_of(day, zone), changes, current) == day:
            yield day


def way_m(points: Iterable[Point]) -> int:
    """Return the great-circle distance in metres from point to point, in order: roads are longer."""
    return round(sum(distance_m(*here, *there) for here, there in pairwise(points)))


def net_moves(steps: Iterable[MoveFact]) -> tuple[MoveFact, ...]:
    """Return one move per customer, from its first likelihood to its last; there and back again is no move."""
    moves: dict[int, MoveFact] = {}
    for step in steps:
        known = moves.get(step.customer_id)
        moves[step.customer_id] = MoveFact(step.customer_id, step.customer, known.before if known else step.before, step.after)
    return tuple(move for move in moves.values() if move.before is not move.after)


_HEAT = (Likelihood.LOST, Likelihood.UNRATED, Likelihood.D, Likelihood.C, Likelihood.B, Likelihood.A, Likelihood.WON)


def rises(move: MoveFact) -> bool:
    """True when the deal has become likelier."""
    return _HEAT.index(move.after) > _HEAT.index(move.before)


def count_outcomes(outcomes: Iterable[tuple[Outcome, str]]) -> tuple[OutcomeFact, ...]:
    """Return how often each (outcome, word) occurred, the most frequent first."""
    counted = Counter(outcomes)
    order = list(Outcome)
    found = sorted(counted.items(), key=lambda pair: (-pair[1], order.index(pair[0][0]), pair[0][1]))
    return tuple(OutcomeFact(outcome, word, count) for (outcome, word), count in found)


def top_customers(names: Mapping[int, str], visited: Iterable[int], orders: Iterable[OrderFact]) -> tuple[CustomerFact, ...]:
    """Return the customers with the highest sales of the period, then the most visits; `names` names them all."""
    visits, amounts = Counter(visited), Counter[int]()
    for order in orders:
        amounts[order.customer_id] += order.amount
    ids = sorted(visits.keys() | amounts.keys(), key=lambda i: (-amounts[i], -visits[i], i))
    return tuple(CustomerFact(i, names[i], visits[i], amounts[i]) for i in ids[:TOP_CUSTOMERS])


class Figure(StrEnum):
    """The numbers by which a submitted report is held against what is recorded now."""

    VISITS = "visits"
    CONTACTS = "contacts"
    MOVES = "moves"
    ORDERS = "orders"
    AMOUNT = "amount"
    REQUESTS = "requests"
    PLANNED = "planned"
    DONE = "done"
    CONTENT = "content"


@dataclass(frozen=True, slots=True)
class Difference:
    """A number that is another now than when the report was submitted.

    For `Figure.CONTENT` `before` is 0 and `after` counts the visits that say something else now.
    """

    figure: Figure
    before: int
    after: int


def differences(frozen: ReportFacts, current: ReportFacts) -> tuple[Difference, ...]:
    """Return what has changed since a report was submitted; plans and new dates always move on and are not compared."""
    before, after = _figures(frozen), _figures(current)
    found = [Difference(figure, before[figure], after[figure]) for figure in before if before[figure] != after[figure]]
    now_said = {visit.visit_id: _content(visit) for visit in current.visits}
    edited = sum(visit.visit_id in now_said and now_said[visit.visit_id] != _content(visit) for visit in frozen.visits)
    return (*found, Difference(Figure.CONTENT, 0, edited)) if edited else tuple(found)


def _figures(facts: ReportFacts) -> dict[Figure, int]:
    return {
        Figure.VISITS: facts.visit_count,
        Figure.CONTACTS: facts.contact_count,
        Figure.MOVES: len(facts.moves),
        Figure.ORDERS: len(facts.orders),
        Figure.AMOUNT: facts.amount,
        Figure.REQUESTS: len(facts.requests),
        Figure.PLANNED: facts.planned,
        Figure.DONE: facts.done,
    }


def _content(visit: VisitFact) -> tuple[object, ...]:
    return (visit.at, visit.kind, visit.outcome, visit.note, visit.likelihood_after, visit.customer_id)
