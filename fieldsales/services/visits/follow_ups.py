"""What today asks for: what was agreed for today and before, who is due on the way, and who has been left alone too long."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, and_, case, func, not_, or_, select, true
from sqlalchemy.orm import Session

from fieldsales.db.models import Customer, User, Visit
from fieldsales.domain import do_not_visit
from fieldsales.domain.cadence import DueRule, cadence_of
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.words import Role, VisitKind
from fieldsales.services.access import scope_of, visible_customers, visible_to
from fieldsales.services.customers import due
from fieldsales.services.visits.near_route import Nearby, near_route

SHOWN = 20
COUNTED = 1000  # a list longer than this is said to be longer, not counted
FADING = (Likelihood.A,)
_LATE_FOR = timedelta(minutes=30)  # an appointment stays the next one for that long
_COUNTED_AS_VISITS = (VisitKind.VISIT, VisitKind.ONLINE)
_SAME = ("id", "name", "likelihood", "phone", "lat", "lon", "next_on", "next_time", "next_action")
_RANK = {likelihood: rank for rank, likelihood in enumerate(Likelihood)}


class Whose(StrEnum):
    """Whose customers a day is about: one's own, or all of those that a manager or admin looks after."""

    MINE = "mine"
    TEAM = "team"


@dataclass(frozen=True, slots=True)
class FollowUp:
    """One customer that today asks for, and everything its line says about why.

    `seen_at` is the last visit, or when it was entered if `visited` is false.
    `not_to_visit` is true while it may be called but not visited. `distance_m` is how far it lies from `near`, the name of a
    stop on today's way; empty for the place of the last check-in.
    """

    id: int
    name: str
    likelihood: Likelihood
    phone: str
    lat: float | None
    lon: float | None
    owner_name: str
    seen_at: datetime
    visited: bool
    next_on: date | None
    next_time: time | None
    next_action: str
    cadence_days: int | None
    not_to_visit: bool
    distance_m: float | None = None
    near: str = ""


@dataclass(frozen=True, slots=True)
class Reach:
    """How to get to a customer: by phone, and where it lies in degrees."""

    phone: str
    lat: float | None
    lon: float | None


@dataclass(frozen=True, slots=True)
class Section:
    """The first customers of a list and how many it has in all; `counted` is false when it has even more than `total`."""

    rows: tuple[FollowUp, ...] = ()
    total: int = 0
    counted: bool = True


@dataclass(frozen=True, slots=True)
class FollowUps:
    """A day: each customer stands in one section only, the most pressing one.

    `appointments` are today's, the timed ones first; `tomorrow` begins with its first; `overdue` are dates that passed;
    `near` are due or overdue by their rhythm and close to the day's way; `by_cadence` the others that are overdue by it;
    `fading` likely deals whose likelihood is older than its half-life. `target` 0 sets no aim; `customers` is false for a
    user who has none at all.
    """

    whose: Whose
    appointments: Section
    tomorrow: Section
    overdue: Section
    near: Section
    by_cadence: Section
    fading: Section
    visited_today: int
    target: int
    customers: bool

    @property
    def is_quiet(self) -> bool:
        """True when nobody asks for anything today."""
        return not any(s.total for s in (self.appointments, self.overdue, self.near, self.by_cadence, self.fading))


def may_see_team(actor: User) -> bool:
    """True for those who look after others' customers."""
    return actor.role is not Role.REP


def plan_follow_ups(session: Session, actor: User, *, now: datetime, today: date, zone: ZoneInfo, whose: Whose | None = None) -> FollowUps:
    """Return what the day `today` in `zone` asks of `actor`: of a rep always their own customers.

    `whose` None is what one is there for: a rep's own, a manager's team.
    """
    whose = Whose.TEAM if may_see_team(actor) and whose is not Whose.MINE else Whose.MINE
    rule = due.read_rule(session, today=today, zone=zone)
    lists = _Lists(session, actor, whose, rule)
    near = {} if whose is Whose.TEAM else near_route(session, actor, rule, limit=SHOWN)
    return FollowUps(
        whose,
        appointments=lists.promised(Customer.next_on == today, Customer.next_time.is_(None), Customer.next_time),
        tomorrow=lists.promised(Customer.next_on == rule.tomorrow, Customer.next_time.is_(None), Customer.next_time, shown=1),
        overdue=lists.promised(Customer.next_on < today, Customer.next_on, Customer.next_time.is_(None), Customer.next_time),
        near=lists.near(near),
        by_cadence=lists.beyond_cadence(list(near)),
        fading=lists.fading(list(near)),
        visited_today=_visited_today(session, actor, whose, rule, now=now),
        target=rule.options.visits_per_day,
        customers=session.scalar(lists.query.with_only_columns(Customer.id).limit(1)) is not None,
    )


def next_up(day: FollowUps, *, at: time) -> FollowUp | None:
    """Return whom to turn to at the wall clock's `at`: the next appointment, else what presses most; None on a quiet day."""
    from_then = (datetime.combine(date.min + timedelta(days=1), at) - _LATE_FOR).time() if at >= time(0, 30) else time.min
    timed = [row for row in day.appointments.rows if row.next_time is not None]
    coming = [row for row in timed if row.next_time is not None and row.next_time >= from_then]
    lists = (coming, timed, day.overdue.rows, day.appointments.rows, day.near.rows, day.by_cadence.rows, day.fading.rows)
    return next((rows[0] for rows in lists if rows), None)


def reach_of(session: Session, actor: User, *, customer_ids: Collection[int]) -> dict[int, Reach]:
    """Return how to get to those of the customers that `actor` may see, by id."""
    if not customer_ids:
        return {}
    query = visible_customers(actor, archived=True).where(Customer.id.in_(customer_ids))
    found = query.with_only_columns(Customer.id, Customer.phone, Customer.lat, Customer.lon)
    return {row.id: Reach(row.phone, row.lat, row.lon) for row in session.execute(found)}


class _Lists:
    """The day's lists over one choice of customers.

    One's own are few: a single query decides. A team's may be very many: each part is found by its index, and little more is
    read than what is shown.
    """

    def __init__(self, session: Session, actor: User, whose: Whose, rule: DueRule) -> None:
        self._session, self._rule, self._wide = session, rule, whose is Whose.TEAM
        # SQLite keeps no statistics and would go through all that a manager may see, by the indexes of owner and team, to
        # find the few that are asked for: IS keeps it from that.
        visible = visible_to(actor).is_(true())
        whom = visible if self._wide else and_(visible, Customer.owner_id == actor.id)
        self.query = select(Customer).where(whom, Customer.archived_at.is_(None))

    def near(self, near: Mapping[int, Nearby]) -> Section:
        """Return those close to the day's way, the nearest first."""
        rows = {row.id: row for row in self._rows(self.query.where(Customer.id.in_(near)))} if near else {}
        found = [replace(rows[i], distance_m=nearby.distance_m, near=nearby.name) for i, nearby in near.items() if i in rows]
        return Section(tuple(found), len(found))

    def promised(self, condition: ColumnElement[bool], *order: Any, shown: int = SHOWN) -> Section:
        """Return those with an agreed date."""
        return self._section([self.query.where(condition).order_by(*order, Customer.id)], shown=shown)

    def beyond_cadence(self, but: Sequence[int]) -> Section:
        """Return those overdue by their rhythm and without a date, the likeliest first, then the longest unseen."""
        undated = self._but(but).where(Customer.next_on.is_(None).is_(true()))
        by_rank, oldest = case(_RANK, value=Customer.likelihood), due.last_seen()
        if not self._wide:
            return self._section([undated.where(due.overdue_by_cadence(self._rule)).order_by(by_rank, oldest, Customer.id)])
        # Each rank in the order of its index; a sort across all of them would have to read them all.
        ranks = [undated.where(part).order_by(oldest, Customer.id) for part in due.overdue_by_rank(self._rule)]
        own = undated.where(due.overdue_by_own(self._rule)).order_by(by_rank, oldest, Customer.id)
        return self._section([*ranks, own])

    def fading(self, but: Sequence[int]) -> Section:
        """Return likely deals untouched for their half-life that no other list names."""
        dated_later = Customer.next_on > self._rule.tomorrow
        unlisted = or_(dated_later, and_(Customer.next_on.is_(None), not_(due.overdue_by_cadence(self._rule))))
        query = self._but(but).where(due.fading(self._rule, FADING), due.has_rhythm(self._rule), unlisted)
        return self._section([query.order_by(due.last_seen(), Customer.id)])

    def _but(self, ids: Sequence[int]) -> Select[Customer]:
        return self.query.where(Customer.id.not_in(ids)) if ids else self.query

    def _section(self, queries: Sequence[Select[Customer]], *, shown: int = SHOWN) -> Section:
        total, found = 0, list[FollowUp]()
        for query in queries:
            rows = self._rows(query.limit(shown))
            total += len(rows) if len(rows) < shown else self._count(query, COUNTED + 1 - total)
            found += rows
        if len(queries) > 1:
            found.sort(key=lambda row: (_RANK[row.likelihood], row.seen_at, row.id))
        return Section(tuple(found[:shown]), min(total, COUNTED), total <= COUNTED)

    def _count(self, query: Select[Customer], limit: int) -> int:
        some = query.order_by(None).with_only_columns(Customer.id).limit(limit).subquery()
        return self._session.scalar(select(func.count()).select_from(some)) or 0 if limit > 0 else 0

    def _rows(self, query: Select[Customer]) -> list[FollowUp]:
        c = Customer
        drawn = (c.id, c.name, c.likelihood, c.phone, c.lat, c.lon, User.name.label("owner_name"), c.last_visited_at, c.created_at)
        why = (c.next_on, c.next_time, c.next_action, c.cadence_days, c.do_not_visit, c.do_not_visit_until)
        found = query.outerjoin(User, User.id == Customer.owner_id).with_only_columns(*drawn, *why)
        return [self._row(row) for row in self._session.execute(found)]

    def _row(self, row: Any) -> FollowUp:
        return FollowUp(
            **{name: getattr(row, name) for name in _SAME},
            owner_name=row.owner_name or "",
            seen_at=row.last_visited_at or row.created_at,
            visited=row.last_visited_at is not None,
            cadence_days=cadence_of(row.cadence_days, row.likelihood, self._rule.options),
            not_to_visit=do_not_visit.in_force(row.do_not_visit, row.do_not_visit_until, self._rule.today),
        )


def _visited_today(session: Session, actor: User, whose: Whose, rule: DueRule, *, now: datetime) -> int:
    scope = scope_of(actor)
    who = select(User.id) if scope.everything else select(User.id).where(or_(User.id == actor.id, User.team_id.in_(scope.team_ids)))
    mine = Visit.user_id == actor.id
    today = Visit.visited_at.between(rule.day_began, now)
    counted = [today, Visit.kind.in_(_COUNTED_AS_VISITS), Visit.deleted_at.is_(None)]
    return session.scalar(select(func.count(Visit.id)).where(mine if whose is Whose.MINE else Visit.user_id.in_(who), *counted)) or 0
