"""The list of reports: what is handed in, what is missing, whose turn it is to speak."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from fieldsales.db.database import Database
from fieldsales.db.models import Report, User
from fieldsales.domain.words import Period, Role
from fieldsales.services.reports.report_comments import add_comment
from fieldsales.services.reports.report_list import ReportState, list_reports
from fieldsales.services.reports.report_people import list_people
from fieldsales.services.reports.reports import save_comment, submit_report

TOKYO = ZoneInfo("Asia/Tokyo")
DAY = date(2026, 11, 20)


def submit(database: Database, actor: User, now: datetime) -> Report:
    with database.write() as session:
        return submit_report(session, actor, period=Period.DAY, starts_on=DAY, zone=TOKYO, now=now)


def say(database: Database, actor: User, report: Report, text: str, now: datetime) -> None:
    with database.write() as session:
        add_comment(session, actor, report_id=report.id, text=text, client_ref=uuid4(), now=now)


def states(database: Database, actor: User, now: datetime, **values: Any) -> list[tuple[str, int, ReportState, bool]]:
    asked = {"period": Period.DAY, "first": date(2026, 11, 18), "last": date(2026, 11, 24)} | values
    with database.read() as session:
        rows = list_reports(session, actor, zone=TOKYO, now=now, **asked)
    return [(row.who, row.starts_on.day, row.state, row.unread) for row in rows]


@pytest.fixture
def joined_long_ago(database: Database, people: dict[str, User], now: datetime) -> None:
    with database.write() as session:
        for user in session.scalars(select(User)).unique():
            user.created_at = now - timedelta(days=400)


@pytest.mark.usefixtures("joined_long_ago")
def test_the_list_tells_what_is_there_and_what_is_missing_on_working_days(
    database: Database, people: dict[str, User], now: datetime
) -> None:
    submit(database, people["aiko"], now)
    with database.write() as session:
        save_comment(session, people["aiko"], period=Period.DAY, starts_on=date(2026, 11, 19), comment="途中", zone=TOKYO, now=now)
    later = now + timedelta(days=4)  # Wednesday; Monday the 23rd was a public holiday
    aikos = [("Aiko", 24, ReportState.MISSING, False), ("Aiko", 20, ReportState.SUBMITTED, False)]
    aikos += [("Aiko", 19, ReportState.DRAFT, False), ("Aiko", 18, ReportState.MISSING, False)]
    assert states(database, people["aiko"], later) == aikos
    seen_by_manager = [row[:3] for row in states(database, people["chie"], later)]
    assert seen_by_manager == [row[:3] for row in aikos]
    everybody = states(database, people["dai"], later)
    assert {row[0] for row in everybody} == {"Aiko", "Botan"}  # managers and admins owe no report
    assert states(database, people["dai"], later, user_id=people["botan"].id)[0] == ("Botan", 24, ReportState.MISSING, False)
    assert states(database, people["chie"], later, user_id=people["botan"].id) == []


@pytest.mark.usefixtures("joined_long_ago")
def test_today_is_not_missing_yet(database: Database, aiko: User, now: datetime) -> None:
    friday_evening = now - timedelta(hours=14)
    assert [row[1] for row in states(database, aiko, friday_evening)] == [19, 18]


def test_who_joined_yesterday_owes_nothing_of_last_week(database: Database, aiko: User, now: datetime) -> None:
    assert states(database, aiko, now + timedelta(days=4)) == [("Aiko", 24, ReportState.MISSING, False)]


def test_the_next_word_is_marked_for_whose_it_is(database: Database, aiko: User, chie: User, now: datetime) -> None:
    report = submit(database, aiko, now)

    def unread(actor: User) -> bool:
        return states(database, actor, now)[0][3]

    assert (unread(aiko), unread(chie)) == (False, True)
    say(database, chie, report, "読みました", now)
    assert (unread(aiko), unread(chie)) == (True, False)
    say(database, aiko, report, "はい", now + timedelta(minutes=1))
    assert (unread(aiko), unread(chie)) == (False, True)


def test_the_people_one_may_choose_from_are_those_one_may_read(database: Database, people: dict[str, User]) -> None:
    def names(reader: str) -> list[str]:
        with database.read() as session:
            return [person.name for person in list_people(session, people[reader])]

    assert (names("aiko"), names("chie"), names("dai")) == (["Aiko"], ["Aiko", "Chie"], ["Aiko", "Botan", "Chie", "Dai"])
    assert people["chie"].role is Role.MANAGER
