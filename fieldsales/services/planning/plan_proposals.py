"""Proposing customers for a plan: for a new one, and more of them for one that has some."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldsales.db.models import Plan, PlanChange, User
from fieldsales.domain.planning.day_clock import DAY_MINUTES, working_span
from fieldsales.domain.planning.day_rules import rules_from_json
from fieldsales.domain.planning.reasons import reason_to_json
from fieldsales.domain.travel import Point
from fieldsales.domain.words import StopOrigin
from fieldsales.services.customers import due
from fieldsales.services.planning.plan_access import open_for_edit, stops_of
from fieldsales.services.planning.plan_candidates import Wanted, find_candidates, find_dated
from fieldsales.services.planning.plan_changes import Action, Edit, was_made
from fieldsales.services.planning.plan_dates import follow_dates
from fieldsales.services.planning.plan_facts import CustomerFacts
from fieldsales.services.planning.plan_stops import MAX_CUSTOMERS, appointment_of, plan_day, require_room
from fieldsales.services.planning.plan_worth import worth_on
from fieldsales.services.planning.planning_options import read_planning_options
from fieldsales.services.travel.places import place_points


def propose_more(session: Session, actor: User, *, plan_id: int, now: datetime, client_ref: UUID | None = None) -> int | None:
    """Propose further customers for a plan, as many as a new one gets; None when there is nobody left to propose.

    Raises:
        NotFound, NotAllowed. PlanFull.
    """
    plan = open_for_edit(session, actor, plan_id)
    if was_made(session, plan, client_ref):
        return None
    person = session.scalars(select(User).where(User.id == plan.user_id)).unique().one()
    require_room(len(stops_of(session, plan.id)), 1)
    edit = Edit(session, actor, plan, Action.PROPOSED, now=now, client_ref=client_ref)
    return edit.save(customers=propose_into(session, edit, person=person))


def take_in_dates(session: Session, actor: User, *, plan_id: int, now: datetime) -> int | None:
    """Take in whoever was given a date for the plan's day since the plan was opened, and let go of dates that were moved or cancelled.

    What somebody took out stays out. A plan that nobody could be proposed for when it was opened gets its
    proposals now. Nothing becomes of a plan whose day is past.

    Raises:
        NotFound, NotAllowed.
    """
    plan = open_for_edit(session, actor, plan_id)
    if plan.day < now.astimezone(plan_day(plan).zone).date():
        return None
    followed = follow_dates(session, actor, plan_id=plan_id, now=now)
    removed = select(PlanChange.detail).where(PlanChange.plan_id == plan.id, PlanChange.action == Action.REMOVED)
    gone = {customer_id for detail in session.scalars(removed) for customer_id in detail.get("customers", ())}
    wanted = _wanted(session, plan, plan.user_id)
    edit = Edit(session, actor, plan, Action.PROPOSED, now=now)
    find = find_dated if wanted.known or gone else find_candidates
    taken_in = edit.save(customers=_propose(edit, wanted, find(session, replace(wanted, known=wanted.known | gone))))
    return followed if taken_in is None else taken_in


def propose_into(session: Session, edit: Edit, *, person: User) -> list[int]:
    """Take the customers proposed for a plan into it, each with what it is worth, and return their ids."""
    wanted = _wanted(session, edit.plan, person.id)
    return _propose(edit, wanted, find_candidates(session, wanted))


def _wanted(session: Session, plan: Plan, user_id: int) -> Wanted:
    rule = due.read_rule(session, today=plan.day, zone=plan_day(plan).zone)
    known = frozenset(stop.customer_id for stop in stops_of(session, plan.id))
    past_midnight = working_span(rules_from_json(plan.rules))[1] > DAY_MINUTES
    last_day = plan.day + timedelta(days=1) if past_midnight else plan.day
    return Wanted(user_id, rule, read_planning_options(session), last_day, _starts(session, plan), known)


def _propose(edit: Edit, wanted: Wanted, found: Sequence[CustomerFacts]) -> list[int]:
    plan = edit.plan
    proposed = []
    for facts in found[: MAX_CUSTOMERS - len(wanted.known)]:
        appointment = appointment_of(plan, facts.next_on, facts.next_time)
        if facts.next_on == plan.day + timedelta(days=1) and not appointment:
            continue  # it belongs to the next day's shift
        worth = worth_on(facts, wanted.rule, wanted.options)
        why = [reason_to_json(reason) for reason in worth.why]
        edit.add(facts.id, origin=StopOrigin.PROPOSED, value=worth.value, why=why, **appointment)
        proposed.append(facts.id)
    return proposed


def _starts(session: Session, plan: Plan) -> tuple[Point, ...]:
    rules = rules_from_json(plan.rules)
    ids = [i for i in (rules.start_place_id, rules.end_place_id) if i is not None]
    return tuple(place_points(session, ids).values())
