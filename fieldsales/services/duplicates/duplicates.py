"""Customers that may be one twice: found by what they share, within what the actor may see; nothing is merged here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from fieldsales.db.models import Customer, NotDuplicate, User
from fieldsales.domain.duplicates import Likeness, Reason, Traits, compare, names_alike
from fieldsales.errors import N_, FixTheInput
from fieldsales.services.access import find_customer, scope_of, visible_customers

MOST_PAIRS = 50_000  # of one key; a list that is nothing but doubles is cut here
# A number or mail address that stands at many customers is a switchboard's or a filler; many tenants share a building, many shops a name.
SHARED_BY_MANY, TENANTS, SHOPS = 12, 50, 1_000
_NEAR_LAT, _NEAR_LON = 0.0014, 0.003  # what `domain.duplicates` calls near, up to 60 degrees north
_CHUNK = 5_000
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


def _all_candidates(session: Session, actor: User) -> list[tuple[Traits, Traits]]:
    pairs = set(_sharing(session, actor, Customer.phone_key, most=SHARED_BY_MANY))
    pairs |= set(_sharing(session, actor, Customer.email_key, most=SHARED_BY_MANY))
    pairs |= set(_sharing(session, actor, Customer.name_key, most=SHOPS))
    pairs |= set(_sharing(session, actor, Customer.address_key, most=TENANTS))
    return _with_traits(session, pairs)


def _sharing(session: Session, actor: User, key: InstrumentedAttribute[str], *, most: int) -> Iterator[Pair]:
    """Yield pairs of customers visible to `actor` that share a key which at most `most` customers have.

    Of one name only those close to each other, or one of them without an address; of one address only those of similar names.
    Keys are counted in their index, whoever may see the customers; what the actor may not see is dropped before anything is told.
    """
    one, other = aliased(Customer), aliased(Customer)
    counted: InstrumentedAttribute[str] = getattr(aliased(Customer), key.key)
    many = select(counted.label("shared_key")).where(counted != "").group_by(counted).having(func.count().between(2, most)).subquery()
    query = (
        select(one.id, other.id, one.owner_id, one.team_id, other.owner_id, other.team_id, one.name_key, other.name_key)
        .join(many, getattr(one, key.key) == many.c.shared_key)
        .join(other, and_(getattr(other, key.key) == many.c.shared_key, other.id > one.id))
        .where(one.archived_at.is_(None), other.archived_at.is_(None))
    )
    if key is Customer.name_key:
        near = and_(func.abs(one.lat - other.lat) < _NEAR_LAT, func.abs(one.lon - other.lon) < _NEAR_LON)
        query = query.where(or_(near, one.address_key == "", other.address_key == ""))
    scope, same_site = scope_of(actor), key is Customer.address_key
    for first, second, owner, team, other_owner, other_team, name, other_name in session.execute(query.limit(MOST_PAIRS)):
        if scope.admits(owner, team) and scope.admits(other_owner, other_team) and (not same_site or names_alike(name, other_name)):
            yield first, second


def _with_traits(session: Session, pairs: Iterable[Pair]) -> list[tuple[Traits, Traits]]:
    pairs = sorted(pairs)
    ids = sorted({customer_id for pair in pairs for customer_id in pair})
    known: dict[int, Traits] = {}
    for start in range(0, len(ids), _CHUNK):
        rows = session.execute(select(*_COMPARED).where(Customer.id.in_(ids[start : start + _CHUNK])))
        known |= {row.id: _traits(row) for row in rows}
    return [(known[one], known[other]) for one, other in pairs]


def _traits(row: Any) -> Traits:
    """Return what is compared of a row with the columns `_COMPARED`, or of a customer."""
    where = (row.lat, row.lon, row.precision_m)
    return Traits(row.id, row.name_key, row.name_kana, row.address_key, row.phone_key, row.email_key, row.code or "", *where)


def _rows(session: Session, pairs: Sequence[Pair], found: dict[Pair, Likeness]) -> tuple[DuplicatePair, ...]:
    ids = sorted({customer_id for pair in pairs for customer_id in pair})
    query = select(Customer.id, Customer.name, Customer.address).where(Customer.id.in_(ids))
    sides = {row.id: DuplicateSide(*row) for row in session.execute(query)} if ids else {}
    return tuple(DuplicatePair(sides[one], sides[other], found[one, other].reasons, found[one, other].likely) for one, other in pairs)
