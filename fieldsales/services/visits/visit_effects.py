"""What a visit does to its customer: likelihood, next date and last visit follow it, and go back when it goes.

A visit's likelihood and next date are the customer's own as long as it is the visit recorded last and nobody has changed
them since: then editing it moves them along and taking it back restores what was there before. Otherwise the visit
changes alone. The last visit is always reckoned anew from the visits that count.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import exists, func, select, update
from sqlalchemy.orm import Session

from fieldsales.db.models import Customer, CustomerChange, User, Visit
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.words import ChangeCause
from fieldsales.services.customers.customers import change_of, plain

Changes = dict[str, tuple[Any, Any]]
_TYPED: dict[str, Callable[[Any], Any]] = {
    "likelihood": Likelihood,
    "next_on": date.fromisoformat,
    "next_time": time.fromisoformat,
    "next_action": str,
}


def follow_visit(
    session: Session, actor: User, customer: Customer, visit: Visit, *, visited_on: date, promise: tuple[time | None, str], extra: Changes
) -> None:
    """Let likelihood and next date follow a visit just recorded; one without a next date settles what was due by then.

    `promise` is the time and the words of the next action; `extra` are changes of the customer made along with it.
    """
    changes = extra | _likelihood_change(customer, visit.likelihood_after)
    if visit.next_on is not None:
        stays = visit.next_on == customer.next_on and promise == (None, "")
        changes |= {} if stays else _promise_change(customer, visit.next_on, *promise)
    elif customer.next_on is not None and customer.next_on <= visited_on:
        changes |= _promise_change(customer, None, None, "")
    apply_changes(session, actor, customer, ChangeCause.VISIT, changes, now=visit.created_at, visit_id=visit.id)


def move_along(session: Session, actor: User, customer: Customer, visit: Visit, *, edited: Changes, now: datetime) -> None:
    """Let the customer follow an edit of `visit`; `edited` holds what of the visit changed, as (before, after)."""
    changes: Changes = {}
    last = _is_last(session, visit)
    if last and "likelihood_after" in edited and _still_stands(session, customer, visit, "likelihood", edited["likelihood_after"][0]):
        changes |= _likelihood_change(customer, visit.likelihood_after)
    if last and "next_on" in edited and _still_stands(session, customer, visit, "next_on", edited["next_on"][0]):
        action = customer.next_action if visit.next_on is not None else ""
        clock = customer.next_time if visit.next_on is not None else None
        changes |= _promise_change(customer, visit.next_on, clock, action)
    apply_changes(session, actor, customer, ChangeCause.VISIT, changes, now=now, visit_id=visit.id)


def take_back(session: Session, actor: User, customer: Customer, visit: Visit, *, now: datetime) -> None:
    """Restore what a visit that is taken back had moved, as far as nobody has changed it since."""
    own = _own_changes(session, visit) if _is_last(session, visit) else ()
    restored: Changes = {}
    for name, typed in _TYPED.items():
        mine = [change for change in own if name in change.after]
        if not mine or not _still_stands(session, customer, visit, name, mine[-1].after[name]):
            continue
        value = mine[0].before[name]
        restored[name] = (getattr(customer, name), typed(value) if value is not None else None)
    for name, (_, value) in restored.items():
        setattr(customer, name, value)
    apply_changes(session, actor, customer, ChangeCause.RESTORE, restored, now=now)


def apply_changes(
    session: Session, actor: User, customer: Customer, cause: ChangeCause, changes: Changes, *, now: datetime, visit_id: int | None = None
) -> None:
    """Keep the changes of a customer's columns, already set, in its history, and reckon its last visit anew."""
    kept = {name: values for name, values in changes.items() if values[0] != values[1]}
    if kept:
        session.add(change_of(actor, customer.id, cause, kept, now=now, visit_id=visit_id))
    session.flush()
    _touch(session, customer.id, now=now)
    session.refresh(customer)


def _likelihood_change(customer: Customer, likelihood: Likelihood) -> Changes:
    before, customer.likelihood = customer.likelihood, likelihood
    return {"likelihood": (before, likelihood)}


def _promise_change(customer: Customer, next_on: date | None, next_time: time | None, next_action: str) -> Changes:
    wanted: dict[str, Any] = {"next_on": next_on, "next_time": next_time, "next_action": next_action}
    changes = {name: (getattr(customer, name), value) for name, value in wanted.items()}
    for name, value in wanted.items():
        setattr(customer, name, value)
    return changes


def _touch(session: Session, customer_id: int, *, now: datetime) -> None:
    # Plain UPDATE: who is editing the customer's card need not hear of a conflict because a visit came in.
    counting = select(func.max(Visit.visited_at)).where(Visit.customer_id == customer_id, Visit.deleted_at.is_(None))
    session.execute(
        update(Customer).where(Customer.id == customer_id).values(last_visited_at=counting.scalar_subquery(), changed_at=now),
        execution_options={"synchronize_session": False},
    )


def _is_last(session: Session, visit: Visit) -> bool:
    later = exists().where(Visit.customer_id == visit.customer_id, Visit.id > visit.id, Visit.deleted_at.is_(None))
    return not session.scalar(select(later))


def _own_changes(session: Session, visit: Visit) -> Sequence[CustomerChange]:
    # Of its present customer: what a visit moved at one that was merged since says nothing of the one that was kept.
    own = select(CustomerChange).where(CustomerChange.visit_id == visit.id, CustomerChange.customer_id == visit.customer_id)
    return session.scalars(own.order_by(CustomerChange.id)).all()


def _still_stands(session: Session, customer: Customer, visit: Visit, name: str, value: Any) -> bool:
    """True when the customer still has what the visit said and nobody has said anything about it since."""
    if plain(getattr(customer, name)) != plain(value):
        return False
    since = select(CustomerChange).where(CustomerChange.customer_id == customer.id, CustomerChange.changed_at >= visit.created_at)
    own = [change.id for change in _own_changes(session, visit)]
    newest = max(own, default=0)
    others = session.scalars(since.where(CustomerChange.id > newest, CustomerChange.visit_id.is_distinct_from(visit.id)))
    return not any(name in change.after for change in others)
