"""How fast the search answers at the customers of the issue, on SQLite and PostgreSQL.

`python -m bench search` prints the p95 of everything that people type; `python -m bench.search [--customers N]
[--database-url URL]` prints p50 and p95 for each sort of question. A question is one call of what list, phone and API call:
the number of matches (to 10,000), the number of all, and the first page in its order. A database given by URL must be empty or filled
by `bench.team`.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from sqlalchemy import func, select

from bench.databases import DATABASES
from bench.figures import Figure, Options, at_most, median, percentile
from bench.team import BenchTeam, fill_team, team_on
from fieldsales.db.database import Database
from fieldsales.db.models import Customer, User
from fieldsales.domain.customer_filter import CustomerFilter
from fieldsales.services.customers.customer_search import list_customers, matching_ids

LIMIT_MS = 150
COUNTED = 10_000  # as map and list ask
EACH = 12
_TO_HIRAGANA = {code: code - 0x60 for code in range(0x30A1, 0x30F7)}


def measure(options: Options) -> Iterator[Figure]:
    """Ask every question of every person on both databases."""
    for kind in DATABASES:
        with team_on(kind, customers=options.customers, visits=options.customers) as team:
            took = {sort: _ask_often(team, texts) for sort, texts in _questions(team.database).items()}
            on_map = _ask_map(team)
            worst = max(took, key=lambda sort: percentile(took[sort], 0.95))
            every = [ms for each in took.values() for ms in each]
            at_size = f"{options.customers:,} customers, {kind}"
            slowest = f"slowest: {worst}, {percentile(took[worst], 0.95):.0f} ms"
            yield at_most(f"search p95, {at_size}", percentile(every, 0.95), LIMIT_MS, "ms", compared_to=slowest)
            yield at_most(f"search on the map p95, {at_size}", percentile(on_map, 0.95), LIMIT_MS, "ms")


def _questions(database: Database) -> dict[str, list[str]]:
    """Return what people type, by sort: pieces of customers that are there, drawn with a fixed seed, and what is nowhere."""
    chance = random.Random(20261122)
    with database.read() as session:
        last = session.scalar(select(func.max(Customer.id))) or 1
        wanted = [chance.randint(1, last) for _ in range(EACH)]
        found = session.scalars(select(Customer).where(Customer.id.in_(wanted)).order_by(Customer.id)).all()
    names = [c.name.rpartition(" ")[0].removeprefix("株式会社").removesuffix("株式会社") for c in found]
    return {
        "a whole name": [c.name for c in found],
        "two characters of a name": [name[1:3] for name in names],
        "four characters of a name": [name[:4] for name in names],
        "kana as hiragana": [c.name_kana[:4].translate(_TO_HIRAGANA) for c in found],
        "two kana": [c.name_kana[2:4] for c in found],
        "one kanji": list("田山川中大林店港北電工"),
        "one kana": list("あかさたなはまやらんー"),
        "one digit or letter": list("0159ck"),
        "last four digits": [c.phone[-4:] for c in found],
        "telephone number": [c.phone for c in found],
        "contact": [c.contact_name for c in found],
        "family name of a contact": [c.contact_name[:2] for c in found],
        "address": [c.address[-12:] for c in found],
        "town and name": [f"{c.address[3:6]} {name[:2]}" for c, name in zip(found, names, strict=True)],
        "code": [c.code or "" for c in found],
        "what every second one has": ["株式会社", "本町", "東京都", "大阪府大阪市", "号店"],
        "what nobody has": ["鑿壺", "zzzz", "ヴヴヴ", "99999999", "無"],
    }


def _people(team: BenchTeam) -> Mapping[str, User]:
    return {"rep": team.rep, "manager": team.manager, "admin": team.admin}


def _ask_often(team: BenchTeam, texts: list[str]) -> list[float]:
    return [_ask(team, actor, text) for actor in _people(team).values() for text in texts]


def _ask(team: BenchTeam, actor: User, text: str) -> float:
    """Return the milliseconds of one question."""
    began = time.perf_counter()
    with team.database.read() as session:
        list_customers(session, actor, customer_filter=CustomerFilter(text=text), now=team.now, today=team.today, count_up_to=COUNTED)
    return (time.perf_counter() - began) * 1000


def _ask_map(team: BenchTeam) -> list[float]:
    """Return the milliseconds in which the map learns whom a text admits."""
    took = []
    for texts in _questions(team.database).values():
        for text in texts[:5]:
            began = time.perf_counter()
            with team.database.read() as session:
                matching_ids(session, team.admin, text=text, now=team.now)
            took.append((time.perf_counter() - began) * 1000)
    return took


def print_details(team: BenchTeam) -> None:
    """Print the table of questions."""
    print(f"{'question':30} {'p50 ms':>8} {'p95 ms':>8} {'most matches':>14}")
    every: list[float] = []
    for sort, texts in _questions(team.database).items():
        took = _ask_often(team, texts)
        every += took
        most = max(_matches(team, text) for text in texts)
        print(f"{sort:30} {median(took):8.1f} {percentile(took, 0.95):8.1f} {most:14,}")
    on_map = _ask_map(team)
    print(f"all questions: p50 {median(every):.1f} ms, p95 {percentile(every, 0.95):.1f} ms, longest {max(every):.1f} ms")
    print(f"on the map: p50 {median(on_map):.1f} ms, p95 {percentile(on_map, 0.95):.1f} ms, longest {max(on_map):.1f} ms")


def _matches(team: BenchTeam, text: str) -> int:
    with team.database.read() as session:
        wanted = CustomerFilter(text=text)
        return list_customers(session, team.admin, customer_filter=wanted, now=team.now, today=team.today, limit=1).matching


@contextmanager
def _given(url: str, customers: int) -> Iterator[BenchTeam]:
    database = Database(url)
    yield fill_team(database, customers=customers, visits=customers)
    database.dispose()


def main() -> None:
    """Fill a database if need be, and measure."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--customers", type=int, default=100_000)
    options.add_argument("--database-url", default="")
    chosen = options.parse_args()
    for kind in [""] if chosen.database_url else DATABASES:
        opened = (
            _given(chosen.database_url, chosen.customers)
            if chosen.database_url
            else team_on(kind, customers=chosen.customers, visits=chosen.customers)
        )
        with opened as team:
            print(f"\n{chosen.customers:,} customers on {team.database.engine.dialect.name}")
            print_details(team)


if __name__ == "__main__":
    main()
