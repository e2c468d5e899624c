"""What today asks for: promised dates that have come, likely deals that nobody has seen for long, and what is done already."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, func, or_, select, true
from sqlalchemy.orm import Session, selectinload

from fieldsales.db.models import Customer, User, Visit
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.words import Role
from fieldsales.services.access import visible_customers
from fieldsales.services.customer_search import CustomerRow, row_of

NEGLECTED_AFTER_DAYS = {Likelihood.A: 14, Likelihood.B: 30}
SHOWN = 20


@dataclass(frozen=True, slots=True)
class Section:
    """The first customers of a list, and how many it has in all."""

    rows: tuple[CustomerRow, ...]
    total: int


@dataclass(frozen=True, slots=True)
class FollowUps:
    """One user's day. `coming` counts next dates in the seven days after today, `visited_today` the user's own visits."""

    overdue: Section
    due_today: Section
    neglected: Section
    coming: int
    visited_today: int
    customers: int


def plan_follow_ups(session: Session, actor: User, *, now: datetime, today: date, zone: ZoneInfo) -> FollowUps:
    """Return what today asks of `actor`: of a rep their own customers, of others all that they may see."""
    next_on = Customer.next_on
    next_week = and_(next_on > today, next_on <= today + timedelta(days=7))
    day_began = datetime.combine(today, datetime.min.time(), tzinfo=zone)
    visited = select(func.count(Visit.id)).where(Visit.user_id == actor.id, Visit.visited_at >= day_began, Visit.visited_at <= now)
    return FollowUps(
        overdue=_section(session, actor, next_on < today, next_on),
        due_today=_section(session, actor, next_on == today, Customer.likelihood),
        neglected=_section(session, actor, neglected_condition(now=now, today=today), Customer.likelihood, Customer.last_visited_at),
        coming=_count(session, actor, next_week),
        visited_today=session.scalar(visited) or 0,
        customers=_count(session, actor, true()),
    )


def neglected_condition(*, now: datetime, today: date) -> ColumnElement[bool]:
    """Return the condition for likely deals without a visit for too long and without a date to come."""
    unseen = [
        and_(
            Customer.likelihood == likelihood,
            or_(Customer.last_visited_at.is_(None), Customer.last_visited_at < now - timedelta(days=days)),
        )
        for likelihood, days in NEGLECTED_AFTER_DAYS.items()
    ]
    return and_(Customer.next_on.is_(None), or_(*unseen))


def _mine(actor: User) -> ColumnElement[bool]:
    return Customer.owner_id == actor.id if actor.role is Role.REP else true()


def _count(session: Session, actor: User, condition: ColumnElement[bool]) -> int:
    query = visible_customers(actor).where(_mine(actor), condition)
    return session.scalar(query.with_only_columns(func.count(Customer.id))) or 0


def _section(session: Session, actor: User, condition: ColumnElement[bool], *order: Any) -> Section:
    total = _count(session, actor, condition)
    if not total:
        return Section((), 0)
    query = visible_customers(actor).where(_mine(actor), condition).order_by(*order, Customer.id).limit(SHOWN)
    found = session.scalars(query.options(selectinload(Customer.owner)))
    return Section(tuple(row_of(customer) for customer in found), total)
