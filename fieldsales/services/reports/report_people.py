"""Whose reports somebody may read, and in which zone a person's days begin."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from sqlalchemy import Select, false, or_, select
from sqlalchemy.orm import Session

from fieldsales.db.models import User
from fieldsales.domain.words import Role
from fieldsales.errors import NotFound
from fieldsales.services.access import require_active, scope_of


def find_person(session: Session, actor: User, user_id: int) -> User:
    """Return the user whose reports `actor` may read.

    Raises:
        NotAllowed: `actor` is disabled. NotFound: no such user, or not one of theirs.
    """
    require_active(actor)
    person = session.get(User, user_id)
    scope = scope_of(actor)
    if person is None or not (
        scope.everything or person.id == actor.id or (actor.role is Role.MANAGER and person.team_id in scope.team_ids)
    ):
        raise NotFound()
    return person


def zone_of(person: User, zone: ZoneInfo) -> ZoneInfo:
    """Return the zone in which a person's days begin; `zone` is the installation's."""
    return ZoneInfo(person.timezone) if person.timezone else zone


def list_people(session: Session, actor: User) -> tuple[User, ...]:
    """Return the active people whose reports `actor` may read, by name; a rep reads their own only.

    Raises:
        NotAllowed: `actor` is disabled.
    """
    return tuple(session.scalars(readable_people(actor).where(User.disabled_at.is_(None))).unique())


def readable_people(actor: User) -> Select[User]:
    """Return the query of the people whose reports `actor` may read, those who have left included, by name.

    Raises:
        NotAllowed: `actor` is disabled.
    """
    require_active(actor)
    scope = scope_of(actor)
    query = select(User).order_by(User.name, User.id)
    if not scope.everything:
        teams = User.team_id.in_(sorted(scope.team_ids)) if actor.role is Role.MANAGER else false()
        query = query.where(or_(User.id == actor.id, teams))
    return query
