"""Named mappings: the choice of columns, remembered for the next list of the same shape."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from fieldsales.db.models import ImportMapping, User
from fieldsales.domain.words import Role
from fieldsales.errors import TextTooLong
from fieldsales.services.importing.columns import Columns, Heading, mapping_of
from fieldsales.services.importing.errors import MappingNameTaken, MissingMappingName

MAX_NAME = 200


def list_mappings(session: Session, actor: User) -> list[ImportMapping]:
    """Return the mappings of the actor and of the team, the last used first; an admin's list holds all."""
    query = select(ImportMapping).order_by(ImportMapping.used_at.desc(), ImportMapping.id)
    if actor.role is not Role.ADMIN:
        mates = select(User.id).where(User.team_id == actor.team_id) if actor.team_id else select(User.id).where(User.id == actor.id)
        query = query.where(or_(ImportMapping.created_by_id == actor.id, ImportMapping.created_by_id.in_(mates)))
    return list(session.scalars(query))


def fitting_mapping(mappings: list[ImportMapping], heading: Heading) -> ImportMapping | None:
    """Return the last used mapping that was made for exactly these headings."""
    return next((m for m in mappings if set(m.columns) == set(heading.names)), None)


def save_mapping(session: Session, actor: User, *, name: str, heading: Heading, columns: Columns, now: datetime) -> ImportMapping:
    """Remember the columns under a name; one's own mapping of that name is replaced.

    Raises:
        MissingMappingName, TextTooLong, MappingNameTaken.
    """
    name = " ".join(name.split())
    if not name:
        raise MissingMappingName()
    if len(name) > MAX_NAME:
        raise TextTooLong(field="mapping_name", limit=MAX_NAME)
    mapping = session.scalar(select(ImportMapping).where(ImportMapping.name == name))
    if mapping is None:
        mapping = ImportMapping(name=name, created_by_id=actor.id)
        session.add(mapping)
    elif mapping.created_by_id != actor.id and actor.role is not Role.ADMIN:
        raise MappingNameTaken(value=name)
    mapping.columns = mapping_of(heading, columns)
    mapping.used_at = now
    session.flush()
    return mapping
