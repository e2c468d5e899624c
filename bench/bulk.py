"""Acting on many customers: a lasso around 5,000 of them, 10,000 changed in one go, and all of it taken back.

The lasso is what a stroke of the finger costs: who lies inside, whom one may see, the counts by likelihood and owner.
After each undo every data column of every customer is compared with what it said before.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator
from uuid import uuid4

import numpy as np
from sqlalchemy import text

from bench.databases import DATABASES
from bench.figures import Figure, Options, at_most, percentile, seconds_of
from bench.team import BenchTeam, team_on
from fieldsales.db.database import Database
from fieldsales.db.models import Customer
from fieldsales.domain.drawn_areas import Ring
from fieldsales.domain.spans import Span, SpanKind
from fieldsales.domain.team_filter import TeamFilter
from fieldsales.domain.words import BulkAction
from fieldsales.services.acting.bulk_changes import BulkAct, apply_change, preview_change, undo_change
from fieldsales.services.acting.customer_selection import Asked, Chosen, choose_customers
from fieldsales.services.map.map_index import MapIndex

LASSOED, CHANGED = 5_000, 10_000
LASSO_MS, QUERY_MS, CHANGE_S = 300, 300, 3.0
ASKED = 20
CORNERS = 200  # of a line drawn by hand
_BOOKKEEPING = {"version", "changed_at"}


def measure(options: Options) -> Iterator[Figure]:
    """Measure on both databases."""
    for kind in DATABASES:
        with team_on(kind, customers=options.customers, visits=10 * options.customers) as team:
            yield from _lasso(kind, team)
            yield from _changes(kind, team)


def _lasso(kind: str, team: BenchTeam) -> Iterator[Figure]:
    index = MapIndex()
    columns = index.snapshot(team.database).columns
    ring = _ring_around(columns.lat, columns.lon, min(LASSOED, len(columns) // 10))
    asked, wanted = Asked(rings=(ring,)), TeamFilter(span=Span.around(SpanKind.MONTH, team.today))
    found: list[Chosen] = []

    def choose() -> None:
        with team.database.read() as session:
            now = index.snapshot(team.database, fresh=True).columns
            chosen = choose_customers(session, team.manager, team_filter=wanted, asked=asked, columns=now, now=team.now)
            found.append(chosen)
            assert chosen.by_likelihood
            assert chosen.by_owner

    taken = [1000 * seconds_of(choose) for _ in range(ASKED + 1)][1:]
    yield at_most(f"{kind}: lasso around {len(found[-1]):,} customers, p95 of {ASKED}", percentile(taken, 0.95), LASSO_MS, "ms")


def _ring_around(lat: np.ndarray, lon: np.ndarray, wanted: int) -> Ring:
    """Return a wavy line around as many of the places, in the middle of where most of them lie."""
    middle_lat, middle_lon = float(np.median(lat)), float(np.median(lon))
    near = np.hypot(lat - middle_lat, lon - middle_lon)
    radius = float(np.partition(near, wanted)[wanted])
    angles = [2 * math.pi * corner / CORNERS for corner in range(CORNERS)]
    wave = [radius * (1 + 0.02 * math.sin(9 * angle)) for angle in angles]
    return tuple((middle_lat + r * math.sin(a), middle_lon + r * math.cos(a)) for r, a in zip(wave, angles, strict=True))


def _changes(kind: str, team: BenchTeam) -> Iterator[Figure]:
    ids = list(range(1, min(CHANGED, team.customers) + 1))
    acts = {
        "reassignment": BulkAct(BulkAction.REASSIGN, owner_id=team.rep.id),
        "new tag": BulkAct(BulkAction.TAG, tags=("autumn",)),
        "cadence": BulkAct(BulkAction.CADENCE, cadence_days=45),
    }
    for name, act in acts.items():
        before = _fingerprint(team.database)
        with team.database.read() as session:
            took = seconds_of(lambda act=act: preview_change(session, team.manager, customer_ids=ids, act=act))  # type: ignore[misc]
        yield at_most(f"{kind}: preview of a {name} of {len(ids):,}", 1000 * took, QUERY_MS, "ms")
        done: list[int] = []

        def change(act: BulkAct = act, done: list[int] = done) -> None:
            with team.database.write() as session:
                result = apply_change(session, team.manager, customer_ids=ids, act=act, client_ref=uuid4(), now=team.now)
                done.append(result.change_id)

        def undo(done: list[int] = done) -> None:
            with team.database.write() as session:
                undo_change(session, team.manager, change_id=done[-1], now=team.now)

        yield at_most(f"{kind}: {name} of {len(ids):,}, committed", seconds_of(change), CHANGE_S, "s", digits=2)
        yield at_most(f"{kind}: {name} undone", seconds_of(undo), CHANGE_S, "s", digits=2)
        same = _fingerprint(team.database) == before
        yield Figure(f"{kind}: customers that differ after the undo", "none" if same else "some", "none", same)


def _fingerprint(database: Database) -> str:
    """Return a digest of every data column of every customer, and of who carries which tag."""
    names = [column.name for column in Customer.__table__.columns if column.name not in _BOOKKEEPING]
    digest = hashlib.sha256()
    with database.read() as session:
        for query in (
            f"SELECT {', '.join(names)} FROM customers ORDER BY id",
            "SELECT customer_id, tag_id FROM customer_tags ORDER BY 1, 2",
        ):
            for row in session.execute(text(query)):
                digest.update(repr(tuple(row)).encode())
    return digest.hexdigest()
