"""On the way: what is tapped at the stops of an accepted plan, each tap once however often a phone sends it.

A phone without signal sends late and in its own order. `at` is when it happened there; what was told of a stop later than
that stands, a recorded visit stands whatever else is told, and everything told is kept in the plan's history.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldsales.db.models import Plan, PlanChange, PlanStop, User
from fieldsales.domain.words import PlanState, StopProgress
from fieldsales.errors import N_, Conflict, FixTheInput
from fieldsales.services.customers.records import clean_text
from fieldsales.services.planning.plan_access import open_for_edit
from fieldsales.services.planning.plan_changes import Action, record_change, was_made
from fieldsales.services.planning.plan_stops import StopGone
from fieldsales.services.reports.day_progress import DayProgress as DayProgress
from fieldsales.services.reports.day_progress import day_progress as day_progress
from fieldsales.services.visits import stop_progress

MAX_REASON = 500
MOST_LATE = timedelta(hours=12)
_TELLING = (stop_progress.DONE, stop_progress.SKIP, stop_progress.REOPEN, stop_progress.UNVISIT)


class PlanNotAccepted(Conflict):
    code = "plan_not_accepted"
    message = N_("This plan is a draft. Accept it first: then the day can be followed.")


class MissingSkipReason(FixTheInput):
    code = "missing_skip_reason"
    message = N_("Say why this stop is skipped.")
    field = "reason"


class StopVisited(Conflict):
    code = "stop_visited"
    message = N_("A visit is recorded for this stop. Take the visit back first.")


class TooLate(FixTheInput):
    code = "too_late"
    message = N_("Running late by more than 12 hours, or not at all, is another day’s plan.")
    field = "leaves_at"


@dataclass(frozen=True, slots=True)
class Tap:
    """One tap on a phone: its own reference, and when it was, by the phone's clock; a clock ahead of ours is not believed."""

    client_ref: UUID
    at: datetime


def arrive(session: Session, actor: User, *, plan_id: int, stop_id: int, tap: Tap, now: datetime) -> PlanStop:
    """Say that a stop is reached (without a position; a check-in says so by itself).

    Raises:
        NotFound, NotAllowed, StopGone, PlanNotAccepted.
    """
    plan, stop, is_new = _open(session, actor, plan_id, stop_id, tap)
    at = min(tap.at, now)
    if is_new:
        told: dict[str, Any] = {} if stop.arrived_at is not None and stop.arrived_at <= at else {"arrived_at": at}
        if stop.progress is StopProgress.AHEAD:
            told["progress"] = StopProgress.ARRIVED
        _tell(session, actor, plan, stop, stop_progress.ARRIVE, told, tap=tap, now=now)
    return stop


def mark_done(session: Session, actor: User, *, plan_id: int, stop_id: int, tap: Tap, now: datetime) -> PlanStop:
    """Say that a stop is done without a visit to record (a parcel left at the door).

    Raises:
        NotFound, NotAllowed, StopGone, PlanNotAccepted.
    """
    plan, stop, is_new = _open(session, actor, plan_id, stop_id, tap)
    if is_new:
        told = {"progress": StopProgress.DONE, "done_at": min(tap.at, now), "skip_reason": ""}
        _tell(session, actor, plan, stop, stop_progress.DONE, {} if _is_outdated(session, stop, tap) else told, tap=tap, now=now)
    return stop


def skip(session: Session, actor: User, *, plan_id: int, stop_id: int, reason: str, tap: Tap, now: datetime) -> PlanStop:
    """Leave a stop out, and say why; what is done by a recorded visit is not skipped by a tap made before that was known.

    Raises:
        NotFound, NotAllowed, StopGone, PlanNotAccepted, MissingSkipReason, TextTooLong.
    """
    plan, stop, is_new = _open(session, actor, plan_id, stop_id, tap)
    reason = clean_text(reason, field="reason", limit=MAX_REASON)
    if not reason:
        raise MissingSkipReason()
    if is_new:
        told = {"progress": StopProgress.SKIPPED, "done_at": None, "skip_reason": reason}
        counts = {} if _is_outdated(session, stop, tap) else told
        _tell(session, actor, plan, stop, stop_progress.SKIP, counts, tap=tap, now=now, more={"reason": reason})
    return stop


def reopen(session: Session, actor: User, *, plan_id: int, stop_id: int, tap: Tap, now: datetime) -> PlanStop:
    """Undo done or skipped: the stop is ahead again, or reached when one is there.

    Raises:
        NotFound, NotAllowed, StopGone, PlanNotAccepted. StopVisited: it is a visit that is to be undone.
    """
    plan, stop, is_new = _open(session, actor, plan_id, stop_id, tap)
    if is_new:
        if stop.visit_id is not None:
            raise StopVisited()
        counts = {} if _is_outdated(session, stop, tap) else stop_progress.reopened(stop)
        _tell(session, actor, plan, stop, stop_progress.REOPEN, counts, tap=tap, now=now)
    return stop


def note_late(session: Session, actor: User, *, plan_id: int, leaves_at: datetime, tap: Tap, now: datetime) -> bool:
    """Keep that whose day it is can go on no earlier than `leaves_at`; return True while the rest is to be planned anew for it.

    That is `services.planning.planning.replan_rest`'s; a tap that came in before and was planned for since is done.

    Raises:
        NotFound, NotAllowed, PlanNotAccepted, TooLate.
    """
    plan = _open_plan(session, actor, plan_id)
    if not timedelta() < leaves_at - min(tap.at, now) <= MOST_LATE:
        raise TooLate()
    if was_made(session, plan, tap.client_ref):
        return not _is_planned_since(session, plan, tap)
    detail = {"at": tap.at.isoformat(), "leaves_at": leaves_at.isoformat()}
    record_change(session, actor, plan, stop_progress.LATE, detail=detail, now=now, client_ref=tap.client_ref)
    return True


def _is_planned_since(session: Session, plan: Plan, tap: Tap) -> bool:
    told = select(PlanChange.id).where(PlanChange.client_ref == tap.client_ref).scalar_subquery()
    later = select(PlanChange.id).where(PlanChange.plan_id == plan.id, PlanChange.id > told)
    return session.scalar(later.where(PlanChange.action.in_((Action.SOLVED, Action.RETIMED))).limit(1)) is not None


def _open(session: Session, actor: User, plan_id: int, stop_id: int, tap: Tap) -> tuple[Plan, PlanStop, bool]:
    """Return plan and stop, locked, and whether this tap is new."""
    plan = _open_plan(session, actor, plan_id)
    query = select(PlanStop).where(PlanStop.id == stop_id, PlanStop.plan_id == plan_id)
    stop = session.scalar(query.execution_options(populate_existing=True))
    if stop is None:
        raise StopGone()
    return plan, stop, not was_made(session, plan, tap.client_ref)


def _open_plan(session: Session, actor: User, plan_id: int) -> Plan:
    plan = open_for_edit(session, actor, plan_id)
    if plan.state is PlanState.DRAFT:
        raise PlanNotAccepted()
    return plan


def _is_outdated(session: Session, stop: PlanStop, tap: Tap) -> bool:
    """True when a visit stands, or what was told of the stop happened later than this."""
    if stop.visit_id is not None:
        return True
    told = select(PlanChange.detail).where(PlanChange.plan_id == stop.plan_id, PlanChange.action.in_(_TELLING))
    details = [detail for detail in session.scalars(told) if detail["customers"] == [stop.customer_id] and "outdated" not in detail]
    return any(datetime.fromisoformat(detail["at"]) > tap.at for detail in details)


def _tell(
    session: Session,
    actor: User,
    plan: Plan,
    stop: PlanStop,
    action: str,
    told: Mapping[str, Any],
    *,
    tap: Tap,
    now: datetime,
    more: Mapping[str, Any] | None = None,
) -> None:
    at = min(tap.at, now)
    stop_progress.change_progress(session, actor, plan, stop, action, told, at=at, client_ref=tap.client_ref, now=now, more=more)
