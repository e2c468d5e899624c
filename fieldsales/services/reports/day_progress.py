"""Planned versus done: what a day's accepted plan promised, and what became of it.

*Planned* are the stops of the plan as it was accepted (each has the time that it was promised for then), whatever was planned
anew on the way; customers inserted since were not planned. A planned stop is *as planned* when it was done and reached within
an hour of its promised time, before or after; without a check-in the moment of its visit counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fieldsales.db.models import Plan, PlanStop, User, Visit
from fieldsales.domain.words import PlanState, StopProgress, VisitKind
from fieldsales.services.planning.plan_access import find_plan, visible_plans
from fieldsales.services.reports.report_people import find_person

TOLERANCE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class StopResult:
    """What became of one stop; `promised_at` is None for one that came in on the way, `as_planned` then False."""

    stop_id: int
    customer_id: int
    promised_at: datetime | None
    progress: StopProgress
    began_at: datetime | None
    as_planned: bool
    skip_reason: str


@dataclass(frozen=True, slots=True)
class DayProgress:
    """A day in figures: `planned` = `done` + `skipped` + `open`; `as_planned` of the done ones were in time.

    `inserted` are the done stops that came in on the way, `unplanned` the visits in person at customers outside the plan.
    """

    plan_id: int
    day: date
    planned: int
    done: int
    as_planned: int
    skipped: int
    open: int
    inserted: int
    unplanned: int
    stops: tuple[StopResult, ...]


def is_on_time(began_at: datetime | None, promised_at: datetime | None) -> bool:
    """True when a visit began within an hour of its promised time, before or after; `team_counts.count_stops` says it to the database."""
    return began_at is not None and promised_at is not None and abs(began_at - promised_at) <= TOLERANCE


def day_progress(session: Session, actor: User, *, user_id: int, day: date) -> DayProgress | None:
    """Return what became of a person's day, None when no plan was accepted for it.

    Raises:
        NotFound: no such person, or not one of the actor's; NotAllowed: `actor` is disabled.
    """
    find_person(session, actor, user_id)
    plan = session.scalar(visible_plans(actor).where(Plan.user_id == user_id, Plan.day == day, Plan.state == PlanState.ACCEPTED))
    return None if plan is None else _figures(session, plan)


def plan_progress(session: Session, actor: User, *, plan_id: int) -> DayProgress:
    """Return what became of one plan that `actor` may see.

    Raises:
        NotFound.
    """
    return _figures(session, find_plan(session, actor, plan_id))


def _figures(session: Session, plan: Plan) -> DayProgress:
    rows = session.scalars(select(PlanStop).where(PlanStop.plan_id == plan.id).order_by(PlanStop.position, PlanStop.id)).all()
    concerned = [stop for stop in rows if stop.promised_at is not None or stop.position is not None]
    results = tuple(_result(stop) for stop in concerned)
    planned = [result for result in results if result.promised_at is not None]
    done = [result for result in planned if result.progress is StopProgress.DONE]
    skipped = sum(result.progress is StopProgress.SKIPPED for result in planned)
    return DayProgress(
        plan_id=plan.id,
        day=plan.day,
        planned=len(planned),
        done=len(done),
        as_planned=sum(result.as_planned for result in done),
        skipped=skipped,
        open=len(planned) - len(done) - skipped,
        inserted=sum(r.promised_at is None and r.progress is StopProgress.DONE for r in results),
        unplanned=_unplanned(session, plan, {stop.customer_id for stop in concerned}),
        stops=results,
    )


def _result(stop: PlanStop) -> StopResult:
    is_done = stop.progress is StopProgress.DONE
    began = stop.arrived_at or stop.done_at
    as_planned = is_done and is_on_time(began, stop.promised_at)
    return StopResult(stop.id, stop.customer_id, stop.promised_at, stop.progress, began, as_planned, stop.skip_reason)


def _unplanned(session: Session, plan: Plan, customer_ids: set[int]) -> int:
    zone = ZoneInfo(plan.zone)
    begins, ends = datetime.combine(plan.day, time.min, zone), datetime.combine(plan.day + timedelta(days=1), time.min, zone)
    query = select(func.count(Visit.customer_id.distinct())).where(Visit.user_id == plan.user_id, Visit.kind == VisitKind.VISIT)
    query = query.where(Visit.deleted_at.is_(None), Visit.visited_at >= begins, Visit.visited_at < ends)
    return session.scalar(query.where(Visit.customer_id.not_in(sorted(customer_ids)))) or 0
