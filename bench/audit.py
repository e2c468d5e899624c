"""How fast the audit log answers at a million entries, on SQLite and PostgreSQL: `python -m bench audit`.

A question is one page of fifty entries as the administrator's page asks for it, with or without a person, a kind of act, a span of
time and words: common ones, rare ones, none that occur.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from sqlalchemy import insert

from bench.databases import DATABASES, fresh_database
from bench.figures import Figure, Options, at_most, percentile
from fieldsales.db.database import Database
from fieldsales.db.models import AuditEvent, User
from fieldsales.domain.audit import AuditAction, AuditArea, words_in
from fieldsales.domain.matching import search_text
from fieldsales.domain.words import Role
from fieldsales.services.audit import spoken
from fieldsales.services.audit_log import LogQuery, search_log

ENTRIES = 1_000_000
PEOPLE = 50
LIMIT_MS = 300
NOW = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)
BATCH = 20_000
_A = AuditAction
_OFTEN = (_A.LOGGED_IN, _A.LOGGED_OUT, _A.CUSTOMERS_EXPORTED, _A.VISIT_DELETED, _A.BULK_CHANGED)
_TOWNS = ("高松", "横浜", "札幌", "仙台", "神戸", "岡山", "京都", "千葉", "新潟", "熊本", "金沢", "那覇")
_TRADES = ("食品", "電工", "建設", "商店", "病院", "運輸", "印刷", "薬局", "製作所", "不動産")


def measure(options: Options) -> Iterator[Figure]:
    """Ask every question on both databases."""
    for kind in DATABASES:
        with fresh_database(kind) as database:
            database.upgrade()
            admin = fill_log(database, ENTRIES)
            took = {name: [_ask(database, admin, asked) for _ in range(options.runs)] for name, asked in questions(admin).items()}
            worst = max(took, key=lambda name: percentile(took[name], 0.95))
            every = [ms for each in took.values() for ms in each]
            slowest = f"slowest: {worst}, {percentile(took[worst], 0.95):.0f} ms"
            name = f"audit log p95, {ENTRIES:,} entries, {kind}"
            yield at_most(name, percentile(every, 0.95), LIMIT_MS, "ms", compared_to=slowest)
            yield at_most(f"slowest question, {kind}", percentile(took[worst], 0.95), LIMIT_MS, "ms")


def fill_log(database: Database, entries: int) -> User:
    """Invent people and so many entries of three years, the same each time, and return an admin."""
    with database.write() as session:
        people = [
            User(email=f"p{n}@example.com", name=f"{_TOWNS[n % 12]}{n}子", role=Role.REP, password_hash="-", created_at=NOW)
            for n in range(PEOPLE)
        ]
        people[0].role = Role.ADMIN
        session.add_all(people)
    who = [(person.id, person.name, person.email) for person in people]
    chance = random.Random(20261122)
    actions = list(AuditAction)
    for start in range(0, entries, BATCH):
        rows = [_row(chance, who, actions, number, entries) for number in range(start, min(entries, start + BATCH))]
        with database.write() as session:
            session.execute(insert(AuditEvent), rows)
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")
    return people[0]


def _row(
    chance: random.Random, who: list[tuple[int, str, str]], actions: list[AuditAction], number: int, entries: int
) -> dict[str, object]:
    # Nine in ten entries are of the acts that people do all day, one in ten of any act.
    action = chance.choice(_OFTEN) if chance.random() < 0.9 else chance.choice(actions)
    actor_id, name, email = chance.choice(who)
    subject = f"株式会社{chance.choice(_TOWNS)}{chance.choice(_TRADES)} 第{chance.randint(1, 9999)}支店"
    details = {"reason": chance.choice(["二重登録", "誤入力", "担当変更"]), "rows": chance.randint(1, 100_000)}
    address = f"10.{chance.randint(0, 9)}.{chance.randint(0, 255)}.{chance.randint(1, 254)}"
    if number in (5, entries // 2):
        subject = "鑿壺屋本店"
    return {
        "happened_at": NOW - timedelta(days=1095) * (1 - number / entries),
        "actor_id": actor_id,
        "actor_name": name,
        "action": action.value,
        "subject_kind": "customer",
        "subject_id": chance.randint(1, 100_000),
        "subject": subject,
        "details": details,
        "address": address,
        "search_text": search_text(name, email, subject, address, *spoken(action), *words_in(details)),
    }


def questions(admin: User) -> dict[str, LogQuery]:
    """Return what is asked, by a name."""
    areas, year_ago = frozenset({AuditArea.TEAM}), NOW - timedelta(days=365)
    return {
        "the newest": LogQuery(),
        "one person": LogQuery(actor_id=admin.id),
        "a person who did nothing": LogQuery(actor_id=999),
        "a rare act": LogQuery(actions=frozenset({AuditAction.AUDIT_FORGOTTEN})),
        "an area of rare acts": LogQuery(areas=areas),
        "a person, an area, a year ago": LogQuery(actor_id=admin.id, areas=areas, until=year_ago),
        "a week two years ago": LogQuery(since=NOW - timedelta(days=737), until=NOW - timedelta(days=730)),
        "a common word": LogQuery(text="株式会社"),
        "two common words": LogQuery(text="株式会社 二重登録"),
        "two common words that never meet": LogQuery(text="二重登録 誤入力"),
        "two characters": LogQuery(text="横浜"),
        "one character": LogQuery(text="鑿"),
        "one letter": LogQuery(text="q"),
        "a rare name": LogQuery(text="鑿壺屋"),
        "a rare name and a person": LogQuery(text="鑿壺屋", actor_id=admin.id),
        "a common word, a person, an area": LogQuery(text="誤入力", actor_id=admin.id, areas=areas),
        "a common word, a year ago": LogQuery(text="担当変更", until=year_ago),
        "a number": LogQuery(text="99999"),
        "an address": LogQuery(text="10.3.77.19"),
        "what nobody did": LogQuery(text="zzzz"),
        "two characters that nobody wrote": LogQuery(text="鰐鮫"),
    }


def _ask(database: Database, admin: User, asked: LogQuery) -> float:
    """Return the milliseconds of one page."""
    began = time.perf_counter()
    with database.read() as session:
        search_log(session, admin, asked=asked)
    return (time.perf_counter() - began) * 1000
