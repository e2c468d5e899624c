"""The queue of addresses to locate, which is the customer rows themselves.

A row waits while `locate_due_at` is set and is taken when that moment has come. Taking it writes a claim and moves
`locate_due_at` ahead by the lease, so that the rows of a killed worker become due again by themselves. An answer is
stored only while its claim still stands: an address edited meanwhile has lost the claim, and the stale answer with it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import cast
from uuid import uuid4

from sqlalchemy import ColumnElement, Table, and_, bindparam, case, func, literal, or_, select, text, true, update
from sqlalchemy.orm import Session

from fieldsales.db.database import Database
from fieldsales.db.models import Customer, User
from fieldsales.db.models.customers import MAY_LACK_PIN
from fieldsales.domain.places import AddressQuery, Level, LocateReason, LocateStatus, Place
from fieldsales.services.access import find_customer, visible_to
from fieldsales.services.ports import Geocoder
from fieldsales.services.territories.territory_assignment import assign_unowned

LEASE = timedelta(seconds=60)
FIRST_RETRY = timedelta(minutes=1)
LAST_RETRY = timedelta(hours=6)
VERSION_LENGTH = 100
AREA_LENGTH = 200
MOST_COUNTED = 1000
_COARSE = (Level.CITY, Level.POSTAL, Level.OAZA, Level.KOAZA, Level.CHOME)
_NOT_CERTAIN = (LocateStatus.APPROXIMATE, LocateStatus.AMBIGUOUS, LocateStatus.FAILED)
# The table itself: an update through the mapped class would raise `version` and reject whoever is editing.
_rows = cast(Table, Customer.__table__)


class PinState(StrEnum):
    """What a customer's pin is worth; each customer is in exactly one state."""

    LOCATED = "located"
    APPROXIMATE = "approximate"
    PENDING = "pending"
    UNLOCATED = "unlocated"


@dataclass(frozen=True, slots=True)
class LocationCounts:
    """How many customers are in which state; the four add up to `total`."""

    located: int = 0
    approximate: int = 0
    pending: int = 0
    unlocated: int = 0

    @property
    def total(self) -> int:
        """All customers counted."""
        return self.located + self.approximate + self.pending + self.unlocated


@dataclass(frozen=True, slots=True)
class ClaimedAddress:
    """An address that one worker has taken; `attempts` counts this one in."""

    customer_id: int
    query: AddressQuery
    claim: str
    attempts: int


@dataclass(frozen=True, slots=True)
class FoundPlace:
    """The answer to a claimed address, the version of the geocoder that gave it, and the municipality that the address names."""

    address: ClaimedAddress
    place: Place
    located_with: str
    area: str = ""


def pin_state() -> ColumnElement[str]:
    """Return the SQL expression of a customer's `PinState`, the one definition behind every count and list."""
    queued = or_(Customer.locate_due_at.is_not(None), Customer.locate_status == LocateStatus.RETRY_LATER)
    return case(
        (and_(queued, Customer.pinned_by_hand.is_(False)), PinState.PENDING.value),
        (Customer.lat.is_(None), PinState.UNLOCATED.value),
        (Customer.locate_status == LocateStatus.APPROXIMATE, PinState.APPROXIMATE.value),
        (or_(Customer.locate_status.is_(None), Customer.locate_status == LocateStatus.OK), PinState.LOCATED.value),
        else_=PinState.UNLOCATED.value,
    )


def location_counts(session: Session, actor: User, *, customer_ids: Sequence[int] | None = None) -> LocationCounts:
    """Count the customers that `actor` may see (archived ones aside) by state; only those of `customer_ids` when given."""
    state = pin_state().label("state")
    query = select(state, func.count()).where(visible_to(actor), Customer.archived_at.is_(None)).group_by(state)
    if customer_ids is None:
        return LocationCounts(**dict(session.execute(query).all()))
    counts = dict.fromkeys((s.value for s in PinState), 0)
    for start in range(0, len(customer_ids), 5_000):
        for name, count in session.execute(query.where(Customer.id.in_(customer_ids[start : start + 5_000]))):
            counts[name] += count
    return LocationCounts(**counts)


def count_problems(session: Session, actor: User) -> LocationCounts:
    """Count the customers without a certain pin that `actor` may see, by state: MOST_COUNTED of them at most."""
    state = pin_state()
    # IS TRUE keeps SQLite from the indexes of owner and team, by which it would go through all that the actor may see.
    seen = and_(visible_to(actor).is_(true()), Customer.archived_at.is_(None))
    lacking = select(state.label("state")).where(seen, text(f"({MAY_LACK_PIN})"), state != PinState.LOCATED.value).limit(MOST_COUNTED)
    some = lacking.subquery()
    return LocationCounts(**dict(session.execute(select(some.c.state, func.count()).group_by(some.c.state)).all()))


def has_due_addresses(session: Session, *, now: datetime) -> bool:
    """True when there is something to claim; a look that takes no lock."""
    return session.scalar(select(Customer.id).where(_is_due(now)).limit(1)) is not None


def has_claimed_addresses(session: Session) -> bool:
    """True while some worker, alive or killed, holds a claim."""
    held = select(Customer.id).where(Customer.locate_due_at.is_not(None), Customer.locate_claim.is_not(None))
    return session.scalar(held.limit(1)) is not None


def count_waiting(session: Session) -> int:
    """Count the addresses in the queue, claimed or not, those to be retried later included."""
    return session.scalar(select(func.count()).where(Customer.locate_due_at.is_not(None))) or 0


def claim_addresses(session: Session, *, worker: str, limit: int, now: datetime) -> list[ClaimedAddress]:
    """Take up to `limit` due addresses, the longest due first, in one conditional UPDATE.

    `worker` names one thread of one process. Two workers never take the same row: SQLite has one writer at a time,
    PostgreSQL skips the rows that another has locked.
    """
    due = (
        select(Customer.id)
        .where(_is_due(now))
        .order_by(Customer.locate_due_at, Customer.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("due")  # evaluated once; a plain subselect with LIMIT is something PostgreSQL may run again
    )
    return _claim(session, _rows.c.id.in_(select(due.c.id)), worker=worker, now=now)


def claim_customer(session: Session, actor: User, *, customer_id: int, worker: str, now: datetime) -> ClaimedAddress | None:
    """Take one customer's address out of turn; None when it is not in the queue.

    The claim of another worker is taken over: somebody is waiting for this answer.

    Raises:
        CustomerNotFound: no such customer among those `actor` may see.
    """
    find_customer(session, actor, customer_id)
    queued = and_(_rows.c.id == customer_id, _rows.c.locate_due_at.is_not(None), _rows.c.pinned_by_hand.is_(False))
    claimed = _claim(session, queued, worker=worker, now=now)
    return claimed[0] if claimed else None


def extend_claims(session: Session, *, addresses: Iterable[ClaimedAddress], until: datetime) -> None:
    """Let what a living worker has not answered yet stay its own until then; a moment that is past gives it back."""
    rows = [{"b_id": a.customer_id, "b_claim": a.claim, "locate_due_at": until} for a in addresses]
    if rows:
        session.connection().execute(_UPDATE_CLAIMED, rows)


def store_places(session: Session, *, places: Sequence[FoundPlace], now: datetime) -> int:
    """Write the answers whose claims still stand and return how many were; the others are dropped.

    `version` stays as it is, so that the worker never collides with somebody who is editing; a pin placed by hand
    stays where it is. `retry_later` puts the address back into the queue and leaves the place as it was; a place that
    a service could not confirm just now is stored and comes back as well. A customer without an owner who is found in a
    territory is given to whoever looks after it.
    """
    held = _held_claims(session, places)
    kept = [found for found in places if held.get(found.address.customer_id) == found.address.claim]
    answers = [_answer(found, now=now) for found in kept if found.place.status is not LocateStatus.RETRY_LATER]
    delays = [_delay(found, now=now) for found in kept if found.place.status is LocateStatus.RETRY_LATER]
    if answers:
        session.connection().execute(_UPDATE_CLAIMED, answers)
        assign_unowned(session, customer_ids=[found.address.customer_id for found in kept], now=now)
    if delays:
        session.connection().execute(_UPDATE_DELAYED, delays)
    return len(kept)


def requeue_improvable(session: Session, *, geocoder_version: str, now: datetime, limit: int = 5_000) -> int:
    """Queue again up to `limit` addresses that another version of the geocoder might find better; return how many.

    Those are places that are not certain, and certain ones no finer than a 丁目. Their places stay in use until the
    better ones are stored.
    """
    improvable = (
        select(Customer.id)
        .where(
            Customer.locate_due_at.is_(None),
            Customer.pinned_by_hand.is_(False),
            Customer.located_with != geocoder_version[:VERSION_LENGTH],
            or_(Customer.address != "", Customer.postal_code != ""),
            or_(
                Customer.locate_status.in_(_NOT_CERTAIN),
                # Coordinates that came with the data carry the level `point` and are never looked for again.
                and_(Customer.locate_status == LocateStatus.OK, Customer.level.in_(_COARSE)),
            ),
        )
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("improvable")
    )
    queued = session.execute(
        update(_rows)
        .where(_rows.c.id.in_(select(improvable.c.id)))
        .values(locate_due_at=now, locate_claim=None, locate_attempts=0)
        .returning(_rows.c.id)
    )
    return len(queued.all())


def locate_customer(database: Database, geocoder: Geocoder, actor: User, *, customer_id: int, now: datetime) -> Place | None:
    """Locate one queued customer at once, for somebody who has just corrected the address; None when it is not queued.

    The geocoder may ask a remote service: it is called between two short transactions, never inside one.

    Raises:
        CustomerNotFound: no such customer among those `actor` may see.
    """
    with database.write() as session:
        address = claim_customer(session, actor, customer_id=customer_id, worker=worker_name(), now=now)
    if address is None:
        return None
    version = geocoder.version
    place, area = geocoder.locate(address.query), geocoder.area_of(address.query)
    with database.write() as session:
        store_places(session, places=[FoundPlace(address, place, version, area)], now=now)
    return place


def worker_name() -> str:
    """Return a name that no other worker has, in this process or another, now or after a restart."""
    return f"{os.getpid()}-{uuid4().hex[:16]}"


def retry_delay(attempts: int) -> timedelta:
    """Return how long to wait after so many attempts in a row that got no answer."""
    doublings = min(max(attempts - 1, 0), 16)
    return min(FIRST_RETRY * float(2**doublings), LAST_RETRY)


def _is_due(now: datetime) -> ColumnElement[bool]:
    return and_(Customer.locate_due_at <= now, Customer.pinned_by_hand.is_(False))


def _claim(session: Session, which: ColumnElement[bool], *, worker: str, now: datetime) -> list[ClaimedAddress]:
    claim = f"{worker[:38]}@{now:%Y%m%dT%H%M%S.%f}"
    taken = session.execute(
        update(_rows)
        .where(which)
        .values(locate_claim=claim, locate_due_at=now + LEASE, locate_attempts=_rows.c.locate_attempts + 1)
        .returning(_rows.c.id, _rows.c.address, _rows.c.postal_code, _rows.c.locate_attempts)
    )
    claimed = [ClaimedAddress(i, AddressQuery(text, postal_code), claim, attempts) for i, text, postal_code, attempts in taken]
    return sorted(claimed, key=lambda address: address.customer_id)


def _held_claims(session: Session, places: Sequence[FoundPlace]) -> dict[int, str | None]:
    """Return {customer id: claim} of the rows that may still be written, locked until the transaction ends."""
    ids = [found.address.customer_id for found in places]
    query = select(_rows.c.id, _rows.c.locate_claim).where(_rows.c.id.in_(ids), _rows.c.pinned_by_hand.is_(False))
    return dict(session.execute(query.order_by(_rows.c.id).with_for_update()).all())


def _answer(found: FoundPlace, *, now: datetime) -> dict[str, object]:
    place, attempts = found.place, found.address.attempts
    unconfirmed = place.reason in (LocateReason.SERVICE_BUSY, LocateReason.SERVICE_REFUSED)
    return {
        "b_id": found.address.customer_id,
        "b_claim": found.address.claim,
        "lat": place.lat,
        "lon": place.lon,
        "level": place.level,
        "precision_m": place.precision_m,
        "provider": place.provider[:64],
        "matched": place.matched[:500],
        "rest": place.rest[:1000],
        "locate_status": place.status,
        "locate_reason": place.reason,
        "located_with": found.located_with[:VERSION_LENGTH],
        "area": found.area[:AREA_LENGTH],
        "locate_due_at": now + retry_delay(attempts) if unconfirmed else None,
        "locate_claim": None,
        "locate_attempts": attempts if unconfirmed else 0,
        "changed_at": now,
    }


def _delay(found: FoundPlace, *, now: datetime) -> dict[str, object]:
    return {
        "b_id": found.address.customer_id,
        "b_claim": found.address.claim,
        "b_reason": found.place.reason,
        "locate_due_at": now + retry_delay(found.address.attempts),
        "locate_claim": None,
    }


_UPDATE_CLAIMED = update(_rows).where(_rows.c.id == bindparam("b_id"), _rows.c.locate_claim == bindparam("b_claim"))
# A place found earlier stays what it was; only a row without one says that it waits for a service.
_UPDATE_DELAYED = _UPDATE_CLAIMED.values(
    locate_status=case((_rows.c.lat.is_(None), literal(LocateStatus.RETRY_LATER, _rows.c.locate_status.type)), else_=_rows.c.locate_status),
    locate_reason=case((_rows.c.lat.is_(None), bindparam("b_reason", type_=_rows.c.locate_reason.type)), else_=_rows.c.locate_reason),
    locate_due_at=bindparam("locate_due_at"),
    locate_claim=bindparam("locate_claim"),
)
