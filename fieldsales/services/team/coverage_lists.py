"""What a coverage map cannot say, as lists: customers without a pin, and hot deals (A) left alone too long, to be given to somebody."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, tzinfo

from sqlalchemy import ColumnElement, and_, func, or_, select, text, true
from sqlalchemy.orm import Session

from fieldsales.db.models import Customer, CustomerChange, User
from fieldsales.db.models.customers import MAY_LACK_PIN
from fieldsales.domain.cadence import DueState
from fieldsales.domain.coverage import CoverageAsked
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.team_filter import TeamFilter
from fieldsales.errors import N_, Conflict
from fieldsales.services.customers.customer_input import input_of
from fieldsales.services.customers.customers import open_for_change, update_customer
from fieldsales.services.customers.due import due_condition, last_seen, read_rule
from fieldsales.services.team.team_scope import owned_customers, read_scope, require_lead


class GivenMeanwhile(Conflict):
    code = "given_meanwhile"
    message = N_("{customer} has been given to {owner} in the meantime. Look at the list again.")


@dataclass(frozen=True, slots=True)
class WithoutPin:
    """A customer that no map can show."""

    id: int
    name: str
    address: str
    owner_name: str


@dataclass(frozen=True, slots=True)
class OverdueHot:
    """A hot deal left alone too long; `seen_at` is its last visit, or when it was entered if `never_visited`.

    `promised_on` is the agreed day that has passed, None where it is the interval that has.
    """

    id: int
    name: str
    area: str
    amount: int | None
    owner_id: int | None
    owner_name: str
    owner_left: bool
    seen_at: datetime
    never_visited: bool
    promised_on: date | None


def count_without_pin(session: Session, actor: User, *, team_filter: TeamFilter, asked: CoverageAsked) -> int:
    """Return how many customers that the filter leaves no map can show.

    Raises:
        NotAllowed: `actor` leads nobody.
    """
    return session.scalar(select(func.count(Customer.id)).where(_without_pin(session, actor, team_filter, asked))) or 0


def list_without_pin(
    session: Session, actor: User, *, team_filter: TeamFilter, asked: CoverageAsked, limit: int = 50
) -> tuple[WithoutPin, ...]:
    """Return the first of them by name.

    Raises:
        NotAllowed: `actor` leads nobody.
    """
    # OFFSET 0 makes SQLite find them first and sort them then, not go through all customers by name.
    nowhere = select(Customer.id).where(_without_pin(session, actor, team_filter, asked)).offset(0).subquery()
    query = select(Customer.id, Customer.name, Customer.address, User.name).outerjoin(User, User.id == Customer.owner_id)
    query = query.join(nowhere, nowhere.c.id == Customer.id).order_by(Customer.name, Customer.id).limit(limit)
    return tuple(WithoutPin(i, name, address, owner or "") for i, name, address, owner in session.execute(query))


def list_overdue_hot(
    session: Session, actor: User, *, team_filter: TeamFilter, today: date, zone: tzinfo, limit: int = 30
) -> tuple[OverdueHot, ...]:
    """Return the overdue A's that the filter leaves, those left alone longest first.

    Raises:
        NotAllowed: `actor` leads nobody.
    """
    c = Customer
    query = select(c.id, c.name, c.area, c.amount, c.owner_id, c.last_visited_at, c.created_at, c.next_on, User.name, User.disabled_at)
    query = query.outerjoin(User, User.id == c.owner_id)
    query = query.where(_overdue_hot(session, actor, team_filter, today, zone)).order_by(last_seen(), c.id).limit(limit)
    return tuple(
        OverdueHot(
            id=i,
            name=name,
            area=area or "",
            amount=amount,
            owner_id=owner_id,
            owner_name=owner or "",
            owner_left=left is not None,
            seen_at=visited or created,
            never_visited=visited is None,
            promised_on=next_on if next_on is not None and next_on < today else None,
        )
        for i, name, area, amount, owner_id, visited, created, next_on, owner, left in session.execute(query)
    )


def count_overdue_hot(session: Session, actor: User, *, team_filter: TeamFilter, today: date, zone: tzinfo) -> dict[int | None, int]:
    """Return how many overdue A's each owner has (None: nobody's) of those that the filter leaves; who has none is not named.

    Raises:
        NotAllowed: `actor` leads nobody.
    """
    query = select(Customer.owner_id, func.count(Customer.id)).where(_overdue_hot(session, actor, team_filter, today, zone))
    return {owner_id: count for owner_id, count in session.execute(query.group_by(Customer.owner_id))}


def assign_customer(
    session: Session, actor: User, *, customer_id: int, seen_owner_id: int | None, owner_id: int, now: datetime
) -> int | None:
    """Give a customer to somebody and return the change's id, the way back; None when it is theirs already.

    `seen_owner_id` is whose it was when the actor decided.

    Raises:
        NotAllowed: `actor` leads nobody, or not the new owner. CustomerNotFound. UserNotFound: the new owner has left.
        GivenMeanwhile: it belongs to a third one by now.
    """
    require_lead(actor)
    customer = open_for_change(session, actor, customer_id)
    if customer.owner_id == owner_id:
        return None
    if customer.owner_id != seen_owner_id:
        raise GivenMeanwhile(customer=customer.name, owner=customer.owner.name if customer.owner else "–")
    newest = select(func.max(CustomerChange.id)).where(CustomerChange.customer_id == customer.id)
    values = replace(input_of(customer), owner_id=owner_id)
    update_customer(session, actor, customer_id=customer.id, version=customer.version, values=values, now=now)
    return session.scalar(newest)


def _without_pin(session: Session, actor: User, team_filter: TeamFilter, asked: CoverageAsked) -> ColumnElement[bool]:
    ranks = [Customer.likelihood.in_(sorted(asked.ranks))] if asked.ranks else []
    # In the words of the index of those without a certain pin, so that both databases read these alone; IS TRUE keeps SQLite
    # from the indexes of owner and team, by which it would go through all that the actor may see.
    nowhere = and_(text(f"({MAY_LACK_PIN})"), or_(Customer.lat.is_(None), Customer.lon.is_(None)))
    return and_(_owned(session, actor, team_filter).is_(true()), nowhere, *ranks)


def _overdue_hot(session: Session, actor: User, team_filter: TeamFilter, today: date, zone: tzinfo) -> ColumnElement[bool]:
    rule = read_rule(session, today=today, zone=zone)
    return and_(_owned(session, actor, team_filter), Customer.likelihood == Likelihood.A, due_condition(rule, [DueState.OVERDUE]))


def _owned(session: Session, actor: User, team_filter: TeamFilter) -> ColumnElement[bool]:
    require_lead(actor)
    return owned_customers(actor, read_scope(session, actor, team_filter=team_filter), team_filter)
