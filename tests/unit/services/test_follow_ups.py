"""What today asks of whom."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

from fieldsales.db.database import Database
from fieldsales.db.models import User
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.words import Outcome
from fieldsales.services.follow_ups import SHOWN, FollowUps, plan_follow_ups
from fieldsales.services.visits import record_visit
from tests.conftest import CustomerFactory

TOKYO = ZoneInfo("Asia/Tokyo")


def plan(database: Database, actor: User, now: datetime, today: date) -> FollowUps:
    with database.read() as session:
        return plan_follow_ups(session, actor, now=now, today=today, zone=TOKYO)


def test_promised_dates_are_overdue_due_or_coming(
    database: Database, aiko: User, make_customer: CustomerFactory, now: datetime, today: date
) -> None:
    for name, days in [("late", -3), ("later", -1), ("today", 0), ("tomorrow", 1), ("in a week", 7), ("in eight days", 8)]:
        make_customer(name, owner=aiko, next_on=today + timedelta(days=days))
    day = plan(database, aiko, now, today)
    assert [row.name for row in day.overdue.rows] == ["late", "later"]
    assert [row.name for row in day.due_today.rows] == ["today"]
    assert day.coming == 2
    assert day.customers == 6


def test_likely_deals_left_alone_are_named_until_a_date_is_set(
    database: Database, aiko: User, make_customer: CustomerFactory, now: datetime, today: date
) -> None:
    def customer(name: str, likelihood: Likelihood, unseen_days: int | None, **values: object) -> None:
        seen = None if unseen_days is None else now - timedelta(days=unseen_days)
        make_customer(name, owner=aiko, likelihood=likelihood, last_visited_at=seen, **values)

    customer("A never", Likelihood.A, None)
    customer("A 15", Likelihood.A, 15)
    customer("A 13", Likelihood.A, 13)
    customer("B 31", Likelihood.B, 31)
    customer("B 29", Likelihood.B, 29)
    customer("C 300", Likelihood.C, 300)
    customer("A with a date", Likelihood.A, 60, next_on=today + timedelta(days=30))
    customer("A archived", Likelihood.A, 60, archived_at=now)
    assert {row.name for row in plan(database, aiko, now, today).neglected.rows} == {"A never", "A 15", "B 31"}


def test_a_rep_is_asked_for_their_own_customers_and_a_manager_for_the_teams(
    database: Database, people: dict[str, User], make_customer: CustomerFactory, now: datetime, today: date
) -> None:
    make_customer("Aiko's", owner=people["aiko"], next_on=today)
    make_customer("the team's, nobody's", team_id=people["aiko"].team_id, next_on=today)
    make_customer("Botan's", owner=people["botan"], next_on=today)
    seen = {name: {row.name for row in plan(database, user, now, today).due_today.rows} for name, user in people.items()}
    assert seen["aiko"] == {"Aiko's"}
    assert seen["botan"] == {"Botan's"}
    assert seen["chie"] == {"Aiko's", "the team's, nobody's"}
    assert seen["dai"] == {"Aiko's", "the team's, nobody's", "Botan's"}


def test_a_long_list_is_cut_and_counted(database: Database, aiko: User, make_customer: CustomerFactory, now: datetime, today: date) -> None:
    for number in range(SHOWN + 3):
        make_customer(f"late {number}", owner=aiko, next_on=today - timedelta(days=1))
    overdue = plan(database, aiko, now, today).overdue
    assert (len(overdue.rows), overdue.total) == (SHOWN, SHOWN + 3)


def test_visits_count_by_the_users_day_not_by_utc(
    database: Database, aiko: User, botan: User, make_customer: CustomerFactory, now: datetime, today: date
) -> None:
    customer = make_customer(owner=aiko)
    midnight = datetime.combine(today, datetime.min.time(), tzinfo=TOKYO)
    for moment in (midnight, midnight - timedelta(minutes=1)):
        with database.write() as session:
            record_visit(
                session, aiko, customer_id=customer.id, visited_at=moment, outcome=Outcome.MET, client_ref=uuid4(), now=now, zone=TOKYO
            )
    assert plan(database, aiko, now, today).visited_today == 1
    assert plan(database, botan, now, today).visited_today == 0
