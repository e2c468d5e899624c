"""Who else lies close to a planned route: offered to be taken in, the nearest first."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, or_
from sqlalchemy.orm import Session

from fieldsales.db.models import Customer, User
from fieldsales.domain.geodesy import METRES_PER_DEGREE, distance_m
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.travel import Point
from fieldsales.services.access import visible_customers

NEAR_M = 2000.0
_MOST_POINTS, _MOST_FOUND = 30, 500


@dataclass(frozen=True, slots=True)
class NearCustomer:
    """A customer that is not in the plan, and how far it lies from the route as the crow flies."""

    id: int
    name: str
    likelihood: Likelihood
    address: str
    distance_m: float


def near_plan(session: Session, actor: User, *, points: Sequence[Point], known: frozenset[int], limit: int) -> tuple[NearCustomer, ...]:
    """Return the customers that `actor` sees within two kilometres of one of the points, the nearest first; none of `known`.

    Those that are not to be visited are not among them. Across the antimeridian nobody is near.
    """
    around = list(dict.fromkeys(points))[:_MOST_POINTS]
    if not around:
        return ()
    near = visible_customers(actor).where(or_(*(_square(point) for point in around)), Customer.do_not_visit.is_(False))
    columns = (Customer.id, Customer.name, Customer.likelihood, Customer.address, Customer.lat, Customer.lon)
    places = near.with_only_columns(*columns).order_by(Customer.id).limit(_MOST_FOUND + len(known))
    found = []
    for customer_id, name, likelihood, address, lat, lon in session.execute(places):
        if customer_id not in known and lat is not None and lon is not None:
            metres = min(distance_m(lat, lon, *point) for point in around)
            found.append(NearCustomer(customer_id, name, likelihood, address, metres))
    close = [customer for customer in found if customer.distance_m <= NEAR_M]
    return tuple(sorted(close, key=lambda customer: (customer.distance_m, customer.id))[:limit])


def _square(point: Point) -> ColumnElement[bool]:
    """Return the condition for the square that holds everything close to a point."""
    high = NEAR_M / METRES_PER_DEGREE
    wide = high / max(0.01, math.cos(math.radians(point[0])))
    return and_(Customer.lat.between(point[0] - high, point[0] + high), Customer.lon.between(point[1] - wide, point[1] + wide))
