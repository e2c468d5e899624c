"""Reading reports: who confirms whose, which wait, how many were due; a confirmed one is no longer withdrawn."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from fieldsales.db.database import Database
from fieldsales.db.models import AuditEvent, Report, User
from fieldsales.domain.team_summary import ReportCount
from fieldsales.domain.words import Period
from fieldsales.errors import NotAllowed, NotFound
from fieldsales.services.reports.report_comments import add_comment, find_answer
from fieldsales.services.reports.report_list import list_reports
from fieldsales.services.reports.report_review import (
    ReportNotHandedIn,
    confirm_report,
    count_reports,
    count_to_read,
    list_to_read,
    take_back_confirmation,
)
from fieldsales.services.reports.reports import ReportConfirmed, read_report, submit_report, withdraw_report

TOKYO = ZoneInfo("Asia/Tokyo")
FRIDAY = date(2026, 11, 20)


def hand_in(database: Database, user: User, now: datetime, day: date = FRIDAY, comment: str = "順調") -> Report:
    with database.write() as session:
        return submit_report(session, user, period=Period.DAY, starts_on=day, comment=comment, zone=TOKYO, now=now)


def confirm(database: Database, actor: User, report: Report, now: datetime) -> Report:
    with database.write() as session:
        return confirm_report(session, actor, report_id=report.id, now=now)


def waiting(database: Database, actor: User) -> list[tuple[str, date]]:
    with database.read() as session:
        rows = list_to_read(session, actor)
        assert count_to_read(session, actor) == len(rows)
        return [(row.who, row.starts_on) for row in rows]


def test_what_was_handed_in_waits_until_somebody_who_leads_confirms_it(
    database: Database, aiko: User, chie: User, dai: User, now: datetime
) -> None:
    older, report = hand_in(database, aiko, now, FRIDAY - timedelta(days=1)), hand_in(database, aiko, now)
    assert waiting(database, chie) == waiting(database, dai) == [("Aiko", older.starts_on), ("Aiko", FRIDAY)]
    assert confirm(database, chie, report, now).reviewed_by_id == chie.id
    assert waiting(database, chie) == [("Aiko", older.starts_on)]
    with database.read() as session:
        event = session.scalars(select(AuditEvent).where(AuditEvent.action == "report_reviewed")).one()
        assert (event.actor_id, event.subject, event.details["day"]) == (chie.id, "Aiko", "2026-11-20")


def test_who_confirmed_first_stays_and_the_author_sees_who(database: Database, aiko: User, chie: User, dai: User, now: datetime) -> None:
    report = hand_in(database, aiko, now)
    confirm(database, chie, report, now)
    confirm(database, dai, report, now + timedelta(hours=1))
    with database.read() as session:
        view = read_report(session, aiko, user_id=aiko.id, period=Period.DAY, starts_on=FRIDAY, zone=TOKYO, now=now)
    assert (view.confirmed_by, view.confirmed_at, view.may_withdraw) == ("Chie", now, False)


def test_nobody_confirms_their_own_and_a_stranger_finds_nothing(
    database: Database, aiko: User, botan: User, chie: User, now: datetime
) -> None:
    report, own = hand_in(database, aiko, now), hand_in(database, chie, now)
    with pytest.raises(NotAllowed):
        confirm(database, aiko, report, now)
    with pytest.raises(NotFound):
        confirm(database, botan, report, now)
    with pytest.raises(NotAllowed):
        confirm(database, chie, own, now)
    chie.disabled_at = now
    with pytest.raises(NotAllowed):
        confirm(database, chie, report, now)
    with pytest.raises(NotFound), database.write() as session:
        take_back_confirmation(session, botan, report_id=report.id, now=now)
    assert waiting(database, botan) == waiting(database, aiko) == []


def test_a_report_that_was_withdrawn_meanwhile_cannot_be_confirmed(database: Database, aiko: User, chie: User, now: datetime) -> None:
    report = hand_in(database, aiko, now)
    with database.write() as session:
        withdraw_report(session, aiko, period=Period.DAY, starts_on=FRIDAY)
    with pytest.raises(ReportNotHandedIn):
        confirm(database, chie, report, now)
    assert waiting(database, chie) == []


def test_a_confirmed_report_is_withdrawn_only_after_the_confirmation_was_taken_back(
    database: Database, aiko: User, chie: User, now: datetime
) -> None:
    report = hand_in(database, aiko, now)
    confirm(database, chie, report, now)
    with pytest.raises(ReportConfirmed), database.write() as session:
        withdraw_report(session, aiko, period=Period.DAY, starts_on=FRIDAY)
    for _ in range(2):
        with database.write() as session:
            take_back_confirmation(session, chie, report_id=report.id, now=now)
    assert waiting(database, chie) == [("Aiko", FRIDAY)]
    with database.write() as session:
        assert withdraw_report(session, aiko, period=Period.DAY, starts_on=FRIDAY).submitted_at is None


def listed(database: Database, actor: User, now: datetime) -> dict[str, tuple[bool, bool]]:
    with database.read() as session:
        rows = list_reports(session, actor, period=Period.DAY, first=FRIDAY, last=FRIDAY, zone=TOKYO, now=now)
    return {row.who: (row.unread, row.confirmed) for row in rows}


def test_in_the_list_a_confirmed_report_is_read_until_its_author_says_more(
    database: Database, aiko: User, chie: User, now: datetime
) -> None:
    report = hand_in(database, aiko, now)
    assert listed(database, chie, now)["Aiko"] == (True, False)
    confirm(database, chie, report, now)
    assert listed(database, chie, now)["Aiko"] == (False, True)
    with database.write() as session:
        ref = find_answer(session, aiko, report_id=report.id).client_ref
        add_comment(session, aiko, report_id=report.id, text="追記", client_ref=ref, now=now + timedelta(minutes=1))
    assert listed(database, chie, now)["Aiko"] == (True, True)


def counts(database: Database, actor: User, users: list[User], now: datetime) -> dict[int, ReportCount]:
    ids = [user.id for user in users]
    with database.read() as session:
        return count_reports(session, actor, user_ids=ids, first=date(2026, 11, 16), last=date(2026, 11, 29), zone=TOKYO, now=now)


def test_due_are_working_days_that_are_over_from_the_day_somebody_joined_until_they_left(
    database: Database, aiko: User, chie: User, now: datetime
) -> None:
    report = hand_in(database, aiko, now, date(2026, 11, 18))
    hand_in(database, aiko, now, date(2026, 11, 15))  # a Sunday: handed in, but not in these days
    with database.write() as session:
        session.get_one(User, aiko.id).created_at = datetime(2026, 11, 16, 0, 0, tzinfo=TOKYO)
    found = counts(database, chie, [aiko, chie], now)
    days = tuple(date(2026, 11, day) for day in (16, 17, 19, 20))
    assert found[aiko.id] == ReportCount(5, 1, 1, days)
    assert found[chie.id] == ReportCount(0, 0, 0, ())  # reports are due from reps
    confirm(database, chie, report, now)
    with database.write() as session:
        session.get_one(User, aiko.id).disabled_at = datetime(2026, 11, 19, 9, 0, tzinfo=TOKYO)
    assert counts(database, chie, [aiko], now)[aiko.id] == ReportCount(3, 1, 0, days[:2])


def test_a_holiday_is_not_due_and_a_stranger_counts_nothing(database: Database, aiko: User, botan: User, chie: User) -> None:
    later = datetime(2026, 11, 30, 1, 0, tzinfo=TOKYO)
    with database.write() as session:
        session.get_one(User, aiko.id).created_at = datetime(2026, 11, 1, 0, 0, tzinfo=TOKYO)
    found = counts(database, chie, [aiko, botan], later)
    assert found[aiko.id].due == 9  # ten working days, but for 23 November
    assert botan.id not in found
    assert aiko.id not in counts(database, botan, [aiko], later)
