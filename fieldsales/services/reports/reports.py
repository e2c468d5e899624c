"""Reports (日報): built from what is recorded, commented, submitted once, answered; a submitted one keeps its numbers.

Who may read whose: everybody their own, managers those of their teams' people, admins all. A comment that has not been
submitted is its author's alone. Submitting freezes the facts; the author may withdraw until somebody else has commented
or confirmed it, because from then on others rely on what it says.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from fieldsales.db.models import Report, ReportComment, User
from fieldsales.domain.report_facts import ReportFacts, from_json, to_json
from fieldsales.domain.reports import Difference, differences, first_day
from fieldsales.domain.words import Period
from fieldsales.errors import N_, Conflict, FixTheInput, NotFound
from fieldsales.services.access import require_active
from fieldsales.services.reports.report_comments import Answer, CommentRow, as_typed, both_texts, find_answer, list_comments
from fieldsales.services.reports.report_facts import gather_facts
from fieldsales.services.reports.report_people import find_person, zone_of


class ReportInFuture(FixTheInput):
    code = "report_in_future"
    message = N_("This day has not begun yet.")
    field = "starts_on"


class ReportSubmitted(Conflict):
    """Nothing of what was typed has been stored: the screen still has it."""

    code = "report_submitted"
    message = N_("This report was submitted already. What you wrote stands below: add it as a comment, or withdraw the report.")
    field = "report_comment"


class ReportCommented(Conflict):
    code = "report_commented"
    message = N_("Somebody has commented on this report: it can no longer be withdrawn.")


class ReportConfirmed(Conflict):
    code = "report_confirmed"
    message = N_("This report has been confirmed: it can no longer be withdrawn.")


@dataclass(frozen=True, slots=True)
class ReportView:
    """One report to draw, submitted or in the making.

    `facts` are the frozen ones once it is submitted, and `changed` then says what is recorded otherwise now; before, they
    are of this moment. `comment` of somebody else's unsubmitted report is empty. `answer` is
    what the reader is writing about a submitted one. `confirmed_by` has read it and said so, at `confirmed_at`.
    """

    id: int | None
    user_id: int
    facts: ReportFacts
    comment: str
    submitted_at: datetime | None
    changed: tuple[Difference, ...]
    comments: tuple[CommentRow, ...]
    answer: Answer | None
    own: bool
    may_withdraw: bool
    zone: ZoneInfo
    confirmed_by: str = ""
    confirmed_at: datetime | None = None


def build_facts(
    session: Session, actor: User, *, user_id: int, period: Period, starts_on: date, zone: ZoneInfo, now: datetime
) -> ReportFacts:
    """Return what a person did in the period that holds `starts_on`, as recorded at this moment.

    `zone` is the installation's; a person who chose another works in that.

    Raises:
        NotFound: not one of the people whose reports `actor` may read. ReportInFuture: the period has not begun.
    """
    person = find_person(session, actor, user_id)
    local, starts_on = zone_of(person, zone), first_day(period, starts_on)
    _require_begun(starts_on, local, now)
    return gather_facts(session, person, period=period, starts_on=starts_on, zone=local, now=now)


def read_report(
    session: Session, actor: User, *, user_id: int, period: Period, starts_on: date, zone: ZoneInfo, now: datetime
) -> ReportView:
    """Return a report as `actor` may see it; one that nobody has begun is built all the same.

    Raises:
        NotFound, ReportInFuture: as `build_facts`.
    """
    current = build_facts(session, actor, user_id=user_id, period=period, starts_on=starts_on, zone=zone, now=now)
    person, own = find_person(session, actor, user_id), user_id == actor.id
    stored = _stored(session, user_id, period, current.starts_on)
    frozen = from_json(stored.facts) if stored is not None and stored.facts is not None else None
    comments = list_comments(session, actor, report_id=stored.id) if stored is not None and frozen is not None else ()
    confirmed_at = stored.reviewed_at if stored is not None and frozen is not None else None
    reviewer = session.get(User, stored.reviewed_by_id) if stored is not None and stored.reviewed_by_id is not None else None
    return ReportView(
        id=stored.id if stored else None,
        user_id=user_id,
        facts=frozen or current,
        comment=stored.comment if stored is not None and (own or frozen is not None) else "",
        submitted_at=stored.submitted_at if stored else None,
        changed=differences(frozen, current) if frozen is not None else (),
        comments=comments,
        answer=find_answer(session, actor, report_id=stored.id) if stored is not None and frozen is not None else None,
        own=own,
        may_withdraw=own and frozen is not None and confirmed_at is None and all(comment.own for comment in comments),
        zone=zone_of(person, zone),
        confirmed_by=reviewer.name if reviewer is not None and confirmed_at is not None else "",
        confirmed_at=confirmed_at,
    )


def read_comment(session: Session, actor: User, *, period: Period, starts_on: date) -> str | None:
    """Return what `actor` has written so far under their own report, None once it is submitted.

    Raises:
        NotAllowed: `actor` is disabled.
    """
    require_active(actor)
    report = _stored(session, actor.id, period, first_day(period, starts_on))
    if report is None:
        return ""
    return report.comment if report.submitted_at is None else None


def save_comment(
    session: Session, actor: User, *, period: Period, starts_on: date, comment: str, base: str | None = None, zone: ZoneInfo, now: datetime
) -> Report:
    """Keep what `actor` has written so far under their own report, as it was typed.

    `base` is what the screen began with: what another device has stored since stays, beside the new text. None overwrites.

    Raises:
        ReportInFuture, TextTooLong. ReportSubmitted: it was submitted meanwhile, saying something else.
    """
    text = as_typed(comment, field="report_comment")
    report = _open(session, actor, period, first_day(period, starts_on), zone, now)
    if report.comment.strip() == text.strip() and report.submitted_at is not None:
        return report
    if report.submitted_at is not None:
        raise ReportSubmitted()
    report.comment = text if base is None or base == report.comment else both_texts(report.comment, text)
    session.flush()
    return report


def submit_report(
    session: Session, actor: User, *, period: Period, starts_on: date, comment: str | None = None, zone: ZoneInfo, now: datetime
) -> Report:
    """Submit `actor`'s own report: its facts are frozen as they are now. Again, with the same comment, it changes nothing.

    `comment` None submits what has been kept so far.

    Raises:
        As `save_comment`.
    """
    if comment is not None:
        save_comment(session, actor, period=period, starts_on=starts_on, comment=comment, zone=zone, now=now)
    report = _open(session, actor, period, first_day(period, starts_on), zone, now)
    if report.submitted_at is None:
        report.comment = report.comment.strip()
        local = zone_of(actor, zone)
        facts = gather_facts(session, actor, period=period, starts_on=report.starts_on, zone=local, now=now)
        report.facts, report.submitted_at = to_json(facts), now
        session.flush()
    return report


def withdraw_report(session: Session, actor: User, *, period: Period, starts_on: date) -> Report:
    """Take back `actor`'s own report to go on with it; the comment stays. Again it changes nothing.

    Raises:
        NotFound: there is none. ReportCommented, ReportConfirmed: somebody else has commented on it or confirmed it.
    """
    require_active(actor)
    report = _stored(session, actor.id, period, first_day(period, starts_on), lock=True)
    if report is None:
        raise NotFound()
    others = select(func.count()).where(
        ReportComment.report_id == report.id, ReportComment.user_id != actor.id, ReportComment.sent_at.is_not(None)
    )
    if report.submitted_at is not None and session.scalar(others):
        raise ReportCommented()
    if report.reviewed_at is not None:
        raise ReportConfirmed()
    report.facts = report.submitted_at = None
    session.flush()
    return report


def _stored(session: Session, user_id: int, period: Period, starts_on: date, *, lock: bool = False) -> Report | None:
    query = select(Report).where(Report.user_id == user_id, Report.period == period, Report.starts_on == starts_on)
    if lock:
        query = query.with_for_update(of=Report).execution_options(populate_existing=True)
    return session.scalar(query)


def _open(session: Session, actor: User, period: Period, starts_on: date, zone: ZoneInfo, now: datetime) -> Report:
    """Return `actor`'s own report, locked; begun now if it was not."""
    require_active(actor)
    _require_begun(starts_on, zone_of(actor, zone), now)
    report = _stored(session, actor.id, period, starts_on, lock=True)
    if report is not None:
        return report
    report = Report(user_id=actor.id, period=period, starts_on=starts_on, comment="", created_at=now)
    try:
        with session.begin_nested():
            session.add(report)
    except IntegrityError:
        # Another device began it a moment ago.
        begun = _stored(session, actor.id, period, starts_on, lock=True)
        if begun is None:
            raise
        return begun
    return report


def _require_begun(starts_on: date, zone: ZoneInfo, now: datetime) -> None:
    if starts_on > now.astimezone(zone).date():
        raise ReportInFuture()
