"""On the road: every tap counts once, whenever and in whatever order it arrives, and a recorded visit outweighs them all."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import func, select

from fieldsales.db.database import Database
from fieldsales.db.models import CheckIn, Customer, Plan, PlanShare, PlanStop, User, Visit
from fieldsales.domain.planning.outcome import outcome_from_json
from fieldsales.domain.words import PlanState, StopProgress, VisitKind
from fieldsales.errors import NotAllowed, NotFound, TextTooLong
from fieldsales.services.planning import plan_edits, plans, road
from fieldsales.services.planning.plan_changes import Action, changes_since, record_change
from fieldsales.services.planning.plan_stops import StopGone, forget_times
from fieldsales.services.planning.road import MissingSkipReason, PlanNotAccepted, StopVisited, Tap, TooLate
from fieldsales.services.visits import check_ins, visits
from fieldsales.services.visits.visits import VisitEdit
from tests.conftest import CustomerFactory
from tests.planned_days import TOKYO, keep_plan
from tests.road_taps import check_in, first_stop, history, stops, tap, tell, visit

MINUTE = timedelta(minutes=1)


@pytest.fixture
def customers(make_customer: CustomerFactory, aiko: User) -> list[Customer]:
    return [make_customer(f"客{n}", owner=aiko, lat=35.0 + n / 20, lon=139.0) for n in range(3)]


@pytest.fixture
def plan_id(database: Database, aiko: User, customers: list[Customer], today: date) -> int:
    return keep_plan(database, aiko, customers, today)


# Taps


def test_arriving_finishing_skipping_and_opening_again_are_told_and_kept_in_the_history(
    database: Database, aiko: User, plan_id: int, now: datetime
) -> None:
    assert tell(database, aiko, road.arrive, plan_id, now=now).progress is StopProgress.ARRIVED
    done = tell(database, aiko, road.mark_done, plan_id, now=now + MINUTE)
    assert (done.progress, done.arrived_at, done.done_at) == (StopProgress.DONE, now, now + MINUTE)
    again = tell(database, aiko, road.reopen, plan_id, now=now + 2 * MINUTE)
    assert (again.progress, again.done_at) == (StopProgress.ARRIVED, None)
    skipped = tell(database, aiko, road.skip, plan_id, now=now + 3 * MINUTE, reason=" 休業\x00 ")
    assert (skipped.progress, skipped.skip_reason) == (StopProgress.SKIPPED, "休業")
    assert history(database, plan_id) == ["arrived", "done", "reopened", "skipped"]


def test_the_same_tap_twice_counts_once(database: Database, aiko: User, plan_id: int, now: datetime) -> None:
    once = tap(now)
    tell(database, aiko, road.skip, plan_id, now=now, reason="休業", tap=once)
    tell(database, aiko, road.reopen, plan_id, now=now + MINUTE)
    stop = tell(database, aiko, road.skip, plan_id, now=now + 2 * MINUTE, reason="休業", tap=once)
    assert stop.progress is StopProgress.AHEAD
    assert history(database, plan_id) == ["skipped", "reopened"]


def test_two_copies_of_a_tap_at_the_same_moment_count_once(database: Database, aiko: User, plan_id: int, now: datetime) -> None:
    once = tap(now)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: tell(database, aiko, road.mark_done, plan_id, now=now, tap=once), range(4)))
    assert history(database, plan_id) == ["done"]


def test_a_reference_of_another_plan_reveals_nothing(
    database: Database, aiko: User, botan: User, plan_id: int, make_customer: CustomerFactory, today: date, now: datetime
) -> None:
    once = tap(now)
    tell(database, aiko, road.mark_done, plan_id, now=now, tap=once)
    other = keep_plan(database, botan, [make_customer("別の客", owner=botan)], today)
    with pytest.raises(NotFound):
        tell(database, botan, road.mark_done, other, now=now, tap=once)


def test_a_tap_made_before_what_was_told_later_changes_nothing_and_is_kept(
    database: Database, aiko: User, chie: User, plan_id: int, now: datetime
) -> None:
    tell(database, chie, road.mark_done, plan_id, now=now)
    stop = tell(database, aiko, road.skip, plan_id, now=now + MINUTE, reason="休業", tap=tap(now - MINUTE))
    assert stop.progress is StopProgress.DONE
    with database.read() as session:
        told = changes_since(session, aiko, plan_id=plan_id)[0]
    assert (told.action, told.detail["outdated"], told.detail["reason"], told.may_undo) == ("skipped", True, "休業", False)


def test_a_phone_whose_clock_is_ahead_is_not_believed(database: Database, aiko: User, plan_id: int, now: datetime) -> None:
    assert tell(database, aiko, road.mark_done, plan_id, now=now, tap=tap(now + timedelta(days=2))).done_at == now


@pytest.mark.parametrize(("reason", "error"), [("  ", MissingSkipReason), ("長" * 501, TextTooLong)])
def test_skipping_asks_for_a_reason_that_fits(
    database: Database, aiko: User, plan_id: int, now: datetime, reason: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        tell(database, aiko, road.skip, plan_id, now=now, reason=reason)
    assert history(database, plan_id) == []


def test_a_skipped_stop_makes_the_times_after_it_stale_and_can_be_undone_on_the_plan_page(
    database: Database, aiko: User, plan_id: int, now: datetime
) -> None:
    tell(database, aiko, road.skip, plan_id, now=now, reason="休業")
    with database.write() as session:
        assert outcome_from_json(session.get_one(Plan, plan_id).outcome).is_stale
        change = changes_since(session, aiko, plan_id=plan_id)[0]
        assert change.may_undo
        plan_edits.undo_change(session, aiko, plan_id=plan_id, change_id=change.id, now=now)
    stop = first_stop(database, plan_id)
    assert (stop.progress, stop.skip_reason) == (StopProgress.AHEAD, "")


# Who may


def test_strangers_see_no_plan_teammates_it_is_shared_with_may_only_look_and_managers_may_act(
    database: Database, aiko: User, botan: User, chie: User, dai: User, plan_id: int, now: datetime
) -> None:
    with pytest.raises(NotFound):
        tell(database, botan, road.mark_done, plan_id, now=now)
    with database.write() as session:
        session.add(PlanShare(plan_id=plan_id, user_id=botan.id))
    with pytest.raises(NotAllowed):
        tell(database, botan, road.mark_done, plan_id, now=now)
    assert tell(database, chie, road.mark_done, plan_id, now=now).progress is StopProgress.DONE
    assert tell(database, dai, road.mark_done, plan_id, stop=1, now=now).progress is StopProgress.DONE


def test_somebody_disabled_tells_nothing(database: Database, aiko: User, plan_id: int, now: datetime) -> None:
    aiko.disabled_at = now
    with pytest.raises(NotAllowed):
        tell(database, aiko, road.arrive, plan_id, now=now)


def test_a_draft_is_not_followed_and_a_stop_that_went_is_named(
    database: Database, aiko: User, customers: list[Customer], plan_id: int, today: date, now: datetime
) -> None:
    draft = keep_plan(database, aiko, customers, today, state=PlanState.DRAFT)
    with pytest.raises(PlanNotAccepted):
        tell(database, aiko, road.mark_done, draft, now=now)
    with pytest.raises(StopGone):
        tell(database, aiko, road.mark_done, plan_id, now=now, stop_id=first_stop(database, draft).id)


def test_what_is_told_of_a_deleted_plan_finds_no_plan(database: Database, aiko: User, plan_id: int, now: datetime) -> None:
    stop_id = first_stop(database, plan_id).id
    with database.write() as session:
        plans.delete_plan(session, aiko, plan_id=plan_id, now=now)
    with pytest.raises(NotFound):
        tell(database, aiko, road.skip, plan_id, now=now, stop_id=stop_id, reason="休業")


# Running late


def late(database: Database, actor: User, plan_id: int, leaves_at: datetime, *, now: datetime, when: Tap | None = None) -> bool:
    with database.write() as session:
        return road.note_late(session, actor, plan_id=plan_id, leaves_at=leaves_at, tap=when or tap(now), now=now)


def test_lateness_is_noted_once(database: Database, aiko: User, plan_id: int, now: datetime) -> None:
    once = tap(now)
    assert late(database, aiko, plan_id, now + 15 * MINUTE, now=now, when=once)
    with database.write() as session:
        record_change(session, aiko, session.get_one(Plan, plan_id), Action.SOLVED, now=now)
    assert not late(database, aiko, plan_id, now + 15 * MINUTE, now=now + MINUTE, when=once)
    assert history(database, plan_id) == ["late", "solved"]


@pytest.mark.parametrize("minutes", [0, -5, 12 * 60 + 1])
def test_lateness_lies_within_half_a_day(database: Database, aiko: User, plan_id: int, now: datetime, minutes: int) -> None:
    with pytest.raises(TooLate):
        late(database, aiko, plan_id, now + minutes * MINUTE, now=now)


# Visits and check-ins


def test_a_recorded_visit_makes_its_stop_done_and_taking_it_back_opens_it(
    database: Database, aiko: User, customers: list[Customer], plan_id: int, now: datetime
) -> None:
    made = visit(database, aiko, customers[0], now)
    stop = first_stop(database, plan_id)
    assert (stop.progress, stop.done_at, stop.visit_id) == (StopProgress.DONE, now, made.id)
    with database.write() as session:
        visits.undo_visit(session, aiko, visit_id=made.id, now=now + MINUTE)
    stop = first_stop(database, plan_id)
    assert (stop.progress, stop.done_at, stop.visit_id) == (StopProgress.AHEAD, None, None)
    assert history(database, plan_id) == ["visited", "visit_taken_back"]


def test_a_visit_that_comes_late_outweighs_a_skip_and_no_skip_outweighs_a_visit(
    database: Database, aiko: User, customers: list[Customer], plan_id: int, now: datetime
) -> None:
    tell(database, aiko, road.skip, plan_id, now=now, reason="時間切れ")
    visit(database, aiko, customers[0], now - MINUTE, now=now + 60 * MINUTE)
    assert first_stop(database, plan_id).progress is StopProgress.DONE
    stop = tell(database, aiko, road.skip, plan_id, now=now + 61 * MINUTE, reason="休業")
    assert (stop.progress, stop.skip_reason) == (StopProgress.DONE, "")
    with pytest.raises(StopVisited):
        tell(database, aiko, road.reopen, plan_id, now=now + 62 * MINUTE)


def test_only_visits_in_person_of_whose_day_it_is_count(
    database: Database, aiko: User, chie: User, customers: list[Customer], plan_id: int, now: datetime
) -> None:
    visit(database, aiko, customers[0], now, kind=VisitKind.CALL)
    visit(database, chie, customers[0], now)
    visit(database, aiko, customers[1], now - timedelta(days=1), now=now)
    assert {stop.progress for stop in stops(database, plan_id)} == {StopProgress.AHEAD}


def test_a_visit_moved_to_another_day_or_made_a_call_no_longer_does_its_stop(
    database: Database, aiko: User, customers: list[Customer], plan_id: int, now: datetime
) -> None:
    made = visit(database, aiko, customers[0], now)
    values = {"outcome": made.outcome, "likelihood": made.likelihood_after, "next_on": None, "note": ""}
    with database.write() as session:
        edit = VisitEdit(kind=VisitKind.CALL, visited_at=now, **values)
        visits.edit_visit(session, aiko, visit_id=made.id, version=1, values=edit, zone=TOKYO, now=now)
    assert first_stop(database, plan_id).progress is StopProgress.AHEAD


def test_the_second_visit_of_a_day_changes_nothing_and_a_deleted_plan_hinders_no_visit(
    database: Database, aiko: User, customers: list[Customer], plan_id: int, now: datetime
) -> None:
    first = visit(database, aiko, customers[0], now)
    visit(database, aiko, customers[0], now + MINUTE)
    assert first_stop(database, plan_id).visit_id == first.id
    with database.write() as session:
        plans.delete_plan(session, aiko, plan_id=plan_id, now=now)
    visit(database, aiko, customers[1], now)
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Visit)) == 3


def test_a_check_in_reaches_the_stop_and_one_told_late_closes_nothing_that_came_after_it(
    database: Database, aiko: User, customers: list[Customer], plan_id: int, now: datetime
) -> None:
    check_in(database, aiko, customers[1], now)
    late_one = check_in(database, aiko, customers[0], now - 30 * MINUTE)
    reached = stops(database, plan_id)
    assert [stop.arrived_at for stop in reached] == [now - 30 * MINUTE, now, None]
    assert [stop.progress for stop in reached] == [StopProgress.ARRIVED, StopProgress.ARRIVED, StopProgress.AHEAD]
    with database.read() as session:
        open_now = check_ins.open_check_in(session, aiko, now=now, zone=TOKYO)
        assert open_now is not None
        assert open_now.customer_id == customers[1].id
        assert session.get_one(CheckIn, late_one.id).closed_at == now


# What comes later, twice, or after all


def test_of_two_phones_the_later_tap_stands_in_whatever_order_they_arrive(
    database: Database, aiko: User, chie: User, plan_id: int, now: datetime
) -> None:
    tell(database, chie, road.skip, plan_id, now=now, reason="休業")
    stop = tell(database, aiko, road.mark_done, plan_id, now=now + MINUTE, tap=tap(now - MINUTE))
    assert (stop.progress, stop.skip_reason) == (StopProgress.SKIPPED, "休業")
    tell(database, chie, road.reopen, plan_id, now=now + 5 * MINUTE)
    stop = tell(database, aiko, road.mark_done, plan_id, now=now + 6 * MINUTE, tap=tap(now + 4 * MINUTE))
    assert stop.progress is StopProgress.AHEAD
    tell(database, aiko, road.mark_done, plan_id, now=now + 7 * MINUTE)
    stop = tell(database, chie, road.reopen, plan_id, now=now + 8 * MINUTE, tap=tap(now + 3 * MINUTE))
    assert stop.progress is StopProgress.DONE
    with database.read() as session:
        told = changes_since(session, aiko, plan_id=plan_id)
    assert [row.detail.get("outdated", False) for row in reversed(told)] == [False, True, False, True, False, True]


def test_a_day_that_was_never_planned_anew_after_running_late_is_when_the_phone_says_so_again(
    database: Database, aiko: User, plan_id: int, now: datetime
) -> None:
    once = tap(now)
    assert late(database, aiko, plan_id, now + 15 * MINUTE, now=now, when=once)
    assert late(database, aiko, plan_id, now + 15 * MINUTE, now=now + MINUTE, when=once)  # the solver broke in between
    assert history(database, plan_id) == ["late"]
    with database.write() as session:
        record_change(session, aiko, session.get_one(Plan, plan_id), Action.SOLVED, now=now + MINUTE)
    assert not late(database, aiko, plan_id, now + 15 * MINUTE, now=now + 2 * MINUTE, when=once)


def test_of_two_visits_of_a_day_one_may_be_taken_back_and_the_stop_stays_done(
    database: Database, aiko: User, customers: list[Customer], plan_id: int, now: datetime
) -> None:
    first = visit(database, aiko, customers[0], now)
    second = visit(database, aiko, customers[0], now + MINUTE)
    with database.write() as session:
        visits.undo_visit(session, aiko, visit_id=first.id, now=now + 2 * MINUTE)
    stop = first_stop(database, plan_id)
    assert (stop.progress, stop.visit_id, stop.done_at) == (StopProgress.DONE, second.id, second.visited_at)
    with database.write() as session:
        visits.undo_visit(session, aiko, visit_id=second.id, now=now + 3 * MINUTE)
    assert first_stop(database, plan_id).progress is StopProgress.AHEAD


def test_a_visit_taken_back_while_its_plan_was_deleted_is_not_done_when_the_plan_comes_back(
    database: Database, aiko: User, customers: list[Customer], plan_id: int, now: datetime
) -> None:
    made = visit(database, aiko, customers[0], now)
    with database.write() as session:
        plans.delete_plan(session, aiko, plan_id=plan_id, now=now)
        visits.undo_visit(session, aiko, visit_id=made.id, now=now + MINUTE)
    with database.write() as session:
        plans.restore_plan(session, aiko, plan_id=plan_id, now=now + 2 * MINUTE)
    stop = first_stop(database, plan_id)
    assert (stop.progress, stop.visit_id) == (StopProgress.AHEAD, None)


def test_a_promised_stop_that_planning_anew_left_out_and_that_was_visited_after_all_is_done(
    database: Database, aiko: User, customers: list[Customer], plan_id: int, now: datetime
) -> None:
    with database.write() as session:
        stop = session.get_one(PlanStop, first_stop(database, plan_id).id)
        stop.position = None
        forget_times(stop)
    made = visit(database, aiko, customers[0], now)
    assert (first_stop(database, plan_id).progress, first_stop(database, plan_id).visit_id) == (StopProgress.DONE, made.id)
    with database.read() as session:
        shown = plans.read_plan(session, aiko, plan_id=plan_id, now=now)
        figures = road.day_progress(session, aiko, user_id=aiko.id, day=shown.day)
    assert [stop.customer_id for stop in shown.stops if stop.progress is StopProgress.DONE] == [customers[0].id]
    assert figures is not None
    assert (figures.planned, figures.done, figures.open, figures.unplanned) == (3, 1, 2, 0)
    with database.write() as session:
        visits.undo_visit(session, aiko, visit_id=made.id, now=now + MINUTE)
    assert (first_stop(database, plan_id).progress, first_stop(database, plan_id).position) == (StopProgress.AHEAD, None)
