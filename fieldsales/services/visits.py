"""Visits: recorded exactly once, and undone while the ink is wet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from fieldsales.db.models import Customer, CustomerChange, User, Visit
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.words import ChangeCause, Outcome, VisitKind
from fieldsales.errors import N_, CustomerNotFound, FixTheInput, NextDateInPast, NotFound, TextTooLong, VisitInFuture
from fieldsales.services.access import find_customer
from fieldsales.services.customers import change_of, open_for_change

MAX_NOTE = 100_000
UNDO_WINDOW = timedelta(hours=1)
CLOCK_SKEW = timedelta(minutes=2)  # a phone's clock may run ahead of ours


class UndoTooLate(FixTheInput):
    code = "undo_too_late"
    message = N_("This visit was recorded too long ago to be undone here.")


@dataclass(frozen=True, slots=True)
class VisitRow:
    """One visit to draw."""

    id: int
    who: str
    visited_at: datetime
    kind: VisitKind
    outcome: Outcome
    note: str
    likelihood_before: Likelihood
    likelihood_after: Likelihood
    next_on: date | None


def record_visit(
    session: Session,
    actor: User,
    *,
    customer_id: int,
    visited_at: datetime,
    outcome: Outcome,
    kind: VisitKind = VisitKind.VISIT,
    likelihood: Likelihood | None = None,
    next_on: date | None = None,
    note: str = "",
    client_ref: UUID,
    zone: tzinfo,
    now: datetime,
) -> Visit:
    """Record that `actor` called on a customer; the same `client_ref` twice records it once.

    Back-dated visits never move `last_visited_at` backwards: last week's forgotten visit must not undo yesterday's.
    `zone` is the rep's: it says which day the visit belongs to.
    A visit without a next date settles a next date that was due by then. `likelihood` None leaves it as it is.

    Raises:
        CustomerNotFound: no such customer among those `actor` may see.
        VisitInFuture, NextDateInPast, TextTooLong: naming the field.
    """
    note = note.replace("\x00", "").strip()
    if len(note) > MAX_NOTE:
        raise TextTooLong(field="note", limit=MAX_NOTE)
    if visited_at > now + CLOCK_SKEW:
        raise VisitInFuture()
    visited_on = visited_at.astimezone(zone).date()
    if next_on is not None and next_on < visited_on:
        raise NextDateInPast()
    customer = open_for_change(session, actor, customer_id)
    known = _recorded(session, actor, client_ref)
    if known is not None:
        return known
    visit = Visit(
        client_ref=client_ref,
        customer_id=customer.id,
        user_id=actor.id,
        kind=kind,
        outcome=outcome,
        visited_at=visited_at,
        note=note,
        likelihood_before=customer.likelihood,
        likelihood_after=likelihood or customer.likelihood,
        next_on=next_on,
        created_at=now,
    )
    try:
        with session.begin_nested():
            session.add(visit)
    except IntegrityError:
        # Two phones sent the same reference at once; the other one was first.
        recorded = _recorded(session, actor, client_ref)
        if recorded is None:
            raise
        return recorded
    _follow(session, actor, customer, visit, visited_on=visited_on, now=now)
    return visit


def _recorded(session: Session, actor: User, client_ref: UUID) -> Visit | None:
    visit = session.scalar(select(Visit).where(Visit.client_ref == client_ref))
    if visit is not None and visit.user_id != actor.id:
        raise CustomerNotFound()
    return visit


def _follow(session: Session, actor: User, customer: Customer, visit: Visit, *, visited_on: date, now: datetime) -> None:
    changes: dict[str, tuple[Any, Any]] = {}
    if visit.likelihood_after is not customer.likelihood:
        changes["likelihood"] = (customer.likelihood, visit.likelihood_after)
        customer.likelihood = visit.likelihood_after
    settled = visit.next_on is None and customer.next_on is not None and customer.next_on <= visited_on
    if settled or (visit.next_on is not None and visit.next_on != customer.next_on):
        changes["next_on"] = (customer.next_on, visit.next_on)
        customer.next_on = visit.next_on
    if changes:
        session.add(change_of(actor, customer.id, ChangeCause.VISIT, changes, now=now, visit_id=visit.id))
    session.flush()
    _touch(session, customer.id, now=now)
    session.refresh(customer)


def _touch(session: Session, customer_id: int, *, now: datetime) -> None:
    # Plain UPDATE: who is editing the customer's card need not hear of a conflict because a visit came in.
    newest = select(func.max(Visit.visited_at)).where(Visit.customer_id == customer_id).scalar_subquery()
    session.execute(
        update(Customer).where(Customer.id == customer_id).values(last_visited_at=newest, changed_at=now),
        execution_options={"synchronize_session": False},
    )


def undo_visit(session: Session, actor: User, *, visit_id: int, now: datetime) -> None:
    """Take back one's own visit within the hour, with the likelihood and next date it set, unless changed since.

    Raises:
        NotFound: no such visit of one's own. UndoTooLate.
    """
    visit = session.get(Visit, visit_id)
    if visit is None or visit.user_id != actor.id:
        raise NotFound()
    if now - visit.created_at > UNDO_WINDOW:
        raise UndoTooLate()
    customer = open_for_change(session, actor, visit.customer_id)
    change = session.scalar(select(CustomerChange).where(CustomerChange.visit_id == visit.id))
    undone: dict[str, tuple[Any, Any]] = {}
    if change is not None:
        if "likelihood" in change.after and customer.likelihood == change.after["likelihood"]:
            undone["likelihood"] = (customer.likelihood, visit.likelihood_before)
            customer.likelihood = visit.likelihood_before
        if "next_on" in change.after and customer.next_on == visit.next_on:
            before = change.before["next_on"]
            undone["next_on"] = (customer.next_on, before)
            customer.next_on = date.fromisoformat(before) if before else None
        change.visit_id = None
    if undone:
        session.add(change_of(actor, customer.id, ChangeCause.RESTORE, undone, now=now))
    session.delete(visit)
    session.flush()
    _touch(session, customer.id, now=now)
    session.refresh(customer)


def list_visits(session: Session, actor: User, *, customer_id: int, limit: int = 20) -> tuple[VisitRow, ...]:
    """Return the newest visits of a customer first.

    Raises:
        CustomerNotFound.
    """
    find_customer(session, actor, customer_id)
    rows = session.execute(
        select(Visit, User.name)
        .join(User, Visit.user_id == User.id)
        .where(Visit.customer_id == customer_id)
        .order_by(Visit.visited_at.desc(), Visit.id.desc())
        .limit(limit)
    )
    return tuple(
        VisitRow(v.id, who, v.visited_at, v.kind, v.outcome, v.note, v.likelihood_before, v.likelihood_after, v.next_on) for v, who in rows
    )
