"""Customers that somebody wants to see on a day, whatever the planning thinks of it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from fieldsales.db.models import User
from fieldsales.domain.words import StopChoice, StopProgress
from fieldsales.services import plan_edits
from fieldsales.services.plan_access import open_for_edit, stops_of


def want_customer(
    session: Session, actor: User, *, plan_id: int, customer_id: int, now: datetime, client_ref: UUID | None = None
) -> int | None:
    """Have a customer visited in any case: taken into the plan, or locked where it is a candidate already.

    Return the id of the change, None when it was wanted before (or was visited or skipped by now).

    Raises:
        The errors of `plan_edits.add_customers` and `plan_edits.choose_stop`.
    """
    plan = open_for_edit(session, actor, plan_id)
    known = next((stop for stop in stops_of(session, plan.id) if stop.customer_id == customer_id), None)
    locked = StopChoice.LOCKED
    if known is None:
        return plan_edits.add_customers(
            session, actor, plan_id=plan_id, customer_ids=[customer_id], choice=locked, now=now, client_ref=client_ref
        )
    if known.choice is locked or known.progress is not StopProgress.AHEAD:
        return None
    return plan_edits.choose_stop(session, actor, plan_id=plan_id, stop_id=known.id, choice=locked, now=now, client_ref=client_ref)
