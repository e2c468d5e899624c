"""Finding customers: one filter for list, map, export and search, always within what the actor may see."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from typing import Any, cast

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, and_, case, exists, func, or_, select, true
from sqlalchemy.orm import Session, joinedload, selectinload

from fieldsales.db.models import Customer, CustomerTag, Tag, User
from fieldsales.db.text_search import holds_word
from fieldsales.domain.cadence import DueRule
from fieldsales.domain.customer_filter import CustomerFilter
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.matching import bare_digits, name_key, search_words
from fieldsales.domain.places import Level, LocateReason, LocateStatus
from fieldsales.domain.words import Kind, Stage
from fieldsales.errors import CustomerNotFound
from fieldsales.services.access import scope_of, visible_customers, visible_to
from fieldsales.services.customers import due
from fieldsales.services.visits.visits import VisitRow, list_visits


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
    """A page of a list, the number that the filter admits, and the number without the filter.

    `at_least`: more than `matching` match, but nobody counted how many.
    """

    rows: tuple[CustomerRow, ...]
    matching: int
    total: int
    at_least: bool = False


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
    opening_hours: str
    visit_minutes: int | None
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
    created_at: datetime
    visits: tuple[VisitRow, ...]


@dataclass(frozen=True, slots=True)
class FilterChoices:
    """What the filter offers: (id, name) of possible owners, names of tags."""

    owners: tuple[tuple[int, str], ...]
    tags: tuple[str, ...]


def without_good_pin() -> ColumnElement[bool]:
    """Return the condition for customers that are not located for certain: the fix list, and “has problem”."""
    return or_(Customer.locate_status.is_(None), Customer.locate_status != LocateStatus.OK)


def filter_condition(customer_filter: CustomerFilter, *, now: datetime, rule: DueRule | None = None) -> ColumnElement[bool]:
    """Return what `customer_filter` asks of `Customer`, visibility not included; `rule` says who is due, if it asks for that."""
    f = customer_filter
    parts: list[ColumnElement[bool]] = []
    if f.likelihoods:
        parts.append(Customer.likelihood.in_(sorted(f.likelihoods)))
    if f.owner_ids:
        owned = Customer.owner_id.in_(sorted(f.owner_ids))
        parts.append(or_(owned, Customer.owner_id.is_(None)) if 0 in f.owner_ids else owned)
    if f.team_ids:
        parts.append(Customer.team_id.in_(sorted(f.team_ids)))
    if f.areas:
        parts.append(Customer.area.in_(sorted(f.areas)))
    if f.kinds:
        parts.append(Customer.kind.in_(sorted(f.kinds)))
    if f.stages:
        parts.append(Customer.stage.in_(sorted(f.stages)))
    if f.tags:
        tagged = select(CustomerTag.customer_id).join(Tag, Tag.id == CustomerTag.tag_id).where(Tag.name.in_(sorted(f.tags)))
        parts.append(exists(tagged.where(CustomerTag.customer_id == Customer.id)))
    if f.not_visited_days is not None:
        limit = now - timedelta(days=f.not_visited_days)
        parts.append(or_(Customer.last_visited_at.is_(None), Customer.last_visited_at < limit))
    if f.due and rule is not None:
        parts.append(due.due_condition(rule, f.due))
    if f.has_problem:
        parts.append(without_good_pin())
    return and_(True, *parts, *text_conditions(f.text))


def text_conditions(text: str) -> list[ColumnElement[bool]]:
    """Return what `text` asks of `Customer`: each of its words occurs; a telephone number also as mere digits."""
    conditions = []
    for word in search_words(text):
        digits = bare_digits(word)
        conditions.append(or_(holds_word(word), holds_word(digits)) if digits else holds_word(word))
    return conditions


def filtered_customers(actor: User, customer_filter: CustomerFilter, *, now: datetime, rule: DueRule | None = None) -> Select[Customer]:
    """Return the query of the customers that `actor` may see and the filter admits."""
    condition = filter_condition(customer_filter, now=now, rule=rule)
    if not search_words(customer_filter.text):
        return visible_customers(actor).where(condition)
    # The words lead to the customers. SQLite would rather go through all that the actor may see, by the indexes of owner
    # and team, and ask the words of each: IS keeps it from that.
    return select(Customer).where(visible_to(actor).is_(true()), Customer.archived_at.is_(None), condition)


def matching_ids(session: Session, actor: User, *, text: str, now: datetime) -> Sequence[int]:
    """Return the ids of visible customers in which every word of `text` occurs."""
    query = filtered_customers(actor, CustomerFilter(text=text), now=now).with_only_columns(Customer.id)
    # Plain tuples from the driver: a word that everybody has in the name makes a hundred thousand of them.
    return [customer_id for (customer_id,) in cast(Iterable[tuple[int]], session.connection().execute(query).cursor)]


def list_customers(
    session: Session,
    actor: User,
    *,
    customer_filter: CustomerFilter,
    now: datetime,
    today: date,
    zone: tzinfo = UTC,
    order: Order = Order.URGENCY,
    limit: int = 50,
    offset: int = 0,
    count_up_to: int | None = None,
) -> CustomerList:
    """Return one page of the customers that the filter admits, and how many there are; `zone` is where it is `today`.

    Among the most urgent, those come first whose name is what the text asks for, then those whose name or kana begin with it.
    Those that a text finds are counted no further than `count_up_to`: a hundred thousand are not looked through page by page.
    """
    rule = due.read_rule(session, today=today, zone=zone) if customer_filter.due else None
    query = filtered_customers(actor, customer_filter, now=now, rule=rule)
    text_given = bool(search_words(customer_filter.text))
    total = session.scalar(_all_seen(actor)) or 0
    ordering = _ordering(order, today=today)
    if order is Order.URGENCY and text_given:
        ordering = [_nearness(customer_filter.text), *ordering]
    # The ids alone are sorted: whole rows would be copied by the ten thousand to find fifty.
    ids = session.scalars(query.with_only_columns(Customer.id).order_by(*ordering, Customer.id).limit(limit).offset(offset)).all()
    if customer_filter == CustomerFilter():
        matching = total
    elif 0 < len(ids) < limit or not (ids or offset):
        matching = offset + len(ids)  # the last page: nothing is left to count
    else:
        matching = _count(session, query, up_to=count_up_to if text_given else None)
    at_least = text_given and count_up_to is not None and matching > count_up_to
    found = session.scalars(select(Customer).where(Customer.id.in_(ids)).options(selectinload(Customer.owner)))
    rows = {customer.id: row_of(customer) for customer in found}
    shown = tuple(rows[customer_id] for customer_id in ids if customer_id in rows)
    return CustomerList(shown, matching - at_least, total, at_least)


def _count(session: Session, query: Select[Customer], *, up_to: int | None) -> int:
    """Return how many customers `query` finds; `up_to` + 1 stands for that many or more."""
    if up_to is None:
        return session.scalar(query.with_only_columns(func.count(Customer.id))) or 0
    some = query.with_only_columns(Customer.id).limit(up_to + 1).subquery()
    return session.scalar(select(func.count()).select_from(some)) or 0


def _all_seen(actor: User) -> Select[int]:
    """Return the query that counts whom `actor` sees, answered by the index of teams, owners and archiving alone."""
    return select(func.count()).select_from(Customer).where(visible_to(actor).is_(true()), Customer.archived_at.is_(None))


def _nearness(text: str) -> ColumnElement[int]:
    """Return how near a customer is to what was asked for: its name, the beginning of it, of its kana or a number, or some part."""
    whole, asked = name_key(text), "".join(search_words(text))
    begins = Customer.search_text.startswith(asked, autoescape=True)
    line_begins = Customer.search_text.contains("\n" + asked, autoescape=True)
    if not whole:
        return case((begins, 1), (line_begins, 2), else_=3)
    named = Customer.name_key == whole
    return case((named, 0), (or_(Customer.name_key.startswith(whole, autoescape=True), begins), 1), (line_begins, 2), else_=3)


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
    c = session.scalar(query.options(joinedload(Customer.owner).lazyload("*"), selectinload(Customer.tags)))
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
        visits=list_visits(session, actor, customer_id=customer_id, limit=visits) if visits else (),
    )


def filter_choices(session: Session, actor: User) -> FilterChoices:
    """Return the owners that `actor` can filter by, and the tags, which are one vocabulary for all teams."""
    scope = scope_of(actor)
    users = select(User.id, User.name).order_by(User.name, User.id)
    if not scope.everything:
        users = users.where(or_(User.id == actor.id, User.team_id.in_(sorted(scope.team_ids))))
    owners = tuple((row.id, row.name) for row in session.execute(users))
    return FilterChoices(owners, tuple(session.scalars(select(Tag.name).order_by(Tag.name))))
