"""Progress of a team: how long each query and whole screens take with 100,000 customers, 50 reps and 1,000,000 visits."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator

from sqlalchemy.orm import Session

from bench.databases import DATABASES
from bench.figures import Figure, Options, at_most, percentile, seconds_of
from bench.team import BenchTeam, team_on
from fieldsales.db.models import User
from fieldsales.domain.progress import parts_of
from fieldsales.domain.spans import Span
from fieldsales.domain.team_filter import TeamFilter
from fieldsales.services.team import team_counts
from fieldsales.services.team.team_moves import read_moves
from fieldsales.services.team.team_pipeline import read_pipeline
from fieldsales.services.team.team_progress import read_progress
from fieldsales.services.team.team_scope import read_scope
from fieldsales.services.team.team_summary import read_summary

TARGET_MS = 300
SPANS = ("2026-11", "2026-Q4", "2026")
VISITS_EACH = 10
RUNS = 12


def measure(options: Options) -> Iterator[Figure]:
    """Measure on both databases."""
    for kind in DATABASES:
        with team_on(kind, customers=options.customers, visits=VISITS_EACH * options.customers) as team:
            gc.collect()
            gc.freeze()  # as the server does once it has started
            for who, user in (("manager", team.manager), ("rep", team.rep)):
                for span in SPANS:
                    yield from _figures(kind, team, who, user, TeamFilter(Span.read(span)))
            for span in SPANS:
                yield _summary(kind, team, TeamFilter(Span.read(span)))


def _figures(kind: str, team: BenchTeam, who: str, user: User, asked: TeamFilter) -> Iterator[Figure]:
    for name, ask in _queries(team, user, asked).items():
        taken = [1000 * seconds_of(lambda ask=ask: _asking(team, ask)) for _ in range(RUNS)]  # type: ignore[misc]
        limit = TARGET_MS if name != "first screen" else None
        said = f"{kind}: {who}, {asked.span}, {name}, p95"
        value = percentile(taken, 0.95)
        yield at_most(said, value, limit, "ms") if limit is not None else Figure(said, f"{value:,.0f} ms")


def _summary(kind: str, team: BenchTeam, asked: TeamFilter) -> Figure:
    times = {"today": team.today, "zone": team.zone, "now": team.now}

    def read(session: Session) -> object:
        return read_summary(session, team.manager, team_filter=asked, against=asked.span.before(), **times)

    taken = [1000 * seconds_of(lambda: _asking(team, read)) for _ in range(RUNS)]
    return Figure(f"{kind}: manager, {asked.span}, summary with the span before, p95", f"{percentile(taken, 0.95):,.0f} ms")


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
