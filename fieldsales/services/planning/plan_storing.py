"""Writing what was found into the plans it was found for: all of them in one transaction, and only while they are as they were."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from fieldsales.db.models import Plan, PlanStop, User
from fieldsales.domain.planning.outcome import outcome_from_json, outcome_to_json
from fieldsales.domain.words import PlanState, StopChoice, StopProgress
from fieldsales.services.planning.plan_access import open_for_edit, stops_of
from fieldsales.services.planning.plan_changes import Action, Edit, last_change, record_change
from fieldsales.services.planning.plan_results import DayResult, Sayings, StopResult
from fieldsales.services.planning.plan_stops import forget_times

Versions = Mapping[int, int]  # of each plan


class PlanMoved(Exception):
    """A plan is no longer what it was when it was read; not for people: the work is done again."""


def store_days(
    session: Session,
    actor: User,
    days: Sequence[DayResult],
    sayings: Sayings,
    *,
    versions: Versions,
    better: bool = False,
    now: datetime,
) -> dict[int, int]:
    """Write the routes and times that were found into their plans, and return the plans' new versions.

    A stop that was found for another day moves into that day's plan. What people decided is left alone. `better` says that
    `versions` are those of the first plan of the same day, which this one improves: people planned once, and undo once.

    Raises:
        PlanMoved: one of the plans was changed since `versions`; nothing is written. NotFound, NotAllowed.
    """
    plans = {day.plan_id: open_for_edit(session, actor, day.plan_id) for day in sorted(days, key=lambda day: day.plan_id)}
    if any(plan.version != versions[plan.id] for plan in plans.values()):
        raise PlanMoved()
    rows = {plan_id: {stop.id: stop for stop in stops_of(session, plan_id)} for plan_id in plans}
    edits = {plan_id: Edit(session, actor, plan, Action.SOLVED, now=now) for plan_id, plan in plans.items()}
    _bring_home(edits, rows, days)
    session.flush()  # rows that moved have their places free before others take them
    for day in days:
        _write_day(edits[day.plan_id], plans[day.plan_id], list(rows[day.plan_id].values()), day, sayings, now=now)
    session.flush()
    for plan_id, edit in edits.items():
        if edit.is_empty:
            record_change(session, actor, edit.plan, Action.RETIMED, now=now)
        elif better and (first := last_change(session, edit.plan)) is not None and first.action == Action.SOLVED:
            edit.amend(first)
        else:
            edit.save(stale=False, plans=[other for other in plans if other != plan_id])
    return {plan.id: plan.version for plan in plans.values()}


def store_sayings(session: Session, actor: User, sayings: Sayings, *, versions: Versions, now: datetime) -> dict[int, int]:
    """Write why stops are made and others are not, and return the plans' new versions.

    Raises:
        PlanMoved: one of the plans was changed since `versions`; nothing is written. NotFound, NotAllowed.
    """
    plans = [open_for_edit(session, actor, plan_id) for plan_id in sorted(versions)]
    if any(plan.version != versions[plan.id] for plan in plans):
        raise PlanMoved()
    for plan in plans:
        for stop in stops_of(session, plan.id):
            _say(stop, sayings)
        record_change(session, actor, plan, Action.RETIMED, now=now)
    return {plan.id: plan.version for plan in plans}


def store_times(session: Session, actor: User, day: DayResult, sayings: Sayings, *, version: int, now: datetime) -> int:
    """Write the times of an order that a person made and why its stops are made; positions, and why others are not, stay.

    Return the plan's new version.

    Raises:
        PlanMoved: the plan was changed since `version`; nothing is written. NotFound, NotAllowed.
    """
    plan = open_for_edit(session, actor, day.plan_id)
    if plan.version != version:
        raise PlanMoved()
    rows = {stop.id: stop for stop in stops_of(session, plan.id)}
    for found in day.stops:
        _write_times(rows[found.stop_id], found)
        rows[found.stop_id].why = sayings.why[found.stop_id]
    plan.outcome = outcome_to_json(replace(day.outcome, conflicts=outcome_from_json(plan.outcome).conflicts))
    record_change(session, actor, plan, Action.RETIMED, now=now)
    return plan.version


def _bring_home(edits: Mapping[int, Edit], rows: dict[int, dict[int, PlanStop]], days: Sequence[DayResult]) -> None:
    """Move the rows of stops that were found for another plan's day; one that the other plan has already is used there."""
    for day in days:
        for found in day.stops:
            if found.home_id == day.plan_id:
                continue
            moved = rows[found.home_id].pop(found.stop_id)
            there = rows[day.plan_id]
            known = next((stop for stop in there.values() if stop.customer_id == found.customer_id), None)
            if known is None:
                edits[found.home_id].give(moved, edits[day.plan_id])
                there[moved.id] = moved
            else:
                edits[found.home_id].remove(moved)
    for day in days:
        made = {found.customer_id for other in days for found in other.stops if other.plan_id != day.plan_id}
        for stop in [stop for stop in rows[day.plan_id].values() if stop.customer_id in made and _is_spare(stop)]:
            if not any(found.customer_id == stop.customer_id for found in day.stops):
                edits[day.plan_id].remove(rows[day.plan_id].pop(stop.id))


def _is_spare(stop: PlanStop) -> bool:
    """True for a candidate nobody decided anything about, which another day's plan now visits."""
    return stop.choice is StopChoice.OPEN and stop.fixed_at is None and stop.pin is None and stop.progress is StopProgress.AHEAD


def _write_day(edit: Edit, plan: Plan, rows: list[PlanStop], day: DayResult, sayings: Sayings, *, now: datetime) -> None:
    by_customer = {found.customer_id: found for found in day.stops}
    behind = {stop_id: position for position, stop_id in enumerate(day.behind)}
    # Who comes in before the day begins is promised as if from the start; who comes in on the way was not planned.
    is_promised = plan.state is PlanState.ACCEPTED and day.outcome.starts_at is not None and now < day.outcome.starts_at
    for stop in rows:
        found = by_customer.get(stop.customer_id)
        if stop.id in behind:
            edit.set(stop, position=behind[stop.id])
            continue
        _say(stop, sayings, stop_id=found.stop_id if found else stop.id)
        edit.set(stop, position=None if found is None else found.position)
        if found is None:
            forget_times(stop)
        else:
            _write_times(stop, found)
            if is_promised and stop.promised_at is None:
                stop.promised_at = found.starts_at
    plan.outcome = outcome_to_json(day.outcome)


def _write_times(stop: PlanStop, found: StopResult) -> None:
    stop.arrives_at, stop.starts_at, stop.leaves_at = found.arrives_at, found.starts_at, found.leaves_at
    stop.travel_s, stop.travel_m, stop.wait_s = found.travel_s, found.travel_m, found.wait_s
    stop.slack_s, stop.late_s, stop.error_s = found.slack_s, found.late_s, found.error_s


def _say(stop: PlanStop, sayings: Sayings, *, stop_id: int | None = None) -> None:
    key = stop.id if stop_id is None else stop_id
    if key in sayings.why:
        stop.why, stop.value = sayings.why[key], sayings.values[key]
    stop.left_out = sayings.left_out.get(key, {})
