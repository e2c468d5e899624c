"""What people change in a plan: small commands, each of which holds whatever others changed meanwhile.

None asks for the version it was made on: two people who lock two stops have both locked. The plan's row is locked while
a command works, so that one follows the other. Each returns the id of its change, for `undo_change`, None when
there was nothing to change.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, time
from uuid import UUID

from sqlalchemy.orm import Session

from fieldsales.db.models import User
from fieldsales.domain.planning.day_rules import DayRules, Whence, rules_from_json, rules_to_json
from fieldsales.domain.words import PlanGoal, StopChoice, StopOrigin, StopPin
from fieldsales.errors import NumberOutside
from fieldsales.services.planning.plan_access import open_for_edit, stops_of
from fieldsales.services.planning.plan_changes import Action, Edit, was_made
from fieldsales.services.planning.plan_moves import move_stop
from fieldsales.services.planning.plan_proposals import propose_more
from fieldsales.services.planning.plan_reliefs import apply_relief
from fieldsales.services.planning.plan_stops import (
    NotTheirCustomers,
    PlanFull,
    StopBegun,
    StopGone,
    TimeOutsideDay,
    appointment_of,
    moment_of,
    open_customers,
    open_stop,
    put_in_order,
    require_ahead,
    require_room,
    require_seen_by,
)
from fieldsales.services.planning.plan_undo import UndoImpossible, undo_change
from fieldsales.services.planning.work_days import check_rules

__all__ = [
    "NotTheirCustomers",
    "PlanFull",
    "StopBegun",
    "StopGone",
    "TimeOutsideDay",
    "UndoImpossible",
    "add_customers",
    "apply_relief",
    "choose_stop",
    "fix_time",
    "move_stop",
    "pin_stop",
    "propose_more",
    "remove_stop",
    "reorder",
    "set_goal",
    "set_rules",
    "set_visit_minutes",
    "undo_change",
]

MAX_VISIT_MINUTES = 600


def add_customers(
    session: Session,
    actor: User,
    *,
    plan_id: int,
    customer_ids: Sequence[int],
    origin: StopOrigin = StopOrigin.ADDED,
    choice: StopChoice = StopChoice.OPEN,
    now: datetime,
    client_ref: UUID | None = None,
) -> int | None:
    """Take customers into a plan as candidates; those that are in it already stay as they are.

    Raises:
        NotFound, NotAllowed. CustomerNotFound: one of them `actor` may not see. NotTheirCustomers: one of them whoever's day it is
        may not see. PlanFull.
    """
    plan = open_for_edit(session, actor, plan_id)
    if was_made(session, plan, client_ref):
        return None
    known = {stop.customer_id for stop in stops_of(session, plan.id)}
    new = [i for i in dict.fromkeys(customer_ids) if i not in known]
    require_room(len(known), len(new))
    customers = open_customers(session, actor, new)
    require_seen_by(session, actor, plan.user_id, customers)
    edit = Edit(session, actor, plan, Action.ADDED, now=now, client_ref=client_ref)
    for customer in customers:
        edit.add(customer.id, origin=origin, choice=choice, **appointment_of(plan, customer.next_on, customer.next_time))
    return edit.save(customers=new)


def remove_stop(session: Session, actor: User, *, plan_id: int, stop_id: int, now: datetime, client_ref: UUID | None = None) -> int | None:
    """Take a customer out of a plan altogether; gone already is fine.

    Raises:
        NotFound, NotAllowed. StopBegun.
    """
    plan = open_for_edit(session, actor, plan_id)
    stop = next((stop for stop in stops_of(session, plan.id) if stop.id == stop_id), None)
    if stop is None or was_made(session, plan, client_ref):
        return None
    require_ahead(stop)
    edit = Edit(session, actor, plan, Action.REMOVED, now=now, client_ref=client_ref)
    edit.remove(stop)
    return edit.save(customers=[stop.customer_id])


def choose_stop(
    session: Session, actor: User, *, plan_id: int, stop_id: int, choice: StopChoice, now: datetime, client_ref: UUID | None = None
) -> int | None:
    """Lock a customer (visit in any case), exclude it (not this time), or leave it to the solver again.

    An excluded one leaves the route at once.

    Raises:
        NotFound, NotAllowed. StopGone, StopBegun.
    """
    plan, stop = open_stop(session, actor, plan_id, stop_id)
    if was_made(session, plan, client_ref):
        return None
    edit = Edit(session, actor, plan, Action.CHOSEN, now=now, client_ref=client_ref)
    edit.set(stop, choice=choice)
    if choice is StopChoice.EXCLUDED:
        edit.set(stop, position=None, pin=None)
    return edit.save(customers=[stop.customer_id], choice=choice.value)


def fix_time(
    session: Session, actor: User, *, plan_id: int, stop_id: int, at: time | None, now: datetime, client_ref: UUID | None = None
) -> int | None:
    """Make a visit an appointment at a time of the plan's day, or take that back with None.

    In a shift past midnight an hour before the shift begins is one of the next day.

    Raises:
        NotFound, NotAllowed. StopGone, StopBegun. TimeOutsideDay.
    """
    plan, stop = open_stop(session, actor, plan_id, stop_id)
    if was_made(session, plan, client_ref):
        return None
    moment = None if at is None else moment_of(plan, at)
    edit = Edit(session, actor, plan, Action.TIME_FIXED, now=now, client_ref=client_ref)
    edit.set(stop, fixed_at=moment)
    if moment is not None and stop.choice is StopChoice.EXCLUDED:
        edit.set(stop, choice=StopChoice.OPEN)
    return edit.save(customers=[stop.customer_id], at=moment and moment.isoformat())


def pin_stop(
    session: Session, actor: User, *, plan_id: int, stop_id: int, pin: StopPin | None, now: datetime, client_ref: UUID | None = None
) -> int | None:
    """Keep a stop the first or last of its day, or at about its time; None lets it move. There is one first and one last.

    Raises:
        NotFound, NotAllowed. StopGone, StopBegun.
    """
    plan, stop = open_stop(session, actor, plan_id, stop_id)
    if was_made(session, plan, client_ref):
        return None
    edit = Edit(session, actor, plan, Action.PINNED, now=now, client_ref=client_ref)
    if pin in (StopPin.FIRST, StopPin.LAST):
        for other in stops_of(session, plan.id):
            if other.id != stop.id and other.pin is pin:
                edit.set(other, pin=None)
    edit.set(stop, pin=pin)
    return edit.save(customers=[stop.customer_id], pin=pin and pin.value)


def set_visit_minutes(
    session: Session, actor: User, *, plan_id: int, stop_id: int, minutes: int | None, now: datetime, client_ref: UUID | None = None
) -> int | None:
    """Say how long one visit is to take, None for the customer's usual time.

    Raises:
        NotFound, NotAllowed. StopGone, StopBegun. NumberOutside.
    """
    if minutes is not None and not 1 <= minutes <= MAX_VISIT_MINUTES:
        raise NumberOutside(field="visit_minutes", value=minutes, lowest=1, highest=MAX_VISIT_MINUTES)
    plan, stop = open_stop(session, actor, plan_id, stop_id)
    if was_made(session, plan, client_ref):
        return None
    edit = Edit(session, actor, plan, Action.MINUTES_SET, now=now, client_ref=client_ref)
    edit.set(stop, visit_minutes=minutes)
    return edit.save(customers=[stop.customer_id], minutes=minutes)


def reorder(
    session: Session, actor: User, *, plan_id: int, stop_ids: Sequence[int], now: datetime, client_ref: UUID | None = None
) -> int | None:
    """Put the route into this order; a customer that was left out comes in where it stands in `stop_ids`.

    What was done or skipped stays where it is, ids that are gone are passed over, and stops that came into the route meanwhile
    follow at the end.

    Raises:
        NotFound, NotAllowed.
    """
    plan = open_for_edit(session, actor, plan_id)
    if was_made(session, plan, client_ref):
        return None
    edit = Edit(session, actor, plan, Action.REORDERED, now=now, client_ref=client_ref)
    stops = {stop.id: stop for stop in stops_of(session, plan.id)}
    wanted = put_in_order(edit, stops.values(), [stops[i] for i in dict.fromkeys(stop_ids) if i in stops])
    return edit.save(customers=[stop.customer_id for stop in wanted])


def set_rules(session: Session, actor: User, *, plan_id: int, rules: DayRules, now: datetime, client_ref: UUID | None = None) -> int | None:
    """Say how the day is to go. Where the rep stands is told to nobody else, so nobody else's rules forget it.

    Raises:
        NotFound, NotAllowed. The errors of `check_rules`.
    """
    plan = open_for_edit(session, actor, plan_id)
    if was_made(session, plan, client_ref):
        return None
    if actor.id != plan.user_id and rules.whence is Whence.HERE:
        rules = replace(rules, here=rules_from_json(plan.rules).here)
    rules = check_rules(session, user_id=plan.user_id, rules=rules)
    edit = Edit(session, actor, plan, Action.RULES_SET, now=now, client_ref=client_ref)
    edit.set(plan, rules=rules_to_json(rules))
    return edit.save()


def set_goal(session: Session, actor: User, *, plan_id: int, goal: PlanGoal, now: datetime, client_ref: UUID | None = None) -> int | None:
    """Say what the plan is to make the most of.

    Raises:
        NotFound, NotAllowed.
    """
    plan = open_for_edit(session, actor, plan_id)
    if was_made(session, plan, client_ref):
        return None
    edit = Edit(session, actor, plan, Action.GOAL_SET, now=now, client_ref=client_ref)
    edit.set(plan, goal=goal)
    return edit.save(goal=goal.value)
