"""Guessing passwords gets slower and slower, by account and by address, however many guess at once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from fieldsales.db.database import Database
from fieldsales.db.models import AuditEvent, LoginAttempt, User
from fieldsales.domain.audit import AuditAction
from fieldsales.errors import LoginRefused, TooManyAttempts
from fieldsales.services.accounts import logging_in
from fieldsales.services.accounts.logging_in import PER_ACCOUNT, PER_ADDRESS, TOO_MANY, log_in
from fieldsales.services.accounts.sessions import find_user
from tests.conftest import PASSWORD

SECOND = timedelta(seconds=1)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compare passwords without the slow hash: these tests are about counting."""
    monkeypatch.setattr(logging_in, "verify_password", lambda password, password_hash: password_hash is not None and password == PASSWORD)


def attempt(
    database: Database, *, now: datetime, email: str = "aiko@example.com", password: str = "wrong", address: str = "192.0.2.1"
) -> int:
    """Try to log in; return 0 when let in, -1 when refused, the seconds to wait when not even looked at."""
    try:
        log_in(database, email=email, password=password, address=address, user_agent="", now=now)
    except LoginRefused:
        return -1
    except TooManyAttempts as error:
        return error.retry_after_s
    return 0


def test_the_right_password_opens_a_session(database: Database, aiko: User, now: datetime) -> None:
    user, token = log_in(database, email=" AIKO@example.com", password=PASSWORD, address="192.0.2.1", user_agent="x", now=now)
    with database.read() as session:
        found = find_user(session, token, now=now)
    assert user.id == aiko.id == (found and found.id)


@pytest.mark.usefixtures("quick")
def test_the_delay_doubles_up_to_a_quarter_of_an_hour(database: Database, aiko: User, now: datetime) -> None:
    waits = []
    for _ in range(PER_ACCOUNT.free):
        attempt(database, now=now)
    for _ in range(12):
        wait = attempt(database, now=now, password=PASSWORD)
        waits.append(wait)
        now += wait * SECOND
        assert attempt(database, now=now) == -1
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]


@pytest.mark.usefixtures("quick")
def test_a_refused_attempt_is_neither_looked_at_nor_counted(database: Database, aiko: User, now: datetime) -> None:
    for _ in range(PER_ACCOUNT.free):
        attempt(database, now=now)
    for _ in range(50):
        assert attempt(database, now=now, password=PASSWORD) == 1
    assert attempt(database, now=now + SECOND, password=PASSWORD) == 0


@pytest.mark.usefixtures("quick")
def test_the_right_password_forgives_the_account(database: Database, aiko: User, now: datetime) -> None:
    for _ in range(3):
        for _ in range(PER_ACCOUNT.free - 1):
            assert attempt(database, now=now) == -1
        assert attempt(database, now=now, password=PASSWORD) == 0


@pytest.mark.usefixtures("quick")
def test_another_account_from_another_address_is_not_held_up(database: Database, aiko: User, botan: User, now: datetime) -> None:
    for _ in range(PER_ACCOUNT.free):
        attempt(database, now=now)
    assert attempt(database, now=now, password=PASSWORD) == 1
    assert attempt(database, now=now, email="botan@example.com", password=PASSWORD, address="192.0.2.2") == 0


@pytest.mark.usefixtures("quick")
def test_trying_one_password_on_many_accounts_slows_the_address_down(database: Database, aiko: User, now: datetime) -> None:
    for number in range(PER_ADDRESS.free):
        assert attempt(database, now=now, email=f"somebody{number}@example.com") == -1
    assert attempt(database, now=now, password=PASSWORD) == 1
    assert attempt(database, now=now, password=PASSWORD, address="192.0.2.2") == 0


@pytest.mark.usefixtures("quick")
def test_ones_own_good_password_buys_no_guesses_at_others(database: Database, aiko: User, now: datetime) -> None:
    for number in range(PER_ADDRESS.free - 1):
        attempt(database, now=now, email=f"somebody{number}@example.com")
        assert attempt(database, now=now, password=PASSWORD) == 0
    attempt(database, now=now, email="last@example.com")
    assert attempt(database, now=now, password=PASSWORD) == 1


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("testclient", "testclient", True),
        ("192.0.2.1", "192.0.2.2", False),
    ],
)
def test_an_ipv6_customer_is_one_address(database: Database, aiko: User, now: datetime, first: str, second: str, same: bool) -> None:
    for number in range(PER_ADDRESS.free):
        attempt(database, now=now, email=f"somebody{number}@example.com", address=first)
    assert (attempt(database, now=now, password=PASSWORD, address=second) > 0) is same


@pytest.mark.usefixtures("quick")
def test_failures_are_forgotten_a_day_after_the_last(database: Database, aiko: User, now: datetime) -> None:
    for _ in range(PER_ACCOUNT.free):
        attempt(database, now=now)
    later = now + timedelta(hours=24, seconds=1)
    assert attempt(database, now=later) == -1
    assert attempt(database, now=later, password=PASSWORD) == 0


@pytest.mark.usefixtures("quick")
def test_an_unknown_account_is_delayed_like_a_known_one(database: Database, aiko: User, now: datetime) -> None:
    for _ in range(PER_ACCOUNT.free):
        assert attempt(database, now=now, email="nobody@example.com") == -1
    assert attempt(database, now=now, email="nobody@example.com", address="192.0.2.2") == 1


@pytest.mark.usefixtures("quick")
def test_many_guesses_at_once_count_as_many(database: Database, aiko: User, now: datetime) -> None:
    looked_at: list[int] = []

    def guess() -> None:
        if attempt(database, now=now) == -1:
            looked_at.append(1)

    threads = [threading.Thread(target=guess) for _ in range(15)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(looked_at) == PER_ACCOUNT.free


def refused(database: Database) -> list[tuple[str, str]]:
    """Return account and network address of the attempts that had to wait, as the audit log has them."""
    query = select(AuditEvent).where(AuditEvent.action == AuditAction.LOG_IN_FAILED).order_by(AuditEvent.id)
    with database.read() as session:
        return [(event.subject, event.address) for event in session.scalars(query) if event.details["reason"] == TOO_MANY]


@pytest.mark.usefixtures("quick")
def test_of_attempts_that_have_to_wait_the_first_of_each_time_is_in_the_audit_log(database: Database, aiko: User, now: datetime) -> None:
    for _ in range(PER_ACCOUNT.free):
        attempt(database, now=now)
    assert refused(database) == []
    for address in ("192.0.2.1", "192.0.2.1", "192.0.2.2"):
        assert attempt(database, now=now, password=PASSWORD, address=address) == 1
    assert refused(database) == [("aiko@example.com", "192.0.2.1")]
    assert attempt(database, now=now + SECOND) == -1
    assert attempt(database, now=now + SECOND, address="192.0.2.2") == 2
    assert refused(database) == [("aiko@example.com", "192.0.2.1"), ("aiko@example.com", "192.0.2.2")]


@pytest.mark.usefixtures("quick")
def test_an_address_that_has_to_wait_is_in_the_audit_log_once_with_each_account(
    database: Database, aiko: User, botan: User, now: datetime
) -> None:
    for number in range(PER_ADDRESS.free):
        attempt(database, now=now, email=f"somebody{number}@example.com", address="2001:db8::1")
    with database.read() as session:
        stored = session.scalar(select(func.count()).select_from(LoginAttempt))
    for number in range(3):
        for name in ("aiko", "botan", f"nobody{number}"):
            assert attempt(database, now=now, email=f"{name}@example.com", address=f"2001:db8::{number}") == 1
    assert refused(database) == [("aiko@example.com", "2001:db8::0"), ("botan@example.com", "2001:db8::0"), ("", "2001:db8::0")]
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(LoginAttempt)) == stored


@pytest.mark.usefixtures("quick")
def test_a_hundred_attempts_at_once_leave_one_entry_that_they_had_to_wait(database: Database, aiko: User, now: datetime) -> None:
    for _ in range(PER_ACCOUNT.free):
        attempt(database, now=now)
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda number: attempt(database, now=now, address=f"192.0.2.{number}"), range(100))) == {1}
    assert len(refused(database)) == 1


def test_what_people_type_into_the_wrong_field_is_stored_nowhere(database: Database, aiko: User, now: datetime) -> None:
    attempt(database, now=now, email="my secret password")
    with database.read() as session:
        assert all("secret" not in subject for subject in session.scalars(select(LoginAttempt.subject)))
        assert session.scalar(select(func.count()).select_from(LoginAttempt)) == 2
