"""The audit log: what is done is kept with who, when and from where; no secret is in it, nobody changes it, admins alone read it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import IntegrityError

from fieldsales.db.database import Database
from fieldsales.db.models import AuditEvent, User
from fieldsales.domain.audit import AREAS, AuditAction, AuditArea
from fieldsales.domain.matching import search_words
from fieldsales.domain.words import Role
from fieldsales.errors import LoginRefused, NotAllowed
from fieldsales.services import audit
from fieldsales.services.accounts import accounts, logging_in, sessions
from fieldsales.services.audit_log import (
    NEAR,
    NOBODY,
    LogEntry,
    LogPlace,
    LogQuery,
    count_log,
    export_log,
    forget_old,
    list_actors,
    note_log_export,
    search_log,
)
from fieldsales.services.planning import calendar_feeds
from tests.conftest import PASSWORD

SMTP = "smtp://sales:mail-passw0rd@mail.example.com:587"
Record = Callable[..., None]


@pytest.fixture
def record(database: Database, now: datetime) -> Record:
    """Return a function that adds an entry: `record(aiko, AuditAction.…, days=3, subject=…)` happened three days ago."""

    def add(actor: User | None, action: AuditAction = AuditAction.LOGGED_IN, *, days: float = 0, **values: object) -> None:
        with database.write() as session:
            audit.record(session, actor, action, now=now - timedelta(days=days), **values)  # type: ignore[arg-type]

    return add


def found(database: Database, admin: User, asked: LogQuery | None = None, **parts: object) -> list[LogEntry]:
    with database.read() as session:
        return list(search_log(session, admin, asked=asked or LogQuery(**parts)).entries)  # type: ignore[arg-type]


def everything_stored(database: Database) -> str:
    with database.read() as session:
        rows = session.execute(select(AuditEvent.__table__)).all()
    return json.dumps([[str(value) for value in row] for row in rows], ensure_ascii=False)


def test_an_entry_says_who_did_what_to_whom_when_and_from_where(database: Database, aiko: User, dai: User, now: datetime) -> None:
    with database.write() as session:
        audit.record(
            session,
            dai,
            AuditAction.RIGHTS_CHANGED,
            subject_kind="user",
            subject_id=aiko.id,
            subject="Aiko",
            details={"changes": {"may_export": [False, True]}},
            now=now,
            address="192.0.2.7",
        )
    (entry,) = found(database, dai)
    assert (entry.happened_at, entry.actor_id, entry.actor_name) == (now, dai.id, "Dai")
    assert (entry.action, entry.subject_kind, entry.subject_id, entry.subject) == (AuditAction.RIGHTS_CHANGED, "user", aiko.id, "Aiko")
    assert (entry.details, entry.address) == ({"changes": {"may_export": [False, True]}}, "192.0.2.7")


def test_the_session_says_from_where_when_nobody_else_does(database: Database, dai: User, now: datetime) -> None:
    with database.write() as session:
        session.info[audit.ADDRESS] = "192.0.2.9"
        audit.record(session, dai, AuditAction.LOGGED_OUT, now=now)
    assert found(database, dai)[0].address == "192.0.2.9"


def test_an_entry_and_the_act_are_kept_together_or_not_at_all(database: Database, aiko: User, dai: User, now: datetime) -> None:
    with pytest.raises(LookupError), database.write() as session:
        accounts.set_rights(session, dai, user_id=aiko.id, may_export=True, may_delete=True, now=now)
        raise LookupError
    assert found(database, dai) == []


def test_a_session_that_only_reads_keeps_no_entry_and_says_so(database: Database, dai: User, now: datetime) -> None:
    with pytest.raises(RuntimeError), database.read() as session:
        audit.record(session, dai, AuditAction.LOGGED_IN, now=now)


@pytest.mark.parametrize("column", ["subject", "details", "happened_at", "actor_name", "action", "search_text", "address"])
def test_the_database_itself_refuses_to_change_an_entry(database: Database, dai: User, record: Record, now: datetime, column: str) -> None:
    record(dai, subject="as it was")
    new = {"details": {}, "happened_at": now - timedelta(days=1)}.get(column, "another")
    with pytest.raises(IntegrityError), database.write() as session:
        session.execute(update(AuditEvent).values({column: new}))
    assert found(database, dai)[0].subject == "as it was"


def test_an_entry_outlives_the_account_of_who_did_it(database: Database, dai: User, record: Record, now: datetime) -> None:
    with database.write() as session:
        gone = User(email="gone@example.com", name="Gone", role=Role.REP, password_hash="-", created_at=now)
        session.add(gone)
    record(gone, subject="kept")
    with database.write() as session:
        session.execute(delete(User).where(User.id == gone.id))
    (entry,) = found(database, dai)
    assert (entry.actor_id, entry.actor_name, entry.subject) == (None, "Gone", "kept")


# Who reads


@pytest.mark.parametrize("name", ["aiko", "botan", "chie", "left"])
def test_nobody_but_an_admin_reads_exports_or_counts_the_log(database: Database, people: dict[str, User], now: datetime, name: str) -> None:
    people["left"] = User(email="left@example.com", name="Left", role=Role.ADMIN, password_hash="-", created_at=now, disabled_at=now)
    actor = people[name]
    for attempt in (
        lambda s: search_log(s, actor, asked=LogQuery()),
        lambda s: export_log(s, actor, asked=LogQuery()),
        lambda s: note_log_export(s, actor, asked=LogQuery(), rows=1, file_name="log.csv", now=now),
        lambda s: list_actors(s, actor),
        lambda s: count_log(s, actor),
    ):
        with pytest.raises(NotAllowed), database.write() as session:
            attempt(session)
    assert everything_stored(database) == "[]"


# Searching


def test_it_is_searched_by_who_what_when_and_words(
    database: Database, aiko: User, botan: User, dai: User, record: Record, now: datetime
) -> None:
    record(aiko, AuditAction.LOGGED_IN, days=3, address="192.0.2.1")
    record(botan, AuditAction.CUSTOMERS_EXPORTED, days=2, subject="顧客-20261119.csv", details={"rows": 1234})
    record(dai, AuditAction.CUSTOMER_ARCHIVED, days=1, subject="株式会社髙﨑商店")
    record(None, AuditAction.LOG_IN_FAILED, subject="aiko@example.com", details={"reason": "wrong password"})
    for asked, actions in (
        (LogQuery(), ["log_in_failed", "customer_archived", "customers_exported", "logged_in"]),
        (LogQuery(actor_id=botan.id), ["customers_exported"]),
        (LogQuery(actor_id=NOBODY), ["log_in_failed"]),
        (LogQuery(areas=frozenset({AuditArea.LOG_INS})), ["log_in_failed", "logged_in"]),
        (LogQuery(areas=frozenset({AuditArea.DATA_OUT, AuditArea.DELETIONS})), ["customer_archived", "customers_exported"]),
        (LogQuery(actions=frozenset({AuditAction.LOGGED_IN})), ["logged_in"]),
        (LogQuery(since=now - timedelta(days=2), until=now), ["customer_archived", "customers_exported"]),
        (LogQuery(text="高崎"), ["customer_archived"]),
        (LogQuery(text="たかさき"), []),
        (LogQuery(text="1234"), ["customers_exported"]),
        (LogQuery(text="192.0.2.1"), ["logged_in"]),
        (LogQuery(text="aiko@example.com"), ["log_in_failed", "logged_in"]),
        (LogQuery(text="AIKO LOG"), ["log_in_failed", "logged_in"]),
        (LogQuery(text="exported botan"), ["customers_exported"]),
        (LogQuery(text="高崎", actor_id=botan.id), []),
        (
            LogQuery(text="商店", actor_id=dai.id, areas=frozenset({AuditArea.DELETIONS}), since=now - timedelta(days=9)),
            ["customer_archived"],
        ),
        (LogQuery(text="%"), []),
        (LogQuery(text="'\" OR 1=1 --"), []),
        (LogQuery(text="\x00 \ud800"), ["log_in_failed", "customer_archived", "customers_exported", "logged_in"]),
    ):
        assert [entry.action for entry in found(database, dai, asked)] == actions, asked


def test_what_lies_behind_the_newest_entries_is_found_by_the_index(database: Database, dai: User, record: Record, now: datetime) -> None:
    record(dai, AuditAction.CUSTOMER_ARCHIVED, days=900, subject="鑿壺屋")
    row = {"actor_id": dai.id, "actor_name": "Dai", "action": "logged_in", "happened_at": now, "search_text": "dai\nloggedin"}
    with database.write() as session:
        session.execute(AuditEvent.__table__.insert(), [row | _EMPTY for _ in range(NEAR + 10)])
    for word in ("鑿壺屋", "鑿壺", "鑿"):
        assert [entry.subject for entry in found(database, dai, text=word)] == ["鑿壺屋"]
    assert found(database, dai, text="鑿壺屋", areas=frozenset({AuditArea.LOG_INS})) == []
    assert found(database, dai, text="鑿壺屋", until=now - timedelta(days=901)) == []
    assert len(found(database, dai, text="dai")) == 50


_EMPTY = {"subject_kind": "", "subject": "", "details": {}, "address": ""}


@pytest.mark.parametrize("words", ["", "entry"])
@pytest.mark.parametrize("areas", [frozenset(), frozenset({AuditArea.LOG_INS, AuditArea.ACCOUNTS})])
def test_page_after_page_brings_every_entry_once_and_the_newest_first(
    database: Database, dai: User, record: Record, words: str, areas: frozenset[AuditArea]
) -> None:
    for number in range(23):  # several of the same moment
        action = AuditAction.LOGGED_IN if number % 2 else AuditAction.USER_ADDED
        record(dai, action, days=number // 5, subject=f"entry {number}")
    seen: list[int] = []
    behind: LogPlace | None = None
    with database.read() as session:
        while True:
            page = search_log(session, dai, asked=LogQuery(text=words, areas=areas), behind=behind, limit=4)
            seen += [entry.id for entry in page.entries]
            behind = page.behind
            if behind is None:
                break
        stored = session.execute(select(AuditEvent.id).order_by(AuditEvent.happened_at.desc(), AuditEvent.id.desc())).scalars().all()
        assert seen == list(stored)
        assert [entry.id for entry in export_log(session, dai, asked=LogQuery(text=words, areas=areas))] == seen
        assert [entry.id for entry in export_log(session, dai, asked=LogQuery(text=words, areas=areas), most=7)] == seen[:7]


def test_every_act_is_found_by_what_it_is_called_in_either_language(database: Database, dai: User, record: Record) -> None:
    for action in AuditAction:
        record(dai, action)
    for action in AuditAction:
        for called in audit.spoken(action):
            assert search_words(called)
            assert action in {entry.action for entry in found(database, dai, text=called)}


def test_a_code_of_another_version_is_shown_without_words(database: Database, dai: User, now: datetime) -> None:
    row = {"actor_name": "", "action": "from_the_future", "happened_at": now, "search_text": ""}
    with database.write() as session:
        session.execute(AuditEvent.__table__.insert(), [row | _EMPTY])
    assert [entry.action for entry in found(database, dai)] == [None]


# Forgetting


def test_entries_older_than_the_setting_go_by_whole_days_and_that_is_an_entry_too(
    database: Database, dai: User, record: Record, now: datetime
) -> None:
    for days in (1200, 1100, 1094, 1):
        record(dai, days=days, subject=f"{days} days ago")
    with database.write() as session:
        assert forget_old(session, keep_days=1095, now=now) == 2
    with database.write() as session:
        assert forget_old(session, keep_days=1095, now=now + timedelta(hours=1)) == 0
    kept = found(database, dai)
    assert [entry.subject for entry in kept] == ["", "1 days ago", "1094 days ago"]
    assert (kept[0].action, kept[0].details["entries"], kept[0].actor_id) == (AuditAction.AUDIT_FORGOTTEN, 2, None)
    assert found(database, dai, text="1200") == []  # the index forgot them, too


def test_nothing_is_forgotten_when_the_setting_keeps_all(database: Database, dai: User, record: Record, now: datetime) -> None:
    record(dai, days=9000)
    with database.write() as session:
        assert forget_old(session, keep_days=0, now=now) == 0
    assert len(found(database, dai)) == 1


def test_a_batch_at_a_time_is_forgotten_the_oldest_first(database: Database, dai: User, record: Record, now: datetime) -> None:
    for days in (130, 150, 140):
        record(dai, days=days, subject=str(days))
    with database.write() as session:
        assert forget_old(session, keep_days=100, now=now, limit=2) == 2
    assert [entry.subject for entry in found(database, dai)] == ["", "130"]


# Secrets


def test_no_secret_is_in_the_log_whatever_is_done_with_it(database: Database, aiko: User, dai: User, now: datetime) -> None:
    typed = ["a first Passw0rd", "a second Passw0rd", "a wrong Passw0rd", "password-typed-as-account"]
    log_in = {"address": "192.0.2.1", "user_agent": "Phone", "now": now}
    secrets = [*typed, PASSWORD, "mail-passw0rd"]
    with database.write() as session:
        user = accounts.add_user(session, dai, email="eri@example.com", name="Eri", role=Role.REP, password=typed[0], now=now)
        accounts.set_password(session, dai, user_id=user.id, password=typed[1], now=now)
        accounts.set_password(session, aiko, user_id=aiko.id, password="another long one", current_password=PASSWORD, now=now)
    for email in ("eri@example.com", typed[3], "nobody@example.com"):
        with pytest.raises(LoginRefused):
            logging_in.log_in(database, email=email, password=typed[2], **log_in)  # type: ignore[arg-type]
    user, token = logging_in.log_in(database, email="eri@example.com", password=typed[1], **log_in)  # type: ignore[arg-type]
    with database.write() as session:
        secrets += [token, sessions.hash_token(token), user.password_hash, calendar_feeds.renew_feed(session, user, now=now)]
        calendar_feeds.revoke_feed(session, user, now=now)
        sessions.close_session(session, token, now=now)
        sessions.close_all_sessions(session, user, now=now, by=dai)
        audit.record(
            session, dai, AuditAction.DELIVERY_FAILED, subject=f"{SMTP} refused", details={"trouble": [SMTP], "smtp": SMTP}, now=now
        )
        audit.record(session, dai, AuditAction.DELIVERY_CHANGED, details={"changes": {"smtp_url": [SMTP, SMTP]}, "token": token}, now=now)
    stored = everything_stored(database)
    assert [secret for secret in secrets if secret in stored] == []
    assert "nobody@example.com" not in stored
    assert "eri@example.com" in stored
    assert len(found(database, dai)) == 13


def test_a_failed_log_in_names_the_account_only_when_there_is_one(database: Database, aiko: User, dai: User, now: datetime) -> None:
    with database.write() as session:
        accounts.disable_user(session, dai, user_id=aiko.id, now=now)
    for email, password in (("botan@example.com", "wrong"), ("aiko@example.com", PASSWORD), ("who@example.com", "wrong")):
        with pytest.raises(LoginRefused):
            logging_in.log_in(database, email=email, password=password, address="192.0.2.5", user_agent="Phone", now=now)
    failed = found(database, dai, actions=frozenset({AuditAction.LOG_IN_FAILED}))
    assert [(e.subject, e.details["reason"], e.address, e.actor_id) for e in failed] == [
        ("", "no such account", "192.0.2.5", None),
        ("aiko@example.com", "disabled account", "192.0.2.5", None),
        ("botan@example.com", "wrong password", "192.0.2.5", None),
    ]


def test_the_log_of_a_million_is_led_to_by_indexes(database: Database, dai: User, record: Record) -> None:
    for number in range(30):
        record(dai, subject=f"entry {number}")
    explain = "EXPLAIN QUERY PLAN " if database.is_sqlite else "EXPLAIN "
    query = "SELECT id FROM audit_events WHERE actor_id = 1 AND action = 'logged_in' ORDER BY happened_at DESC, id DESC LIMIT 51"
    with database.write() as session:
        if not database.is_sqlite:
            session.execute(text("SET LOCAL enable_seqscan = off"))
        plan = "\n".join(str(row) for row in session.execute(text(explain + query)))
    assert "ix_audit_events_" in plan


def test_every_area_can_be_asked_for(database: Database, dai: User, record: Record) -> None:
    for action in AuditAction:
        record(dai, action)
    for area in AuditArea:
        assert {entry.action for entry in found(database, dai, areas=frozenset({area}))} == set(AREAS[area])
