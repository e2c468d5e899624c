"""Log-ins: opaque tokens, stored hashed, good for 30 days after the last use, revocable at once."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from fieldsales.db.models import LoginSession, User
from fieldsales.domain.audit import AuditAction
from fieldsales.services import audit

SESSION_COOKIE = "fieldsales_session"
LIFETIME = timedelta(days=30)
TOUCH_INTERVAL = timedelta(minutes=5)
MAX_TOKEN = 200


@dataclass(frozen=True, slots=True)
class SessionFound:
    """A valid log-in; `stale` when `touch_session` should note that it is in use."""

    session_id: int
    user_id: int
    stale: bool


def hash_token(token: str) -> str:
    """Return what is stored of a token: its SHA-256, 64 hexadecimal digits."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def open_session(session: Session, user: User, *, user_agent: str, now: datetime) -> str:
    """Log `user` in on one device and return the token for its cookie; what has expired long ago is removed."""
    session.execute(delete(LoginSession).where(LoginSession.expires_at < now - LIFETIME))
    token = secrets.token_urlsafe(32)
    session.add(
        LoginSession(
            token_hash=hash_token(token),
            user_id=user.id,
            created_at=now,
            last_seen_at=now,
            expires_at=now + LIFETIME,
            user_agent=user_agent[:300],
        )
    )
    session.flush()
    return token


def _valid_session(session: Session, token: object, *, now: datetime) -> LoginSession | None:
    """Return the log-in of `token`, None for anything but a `str` that is one (a test's mock is not)."""
    if type(token) is not str or not 0 < len(token) <= MAX_TOKEN:
        return None
    found = session.scalar(
        select(LoginSession).where(
            LoginSession.token_hash == hash_token(token), LoginSession.revoked_at.is_(None), LoginSession.expires_at > now
        )
    )
    return found if found is not None and found.user.disabled_at is None else None


def find_session(session: Session, token: object, *, now: datetime) -> SessionFound | None:
    """Return the log-in behind a token; None for anything that is not a valid one."""
    found = _valid_session(session, token, now=now)
    if found is None:
        return None
    return SessionFound(found.id, found.user_id, stale=now - found.last_seen_at >= TOUCH_INTERVAL)


def find_user(session: Session, token: object, *, now: datetime) -> User | None:
    """Return who is logged in with `token`; None when it is no valid token, or its user is disabled.

    Reads only: the gate prolongs the log-in with `touch_session`, every few minutes at most.
    """
    found = _valid_session(session, token, now=now)
    return None if found is None else found.user


def touch_session(session: Session, session_id: int, *, now: datetime) -> None:
    """Note that a log-in is in use, which prolongs it to 30 days from now; a revoked one stays revoked."""
    session.execute(
        update(LoginSession)
        .where(LoginSession.id == session_id, LoginSession.revoked_at.is_(None))
        .values(last_seen_at=now, expires_at=now + LIFETIME)
    )


def close_session(session: Session, token: object, *, now: datetime, address: str = "") -> None:
    """Log out on the device that holds `token`; nothing happens for an unknown one."""
    if (found := _valid_session(session, token, now=now)) is not None:
        session.execute(update(LoginSession).where(LoginSession.id == found.id).values(revoked_at=now))
        audit.record(session, found.user, AuditAction.LOGGED_OUT, now=now, address=address)


def close_all_sessions(
    session: Session, user: User, *, now: datetime, but_token: str | None = None, by: User | None = None, address: str = ""
) -> int:
    """Log `user` out everywhere, except on the device that holds `but_token`; return how many log-ins ended.

    `by` is who does it; None is the command line. Who may is decided by where `user` comes from: oneself, or an admin's list.
    """
    query = select(LoginSession.id).where(LoginSession.user_id == user.id, LoginSession.revoked_at.is_(None), LoginSession.expires_at > now)
    if but_token is not None:
        query = query.where(LoginSession.token_hash != hash_token(but_token))
    ids = list(session.scalars(query))
    session.execute(update(LoginSession).where(LoginSession.id.in_(ids)).values(revoked_at=now))
    details = {"ended": len(ids), "but_this_device": but_token is not None}
    action = AuditAction.LOGGED_OUT_EVERYWHERE
    audit.record(session, by, action, subject_kind="user", subject_id=user.id, subject=user.name, details=details, now=now, address=address)
    return len(ids)
