"""Whom a customer may be given to: the same people that `customers.find_owner` accepts."""

from __future__ import annotations

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from fieldsales.db.models import User
from fieldsales.domain.words import Role
from fieldsales.services.access import scope_of


def assignable_owners(session: Session, actor: User) -> tuple[tuple[int, str], ...]:
    """Return (id, name) of the active users that `actor` may make the owner of a customer, by name."""
    users = select(User.id, User.name).where(User.disabled_at.is_(None)).order_by(User.name, User.id)
    scope = scope_of(actor)
    if actor.role is Role.REP:
        users = users.where(User.id == actor.id)
    elif not scope.everything:
        users = users.where(or_(User.id == actor.id, User.team_id.in_(sorted(scope.team_ids))))
    return tuple((row.id, row.name) for row in session.execute(users))
