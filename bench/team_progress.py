"""Progress of a team: how long each query and the whole first screen take with 100,000 customers, 50 reps and 1,000,000 visits."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from uuid import UUID

from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from bench.databases import DATABASES
from bench.figures import Figure, Options, at_most, percentile, seconds_of
from bench.team import BenchTeam, team_on
from fieldsales.db.models import Purchase, Target, User
from fieldsales.domain.progress import parts_of
from fieldsales.domain.spans import Span
from fieldsales.domain.team_filter import TeamFilter
from fieldsales.domain.words import TargetKind
from fieldsales.services import team_counts
from fieldsales.services.team_moves import read_moves
from fieldsales.services.team_pipeline import read_pipeline
from fieldsales.services.team_progress import read_progress
from fieldsales.services.team_scope import read_scope

TARGET_MS = 300
SPANS = ("2026-11", "2026-Q4", "2026")
VISITS_EACH = 10
PURCHASES, MOVE_EVERY = 100_000, 10
RUNS = 12


def measure(options: Options) -> Iterator[Figure]:
    """Measure on both databases."""
    for kind in DATABASES:
        with team_on(kind, customers=options.customers, visits=VISITS_EACH * options.customers) as team:
            with team.database.write() as session:
                _sell(session, team)
            if not team.database.is_sqlite:
                with team.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                    connection.execute(text("VACUUM ANALYZE"))
            gc.collect()
            gc.freeze()  # as the server does once it has started
            for who, user in (("manager", team.manager), ("rep", team.rep)):
                for span in SPANS:
                    yield from _figures(kind, team, who, user, TeamFilter(Span.read(span)))


def _figures(kind: str, team: BenchTeam, who: str, user: User, asked: TeamFilter) -> Iterator[Figure]:
    for name, ask in _queries(team, user, asked).items():
        taken = [1000 * seconds_of(lambda ask=ask: _asking(team, ask)) for _ in range(RUNS)]  # type: ignore[misc]
        limit = TARGET_MS if name != "first screen" else None
        said = f"{kind}: {who}, {asked.span}, {name}, p95"
        value = percentile(taken, 0.95)
        yield at_most(said, value, limit, "ms") if limit is not None else Figure(said, f"{value:,.0f} ms")


def _asking(team: BenchTeam, ask: Callable[[Session], object]) -> None:
    with team.database.read() as session:
        ask(session)


def _queries(team: BenchTeam, user: User, asked: TeamFilter) -> dict[str, Callable[[Session], object]]:
    pieces = team_counts.cut(parts_of(asked.span), today=team.today, zone=team.zone)
    with team.database.read() as session:
        ids = read_scope(session, user, team_filter=asked).user_ids
    return {
        "contacts": lambda session: team_counts.count_contacts(session, ids, pieces, asked),
        "first visits": lambda session: team_counts.count_first_meetings(session, ids, pieces, asked),
        "orders": lambda session: team_counts.count_orders(session, ids, pieces, asked),
        "moves": lambda session: read_moves(session, user, team_filter=asked, zone=team.zone),
        "pipeline": lambda session: read_pipeline(session, user, team_filter=asked),
        "first screen": lambda session: read_progress(session, user, team_filter=asked, today=team.today, zone=team.zone),
    }


def _sell(session: Session, team: BenchTeam) -> None:
    """Store orders, targets, and a move of the likelihood for one visit in ten."""
    session.execute(
        insert(Purchase),
        [
            {"client_ref": UUID(int=n), "customer_id": n % team.customers + 1, "user_id": team.rep.id + n % 50, "amount": 120_000,
             "bought_on": team.today.fromordinal(team.today.toordinal() - n % 700), "item": "給湯器", "created_at": team.now}
            for n in range(1, PURCHASES + 1)
        ],
    )  # fmt: skip
    cell = {"month": team.today.replace(day=1), "set_by_id": team.manager.id, "set_at": team.now}
    session.execute(insert(Target), [cell | {"kind": k, "user_id": team.rep.id + n, "value": 100} for k in TargetKind for n in range(50)])
    as_json = "{}" if team.database.is_sqlite else "({})::json"
    before, after = (as_json.format(f"""'{{"likelihood": "{rank}"}}'""") for rank in "CB")
    session.execute(
        text(
            "INSERT INTO customer_changes (customer_id, changed_by_id, changed_at, cause, visit_id, before, after, likelihood_before, "
            f"likelihood_after) SELECT customer_id, user_id, visited_at, 'visit', id, {before}, {after}, 'C', 'B' FROM visits "
            f"WHERE id % {MOVE_EVERY} = 0 ORDER BY visited_at"
        )
    )
