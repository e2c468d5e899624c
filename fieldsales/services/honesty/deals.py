"""Decided deals as the kept moves of the likelihood tell them.

Archived customers belong to it: whoever has lost a deal tidies it away, and ranks would look better for it. Records that were
merged tell of one customer (the one that was kept), and of each of its deals once. `services.honesty.kept_deals` reads them quicker.
"""

from __future__ import annotations

import typing
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Executable, and_, cast, func, select, text
from sqlalchemy.orm import Session

from fieldsales.db.models import Customer, CustomerChange
from fieldsales.db.models.customers import IS_DECISION
from fieldsales.domain.deals import Deal, Move, deals_of, once_each

CHUNK = 500
_LINKS = 20  # records merged one into the other, the longest chain that is followed


@dataclass(frozen=True, slots=True)
class CustomerDeal:
    """A decided deal, its customer being the one that was kept of merged records, and whose it is now, None for nobody's."""

    deal: Deal
    owner_id: int | None
    team_id: int | None

    @property
    def customer_id(self) -> int:
        """Which customer it was about."""
        return self.deal.customer_id

    @property
    def stated_by(self) -> int | None:
        """Who answers for the rank: who gave it, else (a list did) who looks after the customer."""
        return self.deal.stated_by if self.deal.stated_by is not None else self.owner_id


class _Course(typing.NamedTuple):
    customer_id: int
    created: int
    owner_id: int | None
    team_id: int | None
    moves: Sequence[Move]


def tell_deals(
    session: Session, customers: ColumnElement[bool], *, since: datetime | None = None, until: datetime | None = None
) -> list[CustomerDeal]:
    """Return the deals decided from `since` to before `until`, of the customers that a condition on `Customer` admits, in that order.

    A record merged into another one counts when the condition admits the one that was kept.
    """
    decided = select(CustomerChange.customer_id).where(text(IS_DECISION))
    if since is not None:
        decided = decided.where(CustomerChange.changed_at >= since)
    if until is not None:
        decided = decided.where(CustomerChange.changed_at < until)
    found: list[CustomerDeal] = []
    joined: dict[int, list[Deal]] = defaultdict(list)
    kept_in, owners = _merged(session, customers)
    for course in _read_courses(session, and_(Customer.id.in_(decided), customers, Customer.merged_into_id.is_(None))):
        if course.customer_id not in owners:
            deals = deals_of(course.customer_id, created=course.created, moves=course.moves)
            found += (CustomerDeal(deal, course.owner_id, course.team_id) for deal in deals)
    # Of merged records all deals are looked at: which is the same as which, decisions outside the time asked for may say.
    for course in _courses_of(session, [*kept_in, *owners]):
        kept_id = kept_in.get(course.customer_id, course.customer_id)
        joined[kept_id] += deals_of(course.customer_id, created=course.created, moves=course.moves)
    for kept_id, deals in joined.items():
        found += (CustomerDeal(replace(deal, customer_id=kept_id), *owners[kept_id]) for deal in once_each(deals))
    inside = [d for d in found if (since is None or d.deal.decided_at >= since) and (until is None or d.deal.decided_at < until)]
    return sorted(inside, key=lambda each: (each.deal.decided_at, each.deal.customer_id))


def read_moves(session: Session, customer_ids: Sequence[int]) -> dict[int, list[Move]]:
    """Return every move of the likelihood of these customers, in order."""
    return {course.customer_id: list(course.moves) for course in _courses_of(session, customer_ids)}


def micros(session: Session, column: Any) -> ColumnElement[int]:
    """Return a moment's column as microseconds since 1970."""
    if session.get_bind().dialect.name == "sqlite":
        return cast(func.strftime("%s", column), BigInteger) * 1_000_000 + cast(func.substr(column, 21, 6), BigInteger)
    return cast(func.extract("epoch", column) * 1_000_000, BigInteger)


def plain_rows(session: Session, query: Executable) -> Iterable[tuple[Any, ...]]:
    """Return rows as the driver gives them: as objects they would cost several times as much."""
    return typing.cast(Iterable[tuple[Any, ...]], session.connection().execute(query).cursor)


def _read_courses(session: Session, wanted: ColumnElement[bool]) -> Iterator[_Course]:
    """Yield the customers wanted that have moves, with all of these."""
    change = CustomerChange
    query = (
        select(change.customer_id, micros(session, Customer.created_at), Customer.owner_id, Customer.team_id)
        .add_columns(micros(session, change.changed_at), change.likelihood_before, change.likelihood_after, change.cause)
        .add_columns(change.changed_by_id)
        .join(Customer, change.customer_id == Customer.id)
        .where(change.likelihood_after.is_not(None), wanted)
        .order_by(change.customer_id, change.changed_at, change.id)
    )
    for (customer_id, created, owner_id, team_id), rows in groupby(plain_rows(session, query), key=itemgetter(0, 1, 2, 3)):
        yield _Course(customer_id, created, owner_id, team_id, [Move._make(row[4:]) for row in rows])


def _courses_of(session: Session, customer_ids: Sequence[int]) -> Iterator[_Course]:
    for first in range(0, len(customer_ids), CHUNK):
        yield from _read_courses(session, Customer.id.in_(customer_ids[first : first + CHUNK]))


def merged_ends(session: Session, customer_ids: Sequence[int]) -> set[int]:
    """Return the customers that these merged records ended in."""
    ends = _ends(session) if customer_ids else {}
    return {ends[i] for i in customer_ids if i in ends}


def _ends(session: Session) -> dict[int, int]:
    """Return where each merged record ended, over as many merges as it went."""
    query = select(Customer.id, Customer.merged_into_id).where(Customer.merged_into_id.is_not(None))
    into = {customer_id: kept_id for customer_id, kept_id in session.execute(query) if kept_id is not None}
    ends: dict[int, int] = {}
    for customer_id in into:
        end = customer_id
        for _ in range(_LINKS):
            end = into.get(end, end)
        ends[customer_id] = end
    return ends


def _merged(session: Session, admitted: ColumnElement[bool]) -> tuple[dict[int, int], dict[int, tuple[int | None, int | None]]]:
    """Return which admitted customer each merged record ended in, and of these customers owner and team."""
    ends = _ends(session)
    owners: dict[int, tuple[int | None, int | None]] = {}
    wanted = sorted(set(ends.values()))
    for first in range(0, len(wanted), CHUNK):
        some = and_(Customer.id.in_(wanted[first : first + CHUNK]), admitted)
        of_some = select(Customer.id, Customer.owner_id, Customer.team_id).where(some)
        owners |= {customer_id: (owner_id, team_id) for customer_id, owner_id, team_id in session.execute(of_some)}
    return {customer_id: end for customer_id, end in ends.items() if end in owners}, owners
