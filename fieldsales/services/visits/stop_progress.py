"""How far a stop of an accepted plan has come, told by the visits and check-ins of whose day it is, wherever they are recorded.

Knows rows and nothing of who asks: `services.planning.road` checks that, and what records a visit or a check-in has done so already.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from fieldsales.db.models import CheckIn, Plan, PlanStop, User, Visit
from fieldsales.domain.planning.day_clock import DAY_MINUTES, minutes_of, working_span
from fieldsales.domain.planning.day_rules import rules_from_json
from fieldsales.domain.words import PlanState, StopProgress, VisitKind
from fieldsales.services.planning.plan_changes import make_stale, plain, record_change

# What the history of a plan calls them; `detail` has the `customers`, `at`, with a skip its `reason`, with lateness `leaves_at`,
# and `outdated` when it came too late to count.
ARRIVE, DONE, SKIP, REOPEN, LATE, VISIT, UNVISIT = "arrived", "done", "skipped", "reopened", "late", "visited", "visit_taken_back"

_A_SHIFT = timedelta(days=1)
_IN_THE_DAY = or_(PlanStop.position.is_not(None), PlanStop.promised_at.is_not(None))


def note_visit(session: Session, actor: User, visit: Visit, *, now: datetime) -> None:
    """Mark the stop of its author's accepted plan done by a visit in person; a second visit of the day changes nothing.

    What was skipped and visited after all was visited.
    """
    if visit.kind is not VisitKind.VISIT or visit.deleted_at is not None:
        return
    found = _stop_of_moment(session, visit.user_id, visit.customer_id, visit.visited_at)
    if found is None or found[1].visit_id is not None:
        return
    plan, stop = found
    told = {"progress": StopProgress.DONE, "done_at": visit.visited_at, "visit_id": visit.id, "skip_reason": ""}
    told |= {} if stop.position is not None else _put_last(session, stop, visit.visited_at)
    change_progress(session, actor, plan, stop, VISIT, told, at=visit.visited_at, now=now)


def forget_visit(session: Session, actor: User, visit: Visit, *, now: datetime) -> None:
    """Open again the stops that a visit had marked done: it was taken back. Another visit of the day keeps them done."""
    for stop in session.scalars(select(PlanStop).where(PlanStop.visit_id == visit.id)).all():
        plan = lock_plan(session, stop.plan_id)
        session.refresh(stop)
        if stop.visit_id != visit.id:
            continue
        told = reopened(stop)
        if plan.deleted_at is None:
            change_progress(session, actor, plan, stop, UNVISIT, told, at=now, now=now)
        else:  # its history ends with who deleted it, and may bring it back
            _set(stop, told)
    same = select(Visit).where(Visit.user_id == visit.user_id, Visit.customer_id == visit.customer_id, Visit.id != visit.id)
    nearby = Visit.visited_at.between(visit.visited_at - _A_SHIFT, visit.visited_at + _A_SHIFT)
    for other in session.scalars(same.where(Visit.deleted_at.is_(None), nearby).order_by(Visit.visited_at, Visit.id)).all():
        note_visit(session, actor, other, now=now)


def note_check_in(session: Session, actor: User, check_in: CheckIn, *, now: datetime) -> None:
    """Mark the stop of its author's accepted plan reached by a check-in, unless it is done or skipped already."""
    found = _stop_of_moment(session, check_in.user_id, check_in.customer_id, check_in.checked_in_at)
    if found is None:
        return
    plan, stop = found
    if stop.arrived_at is not None and stop.arrived_at <= check_in.checked_in_at:
        return
    told: dict[str, Any] = {"arrived_at": check_in.checked_in_at}
    if stop.progress is StopProgress.AHEAD:
        told["progress"] = StopProgress.ARRIVED
    change_progress(session, actor, plan, stop, ARRIVE, told, at=check_in.checked_in_at, now=now)


def note_so_far(session: Session, actor: User, plan: Plan, *, now: datetime) -> None:
    """Mark what was reached and visited before a plan was accepted for the day."""
    customers = select(PlanStop.customer_id).where(PlanStop.plan_id == plan.id, _IN_THE_DAY)
    begins = datetime.combine(plan.day, time.min, ZoneInfo(plan.zone)).astimezone(UTC)
    ends = begins + 2 * _A_SHIFT
    arrived = select(CheckIn).where(CheckIn.user_id == plan.user_id, CheckIn.customer_id.in_(customers))
    for check_in in session.scalars(arrived.where(CheckIn.checked_in_at.between(begins, ends)).order_by(CheckIn.checked_in_at)).all():
        note_check_in(session, actor, check_in, now=now)
    visited = select(Visit).where(Visit.user_id == plan.user_id, Visit.customer_id.in_(customers), Visit.deleted_at.is_(None))
    for visit in session.scalars(visited.where(Visit.visited_at.between(begins, ends)).order_by(Visit.visited_at, Visit.id)).all():
        note_visit(session, actor, visit, now=now)


def reopened(stop: PlanStop) -> dict[str, Any]:
    """Return what a stop is again when it is neither done nor skipped: reached when it had been, else ahead.

    One that came back into the route by its visit alone leaves it again.
    """
    progress = StopProgress.AHEAD if stop.arrived_at is None else StopProgress.ARRIVED
    told: dict[str, Any] = {"progress": progress, "done_at": None, "visit_id": None, "skip_reason": ""}
    if stop.travel_s is None and stop.visit_id is not None:
        told |= {"position": None, "arrives_at": None, "starts_at": None, "leaves_at": None}
    return told


def _put_last(session: Session, stop: PlanStop, at: datetime) -> dict[str, Any]:
    """Return what a stop that planning anew had left out is when it was visited after all: the last of the route, at that moment."""
    last = session.scalar(select(func.max(PlanStop.position)).where(PlanStop.plan_id == stop.plan_id))
    return {"position": 0 if last is None else last + 1, "arrives_at": at, "starts_at": at, "leaves_at": at}


def change_progress(
    session: Session,
    actor: User,
    plan: Plan,
    stop: PlanStop,
    action: str,
    told: Mapping[str, Any],
    *,
    at: datetime,
    client_ref: UUID | None = None,
    now: datetime,
    more: Mapping[str, Any] | None = None,
) -> None:
    """Set what is told of a stop, `at` the moment it happened, and keep what it was before in the plan's history.

    `told` is empty for what came too late to count; `more` is kept in the history with it.
    """
    before = [["stop", stop.id, name, plain(getattr(stop, name)), plain(value)] for name, value in told.items()]
    _set(stop, told)
    if action in (SKIP, REOPEN) and told:
        make_stale(plan)
    detail: dict[str, Any] = {"customers": [stop.customer_id], "at": plain(at)}
    detail |= {} if told else {"outdated": True}
    detail |= more or {}
    # What a visit or a check-in told is undone where that is: here it would only be hidden.
    undoable = {"set": before, "added": [], "removed": []} if before and action in (DONE, SKIP, REOPEN) else {}
    record_change(session, actor, plan, action, detail=detail, before=undoable, now=now, client_ref=client_ref)


def lock_plan(session: Session, plan_id: int) -> Plan:
    """Return a plan, locked until the transaction ends, so that two phones change it one after the other."""
    query = select(Plan).where(Plan.id == plan_id).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).one()


def _set(stop: PlanStop, told: Mapping[str, Any]) -> None:
    for name, value in told.items():
        setattr(stop, name, value)


def _stop_of_moment(session: Session, user_id: int, customer_id: int, at: datetime) -> tuple[Plan, PlanStop] | None:
    """Return the stop at a customer that a moment belongs to: of that day's plan, or of a shift that goes on past midnight.

    A stop that was promised and that planning anew left out counts, too: it may be visited after all.
    """
    nearby = [at.date() + timedelta(days=days) for days in (1, 0, -1, -2)]
    query = select(Plan, PlanStop.id).join(PlanStop, PlanStop.plan_id == Plan.id)
    query = query.where(Plan.user_id == user_id, Plan.day.in_(nearby), Plan.state == PlanState.ACCEPTED, Plan.deleted_at.is_(None))
    query = query.where(PlanStop.customer_id == customer_id, _IN_THE_DAY).order_by(Plan.day.desc())
    found = session.execute(query).all()
    shifts = [row for row in found if _holds(row.Plan, at)] or [row for row in found if _is_its_date(row.Plan, at)]
    for plan, stop_id in shifts:
        locked = lock_plan(session, plan.id)
        stop = session.get(PlanStop, stop_id, populate_existing=True)
        if locked.deleted_at is None and stop is not None and (stop.position is not None or stop.promised_at is not None):
            return locked, stop
    return None


def _holds(plan: Plan, at: datetime) -> bool:
    """True when a moment belongs to the plan's shift: one past midnight lasts until halfway to the next one's beginning."""
    begins, ends = working_span(rules_from_json(plan.rules))
    turn = (begins + ends - DAY_MINUTES) // 2 if ends > DAY_MINUTES else 0
    wall = at.astimezone(ZoneInfo(plan.zone))
    return turn <= minutes_of(wall.time()) + DAY_MINUTES * (wall.date() - plan.day).days < DAY_MINUTES + turn


def _is_its_date(plan: Plan, at: datetime) -> bool:
    return at.astimezone(ZoneInfo(plan.zone)).date() == plan.day
