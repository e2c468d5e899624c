"""Whether deals are kept ready or told on the spot, the answer is that of the moves themselves."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select, true
from sqlalchemy.orm import Session

from fieldsales.db.database import Database
from fieldsales.db.models import Customer, CustomerChange, KeptDeal, User
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.words import ChangeCause
from fieldsales.services.honesty import kept_deals
from fieldsales.services.honesty.deals import tell_deals
from fieldsales.services.honesty.kept_deals import changed_since_kept, count_deals, holds_to, keep_anew, keep_portion, read_deals
from tests import teams
from tests.conftest import CustomerFactory
from tests.decided_deals import LONG_AGO, decide_many, move

A, C, WON, LOST = Likelihood.A, Likelihood.C, Likelihood.WON, Likelihood.LOST


def keep(database: Database, now: datetime) -> None:
    with database.write() as session:
        keep_portion(session, first_id=1, last_id=1_000)
        holds_to(session, now)


def answers(session: Session) -> tuple[object, object]:
    """Return the deals and their counts as they are asked for."""
    return read_deals(session, true()), count_deals(session, true())


def told(session: Session) -> list[object]:
    """Return the deals as the moves tell them, without anything kept."""
    return [*tell_deals(session, true())]


def count_kept(database: Database) -> int:
    with database.read() as session:
        return session.scalar(select(func.count(KeptDeal.id))) or 0


def keep_changed(session: Session) -> None:
    changed = changed_since_kept(session)
    assert changed is not None
    keep_anew(session, customer_ids=changed)


@teams.same_database
@given(rows=teams.teams(), data=st.data())
def test_kept_or_told_the_deals_are_the_same_whatever_happens_in_between(
    database: Database, rows: teams.TeamRows, data: st.DataObject
) -> None:
    teams.store_team(database, rows)
    with database.read() as session:
        before = answers(session)
    kept_at = teams.NOW + timedelta(days=1)
    keep(database, kept_at)
    with database.read() as session:
        assert answers(session) == before
    since, until = (teams.NOW - timedelta(days=data.draw(st.integers(0, 4_000))) for _ in range(2))
    with database.read() as session:
        from_kept = count_deals(session, Customer.owner_id.is_not(None), since=since, until=until)
    with database.write() as session:
        for customer_id in {customer.id for customer in rows.customers if data.draw(st.booleans())}:
            _live_on(session, customer_id, data.draw(st.sampled_from([c.id for c in rows.customers])), kept_at)
    with database.read() as session:
        assert read_deals(session, true()) == told(session)
        expected = tell_deals(session, Customer.owner_id.is_not(None), since=since, until=until)
        now_counted = count_deals(session, Customer.owner_id.is_not(None), since=since, until=until)
        assert now_counted.total() == len(expected)
    assert from_kept.total() >= 0
    with database.write() as session:
        keep_changed(session)
        holds_to(session, kept_at + timedelta(days=1))
    with database.read() as session:
        assert read_deals(session, true()) == told(session)


def _live_on(session: Session, customer_id: int, other_id: int, at: datetime) -> None:
    """Let a customer be won, opened again, lost, handed on, and perhaps merged into another."""
    customer = session.get_one(Customer, customer_id)
    for days, after in ((1, WON), (40, C), (90, LOST)):
        change = {"before": {"likelihood": customer.likelihood.value}, "after": {"likelihood": after.value}}
        when = at + timedelta(days=days)
        session.add(CustomerChange(customer_id=customer_id, changed_by_id=1, changed_at=when, cause=ChangeCause.VISIT, **change))
        customer.likelihood = after
    customer.owner_id, customer.changed_at = 1, at
    other = session.get_one(Customer, other_id)
    if other_id < customer_id:
        customer.merged_into_id, other.changed_at = other_id, at


def test_what_changed_within_the_hour_before_is_told_on_the_spot(
    database: Database, aiko: User, make_customer: CustomerFactory, now: datetime
) -> None:
    late = make_customer(owner=aiko, likelihood=C, created_at=LONG_AGO, changed_at=now - timedelta(minutes=50))
    keep(database, now)
    move(database, late, (40, A), (1, WON), now=now, by=aiko)  # committed after, dated before
    with database.read() as session:
        assert [(d.deal.stated, d.deal.won) for d in read_deals(session, true())] == [(A, True)]
        assert count_deals(session, true()).total() == 1


def test_two_records_merged_after_they_were_kept_tell_of_the_deal_once(
    database: Database, aiko: User, make_customer: CustomerFactory, now: datetime
) -> None:
    long_past = {"owner": aiko, "created_at": LONG_AGO, "changed_at": LONG_AGO}
    kept, merged, third = (make_customer(name, **long_past) for name in ("髙﨑商店", "高崎商店", "高崎"))
    for record, days in ((kept, 100), (merged, 97), (third, 95)):
        move(database, record, (200, A), (days, WON), now=now, by=aiko)
    keep(database, now)
    assert count_kept(database) == 3
    later = now + timedelta(days=1)
    for record, into in ((third, merged), (merged, kept)):  # the second merge does not touch the third record
        with database.write() as session:
            session.get_one(Customer, record.id).merged_into_id = into.id
            for touched in (record.id, into.id):
                session.get_one(Customer, touched).changed_at = later
        with database.read() as session:
            assert count_deals(session, true()).total() == (2 if into.id == merged.id else 1)
        with database.write() as session:
            keep_changed(session)
            holds_to(session, later)
        later += timedelta(days=1)
    assert count_kept(database) == 1


def test_deals_are_kept_once_however_often_they_are_told(
    database: Database, aiko: User, make_customer: CustomerFactory, now: datetime
) -> None:
    decide_many(database, make_customer, aiko, rank=A, won=2, lost=1, now=now)
    for _ in range(3):
        keep(database, now)
        with database.write() as session:
            keep_changed(session)
    assert count_kept(database) == 3


def test_nothing_is_kept_bit_by_bit_before_everything_was_told(database: Database, now: datetime) -> None:
    with database.write() as session:
        assert changed_since_kept(session) is None


def test_deals_are_counted_after_more_customers_changed_than_a_database_takes_parameters(
    database: Database, aiko: User, make_customer: CustomerFactory, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    decide_many(database, make_customer, aiko, rank=A, won=2, lost=1, now=now)
    keep(database, now)
    many = [*range(1_000_000, 1_066_000)]  # an import of 66,000, without the minute that it takes
    monkeypatch.setattr(kept_deals, "changed_since_kept", lambda session: many)
    with database.read() as session:
        assert count_deals(session, true()).total() == len(read_deals(session, true())) == 3
