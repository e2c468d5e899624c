"""How fast the map's data is, at the customers of the issue, on SQLite and PostgreSQL.

`python -m bench map_data` prints the figures; `python -m bench.map_data [--customers N] [--database-url URL]` prints
p50 and p95 for each zoom, filter and colour. Each request is answered as the route answers it: actor, filter, clusters,
names, JSON and gzip. A database given by URL must be empty or hold N synthetic customers.
"""

from __future__ import annotations

import argparse
import gzip
import json
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import Connection, func, insert, select, text

from bench.databases import DATABASES, fresh_database
from bench.figures import Figure, Options, at_most, percentile
from fieldsales.db.database import Database
from fieldsales.db.models import Customer, CustomerTag, Tag, Team, User
from fieldsales.domain.customer_filter import CustomerFilter
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.map_box import MapBox
from fieldsales.domain.map_colours import ColourBy
from fieldsales.domain.words import Role
from fieldsales.services.map.map_index import MapIndex, announce_bulk_change

NOW = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)
# Latitude, longitude and weight of the cities that customers lie around.
CITIES = np.array(
    [[35.68, 139.75, 5], [34.69, 135.50, 3], [35.18, 136.90, 2], [43.06, 141.35, 1.5], [33.59, 130.40, 1.5], [38.27, 140.87, 1]]
)
TEMPLATE = 10_000  # customers written one by one; the others are shifted copies, made inside the database
MOST_BYTES = 60_000
LIMITS_MS = {100_000: 50, 1_000_000: 150}
# A phone's section (three by four tiles) at each zoom, around a city.
ZOOMS = (5, 7, 9, 11, 13, 15, 17, 18)
FILTERS = {
    "none": CustomerFilter(),
    "A and B": CustomerFilter(likelihoods=frozenset({Likelihood.A, Likelihood.B})),
    "60 days": CustomerFilter(not_visited_days=60),
}


def fill(database: Database, customers: int) -> None:
    """Store synthetic customers, unless they are there."""
    database.upgrade()
    with database.read() as session:
        if session.scalar(select(func.count(Customer.id))) == customers:
            return
    random = np.random.default_rng(20261121)
    with database.write() as session:
        teams = [Team(name=f"Team {i}") for i in range(6)]
        tags = [Tag(name=f"Tag {i}") for i in range(6)]
        session.add_all([*teams, *tags])
        session.flush()
        reps = [_person(f"rep{i}", Role.REP, teams[i % 6]) for i in range(60)]
        session.add_all([_person("admin", Role.ADMIN, teams[0]), *reps])
        session.flush()
        owners = [(rep.id, rep.team_id) for rep in reps]
        rows = list(_rows(random, range(1, min(customers, TEMPLATE) + 1), owners))
        session.execute(insert(Customer), rows)
        session.execute(insert(CustomerTag), [{"customer_id": i, "tag_id": tags[i % 6].id} for i in range(1, len(rows) + 1, 2)])
        _multiply(session.connection(), customers)
        announce_bulk_change(session)


def _multiply(connection: Connection, customers: int) -> None:
    """Copy the first TEMPLATE customers until there are enough, each copy a little elsewhere."""
    shifted = {"id": "id + :first", "name": "name || ' ' || :first", "lat": "lat + (id * :turn % 997 - 498) * 0.0002"}
    shifted["lon"] = "lon + (id * :turn % 1009 - 504) * 0.00025"
    columns = [c.name for c in Customer.__table__.columns]
    values = ", ".join(shifted.get(name, name) for name in columns)
    copy = text(f"INSERT INTO customers ({', '.join(columns)}) SELECT {values} FROM customers WHERE id <= :count")
    tags = text(
        "INSERT INTO customer_tags (customer_id, tag_id) SELECT customer_id + :first, tag_id FROM customer_tags WHERE customer_id <= :count"
    )
    for first in range(TEMPLATE, customers, TEMPLATE):
        count = min(TEMPLATE, customers - first)
        connection.execute(copy, {"first": first, "turn": 7919 + first // TEMPLATE, "count": count})
        connection.execute(tags, {"first": first, "count": count})


def _person(name: str, role: Role, team: Team) -> User:
    return User(email=f"{name}@bench.example", name=name, role=role, team=team, password_hash="-", created_at=NOW)


def _rows(random: np.random.Generator, ids: range, owners: list[tuple[int, int | None]]) -> Iterator[dict[str, object]]:
    city = CITIES[random.choice(len(CITIES), len(ids), p=CITIES[:, 2] / CITIES[:, 2].sum())]
    places = city[:, :2] + random.normal(0, 0.12, (len(ids), 2))
    likelihoods = list(Likelihood)
    for i, (lat, lon) in zip(ids, places.tolist(), strict=True):
        owner_id, team_id = owners[i % len(owners)]
        yield {
            "id": i,
            "name": f"株式会社みどり電機 {i}号店",
            "owner_id": owner_id,
            "team_id": team_id,
            "likelihood": likelihoods[i * 7919 % 7],
            "lat": lat,
            "lon": lon,
            "precision_m": 300.0 if i % 5 == 0 else 30.0,
            "locate_status": "approximate" if i % 5 == 0 else "ok",
            "last_visited_at": NOW - timedelta(days=i % 200) if i % 9 else None,
            "next_on": (NOW + timedelta(days=i % 40 - 5)).date() if i % 3 == 0 else None,
            "created_at": NOW,
            "changed_at": NOW - timedelta(days=2),
        }


def sections(zoom: int, count: int, random: np.random.Generator) -> Iterator[MapBox]:
    """Yield map sections of a phone at `zoom`, snapped to tiles as the map asks for them."""
    tile = 360 / 2**zoom
    for _ in range(count):
        lat, lon, _weight = CITIES[random.integers(len(CITIES))]
        west = np.floor((lon + random.normal(0, 0.1) + 180) / tile - 1) * tile - 180
        south = lat + random.normal(0, 0.1) - 2 * tile * 0.8
        edges = max(west, -180), max(south, -80), min(west + 3 * tile, 180), min(south + 4 * tile * 0.8, 84)
        yield MapBox(*map(float, edges))


def measure(options: Options) -> Iterator[Figure]:
    """Measure both sizes on both databases."""
    for customers in (options.customers, options.many_customers):
        limit_ms = next((limit for size, limit in LIMITS_MS.items() if customers <= size), LIMITS_MS[1_000_000])
        for name in DATABASES:
            with fresh_database(name) as database:
                fill(database, customers)
                took, sizes, read_s, change_ms = _ask_often(database)
            at_size = f"{customers:,} customers, {name}"
            yield at_most(f"map data p95, {at_size}", percentile(took, 0.95), limit_ms, "ms")
            yield at_most(f"map data size, {at_size}", max(sizes), MOST_BYTES, "bytes")
            yield Figure(f"customers read into memory, {at_size}", f"{read_s:.1f} s")
            yield at_most(f"a moved customer taken over, {at_size}", change_ms, 1500, "ms", compared_to="asked for within 0.5 s")


def _ask_often(database: Database) -> tuple[list[float], list[int], float, float]:
    """Return milliseconds and bytes of each request, seconds to read all customers, and milliseconds to take over a change."""
    index = MapIndex()
    began = time.perf_counter()
    index.snapshot(database)
    read_s = time.perf_counter() - began
    answers = [
        _ask(index, database, actor, box, zoom, FILTERS[name], ColourBy.LIKELIHOOD)
        for actor in _people(database).values()
        for name in FILTERS
        for zoom in ZOOMS
        for box in sections(zoom, 6, np.random.default_rng(zoom))
    ]
    return [took for took, _, _ in answers], [size for _, _, size in answers], read_s, _change_ms(index, database)


def _people(database: Database) -> dict[str, User]:
    with database.read() as session:
        found = session.scalars(select(User).where(User.email.in_(["admin@bench.example", "rep1@bench.example"])))
        return {user.email.partition("@")[0]: user for user in found.unique()}


def _ask(
    index: MapIndex, database: Database, actor: User, box: MapBox, zoom: int, customer_filter: CustomerFilter, colour: ColourBy
) -> tuple[float, int, int]:
    """Return milliseconds, features and compressed bytes of one request."""
    began = time.perf_counter()
    found: dict[str, Any] = index.features(database, actor, bbox=box, zoom=zoom, customer_filter=customer_filter, now=NOW, colour_by=colour)
    body = gzip.compress(json.dumps(found, ensure_ascii=False, separators=(",", ":")).encode(), compresslevel=5)
    return (time.perf_counter() - began) * 1000, len(found["features"]), len(body)


def print_details(database: Database, requests: int) -> None:
    """Print the table of zooms, filters and colours."""
    index = MapIndex()
    began = time.perf_counter()
    count = len(index.snapshot(database).columns)
    print(f"{count:,} customers on {database.engine.dialect.name}: read into memory in {time.perf_counter() - began:.2f} s")
    people = _people(database)
    random = np.random.default_rng(7)
    print(f"{'who':6} {'filter':8} {'colour':10} {'zoom':>4} {'p50 ms':>8} {'p95 ms':>8} {'features':>8} {'gzip B':>8}")
    every: list[float] = []
    cases = [(who, name, ColourBy.LIKELIHOOD) for who in people for name in FILTERS]
    cases += [("admin", "none", colour) for colour in list(ColourBy)[1:]]
    for who, name, colour in cases:
        for zoom in ZOOMS:
            answers = [_ask(index, database, people[who], box, zoom, FILTERS[name], colour) for box in sections(zoom, requests, random)]
            took, most, size = [a[0] for a in answers], max(a[1] for a in answers), max(a[2] for a in answers)
            every += took
            p50, p95 = np.quantile(took, [0.5, 0.95])
            print(f"{who:6} {name:8} {colour.value:10} {zoom:4} {p50:8.1f} {p95:8.1f} {most:8} {size:8,}")
    print(f"all requests: p50 {np.quantile(every, 0.5):.1f} ms, p95 {np.quantile(every, 0.95):.1f} ms, longest {max(every):.1f} ms")
    print(f"a moved customer is taken over in {_change_ms(index, database):.1f} ms (asked for within 0.5 s)")


def _change_ms(index: MapIndex, database: Database) -> float:
    """Move one customer and return how long the map takes to show it, once asked."""
    with database.write() as session:
        customer = session.scalars(select(Customer).limit(1)).one()
        customer.lat, customer.changed_at = (customer.lat or 0) + 0.001, NOW + timedelta(seconds=1)
    began = time.perf_counter()
    index.snapshot(database, fresh=True)
    return (time.perf_counter() - began) * 1000


def main() -> None:
    """Fill a database if need be, and measure."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--customers", type=int, default=100_000)
    options.add_argument("--database-url", default="")
    options.add_argument("--requests", type=int, default=20, help="requests per line of the table")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="fieldsales-bench-") as folder:
        database = Database(chosen.database_url or f"sqlite:///{Path(folder) / 'bench.sqlite3'}")
        began = time.perf_counter()
        fill(database, chosen.customers)
        print(f"synthetic customers ready after {time.perf_counter() - began:.1f} s")
        print_details(database, chosen.requests)
        database.dispose()


if __name__ == "__main__":
    main()
