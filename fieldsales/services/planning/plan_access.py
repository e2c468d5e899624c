"""Who may see a plan and who may change it: whose day it is and who manages them now; those it is shared with may look.

Having made a plan gives no right to it: plans are made for oneself or for people one manages, and who ceases to manage them
has no say in their days any more.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, Select, false, or_, select, true
from sqlalchemy.orm import Session

from fieldsales.db.models import Plan, PlanShare, PlanStop, User
from fieldsales.domain.words import Role
from fieldsales.errors import NotAllowed, NotFound
from fieldsales.services.access import require_active, scope_of

_FOREVER = 2**31 - 1


def edited_by(actor: User) -> ColumnElement[bool]:
    """Return the condition on `Plan` that admits what `actor` may change."""
    scope = scope_of(actor)
    if scope.everything:
        return true()
    if scope.owner_id < 0:
        return false()
    parts = [Plan.user_id == actor.id]
    if actor.role is Role.MANAGER and scope.team_ids:
        parts.append(Plan.user_id.in_(select(User.id).where(User.team_id.in_(sorted(scope.team_ids)))))
    return or_(*parts)


def seen_by(actor: User) -> ColumnElement[bool]:
    """Return the condition on `Plan` that admits what `actor` may see."""
    if actor.disabled_at is not None:
        return false()
    shared = Plan.id.in_(select(PlanShare.plan_id).where(PlanShare.user_id == actor.id))
    return or_(edited_by(actor), shared)


def visible_plans(actor: User) -> Select[Plan]:
    """Return the query of the plans that `actor` may see; deleted ones are not among them."""
    return select(Plan).where(seen_by(actor), Plan.deleted_at.is_(None))


def find_plan(session: Session, actor: User, plan_id: int) -> Plan:
    """Return one plan to look at.

    Raises:
        NotFound: there is none, or `actor` may not see it.
    """
    plan = session.scalar(visible_plans(actor).where(Plan.id == plan_id))
    if plan is None:
        raise NotFound()
    return plan


def may_edit(session: Session, actor: User, plan: Plan) -> bool:
    """True when `actor` may change a plan that they see."""
    return session.scalar(select(Plan.id).where(Plan.id == plan.id, edited_by(actor))) is not None


def open_for_edit(session: Session, actor: User, plan_id: int) -> Plan:
    """Return one plan to change, locked until the transaction ends: whoever else changes it waits and then sees what was changed.

    Raises:
        NotAllowed: `actor` is disabled, or may look only. NotFound.
    """
    require_active(actor)
    query = visible_plans(actor).where(Plan.id == plan_id).with_for_update(of=Plan)
    plan = session.scalar(query.execution_options(populate_existing=True))
    if plan is None:
        raise NotFound()
    if not may_edit(session, actor, plan):
        raise NotAllowed()
    return plan


def stops_of(session: Session, plan_id: int) -> list[PlanStop]:
    """Return all customers of a plan as they stand now: the route in order, then the others as they came in."""
    found = session.scalars(select(PlanStop).where(PlanStop.plan_id == plan_id).execution_options(populate_existing=True))
    return sorted(found, key=lambda stop: (_FOREVER if stop.position is None else stop.position, stop.id))
