"""Visits and all around them: drafts, edits, the words for their outcomes, check-ins."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, Index, String, Text, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fieldsales.db.base import Base, UtcDateTime, words
from fieldsales.db.models.people import User
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.words import CheckInState, Outcome, VisitKind

_COUNTS = text("deleted_at IS NULL")
_OF_DONE = ("user_id", "kind", "visited_at", "customer_id", "deleted_at")
_OF_MEETINGS = ("customer_id", "visited_at", "user_id", "kind", "deleted_at")  # also what is asked of each: SQLite reads the row else
_IS_MEETING = text("deleted_at IS NULL AND kind IN ('visit', 'online')")


class Visit(Base):
    """A meeting, call or mail with a customer; `client_ref` makes saving it twice save it once.

    A deleted visit stays, with `deleted_at` and a reason, and counts nowhere. `outcome` is what the product understands,
    `template_id` the team's own word for it.
    """

    __tablename__ = "visits"
    id: Mapped[int] = mapped_column(primary_key=True)
    client_ref: Mapped[UUID] = mapped_column(Uuid, unique=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id", ondelete="CASCADE"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    version: Mapped[int] = mapped_column(default=1)
    template_id: Mapped[int | None] = mapped_column(ForeignKey("outcome_templates.id"))
    kind: Mapped[VisitKind] = mapped_column(words(VisitKind), default=VisitKind.VISIT)
    outcome: Mapped[Outcome] = mapped_column(words(Outcome))
    visited_at: Mapped[datetime] = mapped_column(UtcDateTime)
    note: Mapped[str] = mapped_column(Text, default="")
    likelihood_before: Mapped[Likelihood] = mapped_column(words(Likelihood))
    likelihood_after: Mapped[Likelihood] = mapped_column(words(Likelihood))
    next_on: Mapped[date | None]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    deleted_reason: Mapped[str] = mapped_column(String(500), default="")
    user: Mapped[User] = relationship(lazy="raise")
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 (SQLAlchemy declares it)
    __table_args__ = (
        Index("ix_visits_customer_id_visited_at", "customer_id", "visited_at"),
        Index("ix_visits_user_id_visited_at", "user_id", "visited_at"),
        Index("ix_visits_visited_at", "visited_at"),
        # Who made how many of a kind, and when somebody was first met, without reading a row: `services.team.team_counts`.
        Index("ix_visits_done", *_OF_DONE, postgresql_where=_COUNTS, sqlite_where=_COUNTS),
        Index("ix_visits_meetings", *_OF_MEETINGS, postgresql_where=_IS_MEETING, sqlite_where=_IS_MEETING),
    )


class VisitChange(Base):
    """One edit or deletion of a visit: the changed fields before and after, who, when and why."""

    __tablename__ = "visit_changes"
    id: Mapped[int] = mapped_column(primary_key=True)
    visit_id: Mapped[int] = mapped_column(ForeignKey("visits.id", ondelete="CASCADE"), index=True)
    changed_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(String(500), default="")
    before: Mapped[dict[str, Any]] = mapped_column(JSON)
    after: Mapped[dict[str, Any]] = mapped_column(JSON)


class VisitDraft(Base):
    """A visit that is being entered: what its author has said so far, kept until it is saved or thrown away.

    `client_ref` becomes the visit's, so that a draft sent from two phones is recorded once.
    """

    __tablename__ = "visit_drafts"
    id: Mapped[int] = mapped_column(primary_key=True)
    client_ref: Mapped[UUID] = mapped_column(Uuid, unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id", ondelete="CASCADE"), index=True)
    answers: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class OutcomeTemplate(Base):
    """The team's own word for an outcome and what it suggests: a likelihood, and a next date in `next_days` days."""

    __tablename__ = "outcome_templates"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    outcome: Mapped[Outcome] = mapped_column(words(Outcome))
    likelihood: Mapped[Likelihood | None] = mapped_column(words(Likelihood))
    next_days: Mapped[int | None]
    required_fields: Mapped[list[str]] = mapped_column(JSON, default=list)
    position: Mapped[int] = mapped_column(default=0)
    retired_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


_IS_EXACT = text("lat IS NOT NULL AND coarsened_at IS NULL")


class CheckIn(Base):
    """One tap on “I am here”: a single position, or none, and how well it agrees with the pin.

    `accuracy_m` is the radius the device claims. After the retention time the position is coarsened (`coarsened_at`).
    A check-in is open until `closed_at`; `checked_out_at` is the same moment when its author checked out, and stays empty
    when the next check-in or midnight closed it. One user has one open check-in at most.
    """

    __tablename__ = "check_ins"
    id: Mapped[int] = mapped_column(primary_key=True)
    client_ref: Mapped[UUID] = mapped_column(Uuid, unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id", ondelete="CASCADE"))
    visit_id: Mapped[int | None] = mapped_column(ForeignKey("visits.id", ondelete="SET NULL"), index=True)
    checked_in_at: Mapped[datetime] = mapped_column(UtcDateTime)
    checked_out_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lat: Mapped[float | None]
    lon: Mapped[float | None]
    accuracy_m: Mapped[float | None]
    distance_m: Mapped[float | None]
    pin_precision_m: Mapped[float | None]
    state: Mapped[CheckInState] = mapped_column(words(CheckInState))
    reason: Mapped[str] = mapped_column(String(64), default="")
    coarsened_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    __table_args__ = (
        Index("ix_check_ins_user_id_checked_in_at", "user_id", "checked_in_at"),
        Index("ix_check_ins_customer_id_checked_in_at", "customer_id", "checked_in_at"),
        Index(
            "uq_check_ins_open", "user_id", unique=True, postgresql_where=text("closed_at IS NULL"), sqlite_where=text("closed_at IS NULL")
        ),
        Index("ix_check_ins_exact", "checked_in_at", postgresql_where=_IS_EXACT, sqlite_where=_IS_EXACT),
    )


class PositionView(Base):
    """Somebody looked at somebody else's check-ins: who, whose, when, and what they saw."""

    __tablename__ = "position_views"
    id: Mapped[int] = mapped_column(primary_key=True)
    viewer_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    viewed_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customers.id", ondelete="SET NULL"))
    viewed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    __table_args__ = (Index("ix_position_views_viewed_id_viewed_at", "viewed_id", "viewed_at"),)
