"""How fast the today page is answered, at the customers and visits of the issue, on SQLite and PostgreSQL.

`python -m bench today` prints the p95; `python -m bench.today [--customers N] [--visits N] [--database-url URL]` prints p50 and p95
for a rep, a manager of all teams, the same for their own customers, and the admin. A day is everything the page reads before
it draws: the lists, drafts, open requests, places to fix, and the customer to turn to next. A database given by URL must be
empty or filled by `bench.team`.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from contextlib import contextmanager

from bench.databases import DATABASES
from bench.figures import Figure, Options, at_most, median, percentile
from bench.team import BenchTeam, fill_team, team_on
from fieldsales.db.database import Database
from fieldsales.db.models import User
from fieldsales.services.customers.customer_search import customer_details
from fieldsales.services.customers.requests import list_open_requests
from fieldsales.services.pins import locating
from fieldsales.services.visits import visit_drafts
from fieldsales.services.visits.follow_ups import Whose, next_up, plan_follow_ups

VISITS = 1_000_000
LIMIT_MS = 150
RUNS = 40


def measure(options: Options) -> Iterator[Figure]:
    """Open the day again and again as each person on both databases."""
    for kind in DATABASES:
        with team_on(kind, customers=options.customers, visits=VISITS) as team:
            for name, (actor, whose) in _people(team).items():
                took = _open_often(team, actor, whose, RUNS)
                at_size = f"{options.customers:,} customers, {VISITS:,} visits, {kind}"
                yield at_most(f"today page p95, {name}, {at_size}", percentile(took, 0.95), LIMIT_MS, "ms")


def _people(team: BenchTeam) -> dict[str, tuple[User, Whose]]:
    return {"rep": (team.rep, Whose.MINE), "manager": (team.manager, Whose.TEAM), "admin": (team.admin, Whose.TEAM)}


def _open_often(team: BenchTeam, actor: User, whose: Whose, runs: int) -> list[float]:
    """Return milliseconds; the first run, which prepares the statements, is not one of them."""
    return [_open(team, actor, whose) for _ in range(runs + 1)][1:]


def _open(team: BenchTeam, actor: User, whose: Whose) -> float:
    """Return the milliseconds of one day."""
    began = time.perf_counter()
    with team.database.read() as session:
        day = plan_follow_ups(session, actor, now=team.now, today=team.today, zone=team.zone, whose=whose)
        locating.count_problems(session, actor)
        visit_drafts.list_drafts(session, actor)
        list_open_requests(session, actor, assigned_to=actor.id if whose is Whose.MINE else None, limit=20)
        row = next_up(day, at=team.now.astimezone(team.zone).time())
        if row is not None and whose is Whose.MINE:
            customer_details(session, actor, customer_id=row.id, visits=1)
    return (time.perf_counter() - began) * 1000


@contextmanager
def _given(url: str, customers: int, visits: int) -> Iterator[BenchTeam]:
    database = Database(url)
    yield fill_team(database, customers=customers, visits=visits)
    database.dispose()


def main() -> None:
    """Fill a database if need be, and measure."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--customers", type=int, default=100_000)
    options.add_argument("--visits", type=int, default=VISITS)
    options.add_argument("--database-url", default="")
    chosen = options.parse_args()
    url, customers, visits = chosen.database_url, chosen.customers, chosen.visits
    with _given(url, customers, visits) if url else team_on(DATABASES[0], customers=customers, visits=visits) as team:
        print(f"{'who':20} {'p50 ms':>8} {'p95 ms':>8} {'longest':>8}")
        for name, (actor, whose) in {**_people(team), "manager, own": (team.manager, Whose.MINE)}.items():
            took = _open_often(team, actor, whose, RUNS)
            print(f"{name:20} {median(took):8.1f} {percentile(took, 0.95):8.1f} {max(took):8.1f}")


if __name__ == "__main__":
    main()
