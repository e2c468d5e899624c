"""Undoing any change of a plan, as long as nothing that came after it stands in the way."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Enum, inspect, select
from sqlalchemy.orm import Session

from fieldsales.db.base import UtcDateTime
from fieldsales.db.models import Plan, PlanChange, PlanStop, User
from fieldsales.domain.words import StopProgress
from fieldsales.errors import N_, Conflict, NotFound
from fieldsales.services.plan_access import open_for_edit, stops_of
from fieldsales.services.plan_changes import Action, Edit, plain, was_made


class UndoImpossible(Conflict):
    code = "undo_impossible"
    message = N_("This can no longer be undone: the plan was changed there in the meantime.")


def undo_change(session: Session, actor: User, *, plan_id: int, change_id: int, now: datetime, client_ref: UUID | None = None) -> int | None:
    """Take back one change of a plan, whoever made it; what was changed elsewhere in the plan since stays. Twice changes nothing.

    The undoing is a change of its own, which can be undone in turn.

    Raises:
        NotFound, NotAllowed. UndoImpossible: what it changed was changed again, or the plan moved on.
    """
    plan = open_for_edit(session, actor, plan_id)
    change = session.get(PlanChange, change_id)
    if change is None or change.plan_id != plan.id or not change.before:
        raise NotFound()
    if was_made(session, plan, client_ref) or _is_undone(session, change):
        return None
    edit = Edit(session, actor, plan, Action.UNDONE, now=now, client_ref=client_ref)
    stops = {stop.id: stop for stop in stops_of(session, plan.id)}
    for kind, row_id, name, before, after in change.before.get("set", ()):
        row = plan if kind == "plan" else stops.get(row_id)
        if row is None or plain(getattr(row, name)) != after:
            raise UndoImpossible()
        edit.set(row, **{name: _typed(type(row), name, before)})
    for stop_id in change.before.get("added", ()):
        _take_out(edit, stops.get(stop_id))
    for columns in change.before.get("removed", ()):
        _bring_back(session, edit, columns, stops)
    about = change.detail.get("customers", [])
    return edit.save(stale=_touches_times(change), change=change.id, action=change.action, customers=about)


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


def _bring_back(session: Session, edit: Edit, columns: dict[str, Any], stops: dict[int, PlanStop]) -> None:
    if any(stop.customer_id == columns["customer_id"] for stop in stops.values()):
        raise UndoImpossible()  # it is in the plan again
    typed = {name: _typed(PlanStop, name, value) for name, value in columns.items() if name not in ("plan_id", "customer_id")}
    if session.get(PlanStop, typed["id"]) is not None:
        del typed["id"]  # its number went to another row
    edit.add(columns["customer_id"], **typed)


def _typed(model: type[Plan] | type[PlanStop], name: str, value: Any) -> Any:
    """Return what JSON kept of a column as its own type again."""
    kind = inspect(model).columns[name].type
    if value is None:
        return None
    if isinstance(kind, Enum) and kind.enum_class is not None:
        return kind.enum_class(value)
    if isinstance(kind, UtcDateTime):
        return datetime.fromisoformat(value)
    return date.fromisoformat(value) if kind.python_type is date else value
