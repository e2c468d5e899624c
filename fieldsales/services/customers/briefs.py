"""The pre-visit brief: what a rep wants to know of a customer while walking to the door, in three queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
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
    return briefs_of(session, [customer_id])[customer_id]


def briefs_of(session: Session, customer_ids: Sequence[int]) -> dict[int, Brief]:
    """Return the briefs of customers that the caller has made sure the actor may see, in as many queries as for one."""
    encounters, waiting = _encounters(session, customer_ids), _waiting(session, customer_ids)
    bought = _bought(session, customer_ids)
    return {i: _brief(encounters.get(i, []), *waiting.get(i, ((), 0)), bought.get(i)) for i in customer_ids}


def _brief(encounters: Sequence[Encounter], waiting: tuple[Waiting, ...], count: int, bought: Bought | None) -> Brief:
    last = encounters[0] if encounters else None
    spoken = next((e for e in encounters if e.outcome not in NOBODY_THERE), None)
    return Brief(last, spoken if spoken is not last else None, waiting, count, bought)


def _encounters(session: Session, customer_ids: Sequence[int]) -> dict[int, list[Encounter]]:
    """Return each one's newest visits."""
    place = func.row_number().over(partition_by=Visit.customer_id, order_by=(Visit.visited_at.desc(), Visit.id.desc())).label("place")
    said = (Visit.visited_at, User.name, Visit.kind, Visit.outcome, OutcomeTemplate.name.label("template"), Visit.note)
    ranked = (
        select(Visit.customer_id, place, *said)
        .join(User, Visit.user_id == User.id)
        .outerjoin(OutcomeTemplate, Visit.template_id == OutcomeTemplate.id)
        .where(Visit.customer_id.in_(customer_ids), Visit.deleted_at.is_(None))
        .subquery()
    )
    found: dict[int, list[Encounter]] = defaultdict(list)
    rows = session.execute(select(ranked).where(ranked.c.place <= _LOOKED_AT).order_by(ranked.c.customer_id, ranked.c.place))
    for customer_id, _, at, who, kind, outcome, template, note in rows:
        found[customer_id].append(Encounter(at, who, kind, outcome, template or "", note))
    return found


def _waiting(session: Session, customer_ids: Sequence[int]) -> dict[int, tuple[tuple[Waiting, ...], int]]:
    """Return each one's most urgent requests, and how many there are."""
    complaints_first = case((CustomerRequest.kind == RequestKind.COMPLAINT, 0), else_=1)
    urgency = (complaints_first, CustomerRequest.due_on.is_(None), CustomerRequest.due_on, CustomerRequest.id)
    place = func.row_number().over(partition_by=CustomerRequest.customer_id, order_by=urgency).label("place")
    count = func.count().over(partition_by=CustomerRequest.customer_id).label("count")
    said = (CustomerRequest.kind, CustomerRequest.status, CustomerRequest.text, CustomerRequest.due_on)
    ranked = (
        select(CustomerRequest.customer_id, place, count, *said)
        .where(CustomerRequest.customer_id.in_(customer_ids), CustomerRequest.deleted_at.is_(None))
        .where(CustomerRequest.status != RequestStatus.CLOSED)
        .subquery()
    )
    found: dict[int, tuple[tuple[Waiting, ...], int]] = {}
    rows = session.execute(select(ranked).where(ranked.c.place <= _REQUESTS).order_by(ranked.c.customer_id, ranked.c.place))
    for customer_id, _, total, kind, status, text, due_on in rows:
        others = found.get(customer_id, ((), 0))[0]
        found[customer_id] = (*others, Waiting(kind, status, text, due_on)), total
    return found


def _bought(session: Session, customer_ids: Sequence[int]) -> dict[int, Bought]:
    """Return what each one bought last, with its sums; nothing for those who never did."""
    newest = (Purchase.bought_on.desc(), Purchase.id.desc())
    place = func.row_number().over(partition_by=Purchase.customer_id, order_by=newest).label("place")
    count = func.count().over(partition_by=Purchase.customer_id).label("count")
    total = func.sum(Purchase.amount).over(partition_by=Purchase.customer_id).label("total")
    ranked = (
        select(Purchase.customer_id, place, Purchase.item, Purchase.bought_on, Purchase.amount, count, total)
        .where(Purchase.customer_id.in_(customer_ids), Purchase.deleted_at.is_(None))
        .subquery()
    )
    rows = session.execute(select(ranked).where(ranked.c.place == 1))
    return {customer_id: Bought(item, on, amount, number, int(whole)) for customer_id, _, item, on, amount, number, whole in rows}
