"""A large sales team to measure with: 50 reps in 5 teams, their manager, an admin, their customers and visits.

`with team_on("SQLite", customers=…, visits=…) as team:` gives a filled database and its people (`team.rep`, `team.manager`,
`team.admin`; `team.now`, `team.today`, `team.zone`). Customers belong to the reps in turn; one in twenty was never visited, one
in three has a next date, and one in fifteen has gone beyond its rank's interval. `fill_team` fills a database that is already open.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, insert, select, text
from sqlalchemy.orm import Session

from bench.databases import fresh_database
from fieldsales.db.database import Database
from fieldsales.db.models import Customer, Team, User
from fieldsales.demo.names import invent_company, invent_person
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.matching import customer_key, search_text
from fieldsales.domain.words import Kind, Role
from fieldsales.services.map_index import announce_bulk_change

NOW = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)  # Saturday 10:00 in Tokyo
TOKYO = ZoneInfo("Asia/Tokyo")
TODAY = NOW.astimezone(TOKYO).date()
REPS, TEAMS = 50, 5
BATCH = 5_000
NEVER_VISITED_EVERY = 19  # what these have not, their neighbours have twice
UNLOCATED_EVERY = 31
_RANKS = ("A", "B", "B", "C", "C", "C", "D", "D", "won", "lost", "unrated")
_SEEN_WITHIN = {"A": 15, "B": 32, "C": 64, "D": 125, "won": 95, "lost": 300, "unrated": 300}
_CITIES = (
    ("東京都新宿区", "03", 35.69, 139.70),
    ("大阪府大阪市北区", "06", 34.71, 135.50),
    ("愛知県名古屋市中区", "052", 35.17, 136.90),
    ("福岡県福岡市博多区", "092", 33.59, 130.42),
    ("香川県高松市", "087", 34.34, 134.05),
)
_TOWNS = ("本町", "栄町", "緑町", "中央", "港町", "桜町", "旭町", "幸町", "新町", "若松町")


@dataclass(frozen=True)
class BenchTeam:
    """A filled database, and who asks it when."""

    database: Database
    rep: User
    manager: User
    admin: User
    customers: int
    now: datetime = NOW
    today: date = TODAY
    zone: ZoneInfo = TOKYO


@contextmanager
def team_on(kind: str, *, customers: int = 100_000, visits: int = 1_000_000) -> Iterator[BenchTeam]:
    """Yield a fresh database of `kind` (one of DATABASES), filled; it goes away afterwards."""
    with fresh_database(kind) as database:
        yield fill_team(database, customers=customers, visits=visits)


def fill_team(database: Database, *, customers: int = 100_000, visits: int = 1_000_000) -> BenchTeam:
    """Store the team in `database`, unless it is there, and return it; a database that holds anything else is refused."""
    database.upgrade()
    with database.read() as session:
        stored = session.scalar(select(func.count(Customer.id))) or 0
    if not stored:
        with database.write() as session:
            reps = _people(session)
            rng = random.Random(20261121)
            for first in range(1, customers + 1, BATCH):
                numbers = range(first, min(first + BATCH, customers + 1))
                session.execute(insert(Customer), [_customer(rng, number, reps) for number in numbers])
            _visits(session, customers, visits)
            announce_bulk_change(session)
        _settle(database)
    elif stored != customers:
        raise SystemExit(f"{database.url} holds {stored} customers, not {customers}")
    with database.read() as session:
        found = {user.email.partition("@")[0]: user for user in session.scalars(select(User)).unique()}
    return BenchTeam(database, found["rep1"], found["manager"], found["admin"], customers)


def _people(session: Session) -> list[User]:
    teams = [Team(name=f"Team {i + 1}") for i in range(TEAMS)]
    reps = [_person(f"rep{i + 1}", Role.REP, team=teams[i % TEAMS]) for i in range(REPS)]
    session.add_all([_person("manager", Role.MANAGER, managed_teams=teams), _person("admin", Role.ADMIN), *reps])
    session.flush()
    return reps


def _person(name: str, role: Role, **more: Any) -> User:
    return User(email=f"{name}@bench.example", name=name, role=role, password_hash="-", created_at=NOW, **more)


def _customer(rng: random.Random, number: int, reps: list[User]) -> dict[str, Any]:
    owner = reps[number % len(reps)]
    company, contact = invent_company(rng), invent_person(rng)
    city, area, lat, lon = _CITIES[number % len(reps) // 10]
    address = f"{city}{rng.choice(_TOWNS)}{rng.randint(1, 9)}-{rng.randint(1, 30)}-{rng.randint(1, 20)}"
    name, code = f"{company.name} {number}号店", f"C{number:06d}"
    phone = f"{area}-{rng.randrange(1000):04d}-{rng.randrange(10_000):04d}"  # no Japanese exchange begins with 0
    likelihood = rng.choice(_RANKS)
    return {
        "id": number, "code": code, "name": name, "name_kana": company.kana, "kind": Kind.COMPANY if number % 5 else Kind.PERSON,
        "likelihood": Likelihood(likelihood), "amount": rng.randint(1, 500) * 10_000, "address": address, "phone": phone,
        "contact_name": contact.name, "memo": f"{company.trade}。{contact.family}様が窓口。",
        "owner_id": owner.id, "team_id": owner.team_id,
        "next_on": TODAY + timedelta(days=rng.randint(-3, 60)) if number % 3 == 0 else None,
        "next_time": time(rng.randint(9, 17), 30) if number % 12 == 0 else None,
        "cadence_days": 21 if number % 47 == 0 else None, "do_not_visit": number % 211 == 0,
        "last_visited_at": NOW - timedelta(days=rng.randrange(_SEEN_WITHIN[likelihood]), hours=rng.randrange(9))
        if number % NEVER_VISITED_EVERY
        else None,
        "created_at": NOW - timedelta(days=rng.randint(0, 60) if number % NEVER_VISITED_EVERY == 0 else 900),
        "changed_at": NOW - timedelta(days=2), "match_key": customer_key(name, address),
        "search_text": search_text(name, company.kana, code, address, phone, contact.name, contact.kana),
        "lat": lat + rng.gauss(0, 0.1) if number % UNLOCATED_EVERY else None,
        "lon": lon + rng.gauss(0, 0.1) if number % UNLOCATED_EVERY else None, "precision_m": 30.0,
        "locate_status": "failed" if number % UNLOCATED_EVERY == 0 else "approximate" if number % 13 == 0 else "ok",
    }  # fmt: skip


def _visits(session: Session, customers: int, visits: int) -> None:
    """Give every customer its share of visits, the newest at `last_visited_at`, nine days apart; made inside the database."""
    sqlite = session.get_bind().dialect.name == "sqlite"
    nine_days = "datetime(c.last_visited_at, '-' || (9 * n.k) || ' days') || '.000000'"
    moment = nine_days if sqlite else "c.last_visited_at - n.k * interval '9 days'"
    number = "(c.id * 1000 + n.k)"
    reference = f"printf('%032x', {number})" if sqlite else f"CAST(lpad(to_hex({number}), 32, '0') AS uuid)"
    share = visits // customers
    session.execute(
        text(f"""
            INSERT INTO visits
                (client_ref, customer_id, user_id, kind, outcome, visited_at, note, likelihood_before, likelihood_after, created_at)
            WITH RECURSIVE n(k) AS (SELECT 0 UNION ALL SELECT k + 1 FROM n WHERE k + 1 < {2 * share})
            SELECT {reference}, c.id, c.owner_id, CASE WHEN n.k % 4 = 3 THEN 'call' ELSE 'visit' END,
                CASE n.k % 3 WHEN 0 THEN 'met' WHEN 1 THEN 'absent' ELSE 'quote' END, {moment},
                CASE WHEN n.k % 2 = 0 THEN '担当者と面談。次回は見積を持参する。' ELSE '' END, c.likelihood, c.likelihood, {moment}
            FROM customers c CROSS JOIN n
            WHERE c.last_visited_at IS NOT NULL AND (n.k < {share} OR c.id % {NEVER_VISITED_EVERY} = 1)
        """)
    )


def _settle(database: Database) -> None:
    """Let PostgreSQL do at once what it does by itself within minutes; SQLite does nothing of the kind."""
    if not database.is_sqlite:
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))
