"""Plans are named, copied, given to other reps and shown to colleagues, and nobody learns of customers they may not see."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any
from uuid import uuid4

import pytest

from fieldsales.db.database import Database
from fieldsales.db.models import Customer, PlanStop, User
from fieldsales.domain.planning.day_rules import Whence
from fieldsales.domain.words import PlanState, Role, StopChoice, StopProgress
from fieldsales.errors import NotAllowed, NotFound, TextTooLong
from fieldsales.services.planning import plan_edits, plan_sharing, planning, plans
from fieldsales.services.planning.plan_edits import NotTheirCustomers, StopBegun
from tests.days import MONDAY, TOKYO, Make, add_office, look, make_town, open_day, tools_on

TUESDAY = MONDAY + timedelta(days=1)


@pytest.fixture
def emi(database: Database, aiko: User, now: datetime, password_hash: str) -> User:
    """Another rep of the East."""
    with database.write() as session:
        emi = User(email="emi@example.com", name="Emi", role=Role.REP, team_id=aiko.team_id, password_hash=password_hash, created_at=now)
        session.add(emi)
    with database.read() as session:
        return session.get_one(User, emi.id)


@pytest.fixture
def plan_id(database: Database, aiko: User, make_customer: Make, now: datetime) -> int:
    """Aiko's Monday with four customers, one of them by appointment, planned."""
    make_town(make_customer, aiko, 3)
    make_customer("面談", owner=aiko, lat=34.35, lon=134.05, next_on=MONDAY, next_time=time(10))
    plan_id = open_day(database, aiko, now)
    planning.solve_plan(tools_on(database), aiko.id, plan_id=plan_id, now=now)
    return plan_id


def do(database: Database, actor: User, command: Any, plan_id: int, now: datetime, **values: Any) -> Any:
    with database.write() as session:
        return command(session, actor, plan_id=plan_id, now=now, **values)


def copy(database: Database, actor: User, plan_id: int, now: datetime, **values: Any) -> int:
    known = {"day": TUESDAY, "client_ref": uuid4(), "zone": TOKYO} | values
    copied: int = do(database, actor, plan_sharing.copy_plan, plan_id, now, **known)
    return copied


def test_a_copy_has_the_order_and_the_decisions_and_its_own_appointments(
    database: Database, plan_id: int, aiko: User, now: datetime
) -> None:
    source = look(database, aiko, plan_id, now)
    do(database, aiko, plan_edits.choose_stop, plan_id, now, stop_id=source.stops[1].id, choice=StopChoice.LOCKED)
    do(database, aiko, plan_sharing.name_plan, plan_id, now, name="  高松\n一周 ")
    ref = uuid4()
    copies = {copy(database, aiko, plan_id, now, client_ref=ref) for _ in range(2)}
    (copied,) = copies
    made = look(database, aiko, copied, now)
    assert [stop.customer_id for stop in made.stops] == [stop.customer_id for stop in source.stops]
    assert (made.day, made.name, made.state, made.stops[1].choice) == (TUESDAY, "高松 一周", PlanState.DRAFT, StopChoice.LOCKED)
    assert [stop.fixed_at for stop in made.stops] == [None] * 4
    assert (made.is_solved, made.totals.visits) == (False, 0)
    planning.retime_plan(tools_on(database), aiko.id, plan_id=copied, now=now)
    assert look(database, aiko, copied, now).totals.visits == 4


def test_a_reference_used_by_somebody_else_copies_nothing(database: Database, plan_id: int, aiko: User, chie: User, now: datetime) -> None:
    ref = uuid4()
    copy(database, aiko, plan_id, now, client_ref=ref)
    with pytest.raises(NotFound):
        copy(database, chie, plan_id, now, client_ref=ref)


def test_a_plan_given_to_another_rep_is_their_draft_from_their_own_start(
    database: Database, plan_id: int, aiko: User, emi: User, chie: User, now: datetime
) -> None:
    home = add_office(database, at=(34.3, 134.0), owner=aiko)
    usual = look(database, aiko, plan_id, now).rules
    rules = replace(usual, whence=Whence.PLACE, start_place_id=home, begins=time(8))
    do(database, aiko, plan_edits.set_rules, plan_id, now, rules=rules)
    do(database, aiko, plans.accept_plan, plan_id, now)
    do(database, chie, plan_sharing.assign_plan, plan_id, now, user_id=emi.id, zone=TOKYO)
    theirs = look(database, emi, plan_id, now)
    assert (theirs.person.name, theirs.state, theirs.may_edit, theirs.is_stale) == ("Emi", PlanState.DRAFT, True, True)
    assert (theirs.rules.begins, theirs.rules.start_place_id) == (time(8), None)
    with pytest.raises(NotFound):
        do(database, aiko, plan_sharing.assign_plan, plan_id, now, user_id=emi.id, zone=TOKYO)


def test_nobody_is_given_customers_they_may_not_see(
    database: Database, plan_id: int, aiko: User, botan: User, chie: User, dai: User, now: datetime
) -> None:
    with pytest.raises(NotTheirCustomers) as refused:
        do(database, dai, plan_sharing.assign_plan, plan_id, now, user_id=botan.id, zone=TOKYO)
    assert "面談" in str(refused.value)
    with pytest.raises(NotTheirCustomers):
        copy(database, dai, plan_id, now, user_id=botan.id)
    do(database, dai, plan_sharing.share_plan, plan_id, now, user_id=botan.id)
    with pytest.raises(NotTheirCustomers) as refused:  # who may only look learns no names this way
        copy(database, botan, plan_id, now, user_id=botan.id)
    assert refused.value.params["names"] == "…"
    for actor in (aiko, chie):
        with pytest.raises(NotFound):
            do(database, actor, plan_sharing.assign_plan, plan_id, now, user_id=botan.id, zone=TOKYO)


def test_a_day_under_way_is_given_to_nobody(database: Database, plan_id: int, emi: User, chie: User, now: datetime) -> None:
    with database.write() as session:
        stop = session.get_one(PlanStop, look(database, chie, plan_id, now).stops[0].id)
        stop.progress, stop.done_at = StopProgress.DONE, now
    with pytest.raises(StopBegun):
        do(database, chie, plan_sharing.assign_plan, plan_id, now, user_id=emi.id, zone=TOKYO)


def test_plans_are_shared_within_the_team_and_by_admins_with_all(
    database: Database, plan_id: int, aiko: User, botan: User, chie: User, dai: User, emi: User, now: datetime
) -> None:
    with database.read() as session:
        found = [[person.name for person in plan_sharing.sharing_choices(session, actor)] for actor in (aiko, chie, dai)]
    assert found == [["Chie", "Emi"], ["Aiko", "Emi"], ["Aiko", "Botan", "Chie", "Emi"]]
    with pytest.raises(NotFound):
        do(database, aiko, plan_sharing.share_plan, plan_id, now, user_id=botan.id)
    for _ in range(2):
        do(database, aiko, plan_sharing.share_plan, plan_id, now, user_id=emi.id)
    assert [person.name for person in look(database, emi, plan_id, now).shared_with] == ["Emi"]
    for command, values in (
        (plan_sharing.share_plan, {"user_id": emi.id}),
        (plan_sharing.unshare_plan, {"user_id": emi.id}),
        (plan_sharing.name_plan, {"name": "x"}),
        (plan_sharing.assign_plan, {"user_id": emi.id, "zone": TOKYO}),
    ):
        with pytest.raises(NotAllowed):  # who it is shared with looks, and changes nothing
            do(database, emi, command, plan_id, now, **values)
        with pytest.raises(NotFound):
            do(database, botan, command, plan_id, now, **values)


def test_a_disabled_user_shares_nothing(database: Database, plan_id: int, aiko: User, now: datetime) -> None:
    with database.write() as session:
        session.get_one(User, aiko.id).disabled_at = now
        gone = session.get_one(User, aiko.id)
    with pytest.raises(NotAllowed), database.read() as session:
        plan_sharing.sharing_choices(session, gone)
    with pytest.raises(NotFound):
        copy(database, gone, plan_id, now)


def test_customers_archived_since_are_left_behind_by_a_copy(database: Database, plan_id: int, aiko: User, now: datetime) -> None:
    gone = look(database, aiko, plan_id, now).stops[0].customer_id
    with database.write() as session:
        session.get_one(Customer, gone).archived_at = now
    assert gone not in {stop.customer_id for stop in look(database, aiko, copy(database, aiko, plan_id, now), now).stops}


def test_a_name_is_one_line_of_bounded_length(database: Database, plan_id: int, aiko: User, now: datetime) -> None:
    do(database, aiko, plan_sharing.name_plan, plan_id, now, name="<script>alert(1)</script>")
    assert look(database, aiko, plan_id, now).name == "<script>alert(1)</script>"
    with pytest.raises(TextTooLong):
        do(database, aiko, plan_sharing.name_plan, plan_id, now, name="あ" * 201)
