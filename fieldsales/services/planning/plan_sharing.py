"""Plans handed around: shown to colleagues, given to another rep, copied to another day, named."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from fieldsales.db.models import Customer, Plan, PlanShare, PlanStop, TeamManager, User
from fieldsales.domain.planning.day_rules import DayRules, rules_from_json, rules_to_json
from fieldsales.domain.planning.outcome import outcome_from_json, outcome_to_json
from fieldsales.domain.words import PlanState, Role, StopChoice, StopPin
from fieldsales.errors import NotFound
from fieldsales.services.access import require_active, scope_of
from fieldsales.services.customers.records import clean_text
from fieldsales.services.planning.plan_access import find_plan, open_for_edit, stops_of
from fieldsales.services.planning.plan_changes import Action, Edit, make_stale, record_change
from fieldsales.services.planning.plan_stops import appointment_of, require_ahead, require_seen_by
from fieldsales.services.planning.plan_views import Person
from fieldsales.services.planning.plans import find_planned
from fieldsales.services.planning.work_days import read_rules
from fieldsales.services.reports.report_people import zone_of

MAX_NAME = 200


def sharing_choices(session: Session, actor: User) -> tuple[Person, ...]:
    """Return with whom `actor` may share plans: their teams and who manages these; everybody for an admin. By name, without themself.

    Raises:
        NotAllowed: `actor` is disabled.
    """
    require_active(actor)
    query = select(User.id, User.name).where(User.disabled_at.is_(None), User.id != actor.id)
    if actor.role is not Role.ADMIN:
        own = {actor.team_id} if actor.team_id is not None else set()
        teams = sorted(own | scope_of(actor).team_ids)
        managers = select(TeamManager.user_id).where(TeamManager.team_id.in_(teams))
        query = query.where(or_(User.team_id.in_(teams), User.id.in_(managers)))
    return tuple(Person(row.id, row.name) for row in session.execute(query.order_by(User.name, User.id)))


def share_plan(session: Session, actor: User, *, plan_id: int, user_id: int, now: datetime) -> None:
    """Let a colleague look at a plan; of customers that they may not see they learn the place in the route alone. Twice is once.

    Raises:
        NotFound: no such plan, or nobody with whom `actor` may share. NotAllowed.
    """
    plan = open_for_edit(session, actor, plan_id)
    if user_id not in {person.id for person in sharing_choices(session, actor)}:
        raise NotFound()
    if session.get(PlanShare, (plan.id, user_id)) is None:
        session.add(PlanShare(plan_id=plan.id, user_id=user_id))
        record_change(session, actor, plan, Action.SHARED, detail={"user": user_id}, now=now)


def unshare_plan(session: Session, actor: User, *, plan_id: int, user_id: int, now: datetime) -> None:
    """Take a plan away from somebody it was shared with; twice is once.

    Raises:
        NotFound, NotAllowed.
    """
    plan = open_for_edit(session, actor, plan_id)
    share = session.get(PlanShare, (plan.id, user_id))
    if share is not None:
        session.delete(share)
        record_change(session, actor, plan, Action.UNSHARED, detail={"user": user_id}, now=now)


def name_plan(session: Session, actor: User, *, plan_id: int, name: str, now: datetime) -> int | None:
    """Name a plan, or take its name away.

    Raises:
        NotFound, NotAllowed. TextTooLong.
    """
    plan = open_for_edit(session, actor, plan_id)
    edit = Edit(session, actor, plan, Action.NAMED, now=now)
    edit.set(plan, name=" ".join(clean_text(name, field="name", limit=MAX_NAME).split()))
    return edit.save(stale=False, name=plan.name)


def assign_plan(session: Session, actor: User, *, plan_id: int, user_id: int, zone: ZoneInfo, now: datetime) -> int | None:
    """Make a plan somebody else's day, as a draft; hours and customers stay, the way to them is the other one's.

    `zone` is the installation's, for people without one of their own.

    Raises:
        NotFound, NotAllowed: for the plan, or for whom `actor` may not plan. NotTheirCustomers: whom the other one may not see.
        StopBegun: the day is under way.
    """
    plan = open_for_edit(session, actor, plan_id)
    person = find_planned(session, actor, user_id)
    if person.id == plan.user_id:
        return None
    stops = stops_of(session, plan.id)
    for stop in stops:
        require_ahead(stop)
    require_seen_by(session, actor, person.id, _customers(session, stops))
    edit = Edit(session, actor, plan, Action.ASSIGNED, now=now)
    rules = _as_travelled_by(rules_from_json(plan.rules), read_rules(session, actor, user_id=person.id))
    edit.set(plan, user_id=person.id, zone=zone_of(person, zone).key, state=PlanState.DRAFT, accepted_at=None, rules=rules_to_json(rules))
    # Whoever made it gave it away: they have no say in somebody else's day.
    edit.set(plan, created_by_id=actor.id)
    for stop in stops:
        edit.set(stop, promised_at=None)
    outcome = outcome_from_json(plan.outcome)
    plan.outcome = outcome_to_json(replace(outcome, start=None, end=None, way_out=(), way_home=()))  # where the other one set out is theirs
    change = edit.save(user=person.id)
    _forget_share(session, plan)
    return change


def copy_plan(
    session: Session,
    actor: User,
    *,
    plan_id: int,
    day: date,
    user_id: int | None = None,
    client_ref: UUID,
    zone: ZoneInfo,
    now: datetime,
) -> int:
    """Copy a plan to another day, or for somebody else, as a draft in the same order, and return its id; the same `client_ref` copies once.

    Appointments stay with their day: the copy has those of its own. Customers archived or merged meanwhile are left behind.

    Raises:
        NotFound: no such plan, or nobody for whom `actor` may plan. NotAllowed: disabled. NotTheirCustomers.
    """
    source = find_plan(session, actor, plan_id)
    person = find_planned(session, actor, source.user_id if user_id is None else user_id)
    known = session.scalar(select(Plan).where(Plan.client_ref == client_ref))
    if known is not None:
        if known.created_by_id != actor.id:
            raise NotFound()
        return known.id
    rules = rules_from_json(source.rules)
    if person.id != source.user_id:
        rules = _as_travelled_by(rules, read_rules(session, actor, user_id=person.id))
    stops = stops_of(session, source.id)
    customers = {customer.id: customer for customer in _customers(session, stops)}
    require_seen_by(session, actor, person.id, list(customers.values()))
    copy = Plan(
        client_ref=client_ref,
        user_id=person.id,
        created_by_id=actor.id,
        changed_by_id=actor.id,
        day=day,
        zone=zone_of(person, zone).key,
        name=source.name,
        goal=source.goal,
        rules=rules_to_json(replace(rules, here=None)),
        created_at=now,
        changed_at=now,
    )
    session.add(copy)
    session.flush()
    for stop in stops:
        if stop.customer_id in customers:
            session.add(_copy_of(stop, copy, customers[stop.customer_id]))
    session.flush()
    make_stale(copy)
    record_change(session, actor, copy, Action.COPIED, detail={"plan": source.id, "day": source.day.isoformat()}, now=now)
    return copy.id


def _copy_of(stop: PlanStop, copy: Plan, customer: Customer) -> PlanStop:
    excluded = stop.choice is StopChoice.EXCLUDED
    return PlanStop(
        plan_id=copy.id,
        customer_id=stop.customer_id,
        origin=stop.origin,
        choice=stop.choice,
        pin=None if stop.pin is StopPin.TIME else stop.pin,
        visit_minutes=stop.visit_minutes,
        value=stop.value,
        position=None if excluded else stop.position,
        **appointment_of(copy, customer.next_on, customer.next_time),
    )


def _as_travelled_by(rules: DayRules, usual: DayRules) -> DayRules:
    """Return the hours and pauses of a day with the ends and the means of travel of somebody else."""
    return replace(
        rules,
        whence=usual.whence,
        start_place_id=usual.start_place_id,
        here=None,
        whither=usual.whither,
        end_place_id=usual.end_place_id,
        mode=usual.mode,
        parking_minutes=usual.parking_minutes,
    )


def _customers(session: Session, stops: list[PlanStop]) -> list[Customer]:
    """Return the customers of stops that can still be planned for."""
    query = select(Customer).where(Customer.id.in_([stop.customer_id for stop in stops]))
    return list(session.scalars(query.where(Customer.archived_at.is_(None), Customer.merged_into_id.is_(None)).order_by(Customer.id)))


def _forget_share(session: Session, plan: Plan) -> None:
    """Drop the share with whom the plan belongs to now: it is theirs."""
    share = session.get(PlanShare, (plan.id, plan.user_id))
    if share is not None:
        session.delete(share)
        session.flush()
