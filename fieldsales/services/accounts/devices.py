"""The devices on which somebody is logged in, as they may see and end them themselves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldsales.db.models import LoginSession, User
from fieldsales.domain.audit import AuditAction
from fieldsales.errors import NotFound
from fieldsales.services import audit
from fieldsales.services.accounts.sessions import hash_token


@dataclass(frozen=True, slots=True)
class Device:
    """One log-in that is still good; `is_this` is the one that asks."""

    id: int
    user_agent: str
    created_at: datetime
    last_seen_at: datetime
    is_this: bool


def list_devices(session: Session, actor: User, *, token: str, now: datetime) -> tuple[Device, ...]:
    """Return the log-ins of `actor` that are good at `now`, the asking one first, then the newest."""
    query = select(LoginSession).where(LoginSession.user_id == actor.id, LoginSession.revoked_at.is_(None), LoginSession.expires_at > now)
    this = hash_token(token)
    found = [Device(s.id, s.user_agent, s.created_at, s.last_seen_at, s.token_hash == this) for s in session.scalars(query)]
    return tuple(sorted(found, key=lambda device: (not device.is_this, -device.last_seen_at.timestamp())))


def close_device(session: Session, actor: User, *, device_id: int, now: datetime) -> None:
    """Log `actor` out on one device.

    Raises:
        NotFound: there is no such log-in of theirs.
    """
    found = session.get(LoginSession, device_id)
    if found is None or found.user_id != actor.id:
        raise NotFound()
    if found.revoked_at is None:
        found.revoked_at = now
        audit.record(session, actor, AuditAction.LOGGED_OUT, details={"device": found.user_agent}, now=now)
    session.flush()
