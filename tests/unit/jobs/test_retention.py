"""Positions are forgotten in time, by however many processes, and what is left open is closed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import insert, select

from fieldsales.bootstrap import Runtime
from fieldsales.db.database import Database
from fieldsales.db.models import CheckIn, Customer, User
from fieldsales.domain.audit import AuditAction
from fieldsales.domain.words import CheckInState
from fieldsales.jobs import retention
from fieldsales.services import audit
from fieldsales.services.audit_log import LogQuery, search_log
from fieldsales.services.options import read_options, save_options
from tests.fakes import FakeClock

Make = Callable[..., Customer]
EXACT = (34.34123, 134.04567)
COARSE = (34.34, 134.0431)
pytestmark = pytest.mark.both_databases


@pytest.fixture
def customer(make_customer: Make, aiko: User) -> Customer:
    return make_customer(owner=aiko)


def store(database: Database, user: User, customer: Customer, *moments: datetime) -> None:
    rows = [
        {
            "client_ref": uuid4(), "user_id": user.id, "customer_id": customer.id, "checked_in_at": at, "closed_at": at, "lat": EXACT[0],
            "lon": EXACT[1], "accuracy_m": 12.0, "distance_m": 40.0, "state": CheckInState.VERIFIED, "reason": "near",
        }
        for at in moments
    ]  # fmt: skip
    with database.write() as session:
        session.execute(insert(CheckIn), rows)


def check_ins(database: Database) -> list[CheckIn]:
    with database.read() as session:
        return list(session.scalars(select(CheckIn).order_by(CheckIn.checked_in_at)))


def test_after_the_set_days_only_the_square_kilometre_is_kept(
    database: Database, runtime: Runtime, aiko: User, dai: User, customer: Customer, now: datetime
) -> None:
    with database.write() as session:
        options = replace(read_options(session), coarsen_after_days=10)
        save_options(session, dai, options=options, now=now)
    store(database, aiko, customer, now - timedelta(days=11), now - timedelta(days=9))
    assert retention.tidy_up(runtime) == 1
    old, young = check_ins(database)
    assert (round(old.lat or 0, 4), round(old.lon or 0, 4), old.accuracy_m, old.coarsened_at) == (*COARSE, 1000.0, now)
    assert (old.state, old.reason, old.distance_m) == (CheckInState.VERIFIED, "near", 40.0)
    assert (young.lat, young.lon, young.coarsened_at) == (*EXACT, None)


def test_doing_it_again_changes_nothing(database: Database, runtime: Runtime, clock: FakeClock, aiko: User, customer: Customer) -> None:
    store(database, aiko, customer, clock.now - timedelta(days=31))
    assert retention.tidy_up(runtime) == 1
    before = check_ins(database)[0]
    clock.advance(days=1)
    assert retention.tidy_up(runtime) == 0
    after = check_ins(database)[0]
    assert (after.lat, after.lon, after.coarsened_at) == (before.lat, before.lon, before.coarsened_at)


def test_two_processes_share_the_work_and_coarsen_each_position_once(
    database: Database, runtime: Runtime, aiko: User, customer: Customer, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "BATCH", 20)
    store(database, aiko, customer, *(now - timedelta(days=40, minutes=n) for n in range(150)))
    start = threading.Barrier(2)

    def work(_number: int) -> int:
        start.wait()
        return retention.tidy_up(runtime)

    with ThreadPoolExecutor(2) as pool:
        done = sum(pool.map(work, range(2)))
    done += retention.tidy_up(runtime)
    assert done == 150
    assert {(round(row.lat or 0, 4), round(row.lon or 0, 4)) for row in check_ins(database)} == {COARSE}


def test_check_ins_left_open_yesterday_are_closed(
    database: Database, runtime: Runtime, clock: FakeClock, aiko: User, customer: Customer
) -> None:
    with database.write() as session:
        session.add(
            CheckIn(client_ref=uuid4(), user_id=aiko.id, customer_id=customer.id, checked_in_at=clock.now, state=CheckInState.UNKNOWN)
        )
    retention.tidy_up(runtime)
    assert check_ins(database)[0].closed_at is None
    clock.advance(hours=14)  # midnight in Tokyo
    retention.tidy_up(runtime)
    assert (check_ins(database)[0].closed_at, check_ins(database)[0].checked_out_at) == (clock.now, None)


def test_a_database_that_fails_once_does_not_stop_the_worker(
    database: Database, runtime: Runtime, aiko: User, customer: Customer, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    store(database, aiko, customer, now - timedelta(days=31))
    stop, calls = threading.Event(), []
    honest = retention.close_forgotten

    def fail_once(*args: object, **kwargs: object) -> int:
        calls.append(1)
        if len(calls) == 1:
            raise OSError("disk full")
        stop.set()
        return honest(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(retention, "EVERY_S", 0.0)
    monkeypatch.setattr(retention, "close_forgotten", fail_once)
    retention.run_retention(runtime, stop=stop)
    assert len(calls) == 2


def test_old_entries_of_the_audit_log_go_with_the_positions_and_new_ones_stay(runtime: Runtime, database: Database, dai: User) -> None:
    now = runtime.clock()
    for days in (1096, 1094):
        with database.write() as session:
            audit.record(session, dai, AuditAction.LOGGED_IN, subject=f"{days} days ago", now=now - timedelta(days=days))
    for _ in range(2):
        retention.tidy_up(runtime)
    with database.write() as session:
        kept = [(entry.action, entry.subject) for entry in search_log(session, dai, asked=LogQuery()).entries]
        assert kept == [(AuditAction.AUDIT_FORGOTTEN, ""), (AuditAction.LOGGED_IN, "1094 days ago")]
        save_options(session, dai, options=replace(read_options(session), keep_audit_days=0), now=now)
    with database.write() as session:
        audit.record(session, dai, AuditAction.LOGGED_IN, now=now - timedelta(days=5000))
    retention.tidy_up(runtime)
    with database.read() as session:
        assert len(search_log(session, dai, asked=LogQuery()).entries) == 4
