"""The pre-visit brief: what a rep wants to know of a customer while walking to the door, in three queries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from fieldsales.db.models import CustomerRequest, OutcomeTemplate, Purchase, User, Visit
from fieldsales.domain.words import Outcome, RequestKind, RequestStatus, VisitKind
from fieldsales.services.access import find_customer

_LOOKED_AT = 8
_REQUESTS = 3
NOBODY_THERE = frozenset({Outcome.ABSENT})


@dataclass(frozen=True, slots=True)
class Encounter:
    """A visit as one remembers it: when, who, what came of it (`template` is the team's own word for that, or empty)."""

    visited_at: datetime
    who: str
    kind: VisitKind
    outcome: Outcome
    template: str
    note: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """A request or complaint that is not closed."""

    kind: RequestKind
    status: RequestStatus
    text: str
    due_on: date | None


@dataclass(frozen=True, slots=True)
class Bought:
    """What was bought last, and all purchases together."""

    item: str
    bought_on: date
    amount: int
    count: int
    total: int


@dataclass(frozen=True, slots=True)
class Brief:
    """`last` is the newest visit, `spoken` the newest at which somebody was there, when that is another one.

    `waiting` are the most urgent of the `waiting_count` requests and complaints, complaints first.
    """

    last: Encounter | None
    spoken: Encounter | None
    waiting: tuple[Waiting, ...]
    waiting_count: int
    bought: Bought | None


def write_brief(session: Session, actor: User, *, customer_id: int) -> Brief:
    """Return the brief of a customer.

    Raises:
        CustomerNotFound: it does not exist or `actor` may not see it.
    """
    find_customer(session, actor, customer_id)
    return brief_of(session, customer_id)


def brief_of(session: Session, customer_id: int) -> Brief:
    """Return the brief of a customer that the caller has made sure the actor may see."""
    encounters = _newest_encounters(session, customer_id)
    last = encounters[0] if encounters else None
    spoken = next((e for e in encounters if e.outcome not in NOBODY_THERE), None)
    waiting, count = _waiting(session, customer_id)
    return Brief(last, spoken if spoken is not last else None, waiting, count, _bought(session, customer_id))


def _newest_encounters(session: Session, customer_id: int) -> list[Encounter]:
    rows = session.execute(
        select(Visit.visited_at, User.name, Visit.kind, Visit.outcome, OutcomeTemplate.name, Visit.note)
        .join(User, Visit.user_id == User.id)
        .outerjoin(OutcomeTemplate, Visit.template_id == OutcomeTemplate.id)
        .where(Visit.customer_id == customer_id, Visit.deleted_at.is_(None))
        .order_by(Visit.visited_at.desc(), Visit.id.desc())
        .limit(_LOOKED_AT)
    )
    return [Encounter(at, who, kind, outcome, template or "", note) for at, who, kind, outcome, template, note in rows]


def _waiting(session: Session, customer_id: int) -> tuple[tuple[Waiting, ...], int]:
    complaints_first = case((CustomerRequest.kind == RequestKind.COMPLAINT, 0), else_=1)
    rows = session.execute(
        select(CustomerRequest, func.count().over())
        .where(CustomerRequest.customer_id == customer_id, CustomerRequest.deleted_at.is_(None))
        .where(CustomerRequest.status != RequestStatus.CLOSED)
        .order_by(complaints_first, CustomerRequest.due_on.is_(None), CustomerRequest.due_on, CustomerRequest.id)
        .limit(_REQUESTS)
    ).all()
    return tuple(Waiting(r.kind, r.status, r.text, r.due_on) for r, _ in rows), rows[0][1] if rows else 0


def _bought(session: Session, customer_id: int) -> Bought | None:
    row = session.execute(
        select(Purchase.item, Purchase.bought_on, Purchase.amount, func.count().over(), func.sum(Purchase.amount).over())
        .where(Purchase.customer_id == customer_id, Purchase.deleted_at.is_(None))
        .order_by(Purchase.bought_on.desc(), Purchase.id.desc())
        .limit(1)
    ).first()
    return Bought(row[0], row[1], row[2], row[3], int(row[4])) if row else None
