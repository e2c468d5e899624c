"""Who is due: the domain, the database and the map say the same of everybody."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from fieldsales.db.database import Database
from fieldsales.db.models import Customer, User
from fieldsales.domain import do_not_visit
from fieldsales.domain.cadence import DueRule, DueState, cadence_of, due_state, faded
from fieldsales.domain.customer_filter import CustomerFilter
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.map_box import MapBox
from fieldsales.domain.team_options import TeamOptions
from fieldsales.services.customers import due
from fieldsales.services.customers.customer_search import list_customers
from fieldsales.services.map.map_due import due_mask, standings_of
from fieldsales.services.map.map_index import MapIndex
from fieldsales.services.options import save_options
from tests.conftest import CustomerFactory

TOKYO = ZoneInfo("Asia/Tokyo")


def expected_state(customer: Customer, rule: DueRule) -> DueState:
    """Say it as the domain and the words of `services.customers.due` do."""
    seen_on = (customer.last_visited_at or customer.created_at).astimezone(TOKYO).date()
    cadence = cadence_of(customer.cadence_days, customer.likelihood, rule.options)
    barred = do_not_visit.in_force(customer.do_not_visit, customer.do_not_visit_until, rule.today)
    rhythm = due_state(seen_on, None if barred else cadence, rule.today)
    if customer.next_on is None:
        return rhythm
    if customer.next_on < rule.today:
        return DueState.OVERDUE
    return DueState.DUE if customer.next_on == rule.today or rhythm is not DueState.NONE else DueState.NONE


@pytest.fixture
def crowd(database: Database, aiko: User, make_customer: Callable[..., Customer], now: datetime, today: date) -> list[Customer]:
    """Customers of every mixture of rank, rhythm, last visit, date and ban."""
    dice = random.Random(7)
    return [
        make_customer(
            f"客先 {i}",
            owner=aiko,
            likelihood=dice.choice(list(Likelihood)),
            cadence_days=dice.choice([None, None, None, 0, 10, 45]),
            last_visited_at=dice.choice([None, now - timedelta(hours=dice.randrange(24 * 150))]),
            created_at=now - timedelta(days=dice.randrange(200)),
            next_on=dice.choice([None, None, *(today + timedelta(days=d) for d in (-9, -1, 0, 1, 20))]),
            do_not_visit=dice.random() < 0.2,
            do_not_visit_until=dice.choice([None, today, today - timedelta(days=1)]),
            lat=34.3,
            lon=134.0 + i / 1000,
        )
        for i in range(120)
    ]


def test_database_and_map_find_due_whom_the_domain_calls_due(database: Database, crowd: list[Customer], today: date) -> None:
    columns = MapIndex().snapshot(database).columns
    with database.read() as session:
        rule = due.read_rule(session, today=today, zone=TOKYO)
        for state in DueState:
            wanted = {customer.id for customer in crowd if expected_state(customer, rule) is state}
            assert len(wanted) > 10
            assert set(session.scalars(select(Customer.id).where(due.due_condition(rule, [state])))) == wanted
            assert set(columns.id[due_mask(columns, rule, [state])].tolist()) == wanted


def test_the_parts_of_a_large_teams_query_make_the_whole(database: Database, crowd: list[Customer], today: date) -> None:
    with database.read() as session:
        rule = due.read_rule(session, today=today, zone=TOKYO)
        parts = [*due.overdue_by_rank(rule), due.overdue_by_own(rule)]
        found = [customer_id for part in parts for customer_id in session.scalars(select(Customer.id).where(part))]
        assert len(found) == len(set(found)) > 10
        assert set(found) == set(session.scalars(select(Customer.id).where(due.overdue_by_cadence(rule))))


def test_the_list_filtered_by_due_shows_the_same_customers(
    database: Database, aiko: User, crowd: list[Customer], now: datetime, today: date
) -> None:
    wanted = CustomerFilter.from_query({"due": ["due,overdue"]})
    with database.read() as session:
        rule = due.read_rule(session, today=today, zone=TOKYO)
        found = list_customers(session, aiko, customer_filter=wanted, now=now, today=today, zone=TOKYO, limit=200)
    assert {row.id for row in found.rows} == {c.id for c in crowd if expected_state(c, rule) is not DueState.NONE}
    assert found.matching == len(found.rows)


def test_a_likelihood_is_drawn_paler_by_its_half_lives(database: Database, crowd: list[Customer], today: date) -> None:
    columns = MapIndex().snapshot(database).columns
    rule = DueRule.on(today, TOKYO, TeamOptions())
    by_id = {customer.id: customer for customer in crowd}
    rows = columns.rows_of(columns.id)
    for row, standing in zip(rows.tolist(), standings_of(columns, rows, rule), strict=True):
        customer = by_id[int(columns.id[row])]
        seen_on = (customer.last_visited_at or customer.created_at).astimezone(TOKYO).date()
        lost = faded(customer.likelihood, seen_on, today, rule.options)
        assert standing.faded == (0 if lost < 0.5 else 1 if lost < 0.75 else 2)


def test_what_was_merged_or_archived_is_never_due(
    database: Database, aiko: User, make_customer: CustomerFactory, now: datetime, today: date
) -> None:
    long_ago = now - timedelta(days=400)
    kept = make_customer("残す", owner=aiko, likelihood=Likelihood.A, last_visited_at=long_ago)
    make_customer("統合済み", owner=aiko, likelihood=Likelihood.A, last_visited_at=long_ago, merged_into_id=kept.id)
    make_customer("アーカイブ", owner=aiko, likelihood=Likelihood.A, last_visited_at=long_ago, archived_at=now)
    with database.read() as session:
        rule = due.read_rule(session, today=today, zone=TOKYO)
        assert session.scalars(select(Customer.id).where(due.due_condition(rule, [DueState.DUE, DueState.OVERDUE]))).all() == [kept.id]


def test_the_administrators_intervals_hold_from_the_next_look_on(
    database: Database, aiko: User, dai: User, make_customer: CustomerFactory, now: datetime, today: date
) -> None:
    make_customer("面談先", owner=aiko, likelihood=Likelihood.B, last_visited_at=now - timedelta(days=8))
    make_customer("要対応なし", owner=aiko, likelihood=Likelihood.C, last_visited_at=now - timedelta(days=800))
    with database.write() as session:
        save_options(session, dai, options=TeamOptions(cadence_days={Likelihood.B: 8}), now=now)
    with database.read() as session:
        rule = due.read_rule(session, today=today, zone=TOKYO)
        assert session.scalars(select(Customer.name).where(due.due_condition(rule, [DueState.OVERDUE]))).all() == ["面談先"]


def test_a_pin_says_how_its_customer_stands(
    database: Database, aiko: User, make_customer: CustomerFactory, now: datetime, today: date
) -> None:
    def customer(name: str, unseen_days: int, **values: object) -> None:
        place = {"lat": 34.0 + len(made) / 10, "lon": 134.0}
        seen = now - timedelta(days=unseen_days)
        made.append(make_customer(name, owner=aiko, likelihood=Likelihood.A, last_visited_at=seen, **place, **values))

    made: list[Customer] = []
    customer("fresh", 3)
    customer("due", 10)
    customer("overdue", 31)
    customer("date to come", 61, next_on=today + timedelta(days=1))
    customer("today", 3, next_on=today)
    customer("late", 3, next_on=today - timedelta(days=1))
    box = MapBox(133, 33, 135, 36)
    found = MapIndex().features(database, aiko, bbox=box, zoom=18, customer_filter=CustomerFilter(), now=now, zone=TOKYO)
    pins = {f["properties"]["name"]: (f["properties"]["due"], f["properties"].get("faded")) for f in found["features"]}
    assert pins == {
        "fresh": (None, None),
        "due": ("due", None),
        "overdue": ("overdue", 1),
        "date to come": ("due", 2),
        "today": ("today", None),
        "late": ("overdue", None),
    }
