"""Who is due close to where one goes today anyway.

The day's way is the places of one's own customers with a date today, and of one's last check-in today. Close is what lies
within two kilometres of one of them in a straight line: a quarter of an hour's walk, a few minutes by car.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from fieldsales.db.models import CheckIn, Customer, User
from fieldsales.domain.cadence import DueRule
from fieldsales.domain.geodesy import METRES_PER_DEGREE, distance_m
from fieldsales.services.access import visible_customers
from fieldsales.services.customers import due

NEAR_M = 2000.0
MAX_STOPS = 12
_CANDIDATES = 500


@dataclass(frozen=True, slots=True)
class Stop:
    """A place on the day's way in degrees; `name` is the customer's, empty for the place of the last check-in."""

    lat: float
    lon: float
    name: str = ""


@dataclass(frozen=True, slots=True)
class Nearby:
    """How far a customer lies from the nearest stop, and that stop's name."""

    distance_m: float
    name: str


def near_route(session: Session, actor: User, rule: DueRule, *, limit: int) -> dict[int, Nearby]:
    """Return the ids of one's own customers that are due or overdue by their rhythm, the nearest first; none with a date up to tomorrow."""
    stops = _stops(session, actor, rule)
    if not stops:
        return {}
    # Whoever has a date later may be seen earlier; whoever has one tomorrow is seen tomorrow.
    free = or_(Customer.next_on.is_(None), Customer.next_on > rule.tomorrow)
    around = or_(*(_around(stop) for stop in stops))
    due_there = visible_customers(actor).where(Customer.owner_id == actor.id, around, free, due.due_by_cadence(rule))
    places = due_there.with_only_columns(Customer.id, Customer.lat, Customer.lon).order_by(Customer.id).limit(_CANDIDATES)
    found = [(customer_id, _nearest(lat or 0.0, lon or 0.0, stops)) for customer_id, lat, lon in session.execute(places)]
    near = sorted((pair for pair in found if pair[1].distance_m <= NEAR_M), key=lambda pair: (pair[1].distance_m, pair[0]))
    return dict(near[:limit])


def _stops(session: Session, actor: User, rule: DueRule) -> list[Stop]:
    today = visible_customers(actor).where(Customer.owner_id == actor.id, Customer.next_on == rule.today, Customer.lat.is_not(None))
    places = today.with_only_columns(Customer.lat, Customer.lon, Customer.name)
    found = session.execute(places.order_by(Customer.next_time, Customer.id).limit(MAX_STOPS))
    stops = [Stop(lat, lon, name) for lat, lon, name in found if lat is not None and lon is not None]
    mine = select(CheckIn.lat, CheckIn.lon).where(CheckIn.user_id == actor.id, CheckIn.checked_in_at >= rule.day_began)
    last = session.execute(mine.where(CheckIn.lat.is_not(None)).order_by(CheckIn.checked_in_at.desc()).limit(1)).one_or_none()
    return stops if last is None or last.lat is None or last.lon is None else [*stops, Stop(last.lat, last.lon)]


def _around(stop: Stop) -> ColumnElement[bool]:
    """Return the condition for the square that holds everything close to a stop."""
    high = NEAR_M / METRES_PER_DEGREE
    wide = high / max(0.01, math.cos(math.radians(stop.lat)))
    return and_(Customer.lat.between(stop.lat - high, stop.lat + high), Customer.lon.between(stop.lon - wide, stop.lon + wide))


def _nearest(lat: float, lon: float, stops: Sequence[Stop]) -> Nearby:
    return min((Nearby(distance_m(lat, lon, s.lat, s.lon), s.name) for s in stops), key=lambda nearby: nearby.distance_m)
