"""Which reports there are, of whom, which are missing, and which somebody should read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldsales.db.models import Report, ReportComment, User
from fieldsales.domain.words import Period, Role
from fieldsales.domain.working_days import days_between, is_working_day
from fieldsales.services.reports.report_people import list_people, zone_of
from fieldsales.services.working_days import public_holidays

MAX_DAYS = 62


class ReportState(StrEnum):
    """How far a report is; a missing one was due, on a working day that is over."""

    SUBMITTED = "submitted"
    DRAFT = "draft"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class ReportRow:
    """One report, or the lack of one.

    `unread` says that the next word is the reader's: to the author somebody has said something, to others the report is
    new or the author spoke last. `confirmed` says that somebody has read it; what its author says after that is unread again.
    """

    user_id: int
    who: str
    starts_on: date
    state: ReportState
    submitted_at: datetime | None
    comments: int
    unread: bool
    confirmed: bool = False


def list_reports(
    session: Session, actor: User, *, period: Period, first: date, last: date, user_id: int | None = None, zone: ZoneInfo, now: datetime
) -> tuple[ReportRow, ...]:
    """Return the reports that begin from `first` to `last` (at most MAX_DAYS), newest first, then by name.

    Reports of a day are due from reps, on each working day since they joined; of a week or month only those there are
    are listed. Somebody else's draft is listed without what it says. `zone` is the installation's.

    Raises:
        NotAllowed: `actor` is disabled.
    """
    first = max(first, last - timedelta(days=MAX_DAYS - 1))
    people = {person.id: person for person in list_people(session, actor) if user_id in (None, person.id)}
    query = select(Report.id, Report.user_id, Report.starts_on, Report.submitted_at, Report.reviewed_at)
    query = query.where(Report.period == period, Report.starts_on.between(first, last), Report.user_id.in_(list(people)))
    stored = {(row.starts_on, row.user_id): row for row in session.execute(query)}
    said = _last_words(session, [row.id for row in stored.values()])
    rows = []
    for (starts_on, person_id), row in stored.items():
        count, speaker, spoken_at = said.get(row.id, (0, None, None))
        unread = row.submitted_at is not None and speaker not in (None, actor.id)
        if person_id != actor.id:
            late = row.reviewed_at is None or (spoken_at is not None and spoken_at > row.reviewed_at)
            unread = row.submitted_at is not None and late and speaker in (None, person_id)
        state = ReportState.SUBMITTED if row.submitted_at else ReportState.DRAFT
        confirmed = row.submitted_at is not None and row.reviewed_at is not None
        rows.append(ReportRow(person_id, people[person_id].name, starts_on, state, row.submitted_at, count, unread, confirmed))
    if period is Period.DAY:
        rows += [
            ReportRow(person.id, person.name, day, ReportState.MISSING, None, 0, False)
            for person in people.values()
            for day in _due_days(person, first, last, zone, now)
            if (day, person.id) not in stored
        ]
    return tuple(sorted(rows, key=lambda row: (-row.starts_on.toordinal(), row.who, row.user_id)))


def _due_days(person: User, first: date, last: date, zone: ZoneInfo, now: datetime) -> list[date]:
    if person.role is not Role.REP:
        return []
    local = zone_of(person, zone)
    joined = person.created_at.astimezone(local).date()
    yesterday = now.astimezone(local).date() - timedelta(days=1)
    holidays = public_holidays()
    return [day for day in days_between(max(first, joined), min(last, yesterday)) if is_working_day(day, holidays)]


def _last_words(session: Session, report_ids: list[int]) -> dict[int, tuple[int, int, datetime | None]]:
    """Return per report how many comments there are, who spoke last, and when."""
    query = select(ReportComment.report_id, ReportComment.user_id, ReportComment.sent_at).where(ReportComment.report_id.in_(report_ids))
    said: dict[int, tuple[int, int, datetime | None]] = {}
    for report_id, speaker, sent_at in session.execute(
        query.where(ReportComment.sent_at.is_not(None)).order_by(ReportComment.sent_at, ReportComment.id)
    ):
        said[report_id] = (said.get(report_id, (0, 0, None))[0] + 1, speaker, sent_at)
    return said
