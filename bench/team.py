"""A large sales team to measure with: 50 reps in 5 teams, their manager, an admin, their customers and visits.

`with team_on("SQLite", customers=…, visits=…) as team:` gives a filled database and its people (`team.rep`, `team.manager`,
`team.admin`; `team.now`, `team.today`, `team.zone`). Customers belong to the reps in turn; one in twenty was never visited, one
in three has a next date, and one in fifteen has gone beyond its rank's interval. Their visits lie up to six years back and moved
ranks, decided deals and sold as `bench.team_past` says. Rep 50 has left. `fill_team` fills a database that is already open.
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

from bench.databases import copy_of
from bench.team_past import WORDS, add_offices, add_tags, add_targets, add_visits, tell_losses, walk
from fieldsales.db.database import Database
from fieldsales.db.models import Customer, CustomerTag, Team, User
from fieldsales.demo.names import invent_company, invent_person
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.matching import customer_key, search_text
from fieldsales.domain.words import Kind, Role, Stage
from fieldsales.services.map.map_index import announce_bulk_change

NOW = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)  # Saturday 10:00 in Tokyo
TOKYO = ZoneInfo("Asia/Tokyo")
TODAY = NOW.astimezone(TOKYO).date()
REPS, TEAMS = 50, 5
BATCH = 5_000
NEVER_VISITED_EVERY = 19  # what these have not, their neighbours have twice
UNLOCATED_EVERY = 31
_UNVISITED = ("A", "B", "B", "C", "C", "C", "D", "D", "unrated")
_SEEN_WITHIN = {"A": 15, "B": 32, "C": 64, "D": 125, "won": 95, "lost": 300, "unrated": 300}
_CITIES = (  # of each team: the middle, and the municipalities around it with the first digits of their postal codes
    ("東京都", "03", 35.69, 139.70, (
        ("新宿区", "160", 35.694, 139.703), ("渋谷区", "150", 35.664, 139.698), ("世田谷区", "154", 35.646, 139.653),
        ("練馬区", "176", 35.736, 139.652), ("足立区", "120", 35.775, 139.805), ("江東区", "135", 35.673, 139.817),
    )),
    ("大阪府", "06", 34.71, 135.50, (
        ("大阪市北区", "530", 34.705, 135.510), ("大阪市中央区", "540", 34.681, 135.510), ("豊中市", "560", 34.781, 135.470),
        ("東大阪市", "577", 34.679, 135.601), ("堺市堺区", "590", 34.573, 135.483),
    )),
    ("愛知県", "052", 35.17, 136.90, (
        ("名古屋市中区", "460", 35.168, 136.906), ("名古屋市緑区", "458", 35.071, 136.952),
        ("春日井市", "486", 35.248, 136.972), ("一宮市", "491", 35.304, 136.803),
    )),
    ("福岡県", "092", 33.59, 130.42, (
        ("福岡市博多区", "812", 33.591, 130.415), ("福岡市早良区", "814", 33.581, 130.348),
        ("春日市", "816", 33.533, 130.470), ("宗像市", "811", 33.805, 130.541),
    )),
    ("香川県", "087", 34.34, 134.05, (
        ("高松市", "760", 34.343, 134.047), ("さぬき市", "769", 34.325, 134.172), ("坂出市", "762", 34.316, 133.861),
    )),
)  # fmt: skip
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
    """Yield a database of `kind` (one of DATABASES) that is filled; it goes away afterwards."""
    sizes = {"customers": customers, "visits": visits}
    with copy_of(kind, f"team of {sizes}", lambda database: fill_team(database, **sizes)) as database:
        yield fill_team(database, **sizes)


def fill_team(database: Database, *, customers: int = 100_000, visits: int = 1_000_000) -> BenchTeam:
    """Store the team in `database`, unless it is there, and return it; a database that holds anything else is refused."""
    database.upgrade()
    with database.read() as session:
        stored = session.scalar(select(func.count(Customer.id))) or 0
    if not stored:
        with database.write() as session:
            reps = _people(session)
            tags = add_tags(session)
            rng = random.Random(20261121)
            for first in range(1, customers + 1, BATCH):
                numbers = range(first, min(first + BATCH, customers + 1))
                walks = {number: walk(rng, _visits_of(number, visits // customers), number % REPS) for number in numbers}
                session.execute(insert(Customer), [_customer(rng, number, reps, said) for number, said in walks.items()])
                tagged = [{"customer_id": n, "tag_id": tags[n // 3 % len(tags)]} for n in numbers if n % 3 == 0]
                session.execute(insert(CustomerTag), tagged)
                add_visits(session, [{"customer_id": number, "said": said} for number, said in walks.items()])
            tell_losses(session)
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
    reps[-1].disabled_at = NOW - timedelta(days=40)
    manager = _person("manager", Role.MANAGER, managed_teams=teams)
    session.add_all([manager, _person("admin", Role.ADMIN), *reps])
    session.flush()
    add_offices(session, tuple((city + places[0][0], lat, lon) for city, _, lat, lon, places in _CITIES))
    add_targets(session, reps, by=manager, today=TODAY, now=NOW)
    return reps


def _person(name: str, role: Role, **more: Any) -> User:
    return User(email=f"{name}@bench.example", name=name, role=role, password_hash="-", created_at=NOW, **more)


def _visits_of(number: int, share: int) -> int:
    """Return how often a customer was visited: `share` times on average, some never."""
    if number % NEVER_VISITED_EVERY == 0:
        return 0
    return 1 + number % (2 * share - 1) + (share if number % NEVER_VISITED_EVERY == 1 else 0) if share else 0


def _customer(rng: random.Random, number: int, reps: list[User], said: str) -> dict[str, Any]:
    owner = reps[number % len(reps)]
    company, contact = invent_company(rng), invent_person(rng)
    prefecture, phone_area, middle_lat, middle_lon, municipalities = _CITIES[number % len(reps) // 10]
    lat, lon = middle_lat + rng.gauss(0, 0.1), middle_lon + rng.gauss(0, 0.1)
    city, postal, *_ = min(municipalities, key=lambda one: (one[2] - lat) ** 2 + (one[3] - lon) ** 2)
    address = f"{prefecture}{city}{rng.choice(_TOWNS)}{rng.randint(1, 9)}-{rng.randint(1, 30)}-{rng.randint(1, 20)}"
    name, code = f"{company.name} {number}号店", f"C{number:06d}"
    phone = f"{phone_area}-{rng.randrange(1000):04d}-{rng.randrange(10_000):04d}"  # no Japanese exchange begins with 0
    likelihood = Likelihood(WORDS.get(said[0], said[0]) if said else rng.choice(_UNVISITED))
    stage = Stage.CLIENT if "w" in said else Stage.DORMANT if likelihood is Likelihood.LOST and number % 2 else Stage.PROSPECT
    return {
        "id": number, "code": code, "name": name, "name_kana": company.kana, "kind": Kind.COMPANY if number % 5 else Kind.PERSON,
        "stage": stage, "likelihood": likelihood, "amount": rng.randint(1, 500) * 10_000, "phone": phone,
        "address": address, "postal_code": f"{postal}-{rng.randrange(10_000):04d}", "area": prefecture + city,
        "contact_name": contact.name, "memo": f"{company.trade}。{contact.family}様が窓口。",
        "owner_id": owner.id, "team_id": owner.team_id,
        "next_on": TODAY + timedelta(days=rng.randint(-3, 60)) if number % 3 == 0 else None,
        "next_time": time(rng.randint(9, 17), 30) if number % 12 == 0 else None,
        "cadence_days": 21 if number % 47 == 0 else None, "do_not_visit": number % 211 == 0,
        "last_visited_at": NOW - timedelta(days=1 + rng.randrange(_SEEN_WITHIN[likelihood])) + timedelta(minutes=5 * rng.randrange(96))
        if said
        else None,
        "created_at": NOW - timedelta(days=rng.randint(0, 60) if number % NEVER_VISITED_EVERY == 0 else 2_600),
        "changed_at": NOW - timedelta(days=2), "match_key": customer_key(name, address),
        "search_text": search_text(name, company.kana, code, address, phone, contact.name, contact.kana),
        "lat": lat if number % UNLOCATED_EVERY else None, "lon": lon if number % UNLOCATED_EVERY else None, "precision_m": 30.0,
        "locate_status": "failed" if number % UNLOCATED_EVERY == 0 else "approximate" if number % 13 == 0 else "ok",
    }  # fmt: skip


def _settle(database: Database) -> None:
    """Let PostgreSQL do at once what it does by itself within minutes; SQLite does nothing of the kind."""
    if not database.is_sqlite:
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))
