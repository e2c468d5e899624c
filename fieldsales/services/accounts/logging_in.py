"""Logging in: password against hash, with a delay that grows per account and per network address.

An attempt counts as failed before its password is looked at, and is forgiven when the password is right: a hundred
attempts at once therefore count as a hundred. The slow hash is computed between two short transactions.

Failures are kept in the audit log. Of the attempts that have to wait the first one is, not the thousands that a program makes
meanwhile: nobody fills the disk without a password.
"""

from __future__ import annotations

import hashlib
import ipaddress
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from fieldsales.db.database import Database
from fieldsales.db.models import AuditEvent, LoginAttempt, User
from fieldsales.domain.audit import AuditAction
from fieldsales.errors import LoginRefused, TooManyAttempts
from fieldsales.services import audit
from fieldsales.services.accounts.accounts import normalise_email
from fieldsales.services.accounts.passwords import verify_password
from fieldsales.services.accounts.sessions import open_session

FORGET_AFTER = timedelta(hours=24)
LONGEST_DELAY_S = 900
TOO_MANY = "too many attempts"


@dataclass(frozen=True)
class Allowance:
    """How many failures cost nothing; each further one doubles the delay, from one second to a quarter of an hour."""

    free: int

    def delay_s(self, failures: int) -> int:
        """Return the seconds to wait after so many failures in a row."""
        over = failures - self.free
        return 0 if over < 0 else min(2 ** min(over, 20), LONGEST_DELAY_S)


PER_ACCOUNT = Allowance(free=5)
PER_ADDRESS = Allowance(free=30)


def log_in(database: Database, *, email: str, password: str, address: str, user_agent: str, now: datetime) -> tuple[User, str]:
    """Return the user and the token of a new session; `address` is the client's network address.

    Takes the database, not a session: a failed attempt must be kept although this raises.

    Raises:
        LoginRefused: no such account, a wrong password or a disabled account; they cannot be told apart.
        TooManyAttempts: the account or the address has to wait; the password was not looked at.
    """
    email = normalise_email(email)
    subjects = {_account_subject(email): PER_ACCOUNT, _address_subject(address): PER_ADDRESS}
    with database.write() as session:
        waiting = _count_attempt(session, subjects, now=now)
        user = session.scalar(select(User).where(User.email == email))
        if waiting and not _is_refusal_kept(session, user, address, waiting):
            _keep_failure(session, user, reason=TOO_MANY, user_agent=user_agent, address=address, now=now)
    if waiting:
        until = max(row.blocked_until for row in waiting if row.blocked_until is not None)
        raise TooManyAttempts(retry_after_s=math.ceil((until - now).total_seconds()))
    known = user is not None and user.disabled_at is None
    right = verify_password(password, user.password_hash if user is not None else None)
    with database.write() as session:
        if right and user is not None and known:
            _forgive_attempt(session, email, address)
            token = open_session(session, user, user_agent=user_agent, now=now)
            audit.record(session, user, AuditAction.LOGGED_IN, details={"device": user_agent[:200]}, now=now, address=address)
            return user, token
        reason = "no such account" if user is None else "disabled account" if right else "wrong password"
        _keep_failure(session, user, reason=reason, user_agent=user_agent, address=address, now=now)
    raise LoginRefused()


def _count_attempt(session: Session, subjects: dict[str, Allowance], *, now: datetime) -> list[LoginAttempt]:
    """Count an attempt of each subject; while some have to wait, return these and count, and store, nothing."""
    session.execute(delete(LoginAttempt).where(LoginAttempt.last_failed_at < now - FORGET_AFTER))
    rows = _locked(session, subjects)
    if len(rows) < len(subjects) and not _waiting(rows, now):
        _insert_missing(session, subjects, now=now)
        rows = _locked(session, subjects)
    waiting = _waiting(rows, now)
    if waiting:
        return waiting
    for row in rows:
        row.failures += 1
        row.last_failed_at = now
        delay_s = subjects[row.subject].delay_s(row.failures)
        row.blocked_until = now + timedelta(seconds=delay_s) if delay_s else None
    session.flush()
    return []


def _locked(session: Session, subjects: Iterable[str]) -> list[LoginAttempt]:
    query = select(LoginAttempt).where(LoginAttempt.subject.in_(subjects)).order_by(LoginAttempt.subject).with_for_update()
    return list(session.scalars(query))


def _waiting(rows: Iterable[LoginAttempt], now: datetime) -> list[LoginAttempt]:
    return [row for row in rows if row.blocked_until is not None and row.blocked_until > now]


def _is_refusal_kept(session: Session, user: User | None, address: str, waiting: Sequence[LoginAttempt]) -> bool:
    """True when the log says already that this account has to wait this time, or that it does at this address."""
    since, at_address = min(row.last_failed_at for row in waiting), _address_subject(address)
    same = AuditEvent.subject_id == user.id if user is not None else AuditEvent.subject_id.is_(None)
    kept = select(AuditEvent.address).where(AuditEvent.action == AuditAction.LOG_IN_FAILED, AuditEvent.happened_at >= since, same)
    addresses = session.scalars(kept.where(AuditEvent.details["reason"].as_string() == TOO_MANY)).all()
    everywhere = any(row.subject != at_address for row in waiting)  # the account waits, whoever asks
    as_kept = _address_subject(address[: audit.MAX_ADDRESS])
    return bool(addresses) if everywhere else any(_address_subject(one) == as_kept for one in addresses)


def _keep_failure(session: Session, user: User | None, *, reason: str, user_agent: str, address: str, now: datetime) -> None:
    """Keep a failed attempt in the audit log: never what was typed, for a password may have been typed as the account."""
    audit.record(
        session,
        None,
        AuditAction.LOG_IN_FAILED,
        subject_kind="user" if user is not None else "",
        subject_id=user.id if user is not None else None,
        subject=user.email if user is not None else "",
        details={"reason": reason, "device": user_agent[:200]},
        now=now,
        address=address,
    )


def _insert_missing(session: Session, subjects: Iterable[str], *, now: datetime) -> None:
    """Insert the rows that are not there yet; two attempts at once must not collide."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    rows = [{"subject": subject, "failures": 0, "last_failed_at": now} for subject in sorted(subjects)]
    session.execute(insert(LoginAttempt).values(rows).on_conflict_do_nothing())


def _forgive_attempt(session: Session, email: str, address: str) -> None:
    """Forget the account's failures, and of the address this one alone: one good password must not buy it more guesses."""
    session.execute(delete(LoginAttempt).where(LoginAttempt.subject == _account_subject(email)))
    session.execute(
        update(LoginAttempt)
        .where(LoginAttempt.subject == _address_subject(address), LoginAttempt.failures > 0)
        .values(failures=LoginAttempt.failures - 1, blocked_until=None)
    )


def _account_subject(email: str) -> str:
    # Hashed, for people type passwords into the wrong field, and of any length.
    return "account:" + hashlib.sha256(email.encode("utf-8", "surrogatepass")).hexdigest()


def _address_subject(address: str) -> str:
    """Return the subject of a network address; of IPv6 the /64 network, which is what one customer gets."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "address:" + address[:200]
    if isinstance(parsed, ipaddress.IPv6Address):
        parsed = parsed.ipv4_mapped or parsed
    if isinstance(parsed, ipaddress.IPv6Address):
        return "address:" + str(ipaddress.ip_network((parsed, 64), strict=False))
    return f"address:{parsed}"
