"""What the commands that change plans have in common: opening a stop, whose customers they may be, times of the plan's day."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldsales.db.models import Customer, Plan, PlanStop, User
from fieldsales.domain.planning.day_clock import DAY_MINUTES, minutes_of, working_span
from fieldsales.domain.planning.day_rules import rules_from_json
from fieldsales.domain.planning.moments import PlanDay
from fieldsales.domain.words import StopChoice, StopProgress
from fieldsales.errors import N_, Conflict, CustomerNotFound, FixTheInput
from fieldsales.services.access import scope_of, visible_customers
from fieldsales.services.planning.plan_access import open_for_edit, stops_of
from fieldsales.services.planning.plan_changes import Edit

MAX_CUSTOMERS = 500
_MOST_NAMED = 5  # in a refusal
_BATCH = 500  # SQLite takes no endless lists


class PlanFull(FixTheInput):
    code = "plan_full"
    message = N_("A plan holds at most {limit} customers. Remove some, or add fewer.")
    field = "customer_ids"


class NotTheirCustomers(FixTheInput):
    """`names` are customers that whoever's day it is may not see."""

    code = "not_their_customers"
    message = N_("{who} may not see these customers: {names}")
    field = "customer_ids"


class StopGone(Conflict):
    code = "stop_gone"
    message = N_("This customer is no longer in the plan: somebody removed it in the meantime.")


class StopBegun(Conflict):
    code = "stop_begun"
    message = N_("This stop was reached, visited or skipped already; it stays as it is.")


class TimeOutsideDay(FixTheInput):
    code = "time_outside_day"
    message = N_("{time} is outside the working day of this plan. Change the hours of the day, or choose another time.")
    field = "fixed_at"


def plan_day(plan: Plan) -> PlanDay:
    """Return the day of a plan, with its clock."""
    return PlanDay(plan.day, ZoneInfo(plan.zone))


def open_stop(session: Session, actor: User, plan_id: int, stop_id: int) -> tuple[Plan, PlanStop]:
    """Return a plan to change and one of its stops that still lies ahead.

    Raises:
        NotFound, NotAllowed. StopGone, StopBegun.
    """
    plan = open_for_edit(session, actor, plan_id)
    stop = next((stop for stop in stops_of(session, plan.id) if stop.id == stop_id), None)
    if stop is None:
        raise StopGone()
    require_ahead(stop)
    return plan, stop


def require_ahead(stop: PlanStop) -> None:
    """Raise StopBegun when a stop was reached, done or skipped."""
    if stop.progress is not StopProgress.AHEAD:
        raise StopBegun()


def require_room(known: int, new: int) -> None:
    """Raise PlanFull when so many more customers are too many."""
    if known + new > MAX_CUSTOMERS:
        raise PlanFull(limit=MAX_CUSTOMERS)


def open_customers(session: Session, actor: User, customer_ids: Sequence[int]) -> list[Customer]:
    """Return customers to plan for, in the order asked for; archived and merged ones count as gone.

    Raises:
        CustomerNotFound: one of them does not exist, or `actor` may not see it.
    """
    found: dict[int, Customer] = {}
    for first in range(0, len(customer_ids), _BATCH):
        some = customer_ids[first : first + _BATCH]
        query = visible_customers(actor).where(Customer.id.in_(some), Customer.merged_into_id.is_(None))
        found |= {customer.id: customer for customer in session.scalars(query)}
    if any(i not in found for i in customer_ids):
        raise CustomerNotFound()
    return [found[i] for i in customer_ids]


def require_seen_by(session: Session, actor: User, user_id: int, customers: Sequence[Customer]) -> None:
    """Raise NotTheirCustomers unless a user may see all these customers: nobody is sent to whom they may not know.

    It names the first of those that `actor` may see.
    """
    person = session.scalars(select(User).where(User.id == user_id)).unique().one()
    scope = scope_of(person)
    hidden = [customer for customer in customers if not scope.admits(customer.owner_id, customer.team_id)]
    if hidden:
        own = scope_of(actor)
        names = [customer.name for customer in hidden if own.admits(customer.owner_id, customer.team_id)]
        named = names[:_MOST_NAMED]
        raise NotTheirCustomers(who=person.name, names=", ".join(named if len(named) == len(hidden) else [*named, "…"]))


def appointment_of(plan: Plan, next_on: date | None, next_time: time | None) -> dict[str, Any]:
    """Return the columns of a stop whose customer has an appointment on the plan's day; none otherwise.

    In a shift past midnight the early hours of the next date belong to the day, those of its own date to the shift before.
    """
    if next_on is None or next_time is None:
        return {}
    _, ends = working_span(rules_from_json(plan.rules))
    minutes = minutes_of(next_time) + DAY_MINUTES * (next_on - plan.day).days
    early = DAY_MINUTES <= minutes <= ends
    own = 0 <= minutes < DAY_MINUTES and minutes + DAY_MINUTES > ends
    if not (early or own):
        return {}
    return {"fixed_at": plan_day(plan).moment(plan_day(plan).seconds_of(minutes))}


def moment_of(plan: Plan, at: time) -> datetime:
    """Return the moment at which the clock shows `at` during a plan's working day, past midnight if that is where it lies.

    Raises:
        TimeOutsideDay.
    """
    begins, ends = working_span(rules_from_json(plan.rules))
    minutes = minutes_of(at)
    for moved in (minutes, minutes + DAY_MINUTES):
        if begins <= moved <= ends:
            return plan_day(plan).moment(plan_day(plan).seconds_of(moved))
    raise TimeOutsideDay(time=at.isoformat("minutes"))


def put_in_order(edit: Edit, stops: Iterable[PlanStop], wanted: Sequence[PlanStop]) -> list[PlanStop]:
    """Put a route into an order and return its stops that were moved: what has begun comes first, what `wanted` does not name last."""
    rows = list(stops)
    begun = [stop for stop in rows if stop.position is not None and stop.progress is not StopProgress.AHEAD]
    moved = [stop for stop in wanted if stop not in begun]
    others = [stop for stop in rows if stop.position is not None and stop not in begun and stop not in moved]
    for position, stop in enumerate([*begun, *moved, *others]):
        edit.set(stop, position=position)
        if stop.choice is StopChoice.EXCLUDED and stop not in begun:
            edit.set(stop, choice=StopChoice.OPEN)
    return moved


def forget_times(stop: PlanStop) -> None:
    """Take the times away from a customer that left the route."""
    stop.arrives_at = stop.starts_at = stop.leaves_at = stop.travel_s = stop.travel_m = stop.error_s = None
    stop.wait_s = stop.slack_s = stop.late_s = 0
