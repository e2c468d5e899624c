"""What others said of one's reports waits until it is answered, or for a week."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from fieldsales.db.database import Database
from fieldsales.db.models import Report, User
from fieldsales.domain.words import Period
from fieldsales.errors import NotAllowed
from fieldsales.services.accounts import accounts
from fieldsales.services.reports.report_comments import add_comment, list_replies, save_answer
from fieldsales.services.reports.reports import submit_report

TOKYO = ZoneInfo("Asia/Tokyo")
FRIDAY = date(2026, 11, 20)


def hand_in(database: Database, user: User, now: datetime, day: date = FRIDAY) -> Report:
    with database.write() as session:
        return submit_report(session, user, period=Period.DAY, starts_on=day, comment="順調", zone=TOKYO, now=now)


def say(database: Database, actor: User, report: Report, text: str, at: datetime) -> None:
    with database.write() as session:
        add_comment(session, actor, report_id=report.id, text=text, client_ref=uuid4(), now=at)


def waiting(database: Database, actor: User, now: datetime) -> list[tuple[date, str, str]]:
    with database.read() as session:
        return [(reply.starts_on, reply.who, reply.text) for reply in list_replies(session, actor, since=now - timedelta(days=7))]


def test_what_was_said_last_by_others_waits_newest_first_until_it_is_answered(
    database: Database, aiko: User, chie: User, dai: User, now: datetime
) -> None:
    before = FRIDAY - timedelta(days=1)
    older, report = hand_in(database, aiko, now, before), hand_in(database, aiko, now)
    say(database, chie, report, "次はいつですか", now)
    say(database, dai, report, "見積は", now + timedelta(minutes=1))
    say(database, chie, older, "お疲れさま", now + timedelta(minutes=2))
    assert waiting(database, aiko, now) == [(before, "Chie", "お疲れさま"), (FRIDAY, "Dai", "見積は")]
    assert waiting(database, chie, now) == waiting(database, dai, now) == []

    say(database, aiko, report, "月曜です", now + timedelta(minutes=3))
    assert waiting(database, aiko, now) == [(before, "Chie", "お疲れさま")]
    assert waiting(database, aiko, now + timedelta(days=8)) == []


def test_what_is_still_being_written_is_nobodys_to_read(database: Database, aiko: User, chie: User, now: datetime) -> None:
    report = hand_in(database, aiko, now)
    with database.write() as session:
        save_answer(session, chie, report_id=report.id, text="あと少", client_ref=uuid4(), now=now)
    assert waiting(database, aiko, now) == []


def test_somebody_shut_out_reads_no_replies(database: Database, aiko: User, chie: User, dai: User, now: datetime) -> None:
    say(database, chie, hand_in(database, aiko, now), "次はいつですか", now)
    with database.write() as session:
        accounts.disable_user(session, dai, user_id=aiko.id, now=now)
    with database.read() as session, pytest.raises(NotAllowed):
        list_replies(session, session.get_one(User, aiko.id), since=now - timedelta(days=7))
