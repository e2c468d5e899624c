"""What was changed in a plan, by whom: each change one row, which colleagues see and from which it can be undone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import Enum, StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from fieldsales.db.models import Customer, Plan, PlanChange, PlanStop, User
from fieldsales.domain.planning.outcome import outcome_from_json, outcome_to_json
from fieldsales.errors import NotFound
from fieldsales.services.access import visible_to
from fieldsales.services.planning.plan_access import find_plan, may_edit
from fieldsales.services.planning.plan_views import Person

SHOWN = 50


class Action(StrEnum):
    """What was done to a plan; beside each what its detail holds, apart from `customers` (ids) and `plans`.

    `plans` are the ids of the other plans that were changed in the same breath; undoing one undoes them all.
    """

    OPENED = "opened"
    PROPOSED = "proposed"  # count
    ADDED = "added"
    REMOVED = "removed"
    CHOSEN = "chosen"  # choice
    TIME_FIXED = "time_fixed"  # at (ISO moment, or None)
    PINNED = "pinned"  # pin (or None)
    MINUTES_SET = "minutes_set"  # minutes (or None)
    REORDERED = "reordered"
    MOVED_AWAY = "moved_away"  # day
    MOVED_HERE = "moved_here"  # day
    DATES_FOLLOWED = "dates_followed"
    RULES_SET = "rules_set"
    GOAL_SET = "goal_set"  # goal
    RELIEVED = "relieved"  # relief
    SOLVED = "solved"  # solver
    RETIMED = "retimed"
    INSERTED = "inserted"
    ACCEPTED = "accepted"
    SET_ASIDE = "set_aside"
    DELETED = "deleted"
    RESTORED = "restored"
    NAMED = "named"  # name
    SHARED = "shared"  # user (id)
    UNSHARED = "unshared"  # user (id)
    ASSIGNED = "assigned"  # user (id)
    COPIED = "copied"  # plan (id of the one it was copied from), day
    UNDONE = "undone"  # change (id), action


# Seen as a fresh time beside each stop; nobody wants to read of it, or to undo it.
_QUIET = (Action.RETIMED,)


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One change as it is shown; `names` are the customers it was about, those that the reader may see."""

    id: int
    who: Person
    is_mine: bool
    at: datetime
    action: str
    detail: Mapping[str, Any]
    names: tuple[str, ...]
    may_undo: bool


class Edit:
    """One change of a plan in the making: writes the rows, and remembers what was there for whoever undoes it."""

    def __init__(self, session: Session, actor: User, plan: Plan, action: Action, *, now: datetime, client_ref: UUID | None = None) -> None:
        self._session, self._actor, self.plan, self._action = session, actor, plan, action
        self._now, self._client_ref = now, client_ref
        self._set: list[list[Any]] = []
        self._added: list[PlanStop] = []
        self._removed: list[dict[str, Any]] = []

    def set(self, row: Plan | PlanStop, **values: Any) -> None:
        """Write columns of the plan or of one of its stops."""
        kind = "plan" if isinstance(row, Plan) else "stop"
        for name, value in values.items():
            before = getattr(row, name)
            if before != value:
                setattr(row, name, value)
                self._set.append([kind, row.id, name, plain(before), plain(value)])

    def add(self, customer_id: int, **values: Any) -> PlanStop:
        """Take a customer into the plan."""
        stop = PlanStop(plan_id=self.plan.id, customer_id=customer_id, **values)
        self._session.add(stop)
        self._added.append(stop)
        return stop

    def remove(self, stop: PlanStop) -> None:
        """Take a customer out of the plan."""
        self._removed.append(_columns(stop))
        self._session.delete(stop)

    def give(self, stop: PlanStop, other: Edit) -> None:
        """Let a customer go over into another plan, as the same row; `other` is that plan's side of the change."""
        self._removed.append(_columns(stop))
        stop.plan_id = other.plan.id
        other._added.append(stop)

    @property
    def is_empty(self) -> bool:
        """True while nothing is different from before."""
        return not (self._set or self._added or self._removed)

    def save(self, *, stale: bool = True, **detail: Any) -> int | None:
        """Write the change and return its id, None when there was nothing to change.

        `stale` says that the times that were found no longer hold.
        """
        if self.is_empty:
            return None
        self._session.flush()  # gives the added ones their ids
        before = {"set": self._set, "added": [stop.id for stop in self._added], "removed": self._removed}
        if stale:
            make_stale(self.plan)
        return record_change(
            self._session, self._actor, self.plan, self._action, detail=detail, before=before, now=self._now, client_ref=self._client_ref
        )

    def amend(self, change: PlanChange) -> int:
        """Write this as part of an earlier change of the same stroke, so that one undo takes both back; for columns set alone."""
        merged: dict[tuple[str, int, str], list[Any]] = {}
        for entry in [*change.before["set"], *self._set]:
            kind, row_id, name, before, after = entry
            first = merged.get((kind, row_id, name))
            merged[kind, row_id, name] = [kind, row_id, name, first[3] if first else before, after]
        change.before = change.before | {"set": [entry for entry in merged.values() if entry[3] != entry[4]]}
        _count_up(self._session, self._actor, self.plan, now=self._now)
        return change.id


def record_change(
    session: Session,
    actor: User,
    plan: Plan,
    action: Action | str,
    *,
    detail: Mapping[str, Any] | None = None,
    before: Mapping[str, Any] | None = None,
    now: datetime,
    client_ref: UUID | None = None,
) -> int:
    """Write that `actor` changed a plan, which gets its next version, and return the change's id. The plan is locked by the caller."""
    change = PlanChange(
        plan_id=plan.id,
        client_ref=client_ref,
        changed_by_id=actor.id,
        changed_at=now,
        action=str(action),
        detail=dict(detail or {}),
        before=dict(before or {}),
    )
    session.add(change)
    _count_up(session, actor, plan, now=now)
    return change.id


def _count_up(session: Session, actor: User, plan: Plan, *, now: datetime) -> None:
    """Give a plan its next version."""
    plan.changed_by_id, plan.changed_at = actor.id, now
    flag_modified(plan, "changed_at")  # a second change in the same instant is a new version too
    session.flush()


def last_change(session: Session, plan: Plan) -> PlanChange | None:
    """Return the newest change of a plan."""
    return session.scalar(select(PlanChange).where(PlanChange.plan_id == plan.id).order_by(PlanChange.id.desc()).limit(1))


def was_made(session: Session, plan: Plan, client_ref: UUID | None) -> bool:
    """True when a change with this reference was made to the plan before, by the first copy of what was sent twice.

    Raises:
        NotFound: the reference belongs to another plan; nothing is revealed.
    """
    if client_ref is None:
        return False
    plan_id = session.scalar(select(PlanChange.plan_id).where(PlanChange.client_ref == client_ref))
    if plan_id not in (None, plan.id):
        raise NotFound()
    return plan_id is not None


def make_stale(plan: Plan) -> None:
    """Say that the plan's times were found before it was changed."""
    outcome = outcome_from_json(plan.outcome)
    if outcome.is_solved and not outcome.is_stale:
        plan.outcome = outcome_to_json(replace(outcome, is_stale=True))


def changes_since(session: Session, actor: User, *, plan_id: int, after_id: int = 0, limit: int = SHOWN) -> tuple[ChangeRow, ...]:
    """Return what was changed after the change `after_id`, the newest first, at most `limit`.

    Raises:
        NotFound: no such plan among those that `actor` may see.
    """
    plan = find_plan(session, actor, plan_id)
    editable = may_edit(session, actor, plan)
    query = select(PlanChange, User.name).join(User, PlanChange.changed_by_id == User.id)
    query = query.where(PlanChange.plan_id == plan_id, PlanChange.id > after_id, PlanChange.action.not_in(_QUIET))
    found = session.execute(query.order_by(PlanChange.id.desc()).limit(limit)).all()
    undone = {change.detail.get("change") for change, _ in found if change.action == Action.UNDONE}
    wanted = {i for change, _ in found for i in change.detail.get("customers", ())}
    names = _names(session, actor, wanted)
    return tuple(
        ChangeRow(
            id=change.id,
            who=Person(change.changed_by_id, who),
            is_mine=change.changed_by_id == actor.id,
            at=change.changed_at,
            action=change.action,
            detail=change.detail,
            names=tuple(names[i] for i in change.detail.get("customers", ()) if i in names),
            may_undo=editable and bool(change.before) and change.id not in undone,
        )
        for change, who in found
    )


def _names(session: Session, actor: User, customer_ids: set[int]) -> dict[int, str]:
    if not customer_ids:
        return {}
    query = select(Customer.id, Customer.name).where(Customer.id.in_(customer_ids), visible_to(actor))
    return {row.id: row.name for row in session.execute(query)}


def _columns(stop: PlanStop) -> dict[str, Any]:
    return {column.key: plain(getattr(stop, column.key)) for column in inspect(PlanStop).column_attrs}


def plain(value: Any) -> Any:
    """Return a column's value as JSON keeps it."""
    if isinstance(value, Enum):
        return value.value
    return value.isoformat() if isinstance(value, datetime | date) else value
