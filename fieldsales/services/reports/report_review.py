"""Reading what was handed in: which daily reports wait for somebody who leads, 確認済み with one tap, and how many there are of each.

Whoever may read somebody else's report may confirm it; nobody confirms their own. A confirmed report can no longer be withdrawn:
others rely on it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import Session

from fieldsales.db.models import Report, ReportComment, User
from fieldsales.domain.audit import AuditAction
from fieldsales.domain.progress import working_days
from fieldsales.domain.team_summary import ReportCount
from fieldsales.domain.words import Period, Role
from fieldsales.errors import N_, Conflict, NotAllowed, NotFound
from fieldsales.services import audit
from fieldsales.services.reports.report_people import find_person, readable_people, zone_of
from fieldsales.services.working_days import public_holidays


class ReportNotHandedIn(Conflict):
    code = "report_not_handed_in"
    message = N_("This report was withdrawn in the meantime: there is nothing to confirm.")


@dataclass(frozen=True, slots=True)
class ReportToRead:
    """A report that waits to be confirmed; `comments` counts what has been said about it."""

    id: int
    user_id: int
    who: str
    period: Period
    starts_on: date
    submitted_at: datetime
    comment: str
    comments: int


def list_to_read(
    session: Session,
    actor: User,
    *,
    period: Period | None = None,
    first: date | None = None,
    last: date | None = None,
    user_ids: Collection[int] | None = None,
    limit: int = 100,
) -> tuple[ReportToRead, ...]:
    """Return the reports of others that `actor` may read and nobody has confirmed, the oldest first; None restricts nothing.

    Raises:
        NotAllowed: `actor` is disabled.
    """
    sent = and_(ReportComment.report_id == Report.id, ReportComment.sent_at.is_not(None))
    said = select(func.count(ReportComment.id)).where(sent).scalar_subquery()
    query = _to_read(session, actor, period, first, last, user_ids).order_by(Report.starts_on, User.name, Report.id).limit(limit)
    rows = session.execute(query.add_columns(User.name, said))
    return tuple(
        ReportToRead(r.id, r.user_id, who, r.period, r.starts_on, r.submitted_at, r.comment, comments or 0)
        for r, who, comments in rows
        if r.submitted_at is not None
    )


def count_to_read(
    session: Session,
    actor: User,
    *,
    period: Period | None = None,
    first: date | None = None,
    last: date | None = None,
    user_ids: Collection[int] | None = None,
) -> int:
    """Return how many `list_to_read` would list without a limit.

    Raises:
        NotAllowed: `actor` is disabled.
    """
    query = _to_read(session, actor, period, first, last, user_ids).with_only_columns(func.count(Report.id))
    return session.scalar(query) or 0


def confirm_report(session: Session, actor: User, *, report_id: int, now: datetime) -> Report:
    """Say that somebody else's report has been read; who said so first stays.

    Raises:
        NotFound: no such report among those `actor` may read. NotAllowed: it is their own. ReportNotHandedIn.
    """
    report = _find(session, actor, report_id)
    if report.submitted_at is None:
        raise ReportNotHandedIn()
    if report.reviewed_at is None:
        report.reviewed_by_id, report.reviewed_at = actor.id, now
        session.flush()
        _audit(session, actor, report, now, confirmed=True)
    return report


def take_back_confirmation(session: Session, actor: User, *, report_id: int, now: datetime) -> Report:
    """Put a report among those to be read again; again it changes nothing.

    Raises:
        NotFound, NotAllowed: as `confirm_report`.
    """
    report = _find(session, actor, report_id)
    if report.reviewed_at is not None:
        report.reviewed_by_id = report.reviewed_at = None
        session.flush()
        _audit(session, actor, report, now, confirmed=False)
    return report


def count_reports(
    session: Session, actor: User, *, user_ids: Sequence[int], first: date, last: date, zone: ZoneInfo, now: datetime
) -> dict[int, ReportCount]:
    """Return, per person of `user_ids` that `actor` may read, how the daily reports from `first` to `last` stand.

    Due are those of reps on working days that are over, since they joined and until they left. `zone` is the installation's.

    Raises:
        NotAllowed: `actor` is disabled.
    """
    people = session.scalars(readable_people(actor).where(User.id.in_(user_ids))).unique().all()
    stored = select(Report.user_id, Report.starts_on, Report.reviewed_at).where(
        Report.period == Period.DAY, Report.starts_on.between(first, last), Report.submitted_at.is_not(None)
    )
    handed_in: dict[int, dict[date, bool]] = defaultdict(dict)
    for user_id, on, reviewed_at in session.execute(stored.where(Report.user_id.in_([person.id for person in people]))):
        handed_in[user_id][on] = reviewed_at is not None
    return {person.id: _count(person, handed_in[person.id], first, last, zone, now) for person in people}


def _count(person: User, handed_in: dict[date, bool], first: date, last: date, zone: ZoneInfo, now: datetime) -> ReportCount:
    local, due = zone_of(person, zone), tuple[date, ...]()
    if person.role is Role.REP:
        begins = max(first, person.created_at.astimezone(local).date())
        ends = min(last, (person.disabled_at or now).astimezone(local).date() - timedelta(days=1))
        due = working_days(begins, ends, public_holidays())
    missing = tuple(day for day in due if day not in handed_in)
    return ReportCount(len(due), len(due) - len(missing), sum(not reviewed for reviewed in handed_in.values()), missing)


def _to_read(
    session: Session, actor: User, period: Period | None, first: date | None, last: date | None, user_ids: Collection[int] | None
) -> Select[Report]:
    query = select(Report).join(User, User.id == Report.user_id)
    query = query.where(Report.submitted_at.is_not(None), Report.reviewed_at.is_(None), Report.user_id != actor.id)
    query = query.where(Report.user_id.in_(readable_people(actor).with_only_columns(User.id).order_by(None)))
    if period is not None:
        query = query.where(Report.period == period)
    if first is not None:
        query = query.where(Report.starts_on >= first)
    if last is not None:
        query = query.where(Report.starts_on <= last)
    return query if user_ids is None else query.where(Report.user_id.in_(list(user_ids)))


def _find(session: Session, actor: User, report_id: int) -> Report:
    query = select(Report).where(Report.id == report_id).with_for_update(of=Report).execution_options(populate_existing=True)
    report = session.scalar(query)
    if report is None:
        raise NotFound()
    find_person(session, actor, report.user_id)
    if report.user_id == actor.id:
        raise NotAllowed()
    return report


def _audit(session: Session, actor: User, report: Report, now: datetime, *, confirmed: bool) -> None:
    author = session.get(User, report.user_id)
    audit.record(
        session,
        actor,
        AuditAction.REPORT_REVIEWED,
        subject_kind="report",
        subject_id=report.id,
        subject=author.name if author is not None else "",
        details={"period": report.period, "day": report.starts_on, "confirmed": confirmed},
        now=now,
    )
