"""Moving a customer from one day's plan into another's."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from fieldsales.db.models import Plan, PlanStop, User
from fieldsales.domain.words import StopChoice
from fieldsales.services.planning.plan_access import open_for_edit, stops_of
from fieldsales.services.planning.plan_changes import Action, Edit, was_made
from fieldsales.services.planning.plan_stops import StopGone, forget_times, open_customers, require_ahead, require_room, require_seen_by


def move_stop(
    session: Session, actor: User, *, plan_id: int, stop_id: int, to_plan_id: int, now: datetime, client_ref: UUID | None = None
) -> int | None:
    """Move a customer into the plan of another day (or rep), where it is then visited in any case.

    An exact time moves along to the same hour of the other day; its place in the route does not. Both plans are to be planned anew.

    Raises:
        NotFound, NotAllowed: for either plan. StopGone, StopBegun, PlanFull. NotTheirCustomers: the other rep may not see it.
    """
    if plan_id == to_plan_id:
        return None
    # Always in the same order, so that two who move between the same days do not wait for each other.
    plans = {i: open_for_edit(session, actor, i) for i in sorted({plan_id, to_plan_id})}
    source, target = plans[plan_id], plans[to_plan_id]
    if was_made(session, source, client_ref):
        return None
    stop = next((stop for stop in stops_of(session, source.id) if stop.id == stop_id), None)
    if stop is None:
        raise StopGone()
    require_ahead(stop)
    there = stops_of(session, target.id)
    if target.user_id != source.user_id:
        require_seen_by(session, actor, target.user_id, open_customers(session, actor, [stop.customer_id]))
    away = Edit(session, actor, source, Action.MOVED_AWAY, now=now, client_ref=client_ref)
    here = Edit(session, actor, target, Action.MOVED_HERE, now=now)
    _put(away, here, stop, there)
    here.save(customers=[stop.customer_id], plans=[source.id], day=source.day.isoformat())
    return away.save(customers=[stop.customer_id], plans=[target.id], day=target.day.isoformat())


def _put(away: Edit, here: Edit, stop: PlanStop, there: list[PlanStop]) -> None:
    fixed_at = _same_hour(stop.fixed_at, away.plan, here.plan)
    known = next((other for other in there if other.customer_id == stop.customer_id), None)
    if known is not None:
        require_ahead(known)
        here.set(known, choice=StopChoice.LOCKED, fixed_at=fixed_at or known.fixed_at)
        away.remove(stop)
        return
    require_room(len(there), 1)
    away.give(stop, here)
    stop.choice, stop.fixed_at, stop.pin, stop.position = StopChoice.LOCKED, fixed_at, None, None
    stop.promised_at, stop.left_out = None, {}
    forget_times(stop)


def _same_hour(moment: datetime | None, source: Plan, target: Plan) -> datetime | None:
    if moment is None:
        return None
    wall = moment.astimezone(ZoneInfo(source.zone))
    moved = datetime.combine(target.day + (wall.date() - source.day), wall.time(), tzinfo=ZoneInfo(target.zone))
    return moved.astimezone(UTC)
