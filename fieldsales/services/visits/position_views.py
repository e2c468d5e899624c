"""Where check-ins were. Nobody looks at somebody else's positions without a trace that the other one sees."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case, or_, select
from sqlalchemy.orm import Session

from fieldsales.db.models import CheckIn, Customer, PositionView, User
from fieldsales.domain.audit import AuditAction
from fieldsales.domain.words import Role
from fieldsales.services import audit
from fieldsales.services.access import find_customer, require_active, visible_to
from fieldsales.services.visits.check_ins import CheckInRow, find_looked_after

ONE_LOOK = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class CheckInPosition:
    """Where one check-in was; `coarse` once only the square kilometre is kept."""

    check_in_id: int
    lat: float
    lon: float
    accuracy_m: float
    coarse: bool


@dataclass(frozen=True, slots=True)
class Look:
    """Somebody looked at one's positions; `customer_name` is empty when they saw those of several customers."""

    who: str
    role: Role
    viewed_at: datetime
    customer_name: str


def read_positions(
    session: Session, actor: User, *, user_id: int, customer_id: int | None = None, limit: int = 50, now: datetime
) -> tuple[CheckInPosition, ...]:
    """Return the newest positions of a user's check-ins, of one customer when named, and keep who looked.

    Looks by the same person at the same user within a quarter of an hour are one. One's own positions leave no trace.

    Raises:
        UserNotFound: neither oneself nor somebody the actor looks after. CustomerNotFound: no such customer in the actor's sight.
        RuntimeError: the session would not keep the trace (it only reads).
    """
    require_active(actor)
    user = find_looked_after(session, actor, user_id)
    query = select(CheckIn).where(CheckIn.user_id == user.id, CheckIn.lat.is_not(None))
    if customer_id is not None:
        query = query.where(CheckIn.customer_id == customer_id)
    if user.id != actor.id:
        if customer_id is not None:
            find_customer(session, actor, customer_id)
        # Whoever looks after a user need not see every customer that user has visited.
        query = query.join(Customer, CheckIn.customer_id == Customer.id).where(visible_to(actor))
        _keep_look(session, actor, user, customer_id=customer_id, now=now)
    found = session.scalars(query.order_by(CheckIn.checked_in_at.desc(), CheckIn.id.desc()).limit(limit))
    return tuple(
        CheckInPosition(row.id, row.lat, row.lon, row.accuracy_m or 0.0, row.coarsened_at is not None)
        for row in found
        if row.lat is not None and row.lon is not None
    )


def read_shown_positions(session: Session, actor: User, *, rows: Collection[CheckInRow], now: datetime) -> tuple[CheckInPosition, ...]:
    """Return where some check-ins were, at customers in the actor's sight, and keep for each person that the actor looked.

    Nobody is looked at who has no position among them.

    Raises:
        NotAllowed: the actor is disabled. UserNotFound: a check-in of somebody whom the actor does not look after.
        RuntimeError: the session would not keep the trace (it only reads).
    """
    require_active(actor)
    query = select(CheckIn).join(Customer, CheckIn.customer_id == Customer.id)
    query = query.where(CheckIn.id.in_(sorted(row.id for row in rows)), CheckIn.lat.is_not(None))
    found = session.scalars(query.where(or_(CheckIn.user_id == actor.id, visible_to(actor))).order_by(CheckIn.id)).all()
    for user_id in sorted({row.user_id for row in found} - {actor.id}):
        _keep_look(session, actor, find_looked_after(session, actor, user_id), customer_id=None, now=now)
    return tuple(
        CheckInPosition(row.id, row.lat, row.lon, row.accuracy_m or 0.0, row.coarsened_at is not None)
        for row in found
        if row.lat is not None and row.lon is not None
    )


def _keep_look(session: Session, actor: User, user: User, *, customer_id: int | None, now: datetime) -> None:
    if not session.get_bind().get_execution_options().get("writes"):
        raise RuntimeError("positions are read in a writing session, which keeps who looked")
    session.execute(select(User.id).where(User.id == user.id).with_for_update(key_share=True))  # two looks at once are one, too
    mine = select(PositionView).where(PositionView.viewer_id == actor.id, PositionView.viewed_id == user.id)
    last = session.scalar(mine.order_by(PositionView.viewed_at.desc(), PositionView.id.desc()).limit(1))
    if last is None or now - last.viewed_at >= ONE_LOOK:
        session.add(PositionView(viewer_id=actor.id, viewed_id=user.id, customer_id=customer_id, viewed_at=now))
        action, details = AuditAction.POSITIONS_VIEWED, {"customer_id": customer_id}
        audit.record(session, actor, action, subject_kind="user", subject_id=user.id, subject=user.name, details=details, now=now)
    elif last.customer_id != customer_id:
        last.customer_id = None
    session.flush()


def list_looks(session: Session, actor: User, *, limit: int = 50) -> tuple[Look, ...]:
    """Return who looked at the actor's own positions, newest first."""
    seen_name = case((visible_to(actor), Customer.name), else_="")
    query = (
        select(User.name, User.role, PositionView.viewed_at, seen_name)
        .join(User, PositionView.viewer_id == User.id)
        .outerjoin(Customer, PositionView.customer_id == Customer.id)
        .where(PositionView.viewed_id == actor.id)
        .order_by(PositionView.viewed_at.desc(), PositionView.id.desc())
        .limit(limit)
    )
    return tuple(Look(who, role, viewed_at, customer or "") for who, role, viewed_at, customer in session.execute(query))
