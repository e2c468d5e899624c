"""One's own log-ins, seen and ended."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from fieldsales.db.database import Database
from fieldsales.db.models import User
from fieldsales.errors import NotFound
from fieldsales.services.accounts.devices import close_device, list_devices
from fieldsales.services.accounts.sessions import LIFETIME, close_session, find_user, open_session


def log_in(database: Database, user: User, agent: str, now: datetime) -> str:
    with database.write() as session:
        return open_session(session, user, user_agent=agent, now=now)


def test_the_asking_device_comes_first_and_ended_or_expired_ones_are_gone(
    database: Database, aiko: User, botan: User, now: datetime
) -> None:
    phone = log_in(database, aiko, "phone", now - timedelta(hours=2))
    log_in(database, aiko, "laptop", now)
    closed = log_in(database, aiko, "closed", now)
    log_in(database, aiko, "expired", now - LIFETIME)
    log_in(database, botan, "not mine", now)
    with database.write() as session:
        close_session(session, closed, now=now)
    with database.read() as session:
        devices = list_devices(session, aiko, token=phone, now=now)
    assert [(d.user_agent, d.is_this) for d in devices] == [("phone", True), ("laptop", False)]


def test_a_device_can_be_logged_out_from_another(database: Database, aiko: User, now: datetime) -> None:
    here, there = log_in(database, aiko, "here", now), log_in(database, aiko, "there", now)
    with database.write() as session:
        other = next(d for d in list_devices(session, aiko, token=here, now=now) if not d.is_this)
        close_device(session, aiko, device_id=other.id, now=now)
    with database.read() as session:
        assert find_user(session, there, now=now) is None
        assert find_user(session, here, now=now) is not None


def test_nobody_ends_somebody_elses_log_in(database: Database, aiko: User, botan: User, now: datetime) -> None:
    token = log_in(database, botan, "botan's", now)
    with database.write() as session:
        (device,) = list_devices(session, botan, token=token, now=now)
        with pytest.raises(NotFound):
            close_device(session, aiko, device_id=device.id, now=now)
        with pytest.raises(NotFound):
            close_device(session, aiko, device_id=999_999, now=now)
        assert find_user(session, token, now=now) is not None
