"""A visit is recorded exactly once, moves what it should, and can be taken back within the hour."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from fieldsales.db.database import Database
from fieldsales.db.models import Customer, User, Visit
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.words import ChangeCause, Outcome
from fieldsales.errors import CustomerNotFound, NextDateInPast, NotFound, TextTooLong, VisitInFuture
from fieldsales.services.customers.customer_history import list_changes
from fieldsales.services.customers.customer_search import customer_details
from fieldsales.services.visits.visits import UndoTooLate, list_visits, record_visit, undo_visit

TOKYO = ZoneInfo("Asia/Tokyo")
Make = Callable[..., Customer]


def record(database: Database, actor: User, customer: Customer, now: datetime, *, client_ref: UUID | None = None, **values: Any) -> Visit:
    values = {"visited_at": now, "outcome": Outcome.MET} | values
    with database.write() as session:
        return record_visit(session, actor, customer_id=customer.id, client_ref=client_ref or uuid4(), zone=TOKYO, now=now, **values)


def details(database: Database, actor: User, customer: Customer) -> Any:
    with database.read() as session:
        return customer_details(session, actor, customer_id=customer.id)


def count_visits(database: Database) -> int:
    with database.read() as session:
        return session.scalar(select(func.count(Visit.id))) or 0


def test_a_visit_moves_likelihood_next_date_and_last_visit(database: Database, aiko: User, make_customer: Make, now: datetime) -> None:
    customer = make_customer(owner=aiko)
    record(database, aiko, customer, now, likelihood=Likelihood.A, next_on=date(2026, 11, 28), note="見積を依頼された")
    shown = details(database, aiko, customer)
    assert (shown.likelihood, shown.next_on, shown.last_visited_at) == (Likelihood.A, date(2026, 11, 28), now)
    assert shown.visits[0].note == "見積を依頼された"
    assert shown.visits[0].likelihood_before is Likelihood.UNRATED


def test_tapping_save_twice_records_one_visit(database: Database, aiko: User, make_customer: Make, now: datetime) -> None:
    customer, client_ref = make_customer(owner=aiko), uuid4()
    first = record(database, aiko, customer, now, client_ref=client_ref)
    second = record(database, aiko, customer, now + timedelta(seconds=1), client_ref=client_ref, note="また")
    assert first.id == second.id
    assert count_visits(database) == 1


def test_many_taps_at_once_record_one_visit(database: Database, aiko: User, make_customer: Make, now: datetime) -> None:
    customer, client_ref = make_customer(owner=aiko), uuid4()
    with ThreadPoolExecutor(6) as pool:
        ids = {visit.id for visit in pool.map(lambda _: record(database, aiko, customer, now, client_ref=client_ref), range(6))}
    assert len(ids) == count_visits(database) == 1


def test_a_reference_used_by_somebody_else_reveals_nothing(
    database: Database, people: dict[str, User], make_customer: Make, now: datetime
) -> None:
    client_ref = uuid4()
    record(database, people["aiko"], make_customer("甲", owner=people["aiko"]), now, client_ref=client_ref)
    with pytest.raises(CustomerNotFound):
        record(database, people["botan"], make_customer("乙", owner=people["botan"]), now, client_ref=client_ref)


def test_a_forgotten_visit_of_last_week_does_not_undo_yesterdays(
    database: Database, aiko: User, make_customer: Make, now: datetime
) -> None:
    customer = make_customer(owner=aiko)
    record(database, aiko, customer, now, visited_at=now - timedelta(days=1))
    record(database, aiko, customer, now, visited_at=now - timedelta(days=7))
    assert details(database, aiko, customer).last_visited_at == now - timedelta(days=1)


def test_a_visit_settles_the_promise_of_that_day_in_the_reps_zone(database: Database, aiko: User, make_customer: Make) -> None:
    early = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)  # 08:30 on the 21st in Tokyo
    customer = make_customer(owner=aiko, next_on=date(2026, 11, 21))
    record(database, aiko, customer, early)
    assert details(database, aiko, customer).next_on is None


def test_a_visit_leaves_a_later_promise_alone(database: Database, aiko: User, make_customer: Make, now: datetime) -> None:
    customer = make_customer(owner=aiko, next_on=date(2026, 11, 22))
    record(database, aiko, customer, now)
    assert details(database, aiko, customer).next_on == date(2026, 11, 22)


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"visited_at": datetime(2026, 11, 22, tzinfo=UTC)}, VisitInFuture),
        ({"next_on": date(2026, 11, 20)}, NextDateInPast),
        ({"note": "x" * 100_001}, TextTooLong),
    ],
)
def test_an_impossible_visit_is_refused(
    database: Database, aiko: User, make_customer: Make, now: datetime, values: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        record(database, aiko, make_customer(owner=aiko), now, **values)
    assert count_visits(database) == 0


def test_nobody_visits_a_customer_they_may_not_see(database: Database, people: dict[str, User], make_customer: Make, now: datetime) -> None:
    customer = make_customer(owner=people["botan"])
    with pytest.raises(CustomerNotFound):
        record(database, people["aiko"], customer, now)
    with pytest.raises(CustomerNotFound), database.read() as session:
        list_visits(session, people["aiko"], customer_id=customer.id)


def test_a_visit_does_not_disturb_who_is_editing_unless_it_changes_what_they_edit(
    database: Database, aiko: User, make_customer: Make, now: datetime
) -> None:
    customer = make_customer(owner=aiko)
    record(database, aiko, customer, now)
    assert details(database, aiko, customer).version == customer.version
    record(database, aiko, customer, now, likelihood=Likelihood.B)
    assert details(database, aiko, customer).version > customer.version


def test_the_history_names_the_visit_that_moved_the_likelihood(database: Database, aiko: User, make_customer: Make, now: datetime) -> None:
    customer = make_customer(owner=aiko)
    record(database, aiko, customer, now, likelihood=Likelihood.WON, outcome=Outcome.ORDER)
    with database.read() as session:
        change = list_changes(session, aiko, customer_id=customer.id)[0]
    assert (change.cause, change.after) == (ChangeCause.VISIT, {"likelihood": "won"})


def test_undo_takes_the_visit_and_what_it_moved_back(database: Database, aiko: User, make_customer: Make, now: datetime) -> None:
    customer = make_customer(owner=aiko, next_on=date(2026, 11, 21))
    earlier = record(database, aiko, customer, now, visited_at=now - timedelta(days=3), next_on=date(2026, 11, 21))
    visit = record(database, aiko, customer, now, likelihood=Likelihood.A, next_on=date(2026, 12, 1))
    with database.write() as session:
        undo_visit(session, aiko, visit_id=visit.id, now=now + timedelta(minutes=1))
    shown = details(database, aiko, customer)
    assert (shown.likelihood, shown.next_on) == (Likelihood.UNRATED, date(2026, 11, 21))
    assert [v.id for v in shown.visits] == [earlier.id]
    assert shown.last_visited_at == now - timedelta(days=3)


def test_undo_leaves_alone_what_somebody_changed_since(database: Database, aiko: User, make_customer: Make, now: datetime) -> None:
    customer = make_customer(owner=aiko)
    visit = record(database, aiko, customer, now, likelihood=Likelihood.A)
    record(database, aiko, customer, now, likelihood=Likelihood.C)
    with database.write() as session:
        undo_visit(session, aiko, visit_id=visit.id, now=now)
    assert details(database, aiko, customer).likelihood is Likelihood.C


def test_only_ones_own_visit_of_the_last_hour_can_be_undone(
    database: Database, people: dict[str, User], make_customer: Make, now: datetime
) -> None:
    visit = record(database, people["aiko"], make_customer(owner=people["aiko"]), now)
    with database.write() as session:
        with pytest.raises(NotFound):
            undo_visit(session, people["chie"], visit_id=visit.id, now=now)
        with pytest.raises(UndoTooLate):
            undo_visit(session, people["aiko"], visit_id=visit.id, now=now + timedelta(hours=2))
