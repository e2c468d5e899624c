"""What planning tells nobody: customers that its reader may not see, where somebody else stood, days that were given away."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from uuid import uuid4

import pytest

from fieldsales.db.database import Database
from fieldsales.db.models import Customer, PlanShare, Team, User
from fieldsales.domain.planning.day_rules import Whence, Whither
from fieldsales.domain.words import PlanGoal, Role
from fieldsales.errors import NotFound
from fieldsales.services.planning import plan_edits, plan_sharing, planning, plans
from tests.days import MONDAY, OFFICE, TOKYO, Make, look, make_town, open_day, tools_on

NEAR = {"lat": 34.345, "lon": 134.048}


@pytest.fixture
def emi(database: Database, aiko: User, now: datetime, password_hash: str) -> User:
    """Another rep of the East."""
    with database.write() as session:
        emi = User(email="emi@example.com", name="Emi", role=Role.REP, team_id=aiko.team_id, password_hash=password_hash, created_at=now)
        session.add(emi)
    with database.read() as session:
        return session.get_one(User, emi.id)


@pytest.fixture
def hidden(database: Database, aiko: User, botan: User, make_customer: Make) -> Customer:
    """A customer of Aiko's in the team West, which Aiko's manager does not see."""
    return make_customer("西の客", owner=aiko, team_id=botan.team_id, lat=34.346, lon=134.047)


def test_who_plans_for_a_rep_compares_plans_without_names_they_may_not_see(
    database: Database, aiko: User, chie: User, hidden: Customer, make_customer: Make, now: datetime
) -> None:
    make_town(make_customer, aiko, 2)
    plan_id, tools = open_day(database, aiko, now), tools_on(database)
    (own,) = planning.compare_goals(tools, aiko.id, plan_id=plan_id, goals=[PlanGoal.VALUE], now=now)
    (managers,) = planning.compare_goals(tools, chie.id, plan_id=plan_id, goals=[PlanGoal.VALUE], now=now)
    assert hidden.name in own.names
    assert hidden.name not in (*managers.names, *managers.left_out)
    assert len(managers.names) == len(own.names) == managers.totals.visits


def test_a_gap_is_filled_with_customers_that_who_asks_may_see(
    database: Database, aiko: User, chie: User, make_customer: Make, botan: User, now: datetime
) -> None:
    meeting = make_customer("約束商店", owner=aiko, **NEAR, next_on=MONDAY, next_time=time(15))
    plan_id, tools = open_day(database, aiko, now), tools_on(database)
    planning.solve_plan(tools, aiko.id, plan_id=plan_id, now=now)
    make_customer("西の客", owner=aiko, team_id=botan.team_id, lat=34.346, lon=134.047)
    make_customer("東の客", owner=aiko, lat=34.346, lon=134.046)
    (stop,) = look(database, aiko, plan_id, now).stops
    assert stop.customer_id == meeting.id
    at_one = datetime(2026, 11, 30, 4, tzinfo=UTC)
    asked = {"plan_id": plan_id, "before_stop_id": stop.id, "here": OFFICE, "now": at_one}
    found = [{filler.name for filler in planning.fill_gap(tools, actor.id, **asked)} for actor in (aiko, chie)]
    assert found == [{"西の客", "東の客"}, {"東の客"}]


def test_whoever_a_plan_is_shared_with_does_not_learn_where_left_out_customers_are(
    database: Database, aiko: User, botan: User, make_customer: Make, now: datetime
) -> None:
    make_town(make_customer, aiko, 2)
    plan_id = open_day(database, aiko, now)
    with database.write() as session:
        session.add(PlanShare(plan_id=plan_id, user_id=botan.id))
    assert {(entry.name, entry.lat, entry.lon) for entry in look(database, botan, plan_id, now).candidates} == {("", None, None)}


def test_whoever_is_given_a_plan_does_not_learn_where_the_other_one_stood(
    database: Database, aiko: User, emi: User, chie: User, make_customer: Make, now: datetime
) -> None:
    make_town(make_customer, aiko, 2)
    stood = (34.3301, 134.0334)
    plan_id = open_day(database, aiko, now, whence=Whence.HERE, here=stood, whither=Whither.START, start_place_id=None)
    planning.solve_plan(tools_on(database), aiko.id, plan_id=plan_id, now=now)
    assert look(database, aiko, plan_id, now).line[0] == stood
    with database.write() as session:
        plan_sharing.assign_plan(session, chie, plan_id=plan_id, user_id=emi.id, zone=TOKYO, now=now)
    for reader in (emi, chie):
        seen = look(database, reader, plan_id, now)
        assert (seen.start, seen.end) == (None, None)
        assert stood not in seen.line


def test_a_day_that_was_given_away_is_no_longer_ones_own(
    database: Database, aiko: User, emi: User, chie: User, make_customer: Make, now: datetime
) -> None:
    make_town(make_customer, aiko, 2)
    plan_id = open_day(database, aiko, now)
    with database.write() as session:
        change_id = plan_sharing.assign_plan(session, chie, plan_id=plan_id, user_id=emi.id, zone=TOKYO, now=now)
    with pytest.raises(NotFound):
        look(database, aiko, plan_id, now)
    with pytest.raises(NotFound), database.write() as session:
        plans.delete_plan(session, aiko, plan_id=plan_id, now=now)
    assert look(database, emi, plan_id, now).may_edit
    assert change_id is not None
    with database.write() as session:
        plan_edits.undo_change(session, chie, plan_id=plan_id, change_id=change_id, now=now)
    assert look(database, aiko, plan_id, now).person.id == aiko.id


def test_a_manager_who_left_the_team_brings_no_plan_of_it_back(
    database: Database, aiko: User, chie: User, make_customer: Make, now: datetime
) -> None:
    make_town(make_customer, aiko, 2)
    plan_id = open_day(database, aiko, now)
    with database.write() as session:
        plans.delete_plan(session, chie, plan_id=plan_id, now=now)
    with database.write() as session:
        west = session.query(Team).filter(Team.name == "West").one()
        left = session.get_one(User, chie.id)
        left.managed_teams, left.team_id = [west], west.id
    with pytest.raises(NotFound), database.write() as session:
        plans.restore_plan(session, session.get_one(User, chie.id), plan_id=plan_id, now=now + timedelta(minutes=1))


def test_who_made_a_plan_has_no_say_in_it_once_they_no_longer_manage_its_rep(
    database: Database, aiko: User, chie: User, make_customer: Make, now: datetime
) -> None:
    make_town(make_customer, aiko, 2)
    with database.write() as session:
        plan_id = plans.open_plan(session, chie, user_id=aiko.id, day=MONDAY, client_ref=uuid4(), zone=TOKYO, now=now)
    assert look(database, chie, plan_id, now).may_edit
    with database.write() as session:
        left = session.get_one(User, chie.id)
        left.managed_teams, left.role = [], Role.REP
    with pytest.raises(NotFound), database.write() as session:
        plans.accept_plan(session, session.get_one(User, chie.id), plan_id=plan_id, now=now)
    with pytest.raises(NotFound), database.read() as session:
        plans.read_plan(session, session.get_one(User, chie.id), plan_id=plan_id, now=now)
    assert look(database, aiko, plan_id, now).may_edit


def test_a_manager_who_saves_the_conditions_does_not_forget_where_the_rep_starts(
    database: Database, aiko: User, chie: User, make_customer: Make, now: datetime
) -> None:
    stood = (34.3301, 134.0334)
    plan_id = open_day(database, aiko, now, whence=Whence.HERE, here=stood, whither=Whither.START, start_place_id=None)
    seen = look(database, chie, plan_id, now).rules
    assert seen.here is None
    with database.write() as session:
        plan_edits.set_rules(session, chie, plan_id=plan_id, rules=replace(seen, ends=time(17)), now=now)
    kept = look(database, aiko, plan_id, now).rules
    assert (kept.here, kept.ends) == (stood, time(17))
