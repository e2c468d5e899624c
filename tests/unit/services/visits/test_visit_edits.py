"""Editing and deleting one's own visits: kept in the history, followed by the customer only where nobody has spoken since."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from fieldsales.db.database import Database
from fieldsales.db.models import Customer, User, Visit
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.words import Outcome, VisitKind
from fieldsales.errors import CustomerNotFound, NextDateInPast, NotAllowed, NotFound, TextTooLong, VisitInFuture
from fieldsales.services.customers.customer_input import input_of
from fieldsales.services.customers.customers import open_for_change, update_customer
from fieldsales.services.visits import visits
from fieldsales.services.visits.visit_history import VisitChangeRow, list_visit_changes
from fieldsales.services.visits.visits import MissingReason, VisitEdit, VisitEdited, delete_visit, edit_visit, record_visit
from tests.conftest import CustomerFactory

TOKYO = ZoneInfo("Asia/Tokyo")


def record(database: Database, actor: User, customer: Customer, now: datetime, **values: Any) -> Visit:
    values = {"visited_at": now, "outcome": Outcome.MET} | values
    with database.write() as session:
        return record_visit(session, actor, customer_id=customer.id, client_ref=uuid4(), zone=TOKYO, now=now, **values)


def as_it_is(visit: Visit) -> VisitEdit:
    return VisitEdit(
        kind=visit.kind,
        outcome=visit.outcome,
        template_id=visit.template_id,
        visited_at=visit.visited_at,
        likelihood=visit.likelihood_after,
        next_on=visit.next_on,
        note=visit.note,
    )


def edit(database: Database, actor: User, visit: Visit, now: datetime, *, version: int | None = None, **changed: Any) -> Visit:
    values = replace(as_it_is(visit), **changed)
    with database.write() as session:
        return edit_visit(session, actor, visit_id=visit.id, version=version or visit.version, values=values, zone=TOKYO, now=now)


def delete(database: Database, actor: User, visit: Visit, now: datetime, *, reason: str = "誤登録") -> None:
    with database.write() as session:
        delete_visit(session, actor, visit_id=visit.id, version=visit.version, reason=reason, now=now)


def stored(database: Database, customer: Customer) -> Customer:
    with database.read() as session:
        return session.get_one(Customer, customer.id)


def set_likelihood(database: Database, actor: User, customer: Customer, likelihood: Likelihood, now: datetime) -> None:
    """Change it by hand, as on the customer's form."""
    with database.write() as session:
        known = open_for_change(session, actor, customer.id)
        values = replace(input_of(known), likelihood=likelihood)
        update_customer(session, actor, customer_id=customer.id, version=known.version, values=values, now=now)


def changes(database: Database, actor: User, customer: Customer) -> tuple[VisitChangeRow, ...]:
    with database.read() as session:
        return list_visit_changes(session, actor, customer_id=customer.id)


def test_an_edit_is_kept_with_what_was_there_before(database: Database, aiko: User, make_customer: CustomerFactory, now: datetime) -> None:
    customer = make_customer(owner=aiko)
    visit = record(database, aiko, customer, now, note="一回目")
    edit(database, aiko, visit, now + timedelta(days=2), note="直した", kind=VisitKind.CALL)
    (change,) = changes(database, aiko, customer)
    assert (change.before["note"], change.after["note"], change.after["kind"]) == ("一回目", "直した", "call")
    assert not change.is_deletion
    with database.read() as session:
        (row,) = visits.list_visits(session, aiko, customer_id=customer.id)
    assert (row.note, row.kind, row.edited) == ("直した", VisitKind.CALL, True)


def test_an_edit_that_changes_nothing_leaves_no_trace(
    database: Database, aiko: User, make_customer: CustomerFactory, now: datetime
) -> None:
    customer = make_customer(owner=aiko)
    edit(database, aiko, record(database, aiko, customer, now), now)
    assert changes(database, aiko, customer) == ()


def test_the_likelihood_of_the_newest_visit_moves_the_customers(
    database: Database, aiko: User, make_customer: CustomerFactory, now: datetime
) -> None:
    customer = make_customer(owner=aiko)
    visit = record(database, aiko, customer, now, likelihood=Likelihood.A, next_on=date(2026, 12, 1), next_time=time(14))
    edit(database, aiko, visit, now, likelihood=Likelihood.C, next_on=date(2026, 12, 8))
    after = stored(database, customer)
    assert (after.likelihood, after.next_on, after.next_time) == (Likelihood.C, date(2026, 12, 8), time(14))


def test_it_moves_nothing_once_somebody_has_said_otherwise_or_a_later_visit_has(
    database: Database, aiko: User, make_customer: CustomerFactory, now: datetime
) -> None:
    customer = make_customer(owner=aiko)
    visit = record(database, aiko, customer, now, likelihood=Likelihood.A)
    set_likelihood(database, aiko, customer, Likelihood.B, now + timedelta(minutes=1))
    set_likelihood(database, aiko, customer, Likelihood.A, now + timedelta(minutes=2))  # the same again, but said by hand
    edit(database, aiko, visit, now + timedelta(minutes=3), likelihood=Likelihood.D)
    assert stored(database, customer).likelihood is Likelihood.A
    other = make_customer("別の客", owner=aiko)
    first = record(database, aiko, other, now, likelihood=Likelihood.A)
    record(database, aiko, other, now)
    edit(database, aiko, first, now, likelihood=Likelihood.D)
    assert stored(database, other).likelihood is Likelihood.A


def test_moving_a_visit_in_time_reckons_the_last_visit_anew(
    database: Database, aiko: User, make_customer: CustomerFactory, now: datetime
) -> None:
    customer = make_customer(owner=aiko)
    record(database, aiko, customer, now - timedelta(days=3), visited_at=now - timedelta(days=3))
    visit = record(database, aiko, customer, now)
    edit(database, aiko, visit, now, visited_at=now - timedelta(days=10))
    assert stored(database, customer).last_visited_at == now - timedelta(days=3)


def test_a_deleted_visit_counts_nowhere_and_gives_back_what_it_moved(
    database: Database, aiko: User, make_customer: CustomerFactory, now: datetime
) -> None:
    customer = make_customer(owner=aiko, likelihood=Likelihood.B, next_on=date(2026, 11, 21), next_time=time(9, 30), next_action="契約書")
    record(database, aiko, customer, now - timedelta(days=5), visited_at=now - timedelta(days=5))
    visit = record(database, aiko, customer, now, likelihood=Likelihood.WON, next_on=date(2026, 12, 24), next_action="お礼")
    delete(database, aiko, visit, now + timedelta(days=3))
    after = stored(database, customer)
    assert (after.likelihood, after.next_on, after.next_time, after.next_action) == (
        Likelihood.B,
        date(2026, 11, 21),
        time(9, 30),
        "契約書",
    )
    assert after.last_visited_at == now - timedelta(days=5)
    (change,) = changes(database, aiko, customer)
    assert change.is_deletion
    assert change.reason == "誤登録"
    with database.read() as session:
        assert len(visits.list_visits(session, aiko, customer_id=customer.id)) == 1
        with pytest.raises(NotFound):
            visits.read_visit(session, aiko, visit_id=visit.id)


def test_deleting_wants_a_reason(database: Database, aiko: User, make_customer: CustomerFactory, now: datetime) -> None:
    visit = record(database, aiko, make_customer(owner=aiko), now)
    with pytest.raises(MissingReason):
        delete(database, aiko, visit, now, reason=" \n")
    with pytest.raises(TextTooLong):
        delete(database, aiko, visit, now, reason="x" * 501)


def test_managers_and_admins_do_not_rewrite_a_reps_visit_and_strangers_do_not_see_it(
    database: Database, people: dict[str, User], make_customer: CustomerFactory, now: datetime
) -> None:
    visit = record(database, people["aiko"], make_customer(owner=people["aiko"]), now)
    for name, refusal in (("chie", NotAllowed), ("dai", NotAllowed), ("botan", NotFound)):
        with pytest.raises(refusal):
            edit(database, people[name], visit, now, note="書き換え")
        with pytest.raises(refusal):
            delete(database, people[name], visit, now)
    with database.read() as session, pytest.raises(CustomerNotFound):
        list_visit_changes(session, people["botan"], customer_id=visit.customer_id)
    with database.read() as session, pytest.raises(CustomerNotFound):
        visits.read_visit(session, people["botan"], visit_id=visit.id)


def test_two_devices_that_edit_one_visit_are_told_of_each_other(
    database: Database, aiko: User, make_customer: CustomerFactory, now: datetime
) -> None:
    visit = record(database, aiko, make_customer(owner=aiko), now)
    version = visit.version
    edit(database, aiko, visit, now, note="一台目")
    with pytest.raises(VisitEdited) as told:
        edit(database, aiko, visit, now, version=version, note="二台目")
    assert told.value.version > version
    with pytest.raises(VisitEdited), database.write() as session:
        delete_visit(session, aiko, visit_id=visit.id, version=version, reason="x", now=now)


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"visited_at": datetime(2026, 11, 23, tzinfo=TOKYO)}, VisitInFuture),
        ({"next_on": date(2026, 11, 1)}, NextDateInPast),
        ({"note": "x" * 100_001}, TextTooLong),
    ],
)
def test_an_impossible_edit_is_refused(
    database: Database, aiko: User, make_customer: CustomerFactory, now: datetime, changed: dict[str, Any], refusal: type[Exception]
) -> None:
    visit = record(database, aiko, make_customer(owner=aiko), now, note="元のまま")
    with pytest.raises(refusal):
        edit(database, aiko, visit, now, **changed)
    with database.read() as session:
        assert visits.read_visit(session, aiko, visit_id=visit.id).note == "元のまま"


def test_the_last_visit_is_reckoned_anew_when_one_was_recorded_after_it_for_an_earlier_day(
    database: Database, aiko: User, make_customer: CustomerFactory, now: datetime
) -> None:
    customer, week_ago, later = make_customer(owner=aiko), now - timedelta(days=7), now + timedelta(minutes=5)
    visit = record(database, aiko, customer, now)
    record(database, aiko, customer, later, visited_at=week_ago)
    moved = edit(database, aiko, visit, later, visited_at=now - timedelta(days=2))
    assert last_visited_at(database, customer) == now - timedelta(days=2)
    with database.write() as session:
        delete_visit(session, aiko, visit_id=moved.id, version=moved.version, reason="誤入力", now=later)
    assert last_visited_at(database, customer) == week_ago


def last_visited_at(database: Database, customer: Customer) -> datetime | None:
    with database.read() as session:
        return session.get_one(Customer, customer.id).last_visited_at
