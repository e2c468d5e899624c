"""Log-ins: 30 days after the last use, revocable at once, and nothing but a real token opens them."""

from __future__ import annotations

from datetime import datetime, timedelta
from unittest.mock import MagicMock

import pytest
from sqlalchemy import func, select

from fieldsales.db.database import Database
from fieldsales.db.models import LoginSession, User
from fieldsales.services.accounts import accounts, sessions
from fieldsales.services.accounts.sessions import close_all_sessions, close_session, find_session, find_user, open_session, touch_session

DAY = timedelta(days=1)


def open_for(database: Database, user: User, *, now: datetime) -> str:
    with database.write() as session:
        return open_session(session, user, user_agent="Safari " * 100, now=now)


def who(database: Database, token: object, *, now: datetime) -> int | None:
    with database.read() as session:
        user = find_user(session, token, now=now)
        return user.id if user else None


def test_a_token_names_its_user(database: Database, aiko: User, botan: User, now: datetime) -> None:
    assert who(database, open_for(database, botan, now=now), now=now) == botan.id


def test_two_tokens_are_never_alike_and_hold_256_bits(database: Database, aiko: User, now: datetime) -> None:
    first, second = open_for(database, aiko, now=now), open_for(database, aiko, now=now)
    assert first != second
    assert len(first) >= 43


@pytest.mark.parametrize(
    "forged", [None, "", "abc", b"abc", 7, True, MagicMock(), ["x"], "x" * 100_000, "\x00", "\ud800", "token' OR '1'='1"]
)
def test_only_a_real_token_opens_anything(database: Database, aiko: User, now: datetime, forged: object) -> None:
    open_for(database, aiko, now=now)
    assert who(database, forged, now=now) is None


def test_a_session_ends_30_days_after_its_last_use(database: Database, aiko: User, now: datetime) -> None:
    token = open_for(database, aiko, now=now)
    assert who(database, token, now=now + 29 * DAY) == aiko.id
    assert who(database, token, now=now + 30 * DAY) is None


def test_use_prolongs_a_session(database: Database, aiko: User, now: datetime) -> None:
    token = open_for(database, aiko, now=now)
    with database.write() as session:
        found = find_session(session, token, now=now + 20 * DAY)
        assert found is not None
        assert found.stale
        touch_session(session, found.session_id, now=now + 20 * DAY)
    assert who(database, token, now=now + 49 * DAY) == aiko.id


def test_a_session_just_used_need_not_be_written_again(database: Database, aiko: User, now: datetime) -> None:
    token = open_for(database, aiko, now=now)
    with database.read() as session:
        soon = find_session(session, token, now=now + timedelta(minutes=4))
        later = find_session(session, token, now=now + timedelta(minutes=5))
    assert soon is not None
    assert later is not None
    assert (soon.stale, later.stale) == (False, True)


def test_use_does_not_revive_a_revoked_session(database: Database, aiko: User, now: datetime) -> None:
    token = open_for(database, aiko, now=now)
    with database.write() as session:
        found = find_session(session, token, now=now)
        assert found is not None
        close_session(session, token, now=now)
        touch_session(session, found.session_id, now=now)
    assert who(database, token, now=now) is None


def test_logging_out_ends_one_session_and_a_made_up_token_none(database: Database, aiko: User, now: datetime) -> None:
    phone, desk = open_for(database, aiko, now=now), open_for(database, aiko, now=now)
    with database.write() as session:
        for token in (phone, "made up", None, MagicMock()):
            close_session(session, token, now=now)
    assert who(database, phone, now=now) is None
    assert who(database, desk, now=now) == aiko.id


def test_logging_out_everywhere_ends_all_sessions_of_one_user(database: Database, aiko: User, botan: User, now: datetime) -> None:
    mine = [open_for(database, aiko, now=now) for _ in range(3)]
    other = open_for(database, botan, now=now)
    with database.write() as session:
        assert close_all_sessions(session, aiko, now=now) == 3
    assert [who(database, token, now=now) for token in mine] == [None] * 3
    assert who(database, other, now=now) == botan.id


def test_logging_out_everywhere_else_keeps_this_device(database: Database, aiko: User, now: datetime) -> None:
    here, there = open_for(database, aiko, now=now), open_for(database, aiko, now=now)
    with database.write() as session:
        assert close_all_sessions(session, aiko, now=now, but_token=here) == 1
    assert who(database, here, now=now) == aiko.id
    assert who(database, there, now=now) is None


def test_a_disabled_user_is_nobody(database: Database, aiko: User, now: datetime) -> None:
    token = open_for(database, aiko, now=now)
    with database.write() as session:
        accounts.disable_user(session, None, user_id=aiko.id, now=now)
    assert who(database, token, now=now) is None
    with database.write() as session:
        accounts.enable_user(session, None, user_id=aiko.id, now=now)
    assert who(database, token, now=now) is None, "the right to log in again is not a log-in"


def test_what_has_expired_long_ago_is_removed(database: Database, aiko: User, now: datetime) -> None:
    open_for(database, aiko, now=now)
    open_for(database, aiko, now=now + 61 * DAY)
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(LoginSession)) == 1


def test_the_token_itself_is_stored_nowhere(database: Database, aiko: User, now: datetime) -> None:
    token = open_for(database, aiko, now=now)
    with database.read() as session:
        row = session.execute(select(*LoginSession.__table__.columns)).one()
    assert token not in str(row)
    assert sessions.hash_token(token) in str(row)
    assert len(row.user_agent) == 300
