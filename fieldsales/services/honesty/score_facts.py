"""What was known of deals at a moment, read back from what is kept: nothing that came after it changes a word of it.

A visit counts from when it was entered, not from when it took place; one edited or deleted since is taken as it stood then. So is
the amount: it is often corrected when the order comes, and would give the answer away.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Executable, or_, select
from sqlalchemy.orm import Session

from fieldsales.db.models import Customer, CustomerChange, CustomerRequest, Purchase, Visit, VisitChange
from fieldsales.domain.deals import Move, to_moment
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.scoring import Known
from fieldsales.domain.words import Outcome
from fieldsales.services.honesty.deals import read_moves

CHUNK = 500


@dataclass(frozen=True, slots=True)
class DealMoment:
    """A deal of a customer at a moment: since when it was open, and the rank that held then."""

    customer_id: int
    begun_at: datetime
    at: datetime
    rank: Likelihood | None


@dataclass(frozen=True, slots=True)
class _VisitNow:
    """A visit as it stands now, and what edits since changed: (when, what it said before)."""

    entered_at: datetime
    visited_at: datetime
    outcome: Outcome
    deleted_at: datetime | None
    edits: Sequence[tuple[datetime, Mapping[str, Any]]]


@dataclass(frozen=True, slots=True)
class _Kept:
    """What is kept about some customers, by customer."""

    visits: Mapping[int, list[_VisitNow]]
    purchases: Mapping[int, list[tuple[datetime, datetime | None]]]
    requests: Mapping[int, list[tuple[datetime, datetime | None]]]
    amounts: Mapping[int, int | None]
    amount_changes: Mapping[int, list[tuple[datetime, int | None]]]
    moves: Mapping[int, list[Move]]


def read_known(session: Session, moments: Sequence[DealMoment]) -> list[Known]:
    """Return what was known of each deal at its moment, in the same order."""
    by_customer: dict[int, list[int]] = defaultdict(list)
    for place, moment in enumerate(moments):
        by_customer[moment.customer_id].append(place)
    found: dict[int, Known] = {}
    for ids in _portions(sorted(by_customer)):
        kept = _read_kept(session, ids)
        for customer_id in ids:
            for place in by_customer[customer_id]:
                found[place] = _known(kept, moments[place])
    return [found[place] for place in range(len(moments))]


def _known(kept: _Kept, moment: DealMoment) -> Known:
    at, customer_id = moment.at, moment.customer_id
    contacts = sorted(filter(None, (_as_of(visit, at) for visit in kept.visits.get(customer_id, ()))))
    asked = sorted(came for came, deleted in kept.requests.get(customer_id, ()) if came <= at and _stood(deleted, at))
    bought = sum(entered <= at and _stood(deleted, at) for entered, deleted in kept.purchases.get(customer_id, ()))
    moves = [(to_moment(move.at), Likelihood(move.after)) for move in kept.moves.get(customer_id, ())]
    amount = next((old for when, old in kept.amount_changes.get(customer_id, ()) if when > at), kept.amounts.get(customer_id))
    return Known(
        at=at,
        begun_at=moment.begun_at,
        rank=moment.rank,
        contacts=tuple(contacts),
        ranks=_ranks(kept.moves.get(customer_id, []), moves, moment),
        asked=tuple(asked),
        bought=bought,
        amount=amount,
    )


def _as_of(visit: _VisitNow, at: datetime) -> tuple[datetime, Outcome] | None:
    """Return when a visit took place and what came of it, as was said at a moment; None when it was not there, or not any more."""
    if visit.entered_at > at or not _stood(visit.deleted_at, at):
        return None
    visited_at, outcome = visit.visited_at, visit.outcome
    for changed_at, before in reversed(visit.edits):
        if changed_at > at:
            visited_at = datetime.fromisoformat(before["visited_at"]) if "visited_at" in before else visited_at
            outcome = Outcome(before["outcome"]) if "outcome" in before else outcome
    return (visited_at, outcome) if visited_at <= at else None


def _ranks(
    moves: Sequence[Move], told: Sequence[tuple[datetime, Likelihood]], moment: DealMoment
) -> tuple[tuple[datetime, Likelihood], ...]:
    first = [(moment.begun_at, Likelihood(moves[0].before))] if moves and to_moment(moves[0].at) > moment.begun_at else []
    return (*first, *((when, rank) for when, rank in told if moment.begun_at <= when <= moment.at))


def _stood(deleted_at: datetime | None, at: datetime) -> bool:
    return deleted_at is None or deleted_at > at


def _read_kept(session: Session, ids: Sequence[int]) -> _Kept:
    amounts = session.execute(select(Customer.id, Customer.amount).where(Customer.id.in_(ids)))
    purchases = select(Purchase.customer_id, Purchase.created_at, Purchase.deleted_at).where(Purchase.customer_id.in_(ids))
    asked = CustomerRequest
    requests = select(asked.customer_id, asked.opened_at, asked.deleted_at).where(asked.customer_id.in_(ids))
    return _Kept(
        visits=_read_visits(session, ids),
        purchases=_grouped(session, purchases),
        requests=_grouped(session, requests),
        amounts={customer_id: amount for customer_id, amount in amounts},
        amount_changes=_read_amount_changes(session, ids),
        moves=read_moves(session, ids),
    )


def _read_visits(session: Session, ids: Sequence[int]) -> dict[int, list[_VisitNow]]:
    of_them = Visit.customer_id.in_(ids)
    query = select(VisitChange.visit_id, VisitChange.changed_at, VisitChange.before).join(Visit, VisitChange.visit_id == Visit.id)
    edits = _grouped(session, query.where(of_them).order_by(VisitChange.changed_at, VisitChange.id))
    visits: dict[int, list[_VisitNow]] = defaultdict(list)
    columns = select(Visit.id, Visit.customer_id, Visit.created_at, Visit.visited_at, Visit.outcome, Visit.deleted_at).where(of_them)
    for visit_id, customer_id, entered_at, visited_at, outcome, deleted_at in session.execute(columns):
        visits[customer_id].append(_VisitNow(entered_at, visited_at, outcome, deleted_at, edits.get(visit_id, ())))
    return visits


def _read_amount_changes(session: Session, ids: Sequence[int]) -> dict[int, list[tuple[datetime, int | None]]]:
    """Return when the amount of each customer was changed, in order, and what it was before."""
    before, after = (side["amount"].as_string() for side in (CustomerChange.before, CustomerChange.after))
    query = select(CustomerChange.customer_id, CustomerChange.changed_at, before).where(
        CustomerChange.customer_id.in_(ids), or_(before.is_not(None), after.is_not(None))
    )
    changes = _grouped(session, query.order_by(CustomerChange.changed_at, CustomerChange.id))
    return {customer_id: [(at, int(was) if was is not None else None) for at, was in found] for customer_id, found in changes.items()}


def _grouped(session: Session, query: Executable) -> dict[int, list[Any]]:
    """Return the rows of a query without their first column, by that column."""
    groups: dict[int, list[Any]] = defaultdict(list)
    for row in session.execute(query):
        groups[row[0]].append(tuple(row[1:]))
    return groups


def _portions(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for first in range(0, len(ids), CHUNK):
        yield ids[first : first + CHUNK]
