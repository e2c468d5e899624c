"""Appointments are moved and cancelled after a day was planned: drafts follow, plans in use say so and follow when planned again."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from fieldsales.db.database import Database
from fieldsales.db.models import Customer, User
from fieldsales.domain.planning.outcome import PlanNote
from fieldsales.domain.words import StopChoice
from fieldsales.errors import NotAllowed, NotFound
from fieldsales.services.planning import plan_changes, plan_dates, plan_edits, plan_sharing, planning, plans
from fieldsales.services.planning.plan_views import PlanView
from tests.days import MONDAY, Make, entry_of, look, make_town, open_day, tools_on, wall

NEAR = {"lat": 34.345, "lon": 134.048}
TUESDAY = MONDAY + timedelta(days=1)


@pytest.fixture
def meeting(aiko: User, make_customer: Make) -> Customer:
    make_town(make_customer, aiko, 2)
    return make_customer("約束商店", owner=aiko, **NEAR, next_on=MONDAY, next_time=time(14))


def agree(database: Database, customer: Customer, on: date | None, at: time | None) -> None:
    with database.write() as session:
        row = session.get_one(Customer, customer.id)
        row.next_on, row.next_time = on, at


def solved(database: Database, aiko: User, now: datetime, *, accept: bool = False) -> PlanView:
    plan_id = open_day(database, aiko, now)
    planning.solve_plan(tools_on(database), aiko.id, plan_id=plan_id, now=now)
    if accept:
        with database.write() as session:
            plans.accept_plan(session, aiko, plan_id=plan_id, now=now)
    return look(database, aiko, plan_id, now)


def edit(database: Database, actor: User, command: Any, plan_id: int, now: datetime, **values: Any) -> int | None:
    with database.write() as session:
        return command(session, actor, plan_id=plan_id, now=now, **values)


def test_a_draft_that_is_opened_again_follows_a_meeting_that_was_moved_made_or_cancelled(
    database: Database, aiko: User, meeting: Customer, now: datetime
) -> None:
    plan = solved(database, aiko, now)
    agree(database, meeting, MONDAY, time(16))
    assert look(database, aiko, plan.id, now).notes == (PlanNote.DATES_CHANGED,)
    seen = look(database, aiko, open_day(database, aiko, now), now)
    moved = entry_of(seen, meeting)
    assert moved.fixed_at is not None
    assert (seen.id, wall(moved.fixed_at), seen.is_stale, seen.notes) == (plan.id, time(16), True, ())
    agree(database, meeting, None, None)
    free = entry_of(look(database, aiko, open_day(database, aiko, now), now), meeting)
    assert free.fixed_at is None
    agree(database, meeting, MONDAY, time(11))
    again = entry_of(look(database, aiko, open_day(database, aiko, now), now), meeting)
    assert again.fixed_at is not None
    assert wall(again.fixed_at) == time(11)


def test_a_proposed_meeting_that_was_moved_to_another_day_leaves_the_draft_and_comes_back_with_its_date(
    database: Database, aiko: User, meeting: Customer, now: datetime
) -> None:
    plan = solved(database, aiko, now)
    agree(database, meeting, TUESDAY, time(10))
    open_day(database, aiko, now)
    seen = look(database, aiko, plan.id, now)
    assert meeting.id not in {entry.customer_id for entry in (*seen.stops, *seen.candidates)}
    agree(database, meeting, MONDAY, time(9, 30))
    open_day(database, aiko, now)
    back = entry_of(look(database, aiko, plan.id, now), meeting)
    assert back.fixed_at is not None
    assert wall(back.fixed_at) == time(9, 30)


def test_a_time_that_a_person_set_for_the_plan_is_left_alone_until_they_take_it_back(
    database: Database, aiko: User, meeting: Customer, now: datetime
) -> None:
    plan = solved(database, aiko, now)
    stop_id = entry_of(plan, meeting).id
    fixed = edit(database, aiko, plan_edits.fix_time, plan.id, now, stop_id=stop_id, at=time(15))
    agree(database, meeting, None, None)
    kept = entry_of(look(database, aiko, open_day(database, aiko, now), now), meeting)
    assert kept.fixed_at is not None
    assert wall(kept.fixed_at) == time(15)
    assert fixed is not None
    edit(database, aiko, plan_edits.undo_change, plan.id, now, change_id=fixed)
    assert entry_of(look(database, aiko, open_day(database, aiko, now), now), meeting).fixed_at is None


def test_a_plan_in_use_says_so_and_follows_when_it_is_planned_again(
    database: Database, aiko: User, meeting: Customer, now: datetime
) -> None:
    plan = solved(database, aiko, now, accept=True)
    agree(database, meeting, TUESDAY, time(10))
    seen = look(database, aiko, open_day(database, aiko, now), now)
    assert seen.version == plan.version
    assert (PlanNote.DATES_CHANGED in seen.notes, seen.is_stale) == (True, True)
    assert entry_of(seen, meeting).fixed_at == entry_of(plan, meeting).fixed_at
    noon = datetime(2026, 11, 30, 3, tzinfo=UTC)
    planning.replan_rest(tools_on(database), aiko.id, plan_id=plan.id, at=noon, here=None, now=noon)
    later = look(database, aiko, plan.id, noon)
    assert PlanNote.DATES_CHANGED not in later.notes
    assert entry_of(later, meeting).fixed_at is None
    with database.read() as session:
        actions = [row.action for row in plan_changes.changes_since(session, aiko, plan_id=plan.id)]
    assert actions[0] in ("solved", "dates_followed")
    assert actions.count("dates_followed") == 1


def test_what_was_excluded_and_days_that_are_past_stay_as_they_are(
    database: Database, aiko: User, meeting: Customer, now: datetime
) -> None:
    plan = solved(database, aiko, now)
    stop_id = entry_of(plan, meeting).id
    excluded = edit(database, aiko, plan_edits.choose_stop, plan.id, now, stop_id=stop_id, choice=StopChoice.EXCLUDED)
    agree(database, meeting, MONDAY, time(16))
    assert PlanNote.DATES_CHANGED not in look(database, aiko, plan.id, now).notes
    assert excluded is not None
    edit(database, aiko, plan_edits.undo_change, plan.id, now, change_id=excluded)
    past = now + timedelta(days=30)
    open_day(database, aiko, past)
    seen = look(database, aiko, plan.id, past)
    assert PlanNote.DATES_CHANGED not in seen.notes
    assert entry_of(seen, meeting).fixed_at == entry_of(plan, meeting).fixed_at


def test_strangers_and_readers_have_no_plan_follow(
    database: Database, aiko: User, botan: User, dai: User, meeting: Customer, now: datetime
) -> None:
    plan = solved(database, aiko, now)
    with pytest.raises(NotFound):
        edit(database, botan, plan_dates.follow_dates, plan.id, now)
    edit(database, dai, plan_sharing.share_plan, plan.id, now, user_id=botan.id)
    with pytest.raises(NotAllowed):
        edit(database, botan, plan_dates.follow_dates, plan.id, now)
