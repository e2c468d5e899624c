"""The customer's page and the card over the map: how long the server takes to read them, with 1,000,000 visits stored."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from functools import partial

from sqlalchemy.orm import Session

from bench.databases import DATABASES
from bench.figures import Figure, Options, at_most, percentile, seconds_of
from bench.team import BenchTeam, team_on
from fieldsales.services.customers import attachments, purchases, timeline
from fieldsales.services.customers.briefs import write_brief
from fieldsales.services.customers.customer_page import read_customer_page
from fieldsales.services.customers.customer_search import customer_details
from fieldsales.services.duplicates import duplicates
from fieldsales.services.pins import pin_proposals
from fieldsales.services.visits import check_ins

TARGET_MS = 150
ASKED = 100
FIRST_PORTION = 20


def measure(options: Options) -> Iterator[Figure]:
    """Measure on both databases."""
    for kind in DATABASES:
        with team_on(kind, customers=options.customers, visits=10 * options.customers) as team:
            yield from _figures(kind, team)


def _figures(kind: str, team: BenchTeam) -> Iterator[Figure]:
    """Read pages and cards of customers drawn with a fixed seed; the first one, which prepares the statements, is not counted."""
    parts: dict[str, Callable[[BenchTeam, int], None]] = {"customer page": _read_page, "card over the map": _read_card}
    for name, read in parts.items():
        chance = random.Random(20261122)
        taken = [1000 * seconds_of(partial(read, team, chance.randint(1, team.customers))) for _ in range(ASKED + 1)][1:]
        yield at_most(f"{kind}: {name}, p95 of {ASKED}", percentile(taken, 0.95), TARGET_MS, "ms")


def _read_page(team: BenchTeam, customer_id: int) -> None:
    """Read all that the sections of the page show at first."""
    with team.database.read() as session:
        read_customer_page(session, team.admin, customer_id=customer_id)
        timeline.read_timeline(session, team.admin, customer_id=customer_id, limit=FIRST_PORTION, zone=team.zone)
        purchases.sales_summary(session, team.admin, customer_id=customer_id, today=team.today)
        attachments.list_attachments(session, team.admin, customer_id=customer_id)
        _read_hints(session, team, customer_id)


def _read_hints(session: Session, team: BenchTeam, customer_id: int) -> None:
    check_ins.list_check_ins(session, team.admin, customer_id=customer_id)
    pin_proposals.propose_pin(session, team.admin, customer_id=customer_id, zone=team.zone)
    duplicates.find_duplicates(session, team.admin, customer_id=customer_id, limit=1)


def _read_card(team: BenchTeam, customer_id: int) -> None:
    with team.database.read() as session:
        customer_details(session, team.admin, customer_id=customer_id)
        write_brief(session, team.admin, customer_id=customer_id)
