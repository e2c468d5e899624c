"""Proposing customers for a plan: for a new one, and more of them for one that has some."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldsales.db.models import Plan, User
from fieldsales.domain.planning.day_clock import DAY_MINUTES, working_span
from fieldsales.domain.planning.day_rules import rules_from_json
from fieldsales.domain.planning.reasons import reason_to_json
from fieldsales.domain.travel import Point
from fieldsales.domain.words import StopOrigin
from fieldsales.services import due
from fieldsales.services.places import place_points
from fieldsales.services.plan_access import open_for_edit, stops_of
from fieldsales.services.plan_candidates import Wanted, find_candidates
from fieldsales.services.plan_changes import Action, Edit, was_made
from fieldsales.services.plan_stops import MAX_CUSTOMERS, appointment_of, plan_day, require_room
from fieldsales.services.plan_worth import worth_on
from fieldsales.services.planning_options import read_planning_options


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


def propose_into(session: Session, edit: Edit, *, person: User) -> list[int]:
    """Take the customers proposed for a plan into it, each with what it is worth, and return their ids."""
    plan = edit.plan
    rule = due.read_rule(session, today=plan.day, zone=plan_day(plan).zone)
    options = read_planning_options(session)
    known = frozenset(stop.customer_id for stop in stops_of(session, plan.id))
    past_midnight = working_span(rules_from_json(plan.rules))[1] > DAY_MINUTES
    last_day = plan.day + timedelta(days=1) if past_midnight else plan.day
    found = find_candidates(session, Wanted(person.id, rule, options, last_day, _starts(session, plan), known))
    proposed = []
    for facts in found[: MAX_CUSTOMERS - len(known)]:
        appointment = appointment_of(plan, facts.next_on, facts.next_time)
        if facts.next_on is not None and facts.next_on > plan.day and not appointment:
            continue  # it belongs to the next day's shift
        worth = worth_on(facts, rule, options)
        why = [reason_to_json(reason) for reason in worth.why]
        edit.add(facts.id, origin=StopOrigin.PROPOSED, value=worth.value, why=why, **appointment)
        proposed.append(facts.id)
    return proposed


def _starts(session: Session, plan: Plan) -> tuple[Point, ...]:
    rules = rules_from_json(plan.rules)
    ids = [i for i in (rules.start_place_id, rules.end_place_id) if i is not None]
    return tuple(place_points(session, ids).values())
