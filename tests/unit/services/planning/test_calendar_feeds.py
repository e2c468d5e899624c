"""Calendar feeds: a secret opens one user's own appointments, until it is renewed, taken back, or its user disabled."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from sqlalchemy import select

from fieldsales.db.database import Database
from fieldsales.db.models import CalendarFeed, User
from fieldsales.errors import NotAllowed
from fieldsales.services.planning import calendar_feeds
from fieldsales.services.planning.calendar_feeds import TOKEN_LENGTH, feed_status, find_reader, list_agreed, renew_feed, revoke_feed
from tests.conftest import CustomerFactory


def renew(database: Database, actor: User, now: datetime) -> str:
    with database.write() as session:
        return renew_feed(session, actor, now=now)


def reader_of(database: Database, token: object) -> str | None:
    with database.read() as session:
        user = find_reader(session, token)
        return user.name if user is not None else None


def test_the_secret_opens_the_feed_of_its_user_and_only_its_hash_is_kept(database: Database, aiko: User, now: datetime) -> None:
    token = renew(database, aiko, now)
    assert len(token) == TOKEN_LENGTH
    assert reader_of(database, token) == "Aiko"
    with database.read() as session:
        stored = session.scalars(select(CalendarFeed)).one()
        assert token not in stored.token_hash
        assert feed_status(session, aiko) is not None


def test_renewing_ends_the_address_before(database: Database, aiko: User, botan: User, now: datetime) -> None:
    before, others = renew(database, aiko, now), renew(database, botan, now)
    after = renew(database, aiko, now + timedelta(days=1))
    assert reader_of(database, before) is None
    assert reader_of(database, after) == "Aiko"
    assert reader_of(database, others) == "Botan"


def test_what_was_taken_back_opens_nothing(database: Database, aiko: User, now: datetime) -> None:
    token = renew(database, aiko, now)
    for _ in range(2):
        with database.write() as session:
            revoke_feed(session, aiko, now=now)
    assert reader_of(database, token) is None
    with database.read() as session:
        assert feed_status(session, aiko) is None


def test_a_disabled_users_feed_is_dead_and_cannot_be_renewed(database: Database, aiko: User, now: datetime) -> None:
    token = renew(database, aiko, now)
    with database.write() as session:
        session.get_one(User, aiko.id).disabled_at = now
    assert reader_of(database, token) is None
    with database.write() as session, pytest.raises(NotAllowed):
        renew_feed(session, session.get_one(User, aiko.id), now=now)


@pytest.mark.parametrize("wrong", ["", "x", "あ" * TOKEN_LENGTH, "A" * TOKEN_LENGTH, "A" * 5000, None, 7, "\x00" * TOKEN_LENGTH])
def test_anything_else_opens_nothing(database: Database, aiko: User, now: datetime, wrong: object) -> None:
    renew(database, aiko, now)
    assert reader_of(database, wrong) is None


def test_a_feed_tells_ones_own_dates_and_nobody_elses(
    database: Database, people: dict[str, User], make_customer: CustomerFactory, now: datetime, today: date
) -> None:
    aiko, botan, chie = people["aiko"], people["botan"], people["chie"]
    make_customer("高松食品", owner=aiko, next_on=today, next_time=time(10, 30), next_action="見積")
    make_customer("日付なし", owner=aiko)
    make_customer("古い約束", owner=aiko, next_on=today - timedelta(days=61))
    make_customer("アーカイブ", owner=aiko, next_on=today, archived_at=now)
    make_customer("同僚の客先", owner=botan, next_on=today)
    make_customer("チームの客先", team_id=aiko.team_id, next_on=today)
    with database.read() as session:
        told = {name: [a.name for a in list_agreed(session, user, today=today)] for name, user in people.items()}
        (entry,) = list_agreed(session, aiko, today=today)
    assert told == {"aiko": ["高松食品"], "botan": ["同僚の客先"], "chie": [], "dai": []}
    assert (entry.next_on, entry.next_time, entry.next_action) == (today, time(10, 30), "見積")
    assert chie.name == "Chie"


def test_that_a_calendar_reads_is_noted_to_the_hour(database: Database, aiko: User, now: datetime) -> None:
    renew(database, aiko, now)
    noted = []
    for minutes in (0, 30, 61):
        moment = now + timedelta(minutes=minutes)
        with database.write() as session:
            unnoted = calendar_feeds.is_read_unnoted(feed_status(session, aiko), now=moment)
            noted.append(unnoted)
            if unnoted:
                calendar_feeds.note_read(session, aiko.id, now=moment)
    assert noted == [True, False, True]
