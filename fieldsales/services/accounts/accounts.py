"""Users and teams: who may log in, as what, and with which rights. `actor` None is the command line."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from typing import cast
from zoneinfo import available_timezones

from sqlalchemy import Table, select, update
from sqlalchemy.orm import Session

from fieldsales.db.models import Customer, LoginSession, Team, TeamManager, User
from fieldsales.domain.audit import AuditAction, changes_between
from fieldsales.domain.words import Role
from fieldsales.errors import (
    BadChoice,
    BadEmail,
    EmailTaken,
    LastAdmin,
    MissingTeamName,
    MissingUserName,
    NotAllowed,
    NotFound,
    TeamNameTaken,
    TextTooLong,
    UserNotFound,
    WrongPassword,
)
from fieldsales.i18n import LOCALES
from fieldsales.services import audit
from fieldsales.services.access import require_admin
from fieldsales.services.accounts.passwords import hash_password, verify_password
from fieldsales.services.map.map_index import announce_bulk_change

MAX_NAME = 200
MAX_EMAIL = 320
_EMAIL = re.compile(r"[^\s@\"<>(),:;\\\[\]\x00-\x1f]+@[^\s@\"<>(),:;\\\[\]\x00-\x1f]+\.[^\s@\"<>(),:;\\\[\]\x00-\x1f.]+")


def normalise_email(email: str) -> str:
    """Return an address as it is stored and compared: NFKC, lower case, without blanks around it or control characters."""
    return _without_controls(unicodedata.normalize("NFKC", email)).lower()


def add_user(
    session: Session, actor: User | None, *, email: str, name: str, role: Role, password: str, team_name: str = "", now: datetime
) -> User:
    """Create a user; the team is created when there is none of that name. A manager looks after their team.

    Raises:
        NotAllowed: `actor` is no admin.
        BadEmail, EmailTaken, MissingUserName, TextTooLong, PasswordTooShort, PasswordTooLong: the input is unusable.
    """
    _require_admin(actor)
    address = _usable_email(email)
    if session.scalar(select(User.id).where(User.email == address)) is not None:
        raise EmailTaken(value=address)
    user = User(
        email=address,
        name=_usable_name(name),
        role=role,
        password_hash=hash_password(password),
        team=team_named(session, team_name) if team_name.strip() else None,
        may_export=role is not Role.REP,
        may_delete=role is not Role.REP,
        created_at=now,
    )
    session.add(user)
    session.flush()
    if role is Role.MANAGER and user.team is not None:
        session.add(TeamManager(team_id=user.team.id, user_id=user.id))
        session.flush()
        session.refresh(user)
    _record(session, actor, AuditAction.USER_ADDED, user, _facts(user), now=now)
    return user


def find_by_email(session: Session, actor: User | None, *, email: str) -> User:
    """Return a user by e-mail address.

    Raises:
        UserNotFound: there is none; NotAllowed: `actor` is no admin.
    """
    _require_admin(actor)
    user = session.scalar(select(User).where(User.email == normalise_email(email)))
    if user is None:
        raise UserNotFound(field="email")
    return user


def list_users(session: Session, actor: User | None) -> list[User]:
    """Return all users by name, those who may log in first; raises NotAllowed unless `actor` is an admin."""
    _require_admin(actor)
    return list(session.scalars(select(User).order_by(User.disabled_at.is_not(None), User.name, User.id)))


def update_user(
    session: Session,
    actor: User | None,
    *,
    user_id: int,
    name: str,
    role: Role,
    team_name: str = "",
    email: str | None = None,
    now: datetime,
) -> User:
    """Change name, role, team and, when given, e-mail address; the customers of somebody who changes teams come along.

    A manager looks after their own team, and after others that were given to them; the team they leave goes to whoever comes.

    Raises:
        UserNotFound, NotAllowed, MissingUserName, TextTooLong, BadEmail, EmailTaken, LastAdmin.
    """
    _require_admin(actor)
    user = _get_user(session, user_id)
    if role is not Role.ADMIN:
        _keep_an_admin(session, actor, user)
    before = _facts(user)
    if email is not None:
        address = _usable_email(email)
        if session.scalar(select(User.id).where(User.email == address, User.id != user.id)) is not None:
            raise EmailTaken(value=address)
        user.email = address
    user.name = _usable_name(name)
    user.role = role
    former_team_id = user.team_id
    user.team = team_named(session, team_name) if team_name.strip() else None
    left_id = former_team_id if user.team is None or user.team.id != former_team_id else None
    managed = [*(team for team in user.managed_teams if team.id != left_id), *([user.team] if user.team else [])]
    user.managed_teams = list(dict.fromkeys(managed)) if role is Role.MANAGER else []
    session.flush()
    if user.team_id != former_team_id:
        rows = cast(Table, Customer.__table__)  # the table itself: nobody who is editing a customer need hear of it
        session.execute(update(rows).where(rows.c.owner_id == user.id).values(team_id=user.team_id, changed_at=now))
        announce_bulk_change(session)
    if changes := changes_between(before, _facts(user)):
        _record(session, actor, AuditAction.USER_CHANGED, user, {"changes": changes}, now=now)
    return user


def set_rights(session: Session, actor: User | None, *, user_id: int, may_export: bool, may_delete: bool, now: datetime) -> User:
    """Grant or take the rights to export and to delete; raises UserNotFound and NotAllowed."""
    _require_admin(actor)
    user = _get_user(session, user_id)
    before = {"may_export": user.may_export, "may_delete": user.may_delete}
    user.may_export, user.may_delete = may_export, may_delete
    session.flush()
    if changes := changes_between(before, {"may_export": may_export, "may_delete": may_delete}):
        _record(session, actor, AuditAction.RIGHTS_CHANGED, user, {"changes": changes}, now=now)
    return user


def set_preferences(session: Session, actor: User, *, locale: str, timezone: str) -> User:
    """Choose one's own language and time zone; empty for the installation's default.

    Raises:
        BadChoice: we do not speak the language, or nobody knows the time zone.
    """
    if locale and locale not in LOCALES:
        raise BadChoice(field="locale", value=locale[:50])
    if timezone and timezone not in available_timezones():
        raise BadChoice(field="timezone", value=timezone[:50])
    user = _get_user(session, actor.id)
    user.locale, user.timezone = locale, timezone
    session.flush()
    return user


def disable_user(session: Session, actor: User | None, *, user_id: int, now: datetime) -> User:
    """Take away the right to log in, at once and on every device; customers and visits stay.

    Raises:
        UserNotFound, NotAllowed, LastAdmin.
    """
    _require_admin(actor)
    user = _get_user(session, user_id)
    _keep_an_admin(session, actor, user)
    if user.disabled_at is None:
        user.disabled_at = now
        _record(session, actor, AuditAction.USER_DISABLED, user, now=now)
    _revoke_sessions(session, user, now=now)
    session.flush()
    return user


def enable_user(session: Session, actor: User | None, *, user_id: int, now: datetime) -> User:
    """Give back the right to log in; raises UserNotFound and NotAllowed."""
    _require_admin(actor)
    user = _get_user(session, user_id)
    if user.disabled_at is not None:
        user.disabled_at = None
        _record(session, actor, AuditAction.USER_ENABLED, user, now=now)
    session.flush()
    return user


def set_password(
    session: Session, actor: User | None, *, user_id: int, password: str, current_password: str | None = None, now: datetime
) -> None:
    """Set a new password and log the user out everywhere; one's own needs the current one, another's an admin.

    Raises:
        UserNotFound, NotAllowed, PasswordTooShort, PasswordTooLong, WrongPassword.
    """
    user = _get_user(session, user_id)
    if actor is not None and actor.id == user.id:
        if actor.disabled_at is not None:
            raise NotAllowed()
        if not verify_password(current_password or "", user.password_hash):
            raise WrongPassword()
    else:
        _require_admin(actor)
    user.password_hash = hash_password(password)
    _revoke_sessions(session, user, now=now)
    _record(session, actor, AuditAction.PASSWORD_CHANGED, user, now=now)


def list_teams(session: Session, actor: User | None) -> list[Team]:
    """Return all teams by name; raises NotAllowed unless `actor` is an admin."""
    _require_admin(actor)
    return list(session.scalars(select(Team).order_by(Team.name)))


def save_team(
    session: Session,
    actor: User | None,
    *,
    name: str,
    shares_customers: bool = True,
    manager_ids: frozenset[int] | None = None,
    team_id: int | None = None,
    now: datetime,
) -> Team:
    """Create a team, or change the one with `team_id`; `manager_ids` None leaves its managers as they are.

    Raises:
        NotAllowed, MissingTeamName, TextTooLong, TeamNameTaken, UserNotFound.
    """
    _require_admin(actor)
    wanted = _usable_team_name(name)
    other = session.scalar(select(Team).where(Team.name == wanted))
    if other is not None and other.id != team_id:
        raise TeamNameTaken(value=wanted)
    team = session.get(Team, team_id) if team_id is not None else Team(name=wanted)
    if team is None:
        raise NotFound(field="team_name")
    before = _facts_of_team(session, team) if team_id is not None else {}
    team.name, team.shares_customers = wanted, shares_customers
    session.add(team)
    session.flush()
    if manager_ids is not None:
        _set_managers(session, team, manager_ids)
    after = _facts_of_team(session, team)
    if after != before:
        details = {"changes": changes_between(before, after)} if before else after
        action = AuditAction.TEAM_CHANGED if before else AuditAction.TEAM_ADDED
        audit.record(session, actor, action, subject_kind="team", subject_id=team.id, subject=team.name, details=details, now=now)
    return team


def team_named(session: Session, name: str) -> Team:
    """Return the team of that name, created when there is none."""
    wanted = _usable_team_name(name)
    team = session.scalar(select(Team).where(Team.name == wanted))
    if team is None:
        team = Team(name=wanted, shares_customers=True)
        session.add(team)
        session.flush()
    return team


def _require_admin(actor: User | None) -> None:
    if actor is not None:
        require_admin(actor)


def _get_user(session: Session, user_id: int) -> User:
    user = session.get(User, user_id)
    if user is None:
        raise UserNotFound()
    return user


def _keep_an_admin(session: Session, actor: User | None, user: User) -> None:
    """Raise LastAdmin when nobody could administrate without `user`, NotAllowed when `actor` has just ceased to be an admin.

    All admins are locked until the transaction ends: two who shut each other out at once do it one after the other.
    """
    admins = select(User.id).where(User.role == Role.ADMIN, User.disabled_at.is_(None)).order_by(User.id).with_for_update()
    left = set(session.scalars(admins))
    session.refresh(user, ["role", "disabled_at"])
    if left == {user.id}:
        raise LastAdmin()
    if actor is not None and actor.id not in left:
        raise NotAllowed()


def _facts(user: User) -> dict[str, object]:
    """Return what the audit log says of a user."""
    managed = sorted(team.name for team in user.managed_teams)
    return {"name": user.name, "email": user.email, "role": user.role, "team": user.team.name if user.team else "", "manages": managed}


def _facts_of_team(session: Session, team: Team) -> dict[str, object]:
    managers = select(User.name).join(TeamManager, TeamManager.user_id == User.id).where(TeamManager.team_id == team.id)
    return {"name": team.name, "shares_customers": team.shares_customers, "managers": sorted(session.scalars(managers))}


def _record(
    session: Session, actor: User | None, action: AuditAction, user: User, details: Mapping[str, object] | None = None, *, now: datetime
) -> None:
    about = details if details is not None else {"email": user.email}
    audit.record(session, actor, action, subject_kind="user", subject_id=user.id, subject=user.name, details=about, now=now)


def _revoke_sessions(session: Session, user: User, *, now: datetime) -> None:
    session.execute(update(LoginSession).where(LoginSession.user_id == user.id, LoginSession.revoked_at.is_(None)).values(revoked_at=now))


def _set_managers(session: Session, team: Team, manager_ids: frozenset[int]) -> None:
    managers = list(session.scalars(select(User).where(User.id.in_(manager_ids))))
    if len(managers) != len(manager_ids):
        raise UserNotFound(field="manager_ids")
    for user in session.scalars(select(User).join(TeamManager, TeamManager.user_id == User.id).where(TeamManager.team_id == team.id)).all():
        user.managed_teams = [t for t in user.managed_teams if t.id != team.id]
    for user in managers:
        user.managed_teams = [*user.managed_teams, team]
    session.flush()


def _usable_email(email: str) -> str:
    address = normalise_email(email)
    if len(address) > MAX_EMAIL:
        raise TextTooLong(field="email", limit=MAX_EMAIL)
    if not _EMAIL.fullmatch(address):
        raise BadEmail(value=email[:100])
    return address


def _usable_name(name: str) -> str:
    cleaned = _without_controls(name)
    if not cleaned:
        raise MissingUserName()
    if len(cleaned) > MAX_NAME:
        raise TextTooLong(field="name", limit=MAX_NAME)
    return cleaned


def _usable_team_name(name: str) -> str:
    cleaned = _without_controls(name)
    if not cleaned:
        raise MissingTeamName()
    if len(cleaned) > MAX_NAME:
        raise TextTooLong(field="team_name", limit=MAX_NAME)
    return cleaned


def _without_controls(text: str) -> str:
    """Return what no database refuses: without control characters and lone surrogates."""
    return "".join(c for c in text if unicodedata.category(c) not in ("Cc", "Cs")).strip()
