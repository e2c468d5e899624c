"""Customers that may be one twice: found by what they share, within what the actor may see; nothing is merged here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import floor
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from fieldsales.db.models import Customer, NotDuplicate, User
from fieldsales.domain.duplicates import Likeness, Reason, Traits, compare
from fieldsales.domain.matching import fold
from fieldsales.errors import N_, FixTheInput
from fieldsales.services.access import find_customer, visible_customers

MOST_GROUPS_MEMBERS = 20_000
# A number or mail address that stands at many customers is a switchboard's or a filler; many tenants share one building.
SHARED_BY_MANY = 12
TENANTS = 50
_CELL_DEG = 0.002  # about 200 m: who is near lies in the same cell or in one beside it
_COMPARED = (
    Customer.id,
    Customer.name_key,
    Customer.name_kana,
    Customer.address_key,
    Customer.phone_key,
    Customer.email_key,
    Customer.code,
    Customer.lat,
    Customer.lon,
    Customer.precision_m,
)
Pair = tuple[int, int]


class SameCustomer(FixTheInput):
    """A customer is not its own duplicate."""

    code = "same_customer"
    message = N_("These are not two customers.")


@dataclass(frozen=True, slots=True)
class DuplicateSide:
    """One customer of a pair, as a list shows it."""

    id: int
    name: str
    address: str


@dataclass(frozen=True, slots=True)
class DuplicatePair:
    """Two customers that may be one, the smaller id first, and why."""

    first: DuplicateSide
    second: DuplicateSide
    reasons: tuple[Reason, ...]
    likely: bool


@dataclass(frozen=True, slots=True)
class DuplicateList:
    """The likeliest pairs, and how many there are in all."""

    pairs: tuple[DuplicatePair, ...]
    total: int


def find_duplicates(session: Session, actor: User, *, customer_id: int | None = None, limit: int = 50) -> DuplicateList:
    """Return pairs of customers visible to `actor` that may be one, the likeliest first; with `customer_id` only that customer's.

    The database groups by shared keys; compared are only the members of one group, never all with all.

    Raises:
        CustomerNotFound: `customer_id` is none that `actor` may see.
    """
    candidates: Iterable[tuple[Traits, Traits]]
    if customer_id is None:
        candidates = _all_candidates(session, actor)
    else:
        candidates = _candidates_of(session, find_customer(session, actor, customer_id), actor)
    found: dict[Pair, Likeness] = {}
    for one, other in candidates:
        pair = (min(one.id, other.id), max(one.id, other.id))
        if pair not in found and (likeness := compare(one, other)) is not None:
            found[pair] = likeness
    for pair in _told_apart(session, customer_id):
        found.pop(pair, None)
    ordered = sorted(found, key=lambda pair: (-found[pair].points, -pair[1], -pair[0]))
    return DuplicateList(_rows(session, ordered[:limit], found), len(ordered))


def compare_customers(session: Session, actor: User, *, customer_ids: Pair) -> Likeness | None:
    """Return how alike two customers are, None when nothing much speaks for one.

    Raises:
        CustomerNotFound, SameCustomer.
    """
    first, second = _pair(session, actor, customer_ids)
    traits = {row.id: _traits(row) for row in session.execute(select(*_COMPARED).where(Customer.id.in_((first, second))))}
    return compare(traits[first], traits[second])


def tell_apart(session: Session, actor: User, *, customer_ids: Pair, apart: bool = True) -> None:
    """Remember that two customers are not one, or with `apart` False forget it; either said twice changes nothing.

    Raises:
        CustomerNotFound, SameCustomer.
    """
    first, second = _pair(session, actor, customer_ids)
    known = session.get(NotDuplicate, (first, second))
    if not apart:
        if known is not None:
            session.delete(known)
        session.flush()
        return
    if known is None:
        try:
            with session.begin_nested():
                session.add(NotDuplicate(first_id=first, second_id=second, said_by_id=actor.id))
        except IntegrityError:
            pass  # a colleague said it at the same moment


def list_told_apart(session: Session, actor: User, *, limit: int = 50) -> tuple[tuple[DuplicateSide, DuplicateSide], ...]:
    """Return pairs that somebody found to be two customers, both visible to `actor`, the newest customers first."""
    visible = visible_customers(actor).with_only_columns(Customer.id)
    one, other = aliased(Customer), aliased(Customer)
    query = (
        select(one.id, one.name, one.address, other.id, other.name, other.address)
        .join(NotDuplicate, NotDuplicate.first_id == one.id)
        .join(other, NotDuplicate.second_id == other.id)
        .where(NotDuplicate.first_id.in_(visible), NotDuplicate.second_id.in_(visible))
        .order_by(NotDuplicate.second_id.desc(), NotDuplicate.first_id.desc())
        .limit(limit)
    )
    return tuple((DuplicateSide(*row[:3]), DuplicateSide(*row[3:])) for row in session.execute(query))


def _pair(session: Session, actor: User, customer_ids: Pair) -> Pair:
    first, second = sorted(customer_ids)
    if first == second:
        raise SameCustomer()
    for customer_id in (first, second):
        find_customer(session, actor, customer_id)
    return first, second


def _told_apart(session: Session, customer_id: int | None) -> Iterable[Pair]:
    query = select(NotDuplicate.first_id, NotDuplicate.second_id)
    if customer_id is not None:
        query = query.where(or_(NotDuplicate.first_id == customer_id, NotDuplicate.second_id == customer_id))
    return [(row.first_id, row.second_id) for row in session.execute(query)]


def _candidates_of(session: Session, customer: Customer, actor: User) -> list[tuple[Traits, Traits]]:
    me = _traits(customer)
    keys = (Customer.name_key, Customer.phone_key, Customer.email_key, Customer.address_key)
    shared = [column == value for column in keys if (value := getattr(customer, column.key))]
    if customer.archived_at is not None or not shared:
        return []
    query = visible_customers(actor).with_only_columns(*_COMPARED).where(or_(*shared), Customer.id != customer.id)
    # Of a chain's many shops only a few can be looked at here; those that share more than the name come first.
    others = session.execute(query.order_by((Customer.name_key != customer.name_key).desc(), Customer.id).limit(4 * TENANTS))
    return [(me, _traits(row)) for row in others]


def _all_candidates(session: Session, actor: User) -> Iterator[tuple[Traits, Traits]]:
    for key, most in ((Customer.phone_key, SHARED_BY_MANY), (Customer.email_key, SHARED_BY_MANY), (Customer.address_key, TENANTS)):
        for group in _groups(session, actor, key):
            if len(group) <= most:
                yield from combinations(group, 2)
    for group in _groups(session, actor, Customer.name_key):
        yield from _near_or_without_address(group)


def _groups(session: Session, actor: User, key: InstrumentedAttribute[str]) -> Iterable[list[Traits]]:
    visible = visible_customers(actor).where(key != "")
    shared: Select[Any] = visible.with_only_columns(key).group_by(key).having(func.count() > 1)
    query = visible.with_only_columns(*_COMPARED).where(key.in_(shared)).order_by(key, Customer.id).limit(MOST_GROUPS_MEMBERS)
    groups: dict[str, list[Traits]] = defaultdict(list)
    for row in session.execute(query):
        groups[getattr(row, key.key)].append(_traits(row))
    return groups.values()


def _near_or_without_address(group: Sequence[Traits]) -> Iterator[tuple[Traits, Traits]]:
    """Yield those of one name that may be one: a chain's shops lie far apart, and what shares a number was found by it."""
    cells: dict[tuple[int, int], list[Traits]] = defaultdict(list)
    for traits in group:
        if traits.lat is not None and traits.lon is not None:
            cells[floor(traits.lat / _CELL_DEG), floor(traits.lon / _CELL_DEG)].append(traits)
    for (row, column), members in cells.items():
        yield from combinations(members[:TENANTS], 2)
        for beside in ((row, column + 1), (row + 1, column - 1), (row + 1, column), (row + 1, column + 1)):
            yield from ((one, other) for one in members[:TENANTS] for other in cells.get(beside, ())[:TENANTS])
    if len(group) <= SHARED_BY_MANY:
        yield from ((one, other) for one, other in combinations(group, 2) if not (one.address_key and other.address_key))


def _traits(row: Any) -> Traits:
    """Return what is compared of a row with the columns `_COMPARED`, or of a customer."""
    kana = fold(row.name_kana)
    where = (row.lat, row.lon, row.precision_m)
    return Traits(row.id, row.name_key, kana, row.address_key, row.phone_key, row.email_key, row.code or "", *where)


def _rows(session: Session, pairs: Sequence[Pair], found: dict[Pair, Likeness]) -> tuple[DuplicatePair, ...]:
    ids = sorted({customer_id for pair in pairs for customer_id in pair})
    query = select(Customer.id, Customer.name, Customer.address).where(Customer.id.in_(ids))
    sides = {row.id: DuplicateSide(*row) for row in session.execute(query)} if ids else {}
    return tuple(DuplicatePair(sides[one], sides[other], found[one, other].reasons, found[one, other].likely) for one, other in pairs)
