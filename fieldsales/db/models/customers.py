"""Customers, the people there, their tags, and how their records changed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, Text, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fieldsales.db.base import Base, UtcDateTime, words
from fieldsales.db.models.people import User
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.matching import MatchKeys, match_keys
from fieldsales.domain.places import Level, LocateReason, LocateStatus
from fieldsales.domain.words import ChangeCause, FieldKind, Kind, Stage


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


def _keys(context: Any) -> MatchKeys:
    row = context.get_current_parameters()
    return match_keys(row.get("name") or "", row.get("address") or "", row.get("phone") or "", row.get("email") or "")


def _likelihood(side: str) -> Callable[[Any], str | None]:
    return lambda context: (context.get_current_parameters().get(side) or {}).get("likelihood")


_HAS_CADENCE = text("cadence_days IS NOT NULL")
_OF_MOVES = ("changed_at", "id", "customer_id", "likelihood_before", "likelihood_after", "cause")  # read in this order
_IS_MOVE = text("likelihood_after IS NOT NULL")
_IS_BULK = text("bulk_id IS NOT NULL")
# Said in the same words by the query, so that SQLite uses the index.
IS_DECISION = "likelihood_after IN ('won', 'lost')"
_COURSE = ("customer_id", "changed_at", "id", "likelihood_before", "likelihood_after", "cause", "changed_by_id")
# Holds for every customer without a certain pin; said in the same words by the query, so that SQLite uses the index.
MAY_LACK_PIN = "lat IS NULL OR locate_status <> 'ok' OR locate_due_at IS NOT NULL"


class Customer(Base):
    """A company or person to sell to, where it lies, and its place in the queue of addresses to locate.

    `version` rises with each change by a person (optimistic locking). The worker's result changes `place`
    columns and `changed_at` only: it must not collide with somebody who is editing.
    The queue is the row itself: queued when `locate_due_at` is set; claimed when `locate_claim` is.
    The next action is `next_on`, with `next_time` (the wall clock there) an appointment; `next_action` says what it is.
    `opening_hours` are when it may be visited, in the words of `domain.opening_hours`, empty for any time; `visit_minutes` is how
    long a visit takes there, None for the team's usual time.
    `close_month` is the first day of the month in which the deal is expected. `pin_confirmed_at` is when somebody last
    said that the pin is right where it is, whatever the check-ins before suggest.
    `area` is the municipality that the address names (新宿区 as 東京都新宿区), empty where it names none, None until that was looked up.
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
    area: Mapped[str | None] = mapped_column(String(200), index=True)
    phone: Mapped[str] = mapped_column(String(100), default="")
    email: Mapped[str] = mapped_column(String(320), default="")
    contact_name: Mapped[str] = mapped_column(String(200), default="")
    memo: Mapped[str] = mapped_column(Text, default="")
    custom: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    team_id: Mapped[int | None] = mapped_column(ForeignKey("teams.id"))
    next_on: Mapped[date | None] = mapped_column(index=True)
    next_time: Mapped[time | None]
    next_action: Mapped[str] = mapped_column(String(500), default="")
    close_month: Mapped[date | None]
    cadence_days: Mapped[int | None]
    opening_hours: Mapped[str] = mapped_column(String(500), default="")
    visit_minutes: Mapped[int | None]
    do_not_visit: Mapped[bool] = mapped_column(default=False)
    do_not_visit_reason: Mapped[str] = mapped_column(String(500), default="")
    do_not_visit_until: Mapped[date | None]
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("customers.id"), index=True)
    pin_confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_visited_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    archived_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    match_key: Mapped[str] = mapped_column(String(1500), default="", index=True)
    search_text: Mapped[str] = mapped_column(Text, default="")
    # What may give a duplicate away; whoever changes name, address, phone or email writes these too.
    name_key: Mapped[str] = mapped_column(String(200), default=lambda context: _keys(context).name_key, index=True)
    address_key: Mapped[str] = mapped_column(String(200), default=lambda context: _keys(context).address_key, index=True)
    phone_key: Mapped[str] = mapped_column(String(200), default=lambda context: _keys(context).phone_key, index=True)
    email_key: Mapped[str] = mapped_column(String(200), default=lambda context: _keys(context).email_key, index=True)

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
        # Who of a rank has been left alone longest, and who has an interval of their own: `services.customers.due`.
        Index("ix_customers_likelihood_seen", "likelihood", text("coalesce(last_visited_at, created_at)")),
        Index("ix_customers_cadence_days", "cadence_days", postgresql_where=_HAS_CADENCE, sqlite_where=_HAS_CADENCE),
        Index("ix_customers_pin", "locate_status", postgresql_where=text(MAY_LACK_PIN), sqlite_where=text(MAY_LACK_PIN)),
        Index("ix_customers_team_id_owner_id_archived_at", "team_id", "owner_id", "archived_at"),  # counts whom one sees
        Index("ix_customers_pipeline", "likelihood", "team_id", "owner_id", "archived_at", "amount"),  # sums what is open at them
    )


class CustomerChange(Base):
    """One change of a customer: the changed fields before and after, who, when and why.

    `likelihood_before` and `likelihood_after` repeat what `before` and `after` say of it, for those who look for moves;
    `bulk_id` is the act on many customers that this was part of.
    """

    __tablename__ = "customer_changes"
    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id", ondelete="CASCADE"))
    changed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    cause: Mapped[ChangeCause] = mapped_column(words(ChangeCause))
    visit_id: Mapped[int | None] = mapped_column(ForeignKey("visits.id"))
    before: Mapped[dict[str, Any]] = mapped_column(JSON)
    after: Mapped[dict[str, Any]] = mapped_column(JSON)
    likelihood_before: Mapped[Likelihood | None] = mapped_column(words(Likelihood), default=_likelihood("before"))
    likelihood_after: Mapped[Likelihood | None] = mapped_column(words(Likelihood), default=_likelihood("after"))
    bulk_id: Mapped[int | None] = mapped_column(ForeignKey("bulk_changes.id"))
    __table_args__ = (
        Index("ix_customer_changes_customer_id_changed_at", "customer_id", "changed_at"),
        Index("ix_customer_changes_changed_by_id_changed_at", "changed_by_id", "changed_at"),
        Index("ix_customer_changes_moves", *_OF_MOVES, postgresql_where=_IS_MOVE, sqlite_where=_IS_MOVE),
        # A customer's course without reading its row, and whose was decided when: `services.honesty.deals`.
        Index("ix_customer_changes_courses", *_COURSE, postgresql_where=_IS_MOVE, sqlite_where=_IS_MOVE),
        Index(
            "ix_customer_changes_decisions",
            "changed_at",
            "customer_id",
            postgresql_where=text(IS_DECISION),
            sqlite_where=text(IS_DECISION),
        ),
        Index("ix_customer_changes_bulk_id", "bulk_id", postgresql_where=_IS_BULK, sqlite_where=_IS_BULK),
    )


class CustomField(Base):
    """A field of the team's own; its values lie in `Customer.custom` under `name`, which never changes."""

    __tablename__ = "custom_fields"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    kind: Mapped[FieldKind] = mapped_column(words(FieldKind))
    choices: Mapped[list[str]] = mapped_column(JSON, default=list)
    position: Mapped[int] = mapped_column(default=0)
    retired_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Contact(Base):
    """A person at a customer; `client_ref` makes saving the same business card twice save it once."""

    __tablename__ = "contacts"
    id: Mapped[int] = mapped_column(primary_key=True)
    client_ref: Mapped[UUID | None] = mapped_column(Uuid, unique=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    name_kana: Mapped[str] = mapped_column(String(200), default="")
    role: Mapped[str] = mapped_column(String(200), default="")
    phone: Mapped[str] = mapped_column(String(100), default="")
    mobile: Mapped[str] = mapped_column(String(100), default="")
    email: Mapped[str] = mapped_column(String(320), default="")
    note: Mapped[str] = mapped_column(Text, default="")
    position: Mapped[int] = mapped_column(default=0)


class SavedView(Base):
    """A filter with its colouring and order under a name: its owner's, or shared with one team."""

    __tablename__ = "saved_views"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    team_id: Mapped[int | None] = mapped_column(ForeignKey("teams.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    query: Mapped[dict[str, list[str]]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class CustomerMerge(Base):
    """Two records of one customer made one; `moved` holds everything the way back needs."""

    __tablename__ = "customer_merges"
    id: Mapped[int] = mapped_column(primary_key=True)
    kept_id: Mapped[int] = mapped_column(ForeignKey("customers.id", ondelete="CASCADE"), index=True)
    merged_id: Mapped[int] = mapped_column(ForeignKey("customers.id", ondelete="CASCADE"), index=True)
    merged_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    merged_at: Mapped[datetime] = mapped_column(UtcDateTime)
    moved: Mapped[dict[str, Any]] = mapped_column(JSON)
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class NotDuplicate(Base):
    """Two customers that somebody looked at and found to be two; `first_id` is the smaller id."""

    __tablename__ = "not_duplicates"
    first_id: Mapped[int] = mapped_column(ForeignKey("customers.id", ondelete="CASCADE"), primary_key=True)
    second_id: Mapped[int] = mapped_column(ForeignKey("customers.id", ondelete="CASCADE"), primary_key=True)
    said_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
