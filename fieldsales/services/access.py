"""Who may see and do what: the one rule behind every page, route, export and search.

A rep sees their own customers, and their team's when the team shares. A manager sees the customers of the teams
they manage and of nobody's team. An admin sees all. `visible_to` says it to the database; `Scope.admits` says the
same to whoever holds owner and team in memory; a test holds the two to each other.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, false, or_, select, true
from sqlalchemy.orm import Session

from fieldsales.db.models import Customer, User
from fieldsales.domain.words import Role
from fieldsales.errors import CustomerNotFound, NotAllowed


@dataclass(frozen=True, slots=True)
class Scope:
    """What one actor may see: everything, or the customers of one owner and of some teams.

    `team_ids` are the teams seen whole; `teamless` adds customers that belong to no team.
    """

    everything: bool
    owner_id: int
    team_ids: frozenset[int]
    teamless: bool

    def admits(self, owner_id: int | None, team_id: int | None) -> bool:
        """True when a customer with this owner and team may be seen."""
        return self.everything or owner_id == self.owner_id or (team_id in self.team_ids if team_id is not None else self.teamless)


def scope_of(actor: User) -> Scope:
    """Return what `actor` may see; a disabled user sees nothing."""
    if actor.disabled_at is not None:
        return Scope(False, -1, frozenset(), False)
    if actor.role is Role.ADMIN:
        return Scope(True, actor.id, frozenset(), True)
    if actor.role is Role.MANAGER:
        own = {actor.team_id} if actor.team_id is not None else set()
        return Scope(False, actor.id, frozenset(own | {team.id for team in actor.managed_teams}), True)
    shared = {actor.team_id} if actor.team is not None and actor.team.shares_customers else set()
    return Scope(False, actor.id, frozenset(i for i in shared if i is not None), False)


def visible_to(actor: User) -> ColumnElement[bool]:
    """Return the condition on `Customer` that admits exactly what `actor` may see."""
    scope = scope_of(actor)
    if scope.everything:
        return true()
    if scope.owner_id < 0:
        return false()
    parts: list[ColumnElement[bool]] = [Customer.owner_id == scope.owner_id]
    if scope.team_ids:
        parts.append(Customer.team_id.in_(sorted(scope.team_ids)))
    if scope.teamless:
        parts.append(Customer.team_id.is_(None))
    return or_(*parts)


def visible_customers(actor: User, *, archived: bool = False) -> Select[Customer]:
    """Return the query of all customers that `actor` may see; archived ones only when asked for."""
    query = select(Customer).where(visible_to(actor))
    return query if archived else query.where(Customer.archived_at.is_(None))


def find_customer(session: Session, actor: User, customer_id: int) -> Customer:
    """Return one customer.

    Raises:
        CustomerNotFound: it does not exist or `actor` may not see it.
    """
    customer = session.scalar(visible_customers(actor, archived=True).where(Customer.id == customer_id))
    if customer is None:
        raise CustomerNotFound()
    return customer


def require_active(actor: User) -> None:
    """Raise NotAllowed when `actor` has been disabled."""
    if actor.disabled_at is not None:
        raise NotAllowed()


def require_admin(actor: User) -> None:
    """Raise NotAllowed unless `actor` is an admin."""
    require_active(actor)
    if actor.role is not Role.ADMIN:
        raise NotAllowed()


def holds_delete(actor: User) -> bool:
    """True when `actor` holds the right to delete: to archive customers, and to take away what others recorded."""
    return actor.disabled_at is None and (actor.may_delete or actor.role is Role.ADMIN)


def require_delete(actor: User) -> None:
    """Raise NotAllowed unless `actor` holds the right to delete."""
    if not holds_delete(actor):
        raise NotAllowed()


def require_export(actor: User) -> None:
    """Raise NotAllowed unless `actor` holds the right to export."""
    require_active(actor)
    if not (actor.may_export or actor.role is Role.ADMIN):
        raise NotAllowed()
