"""Whom a day may be planned for: the rep's customers with an appointment or a date, the due, the never visited, the valuable nearby.

Each kind is found by its index and cut short, so that it takes no longer for a rep with 20,000 customers; who of them is proposed
is decided by what a visit is worth less the way to it from the nearest of those already chosen.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from fieldsales.db.models import Customer
from fieldsales.domain.cadence import DueRule, due_after_days
from fieldsales.domain.geodesy import METRES_PER_DEGREE
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.planning.options import PlanningOptions
from fieldsales.domain.travel import Point
from fieldsales.services.customers import due
from fieldsales.services.planning.plan_facts import CustomerFacts, find_facts
from fieldsales.services.planning.plan_worth import worth_on

MANY = 3_000  # from here on the indexes of rank and date beat that of the owner
_DATED, _EACH_RANK, _OTHERS = 200, 60, 150
_NEARBY = 500
_MAX_ANCHORS = 12
_WORTH_A_DETOUR = (Likelihood.A, Likelihood.B, Likelihood.WON)
_METRES_A_MINUTE = 400.0  # by the bird: about 24 km/h
_REACH_MINUTES = 150_000 / _METRES_A_MINUTE  # further than 150 km from where the day happens nobody goes without a date


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whose day, and which; `shift_ends_on` is the day after when the day goes past midnight. `starts` are where it may begin and end."""

    user_id: int
    rule: DueRule
    options: PlanningOptions
    shift_ends_on: date
    starts: tuple[Point, ...] = ()
    known: frozenset[int] = frozenset()


def find_candidates(session: Session, wanted: Wanted) -> tuple[CustomerFacts, ...]:
    """Return whom to propose, at most `options.max_candidates` (whoever has a date on the day always), the most pressing first.

    Customers with a date and without a pin are among them: somebody has to hear that they cannot be planned. Whoever has no date on
    the day and lies out of reach of its appointments and ends would take the place of somebody who can be visited.
    """
    whose = _whose(session, wanted.user_id)
    dated = _find_on_the_day(session, wanted, whose)
    ends = [*(facts.point for facts in dated if facts.point is not None), *wanted.starts]
    dated += _find_passed(session, wanted, whose, wanted.options.max_candidates - len(dated), ends)
    room = wanted.options.max_candidates - len(dated)
    if room <= 0:
        return tuple(dated)
    anchors = [facts.point for facts in dated if facts.point is not None][:_MAX_ANCHORS]
    pool: dict[int, CustomerFacts] = {}
    for query in _undated(wanted, whose, anchors):
        pool |= {facts.id: facts for facts in find_facts(session, query, wanted.rule)}
    left = [facts for i, facts in pool.items() if i not in wanted.known]
    return (*dated, *_most_rewarding(left, wanted, [*anchors, *wanted.starts], room))


def find_nearby(
    session: Session, user_id: int, rule: DueRule, around: Sequence[Point], options: PlanningOptions
) -> tuple[CustomerFacts, ...]:
    """Return a rep's customers close to any of these points, the most valuable first; none who has a date tomorrow."""
    if not around:
        return ()
    near = or_(*(_around(point, options.near_km) for point in around))
    free = or_(Customer.next_on.is_(None), Customer.next_on != rule.tomorrow).is_(True)
    query = select(Customer).where(Customer.owner_id == user_id, near, free, due.has_rhythm(rule)).order_by(Customer.id).limit(_NEARBY)
    found = find_facts(session, query, rule)
    return tuple(sorted(found, key=lambda facts: (-worth_on(facts, rule, options).value, facts.id))[:_OTHERS])


def _whose(session: Session, user_id: int) -> ColumnElement[bool]:
    """Return the condition for a rep's customers, which leaves the database its owner index only when they are few."""
    some = select(Customer.id).where(Customer.owner_id == user_id).limit(MANY).subquery()
    many = (session.scalar(select(func.count()).select_from(some)) or 0) >= MANY
    owned = Customer.owner_id == user_id
    return owned.is_(True) if many else owned


def find_dated(session: Session, wanted: Wanted) -> list[CustomerFacts]:
    """Return who has a date on the day, its appointments first."""
    return _find_on_the_day(session, wanted, _whose(session, wanted.user_id))


def _find_on_the_day(session: Session, wanted: Wanted, whose: ColumnElement[bool]) -> list[CustomerFacts]:
    query = select(Customer).where(whose, due.has_rhythm(wanted.rule))
    query = query.where(Customer.next_on >= wanted.rule.today, Customer.next_on <= wanted.shift_ends_on)
    query = query.order_by(Customer.next_on, Customer.next_time.is_(None), Customer.next_time, Customer.id).limit(_DATED)
    found = find_facts(session, query, wanted.rule)
    return [facts for facts in found if facts.id not in wanted.known and _belongs(facts, wanted)]


def _find_passed(session: Session, wanted: Wanted, whose: ColumnElement[bool], room: int, ends: Sequence[Point]) -> list[CustomerFacts]:
    """Return whose date has passed, the latest first, within reach of `ends`."""
    query = select(Customer).where(whose, due.has_rhythm(wanted.rule), Customer.next_on < wanted.rule.today)
    query = query.order_by(Customer.next_on.desc(), Customer.id).limit(_DATED + len(wanted.known))
    found = [facts for facts in find_facts(session, query, wanted.rule) if facts.id not in wanted.known]
    return [facts for facts in found if facts.point is None or _is_within_reach(facts.point, ends)][: max(0, room)]


def _belongs(facts: CustomerFacts, wanted: Wanted) -> bool:
    """True unless it is an appointment of the morning after, which only a shift past midnight reaches."""
    return facts.next_on is None or facts.next_on <= wanted.rule.today or facts.next_time is not None


def _undated(wanted: Wanted, whose: ColumnElement[bool], anchors: Sequence[Point]) -> Iterable[Select[Customer]]:
    """Yield the queries of those without a date on the day: whoever has one tomorrow is seen tomorrow."""
    rule, oldest = wanted.rule, due.last_seen()
    free = or_(Customer.next_on.is_(None), Customer.next_on > max(rule.tomorrow, wanted.shift_ends_on)).is_(True)
    query = select(Customer).where(whose, due.has_rhythm(rule), free, Customer.lat.is_not(None), Customer.lon.is_not(None))
    for likelihood, days in rule.options.cadence_days.items():
        if days > 0:
            unseen = and_(Customer.likelihood == likelihood, oldest < rule.unseen_since(due_after_days(days)))
            yield query.where(Customer.cadence_days.is_(None), unseen).order_by(oldest, Customer.id).limit(_EACH_RANK)
    yield query.where(due.due_by_own(rule)).order_by(oldest, Customer.id).limit(_EACH_RANK)
    yield query.where(Customer.last_visited_at.is_(None)).limit(_OTHERS)
    if anchors:
        near = or_(*(_around(point, wanted.options.near_km) for point in anchors))
        yield query.where(Customer.likelihood.in_(_WORTH_A_DETOUR), near).limit(_OTHERS)


def _around(point: Point, near_km: float) -> ColumnElement[bool]:
    """Return the condition for the square around a point; across the date line it has two halves."""
    high = near_km * 1000 / METRES_PER_DEGREE
    wide = min(180.0, high / max(0.01, math.cos(math.radians(point[0]))))
    west, east = point[1] - wide, point[1] + wide
    lons: list[ColumnElement[bool]] = [Customer.lon.between(west, east)]
    if west < -180:
        lons.append(Customer.lon >= west + 360)
    if east > 180:
        lons.append(Customer.lon <= east - 360)
    return and_(Customer.lat.between(point[0] - high, point[0] + high), or_(*lons))


def _most_rewarding(pool: Sequence[CustomerFacts], wanted: Wanted, near: Sequence[Point], room: int) -> list[CustomerFacts]:
    """Return the customers that are worth most less the way from what was chosen before, one after the other."""
    if not pool:
        return []
    worth = np.array([worth_on(facts, wanted.rule, wanted.options).value for facts in pool])
    places = np.array([facts.point for facts in pool], dtype=np.float64)
    away = np.full(len(pool), np.inf)
    for point in near:
        away = np.minimum(away, _minutes(places, point))
    within = away <= _REACH_MINUTES if near else np.full(len(pool), True)
    chosen: list[int] = []
    for _ in range(min(room, int(within.sum()))):
        way = np.where(np.isinf(away), 0.0, away) * wanted.options.value_per_minute
        gain = np.where(within, worth - way, -np.inf)
        gain[chosen] = -np.inf
        best = int(np.argmax(gain))
        chosen.append(best)
        away = np.minimum(away, _minutes(places, (float(places[best, 0]), float(places[best, 1]))))
    return [pool[i] for i in chosen]


def _is_within_reach(point: Point, ends: Sequence[Point]) -> bool:
    return not ends or min(_minutes(np.array([end]), point)[0] for end in ends) <= _REACH_MINUTES


def _minutes(places: npt.NDArray[np.float64], point: Point) -> npt.NDArray[np.float64]:
    """Return how many minutes away a point is from each place, by the bird on a flat earth; the date line is no wall."""
    turned = (places[:, 1] - point[1] + 180) % 360 - 180
    metres = np.hypot(places[:, 0] - point[0], turned * math.cos(math.radians(point[0]))) * METRES_PER_DEGREE
    return metres / _METRES_A_MINUTE
