"""What is said about a submitted report: the manager comments, the author answers; kept while it is being written."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from uuid import NAMESPACE_URL, UUID, uuid5

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from fieldsales.db.models import Report, ReportComment, User
from fieldsales.domain.words import Period
from fieldsales.errors import N_, Conflict, FixTheInput, NotFound, TextTooLong
from fieldsales.services.access import require_active
from fieldsales.services.reports.report_people import find_person

MAX_COMMENT = 100_000
_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")


class EmptyComment(FixTheInput):
    code = "empty_comment"
    message = N_("Write something first.")
    field = "report_answer"


class ReportNotSubmitted(Conflict):
    code = "report_not_submitted"
    message = N_("This report has not been submitted, or was withdrawn.")
    field = "report_answer"


@dataclass(frozen=True, slots=True)
class CommentRow:
    """One comment to draw; `own` says that the reader wrote it."""

    id: int
    who: str
    own: bool
    text: str
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class Reply:
    """What somebody else said last of one's own report."""

    period: Period
    starts_on: date
    who: str
    text: str
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class Answer:
    """What the reader is writing: the reference under which it is kept and sent, the same on all their devices."""

    client_ref: UUID
    text: str


def as_typed(text: str, *, field: str) -> str:
    """Return `text` as it can be stored, otherwise untouched: the field it came from compares it with its own.

    Raises:
        TextTooLong: naming the field.
    """
    clean = _UNSTORABLE.sub("", text)
    if len(clean) > MAX_COMMENT:
        raise TextTooLong(field=field, limit=MAX_COMMENT)
    return clean


def both_texts(stored: str, typed: str) -> str:
    """Return a text that holds what one device stored and another typed."""
    if stored.strip() in typed:
        return typed
    return stored if typed.strip() in stored else f"{stored}\n{typed}"


def list_comments(session: Session, actor: User, *, report_id: int) -> tuple[CommentRow, ...]:
    """Return what has been said about a report that `actor` may read, in order.

    Raises:
        NotFound.
    """
    _find_report(session, actor, report_id)
    query = select(ReportComment, User.name).join(User, ReportComment.user_id == User.id).where(ReportComment.report_id == report_id)
    rows = session.execute(query.where(ReportComment.sent_at.is_not(None)).order_by(ReportComment.sent_at, ReportComment.id))
    return tuple(CommentRow(c.id, who, c.user_id == actor.id, c.text, c.sent_at) for c, who in rows if c.sent_at is not None)


def list_replies(session: Session, actor: User, *, since: datetime) -> tuple[Reply, ...]:
    """Return of each report of `actor`'s own what was said last, newest first: since a moment, by others, and not answered yet."""
    require_active(actor)
    query = (
        select(ReportComment, Report.period, Report.starts_on, User.name)
        .join(Report, Report.id == ReportComment.report_id)
        .join(User, User.id == ReportComment.user_id)
        .where(Report.user_id == actor.id, Report.submitted_at.is_not(None), ReportComment.sent_at >= since)
        .order_by(ReportComment.sent_at, ReportComment.id)
    )
    last = {comment.report_id: (comment, Reply(period, starts_on, who, comment.text, comment.sent_at or since))
            for comment, period, starts_on, who in session.execute(query)}  # fmt: skip
    replies = [reply for comment, reply in last.values() if comment.user_id != actor.id]
    return tuple(sorted(replies, key=lambda reply: reply.sent_at, reverse=True))


def find_answer(session: Session, actor: User, *, report_id: int) -> Answer:
    """Return what `actor` is writing about a report, empty with a fresh reference when nothing has been begun.

    Raises:
        NotFound.
    """
    _find_report(session, actor, report_id)
    begun = _begun(session, actor, report_id)
    if begun is not None:
        return Answer(begun.client_ref, begun.text)
    own = select(func.count()).where(ReportComment.report_id == report_id, ReportComment.user_id == actor.id)
    return Answer(uuid5(NAMESPACE_URL, f"report/{report_id}/{actor.id}/{session.scalar(own)}"), "")


def save_answer(
    session: Session, actor: User, *, report_id: int, text: str, client_ref: UUID, base: str | None = None, now: datetime
) -> ReportComment:
    """Keep what `actor` is writing about a report; what has been sent meanwhile stays as it was sent.

    `base` is what the screen began with: what another device has stored since stays, beside the new text. None overwrites.

    Raises:
        NotFound: no such report among those `actor` may read. ReportNotSubmitted, TextTooLong.
    """
    typed = as_typed(text, field="report_answer")
    _require_submitted(_find_report(session, actor, report_id, lock=True))
    comment = _said(session, actor, client_ref, report_id)
    if comment is None:
        comment = ReportComment(client_ref=client_ref, report_id=report_id, user_id=actor.id, text=typed, created_at=now)
        try:
            with session.begin_nested():
                session.add(comment)
        except IntegrityError:
            begun = _said(session, actor, client_ref, report_id)
            if begun is None:
                raise
            comment = begun
    if comment.sent_at is None:
        comment.text = typed if base is None or base == comment.text else both_texts(comment.text, typed)
        session.flush()
    return comment


def add_comment(
    session: Session, actor: User, *, report_id: int, text: str, client_ref: UUID, base: str | None = None, now: datetime
) -> ReportComment:
    """Say something about a submitted report, one's own or that of somebody one manages; the same `client_ref` says it once.

    When another device has sent something else under the same reference, or is writing what is not in `base` (what the
    screen showed; None for whatever is stored), this is a comment of its own: nothing is lost.

    Raises:
        EmptyComment, and those of `save_answer`.
    """
    if not text.strip():
        raise EmptyComment()
    comment = save_answer(session, actor, report_id=report_id, text=text.strip(), client_ref=client_ref, base=base, now=now)
    if comment.text != text.strip():
        return add_comment(session, actor, report_id=report_id, text=text, client_ref=uuid5(client_ref, text.strip()), now=now)
    if comment.sent_at is None:
        comment.sent_at = now
        session.flush()
    return comment


def _find_report(session: Session, actor: User, report_id: int, *, lock: bool = False) -> Report:
    query = select(Report).where(Report.id == report_id)
    if lock:
        query = query.with_for_update(of=Report).execution_options(populate_existing=True)
    report = session.scalar(query)
    if report is None:
        raise NotFound()
    find_person(session, actor, report.user_id)
    return report


def _require_submitted(report: Report) -> None:
    if report.submitted_at is None:
        raise ReportNotSubmitted()


def _begun(session: Session, actor: User, report_id: int) -> ReportComment | None:
    query = select(ReportComment).where(ReportComment.report_id == report_id, ReportComment.user_id == actor.id)
    return session.scalar(query.where(ReportComment.sent_at.is_(None)).order_by(ReportComment.id).limit(1))


def _said(session: Session, actor: User, client_ref: UUID, report_id: int) -> ReportComment | None:
    comment = session.scalar(select(ReportComment).where(ReportComment.client_ref == client_ref))
    if comment is not None and (comment.user_id != actor.id or comment.report_id != report_id):
        raise NotFound()
    return comment
