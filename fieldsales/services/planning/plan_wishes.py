"""Customers that somebody wants to see on a day, whatever the planning thinks of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from fieldsales.db.models import User
from fieldsales.domain.words import StopChoice, StopOrigin, StopProgress
from fieldsales.services.planning import plan_edits
from fieldsales.services.planning.plan_access import open_for_edit, stops_of
from fieldsales.services.planning.plan_changes import Action, Edit
from fieldsales.services.planning.plan_stops import (
    appointment_of,
    open_customers,
    put_in_order,
    require_ahead,
    require_room,
    require_seen_by,
)


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


def put_customer(session: Session, actor: User, *, plan_id: int, customer_id: int, route: Sequence[int], now: datetime) -> int | None:
    """Have a customer visited in any case, and put the route into an order: customers' ids, it among them where it can be planned.

    Customers that are gone from the plan are passed over, those that came into the route meanwhile follow at its end.

    Raises:
        NotFound, NotAllowed. CustomerNotFound, NotTheirCustomers, PlanFull, StopBegun.
    """
    plan = open_for_edit(session, actor, plan_id)
    stops = {stop.customer_id: stop for stop in stops_of(session, plan.id)}
    edit = Edit(session, actor, plan, Action.INSERTED, now=now)
    if customer_id in stops:
        require_ahead(stops[customer_id])
        edit.set(stops[customer_id], choice=StopChoice.LOCKED)
    else:
        require_room(len(stops), 1)
        (customer,) = found = open_customers(session, actor, [customer_id])
        require_seen_by(session, actor, plan.user_id, found)
        appointment = appointment_of(plan, customer.next_on, customer.next_time)
        stops[customer_id] = edit.add(customer_id, origin=StopOrigin.INSERTED, choice=StopChoice.LOCKED, **appointment)
        session.flush()  # gives it its id
    put_in_order(edit, stops.values(), [stops[i] for i in route if i in stops])
    return edit.save(customers=[customer_id])
