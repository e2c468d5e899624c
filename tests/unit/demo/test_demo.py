"""The demo as somebody finds it: complete, the same every time, safe to start again, never mixed with a real team."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, selectinload

from fieldsales.bootstrap import Runtime
from fieldsales.db.base import Base
from fieldsales.db.database import Database
from fieldsales.db.models import CheckIn, Contact, Counter, Customer, CustomerChange, Plan, PlanStop, Tag, Team, User, Visit
from fieldsales.demo import NotADemo, prepare, preparing
from fieldsales.demo.people import HABITS, MEMBERS
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.matching import customer_key, people_in, search_text, with_people
from fieldsales.domain.opening_hours import tidy
from fieldsales.domain.words import ChangeCause, CheckInState, PlanState, Role, StopProgress
from fieldsales.errors import DatabaseBusy, PasswordTooShort
from fieldsales.services.access import visible_customers
from fieldsales.services.accounts.passwords import verify_password
from fieldsales.services.customers import contacts, customer_input, customers
from fieldsales.services.planning.plans import read_plan
from fieldsales.services.travel.places import list_places
from tests.unit.demo.conftest import PASSWORD

pytestmark = pytest.mark.both_databases


def _user(session: Session, account: str) -> User:
    return session.scalars(select(User).where(User.email == f"{account}@demo.example")).unique().one()


def _content(database: Database, *, without: frozenset[str] = frozenset()) -> str:
    """Return a fingerprint of every row of every table but `without`, the salted password hashes aside."""
    digest = hashlib.sha256()
    with database.read() as session:
        for table in [table for table in Base.metadata.sorted_tables if table.name not in without]:
            columns = [column for column in table.c if column.name != "password_hash"]
            for row in session.execute(select(*columns).order_by(*table.primary_key.columns)):
                digest.update(repr(tuple(row)).encode())
    return digest.hexdigest()


def _count(database: Database, model: Any) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def test_the_demo_has_three_hundred_customers_six_reps_a_manager_an_admin_and_a_rep_who_has_left(runtime: Runtime) -> None:
    summary = prepare(runtime, password=PASSWORD)
    assert (summary.created, summary.customers, summary.remark) == (True, 300, "")
    assert summary.accounts == (*(f"rep{n}@demo.example" for n in range(1, 7)), "manager@demo.example", "admin@demo.example")
    assert _count(runtime.database, Customer) == 300
    with runtime.database.read() as session:
        roles = [user.role for user in session.scalars(select(User).order_by(User.id)).unique()]
    assert roles == [Role.REP] * 6 + [Role.MANAGER, Role.ADMIN] + [Role.REP]


def test_every_account_opens_with_the_announced_password(runtime: Runtime) -> None:
    prepare(runtime, customers=1, password=PASSWORD)
    with runtime.database.read() as session:
        hashes = {user.password_hash for user in session.scalars(select(User)).unique()}
    assert len(hashes) == 1
    assert verify_password(PASSWORD, hashes.pop())


def test_the_manager_sees_everybodys_customers_and_a_rep_their_teams(demo: Database) -> None:
    with demo.read() as session:
        seen = {m.account: len(session.scalars(visible_customers(_user(session, m.account))).all()) for m in MEMBERS}
    assert seen["manager"] == seen["admin"] == 300
    assert seen["rep1"] == seen["rep2"] == seen["rep3"]
    assert seen["rep4"] == seen["rep5"] == seen["rep6"]
    assert 0 < seen["rep4"] < seen["rep1"] < 300


def test_the_same_moment_makes_the_same_demo(runtime: Runtime, tmp_path: Any) -> None:
    prepare(runtime, customers=120, password=PASSWORD)
    other = Database(f"sqlite:///{tmp_path}/other.sqlite3")
    prepare(replace(runtime, database=other), customers=120, password=PASSWORD)
    assert _content(other) == _content(runtime.database)
    other.dispose()


def test_another_hour_changes_nothing_but_how_far_todays_plans_have_come(runtime: Runtime, now: datetime, tmp_path: Any) -> None:
    prepare(runtime, customers=120, password=PASSWORD)
    later = Database(f"sqlite:///{tmp_path}/later.sqlite3")
    prepare(replace(runtime, database=later, clock=lambda: now + timedelta(hours=9)), customers=120, password=PASSWORD)
    by_visits = frozenset({"visits", "customers", "customer_changes", "plans", "plan_stops", "plan_changes"})
    assert _content(later, without=by_visits) == _content(runtime.database, without=by_visits)
    plans, done = [], []
    for database in (runtime.database, later):
        with database.read() as session:
            planned = select(Plan.user_id, Plan.day, Plan.state, PlanStop.customer_id, PlanStop.position, PlanStop.starts_at)
            plans.append([tuple(row) for row in session.execute(planned.join(PlanStop).order_by(Plan.id, PlanStop.id))])
            done.append(session.scalar(select(func.count()).where(PlanStop.progress == StopProgress.DONE)) or 0)
    assert plans[0] == plans[1]
    assert done[0] < done[1]
    later.dispose()


def test_each_rep_has_a_plan_for_today_partly_done_and_a_draft_for_tomorrow(runtime: Runtime, now: datetime) -> None:
    afternoon = now + timedelta(hours=5)
    prepare(replace(runtime, clock=lambda: afternoon), password=PASSWORD)
    with runtime.database.read() as session:
        for account in HABITS:
            rep = _user(session, account)
            plans = {plan.day: plan for plan in session.scalars(select(Plan).where(Plan.user_id == rep.id))}
            assert {day: plan.state for day, plan in plans.items()} == {
                date(2026, 11, 21): PlanState.ACCEPTED,
                date(2026, 11, 22): PlanState.DRAFT,
            }
            view = read_plan(session, rep, plan_id=plans[date(2026, 11, 21)].id, now=afternoon)
            progress = [stop.progress for stop in view.stops]
            reached = progress.count(StopProgress.DONE)
            assert 0 < reached < len(progress)
            assert progress == [StopProgress.DONE] * reached + [StopProgress.AHEAD] * (len(progress) - reached)
            assert all(stop.visit_id is not None and stop.done_at <= afternoon for stop in view.stops[:reached] if stop.done_at)
            assert (view.start is not None, view.is_solved, view.is_stale) == (True, True, False)
            assert all(stop.late_s == 0 for stop in view.stops)
            assert all(candidate.reason is not None for candidate in view.candidates)
            assert "自宅" in {place.name for place in list_places(session, rep)}


def test_before_the_working_day_nothing_of_today_is_done(runtime: Runtime, now: datetime) -> None:
    prepare(replace(runtime, clock=lambda: now - timedelta(hours=5)), customers=60, password=PASSWORD)
    with runtime.database.read() as session:
        assert set(session.scalars(select(PlanStop.progress))) == {StopProgress.AHEAD}
        assert session.scalar(select(func.count()).where(Visit.visited_at > now - timedelta(hours=5))) == 0


def test_about_half_of_the_customers_say_when_they_may_be_visited(demo: Database) -> None:
    with demo.read() as session:
        hours = list(session.scalars(select(Customer.opening_hours)))
        minutes = [m for m in session.scalars(select(Customer.visit_minutes)) if m is not None]
    assert 0.3 < sum(1 for text in hours if text) / len(hours) < 0.6
    assert {tidy(text) for text in hours} == set(hours)
    assert len(set(hours)) > 5
    assert 0.1 < len(minutes) / len(hours) < 0.3


def test_another_day_tells_the_story_up_to_that_day(runtime: Runtime, now: datetime, tmp_path: Any) -> None:
    prepare(runtime, customers=120, password=PASSWORD)
    later = Database(f"sqlite:///{tmp_path}/later.sqlite3")
    prepare(replace(runtime, database=later, clock=lambda: now + timedelta(days=14)), customers=120, password=PASSWORD)
    newest = []
    for database in (runtime.database, later):
        with database.read() as session:
            newest.append(session.scalar(select(func.max(Visit.visited_at))))
    assert newest[0] < now < newest[1]
    later.dispose()


def test_a_second_start_changes_nothing(runtime: Runtime) -> None:
    prepare(runtime, customers=30, password=PASSWORD)
    with runtime.database.write() as session:
        session.get_one(Customer, 7).memo = "書き足した"
    before = _content(runtime.database)
    summary = prepare(runtime, customers=30, password=PASSWORD)
    assert not summary.created
    assert summary.remark == ""
    assert _content(runtime.database) == before


def test_another_size_keeps_the_demo_that_is_there_and_says_so_in_one_line(runtime: Runtime) -> None:
    prepare(runtime, customers=30, password=PASSWORD)
    summary = prepare(runtime, customers=5_000, password=PASSWORD)
    assert summary.remark == "Kept the demo of 30 customers that is there; for 5,000, choose another --data-dir."
    assert _count(runtime.database, Customer) == 30


def test_a_new_password_opens_the_old_accounts_but_not_those_that_chose_their_own(runtime: Runtime) -> None:
    prepare(runtime, customers=1, password=PASSWORD)
    with runtime.database.write() as session:
        _user(session, "rep2").password_hash = "their own"
    prepare(runtime, customers=1, password="announced at the second start")
    with runtime.database.read() as session:
        hashes = {member.account: _user(session, member.account).password_hash for member in MEMBERS}
    assert hashes.pop("rep2") == "their own"
    assert len(set(hashes.values())) == 1
    assert verify_password("announced at the second start", hashes["admin"])


def test_a_real_teams_database_is_refused_and_left_as_it_is(runtime: Runtime, aiko: User) -> None:
    before = _content(runtime.database)
    with pytest.raises(NotADemo):
        prepare(runtime, customers=10, password=PASSWORD)
    assert _content(runtime.database) == before


def test_a_demo_that_is_interrupted_leaves_nothing_behind(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    insert_rows, batches = preparing._insert, []

    def break_at_the_second(session: Session, rows: Any) -> None:
        batches.append(len(rows.customers))
        if len(batches) == 2:
            raise OperationalError("INSERT", {}, Exception("disk is full"))
        insert_rows(session, rows)

    monkeypatch.setattr(preparing, "_insert", break_at_the_second)
    monkeypatch.setattr(preparing, "BATCH", 20)
    with pytest.raises(DatabaseBusy):
        prepare(runtime, customers=50, password=PASSWORD)
    assert batches == [20, 20]
    assert [_count(runtime.database, model) for model in (Customer, User, Team, Tag, Visit, Counter)] == [0] * 6
    monkeypatch.undo()
    assert prepare(runtime, customers=50, password=PASSWORD).created


def test_a_password_that_may_not_be_one_leaves_nothing_behind(runtime: Runtime) -> None:
    with pytest.raises(PasswordTooShort):
        prepare(runtime, customers=5, password="short")
    assert _count(runtime.database, User) == 0


def test_customers_can_be_added_after_the_demo_was_made(runtime: Runtime, now: datetime) -> None:
    prepare(runtime, customers=20, password=PASSWORD)
    with runtime.database.write() as session:
        admin = _user(session, "admin")
        added = customers.create_customer(session, admin, values=customer_input.CustomerInput(name="あとから商会"), now=now)
    assert added.id == 21


def test_every_column_says_what_the_services_would_have_written(demo: Database) -> None:
    with demo.read() as session:
        for customer in session.scalars(select(Customer).options(selectinload(Customer.tags))):
            assert customer_input.prepare_values(customer_input.input_of(customer)) == customer_input.input_of(customer)
            assert customer.match_key == customer_key(customer.name, customer.address)
            own = (customer.name, customer.name_kana, customer.code or "", customer.address)
            own += (customer.phone, customer.contact_name, customer.email)
            assert customer.search_text == with_people(search_text(*own), people_in(customer.search_text))


def test_a_customer_is_found_by_the_people_there(demo: Database) -> None:
    with demo.write() as session:
        before = dict(tuple(row) for row in session.execute(select(Customer.id, Customer.search_text)))
        for customer_id in session.scalars(select(Contact.customer_id).distinct()):
            contacts.refresh_search_text(session, customer_id)
        assert dict(tuple(row) for row in session.execute(select(Customer.id, Customer.search_text))) == before


def test_recent_visits_were_checked_in_to_and_most_agree_with_the_pin(demo: Database) -> None:
    with demo.read() as session:
        states = [row.state for row in session.scalars(select(CheckIn))]
        assert len(states) > 20
        assert sum(state in (CheckInState.VERIFIED, CheckInState.PLAUSIBLE) for state in states) > 0.8 * len(states)


def test_each_customer_ends_where_its_visits_and_changes_left_it(demo: Database) -> None:
    with demo.read() as session:
        visits, changes = list(session.scalars(select(Visit))), list(session.scalars(select(CustomerChange).order_by(CustomerChange.id)))
        for customer in session.scalars(select(Customer)):
            mine = sorted((v for v in visits if v.customer_id == customer.id), key=lambda v: v.visited_at)
            made = [c for c in changes if c.customer_id == customer.id]
            moves = [c.after["likelihood"] for c in made if "likelihood" in c.after]
            dates = [c.after["next_on"] for c in made if "next_on" in c.after]
            assert customer.last_visited_at == (mine[-1].visited_at if mine else None)
            tagged = sum(c.cause is ChangeCause.BULK for c in made)
            visited = [c.cause for c in made if c.cause is not ChangeCause.BULK]
            assert visited == [ChangeCause.CREATE] + [ChangeCause.VISIT] * (customer.version - 1 - tagged)
            assert [v.likelihood_before for v in mine[1:]] == [v.likelihood_after for v in mine[:-1]]
            assert not mine or mine[-1].likelihood_after is customer.likelihood
            assert not moves or moves[-1] == customer.likelihood
            assert customer.next_on == (date.fromisoformat(dates[-1]) if dates and dates[-1] else None)


def test_the_maps_of_running_servers_learn_of_the_demo(runtime: Runtime) -> None:
    prepare(runtime, customers=3, password=PASSWORD)
    with runtime.database.read() as session:
        assert session.scalar(select(Counter.value).where(Counter.name == "map_epoch")) == 1


def test_a_demo_without_customers_is_a_team_that_can_begin(runtime: Runtime) -> None:
    summary = prepare(runtime, customers=0, password=PASSWORD)
    assert (summary.customers, _count(runtime.database, Customer), _count(runtime.database, User)) == (0, 0, 9)


def test_won_deals_have_an_order_and_lost_ones_a_loss(demo: Database) -> None:
    with demo.read() as session:
        for likelihood, outcome in ((Likelihood.WON, "order"), (Likelihood.LOST, "lost")):
            ids = set(session.scalars(select(Customer.id).where(Customer.likelihood == likelihood)))
            decided = set(session.scalars(select(Visit.customer_id).where(Visit.outcome == outcome)))
            assert ids
            assert ids <= decided
