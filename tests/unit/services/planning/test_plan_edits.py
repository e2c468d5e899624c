"""People change plans: each command holds beside the others', can be undone, and leaves nothing half written."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy.orm import Session

from fieldsales.db.database import Database
from fieldsales.db.models import Customer, PlanStop, Team, User
from fieldsales.domain.planning import schedule
from fieldsales.domain.planning.plan import Plan
from fieldsales.domain.planning.problem import Problem
from fieldsales.domain.planning.reasons import Reason, Relief
from fieldsales.domain.words import PlanGoal, PlanState, StopChoice, StopPin, StopProgress
from fieldsales.errors import BadNumber, CustomerNotFound, NotAllowed, NotFound
from fieldsales.services.planning import plan_changes, plan_edits, plan_sharing, planning, plans
from fieldsales.services.planning.plan_edits import NotTheirCustomers, PlanFull, StopBegun, StopGone, TimeOutsideDay, UndoImpossible
from fieldsales.services.planning.plan_views import PlanView
from fieldsales.services.planning.work_days import DayWithoutLength
from tests.days import MONDAY, TOKYO, Make, QuickSolver, entry_of, look, make_town, open_day, tools_on, wall

Edit = Callable[..., Any]


@pytest.fixture
def plan_id(database: Database, aiko: User, make_customer: Make, now: datetime) -> int:
    """Aiko's Monday with four customers, planned."""
    make_town(make_customer, aiko, 4)
    plan_id = open_day(database, aiko, now)
    planning.solve_plan(tools_on(database), aiko.id, plan_id=plan_id, now=now)
    return plan_id


@pytest.fixture
def plan(database: Database, plan_id: int, aiko: User, now: datetime) -> PlanView:
    """The plan as it was made."""
    return look(database, aiko, plan_id, now)


def change(database: Database, actor: User, command: Edit, plan_id: int, now: datetime, **values: Any) -> int | None:
    with database.write() as session:
        return command(session, actor, plan_id=plan_id, now=now, **values)


def undo(database: Database, actor: User, plan_id: int, change_id: int | None, now: datetime) -> int | None:
    return change(database, actor, plan_edits.undo_change, plan_id, now, change_id=change_id)


class SlowStarter(QuickSolver):
    """A solver whose first plan visits one customer only."""

    def first_plan(self, problem: Problem) -> Plan:
        day = schedule.earliest(problem, 0, [0])
        assert day is not None
        return Plan((day,))


def order(plan: PlanView) -> list[int]:
    return [stop.id for stop in plan.stops]


def test_a_customer_comes_in_once_and_goes_out_again(
    database: Database, plan: PlanView, aiko: User, make_customer: Make, now: datetime
) -> None:
    new = make_customer("追加商店", owner=aiko, lat=34.34, lon=134.05)
    added = change(database, aiko, plan_edits.add_customers, plan.id, now, customer_ids=[new.id, new.id])
    assert change(database, aiko, plan_edits.add_customers, plan.id, now, customer_ids=[new.id]) is None
    seen = look(database, aiko, plan.id, now)
    assert [entry.name for entry in seen.candidates] == ["追加商店"]
    assert seen.is_stale
    undo(database, aiko, plan.id, added, now)
    assert look(database, aiko, plan.id, now).candidates == ()
    assert undo(database, aiko, plan.id, added, now) is None  # twice is once


def test_the_same_request_sent_twice_changes_once(database: Database, plan: PlanView, aiko: User, now: datetime) -> None:
    ref = uuid4()
    last = plan.stops[-1].id
    orders = ([last, *order(plan)[:-1]], order(plan))
    for stop_ids in orders:  # the second is the first one's late copy, whatever it says by now
        change(database, aiko, plan_edits.reorder, plan.id, now, stop_ids=stop_ids, client_ref=ref)
    assert order(look(database, aiko, plan.id, now))[0] == last


def test_nobody_adds_whom_they_or_the_rep_may_not_see(
    database: Database, plan: PlanView, aiko: User, botan: User, dai: User, make_customer: Make, now: datetime
) -> None:
    theirs = make_customer("西の客", owner=botan, lat=34.3, lon=134.0)
    with pytest.raises(CustomerNotFound):
        change(database, aiko, plan_edits.add_customers, plan.id, now, customer_ids=[theirs.id])
    with pytest.raises(NotTheirCustomers) as refused:
        change(database, dai, plan_edits.add_customers, plan.id, now, customer_ids=[theirs.id])
    assert refused.value.params == {"who": "Aiko", "names": "西の客"}
    assert look(database, aiko, plan.id, now).candidates == ()


def test_archived_customers_are_not_added(database: Database, plan: PlanView, aiko: User, make_customer: Make, now: datetime) -> None:
    gone = make_customer("閉店", owner=aiko, lat=34.3, lon=134.0, archived_at=now)
    with pytest.raises(CustomerNotFound):
        change(database, aiko, plan_edits.add_customers, plan.id, now, customer_ids=[gone.id])


def test_strangers_change_nothing(database: Database, plan: PlanView, aiko: User, botan: User, now: datetime) -> None:
    stop_id = plan.stops[0].id
    commands: list[tuple[Edit, dict[str, Any]]] = [
        (plan_edits.add_customers, {"customer_ids": [1]}),
        (plan_edits.remove_stop, {"stop_id": stop_id}),
        (plan_edits.choose_stop, {"stop_id": stop_id, "choice": StopChoice.LOCKED}),
        (plan_edits.fix_time, {"stop_id": stop_id, "at": time(10)}),
        (plan_edits.pin_stop, {"stop_id": stop_id, "pin": StopPin.FIRST}),
        (plan_edits.set_visit_minutes, {"stop_id": stop_id, "minutes": 15}),
        (plan_edits.reorder, {"stop_ids": [stop_id]}),
        (plan_edits.move_stop, {"stop_id": stop_id, "to_plan_id": plan.id + 1}),
        (plan_edits.set_rules, {"rules": plan.rules}),
        (plan_edits.set_goal, {"goal": PlanGoal.EARLY}),
        (plan_edits.propose_more, {}),
        (plan_edits.apply_relief, {"stop_id": stop_id, "relief": Reason(Relief.LOCK)}),
        (plan_edits.undo_change, {"change_id": 1}),
    ]
    for command, values in commands:
        with pytest.raises(NotFound):
            change(database, botan, command, plan.id, now, **values)
    with database.write() as session:
        session.get_one(User, aiko.id).disabled_at = now
        aiko = session.get_one(User, aiko.id)
    for command, values in commands:
        with pytest.raises(NotAllowed):
            change(database, aiko, command, plan.id, now, **values)


def test_locking_excluding_and_opening_again(database: Database, plan: PlanView, aiko: User, now: datetime) -> None:
    first, second = order(plan)[:2]
    change(database, aiko, plan_edits.choose_stop, plan.id, now, stop_id=first, choice=StopChoice.LOCKED)
    excluded = change(database, aiko, plan_edits.choose_stop, plan.id, now, stop_id=second, choice=StopChoice.EXCLUDED)
    seen = look(database, aiko, plan.id, now)
    assert seen.stops[0].choice is StopChoice.LOCKED
    assert [entry.id for entry in seen.candidates] == [second]
    assert second not in order(seen)
    undo(database, aiko, plan.id, excluded, now)
    assert order(look(database, aiko, plan.id, now)) == order(plan)


def test_a_time_is_fixed_within_the_day_only(database: Database, plan: PlanView, aiko: User, now: datetime) -> None:
    stop_id = plan.stops[0].id
    change(database, aiko, plan_edits.fix_time, plan.id, now, stop_id=stop_id, at=time(10, 45))
    planning.solve_plan(tools_on(database), aiko.id, plan_id=plan.id, now=now)
    fixed = next(stop for stop in look(database, aiko, plan.id, now).stops if stop.id == stop_id)
    assert wall(fixed.starts_at) == time(10, 45)
    with pytest.raises(TimeOutsideDay):
        change(database, aiko, plan_edits.fix_time, plan.id, now, stop_id=stop_id, at=time(21))


def test_in_a_night_shift_an_early_hour_is_the_next_day(database: Database, plan: PlanView, aiko: User, now: datetime) -> None:
    night = replace(plan.rules, begins=time(20), ends=time(5), pauses=())
    change(database, aiko, plan_edits.set_rules, plan.id, now, rules=night)
    change(database, aiko, plan_edits.fix_time, plan.id, now, stop_id=plan.stops[0].id, at=time(1, 30))
    fixed_at = entry_of(look(database, aiko, plan.id, now), Customer(id=plan.stops[0].customer_id)).fixed_at
    assert fixed_at is not None
    assert fixed_at.astimezone(plan.zone).date() == MONDAY + timedelta(days=1)


def test_one_stop_is_the_first(database: Database, plan: PlanView, aiko: User, now: datetime) -> None:
    last, other = order(plan)[-1], order(plan)[-2]
    change(database, aiko, plan_edits.pin_stop, plan.id, now, stop_id=other, pin=StopPin.FIRST)
    change(database, aiko, plan_edits.pin_stop, plan.id, now, stop_id=last, pin=StopPin.FIRST)
    planning.solve_plan(tools_on(database), aiko.id, plan_id=plan.id, now=now)
    seen = look(database, aiko, plan.id, now)
    assert seen.stops[0].id == last
    assert [stop.pin for stop in seen.stops[1:]] == [None] * 3


def test_a_visit_takes_as_long_as_somebody_says(database: Database, plan: PlanView, aiko: User, now: datetime) -> None:
    stop_id = plan.stops[0].id
    change(database, aiko, plan_edits.set_visit_minutes, plan.id, now, stop_id=stop_id, minutes=75)
    planning.retime_plan(tools_on(database), aiko.id, plan_id=plan.id, now=now)
    stop = look(database, aiko, plan.id, now).stops[0]
    assert stop.leaves_at - stop.starts_at == timedelta(minutes=75)
    for minutes in (0, -5, 10_000):
        with pytest.raises(BadNumber):
            change(database, aiko, plan_edits.set_visit_minutes, plan.id, now, stop_id=stop_id, minutes=minutes)


def test_a_new_order_takes_in_left_out_customers_and_passes_over_what_is_gone(
    database: Database, plan: PlanView, aiko: User, chie: User, make_customer: Make, now: datetime
) -> None:
    new = make_customer("追加商店", owner=aiko, lat=34.34, lon=134.05)
    change(database, aiko, plan_edits.add_customers, plan.id, now, customer_ids=[new.id])
    added = entry_of(look(database, aiko, plan.id, now), new).id
    a, b, c, d = order(plan)
    change(database, chie, plan_edits.remove_stop, plan.id, now, stop_id=b)
    change(database, aiko, plan_edits.reorder, plan.id, now, stop_ids=[d, b, added, c, a])
    assert order(look(database, aiko, plan.id, now)) == [d, added, c, a]
    change(database, aiko, plan_edits.reorder, plan.id, now, stop_ids=[c, d])  # made before the others came in
    assert order(look(database, aiko, plan.id, now)) == [c, d, added, a]


def test_a_removed_stop_is_gone_for_whoever_changes_it_next(
    database: Database, plan: PlanView, aiko: User, chie: User, now: datetime
) -> None:
    stop_id = plan.stops[0].id
    change(database, chie, plan_edits.remove_stop, plan.id, now, stop_id=stop_id)
    assert change(database, aiko, plan_edits.remove_stop, plan.id, now, stop_id=stop_id) is None
    with pytest.raises(StopGone):
        change(database, aiko, plan_edits.choose_stop, plan.id, now, stop_id=stop_id, choice=StopChoice.LOCKED)


def test_a_stop_that_was_reached_stays_as_it_is(database: Database, plan: PlanView, aiko: User, now: datetime) -> None:
    stop_id = plan.stops[0].id
    with database.write() as session:
        stop = session.get_one(PlanStop, stop_id)
        stop.progress, stop.done_at = StopProgress.DONE, now
    with pytest.raises(StopBegun):
        change(database, aiko, plan_edits.remove_stop, plan.id, now, stop_id=stop_id)
    change(database, aiko, plan_edits.reorder, plan.id, now, stop_ids=list(reversed(order(plan))))
    assert look(database, aiko, plan.id, now).stops[0].id == stop_id


def test_rules_are_checked_before_they_are_kept(database: Database, plan: PlanView, aiko: User, now: datetime) -> None:
    with pytest.raises(DayWithoutLength):
        change(database, aiko, plan_edits.set_rules, plan.id, now, rules=replace(plan.rules, begins=time(9), ends=time(9)))
    assert look(database, aiko, plan.id, now).rules == plan.rules
    changed = change(database, aiko, plan_edits.set_rules, plan.id, now, rules=replace(plan.rules, ends=time(15)))
    undo(database, aiko, plan.id, changed, now)
    assert look(database, aiko, plan.id, now).rules == plan.rules


def test_a_stop_moves_to_another_day_and_back(database: Database, plan: PlanView, aiko: User, now: datetime) -> None:
    tuesday = open_day(database, aiko, now, day=MONDAY + timedelta(days=1))
    stop = plan.stops[1]
    for other in look(database, aiko, tuesday, now).candidates:
        change(database, aiko, plan_edits.remove_stop, tuesday, now, stop_id=other.id)
    change(database, aiko, plan_edits.fix_time, plan.id, now, stop_id=stop.id, at=time(11))
    moved = change(database, aiko, plan_edits.move_stop, plan.id, now, stop_id=stop.id, to_plan_id=tuesday)
    (there,) = look(database, aiko, tuesday, now).candidates
    assert (there.name, there.choice) == (stop.name, StopChoice.LOCKED)
    assert there.fixed_at is not None
    assert there.fixed_at.astimezone(plan.zone).replace(tzinfo=None) == datetime(2026, 12, 1, 11)
    assert stop.id not in order(look(database, aiko, plan.id, now))
    undone = undo(database, aiko, plan.id, moved, now)
    assert order(look(database, aiko, plan.id, now)) == order(plan)
    assert look(database, aiko, tuesday, now).candidates == ()
    undo(database, aiko, plan.id, undone, now)
    assert [entry.id for entry in look(database, aiko, tuesday, now).candidates] == [stop.id]


def test_what_changed_since_is_not_undone(database: Database, plan: PlanView, aiko: User, chie: User, now: datetime) -> None:
    stop_id = plan.stops[0].id
    locked = change(database, aiko, plan_edits.choose_stop, plan.id, now, stop_id=stop_id, choice=StopChoice.LOCKED)
    change(database, chie, plan_edits.choose_stop, plan.id, now, stop_id=stop_id, choice=StopChoice.EXCLUDED)
    with pytest.raises(UndoImpossible):
        undo(database, aiko, plan.id, locked, now)
    removed = change(database, aiko, plan_edits.remove_stop, plan.id, now, stop_id=plan.stops[1].id)
    change(database, aiko, plan_edits.add_customers, plan.id, now, customer_ids=[plan.stops[1].customer_id])
    with pytest.raises(UndoImpossible):
        undo(database, aiko, plan.id, removed, now)
    with pytest.raises(NotFound):
        undo(database, aiko, plan.id, 10_000, now)


def test_planning_itself_is_undone(database: Database, plan: PlanView, aiko: User, now: datetime) -> None:
    backwards = list(reversed(order(plan)))
    change(database, aiko, plan_edits.reorder, plan.id, now, stop_ids=backwards)
    planning.solve_plan(tools_on(database), aiko.id, plan_id=plan.id, now=now)
    with database.read() as session:
        solved = next(row for row in plan_changes.changes_since(session, aiko, plan_id=plan.id) if row.action == "solved")
    undo(database, aiko, plan.id, solved.id, now)
    assert order(look(database, aiko, plan.id, now)) == backwards


def test_a_relief_relaxes_the_day_and_locks_the_customer(database: Database, plan: PlanView, aiko: User, now: datetime) -> None:
    stop_id = plan.stops[0].id
    reliefs = [
        (Reason(Relief.STAY_UNTIL, {"at": 20 * 3600, "for": str(stop_id), "day": str(plan.id)}), "ends", time(20)),
        (Reason(Relief.START_AT, {"at": 8 * 3600 + 1800, "for": str(stop_id), "day": str(plan.id)}), "begins", time(8, 30)),
        (Reason(Relief.ALLOW_TRAVEL, {"minutes": 90, "for": str(stop_id), "day": str(plan.id)}), "max_travel_minutes", 90),
    ]
    for relief, name, value in reliefs:
        change(database, aiko, plan_edits.apply_relief, plan.id, now, stop_id=stop_id, relief=relief)
        assert getattr(look(database, aiko, plan.id, now).rules, name) == value
    shorter = Reason(Relief.SHORTEN_BREAK, {"minutes": 15, "pause": 0, "for": str(stop_id), "day": str(plan.id)})
    change(database, aiko, plan_edits.apply_relief, plan.id, now, stop_id=stop_id, relief=shorter)
    dropped = Reason(Relief.DROP, {"visit": str(plan.stops[1].id), "name": plan.stops[1].name, "for": str(stop_id)})
    change(database, aiko, plan_edits.apply_relief, plan.id, now, stop_id=stop_id, relief=dropped)
    seen = look(database, aiko, plan.id, now)
    assert seen.rules.pauses[0].minutes == 45
    assert seen.stops[0].choice is StopChoice.LOCKED
    assert [(entry.id, entry.choice) for entry in seen.candidates] == [(plan.stops[1].id, StopChoice.EXCLUDED)]


def test_a_plan_holds_500_customers_and_no_more(database: Database, plan: PlanView, aiko: User, now: datetime) -> None:
    with database.write() as session:
        team = session.get_one(Team, aiko.team_id)
        rows = [
            Customer(name=f"大量{i}", owner_id=aiko.id, team_id=team.id, lat=34.3 + i / 1e4, lon=134.0, created_at=now, changed_at=now)
            for i in range(497)
        ]
        session.add_all(rows)
        session.flush()
        ids = [row.id for row in rows]
    with pytest.raises(PlanFull):
        change(database, aiko, plan_edits.add_customers, plan.id, now, customer_ids=ids)
    assert len(look(database, aiko, plan.id, now).candidates) == 0
    change(database, aiko, plan_edits.add_customers, plan.id, now, customer_ids=ids[:-1])
    assert len(look(database, aiko, plan.id, now).candidates) == 496


def test_two_people_at_once_have_both_said_what_they_said(
    database: Database, plan: PlanView, aiko: User, chie: User, now: datetime
) -> None:
    a, b, c, d = order(plan)
    edits: list[tuple[User, Edit, dict[str, Any]]] = [
        (aiko, plan_edits.choose_stop, {"stop_id": a, "choice": StopChoice.LOCKED}),
        (chie, plan_edits.set_visit_minutes, {"stop_id": b, "minutes": 20}),
        (aiko, plan_edits.remove_stop, {"stop_id": c}),
        (chie, plan_edits.set_goal, {"goal": PlanGoal.EARLY}),
        (aiko, plan_edits.reorder, {"stop_ids": [d, c, b, a]}),
        (chie, plan_edits.reorder, {"stop_ids": [d, c, b, a]}),
    ]
    with ThreadPoolExecutor(len(edits)) as people:
        list(people.map(lambda edit: change(database, edit[0], edit[1], plan.id, now, **edit[2]), edits))
    seen = look(database, aiko, plan.id, now)
    assert order(seen) == [d, b, a]
    assert seen.goal is PlanGoal.EARLY
    assert (seen.stops[2].choice, seen.stops[1].visit_minutes) == (StopChoice.LOCKED, 20)


def test_a_command_that_fails_leaves_nothing_behind(database: Database, plan: PlanView, aiko: User, now: datetime) -> None:
    def two(session: Session) -> None:
        plan_edits.remove_stop(session, aiko, plan_id=plan.id, stop_id=plan.stops[0].id, now=now)
        plan_edits.fix_time(session, aiko, plan_id=plan.id, stop_id=plan.stops[1].id, at=time(23), now=now)

    with pytest.raises(TimeOutsideDay), database.write() as session:
        two(session)
    assert look(database, aiko, plan.id, now) == plan


def test_an_undone_acceptance_is_not_taken_up_again_over_another_accepted_plan(
    database: Database, plan: PlanView, aiko: User, now: datetime
) -> None:
    accepted = change(database, aiko, plans.accept_plan, plan.id, now)
    undone = undo(database, aiko, plan.id, accepted, now)
    with database.write() as session:
        said = {"day": plan.day, "client_ref": uuid4(), "zone": TOKYO, "now": now}
        another = plan_sharing.copy_plan(session, aiko, plan_id=plan.id, **said)
    change(database, aiko, plans.accept_plan, another, now)
    with pytest.raises(UndoImpossible):
        undo(database, aiko, plan.id, undone, now)
    assert [look(database, aiko, i, now).state for i in (plan.id, another)] == [PlanState.DRAFT, PlanState.ACCEPTED]


def test_a_planned_day_is_taken_back_in_one_step(database: Database, plan: PlanView, aiko: User, now: datetime) -> None:
    backwards = list(reversed(order(plan)))
    change(database, aiko, plan_edits.reorder, plan.id, now, stop_ids=backwards)
    with database.read() as session:
        before = plan_changes.changes_since(session, aiko, plan_id=plan.id)[0].id
    planning.solve_plan(replace(tools_on(database), solver=SlowStarter()), aiko.id, plan_id=plan.id, now=now)
    with database.read() as session:
        rows = plan_changes.changes_since(session, aiko, plan_id=plan.id, after_id=before)
    assert [row.action for row in rows] == ["solved"]
    undo(database, aiko, plan.id, rows[0].id, now)
    assert order(look(database, aiko, plan.id, now)) == backwards
