"""Visits held against potential by distance from the office, for managers and admins.

Potential is what the filter's people have, visits are what they did in person in its span; an online meeting goes nowhere and is not
counted. Distances are as the crow flies, from the nearest of the offices chosen.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fieldsales.db.models import Customer, User, Visit
from fieldsales.db.number_rows import read_numbers
from fieldsales.domain.bias import Bias, nearest_m, weigh
from fieldsales.domain.reports import beginning_of
from fieldsales.domain.travel import Point
from fieldsales.domain.words import PlaceKind, VisitKind
from fieldsales.services.team.coverage import Asker, facts_of, read_rows
from fieldsales.services.team.owned_rows import rows_asked_for
from fieldsales.services.team.team_scope import TeamScope, customers_asked_for, read_scope, require_lead
from fieldsales.services.travel.places import list_places


@dataclass(frozen=True, slots=True)
class Office:
    """A place to measure from."""

    id: int
    name: str
    point: Point


@dataclass(frozen=True, slots=True)
class BiasReading:
    """The meter; `visits_elsewhere` are visits to customers without a pin, archived by now or out of the actor's sight."""

    bias: Bias
    visits_elsewhere: int


def list_offices(session: Session, actor: User) -> tuple[Office, ...]:
    """Return the team's offices in use, by name.

    Raises:
        NotAllowed: `actor` leads nobody.
    """
    require_lead(actor)
    return tuple(Office(p.id, p.name, p.point) for p in list_places(session, actor) if p.kind is PlaceKind.OFFICE)


def read_bias(asker: Asker, *, office_ids: Collection[int] = ()) -> BiasReading | None:
    """Return the meter from the nearest of some offices, of all when none is named; None where there is no such office.

    Raises:
        NotAllowed: the actor leads nobody.
    """
    whole = replace(asker, asked=replace(asker.asked, ranks=frozenset()))
    with asker.database.read() as session:
        offices = [office for office in list_offices(session, asker.actor) if not office_ids or office.id in office_ids]
        if not offices:
            return None
        scope = read_scope(session, asker.actor, team_filter=asker.team_filter)
        ids, counts = _visits_by_customer(session, asker, scope)
    reading = read_rows(whole)
    columns, facts = reading.snapshot.columns, facts_of(reading)
    visits = np.zeros(len(columns), np.int64)
    at = columns.rows_of(ids)
    visits[at[at >= 0]] = counts[at >= 0]
    seen = rows_asked_for(reading.snapshot, asker.actor, asker.team_filter)
    elsewhere = int(counts.sum() - visits[seen].sum())
    rows = np.flatnonzero(seen & (reading.mask | (visits > 0)))
    metres = nearest_m(columns.lat[rows], columns.lon[rows], [office.point for office in offices])
    return BiasReading(weigh(metres, facts.potential[rows], reading.mask[rows].astype(np.int64), visits[rows]), elsewhere)


def _visits_by_customer(session: Session, asker: Asker, scope: TeamScope) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the customers visited, and how often."""
    span, zone = asker.team_filter.span, asker.zone
    query = (
        select(Visit.customer_id, func.count())
        .where(Visit.user_id.in_(scope.user_ids), Visit.deleted_at.is_(None), Visit.kind == VisitKind.VISIT)
        .where(Visit.visited_at >= beginning_of(span.first, zone), Visit.visited_at < beginning_of(span.last + timedelta(days=1), zone))
        .group_by(Visit.customer_id)
    )
    asked = customers_asked_for(asker.team_filter)
    if asked:
        query = query.where(Visit.customer_id.in_(select(Customer.id).where(*asked)))
    ids, counts = read_numbers(session, query).T
    return ids, counts
