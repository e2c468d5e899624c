"""Undoing any change of a plan, as long as nothing that came after it stands in the way."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Enum, select
from sqlalchemy.orm import Session

from fieldsales.db.base import UtcDateTime
from fieldsales.db.models import Plan, PlanChange, PlanStop, User
from fieldsales.domain.words import PlanState, StopProgress
from fieldsales.errors import N_, Conflict, NotFound
from fieldsales.services.planning.plan_access import open_for_edit, stops_of
from fieldsales.services.planning.plan_changes import Action, Edit, plain, was_made


class UndoImpossible(Conflict):
    code = "undo_impossible"
    message = N_("This can no longer be undone: the plan was changed there in the meantime.")


def undo_change(
    session: Session, actor: User, *, plan_id: int, change_id: int, now: datetime, client_ref: UUID | None = None
) -> int | None:
    """Take back one change of a plan, whoever made it; what was changed elsewhere in the plan since stays. Twice changes nothing.

    What the change did to other plans is taken back with it. The undoing is a change of its own, which can be undone in turn.

    Raises:
        NotFound, NotAllowed: for any of the plans. UndoImpossible: what it changed was changed again, or the plan moved on.
    """
    change = session.get(PlanChange, change_id)
    if change is None or change.plan_id != plan_id:
        open_for_edit(session, actor, plan_id)
        raise NotFound()
    changes = {change.plan_id: change} | {other.plan_id: other for other in _made_with(session, change)}
    plans = {i: open_for_edit(session, actor, i) for i in sorted(changes)}
    if not change.before:
        raise NotFound()
    if was_made(session, plans[plan_id], client_ref) or _is_undone(session, change):
        return None
    edits = {}
    for i, plan in plans.items():
        edits[i] = Edit(session, actor, plan, Action.UNDONE, now=now, client_ref=client_ref if i == plan_id else None)
    for i, edit in edits.items():
        _set_back(session, edit, changes[i])
    session.flush()  # what was taken out of one plan may come back to another
    for i, edit in edits.items():
        _bring_back(session, edit, changes[i])
    saved = {}
    for i, edit in edits.items():
        others = [other for other in plans if other != i]
        detail = {"change": changes[i].id, "action": changes[i].action, "customers": changes[i].detail.get("customers", [])}
        saved[i] = edit.save(stale=_touches_times(changes[i]), plans=others, **detail)
    return saved[plan_id]


def _made_with(session: Session, change: PlanChange) -> list[PlanChange]:
    """Return what the same stroke changed in other plans: written by the same person in the same instant, naming this plan."""
    others = change.detail.get("plans", [])
    if not others:
        return []
    same = select(PlanChange).where(PlanChange.plan_id.in_(others), PlanChange.changed_at == change.changed_at)
    found = session.scalars(same.where(PlanChange.changed_by_id == change.changed_by_id))
    return [other for other in found if change.plan_id in other.detail.get("plans", []) and other.before]


def _set_back(session: Session, edit: Edit, change: PlanChange) -> None:
    _require_one_accepted(session, edit.plan, {name: before for kind, _, name, before, _ in change.before.get("set", ()) if kind == "plan"})
    stops = {stop.id: stop for stop in stops_of(session, edit.plan.id)}
    for kind, row_id, name, before, after in change.before.get("set", ()):
        row = edit.plan if kind == "plan" else stops.get(row_id)
        if row is None or plain(getattr(row, name)) != after:
            raise UndoImpossible()
        edit.set(row, **{name: _typed(type(row), name, before)})
    for stop_id in change.before.get("added", ()):
        _take_out(edit, stops.get(stop_id))


def _require_one_accepted(session: Session, plan: Plan, before: Mapping[str, Any]) -> None:
    """Raise UndoImpossible where a plan would be in use again beside another one of its day."""
    if before.get("state") != PlanState.ACCEPTED:
        return
    same_day = select(Plan.id).where(Plan.user_id == before.get("user_id", plan.user_id), Plan.day == plan.day, Plan.id != plan.id)
    if session.scalar(same_day.where(Plan.state == PlanState.ACCEPTED, Plan.deleted_at.is_(None)).limit(1)) is not None:
        raise UndoImpossible()


def _is_undone(session: Session, change: PlanChange) -> bool:
    later = select(PlanChange.detail).where(PlanChange.plan_id == change.plan_id, PlanChange.id > change.id)
    return any(detail.get("change") == change.id for detail in session.scalars(later.where(PlanChange.action == Action.UNDONE)))


def _touches_times(change: PlanChange) -> bool:
    """True unless the change was one of names and states alone."""
    columns = {name for _, _, name, _, _ in change.before.get("set", ())}
    return bool(change.before.get("added") or change.before.get("removed") or columns - {"name", "state", "accepted_at", "promised_at"})


def _take_out(edit: Edit, stop: PlanStop | None) -> None:
    if stop is None:
        return
    if stop.progress is not StopProgress.AHEAD:
        raise UndoImpossible()
    edit.remove(stop)


def _bring_back(session: Session, edit: Edit, change: PlanChange) -> None:
    for columns in change.before.get("removed", ()):
        if any(stop.customer_id == columns["customer_id"] for stop in stops_of(session, edit.plan.id)):
            raise UndoImpossible()  # it is in the plan again
        typed = {name: _typed(PlanStop, name, value) for name, value in columns.items() if name not in ("plan_id", "customer_id")}
        if session.get(PlanStop, typed["id"]) is not None:
            del typed["id"]  # its number went to another row
        edit.add(columns["customer_id"], **typed)


def _typed(model: type[Plan] | type[PlanStop], name: str, value: Any) -> Any:
    """Return what JSON kept of a column as its own type again."""
    kind = model.__table__.c[name].type
    if value is None:
        return None
    if isinstance(kind, Enum) and kind.enum_class is not None:
        return kind.enum_class(value)
    if isinstance(kind, UtcDateTime):
        return datetime.fromisoformat(value)
    return date.fromisoformat(value) if kind.python_type is date else value
