"""What else a customer's timeline holds: purchases, requests, notes, files; and the reports made of it all."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, Text, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from fieldsales.db.base import Base, UtcDateTime, words
from fieldsales.domain.words import AttachmentKind, Period, RequestKind, RequestStatus


class Purchase(Base):
    """Something a customer bought: what, when, for how much; a deleted one stays and counts nowhere."""

    __tablename__ = "purchases"
    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=1)
    client_ref: Mapped[UUID] = mapped_column(Uuid, unique=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id", ondelete="CASCADE"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    bought_on: Mapped[date]
    item: Mapped[str] = mapped_column(String(500))
    amount: Mapped[int] = mapped_column(BigInteger)
    note: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 (SQLAlchemy declares it)
    __table_args__ = (
        Index("ix_purchases_customer_id_bought_on", "customer_id", "bought_on"),
        Index("ix_purchases_user_id_bought_on", "user_id", "bought_on"),
    )


class CustomerRequest(Base):
    """A request (要望) or complaint (クレーム) of a customer: who is to answer by when, and what came of it.

    A deleted one stays and is shown nowhere.
    """

    __tablename__ = "customer_requests"
    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=1)
    client_ref: Mapped[UUID] = mapped_column(Uuid, unique=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id", ondelete="CASCADE"), index=True)
    kind: Mapped[RequestKind] = mapped_column(words(RequestKind))
    status: Mapped[RequestStatus] = mapped_column(words(RequestStatus), default=RequestStatus.OPEN)
    text: Mapped[str] = mapped_column(Text)
    answer: Mapped[str] = mapped_column(Text, default="")
    due_on: Mapped[date | None]
    assigned_to_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    opened_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 (SQLAlchemy declares it)
    __table_args__ = (
        Index("ix_customer_requests_status_assigned_to_id", "status", "assigned_to_id"),
        Index("ix_customer_requests_opened_by_id_opened_at", "opened_by_id", "opened_at"),
        Index("ix_customer_requests_answered_by_id_answered_at", "answered_by_id", "answered_at"),
    )


class Note(Base):
    """Something worth remembering about a customer; a deleted one stays and is shown nowhere."""

    __tablename__ = "notes"
    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=1)
    client_ref: Mapped[UUID] = mapped_column(Uuid, unique=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id", ondelete="CASCADE"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    text: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    edited_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 (SQLAlchemy declares it)
    __table_args__ = (Index("ix_notes_customer_id_created_at", "customer_id", "created_at"),)


class Attachment(Base):
    """A file of a customer, of one visit, of one visit in the making (`draft_ref`) or of one contact.

    The bytes lie in the file store under `stored_name`, which nobody can guess and no page ever shows.
    """

    __tablename__ = "attachments"
    id: Mapped[int] = mapped_column(primary_key=True)
    client_ref: Mapped[UUID] = mapped_column(Uuid, unique=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id", ondelete="CASCADE"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    visit_id: Mapped[int | None] = mapped_column(ForeignKey("visits.id"), index=True)
    draft_ref: Mapped[UUID | None] = mapped_column(Uuid, index=True)
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.id", ondelete="SET NULL"), index=True)
    kind: Mapped[AttachmentKind] = mapped_column(words(AttachmentKind))
    file_name: Mapped[str] = mapped_column(String(255))
    media_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int]
    width: Mapped[int | None]
    height: Mapped[int | None]
    stored_name: Mapped[str] = mapped_column(String(100), unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    __table_args__ = (Index("ix_attachments_customer_id_created_at", "customer_id", "created_at"),)


class Report(Base):
    """A rep's report (日報) of a day, week or month; `facts` are frozen when it is submitted, and None before.

    `reviewed_at` is when a manager said that they have read it.
    """

    __tablename__ = "reports"
    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=1)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    period: Mapped[Period] = mapped_column(words(Period))
    starts_on: Mapped[date] = mapped_column(index=True)
    comment: Mapped[str] = mapped_column(Text, default="")
    facts: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    submitted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reviewed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    reviewed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 (SQLAlchemy declares it)
    __table_args__ = (UniqueConstraint("user_id", "period", "starts_on"),)


class ReportComment(Base):
    """What a manager says of a report, and what the rep answers; without `sent_at` it is being written and its author's alone."""

    __tablename__ = "report_comments"
    id: Mapped[int] = mapped_column(primary_key=True)
    client_ref: Mapped[UUID] = mapped_column(Uuid, unique=True)
    report_id: Mapped[int] = mapped_column(ForeignKey("reports.id", ondelete="CASCADE"), index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    text: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
