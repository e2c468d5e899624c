"""Planned days: plans with their stops, who shares them, how they changed; places to start from and what was learned of travel."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from fieldsales.db.base import Base, UtcDateTime, words
from fieldsales.domain.travel import TravelSource
from fieldsales.domain.words import PlaceKind, PlanGoal, PlanState, StopChoice, StopOrigin, StopPin, StopProgress, TravelMode

_IN_FORCE = text("state = 'accepted' AND deleted_at IS NULL")


class Plan(Base):
    """One rep's day: what it may consist of, and what came out.

    `rules` are the `DayRules` it was made by, `outcome` what holds for the day as a whole (times, pauses, totals, notes, line;
    see `domain.planning.outcome`); the stops are rows of their own. `user_id` is whose day it is, `created_by_id` who began it.
    `zone` is the time zone in which the day is one, whatever its rep's settings say later.
    One accepted plan a rep and day at most. A deleted plan stays and is shown nowhere.
    """

    __tablename__ = "plans"
    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=1)
    client_ref: Mapped[UUID] = mapped_column(Uuid, unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    created_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    changed_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    day: Mapped[date]
    zone: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(200), default="")
    state: Mapped[PlanState] = mapped_column(words(PlanState), default=PlanState.DRAFT)
    goal: Mapped[PlanGoal] = mapped_column(words(PlanGoal), default=PlanGoal.VALUE)
    rules: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    outcome: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    accepted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 (SQLAlchemy declares it)
    __table_args__ = (
        Index("ix_plans_user_id_day", "user_id", "day"),
        Index("uq_plans_accepted", "user_id", "day", unique=True, postgresql_where=_IN_FORCE, sqlite_where=_IN_FORCE),
    )


class PlanStop(Base):
    """A customer of a plan. `position` 0, 1, … is its place in the route; without one it was left out (or excluded).

    `choice`, `fixed_at` (an appointment's exact time), `pin`, `visit_minutes` are what people decided; `value`, the times, the
    leg that leads there (`travel_s`, `travel_m`), `wait_s`, `slack_s`, `late_s` and `error_s` (see `plan_views.StopView`), `why` and
    `left_out` (reasons as codes) are what the solver found.
    `promised_at` is when it was to begin as first accepted, whatever was planned anew on the way: planned versus done.
    """

    __tablename__ = "plan_stops"
    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plans.id", ondelete="CASCADE"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id", ondelete="CASCADE"), index=True)
    origin: Mapped[StopOrigin] = mapped_column(words(StopOrigin), default=StopOrigin.PROPOSED)
    choice: Mapped[StopChoice] = mapped_column(words(StopChoice), default=StopChoice.OPEN)
    fixed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    pin: Mapped[StopPin | None] = mapped_column(words(StopPin))
    visit_minutes: Mapped[int | None]
    value: Mapped[float] = mapped_column(default=0.0)
    position: Mapped[int | None]
    arrives_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    starts_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    leaves_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    travel_s: Mapped[int | None]
    travel_m: Mapped[int | None]
    wait_s: Mapped[int] = mapped_column(default=0)
    slack_s: Mapped[int] = mapped_column(default=0)
    late_s: Mapped[int] = mapped_column(default=0)
    error_s: Mapped[int | None]
    why: Mapped[list[Any]] = mapped_column(JSON, default=list)
    left_out: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    promised_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    progress: Mapped[StopProgress] = mapped_column(words(StopProgress), default=StopProgress.AHEAD)
    arrived_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    visit_id: Mapped[int | None] = mapped_column(ForeignKey("visits.id", ondelete="SET NULL"), index=True)
    skip_reason: Mapped[str] = mapped_column(String(500), default="")
    __table_args__ = (UniqueConstraint("plan_id", "customer_id"),)


class PlanShare(Base):
    """Who else may see a plan, besides whose it is, who made it and who manages them."""

    __tablename__ = "plan_shares"
    plan_id: Mapped[int] = mapped_column(ForeignKey("plans.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, index=True)


class PlanChange(Base):
    """One change of a plan: what was done, by whom, when; `client_ref` makes what a phone sends twice happen once.

    `action` is a word of `services.planning.plan_changes`, `detail` what it was done to, `before` what undoing it needs.
    """

    __tablename__ = "plan_changes"
    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plans.id", ondelete="CASCADE"))
    client_ref: Mapped[UUID | None] = mapped_column(Uuid, unique=True)
    changed_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    action: Mapped[str] = mapped_column(String(32))
    detail: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    before: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    __table_args__ = (Index("ix_plan_changes_plan_id_id", "plan_id", "id"),)


class WorkDay(Base):
    """How a user's days usually go: the `DayRules` that a new plan begins with."""

    __tablename__ = "work_days"
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    rules: Mapped[dict[str, Any]] = mapped_column(JSON)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Place(Base):
    """A place to start from, end at or change trains: with `owner_id` that user's own, else everybody's."""

    __tablename__ = "places"
    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=1)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    kind: Mapped[PlaceKind] = mapped_column(words(PlaceKind))
    name: Mapped[str] = mapped_column(String(200))
    address: Mapped[str] = mapped_column(String(1000), default="")
    lat: Mapped[float]
    lon: Mapped[float]
    retired_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 (SQLAlchemy declares it)


class PlaceLink(Base):
    """Minutes by train from one place to another, as the team entered them; each direction has its own row."""

    __tablename__ = "place_links"
    from_id: Mapped[int] = mapped_column(ForeignKey("places.id", ondelete="CASCADE"), primary_key=True)
    to_id: Mapped[int] = mapped_column(ForeignKey("places.id", ondelete="CASCADE"), primary_key=True, index=True)
    minutes: Mapped[int]


class LearnedTravel(Base):
    """How much longer travel takes than reckoned, learned from the team's own check-outs and check-ins.

    `source` says what was reckoned with: what holds for estimates does not hold for roads. `area` names a cell of about 5 km (or is
    empty for everywhere), `hour` the hour of departure (-1 for any); `factor` is the median of actual over reckoned seconds,
    `spread` the relative half-width that holds two thirds of them, `count` how many. Nobody's name is in it.
    """

    __tablename__ = "learned_travel"
    mode: Mapped[TravelMode] = mapped_column(words(TravelMode), primary_key=True)
    source: Mapped[TravelSource] = mapped_column(words(TravelSource), primary_key=True)
    area: Mapped[str] = mapped_column(String(32), primary_key=True)
    hour: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    factor: Mapped[float]
    spread: Mapped[float]
    count: Mapped[int]
    learned_at: Mapped[datetime] = mapped_column(UtcDateTime)
