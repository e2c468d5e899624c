"""A user's appointments and planned days for the calendar of their phone, under a secret address that only its owner knows.

The address holds 256 random bits; what is stored is their SHA-256, so that whoever reads the database cannot read the feeds.
Who holds the address reads without logging in: the feed tells one's own customers with a date, the stops of one's accepted plans
and nothing else, and it ends when it is taken back or renewed, or its user disabled.
"""

from __future__ import annotations

import hmac
import secrets
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from fieldsales.db.models import CalendarFeed, Customer, Plan, PlanStop, User
from fieldsales.domain.audit import AuditAction
from fieldsales.domain.planning.outcome import outcome_from_json
from fieldsales.domain.words import PlanState, StopProgress
from fieldsales.services import audit
from fieldsales.services.access import require_active, visible_customers, visible_to
from fieldsales.services.accounts.sessions import hash_token

TOKEN_BYTES = 32
TOKEN_LENGTH = 43  # of 32 bytes in URL-safe base 64
READ_INTERVAL = timedelta(hours=1)  # how exactly it is noted that a feed is read; calendars ask every few minutes
PAST, AHEAD = timedelta(days=60), timedelta(days=400)
MAX_ENTRIES = 2000
MAX_DAYS = 120


@dataclass(frozen=True, slots=True)
class FeedStatus:
    """Since when a user has a feed, and when a calendar read it last, to the hour."""

    created_at: datetime
    read_at: datetime | None


@dataclass(frozen=True, slots=True)
class Agreed:
    """What was agreed with one customer; `next_time` is the wall clock where its owner is."""

    customer_id: int
    name: str
    phone: str
    address: str
    next_on: date
    next_time: time | None
    next_action: str
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class PlannedVisit:
    """A stop of one of the user's accepted plans, in UTC."""

    customer_id: int
    name: str
    phone: str
    address: str
    starts_at: datetime
    leaves_at: datetime


@dataclass(frozen=True, slots=True)
class PlannedDay:
    """An accepted plan of the user's: its stops, and its pauses as (name, empty for lunch; from, to)."""

    day: date
    visits: tuple[PlannedVisit, ...]
    rests: tuple[tuple[str, datetime, datetime], ...]
    changed_at: datetime


def feed_status(session: Session, actor: User) -> FeedStatus | None:
    """Return how `actor`'s feed stands, None when they have none."""
    feed = session.get(CalendarFeed, actor.id)
    return FeedStatus(feed.created_at, feed.read_at) if feed is not None else None


def renew_feed(session: Session, actor: User, *, now: datetime) -> str:
    """Give `actor` a new secret and return it, this once; the one before ends.

    Raises:
        NotAllowed: `actor` has been disabled.
    """
    require_active(actor)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    session.execute(delete(CalendarFeed).where(CalendarFeed.user_id == actor.id))
    session.add(CalendarFeed(user_id=actor.id, token_hash=hash_token(token), created_at=now))
    audit.record(session, actor, AuditAction.CALENDAR_FEED_MADE, now=now)
    return token


def revoke_feed(session: Session, actor: User, *, now: datetime) -> None:
    """End `actor`'s feed; nothing happens when there is none."""
    feed = session.get(CalendarFeed, actor.id)
    if feed is not None:
        session.delete(feed)
        audit.record(session, actor, AuditAction.CALENDAR_FEED_ENDED, now=now)


def find_reader(session: Session, token: object) -> User | None:
    """Return whose feed a secret opens; None for anything else, and for a disabled user's."""
    if type(token) is not str or len(token) != TOKEN_LENGTH:
        return None
    asked = hash_token(token)
    feed = session.scalar(select(CalendarFeed).where(CalendarFeed.token_hash == asked))
    # The index finds by the hash, from which the time it takes tells nothing of the secret; the last word is constant in time.
    if feed is None or not hmac.compare_digest(feed.token_hash, asked):
        return None
    user = session.get(User, feed.user_id)
    return user if user is not None and user.disabled_at is None else None


def list_agreed(session: Session, actor: User, *, today: date) -> tuple[Agreed, ...]:
    """Return what was agreed with `actor`'s own customers, from two months ago to thirteen months ahead."""
    query = visible_customers(actor).where(Customer.owner_id == actor.id, Customer.next_on.between(today - PAST, today + AHEAD))
    found = session.scalars(query.order_by(Customer.next_on.desc(), Customer.id).limit(MAX_ENTRIES))
    return tuple(
        Agreed(c.id, c.name, c.phone, c.address, c.next_on, c.next_time, c.next_action, c.changed_at)
        for c in found
        if c.next_on is not None
    )


def list_planned(session: Session, actor: User, *, today: date) -> tuple[PlannedDay, ...]:
    """Return `actor`'s own accepted plans of the same days, with the stops at customers that they may see."""
    mine = (Plan.user_id == actor.id, Plan.state == PlanState.ACCEPTED, Plan.deleted_at.is_(None))
    query = select(Plan).where(*mine, Plan.day.between(today - PAST, today + AHEAD)).order_by(Plan.day.desc()).limit(MAX_DAYS)
    accepted = {plan.id: plan for plan in session.scalars(query)}
    stops = (
        select(PlanStop.plan_id, Customer.id, Customer.name, Customer.phone, Customer.address, PlanStop.starts_at, PlanStop.leaves_at)
        .join(Customer, PlanStop.customer_id == Customer.id)
        .where(PlanStop.plan_id.in_(list(accepted)), PlanStop.position.is_not(None), visible_to(actor))
        .where(PlanStop.progress != StopProgress.SKIPPED)
        .order_by(PlanStop.plan_id, PlanStop.position)
    )
    visits: dict[int, list[PlannedVisit]] = defaultdict(list)
    for plan_id, customer_id, name, phone, address, starts_at, leaves_at in session.execute(stops):
        if starts_at is not None and leaves_at is not None:
            visits[plan_id].append(PlannedVisit(customer_id, name, phone, address, starts_at, leaves_at))
    return tuple(PlannedDay(p.day, tuple(visits[p.id]), _rests(p), p.changed_at) for p in accepted.values())


def _rests(plan: Plan) -> tuple[tuple[str, datetime, datetime], ...]:
    return tuple((rest.name, rest.starts_at, rest.ends_at) for rest in outcome_from_json(plan.outcome).rests)


def is_read_unnoted(status: FeedStatus | None, *, now: datetime) -> bool:
    """True when it is time to note again that a feed is in use."""
    return status is not None and (status.read_at is None or now - status.read_at >= READ_INTERVAL)


def note_read(session: Session, user_id: int, *, now: datetime) -> None:
    """Note that a calendar read a user's feed."""
    session.execute(update(CalendarFeed).where(CalendarFeed.user_id == user_id).values(read_at=now))
