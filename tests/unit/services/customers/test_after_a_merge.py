"""What still speaks of a customer that was merged into another one: open forms, old pages, visits recorded before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from fieldsales.db.database import Database
from fieldsales.db.models import Customer, CustomerMerge, User, Visit
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.words import Outcome
from fieldsales.errors import CustomerChanged, NotFound
from fieldsales.services.customers import customer_history, customers
from fieldsales.services.customers.customer_input import CustomerInput, input_of
from fieldsales.services.customers.customers import open_for_change
from fieldsales.services.duplicates import merging
from fieldsales.services.visits import visits
from fieldsales.services.visits.check_ins import check_in

Make = Callable[..., Customer]
TOKYO = ZoneInfo("Asia/Tokyo")


def merge(database: Database, actor: User, kept: Customer, merged: Customer, now: datetime) -> CustomerMerge:
    """Merge, and leave every field as the kept customer has it."""
    with database.write() as session:
        preview = merging.preview_merge(session, actor, kept_id=kept.id, merged_id=merged.id)
        choices = {field.name: "kept" for field in preview.fields}
        return merging.merge_customers(
            session, actor, kept_id=kept.id, merged_id=merged.id, choices=choices, versions=preview.versions, now=now
        )


def edit(database: Database, actor: User, customer: Customer, now: datetime, **changed: Any) -> tuple[int, CustomerInput]:
    """Save an edit and return the version and the values that a form opened now begins with."""
    with database.write() as session:
        stored = open_for_change(session, actor, customer.id)
        values = replace(input_of(stored), **changed)
        saved = customers.update_customer(session, actor, customer_id=customer.id, version=stored.version, values=values, now=now)
        return saved.version, values


def record(database: Database, actor: User, customer: Customer, now: datetime, **values: Any) -> Visit:
    said: dict[str, Any] = {"visited_at": now, "outcome": Outcome.MET, "client_ref": uuid4()} | values
    with database.write() as session:
        return visits.record_visit(session, actor, customer_id=customer.id, zone=TOKYO, now=now, **said)


def stored(database: Database, customer: Customer) -> Customer:
    with database.read() as session:
        return session.get_one(Customer, customer.id)


@pytest.fixture
def kept(make_customer: Make, aiko: User) -> Customer:
    return make_customer("高松食品", owner=aiko, phone="03-1111-1111", likelihood=Likelihood.A)


@pytest.fixture
def merged(make_customer: Make, aiko: User) -> Customer:
    return make_customer("(株)高松食品", owner=aiko, phone="03-2222-2222", likelihood=Likelihood.D)


def test_the_open_form_of_a_merged_customer_never_overwrites_the_kept_one_unseen(
    database: Database, aiko: User, kept: Customer, merged: Customer, now: datetime
) -> None:
    version, typed = edit(database, aiko, merged, now, memo="入力中")
    merge(database, aiko, kept, merged, now + timedelta(minutes=1))
    assert stored(database, kept).version == version  # by chance the very one that the form began with
    with pytest.raises(CustomerChanged), database.write() as session:
        customers.update_customer(session, aiko, customer_id=merged.id, version=version, values=typed, now=now)
    assert stored(database, kept).name == "高松食品"


def test_what_a_merged_customer_once_said_is_not_restored_into_the_kept_one(
    database: Database, aiko: User, kept: Customer, merged: Customer, now: datetime
) -> None:
    edit(database, aiko, merged, now, phone="03-3333-3333")
    with database.read() as session:
        change = customer_history.list_changes(session, aiko, customer_id=merged.id)[0]
    merge(database, aiko, kept, merged, now)
    with pytest.raises(NotFound), database.write() as session:
        customer_history.restore_change(session, aiko, change_id=change.id, now=now)
    assert stored(database, kept).phone == "03-1111-1111"


@pytest.mark.parametrize("archived", [True, False])
def test_archiving_a_merged_customer_leaves_both_as_they_are(
    database: Database, aiko: User, kept: Customer, merged: Customer, now: datetime, archived: bool
) -> None:
    merge(database, aiko, kept, merged, now)
    with database.write() as session:
        customers.archive_customer(session, aiko, customer_id=merged.id, archived=archived, now=now)
    assert stored(database, kept).archived_at is None
    assert stored(database, merged).archived_at == now


def test_a_check_in_at_a_merged_customer_is_one_at_the_kept_one(
    database: Database, aiko: User, kept: Customer, merged: Customer, now: datetime
) -> None:
    merge(database, aiko, kept, merged, now)
    with database.write() as session:
        arrived = check_in(session, aiko, customer_id=merged.id, position=None, client_ref=uuid4(), zone=TOKYO, now=now)
    visit = record(database, aiko, merged, now)
    assert (arrived.customer_id, visit.customer_id) == (kept.id, kept.id)
    with database.read() as session:
        session.add(arrived)
        session.refresh(arrived)
        assert arrived.visit_id == visit.id


def test_taking_back_a_visit_to_the_merged_customer_does_not_touch_the_kept_ones_likelihood(
    database: Database, aiko: User, kept: Customer, merged: Customer, now: datetime
) -> None:
    visit = record(database, aiko, merged, now, likelihood=Likelihood.A)
    merge(database, aiko, kept, merged, now)
    with database.write() as session:
        visits.undo_visit(session, aiko, visit_id=visit.id, now=now)
    assert stored(database, kept).likelihood is Likelihood.A


def test_a_visit_deleted_meanwhile_does_not_come_back_with_the_merged_customer(
    database: Database, aiko: User, kept: Customer, merged: Customer, now: datetime
) -> None:
    record(database, aiko, merged, now, visited_at=now - timedelta(days=9))
    newest = record(database, aiko, merged, now)
    done = merge(database, aiko, kept, merged, now)
    with database.write() as session:
        visits.delete_visit(session, aiko, visit_id=newest.id, version=newest.version, reason="誤入力", now=now)
    with database.write() as session:
        merging.undo_merge(session, aiko, merge_id=done.id, now=now)
    assert stored(database, merged).last_visited_at == now - timedelta(days=9)
    assert stored(database, kept).last_visited_at is None
