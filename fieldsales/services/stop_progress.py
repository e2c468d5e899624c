"""How far a stop of an accepted plan has come, told by the visits and check-ins of whose day it is, wherever they are recorded.

Knows rows and nothing of who asks: `services.road` checks that, and what records a visit or a check-in has done so already.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta, tzinfo
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldsales.db.models import CheckIn, Plan, PlanChange, PlanStop, Visit
from fieldsales.domain.words import PlanState, StopProgress, VisitKind
from fieldsales.services.customers import plain

ARRIVE, DONE, SKIP, REOPEN, LATE, VISIT = "arrive", "done", "skip", "reopen", "late", "visit"
_TOLD = ("progress", "arrived_at", "done_at", "visit_id", "skip_reason")


def note_visit(session: Session, visit: Visit, *, zone: tzinfo, now: datetime) -> None:
    """Mark the stop of its author's accepted plan done by a visit in person; a second visit of the day changes nothing.

    `zone` says which day the visit belongs to. What was skipped and visited after all was visited.
    """
    if visit.kind is not VisitKind.VISIT or visit.deleted_at is not None:
        return
    found = _stop_of_moment(session, visit.user_id, visit.customer_id, visit.visited_at, zone)
    if found is None or found[1].visit_id is not None:
        return
    plan, stop = found
    told = {"progress": StopProgress.DONE, "done_at": visit.visited_at, "visit_id": visit.id, "skip_reason": ""}
    change_progress(session, plan, stop, VISIT, told, user_id=visit.user_id, at=visit.visited_at, now=now)


def forget_visit(session: Session, visit: Visit, *, user_id: int, now: datetime) -> None:
    """Open again the stops that a visit had marked done: it was taken back."""
    for stop in session.scalars(select(PlanStop).where(PlanStop.visit_id == visit.id)).all():
        plan = lock_plan(session, stop.plan_id)
        session.refresh(stop)
        if plan is not None and stop.visit_id == visit.id:
            change_progress(session, plan, stop, REOPEN, reopened(stop), user_id=user_id, at=now, now=now)


def note_check_in(session: Session, check_in: CheckIn, *, zone: tzinfo, now: datetime) -> None:
    """Mark the stop of its author's accepted plan reached by a check-in, unless it is done or skipped already."""
    found = _stop_of_moment(session, check_in.user_id, check_in.customer_id, check_in.checked_in_at, zone)
    if found is None:
        return
    plan, stop = found
    if stop.arrived_at is not None and stop.arrived_at <= check_in.checked_in_at:
        return
    told: dict[str, Any] = {"arrived_at": check_in.checked_in_at}
    if stop.progress is StopProgress.AHEAD:
        told["progress"] = StopProgress.ARRIVED
    change_progress(session, plan, stop, ARRIVE, told, user_id=check_in.user_id, at=check_in.checked_in_at, now=now)


def reopened(stop: PlanStop) -> dict[str, Any]:
    """Return what a stop is again when it is neither done nor skipped: reached when it had been, else ahead."""
    progress = StopProgress.AHEAD if stop.arrived_at is None else StopProgress.ARRIVED
    return {"progress": progress, "done_at": None, "visit_id": None, "skip_reason": ""}


def change_progress(
    session: Session,
    plan: Plan,
    stop: PlanStop,
    action: str,
    told: Mapping[str, Any],
    *,
    user_id: int,
    at: datetime,
    client_ref: UUID | None = None,
    now: datetime,
    more: Mapping[str, Any] | None = None,
) -> None:
    """Set what is told of a stop, `at` the moment it happened, and keep what it was before in the plan's history.

    `told` is empty for what came too late to count; `more` is kept in the history with it.
    """
    before = {name: plain(getattr(stop, name)) for name in _TOLD}
    for name, value in told.items():
        setattr(stop, name, value)
    detail: dict[str, Any] = {"stop_id": stop.id, "customer_id": stop.customer_id, "at": plain(at)}
    detail |= {"reason": stop.skip_reason} if stop.skip_reason else {}
    detail |= {} if told else {"outdated": True}
    detail |= more or {}
    keep_change(session, plan, action, detail=detail, before=before, user_id=user_id, client_ref=client_ref, now=now)


def keep_change(
    session: Session,
    plan: Plan,
    action: str,
    *,
    detail: Mapping[str, Any],
    before: Mapping[str, Any],
    user_id: int,
    client_ref: UUID | None,
    now: datetime,
) -> None:
    """Add a line to a plan's history and let those who look at the plan see that it changed."""
    change = PlanChange(plan_id=plan.id, client_ref=client_ref, changed_by_id=user_id, changed_at=now, action=action)
    change.detail, change.before = dict(detail), dict(before)
    session.add(change)
    plan.changed_by_id, plan.changed_at = user_id, now
    session.flush()


def lock_plan(session: Session, plan_id: int) -> Plan | None:
    """Return a plan, locked until the transaction ends, so that two phones change it one after the other."""
    query = select(Plan).where(Plan.id == plan_id, Plan.deleted_at.is_(None))
    return session.scalar(query.with_for_update().execution_options(populate_existing=True))


def _stop_of_moment(session: Session, user_id: int, customer_id: int, at: datetime, zone: tzinfo) -> tuple[Plan, PlanStop] | None:
    """Return the stop at a customer that a moment belongs to: of that day's plan, or of a shift that goes on past midnight."""
    day = at.astimezone(zone).date()
    plans = select(Plan).where(Plan.user_id == user_id, Plan.day.in_((day, day - timedelta(days=1))), Plan.state == PlanState.ACCEPTED)
    plans = plans.join(PlanStop, PlanStop.plan_id == Plan.id).where(PlanStop.customer_id == customer_id, PlanStop.position.is_not(None))
    for plan in session.scalars(plans.where(Plan.deleted_at.is_(None)).order_by(Plan.day.desc())).all():
        if plan.day == day or _goes_past_midnight(plan):
            locked = lock_plan(session, plan.id)
            stop = session.scalar(
                select(PlanStop)
                .where(PlanStop.plan_id == plan.id, PlanStop.customer_id == customer_id, PlanStop.position.is_not(None))
                .execution_options(populate_existing=True)
            )
            return (locked, stop) if locked is not None and stop is not None else None
    return None


def _goes_past_midnight(plan: Plan) -> bool:
    begins, ends = plan.rules.get("begins"), plan.rules.get("ends")
    return bool(begins and ends and time.fromisoformat(ends) <= time.fromisoformat(begins))
