"""A new plan proposes the rep's own customers: with a date, due, never visited, valuable nearby; nobody who must not be visited."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import pytest

from fieldsales.db.database import Database
from fieldsales.db.models import Customer, User
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.planning.options import PlanningOptions
from fieldsales.services.planning import plan_candidates, plan_edits, plan_proposals
from fieldsales.services.planning.plan_views import PlanView
from fieldsales.services.planning.planning_options import save_planning_options
from tests.days import MONDAY, Make, add_office, around, look, make_town, open_day, wall

NEAR = {"lat": 34.345, "lon": 134.048}


def names(plan: PlanView) -> set[str]:
    return {entry.name for entry in plan.candidates}


def seen(days: int, now: datetime) -> dict[str, datetime]:
    return {"last_visited_at": now - timedelta(days=days)}


def test_dates_come_first_and_appointments_have_their_time(database: Database, aiko: User, make_customer: Make, now: datetime) -> None:
    make_customer("面談", owner=aiko, **NEAR, **seen(3, now), next_on=MONDAY, next_time=time(15, 30))
    make_customer("約束", owner=aiko, **NEAR, **seen(3, now), next_on=MONDAY)
    make_customer("遅れ", owner=aiko, **NEAR, **seen(3, now), next_on=MONDAY - timedelta(days=5))
    make_customer("明日", owner=aiko, **NEAR, **seen(300, now), next_on=MONDAY + timedelta(days=1), likelihood=Likelihood.A)
    make_customer("ピンなし", owner=aiko, **seen(3, now), next_on=MONDAY)
    plan = look(database, aiko, open_day(database, aiko, now), now)
    assert names(plan) == {"面談", "約束", "遅れ", "ピンなし"}
    (fixed,) = [entry for entry in plan.candidates if entry.fixed_at is not None]
    assert fixed.fixed_at is not None
    assert (fixed.name, wall(fixed.fixed_at)) == ("面談", time(15, 30))
    assert all(entry.value > 0 and entry.worth_why for entry in plan.candidates)


def test_due_and_never_visited_are_proposed_and_who_was_just_seen_is_not(
    database: Database, aiko: User, make_customer: Make, now: datetime
) -> None:
    make_customer("期限超過", owner=aiko, **NEAR, likelihood=Likelihood.B, **seen(60, now))
    make_customer("自分の周期", owner=aiko, **NEAR, likelihood=Likelihood.D, cadence_days=7, **seen(5, now))
    make_customer("初回", owner=aiko, **NEAR)
    make_customer("昨日会った", owner=aiko, **NEAR, likelihood=Likelihood.B, **seen(1, now))
    plan = look(database, aiko, open_day(database, aiko, now), now)
    assert names(plan) == {"期限超過", "自分の周期", "初回"}


def test_nobody_is_proposed_without_a_date_who_lies_out_of_reach_of_the_day(
    database: Database, aiko: User, make_customer: Make, now: datetime
) -> None:
    make_customer("面談", owner=aiko, **NEAR, next_on=MONDAY, next_time=time(15))
    sapporo = {"lat": 43.06, "lon": 141.35, "likelihood": Likelihood.A}
    make_customer("札幌の面談", owner=aiko, **sapporo, next_on=MONDAY + timedelta(days=9))
    make_customer("札幌の遅れ", owner=aiko, **sapporo, next_on=MONDAY - timedelta(days=5))
    make_customer("札幌の期限超過", owner=aiko, **sapporo, **seen(300, now))
    make_customer("近くの期限超過", owner=aiko, **NEAR, likelihood=Likelihood.D, **seen(300, now))
    assert names(look(database, aiko, open_day(database, aiko, now), now)) == {"面談", "近くの期限超過"}


def test_a_draft_begun_before_there_were_customers_gets_its_proposals_when_it_is_opened_again(
    database: Database, aiko: User, make_customer: Make, now: datetime
) -> None:
    plan_id = open_day(database, aiko, now)
    make_customer("取込後", owner=aiko, **NEAR)
    assert open_day(database, aiko, now) == plan_id
    (proposed,) = look(database, aiko, plan_id, now).candidates
    with database.write() as session:
        plan_edits.remove_stop(session, aiko, plan_id=plan_id, stop_id=proposed.id, now=now)
    open_day(database, aiko, now)
    assert names(look(database, aiko, plan_id, now)) == set()


def test_the_valuable_are_proposed_where_one_goes_anyway(database: Database, aiko: User, make_customer: Make, now: datetime) -> None:
    make_customer("面談", owner=aiko, **NEAR, **seen(1, now), next_on=MONDAY, next_time=time(15))
    make_customer("隣の有望先", owner=aiko, lat=34.346, lon=134.05, likelihood=Likelihood.WON, **seen(2, now))
    make_customer("遠い有望先", owner=aiko, lat=34.9, lon=134.6, likelihood=Likelihood.WON, **seen(2, now))
    make_customer("隣の見込み薄", owner=aiko, lat=34.346, lon=134.05, likelihood=Likelihood.D, **seen(2, now))
    assert names(look(database, aiko, open_day(database, aiko, now), now)) == {"面談", "隣の有望先"}


def test_nobody_is_proposed_who_is_not_to_be_visited_or_not_the_reps(
    database: Database, aiko: User, botan: User, make_customer: Make, now: datetime
) -> None:
    due = {**NEAR, "next_on": MONDAY}
    make_customer("訪問不可", owner=aiko, **due, do_not_visit=True)
    make_customer("もう可", owner=aiko, **due, do_not_visit=True, do_not_visit_until=MONDAY - timedelta(days=1))
    make_customer("アーカイブ", owner=aiko, **due, archived_at=now)
    kept = make_customer("残した方", owner=aiko, **due)
    make_customer("統合済み", owner=aiko, **due, merged_into_id=kept.id)
    make_customer("他人の客", owner=botan, **due)
    make_customer("同じチームの客", team_id=aiko.team_id, **due)
    assert names(look(database, aiko, open_day(database, aiko, now), now)) == {"もう可", "残した方"}


def test_the_team_decides_how_many_and_near_ones_go_before_far_ones(
    database: Database, aiko: User, dai: User, make_customer: Make, now: datetime
) -> None:
    add_office(database)
    with database.write() as session:
        save_planning_options(session, dai, options=PlanningOptions(max_candidates=10), now=now)
    near = make_town(make_customer, aiko, 10)
    for number in range(10):
        make_customer(f"遠方{number}", owner=aiko, lat=35.0 + number / 100, lon=135.0, likelihood=Likelihood.B)
    plan_id = open_day(database, aiko, now)
    assert names(look(database, aiko, plan_id, now)) == {customer.name for customer in near}
    with database.write() as session:
        plan_edits.propose_more(session, aiko, plan_id=plan_id, now=now)
    assert len(look(database, aiko, plan_id, now).candidates) == 20
    with database.write() as session:
        assert plan_edits.propose_more(session, aiko, plan_id=plan_id, now=now) is None


def test_a_rep_with_very_many_customers_gets_the_same_proposals(
    database: Database, aiko: User, make_customer: Make, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(30):
        make_customer(f"客{number}", owner=aiko, **around(number), likelihood=list(Likelihood)[number % 5], **seen(number * 9, now))
    few = names(look(database, aiko, open_day(database, aiko, now), now))
    monkeypatch.setattr(plan_candidates, "MANY", 10)
    many = names(look(database, aiko, open_day(database, aiko, now, day=MONDAY + timedelta(days=1)), now))
    assert few
    assert few <= many  # a day later somebody more may be due


def test_dates_given_after_the_plan_was_opened_are_taken_in_unless_taken_out(
    database: Database, aiko: User, make_customer: Make, now: datetime
) -> None:
    make_customer("外した客", owner=aiko, **NEAR, **seen(1, now), next_on=MONDAY)
    later = make_customer("あとの約束", owner=aiko, **NEAR, **seen(1, now))
    plan_id = open_day(database, aiko, now)
    (entry,) = look(database, aiko, plan_id, now).candidates
    with database.write() as session:
        plan_edits.remove_stop(session, aiko, plan_id=plan_id, stop_id=entry.id, now=now)
        session.get_one(Customer, later.id).next_on = MONDAY
        plan_proposals.take_in_dates(session, aiko, plan_id=plan_id, now=now)
        assert plan_proposals.take_in_dates(session, aiko, plan_id=plan_id, now=now) is None
    assert names(look(database, aiko, plan_id, now)) == {"あとの約束"}


def test_around_the_date_line_both_sides_are_near(database: Database, aiko: User, make_customer: Make, now: datetime) -> None:
    make_customer("面談", owner=aiko, lat=-16.8, lon=179.995, **seen(1, now), next_on=MONDAY, next_time=time(10))
    make_customer("向こう側", owner=aiko, lat=-16.8, lon=-179.995, likelihood=Likelihood.WON, **seen(1, now))
    assert names(look(database, aiko, open_day(database, aiko, now), now)) == {"面談", "向こう側"}
