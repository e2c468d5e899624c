"""Calibration: how long it takes to say what ranks were worth, which A's are stale and what history suggests; and a night's learning.

The team's past (`bench.team_past`) holds the decided deals. While a score is learned, a customer's page goes on being asked for:
the table says how much longer that takes.
"""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

from sqlalchemy import select

from bench.databases import DATABASES
from bench.figures import Figure, Options, at_most, percentile, seconds_of
from bench.team import BenchTeam, team_on
from bench.team_past import TAGS
from fieldsales.adapters.scoring import ProcessTrainer
from fieldsales.db.models import Customer
from fieldsales.domain.likelihood import OPEN
from fieldsales.domain.scoring import Score
from fieldsales.domain.spans import Span
from fieldsales.domain.team_filter import TeamFilter
from fieldsales.services.customers.customer_search import customer_details
from fieldsales.services.honesty.calibration import DecidedIn, read_calibration, read_stale
from fieldsales.services.honesty.kept_deals import PORTION, holds_to, keep_portion
from fieldsales.services.honesty.scores import keep_score, read_corrections, read_learning, suggest_rank

TARGET_MS = 300
SUGGESTED = 40
MONTH = TeamFilter(Span.read("2026-11"))


def measure(options: Options) -> Iterator[Figure]:
    """Measure on both databases."""
    for kind in DATABASES:
        with team_on(kind, customers=options.customers) as team:
            gc.collect()
            gc.freeze()  # as the server does once it has started
            yield from _kept(kind, team)
            yield from _asked(kind, team, options)
            yield from _learned(kind, team, options)


def _kept(kind: str, team: BenchTeam) -> Iterator[Figure]:
    """Keep all deals ready, as the worker does at night, in portions that others wait for."""
    taken, count = [], 0
    for first in range(1, team.customers + 1, PORTION):
        with team.database.write() as session:
            began = time.perf_counter()
            count += keep_portion(session, first_id=first, last_id=first + PORTION - 1)
        taken.append(time.perf_counter() - began)
    with team.database.write() as session:
        holds_to(session, team.now)
    yield Figure(f"{kind}: keeping {count:,} decided deals ready", f"{sum(taken):.1f} s", compared_to=f"longest portion {max(taken):.2f} s")


def _asked(kind: str, team: BenchTeam, options: Options) -> Iterator[Figure]:
    one_team, one_rep = replace(MONTH, team_ids=frozenset({1})), replace(MONTH, user_ids=frozenset({team.rep.id}))
    tagged = replace(MONTH, tags=frozenset({TAGS[0]}))
    wanted = [
        ("the last 12 months, everybody", MONTH, DecidedIn.YEAR),
        ("all years, everybody", MONTH, DecidedIn.ALL),
        ("this month, everybody", MONTH, DecidedIn.PERIOD),
        ("the last 12 months, one team", one_team, DecidedIn.YEAR),
        ("the last 12 months, one rep", one_rep, DecidedIn.YEAR),
        ("the last 12 months, one tag", tagged, DecidedIn.YEAR),
    ]
    for name, asked, decided_in in wanted:
        deals = _calibrate(team, asked, decided_in)
        taken = [1000 * seconds_of(lambda a=asked, d=decided_in: _calibrate(team, a, d)) for _ in range(4 * options.runs)]
        yield at_most(f"{kind}: calibration, {name} ({deals:,} deals), p95", percentile(taken, 0.95), TARGET_MS, "ms")
    taken = [1000 * seconds_of(lambda: _stale(team)) for _ in range(4 * options.runs)]
    yield at_most(f"{kind}: stale A's, p95", percentile(taken, 0.95), TARGET_MS, "ms")


def _learned(kind: str, team: BenchTeam, options: Options) -> Iterator[Figure]:
    with team.database.read() as session:
        ids = list(session.scalars(select(Customer.id).where(Customer.likelihood.in_(OPEN)).order_by(Customer.id).limit(SUGGESTED)))
    before = percentile([1000 * seconds_of(lambda i=i: _open_page(team, i)) for i in ids], 0.95)
    ended, waited = threading.Event(), []

    def look() -> None:
        while not ended.is_set():
            waited.extend(1000 * seconds_of(lambda i=i: _open_page(team, i)) for i in ids[:5])

    looking = threading.Thread(target=look)
    looking.start()
    scores: list[Score] = []
    took = seconds_of(lambda: scores.append(_learn(team)))
    ended.set()
    looking.join()
    yield Figure(f"{kind}: a night's learning from {scores[0].deals:,} deals", f"{took:.1f} s")
    yield Figure(f"{kind}: a customer read meanwhile, p95", f"{percentile(waited, 0.95):.0f} ms", compared_to=f"{before:.0f} ms otherwise")
    yield _measured(f"{kind}: suggestion for a customer, p95", lambda i: _suggest(team, i), ids)
    taken = [1000 * seconds_of(lambda: _corrections(team)) for _ in range(4 * options.runs)]
    yield at_most(f"{kind}: corrections for the map, p95", percentile(taken, 0.95), TARGET_MS, "ms")


def _measured(name: str, ask: Callable[[int], object], ids: list[int]) -> Figure:
    return at_most(name, percentile([1000 * seconds_of(lambda i=i: ask(i)) for i in ids], 0.95), TARGET_MS, "ms")


def _calibrate(team: BenchTeam, asked: TeamFilter, decided_in: DecidedIn) -> int:
    with team.database.read() as session:
        view = read_calibration(session, team.manager, team_filter=asked, decided_in=decided_in, today=team.today, zone=team.zone)
    return view.everybody.count


def _stale(team: BenchTeam) -> None:
    with team.database.read() as session:
        read_stale(session, team.manager, team_filter=MONTH, days=30, now=team.now)


def _open_page(team: BenchTeam, customer_id: int) -> None:
    with team.database.read() as session:
        customer_details(session, team.manager, customer_id=customer_id)


def _suggest(team: BenchTeam, customer_id: int) -> None:
    with team.database.read() as session:
        suggest_rank(session, team.manager, customer_id=customer_id, now=team.now)


def _corrections(team: BenchTeam) -> None:
    with team.database.read() as session:
        read_corrections(session, team.manager, now=team.now)


def _learn(team: BenchTeam) -> Score:
    """Learn as the worker does, and make the score one that foretells, so that suggesting has its whole work to do."""
    with team.database.read() as session:
        learning = read_learning(session, now=team.now)
    trained = ProcessTrainer().train(learning.table)
    score = Score(len(learning.table.won), sum(learning.table.won), replace(trained, rank_log_loss=9.9), learning.corrections)
    with team.database.write() as session:
        keep_score(session, score, now=team.now)
    return score
