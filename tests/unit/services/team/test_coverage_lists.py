"""Customers without a pin and overdue A's: the same as plain reading finds, for leads only, and given to somebody once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from fieldsales.db.database import Database
from fieldsales.db.models import Customer, CustomerChange, User
from fieldsales.domain.coverage import CoverageAsked
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.team_filter import TeamFilter
from fieldsales.domain.words import Role
from fieldsales.errors import CustomerNotFound, NotAllowed, UserNotFound
from fieldsales.services.customers.customer_history import restore_change
from fieldsales.services.team import coverage_lists
from fieldsales.services.team.coverage_lists import GivenMeanwhile, assign_customer
from tests.teams import TODAY, TOKYO, TeamRows, day_of, filters, load_user, owned, same_database, store_team, teams

CustomerFactory = Callable[..., Customer]


@same_database
@given(data=st.data(), rows=teams())
def test_both_lists_hold_whom_plain_reading_finds(database: Database, data: st.DataObject, rows: TeamRows) -> None:
    store_team(database, rows)
    user_id = data.draw(st.sampled_from([user.id for user in rows.users if user.role is not Role.REP]))
    asked, ranks = data.draw(filters(rows)), data.draw(st.frozensets(st.sampled_from(Likelihood), max_size=2))
    had = owned(rows, rows.user(user_id), asked)
    lost = {c.id for c in had if c.lat is None and (not ranks or c.likelihood in ranks)}
    hot = {}
    for c in had:
        seen, interval = day_of(c.last_visited_at or c.created_at), c.cadence_days if c.cadence_days is not None else 14
        by_rhythm = c.next_on is None and not c.do_not_visit and 0 < interval <= (TODAY - seen).days
        if c.likelihood is Likelihood.A and ((c.next_on is not None and c.next_on < TODAY) or by_rhythm):
            hot[c.id] = c.last_visited_at or c.created_at
    with database.read() as session:
        actor = load_user(session, user_id)
        of = {"team_filter": asked, "today": TODAY, "zone": TOKYO}
        pinless = {"team_filter": asked, "asked": CoverageAsked(ranks=ranks)}
        assert coverage_lists.count_without_pin(session, actor, **pinless) == len(lost)
        assert {row.id for row in coverage_lists.list_without_pin(session, actor, **pinless)} == lost
        found = coverage_lists.list_overdue_hot(session, actor, **of)
        assert {row.id: row.seen_at for row in found} == hot
        assert [row.seen_at for row in found] == sorted(row.seen_at for row in found)
        owners = [rows.customer(i).owner_id for i in hot]
        assert coverage_lists.count_overdue_hot(session, actor, **of) == {owner: owners.count(owner) for owner in owners}


def _month() -> TeamFilter:
    return TeamFilter.from_query({}, today=TODAY)


def test_reps_get_neither_list_nor_the_right_to_assign(
    database: Database, aiko: User, make_customer: CustomerFactory, now: datetime
) -> None:
    customer = make_customer(owner=aiko)
    with database.write() as session:
        for refused in (
            lambda: coverage_lists.count_without_pin(session, aiko, team_filter=_month(), asked=CoverageAsked()),
            lambda: coverage_lists.list_overdue_hot(session, aiko, team_filter=_month(), today=TODAY, zone=TOKYO),
            lambda: assign_customer(session, aiko, customer_id=customer.id, seen_owner_id=aiko.id, owner_id=aiko.id, now=now),
        ):
            with pytest.raises(NotAllowed):
                refused()


def _owner(database: Database, customer_id: int) -> int | None:
    with database.read() as session:
        return session.get_one(Customer, customer_id).owner_id


def test_one_tap_gives_a_customer_to_somebody_and_the_change_is_the_way_back(
    database: Database, aiko: User, botan: User, dai: User, make_customer: CustomerFactory, now: datetime
) -> None:
    customer = make_customer(owner=aiko, likelihood=Likelihood.A)
    with database.write() as session:
        change_id = assign_customer(session, dai, customer_id=customer.id, seen_owner_id=aiko.id, owner_id=botan.id, now=now)
    assert change_id is not None
    assert _owner(database, customer.id) == botan.id
    with database.write() as session:
        restore_change(session, dai, change_id=change_id, now=now + timedelta(minutes=1))
    assert _owner(database, customer.id) == aiko.id


def test_a_second_tap_changes_nothing_and_a_later_one_says_who_was_faster(
    database: Database, aiko: User, botan: User, dai: User, make_customer: CustomerFactory, now: datetime
) -> None:
    customer = make_customer("高松食品", owner=aiko)
    for expected in (True, False):
        with database.write() as session:
            change = assign_customer(session, dai, customer_id=customer.id, seen_owner_id=aiko.id, owner_id=botan.id, now=now)
        assert (change is not None) is expected
    with database.write() as session, pytest.raises(GivenMeanwhile, match=r"高松食品 has been given to Botan"):
        assign_customer(session, dai, customer_id=customer.id, seen_owner_id=aiko.id, owner_id=dai.id, now=now)
    with database.read() as session:
        assert session.scalar(select(func.count(CustomerChange.id))) == 1


def test_nothing_is_assigned_out_of_sight_to_strangers_or_to_whoever_left(
    database: Database, aiko: User, botan: User, chie: User, make_customer: CustomerFactory, now: datetime
) -> None:
    ours, theirs = make_customer(owner=aiko), make_customer(owner=botan)
    with database.write() as session:
        with pytest.raises(CustomerNotFound):
            assign_customer(session, chie, customer_id=theirs.id, seen_owner_id=botan.id, owner_id=aiko.id, now=now)
        with pytest.raises(NotAllowed):
            assign_customer(session, chie, customer_id=ours.id, seen_owner_id=aiko.id, owner_id=botan.id, now=now)
        with pytest.raises(UserNotFound):
            assign_customer(session, chie, customer_id=ours.id, seen_owner_id=aiko.id, owner_id=999_999, now=now)


def test_an_overdue_row_says_why_and_whether_its_owner_left(
    database: Database, aiko: User, chie: User, make_customer: CustomerFactory, now: datetime
) -> None:
    make_customer("約束", owner=aiko, likelihood=Likelihood.A, next_on=date(2026, 11, 20), last_visited_at=now)
    make_customer("忘れた", owner=aiko, likelihood=Likelihood.A, created_at=now - timedelta(days=40))
    with database.write() as session:
        session.get_one(User, aiko.id).disabled_at = now
    with database.read() as session:
        found = coverage_lists.list_overdue_hot(session, chie, team_filter=_month(), today=TODAY, zone=TOKYO)
    assert [(row.name, row.never_visited, row.promised_on, row.owner_left) for row in found] == [
        ("忘れた", True, None, True),
        ("約束", False, date(2026, 11, 20), True),
    ]
