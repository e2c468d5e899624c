"""What a team is led by: targets, territories, changes of many customers at once, deliveries of reports, and the audit log."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, String, Text, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from fieldsales.db.base import Base, UtcDateTime, words
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.words import AreaKind, BulkAction, DeliveryFormat, DeliveryState, TargetKind

_OF_A_PERSON, _OF_A_TEAM = text("user_id IS NOT NULL"), text("team_id IS NOT NULL")


class Target(Base):
    """What one rep, or one team as a whole, is to reach in a month; `month` is its first day, amounts are integer yen."""

    __tablename__ = "targets"
    id: Mapped[int] = mapped_column(primary_key=True)
    month: Mapped[date]
    kind: Mapped[TargetKind] = mapped_column(words(TargetKind))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    team_id: Mapped[int | None] = mapped_column(ForeignKey("teams.id", ondelete="CASCADE"))
    value: Mapped[int] = mapped_column(BigInteger)
    set_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    set_at: Mapped[datetime] = mapped_column(UtcDateTime)
    __table_args__ = (
        CheckConstraint("(user_id IS NULL) <> (team_id IS NULL)", name="one_aim"),
        Index("uq_targets_user", "month", "kind", "user_id", unique=True, postgresql_where=_OF_A_PERSON, sqlite_where=_OF_A_PERSON),
        Index("uq_targets_team", "month", "kind", "team_id", unique=True, postgresql_where=_OF_A_TEAM, sqlite_where=_OF_A_TEAM),
    )


_IN_USE = text("retired_at IS NULL")


class Territory(Base):
    """An area that one rep of a team looks after: drawn, or named by municipalities or postal codes.

    `rings` are drawn rings of [lat, lon] (a drawn one only), `areas` municipalities as in `Customer.area` or the first digits
    of postal codes. A customer without an owner who turns up there is given to `owner_id`. A retired one stays and does nothing.
    """

    __tablename__ = "territories"
    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=1)
    client_ref: Mapped[UUID] = mapped_column(Uuid, unique=True)
    name: Mapped[str] = mapped_column(String(200))
    team_id: Mapped[int | None] = mapped_column(ForeignKey("teams.id"), index=True)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    kind: Mapped[AreaKind] = mapped_column(words(AreaKind))
    rings: Mapped[list[Any]] = mapped_column(JSON, default=list)
    areas: Mapped[list[str]] = mapped_column(JSON, default=list)
    changed_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    retired_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 (SQLAlchemy declares it)
    __table_args__ = (
        Index("uq_territories_name", text("coalesce(team_id, 0)"), "name", unique=True, postgresql_where=_IN_USE, sqlite_where=_IN_USE),
    )


class BulkChange(Base):
    """One act on many customers; each of them has a `CustomerChange` with this `bulk_id`, which is the way back.

    `what` are the parameters of the act as JSON; `count` how many customers it changed. It can be undone for 30 days;
    `undone_count` of them were put back, the others had been changed again meanwhile.
    """

    __tablename__ = "bulk_changes"
    id: Mapped[int] = mapped_column(primary_key=True)
    client_ref: Mapped[UUID] = mapped_column(Uuid, unique=True)
    action: Mapped[BulkAction] = mapped_column(words(BulkAction))
    what: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    count: Mapped[int]
    made_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    undone_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    undone_count: Mapped[int | None]


class ScoreModel(Base):
    """What was learned from deals won and lost: the weights of a score, how well it does, and from what; the newest one counts.

    `facts` hold the weights, their scale, and the figures of the cross-validation (see `domain.scoring`), or why there is none.
    """

    __tablename__ = "score_models"
    id: Mapped[int] = mapped_column(primary_key=True)
    trained_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)


class KeptDeal(Base):
    """A decided deal as the moves of the likelihood tell it (`domain.deals.Deal`), kept so that counting them is quick.

    `customer_id` is the customer that was kept, of merged records; `owner_id` and `team_id` are the customer's. What changed since
    `services.honesty.kept_deals` looked is told anew.
    """

    __tablename__ = "kept_deals"
    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id", ondelete="CASCADE"), index=True)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    team_id: Mapped[int | None] = mapped_column(ForeignKey("teams.id"))
    begun_at: Mapped[datetime] = mapped_column(UtcDateTime)
    stated: Mapped[Likelihood | None] = mapped_column(words(Likelihood))
    stated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    stated_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    won: Mapped[bool]
    decided_at: Mapped[datetime] = mapped_column(UtcDateTime)
    __table_args__ = (Index("ix_kept_deals_counted", "decided_at", "stated_by_id", "stated", "won", "owner_id", "team_id", "customer_id"),)


class Delivery(Base):
    """A weekly summary that is sent by itself: of which team, when (in `zone`), in which format, and to whom.

    `to_folder` puts the file into the folder that the settings name, `recipients` are mail addresses; `running_week` says that
    it tells of the week it is sent in, not of the one before. `next_at` is when it is due; taking it moves it ahead, so that
    two processes send it once. `done` says which of these are done for which week (`domain.deliveries`); `sent_for` is the
    first day of the newest week that all of them have.
    """

    __tablename__ = "deliveries"
    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=1)
    client_ref: Mapped[UUID] = mapped_column(Uuid, unique=True)
    team_id: Mapped[int | None] = mapped_column(ForeignKey("teams.id", ondelete="CASCADE"))
    made_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    format: Mapped[DeliveryFormat] = mapped_column(words(DeliveryFormat))
    weekday: Mapped[int]
    at: Mapped[time]
    zone: Mapped[str] = mapped_column(String(64))
    locale: Mapped[str] = mapped_column(String(16))
    to_folder: Mapped[bool] = mapped_column(default=False)
    recipients: Mapped[list[str]] = mapped_column(JSON, default=list)
    running_week: Mapped[bool] = mapped_column(default=False)
    done: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    next_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    state: Mapped[DeliveryState] = mapped_column(words(DeliveryState), default=DeliveryState.WAITING)
    attempts: Mapped[int] = mapped_column(default=0)
    trouble: Mapped[str] = mapped_column(String(500), default="")
    sent_for: Mapped[date | None]
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    retired_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 (SQLAlchemy declares it)


class AuditEvent(Base):
    """Something worth being able to answer for: who did what to whom or what, when and from where; never changed, never a secret.

    `action` is a code of `domain.audit`, `subject` the name of what was acted on as it was then, `details` plain values. The
    database itself refuses to change an entry (triggers of migration 0005), and indexes the runs of `search_text`.
    """

    __tablename__ = "audit_events"
    id: Mapped[int] = mapped_column(primary_key=True)
    happened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    actor_name: Mapped[str] = mapped_column(String(320), default="")
    action: Mapped[str] = mapped_column(String(64))
    subject_kind: Mapped[str] = mapped_column(String(32), default="")
    subject_id: Mapped[int | None]
    subject: Mapped[str] = mapped_column(String(500), default="")
    details: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    address: Mapped[str] = mapped_column(String(64), default="")
    search_text: Mapped[str] = mapped_column(Text, default="")
    __table_args__ = (
        Index("ix_audit_events_happened_at", "happened_at"),
        Index("ix_audit_events_actor_id_happened_at", "actor_id", "happened_at"),
        Index("ix_audit_events_action_happened_at", "action", "happened_at"),
        Index("ix_audit_events_actor_id_action_happened_at", "actor_id", "action", "happened_at"),
    )
