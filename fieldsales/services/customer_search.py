"""Finding customers: one filter for list, map, export and search, always within what the actor may see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, and_, case, exists, func, or_, select
from sqlalchemy.orm import Session, selectinload

from fieldsales.db.models import Customer, CustomerTag, Tag, User
from fieldsales.domain.customer_filter import CustomerFilter
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.matching import search_words
from fieldsales.domain.places import Level, LocateReason, LocateStatus
from fieldsales.domain.words import Kind, Stage
from fieldsales.errors import CustomerNotFound
from fieldsales.services.access import scope_of, visible_customers
from fieldsales.services.visits import VisitRow, list_visits


class Order(StrEnum):
    """How a list is sorted."""

    URGENCY = "urgency"
    NAME = "name"
    LAST_VISITED = "last_visited"
    AMOUNT = "amount"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class CustomerRow:
    """One line of a list."""

    id: int
    name: str
    kind: Kind
    likelihood: Likelihood
    amount: int | None
    address: str
    phone: str
    owner_name: str
    last_visited_at: datetime | None
    next_on: date | None
    lat: float | None
    lon: float | None
    locate_status: LocateStatus | None


@dataclass(frozen=True, slots=True)
class CustomerList:
    """A page of a list, the number that the filter admits, and the number without the filter."""

    rows: tuple[CustomerRow, ...]
    matching: int
    total: int


@dataclass(frozen=True, slots=True)
class CustomerDetails:
    """Everything a card shows of one customer."""

    id: int
    version: int
    code: str
    name: str
    name_kana: str
    kind: Kind
    stage: Stage
    likelihood: Likelihood
    amount: int | None
    postal_code: str
    address: str
    phone: str
    email: str
    contact_name: str
    memo: str
    custom: dict[str, str]
    owner_id: int | None
    owner_name: str
    tags: tuple[str, ...]
    next_on: date | None
    next_time: time | None
    next_action: str
    close_month: date | None
    cadence_days: int | None
    do_not_visit: bool
    do_not_visit_reason: str
    do_not_visit_until: date | None
    last_visited_at: datetime | None
    archived_at: datetime | None
    merged_into_id: int | None
    lat: float | None
    lon: float | None
    level: Level
    precision_m: float | None
    matched: str
    locate_status: LocateStatus | None
    locate_reason: LocateReason
    locate_pending: bool
    pinned_by_hand: bool
    visits: tuple[VisitRow, ...]


@dataclass(frozen=True, slots=True)
class FilterChoices:
    """What the filter offers: (id, name) of possible owners, names of tags."""

    owners: tuple[tuple[int, str], ...]
    tags: tuple[str, ...]


def without_good_pin() -> ColumnElement[bool]:
    """Return the condition for customers that are not located for certain: the fix list, and “has problem”."""
    return or_(Customer.locate_status.is_(None), Customer.locate_status != LocateStatus.OK)


def filter_condition(customer_filter: CustomerFilter, *, now: datetime) -> ColumnElement[bool]:
    """Return what `customer_filter` asks of `Customer`, visibility not included."""
    f = customer_filter
    parts: list[ColumnElement[bool]] = []
    if f.likelihoods:
        parts.append(Customer.likelihood.in_(sorted(f.likelihoods)))
    if f.owner_ids:
        owned = Customer.owner_id.in_(sorted(f.owner_ids))
        parts.append(or_(owned, Customer.owner_id.is_(None)) if 0 in f.owner_ids else owned)
    if f.kinds:
        parts.append(Customer.kind.in_(sorted(f.kinds)))
    if f.tags:
        tagged = select(CustomerTag.customer_id).join(Tag, Tag.id == CustomerTag.tag_id).where(Tag.name.in_(sorted(f.tags)))
        parts.append(exists(tagged.where(CustomerTag.customer_id == Customer.id)))
    if f.not_visited_days is not None:
        limit = now - timedelta(days=f.not_visited_days)
        parts.append(or_(Customer.last_visited_at.is_(None), Customer.last_visited_at < limit))
    if f.has_problem:
        parts.append(without_good_pin())
    parts += [Customer.search_text.contains(word, autoescape=True) for word in search_words(f.text)]
    return and_(True, *parts)


def filtered_customers(actor: User, customer_filter: CustomerFilter, *, now: datetime) -> Select[Customer]:
    """Return the query of the customers that `actor` may see and the filter admits."""
    return visible_customers(actor).where(filter_condition(customer_filter, now=now))


def matching_ids(session: Session, actor: User, *, text: str, now: datetime) -> Sequence[int]:
    """Return the ids of visible customers in which every word of `text` occurs."""
    query = filtered_customers(actor, CustomerFilter(text=text), now=now)
    return session.scalars(query.with_only_columns(Customer.id)).all()


def list_customers(
    session: Session,
    actor: User,
    *,
    customer_filter: CustomerFilter,
    now: datetime,
    today: date,
    order: Order = Order.URGENCY,
    limit: int = 50,
    offset: int = 0,
) -> CustomerList:
    """Return one page of the customers that the filter admits, and how many there are."""
    query = filtered_customers(actor, customer_filter, now=now)
    matching = session.scalar(query.with_only_columns(func.count(Customer.id))) or 0
    visible = visible_customers(actor).with_only_columns(func.count(Customer.id))
    total = matching if customer_filter == CustomerFilter() else session.scalar(visible) or 0
    ordered = query.order_by(*_ordering(order, today=today), Customer.id).limit(limit).offset(offset)
    found = session.scalars(ordered.options(selectinload(Customer.owner)))
    return CustomerList(tuple(row_of(customer) for customer in found), matching, total)


def _ordering(order: Order, *, today: date) -> list[SQLColumnExpression[Any]]:
    hot = case({likelihood.value: rank for rank, likelihood in enumerate(Likelihood)}, value=Customer.likelihood, else_=99)
    never_first = Customer.last_visited_at.is_not(None)
    if order is Order.NAME:
        # Names sort by their reading, as a Japanese address book does.
        return [case((Customer.name_kana != "", Customer.name_kana), else_=Customer.name)]
    if order is Order.LAST_VISITED:
        return [never_first, Customer.last_visited_at]
    if order is Order.AMOUNT:
        return [Customer.amount.is_(None), Customer.amount.desc()]
    if order is Order.CHANGED:
        return [Customer.changed_at.desc()]
    promised = case((Customer.next_on <= today, 0), else_=1)
    return [promised, case((promised == 0, Customer.next_on)), hot, never_first, Customer.last_visited_at]


def row_of(customer: Customer) -> CustomerRow:
    return CustomerRow(
        customer.id,
        customer.name,
        customer.kind,
        customer.likelihood,
        customer.amount,
        customer.address,
        customer.phone,
        customer.owner.name if customer.owner else "",
        customer.last_visited_at,
        customer.next_on,
        customer.lat,
        customer.lon,
        customer.locate_status,
    )


def customer_details(session: Session, actor: User, *, customer_id: int, visits: int = 5) -> CustomerDetails:
    """Return one customer with its newest visits.

    Raises:
        CustomerNotFound: it does not exist or `actor` may not see it.
    """
    query = visible_customers(actor, archived=True).where(Customer.id == customer_id)
    c = session.scalar(query.options(selectinload(Customer.owner), selectinload(Customer.tags)))
    if c is None:
        raise CustomerNotFound()
    same = {
        n: getattr(c, n)
        for n in CustomerDetails.__dataclass_fields__
        if n not in ("code", "owner_name", "tags", "locate_pending", "visits")
    }
    return CustomerDetails(
        **same,
        code=c.code or "",
        owner_name=c.owner.name if c.owner else "",
        tags=tuple(tag.name for tag in c.tags),
        locate_pending=c.locate_due_at is not None,
        visits=list_visits(session, actor, customer_id=customer_id, limit=visits),
    )


def filter_choices(session: Session, actor: User) -> FilterChoices:
    """Return the owners that `actor` can filter by, and the tags, which are one vocabulary for all teams."""
    scope = scope_of(actor)
    users = select(User.id, User.name).order_by(User.name, User.id)
    if not scope.everything:
        users = users.where(or_(User.id == actor.id, User.team_id.in_(sorted(scope.team_ids))))
    owners = tuple((row.id, row.name) for row in session.execute(users))
    return FilterChoices(owners, tuple(session.scalars(select(Tag.name).order_by(Tag.name))))
