"""The way back from an act on many customers: for 30 days, all at once, to what each of them said before.

Customers that somebody changed again since are left as they are and named: a later decision is not undone by an earlier one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Integer, Row, Select, func, insert, literal, select
from sqlalchemy.orm import Session, aliased

from fieldsales.db.base import UtcDateTime
from fieldsales.db.id_lists import one_of
from fieldsales.db.models import BulkChange, Customer, CustomerChange, User
from fieldsales.domain.audit import AuditAction
from fieldsales.domain.words import BulkAction, ChangeCause, Role
from fieldsales.errors import N_, Conflict, NotFound
from fieldsales.services import audit
from fieldsales.services.access import visible_to
from fieldsales.services.acting.bulk_rows import add_words, put_tag, tags_of, take_tags, touch, what_they_say
from fieldsales.services.map.map_index import announce_bulk_change
from fieldsales.services.team.team_scope import require_lead

UNDO_FOR = timedelta(days=30)
MOST_NAMED = 200
_WRITTEN = {BulkAction.REASSIGN: ("owner_id", "team_id"), BulkAction.CADENCE: ("cadence_days",)}


class BulkUndoTooLate(Conflict):
    code = "bulk_undo_too_late"
    message = N_("This was done more than {days} days ago and can no longer be undone. Make the change the other way round instead.")


class UndoneElsewhere(Conflict):
    code = "bulk_undone_elsewhere"
    message = N_("{who} has undone this already.")


@dataclass(frozen=True, slots=True)
class LeftAlone:
    """A customer that an undo left as it was found, because somebody (the newest of them) changed it again."""

    customer_id: int
    name: str
    who: str


@dataclass(frozen=True, slots=True)
class UndoResult:
    """How many customers say again what they said before, and how many do not; `named` are the first of those one may see."""

    change_id: int
    undone: int
    left: int
    named: tuple[LeftAlone, ...]


@dataclass(frozen=True, slots=True)
class ActRow:
    """One act to draw: `owner`, `tags` and `cadence_days` say what it did; `until` is when the way back ends."""

    id: int
    action: BulkAction
    owner: str
    tags: tuple[str, ...]
    cadence_days: int | None
    count: int
    who: str
    made_at: datetime
    until: datetime
    undone_at: datetime | None
    undone_count: int | None
    may_undo: bool


def undo_change(session: Session, actor: User, *, change_id: int, now: datetime) -> UndoResult:
    """Let every customer of an act say again what it said before; a second time nothing more happens.

    Raises:
        NotAllowed: `actor` leads nobody. NotFound: no such act, or somebody else's (an admin may undo all).
        BulkUndoTooLate. UndoneElsewhere: an admin undid it meanwhile, or its maker.
    """
    require_lead(actor)
    change = session.scalar(
        select(BulkChange).where(BulkChange.id == change_id).with_for_update().execution_options(populate_existing=True)
    )
    if change is None or not _is_theirs(actor, change.made_by_id):
        raise NotFound()
    if change.undone_at is not None:
        if change.undone_by_id != actor.id:
            raise UndoneElsewhere(who=session.scalar(select(User.name).where(User.id == change.undone_by_id)) or "?")
        return _result(session, actor, change)
    if now - change.made_at > UNDO_FOR:
        raise BulkUndoTooLate(days=UNDO_FOR.days)
    rows = session.execute(_changed_rows(actor, change_id).with_for_update(of=Customer)).all()
    tagging = change.action in (BulkAction.TAG, BulkAction.UNTAG)
    undone = _put_tags_back(session, rows, now=now) if tagging else _put_columns_back(session, rows, now=now)
    _keep_history(session, actor, change, undone, now=now)
    change.undone_at, change.undone_by_id, change.undone_count = now, actor.id, len(undone)
    details = {"action": change.action.value, "count": change.count, "undone": len(undone)}
    audit.record(session, actor, AuditAction.BULK_UNDONE, subject_kind="bulk_change", subject_id=change_id, details=details, now=now)
    if undone:
        announce_bulk_change(session)
    session.flush()
    session.expire_all()
    return _result(session, actor, change)


def left_alone(session: Session, actor: User, *, change_id: int) -> tuple[LeftAlone, ...]:
    """Return the customers that an undo left, as far as `actor` may see them, by name.

    Raises:
        NotAllowed, NotFound (no such act, somebody else's, or not undone).
    """
    require_lead(actor)
    change = session.get(BulkChange, change_id)
    if change is None or not _is_theirs(actor, change.made_by_id) or change.undone_at is None:
        raise NotFound()
    return _named(session, actor, change_id)


def list_acts(session: Session, actor: User, *, now: datetime, limit: int = 50) -> tuple[ActRow, ...]:
    """Return the newest acts of `actor`, of everybody for an admin.

    Raises:
        NotAllowed: `actor` leads nobody.
    """
    require_lead(actor)
    query = select(BulkChange, User.name).join(User, User.id == BulkChange.made_by_id).order_by(BulkChange.id.desc()).limit(limit)
    if actor.role is not Role.ADMIN:
        query = query.where(BulkChange.made_by_id == actor.id)
    return tuple(_act_row(change, who, now=now) for change, who in session.execute(query))


def _act_row(change: BulkChange, who: str, *, now: datetime) -> ActRow:
    until = change.made_at + UNDO_FOR
    return ActRow(
        id=change.id,
        action=change.action,
        owner=str(change.what.get("owner", "")),
        tags=tuple(change.what.get("tags", ())),
        cadence_days=change.what.get("cadence_days"),
        count=change.count,
        who=who,
        made_at=change.made_at,
        until=until,
        undone_at=change.undone_at,
        undone_count=change.undone_count,
        may_undo=change.undone_at is None and now <= until,
    )


def _is_theirs(actor: User, made_by_id: int) -> bool:
    return actor.role is Role.ADMIN or actor.id == made_by_id


def _changed_rows(actor: User, change_id: int) -> Select[Any]:
    c = Customer
    query = select(c.id, c.owner_id, c.team_id, c.cadence_days, CustomerChange.before, CustomerChange.after)
    query = query.join(CustomerChange, CustomerChange.customer_id == c.id).where(_of_act(change_id), visible_to(actor))
    return query.order_by(c.id)


def _of_act(change_id: int) -> Any:
    return (CustomerChange.bulk_id == change_id) & (CustomerChange.cause != ChangeCause.RESTORE)


def _put_columns_back(session: Session, rows: Iterable[Row[Any]], *, now: datetime) -> list[int]:
    """Write back what was overwritten, customers with the same past together; return the ids.

    To the team that a former owner is in by now: their customers would have come along, and are not left in sight of the old one.
    """
    alike: dict[tuple[tuple[str, Any], ...], list[int]] = {}
    for row in rows:
        if all(getattr(row, name) == value for name, value in row.after.items()):
            alike.setdefault(tuple(row.before.items()), []).append(row.id)
    pasts = [dict(past) for past in alike]
    owner_ids = {past["owner_id"] for past in pasts if past.get("owner_id") is not None}
    teams = {i: team_id for i, team_id in session.execute(select(User.id, User.team_id).where(User.id.in_(owner_ids)))}
    for past, ids in zip(pasts, alike.values(), strict=True):
        if past.get("owner_id") in teams:
            past["team_id"] = teams[past["owner_id"]]
        touch(session, ids, now=now, **past)
    return [i for ids in alike.values() for i in ids]


def _put_tags_back(session: Session, rows: Collection[Row[Any]], *, now: datetime) -> list[int]:
    """Take off what was put on and the other way round, where the customer still is as the act left it; return the ids."""
    carried = tags_of(session, [row.id for row in rows])
    to_take: dict[frozenset[str], list[int]] = {}
    to_put: dict[str, list[int]] = {}
    undone = []
    for row in rows:
        before, after, tags = (frozenset(some) for some in (row.before["tags"], row.after["tags"], carried.get(row.id, ())))
        put, taken = after - before, before - after
        if not put <= tags or taken & tags:
            continue
        undone.append(row.id)
        if put:
            to_take.setdefault(put, []).append(row.id)
        for name in taken:
            to_put.setdefault(name, []).append(row.id)
    for names, ids in to_take.items():
        take_tags(session, names, ids)
    for name, tag_id in add_words(session, to_put).items() if to_put else ():
        put_tag(session, tag_id, to_put[name])
    if undone:
        touch(session, undone, now=now)
    return undone


def _keep_history(session: Session, actor: User, act: BulkChange, ids: Collection[int], *, now: datetime) -> None:
    """Keep the undo of each customer as a change of its own: the other way round, to what it says by now."""
    change = CustomerChange
    columns = _WRITTEN.get(act.action)
    rows = select(
        change.customer_id,
        literal(actor.id, Integer),
        literal(now, UtcDateTime),
        literal(ChangeCause.RESTORE, change.cause.type),
        change.after,
        what_they_say(session, columns) if columns else change.before,
        change.bulk_id,
    )
    rows = rows.join(Customer, Customer.id == change.customer_id).where(_of_act(act.id), one_of(session, change.customer_id, ids))
    names = ["customer_id", "changed_by_id", "changed_at", "cause", "before", "after", "bulk_id"]
    session.execute(insert(change).from_select(names, rows.order_by(change.id), include_defaults=False))


def _result(session: Session, actor: User, change: BulkChange) -> UndoResult:
    undone = change.undone_count or 0
    return UndoResult(change.id, undone, change.count - undone, _named(session, actor, change.id) if undone < change.count else ())


def _named(session: Session, actor: User, change_id: int) -> tuple[LeftAlone, ...]:
    back = aliased(CustomerChange)
    put_back = select(back.customer_id).where(back.bulk_id == change_id, back.cause == ChangeCause.RESTORE)
    left = select(CustomerChange.customer_id).where(_of_act(change_id), CustomerChange.customer_id.not_in(put_back))
    newest = select(func.max(back.id)).where(back.customer_id == Customer.id).correlate(Customer).scalar_subquery()
    query = (
        select(Customer.id, Customer.name, User.name)
        .outerjoin(back, back.id == newest)
        .outerjoin(User, User.id == back.changed_by_id)
        .where(Customer.id.in_(left), visible_to(actor))
        .order_by(Customer.name, Customer.id)
        .limit(MOST_NAMED)
    )
    return tuple(LeftAlone(i, name, who or "") for i, name, who in session.execute(query))
