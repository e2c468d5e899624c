"""Whose figures somebody may look at, and which customers these are about: the one rule behind every view of the manager's page.

A rep sees their own figures and the customers they own, a manager those of the teams they manage, an admin all. People who have
left (disabled) are part of it: what they did stays done, what they own waits for a hand-over.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, or_, select, true
from sqlalchemy.orm import Session

from fieldsales.db.models import Customer, CustomerTag, Tag, Team, User
from fieldsales.domain.team_filter import TeamFilter
from fieldsales.domain.words import Role
from fieldsales.errors import NotAllowed
from fieldsales.services.access import require_active, scope_of, visible_to

MOST_OFFERED = 2_000


@dataclass(frozen=True, slots=True)
class TeamPerson:
    """Somebody whose figures may be looked at; `left` when they were disabled."""

    id: int
    name: str
    team_id: int | None
    team_name: str
    role: Role
    left: bool


@dataclass(frozen=True, slots=True)
class TeamScope:
    """What an actor may look at (`everybody`, `teams` as (id, name)) and whom the filter leaves (`people`), each by name."""

    everybody: tuple[TeamPerson, ...]
    teams: tuple[tuple[int, str], ...]
    people: tuple[TeamPerson, ...]
    leads: bool

    @property
    def user_ids(self) -> tuple[int, ...]:
        """The ids of the people the filter leaves."""
        return tuple(person.id for person in self.people)


def read_scope(session: Session, actor: User, *, team_filter: TeamFilter) -> TeamScope:
    """Return who the actor may look at, and whom of them the filter leaves; strangers named in the filter leave nobody.

    Raises:
        NotAllowed: `actor` is disabled.
    """
    require_active(actor)
    scope, leads = scope_of(actor), actor.role is not Role.REP
    query = select(User.id, User.name, User.team_id, Team.name, User.role, User.disabled_at).outerjoin(Team, Team.id == User.team_id)
    if not scope.everything:
        query = query.where(or_(User.id == actor.id, User.team_id.in_(sorted(scope.team_ids)) if leads else false()))
    rows = session.execute(query.order_by(User.name, User.id))
    everybody = tuple(TeamPerson(i, name, team_id, team or "", role, left is not None) for i, name, team_id, team, role, left in rows)
    teams = _teams(session, actor, everybody)
    people = everybody
    if team_filter.team_ids:
        people = tuple(p for p in people if p.team_id in team_filter.team_ids)
    if team_filter.user_ids:
        people = tuple(p for p in people if p.id in team_filter.user_ids)
    return TeamScope(everybody, teams, people, leads)


def _teams(session: Session, actor: User, everybody: Sequence[TeamPerson]) -> tuple[tuple[int, str], ...]:
    """Return the teams of these people by name, and for a lead those without people too."""
    scope = scope_of(actor)
    ids = {person.team_id for person in everybody if person.team_id is not None}
    led = true() if scope.everything else Team.id.in_(sorted(ids | scope.team_ids if actor.role is not Role.REP else ids))
    return tuple((team_id, name) for team_id, name in session.execute(select(Team.id, Team.name).where(led).order_by(Team.name, Team.id)))


def require_lead(actor: User) -> None:
    """Raise NotAllowed unless `actor` leads somebody: managers and admins."""
    require_active(actor)
    if actor.role is Role.REP:
        raise NotAllowed()


def owned_customers(actor: User, scope: TeamScope, team_filter: TeamFilter) -> ColumnElement[bool]:
    """Return the condition on `Customer` for what is had: visible, not archived, owned by whom the filter leaves, tagged, in the areas.

    Without a restriction to people, a lead's figures hold customers without an owner too; with one to teams, those of the teams.
    """
    parts: list[ColumnElement[bool]] = [visible_to(actor), Customer.archived_at.is_(None)]
    if not scope.leads or team_filter.user_ids:
        parts.append(Customer.owner_id.in_(scope.user_ids))
    elif team_filter.team_ids:
        parts.append(Customer.team_id.in_(sorted(team_filter.team_ids)))
    return and_(*parts, *customers_asked_for(team_filter))


def customers_asked_for(team_filter: TeamFilter) -> list[ColumnElement[bool]]:
    """Return what tags and areas of the filter ask of `Customer`, to be added to what was done with customers too; empty for all."""
    parts: list[ColumnElement[bool]] = []
    if team_filter.tags:
        tagged = select(CustomerTag.customer_id).join(Tag, Tag.id == CustomerTag.tag_id).where(Tag.name.in_(sorted(team_filter.tags)))
        parts.append(exists(tagged.where(CustomerTag.customer_id == Customer.id)))
    if team_filter.areas:
        parts.append(Customer.area.in_(sorted(team_filter.areas)))
    return parts


@dataclass(frozen=True, slots=True)
class TeamChoices:
    """What the filter offers beside people: tags and municipalities of customers the actor may see, at most `MOST_OFFERED` each."""

    tags: tuple[str, ...]
    areas: tuple[str, ...]


def read_choices(session: Session, actor: User) -> TeamChoices:
    """Return the tags that visible customers carry, and the municipalities that they lie in, by name."""
    tags, areas = (session.scalars(query(actor).limit(MOST_OFFERED)) for query in (_tags, _areas))
    return TeamChoices(tuple(tags), tuple(areas))


def _tags(actor: User) -> Select[str]:
    """Return the query of the tags by name: a rep's few customers are read; of what a lead sees, each tag's up to the first visible one."""
    carried = select(CustomerTag.tag_id).join(Customer, Customer.id == CustomerTag.customer_id).where(Customer.archived_at.is_(None))
    if actor.role is Role.REP:
        return select(Tag.name).where(Tag.id.in_(carried.where(visible_to(actor)))).order_by(Tag.name)
    # IS TRUE: as for the municipalities.
    seen = carried.where(CustomerTag.tag_id == Tag.id, visible_to(actor).is_(true())).exists()
    return select(Tag.name).where(seen).order_by(Tag.name)


def _areas(actor: User) -> Select[str]:
    """Return the query of the municipalities, by name, that step by step looks up the next one: no customer is read twice."""
    first = select(func.min(Customer.area).label("area")).where(Customer.area > "").cte("areas", recursive=True)
    following = select(func.min(Customer.area)).where(Customer.area > first.c.area).scalar_subquery()
    areas = first.union_all(select(following).where(first.c.area.is_not(None)))
    # IS TRUE keeps SQLite from the indexes of owner and team, by which it would go through all that the actor may see.
    seen = exists().where(Customer.area == areas.c.area, visible_to(actor).is_(true()), Customer.archived_at.is_(None))
    return select(areas.c.area).where(areas.c.area.is_not(None), seen).order_by(areas.c.area)
