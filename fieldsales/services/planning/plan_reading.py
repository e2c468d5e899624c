"""Plans as they are shown: rows made into the views of `plan_views`, without what their reader may not know."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from fieldsales.db.models import Customer, Plan, PlanShare, PlanStop, User
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.planning.day_rules import rules_from_json
from fieldsales.domain.planning.outcome import Outcome, PlanNote, Spot, outcome_from_json
from fieldsales.domain.planning.reasons import Reason, Relief, Why, WhyNot, reasons_from_json
from fieldsales.domain.words import PlanState, StopProgress
from fieldsales.services.access import visible_to
from fieldsales.services.planning.plan_access import find_plan, may_edit, stops_of, visible_plans
from fieldsales.services.planning.plan_dates import changed_dates
from fieldsales.services.planning.plan_views import CandidateView, EndView, Person, PlanRow, PlanView, RestView, StopView, Totals
from fieldsales.services.travel.places import find_choice

Telling = Callable[[tuple[Reason, ...]], tuple[Reason, ...]]
_NAMING = {"after", "before", "by", "with", "name", "names"}  # params of reasons that are names of customers
_SHOWN = (Customer.id, Customer.name, Customer.likelihood, Customer.address, Customer.phone, Customer.email, Customer.opening_hours)
_PLACE = (Customer.lat, Customer.lon, Customer.visit_minutes)


def read_plan(session: Session, actor: User, *, plan_id: int, now: datetime) -> PlanView:
    """Return a plan as `actor` sees it.

    Raises:
        NotFound: there is none, or `actor` may not see it.
    """
    plan = find_plan(session, actor, plan_id)
    stops = stops_of(session, plan.id)
    rules, outcome = rules_from_json(plan.rules), outcome_from_json(plan.outcome)
    people = _people(session, {plan.user_id, plan.created_by_id, plan.changed_by_id})
    dated = plan.state is not PlanState.SET_ASIDE and bool(changed_dates(session, plan, now=now))
    known = _customers(session, actor, plan.id)
    telling = _telling(all(row.visible for row in known.values()))
    route = [stop for stop in stops if stop.position is not None]
    start, end = (_end(session, actor, plan, spot) for spot in (outcome.start, outcome.end))
    others = sorted((stop for stop in stops if stop.position is None), key=lambda stop: (-stop.value, stop.id))
    return PlanView(
        id=plan.id,
        version=plan.version,
        person=people[plan.user_id],
        created_by=people[plan.created_by_id],
        changed_by=people[plan.changed_by_id],
        changed_at=plan.changed_at,
        day=plan.day,
        zone=ZoneInfo(plan.zone),
        name=plan.name,
        state=plan.state,
        goal=plan.goal,
        rules=rules if plan.user_id == actor.id else replace(rules, here=None),
        is_solved=outcome.is_solved,
        is_stale=outcome.is_stale or (outcome.is_solved and dated),
        is_by_hand=outcome.is_solved and not outcome.solver,
        stops=tuple(_stop(stop, known[stop.customer_id], plan, rules.visit_minutes, telling) for stop in route),
        candidates=tuple(_candidate(stop, known[stop.customer_id], rules.visit_minutes, telling) for stop in others),
        rests=tuple(RestView(rest.name, rest.starts_at, rest.ends_at) for rest in outcome.rests),
        start=start,
        end=end,
        totals=_totals(outcome),
        notes=(*outcome.notes, PlanNote.DATES_CHANGED.value) if dated else outcome.notes,
        conflicts=telling(outcome.conflicts),
        line=(outcome.way_out if start else ()) + outcome.line + (outcome.way_home if end else ()),
        may_edit=may_edit(session, actor, plan),
        shared_with=_shared_with(session, plan.id),
    )


def list_plans(session: Session, actor: User, *, first_day: date, last_day: date, user_id: int | None = None) -> tuple[PlanRow, ...]:
    """Return the plans of these days that `actor` may see, by day, person and age; of one person only with `user_id`."""
    query = visible_plans(actor).where(Plan.day.between(first_day, last_day))
    if user_id is not None:
        query = query.where(Plan.user_id == user_id)
    plans = list(session.scalars(query.order_by(Plan.day, Plan.user_id, Plan.id)))
    people = _people(session, {i for plan in plans for i in (plan.user_id, plan.changed_by_id)})
    counts = _counts(session, [plan.id for plan in plans])
    rows = [_row(plan, people, *counts.get(plan.id, (0, 0))) for plan in plans]
    return tuple(sorted(rows, key=lambda row: (row.day, row.person.name, row.person.id, row.id)))


def _row(plan: Plan, people: Mapping[int, Person], visits: int, done: int) -> PlanRow:
    return PlanRow(
        id=plan.id,
        person=people[plan.user_id],
        day=plan.day,
        name=plan.name,
        state=plan.state,
        visits=visits,
        done=done,
        totals=_totals(outcome_from_json(plan.outcome)),
        changed_at=plan.changed_at,
        changed_by=people[plan.changed_by_id],
    )


def _counts(session: Session, plan_ids: list[int]) -> dict[int, tuple[int, int]]:
    """Return for each plan how many stops its route has, and how many of them are done."""
    if not plan_ids:
        return {}
    done = func.sum(case((PlanStop.progress == StopProgress.DONE, 1), else_=0))
    query = select(PlanStop.plan_id, func.count(), done).where(PlanStop.plan_id.in_(plan_ids), PlanStop.position.is_not(None))
    return {plan_id: (visits, done) for plan_id, visits, done in session.execute(query.group_by(PlanStop.plan_id))}


def _people(session: Session, user_ids: Iterable[int]) -> dict[int, Person]:
    found = session.execute(select(User.id, User.name).where(User.id.in_(set(user_ids))))
    return {row.id: Person(row.id, row.name) for row in found}


def _shared_with(session: Session, plan_id: int) -> tuple[Person, ...]:
    query = select(User.id, User.name).join(PlanShare, PlanShare.user_id == User.id).where(PlanShare.plan_id == plan_id)
    return tuple(Person(row.id, row.name) for row in session.execute(query.order_by(User.name, User.id)))


def _customers(session: Session, actor: User, plan_id: int) -> dict[int, Any]:
    """Return the plan's customers by id; of one that `actor` may not see no more than where it is."""
    visible = case((visible_to(actor), True), else_=False).label("visible")
    query = select(*_SHOWN, *_PLACE, visible).join(PlanStop, PlanStop.customer_id == Customer.id).where(PlanStop.plan_id == plan_id)
    return {row.id: row for row in session.execute(query)}


def _telling(knows_all: bool) -> Telling:
    """Return what passes on the reasons that a reader may hear: to who does not know all customers none that names one."""
    if knows_all:
        return lambda reasons: reasons
    return lambda reasons: tuple(reason for reason in reasons if not _NAMING & reason.params.keys())


def _stop(stop: PlanStop, customer: Any, plan: Plan, usual_minutes: int, telling: Telling) -> StopView:
    seen = customer.visible
    begun = stop.starts_at or plan.changed_at  # one put in by hand has no times before it is timed
    return StopView(
        id=stop.id,
        customer_id=stop.customer_id,
        name=customer.name if seen else "",
        likelihood=customer.likelihood if seen else Likelihood.UNRATED,
        address=customer.address if seen else "",
        phone=customer.phone if seen else "",
        email=customer.email if seen else "",
        lat=customer.lat or 0.0,
        lon=customer.lon or 0.0,
        arrives_at=stop.arrives_at or begun,
        starts_at=begun,
        leaves_at=stop.leaves_at or begun,
        travel_s=stop.travel_s or 0,
        travel_m=stop.travel_m or 0,
        wait_s=stop.wait_s,
        slack_s=stop.slack_s,
        late_s=stop.late_s,
        error_s=stop.error_s,
        choice=stop.choice,
        origin=stop.origin,
        fixed_at=stop.fixed_at,
        pin=stop.pin,
        visit_minutes=stop.visit_minutes or customer.visit_minutes or usual_minutes,
        value=stop.value if seen else 0.0,
        why=telling(reasons_from_json(stop.why, Why)) if seen else (),
        promised_at=stop.promised_at,
        progress=stop.progress,
        arrived_at=stop.arrived_at,
        done_at=stop.done_at,
        visit_id=stop.visit_id,
        skip_reason=stop.skip_reason if seen else "",
        opening_hours=customer.opening_hours if seen else "",
    )


def _candidate(stop: PlanStop, customer: Any, usual_minutes: int, telling: Telling) -> CandidateView:
    seen = customer.visible
    left_out: Mapping[str, Any] = stop.left_out if seen else {}
    reasons = telling(reasons_from_json([left_out["reason"]], WhyNot)) if left_out.get("reason") else ()
    return CandidateView(
        id=stop.id,
        customer_id=stop.customer_id,
        name=customer.name if seen else "",
        likelihood=customer.likelihood if seen else Likelihood.UNRATED,
        lat=customer.lat if seen else None,
        lon=customer.lon if seen else None,
        choice=stop.choice,
        origin=stop.origin,
        fixed_at=stop.fixed_at,
        visit_minutes=stop.visit_minutes or customer.visit_minutes or usual_minutes,
        value=stop.value if seen else 0.0,
        worth_why=telling(reasons_from_json(stop.why, Why)) if seen else (),
        reason=reasons[0] if reasons else None,
        reliefs=telling(reasons_from_json(left_out.get("reliefs", ()), Relief)),
    )


def _end(session: Session, actor: User, plan: Plan, spot: Spot | None) -> EndView | None:
    """Return where the day begins or ends, unless that is somebody else's own place, or where somebody else stood."""
    if spot is None:
        return None
    if spot.place_id is None:
        return EndView("", spot.lat, spot.lon) if plan.user_id == actor.id else None
    choice = find_choice(session, actor, spot.place_id)
    return None if choice is None or choice.point is None else EndView(choice.name, spot.lat, spot.lon)


def _totals(outcome: Outcome) -> Totals:
    return Totals(
        value=outcome.value,
        travel_s=outcome.travel_s,
        travel_m=outcome.travel_m,
        wait_s=outcome.wait_s,
        visits=outcome.visits,
        starts_at=outcome.starts_at,
        ends_at=outcome.ends_at,
        slack_s=outcome.slack_s,
    )
