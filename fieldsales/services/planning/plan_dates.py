"""Appointments moved or cancelled after a plan was made: planning follows them, unless a person set the time for this very plan."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldsales.db.models import Customer, Plan, PlanChange, PlanStop, User
from fieldsales.domain.words import StopChoice, StopOrigin, StopProgress
from fieldsales.services.planning.plan_access import open_for_edit
from fieldsales.services.planning.plan_changes import Action, Edit
from fieldsales.services.planning.plan_stops import appointment_of, plan_day


@dataclass(frozen=True, slots=True)
class ChangedDate:
    """A stop ahead whose customer now has another appointment: at `fixed_at`, or none on the day; `next_on` is the customer's date."""

    stop: PlanStop
    fixed_at: datetime | None
    next_on: date | None


def changed_dates(session: Session, plan: Plan, *, now: datetime) -> tuple[ChangedDate, ...]:
    """Return the stops of a plan whose customers' appointments are others than it was made with; none of a day that is past."""
    if plan.day < now.astimezone(plan_day(plan).zone).date():
        return ()
    query = select(PlanStop, Customer.next_on, Customer.next_time).join(Customer, PlanStop.customer_id == Customer.id)
    ahead = query.where(PlanStop.plan_id == plan.id, PlanStop.progress == StopProgress.AHEAD, PlanStop.choice != StopChoice.EXCLUDED)
    agreed = [(stop, appointment_of(plan, on, at).get("fixed_at"), on) for stop, on, at in session.execute(ahead.order_by(PlanStop.id))]
    changed = [ChangedDate(*row) for row in agreed if row[0].fixed_at != row[1]]
    decided = frozenset(_decided(session, plan)) if changed else frozenset()
    return tuple(one for one in changed if one.stop.id not in decided)


def follow_dates(session: Session, actor: User, *, plan_id: int, now: datetime) -> int | None:
    """Have a plan's exact times follow the appointments as they are now, and return the id of the change.

    A customer that was only proposed, for an appointment that is now on another day, is seen on that day: it leaves the plan.

    Raises:
        NotFound, NotAllowed.
    """
    plan = open_for_edit(session, actor, plan_id)
    edit = Edit(session, actor, plan, Action.DATES_FOLLOWED, now=now)
    changed = changed_dates(session, plan, now=now)
    for one in changed:
        if one.fixed_at is None and one.next_on is not None and _is_only_proposed(one.stop):
            edit.remove(one.stop)
        else:
            edit.set(one.stop, fixed_at=one.fixed_at)
    return edit.save(customers=[one.stop.customer_id for one in changed])


def _is_only_proposed(stop: PlanStop) -> bool:
    return stop.origin is StopOrigin.PROPOSED and stop.choice is StopChoice.OPEN and stop.pin is None and stop.promised_at is None


def _decided(session: Session, plan: Plan) -> Iterator[int]:
    """Yield the stops whose time a person set, or left as it was when moving them here, and did not take back."""
    actions = (Action.TIME_FIXED, Action.MOVED_HERE, Action.UNDONE)
    query = select(PlanChange).where(PlanChange.plan_id == plan.id, PlanChange.action.in_(actions))
    changes = list(session.scalars(query))
    undone = {change.detail.get("change") for change in changes if change.action == Action.UNDONE}
    for change in changes:
        if change.action != Action.UNDONE and change.id not in undone:
            before: dict[str, Any] = dict(change.before)
            yield from before.get("added", ())
            yield from (row_id for kind, row_id, *_ in before.get("set", ()) if kind == "stop")
