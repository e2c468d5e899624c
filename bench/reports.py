"""Reports: how long the facts of a day, a week and a month take to gather, and a PDF to write, with 1,000,000 visits stored.

A rep looks after 2,000 customers and calls on each every 60 days: 33 visits a day, 1,000 a month, one rep in fifty. Visits and what
they changed are stored in the order of time, as a team stores them.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial
from uuid import UUID

from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from bench.databases import DATABASES
from bench.figures import Figure, Options, at_most, percentile, seconds_of
from bench.team import REPS, BenchTeam, team_on
from fieldsales.adapters.documents import write_pdf
from fieldsales.db.models import Purchase
from fieldsales.domain.reports import first_day, previous_start
from fieldsales.domain.words import Period
from fieldsales.i18n import text_for
from fieldsales.services.reports.reports import build_facts, read_report
from fieldsales.ui.reports.report_document import document_of
from fieldsales.ui.reports.report_words import ReportWords

TARGET_MS = 150
PERIODS = {Period.DAY: 60, Period.WEEK: 12, Period.MONTH: 6}  # how many of each, the newest first
PURCHASES = 2_000
VISITS_EACH, DAYS_BETWEEN = 10, 60


def measure(options: Options) -> Iterator[Figure]:
    """Measure on both databases."""
    for kind in DATABASES:
        with team_on(kind, customers=options.customers, visits=0) as team:
            with team.database.write() as session:
                _live(session, team)
            if not team.database.is_sqlite:
                with team.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                    connection.execute(text("VACUUM ANALYZE"))
            yield from _figures(kind, team, options)


def _figures(kind: str, team: BenchTeam, options: Options) -> Iterator[Figure]:
    gc.collect()
    gc.freeze()  # as the server does once it has started
    for period, count in PERIODS.items():
        starts_on, taken = first_day(period, team.today), []
        for _ in range(count):
            taken += [1000 * seconds_of(partial(_build, team, period, starts_on)) for _ in range(options.runs)]
            starts_on = previous_start(period, starts_on)
        yield at_most(f"{kind}: facts of a {period.value}, p95 of the last {count}", percentile(taken, 0.95), TARGET_MS, "ms")
    with team.database.read() as session:
        view = read_report(session, team.rep, user_id=team.rep.id, period=Period.DAY, starts_on=team.today, zone=team.zone, now=team.now)
    document = document_of(view, ReportWords(text_for("ja"), team.zone, team.today))
    taken = [1000 * seconds_of(lambda: write_pdf(document)) for _ in range(20)]
    yield Figure(f"{kind}: a day's report as PDF, p95", f"{percentile(taken, 0.95):.0f} ms")


def _build(team: BenchTeam, period: Period, starts_on: date) -> None:
    with team.database.read() as session:
        build_facts(session, team.rep, user_id=team.rep.id, period=period, starts_on=starts_on, zone=team.zone, now=team.now)


def _live(session: Session, team: BenchTeam) -> None:
    """Store ten visits a customer and what each changed: it settles that day's date, sets the next, and moves one likelihood in ten."""
    sqlite = team.database.is_sqlite
    day, following = (
        ("date(v.visited_at)", "date(v.visited_at, '+60 days')") if sqlite else ("v.visited_at::date", "v.visited_at::date + 60")
    )
    before, after = (
        f"""'{{"next_on": "' || ({on}) || '"' || CASE WHEN v.id % 10 = 0 THEN ', "likelihood": "{rank}"' ELSE '' END || '}}'"""
        for on, rank in ((day, "C"), (following, "B"))
    )
    as_json = "{}" if sqlite else "({})::json"
    session.execute(text("DELETE FROM visits"))
    session.execute(text(_visits(sqlite)), {"now": team.now.replace(tzinfo=None) if sqlite else team.now})
    session.execute(
        text(
            "INSERT INTO customer_changes (customer_id, changed_by_id, changed_at, cause, visit_id, before, after) "
            "SELECT v.customer_id, v.user_id, v.visited_at, 'visit', v.id, "
            f"{as_json.format(before)}, {as_json.format(after)} FROM visits v ORDER BY v.id"
        )
    )
    days = [team.today - timedelta(days=number % 700) for number in range(PURCHASES)]
    purchases = [
        {"client_ref": UUID(int=number), "customer_id": number % 50 + 1, "user_id": team.rep.id, "bought_on": day, "item": "給湯器",
         "amount": 120_000, "created_at": team.now}
        for number, day in enumerate(days, start=1)
    ]  # fmt: skip
    session.execute(insert(Purchase), purchases)


def _visits(sqlite: bool) -> str:
    """Return the statement that gives every customer ten visits, one each 60 days, customers on different days of them."""
    ago = f"((c.id / {REPS}) % {DAYS_BETWEEN} + {DAYS_BETWEEN} * n.k)"
    moment = f"datetime(:now, '-' || {ago} || ' days') || '.000000'" if sqlite else f"(:now)::timestamptz - {ago} * interval '1 day'"
    number = "(c.id * 1000 + n.k)"
    reference = f"printf('%032x', {number})" if sqlite else f"CAST(lpad(to_hex({number}), 32, '0') AS uuid)"
    return f"""
        INSERT INTO visits
            (client_ref, customer_id, user_id, version, kind, outcome, visited_at, note, likelihood_before, likelihood_after, created_at,
             deleted_reason)
        WITH RECURSIVE n(k) AS (SELECT 0 UNION ALL SELECT k + 1 FROM n WHERE k + 1 < {VISITS_EACH})
        SELECT {reference}, c.id, c.owner_id, 1, CASE WHEN n.k % 4 = 3 THEN 'call' ELSE 'visit' END,
            CASE n.k % 3 WHEN 0 THEN 'met' WHEN 1 THEN 'absent' ELSE 'quote' END, {moment},
            CASE WHEN n.k % 2 = 0 THEN '担当者と面談。次回は見積を持参する。' ELSE '' END, c.likelihood, c.likelihood, {moment}, ''
        FROM customers c CROSS JOIN n ORDER BY {ago} DESC, c.id
    """
