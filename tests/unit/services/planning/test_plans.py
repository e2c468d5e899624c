"""A plan is opened, accepted, listed and deleted by those whose day it is and who manages them now; others see nothing."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from uuid import uuid4

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from fieldsales.db.database import Database
from fieldsales.db.models import Plan, User
from fieldsales.domain.words import PlanState
from fieldsales.errors import NotAllowed, NotFound
from fieldsales.services.planning import plan_changes, plan_edits, plan_sharing, planning, plans
from fieldsales.services.planning.road_book import read_road_book
from tests.days import MONDAY, TOKYO, Make, look, make_town, open_day, tools_on
from tests.planned_days import keep_plan


@pytest.fixture
def plan_id(database: Database, aiko: User, make_customer: Make, now: datetime) -> int:
    """Aiko's Monday with three customers, planned."""
    make_town(make_customer, aiko, 3)
    plan_id = open_day(database, aiko, now)
    planning.solve_plan(tools_on(database), aiko.id, plan_id=plan_id, now=now)
    return plan_id


def disable(database: Database, user: User, now: datetime) -> User:
    with database.write() as session:
        found = session.get_one(User, user.id)
        found.disabled_at = now
    return found


def test_a_day_opens_the_same_plan_however_often_and_by_whomever(
    database: Database, aiko: User, chie: User, dai: User, make_customer: Make, now: datetime
) -> None:
    make_town(make_customer, aiko, 3)
    opened = {open_day(database, actor, now, rep=aiko) for actor in (aiko, chie, dai, aiko)}
    assert len(opened) == 1
    assert len(look(database, aiko, opened.pop(), now).candidates) == 3


def test_two_phones_that_open_a_day_at_once_get_one_plan(database: Database, aiko: User, make_customer: Make, now: datetime) -> None:
    make_town(make_customer, aiko, 3)
    with ThreadPoolExecutor(4) as phones:
        opened = set(phones.map(lambda _: open_day(database, aiko, now), range(4)))
    with database.read() as session:
        assert session.scalar(select(func.count(Plan.id))) == len(opened) == 1


def test_the_same_reference_makes_one_plan_and_is_nobody_elses(database: Database, aiko: User, dai: User, now: datetime) -> None:
    ref = uuid4()
    opened = []
    for _ in range(2):
        with database.write() as session:
            opened.append(plans.add_plan(session, aiko, aiko, day=MONDAY, client_ref=ref, zone=TOKYO, now=now).id)
    assert opened[0] == opened[1]
    with pytest.raises(NotFound), database.write() as session:
        plans.add_plan(session, dai, dai, day=MONDAY, client_ref=ref, zone=TOKYO, now=now)


def test_a_stranger_a_peer_and_a_disabled_user_open_nobodys_day(
    database: Database, aiko: User, botan: User, chie: User, now: datetime
) -> None:
    for actor, rep in ((botan, aiko), (aiko, botan), (chie, botan), (aiko, chie)):
        with pytest.raises(NotFound):
            open_day(database, actor, now, rep=rep)
    with pytest.raises(NotAllowed):
        open_day(database, disable(database, aiko, now), now)
    with pytest.raises(NotFound):
        open_day(database, chie, now, rep=aiko)  # nobody plans for who has left


def test_a_plan_is_seen_by_its_rep_their_manager_the_admin_and_whom_it_is_shared_with(
    database: Database, plan_id: int, aiko: User, botan: User, chie: User, dai: User, now: datetime
) -> None:
    assert [look(database, actor, plan_id, now).may_edit for actor in (aiko, chie, dai)] == [True] * 3
    with pytest.raises(NotFound):
        look(database, botan, plan_id, now)
    with database.write() as session:
        plan_sharing.share_plan(session, dai, plan_id=plan_id, user_id=botan.id, now=now)
    seen = look(database, botan, plan_id, now)
    assert not seen.may_edit
    assert [person.name for person in look(database, aiko, plan_id, now).shared_with] == ["Botan"]
    assert {(stop.name, stop.address, stop.phone, stop.why) for stop in seen.stops} == {("", "", "", ())}
    with pytest.raises(NotAllowed), database.write() as session:
        plan_edits.remove_stop(session, botan, plan_id=plan_id, stop_id=seen.stops[0].id, now=now)
    with pytest.raises(NotAllowed), database.write() as session:
        plans.accept_plan(session, botan, plan_id=plan_id, now=now)
    with database.write() as session:
        plan_sharing.unshare_plan(session, aiko, plan_id=plan_id, user_id=botan.id, now=now)
    with pytest.raises(NotFound):
        look(database, botan, plan_id, now)


def test_a_disabled_user_sees_and_changes_no_plan(database: Database, plan_id: int, aiko: User, now: datetime) -> None:
    gone = disable(database, aiko, now)
    with pytest.raises(NotFound):
        look(database, gone, plan_id, now)
    with pytest.raises(NotAllowed), database.write() as session:
        plans.delete_plan(session, gone, plan_id=plan_id, now=now)
    with pytest.raises(NotAllowed):
        planning.solve_plan(tools_on(database), gone.id, plan_id=plan_id, now=now)


def test_people_plan_for_themselves_managers_for_their_teams_admins_for_all(database: Database, aiko: User, chie: User, dai: User) -> None:
    with database.read() as session:
        names = [[person.name for person in plans.whose_days(session, actor)] for actor in (aiko, chie, dai)]
    assert names == [["Aiko"], ["Aiko", "Chie"], ["Aiko", "Botan", "Chie", "Dai"]]


def test_accepting_keeps_what_was_promised_and_sets_the_other_plan_aside(
    database: Database, plan_id: int, aiko: User, chie: User, now: datetime
) -> None:
    with database.write() as session:
        assert plans.accept_plan(session, aiko, plan_id=plan_id, now=now) is not None
        assert plans.accept_plan(session, aiko, plan_id=plan_id, now=now) is None
    first = look(database, aiko, plan_id, now)
    assert first.state is PlanState.ACCEPTED
    assert [stop.promised_at for stop in first.stops] == [stop.starts_at for stop in first.stops]
    with database.write() as session:
        copy = plan_sharing.copy_plan(session, chie, plan_id=plan_id, day=MONDAY, client_ref=uuid4(), zone=TOKYO, now=now)
        plans.accept_plan(session, chie, plan_id=copy, now=now)
    states = [look(database, aiko, i, now).state for i in (plan_id, copy)]
    assert states == [PlanState.SET_ASIDE, PlanState.ACCEPTED]
    assert open_day(database, aiko, now) == copy


def test_accepting_two_plans_of_a_day_at_once_leaves_one_accepted(database: Database, plan_id: int, aiko: User, now: datetime) -> None:
    with database.write() as session:
        copy = plan_sharing.copy_plan(session, aiko, plan_id=plan_id, day=MONDAY, client_ref=uuid4(), zone=TOKYO, now=now)

    def accept(which: int) -> None:
        with database.write() as session:
            plans.accept_plan(session, aiko, plan_id=which, now=now)

    with ThreadPoolExecutor(2) as phones:
        list(phones.map(accept, (plan_id, copy)))
    states = sorted(look(database, aiko, i, now).state for i in (plan_id, copy))
    assert states == [PlanState.ACCEPTED, PlanState.SET_ASIDE]


def test_an_empty_plan_is_not_accepted(database: Database, aiko: User, now: datetime) -> None:
    with pytest.raises(plans.NothingPlanned), database.write() as session:
        plans.accept_plan(session, aiko, plan_id=open_day_in(session, aiko, now), now=now)


def open_day_in(session: Session, actor: User, now: datetime) -> int:
    return plans.open_plan(session, actor, user_id=actor.id, day=MONDAY, client_ref=uuid4(), zone=TOKYO, now=now)


def test_a_deleted_plan_is_gone_until_it_is_brought_back(database: Database, plan_id: int, aiko: User, chie: User, now: datetime) -> None:
    with database.write() as session:
        plans.accept_plan(session, aiko, plan_id=plan_id, now=now)
        plans.delete_plan(session, aiko, plan_id=plan_id, now=now)
    with pytest.raises(NotFound):
        look(database, aiko, plan_id, now)
    other = open_day(database, aiko, now)
    assert other != plan_id
    with pytest.raises(NotFound), database.write() as session:
        plans.restore_plan(session, chie, plan_id=plan_id, now=now)  # whoever deleted it brings it back
    planning.solve_plan(tools_on(database), aiko.id, plan_id=other, now=now)
    with database.write() as session:
        plans.accept_plan(session, aiko, plan_id=other, now=now)
        plans.restore_plan(session, aiko, plan_id=plan_id, now=now)
    assert look(database, aiko, plan_id, now).state is PlanState.DRAFT  # another one counts by now


def test_the_version_rises_with_each_change_and_is_hidden_from_strangers(
    database: Database, plan_id: int, aiko: User, botan: User, now: datetime
) -> None:
    def version(actor: User) -> int:
        with database.read() as session:
            return plans.plan_version(session, actor, plan_id=plan_id)

    versions = [version(aiko)]
    for name in ("月曜", "月曜の午前", "月曜の午前"):
        with database.write() as session:
            plan_sharing.name_plan(session, aiko, plan_id=plan_id, name=name, now=now)
        versions.append(version(aiko))
    assert versions[0] < versions[1] < versions[2] == versions[3]
    with pytest.raises(NotFound):
        version(botan)


def test_plans_are_listed_with_how_far_they_are(
    database: Database, plan_id: int, aiko: User, botan: User, chie: User, now: datetime
) -> None:
    later = MONDAY + timedelta(days=1)
    open_day(database, aiko, now, day=later)
    with database.read() as session:
        rows = plans.list_plans(session, chie, first_day=MONDAY, last_day=later)
        assert [(row.day, row.person.name, row.visits, row.done) for row in rows] == [(MONDAY, "Aiko", 3, 0), (later, "Aiko", 0, 0)]
        assert rows[0].totals.travel_s > 0
        assert plans.list_plans(session, botan, first_day=MONDAY, last_day=later) == ()
        assert plans.list_plans(session, chie, first_day=MONDAY, last_day=MONDAY, user_id=chie.id) == ()


def test_changes_are_told_to_who_may_see_the_plan(
    database: Database, plan_id: int, aiko: User, botan: User, chie: User, now: datetime
) -> None:
    stop = look(database, aiko, plan_id, now).stops[0]
    with database.write() as session:
        last = plan_changes.changes_since(session, aiko, plan_id=plan_id)[0].id
        plan_edits.remove_stop(session, chie, plan_id=plan_id, stop_id=stop.id, now=now)
    with database.read() as session:
        (change,) = plan_changes.changes_since(session, aiko, plan_id=plan_id, after_id=last)
        assert (change.who.name, change.is_mine, change.action) == ("Chie", False, "removed")
        assert (change.names, change.may_undo) == ((stop.name,), True)
        with pytest.raises(NotFound):
            plan_changes.changes_since(session, botan, plan_id=plan_id)


def count_statements(database: Database, read: Callable[[Session], object]) -> int:
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        asked.append(statement)

    with database.read() as session:
        session.connection()
        event.listen(database.engine, "before_cursor_execute", note)
        read(session)
        event.remove(database.engine, "before_cursor_execute", note)
    return len(asked)


def test_reading_a_plan_asks_the_database_no_more_for_fifteen_stops_than_for_three(
    database: Database, aiko: User, make_customer: Make, now: datetime
) -> None:
    town = make_town(make_customer, aiko, 60)
    few, many = (keep_plan(database, aiko, town[:count], MONDAY + timedelta(days=count)) for count in (3, 15))
    asked = [
        [count_statements(database, partial(read, actor=aiko, plan_id=plan_id, now=now)) for read in (plans.read_plan, read_road_book)]
        for plan_id in (few, many)
    ]
    assert asked[0] == asked[1]


def test_a_lead_adds_a_customer_to_its_owners_plan_and_everybody_else_to_their_own(
    database: Database, aiko: User, botan: User, chie: User
) -> None:
    with database.read() as session:
        assert plans.whose_plan(session, chie, owner_id=aiko.id) == aiko.id
        assert plans.whose_plan(session, chie, owner_id=botan.id) == chie.id
        assert plans.whose_plan(session, aiko, owner_id=chie.id) == aiko.id
        assert plans.whose_plan(session, aiko, owner_id=None) == aiko.id
