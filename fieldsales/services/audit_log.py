"""Reading the audit log: by who, what, when and words; page by page from the newest entry back; and forgetting what is old.

Who, what and when are answered by indexes in the order of time. Words are looked for in two steps: first in the newest
`NEAR` entries, where a word that many entries have fills the page at once; then by the index of runs, which is quick for all
others. Neither step alone would be: the index of a common word names half the log, and a rare word may stand in its first line.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, delete, func, literal, or_, select, union_all
from sqlalchemy.orm import Session, aliased

from fieldsales.db.models import AuditEvent, User
from fieldsales.db.text_search import AUDIT_LOG, index_has
from fieldsales.domain.audit import AREAS, AuditAction, AuditArea
from fieldsales.domain.matching import search_words
from fieldsales.services import audit
from fieldsales.services.access import require_admin

NEAR = 10_000
PAGE = 50
MOST_EXPORTED = 100_000
FORGOTTEN_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class LogQuery:
    """What to look for; an empty part restricts nothing.

    `actor_id` says who (NOBODY for the command line and visitors), `areas` and `actions` what, `since` and `until` when (until is not
    included), `text` which words, each of which must occur.
    """

    text: str = ""
    actor_id: int | None = None
    areas: frozenset[AuditArea] = frozenset()
    actions: frozenset[AuditAction] = frozenset()
    since: datetime | None = None
    until: datetime | None = None


NOBODY = 0


@dataclass(frozen=True, slots=True)
class LogPlace:
    """Where a page of the log ends: the next one begins behind it."""

    happened_at: datetime
    id: int


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One entry to draw; `action` is None for a code that this version does not know."""

    id: int
    happened_at: datetime
    actor_id: int | None
    actor_name: str
    action: AuditAction | None
    subject_kind: str
    subject_id: int | None
    subject: str
    details: dict[str, Any] = field(hash=False)
    address: str


@dataclass(frozen=True, slots=True)
class LogPage:
    """Some entries, the newest first; `behind` is where older ones begin, None at the end."""

    entries: tuple[LogEntry, ...]
    behind: LogPlace | None


def search_log(session: Session, actor: User, *, asked: LogQuery, behind: LogPlace | None = None, limit: int = PAGE) -> LogPage:
    """Return the newest entries that `asked` admits, of those `behind` a place when one is given.

    Raises:
        NotAllowed: `actor` is no admin.
    """
    require_admin(actor)
    found = _find(session, asked, behind, limit + 1)
    entries = tuple(_entry(event) for event in found[:limit])
    last = entries[-1] if len(found) > limit else None
    return LogPage(entries, LogPlace(last.happened_at, last.id) if last is not None else None)


def list_actors(session: Session, actor: User) -> tuple[tuple[int, str], ...]:
    """Return all users as (id, name) by name: whom one may ask the log about.

    Raises:
        NotAllowed.
    """
    require_admin(actor)
    return tuple((row.id, row.name) for row in session.execute(select(User.id, User.name).order_by(User.name, User.id)))


def export_log(session: Session, actor: User, *, asked: LogQuery, most: int = MOST_EXPORTED) -> Iterator[LogEntry]:
    """Yield what `asked` admits, the newest first, at most `most` entries; `note_log_export` keeps that it was taken.

    Raises:
        NotAllowed.
    """
    require_admin(actor)
    return _pages(session, actor, asked, most)


def note_log_export(session: Session, actor: User, *, asked: LogQuery, rows: int, file_name: str, now: datetime) -> None:
    """Keep in the log that it was exported: how much, and by which search. Call it before the file is handed over.

    Raises:
        NotAllowed.
    """
    require_admin(actor)
    details = {
        "words": asked.text,
        "who": session.scalar(select(User.name).where(User.id == asked.actor_id)) if asked.actor_id != NOBODY else "–",
        "what": sorted(asked.areas) + sorted(asked.actions),
        "since": asked.since,
        "until": asked.until,
    }
    said = {name: value for name, value in details.items() if value not in ("", None, [])}
    audit.record_export(session, actor, AuditAction.AUDIT_EXPORTED, what=file_name, rows=rows, details=said, now=now)


def forget_old(session: Session, *, keep_days: int, now: datetime, limit: int = FORGOTTEN_AT_ONCE) -> int:
    """Remove up to `limit` of the oldest entries of days that are over for longer than `keep_days`, and return how many; 0 days keep all.

    That entries were removed is an entry itself. Whole days (UTC) go, so that a log in use has one such entry a day.
    """
    if not keep_days:
        return 0
    day = (now - timedelta(days=keep_days)).astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    old = select(AuditEvent.id).where(AuditEvent.happened_at < day).order_by(AuditEvent.happened_at, AuditEvent.id).limit(limit)
    ids = list(session.scalars(old))
    if not ids:
        return 0
    session.execute(delete(AuditEvent).where(AuditEvent.id.in_(old)), execution_options={"synchronize_session": False})
    audit.record(session, None, AuditAction.AUDIT_FORGOTTEN, details={"entries": len(ids), "before": day.date()}, now=now)
    return len(ids)


def count_log(session: Session, actor: User) -> tuple[int, datetime | None]:
    """Return about how many entries there are (the span of their numbers) and when the oldest one happened.

    Raises:
        NotAllowed.
    """
    require_admin(actor)
    first, last = session.execute(select(func.min(AuditEvent.id), func.max(AuditEvent.id))).one()
    oldest = session.scalar(select(func.min(AuditEvent.happened_at)))
    return (last - first + 1 if last is not None else 0), oldest


def _pages(session: Session, actor: User, asked: LogQuery, most: int) -> Iterator[LogEntry]:
    behind: LogPlace | None = None
    left = most
    while left > 0:
        page = search_log(session, actor, asked=asked, behind=behind, limit=min(left, 2_000))
        yield from page.entries
        left -= len(page.entries)
        behind = page.behind
        session.expunge_all()
        if behind is None:
            return


def _find(session: Session, asked: LogQuery, behind: LogPlace | None, limit: int) -> list[AuditEvent]:
    words = search_words(asked.text)
    if not words:
        return _in_order(session, _by_indexes(asked, behind, limit), limit)
    near = select(AuditEvent).where(*_when_and_who(asked, behind)).order_by(*_NEWEST).limit(NEAR).subquery()
    event = aliased(AuditEvent, near)
    texts = [event.search_text.contains(word, autoescape=True) for word in words]
    chosen = [event.action.in_(_actions(asked))] if _actions(asked) else []
    query = select(event).where(*texts, *chosen).order_by(event.happened_at.desc(), event.id.desc()).limit(limit)
    found = list(session.scalars(query))
    return found if len(found) == limit else _by_words(session, asked, behind, words, limit)


def _by_words(session: Session, asked: LogQuery, behind: LogPlace | None, words: list[str], limit: int) -> list[AuditEvent]:
    """Return what the index of runs leads to; everything else is asked of those entries alone, not of an index of its own."""
    parts = _when_and_who(asked, behind)
    if _actions(asked):
        parts.append(AuditEvent.action.in_(_actions(asked)))
    parts += [AuditEvent.search_text.contains(word, autoescape=True) for word in words]
    led = index_has(words, AUDIT_LOG)
    hits = select(AuditEvent.id, AuditEvent.happened_at).where(led, and_(literal(True), *parts).is_(True)).cte("hits")
    hits = hits.prefix_with("MATERIALIZED", dialect="postgresql")
    ids = list(session.scalars(select(hits.c.id).order_by(hits.c.happened_at.desc(), hits.c.id.desc()).limit(limit)))
    return _in_order(session, select(AuditEvent.id).where(AuditEvent.id.in_(ids)), limit)


def _by_indexes(asked: LogQuery, behind: LogPlace | None, limit: int) -> Select[Any]:
    """Return the query of the newest ids: of each action asked for, in the order of an index, then the newest of all."""
    parts, actions = _when_and_who(asked, behind), _actions(asked)
    if not actions:
        return select(AuditEvent.id).where(*parts).order_by(*_NEWEST).limit(limit)
    each = [
        select(AuditEvent.id, AuditEvent.happened_at).where(AuditEvent.action == action, *parts).order_by(*_NEWEST).limit(limit).subquery()
        for action in actions
    ]
    together = union_all(*(select(one.c.id, one.c.happened_at) for one in each)).subquery()
    return select(together.c.id).order_by(together.c.happened_at.desc(), together.c.id.desc()).limit(limit)


def _in_order(session: Session, ids: Select[Any], limit: int) -> list[AuditEvent]:
    found = list(session.scalars(ids.limit(limit)))
    return list(session.scalars(select(AuditEvent).where(AuditEvent.id.in_(found)).order_by(*_NEWEST)))


def _when_and_who(asked: LogQuery, behind: LogPlace | None) -> list[ColumnElement[bool]]:
    parts: list[ColumnElement[bool]] = []
    if asked.actor_id is not None:
        parts.append(AuditEvent.actor_id == asked.actor_id if asked.actor_id != NOBODY else AuditEvent.actor_id.is_(None))
    if asked.since is not None:
        parts.append(AuditEvent.happened_at >= asked.since)
    if asked.until is not None:
        parts.append(AuditEvent.happened_at < asked.until)
    if behind is not None:
        parts.append(AuditEvent.happened_at <= behind.happened_at)
        parts.append(or_(AuditEvent.happened_at < behind.happened_at, AuditEvent.id < behind.id))
    return parts


def _actions(asked: LogQuery) -> list[str]:
    return sorted({action.value for area in asked.areas for action in AREAS[area]} | {action.value for action in asked.actions})


def _entry(event: AuditEvent) -> LogEntry:
    return LogEntry(
        id=event.id,
        happened_at=event.happened_at,
        actor_id=event.actor_id,
        actor_name=event.actor_name,
        action=AuditAction(event.action) if event.action in set(AuditAction) else None,
        subject_kind=event.subject_kind,
        subject_id=event.subject_id,
        subject=event.subject,
        details=dict(event.details),
        address=event.address,
    )


_NEWEST = (AuditEvent.happened_at.desc(), AuditEvent.id.desc())
