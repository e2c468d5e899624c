"""The tables. Money is integer yen (or the minor unit), moments are UTC, texts are what people typed."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, Enum, ForeignKey, Index, String, Text, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fieldsales.db.base import Base, UtcDateTime
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.places import Level, LocateReason, LocateStatus
from fieldsales.domain.words import ChangeCause, Kind, Outcome, Role, Stage, VisitKind


def words(kind: type[StrEnum]) -> Enum:
    """Return a column type that stores an enum's values as plain text, so that a new word needs no migration."""
    return Enum(kind, native_enum=False, create_constraint=False, length=32, values_callable=lambda k: [m.value for m in k])


class Team(Base):
    """A group of reps; `shares_customers` lets its reps see each other's customers."""

    __tablename__ = "teams"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200), unique=True)
    shares_customers: Mapped[bool] = mapped_column(default=True)


class TeamManager(Base):
    """Which manager looks after which team."""

    __tablename__ = "team_managers"
    team_id: Mapped[int] = mapped_column(ForeignKey("teams.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)


class User(Base):
    """Somebody who may log in. `email` is stored in lower case; `locale` and `timezone` are empty for the default."""

    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(320), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    role: Mapped[Role] = mapped_column(words(Role))
    team_id: Mapped[int | None] = mapped_column(ForeignKey("teams.id"), index=True)
    password_hash: Mapped[str] = mapped_column(String(500))
    locale: Mapped[str] = mapped_column(String(16), default="")
    timezone: Mapped[str] = mapped_column(String(64), default="")
    may_export: Mapped[bool] = mapped_column(default=False)
    may_delete: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    disabled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    team: Mapped[Team | None] = relationship(lazy="joined")
    managed_teams: Mapped[list[Team]] = relationship(secondary="team_managers", lazy="selectin")


class LoginSession(Base):
    """A log-in on one device; only the SHA-256 of its token is stored."""

    __tablename__ = "login_sessions"
    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    user_agent: Mapped[str] = mapped_column(String(300), default="")
    user: Mapped[User] = relationship(lazy="joined")


class LoginAttempt(Base):
    """Failed log-ins of one subject (`account:…` or `address:…`), for the growing delay."""

    __tablename__ = "login_attempts"
    subject: Mapped[str] = mapped_column(String(400), primary_key=True)
    failures: Mapped[int] = mapped_column(default=0)
    last_failed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    blocked_until: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Tag(Base):
    """A word that the team puts on customers."""

    __tablename__ = "tags"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)


class CustomerTag(Base):
    """Which customer carries which tag."""

    __tablename__ = "customer_tags"
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id", ondelete="CASCADE"), primary_key=True)
    tag_id: Mapped[int] = mapped_column(ForeignKey("tags.id", ondelete="CASCADE"), primary_key=True, index=True)


class Customer(Base):
    """A company or person to sell to, where it lies, and its place in the queue of addresses to locate.

    `version` rises with each change by a person (optimistic locking). The worker's result changes `place`
    columns and `changed_at` only: it must not collide with somebody who is editing.
    The queue is the row itself: queued when `locate_due_at` is set; claimed when `locate_claim` is.
    """

    __tablename__ = "customers"
    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=1)
    code: Mapped[str | None] = mapped_column(String(100), unique=True)
    name: Mapped[str] = mapped_column(String(500))
    name_kana: Mapped[str] = mapped_column(String(500), default="")
    kind: Mapped[Kind] = mapped_column(words(Kind), default=Kind.COMPANY)
    stage: Mapped[Stage] = mapped_column(words(Stage), default=Stage.PROSPECT)
    likelihood: Mapped[Likelihood] = mapped_column(words(Likelihood), default=Likelihood.UNRATED)
    amount: Mapped[int | None] = mapped_column(BigInteger)
    postal_code: Mapped[str] = mapped_column(String(16), default="")
    address: Mapped[str] = mapped_column(String(1000), default="")
    phone: Mapped[str] = mapped_column(String(100), default="")
    email: Mapped[str] = mapped_column(String(320), default="")
    contact_name: Mapped[str] = mapped_column(String(200), default="")
    memo: Mapped[str] = mapped_column(Text, default="")
    custom: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    team_id: Mapped[int | None] = mapped_column(ForeignKey("teams.id"), index=True)
    next_on: Mapped[date | None] = mapped_column(index=True)
    last_visited_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    archived_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    match_key: Mapped[str] = mapped_column(String(1500), default="", index=True)
    search_text: Mapped[str] = mapped_column(Text, default="")

    lat: Mapped[float | None]
    lon: Mapped[float | None]
    level: Mapped[Level] = mapped_column(words(Level), default=Level.NONE)
    precision_m: Mapped[float | None]
    provider: Mapped[str] = mapped_column(String(64), default="")
    matched: Mapped[str] = mapped_column(String(500), default="")
    rest: Mapped[str] = mapped_column(String(1000), default="")
    locate_status: Mapped[LocateStatus | None] = mapped_column(words(LocateStatus), index=True)
    locate_reason: Mapped[LocateReason] = mapped_column(words(LocateReason), default=LocateReason.NONE)
    located_with: Mapped[str] = mapped_column(String(100), default="")
    pinned_by_hand: Mapped[bool] = mapped_column(default=False)
    locate_due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    locate_claim: Mapped[str | None] = mapped_column(String(64))
    locate_attempts: Mapped[int] = mapped_column(default=0)

    owner: Mapped[User | None] = relationship(lazy="raise")
    tags: Mapped[list[Tag]] = relationship(secondary="customer_tags", lazy="raise", order_by=Tag.name)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 (SQLAlchemy declares it)
    __table_args__ = (
        Index(
            "ix_customers_locate_queue",
            "locate_due_at",
            postgresql_where=text("locate_due_at IS NOT NULL"),
            sqlite_where=text("locate_due_at IS NOT NULL"),
        ),
        Index("ix_customers_name", "name"),
    )


class CustomerChange(Base):
    """One change of a customer: the changed fields before and after, who, when and why."""

    __tablename__ = "customer_changes"
    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id", ondelete="CASCADE"), index=True)
    changed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    cause: Mapped[ChangeCause] = mapped_column(words(ChangeCause))
    visit_id: Mapped[int | None] = mapped_column(ForeignKey("visits.id"))
    before: Mapped[dict[str, Any]] = mapped_column(JSON)
    after: Mapped[dict[str, Any]] = mapped_column(JSON)


class Visit(Base):
    """A meeting, call or mail with a customer; `client_ref` makes saving it twice save it once."""

    __tablename__ = "visits"
    id: Mapped[int] = mapped_column(primary_key=True)
    client_ref: Mapped[UUID] = mapped_column(Uuid, unique=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id", ondelete="CASCADE"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    kind: Mapped[VisitKind] = mapped_column(words(VisitKind), default=VisitKind.VISIT)
    outcome: Mapped[Outcome] = mapped_column(words(Outcome))
    visited_at: Mapped[datetime] = mapped_column(UtcDateTime)
    note: Mapped[str] = mapped_column(Text, default="")
    likelihood_before: Mapped[Likelihood] = mapped_column(words(Likelihood))
    likelihood_after: Mapped[Likelihood] = mapped_column(words(Likelihood))
    next_on: Mapped[date | None]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    user: Mapped[User] = relationship(lazy="raise")
    __table_args__ = (Index("ix_visits_customer_id_visited_at", "customer_id", "visited_at"),)


class ImportMapping(Base):
    """A named choice of columns, remembered for the next file of the same shape."""

    __tablename__ = "import_mappings"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200), unique=True)
    columns: Mapped[dict[str, str]] = mapped_column(JSON)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    used_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Counter(Base):
    """A number that rises in the transaction it describes; `map_epoch` tells map readers to load everything anew."""

    __tablename__ = "counters"
    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    value: Mapped[int] = mapped_column(BigInteger, default=0)
