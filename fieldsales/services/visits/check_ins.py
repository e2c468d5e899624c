"""Check-ins: one tap, at most one position, one open at a time; where it was is shown by `services.visits.position_views` alone."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Select, case, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from fieldsales.db.models import CheckIn, Customer, User, Visit
from fieldsales.domain.check_in import CheckInReason, Pin, Position, Verdict, checked_position, coarsened, judge
from fieldsales.domain.words import CheckInState, Role, VisitKind
from fieldsales.errors import N_, Conflict, CustomerNotFound, NotFound, UserNotFound
from fieldsales.services.access import find_customer, require_active, scope_of, visible_to
from fieldsales.services.customers.records import open_customer
from fieldsales.services.visits import stop_progress

BATCH = 500


class CheckInEnded(Conflict):
    code = "check_in_ended"
    message = N_("This check-in had ended already; no check-out was recorded.")


@dataclass(frozen=True, slots=True)
class CheckInRow:
    """One check-in to draw, without where it was.

    `customer_name` is empty when the customer is out of the reader's sight by now. `accuracy_m` is None without a position,
    and once it is coarsened.
    """

    id: int
    user_id: int
    who: str
    customer_id: int
    customer_name: str
    visit_id: int | None
    checked_in_at: datetime
    checked_out_at: datetime | None
    closed_at: datetime | None
    state: CheckInState
    reason: str
    distance_m: float | None
    accuracy_m: float | None
    pin_precision_m: float | None
    has_position: bool

    @property
    def duration(self) -> timedelta | None:
        """How long it lasted; None when nobody checked out."""
        return None if self.checked_out_at is None else self.checked_out_at - self.checked_in_at

    @property
    def left_without_check_out(self) -> bool:
        """True when the next check-in or midnight ended it."""
        return self.closed_at is not None and self.checked_out_at is None


def check_in(
    session: Session,
    actor: User,
    *,
    customer_id: int,
    position: Position | None,
    failure: CheckInReason = CheckInReason.NOT_GIVEN,
    client_ref: UUID,
    zone: tzinfo,
    now: datetime,
) -> CheckIn:
    """Record that `actor` is at a customer; the same `client_ref` twice records it once.

    Never refuses for want of a position: `failure` says why there is none, and a position that cannot be believed is not
    kept. Whatever check-in was open is closed without a check-out, unless it is later than this one. A second tap at the
    customer where one is checked in already adds the position that the first one lacked, or the new reason why there is
    none, and changes nothing else.

    Raises:
        CustomerNotFound: no such customer among those `actor` may see.
    """
    customer = open_customer(session, actor, customer_id)
    _take_turns(session, actor.id)
    known = _recorded(session, actor, client_ref)
    if known is not None:
        return known
    believed = failure if position is None else checked_position(position, now=now)
    former = session.scalar(select(CheckIn).where(CheckIn.user_id == actor.id, CheckIn.closed_at.is_(None)))
    if former is not None and former.customer_id == customer.id and _same_day(former.checked_in_at, now, zone):
        if former.lat is None:
            _judge(former, customer, believed)
            session.flush()
        return former
    arrived = CheckIn(client_ref=client_ref, user_id=actor.id, customer_id=customer.id, checked_in_at=now)
    if former is not None and former.checked_in_at > now:
        arrived.closed_at = former.checked_in_at  # told late, by a phone that had no signal: one is elsewhere by now
    elif former is not None:
        former.closed_at = now
        session.flush()
    _judge(arrived, customer, believed)
    try:
        with session.begin_nested():
            session.add(arrived)
    except IntegrityError:
        # Somebody else was given the very same reference at the same moment: theirs is not ours to see.
        raise CustomerNotFound() from None
    stop_progress.note_check_in(session, actor, arrived, now=now)
    return arrived


def pin_of(customer: Customer) -> Pin | None:
    """Return the customer's pin as check-ins are judged by it."""
    return Pin.of(customer.lat, customer.lon, customer.precision_m, customer.level, customer.locate_reason)


def _judge(row: CheckIn, customer: Customer, believed: Position | CheckInReason) -> None:
    pin = pin_of(customer)
    verdict = judge(believed, pin) if isinstance(believed, Position) else Verdict(CheckInState.UNKNOWN, believed)
    if isinstance(believed, Position):
        row.lat, row.lon, row.accuracy_m = believed.lat, believed.lon, believed.accuracy_m
    row.pin_precision_m = pin.precision_m if pin else None
    row.state, row.reason, row.distance_m = verdict.state, verdict.reason.value, verdict.distance_m


def _recorded(session: Session, actor: User, client_ref: UUID) -> CheckIn | None:
    known = session.scalar(select(CheckIn).where(CheckIn.client_ref == client_ref))
    if known is not None and known.user_id != actor.id:
        raise CustomerNotFound()
    return known


def _take_turns(session: Session, user_id: int) -> None:
    """Let two phones of one person check in one after the other; SQLite has a single writer anyway."""
    session.execute(select(User.id).where(User.id == user_id).with_for_update(key_share=True))


def _same_day(one: datetime, other: datetime, zone: tzinfo) -> bool:
    return one.astimezone(zone).date() == other.astimezone(zone).date()


def check_out(session: Session, actor: User, *, check_in_id: int, now: datetime) -> CheckIn:
    """End one's own check-in now; doing it twice changes nothing.

    Raises:
        NotFound: no such check-in of one's own. CheckInEnded: another check-in or midnight ended it; its duration is not known.
    """
    require_active(actor)
    row = session.scalar(select(CheckIn).where(CheckIn.id == check_in_id).with_for_update())
    if row is None or row.user_id != actor.id:
        raise NotFound()
    if row.closed_at is not None and row.checked_out_at is None:
        raise CheckInEnded()
    if row.closed_at is None:
        row.checked_out_at = row.closed_at = max(now, row.checked_in_at)
        session.flush()
    return row


def attach_to_visit(session: Session, actor: User, visit: Visit, *, zone: tzinfo) -> CheckIn | None:
    """Tie the actor's newest check-in at that customer on that day to a visit in person, unless a visit has it already.

    A check-in whose visit was deleted is free again. Returns what was tied, None when there was nothing to tie.
    """
    if visit.kind is not VisitKind.VISIT or visit.user_id != actor.id:
        return None
    start, end = _bounds(visit.visited_at.astimezone(zone).date(), zone)
    free = or_(CheckIn.visit_id.is_(None), Visit.deleted_at.is_not(None))
    query = select(CheckIn).outerjoin(Visit, CheckIn.visit_id == Visit.id).where(free)
    query = query.where(CheckIn.user_id == actor.id, CheckIn.customer_id == visit.customer_id)
    query = query.where(CheckIn.checked_in_at >= start, CheckIn.checked_in_at < end)
    newest = session.scalar(query.order_by(CheckIn.checked_in_at.desc(), CheckIn.id.desc()).limit(1))
    if newest is not None:
        newest.visit_id = visit.id
        session.flush()
    return newest


def open_check_in(session: Session, actor: User, *, now: datetime, zone: tzinfo) -> CheckInRow | None:
    """Return where `actor` is checked in today; yesterday's forgotten one is over, whether or not it has been closed yet."""
    query = _rows(actor).where(CheckIn.user_id == actor.id, CheckIn.closed_at.is_(None))
    row = next((_row(*found) for found in session.execute(query)), None)
    return row if row is not None and _same_day(row.checked_in_at, now, zone) else None


def list_check_ins(session: Session, actor: User, *, customer_id: int, limit: int = 20) -> tuple[CheckInRow, ...]:
    """Return the newest check-ins at a customer first, whoever's they are.

    Raises:
        CustomerNotFound.
    """
    find_customer(session, actor, customer_id)
    return _newest(session, _rows(actor).where(CheckIn.customer_id == customer_id), limit)


def list_own_check_ins(session: Session, actor: User, *, limit: int = 50) -> tuple[CheckInRow, ...]:
    """Return one's own newest check-ins first, those at customers out of sight included: they are kept all the same."""
    return _newest(session, _rows(actor).where(CheckIn.user_id == actor.id), limit)


def check_ins_of_day(session: Session, actor: User, *, user_id: int, day: date, zone: tzinfo) -> tuple[CheckInRow, ...]:
    """Return one person's check-ins of a day in `zone`, in their order.

    Raises:
        UserNotFound: it is neither the actor nor somebody they look after.
    """
    find_looked_after(session, actor, user_id)
    start, end = _bounds(day, zone)
    query = _rows(actor).where(CheckIn.user_id == user_id, CheckIn.checked_in_at >= start, CheckIn.checked_in_at < end)
    return tuple(_row(*found) for found in session.execute(query.order_by(CheckIn.checked_in_at, CheckIn.id)))


def check_ins_of_people(session: Session, actor: User, *, user_ids: Collection[int], day: date, zone: tzinfo) -> tuple[CheckInRow, ...]:
    """Return the check-ins of a day in `zone` of those among some people whom the actor looks after, by name and time."""
    start, end = _bounds(day, zone)
    whose = sorted(looked_after(session, actor, user_ids=user_ids))
    query = _rows(actor).where(CheckIn.user_id.in_(whose), CheckIn.checked_in_at >= start, CheckIn.checked_in_at < end)
    ordered = query.order_by(User.name, CheckIn.user_id, CheckIn.checked_in_at, CheckIn.id)
    return tuple(_row(*found) for found in session.execute(ordered))


def check_ins_of_visits(session: Session, actor: User, *, visit_ids: Collection[int]) -> dict[int, CheckInRow]:
    """Return the newest check-in of each visit that has one, by the visit's id; of customers that `actor` may see."""
    if not visit_ids:
        return {}
    query = _rows(actor).where(CheckIn.visit_id.in_(sorted(set(visit_ids))), visible_to(actor)).order_by(CheckIn.checked_in_at, CheckIn.id)
    rows = [_row(*found) for found in session.execute(query)]
    return {row.visit_id: row for row in rows if row.visit_id is not None}


def looks_after(actor: User, user: User) -> bool:
    """True when `actor` may see where `user` checked in: oneself, the managers of the team, admins."""
    if actor.disabled_at is not None:
        return False
    scope = scope_of(actor)
    managed = actor.role is Role.MANAGER and user.team_id in scope.team_ids
    return scope.everything or managed or actor.id == user.id


def looked_after(session: Session, actor: User, *, user_ids: Collection[int]) -> frozenset[int]:
    """Return those of some users whose positions `actor` may see."""
    users = session.scalars(select(User).where(User.id.in_(sorted(set(user_ids))))).unique() if user_ids else ()
    return frozenset(user.id for user in users if looks_after(actor, user))


def find_looked_after(session: Session, actor: User, user_id: int) -> User:
    """Return a user whose check-ins `actor` may see with their positions.

    Raises:
        UserNotFound.
    """
    user = session.get(User, user_id)
    if user is None or not looks_after(actor, user):
        raise UserNotFound()
    return user


def close_forgotten(session: Session, *, now: datetime, default_zone: tzinfo) -> int:
    """Close what was left open on a day that is over where its author is, without inventing a duration; return how many."""
    query = (
        select(CheckIn.id, CheckIn.checked_in_at, User.timezone).join(User, CheckIn.user_id == User.id).where(CheckIn.closed_at.is_(None))
    )
    over = [i for i, at, zone in session.execute(query) if not _same_day(at, now, ZoneInfo(zone) if zone else default_zone)]
    if over:
        still_open = update(CheckIn).where(CheckIn.id.in_(over), CheckIn.closed_at.is_(None))
        session.execute(still_open.values(closed_at=now), execution_options={"synchronize_session": False})
    return len(over)


def coarsen_positions(session: Session, *, taken_before: datetime, now: datetime, limit: int = BATCH) -> int:
    """Coarsen up to `limit` exact positions of check-ins made before a moment, and return how many there were.

    Any number of processes may do so at once: each takes rows that no other holds, and a coarse row is not taken again.
    """
    exact = select(CheckIn).where(CheckIn.lat.is_not(None), CheckIn.coarsened_at.is_(None), CheckIn.checked_in_at < taken_before)
    rows = session.scalars(exact.order_by(CheckIn.checked_in_at).limit(limit).with_for_update(skip_locked=True)).all()
    for row in rows:
        if row.lat is not None and row.lon is not None:
            row.lat, row.lon, row.accuracy_m = coarsened(row.lat, row.lon, row.accuracy_m or 0.0)
            row.coarsened_at = now
    session.flush()
    return len(rows)


def _bounds(day: date, zone: tzinfo) -> tuple[datetime, datetime]:
    return datetime.combine(day, time.min, zone), datetime.combine(day + timedelta(days=1), time.min, zone)


def _rows(actor: User) -> Select[Any]:
    seen_name = case((visible_to(actor), Customer.name), else_="")
    return select(CheckIn, User.name, seen_name).join(User, CheckIn.user_id == User.id).join(Customer, CheckIn.customer_id == Customer.id)


def _newest(session: Session, query: Select[Any], limit: int) -> tuple[CheckInRow, ...]:
    newest = query.order_by(CheckIn.checked_in_at.desc(), CheckIn.id.desc()).limit(limit)
    return tuple(_row(*found) for found in session.execute(newest))


def _row(check_in: CheckIn, who: str, customer_name: str) -> CheckInRow:
    same = {name: getattr(check_in, name) for name in CheckInRow.__dataclass_fields__ if hasattr(CheckIn, name)}
    exact = check_in.accuracy_m if check_in.coarsened_at is None else None
    return CheckInRow(**same | {"accuracy_m": exact}, who=who, customer_name=customer_name, has_position=check_in.lat is not None)
