"""What people did in pieces of a span, counted by the database: contacts by kind, first meetings, orders, planned stops.

Everything is counted for whoever did it, wherever its customer is now; tags and areas of a filter ask for customers as they are now.
Nobody's rights are checked here.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, BindParameter, ColumnElement, Integer, and_, bindparam, case, cast, column, func, select, true, values
from sqlalchemy.orm import Session

from fieldsales.db.base import UtcDateTime
from fieldsales.db.models import Customer, Plan, PlanStop, Purchase, User, Visit
from fieldsales.domain.reports import beginning_of
from fieldsales.domain.spans import Span
from fieldsales.domain.team_filter import TeamFilter
from fieldsales.domain.words import PlanState, StopProgress, VisitKind
from fieldsales.services.reports.day_progress import TOLERANCE
from fieldsales.services.team.team_scope import customers_asked_for

# Said literally and in the words and order of the index `ix_visits_meetings`: only then SQLite sees that it holds what is asked for.
_IN_ORDER = (VisitKind.VISIT, VisitKind.ONLINE)
_MEETINGS: BindParameter[list[VisitKind]] = bindparam("meetings", _IN_ORDER, expanding=True, literal_execute=True)
_FEW = 5


@dataclass(frozen=True, slots=True)
class Piece:
    """Some days in a row, as days and as moments; `part` is the point of the curve that they belong to."""

    part: int
    first: date
    last: date
    begins: datetime
    ends: datetime


@dataclass(frozen=True, slots=True)
class PlanCounts:
    """Stops of accepted plans: promised, done, and of these reached within an hour of the promise."""

    planned: int = 0
    done: int = 0
    on_time: int = 0


def cut(parts: Sequence[Span], *, today: date, zone: ZoneInfo) -> tuple[Piece, ...]:
    """Return the parts of a curve as pieces, the one that holds today cut in two before it."""
    return tuple(
        Piece(number, first, last, beginning_of(first, zone), beginning_of(last + timedelta(days=1), zone))
        for number, part in enumerate(parts)
        for first, last in _halves(part, today)
    )


def _halves(part: Span, today: date) -> Iterator[tuple[date, date]]:
    if part.first < today <= part.last:
        yield part.first, today - timedelta(days=1)
        yield today, part.last
    else:
        yield part.first, part.last


def count_contacts(
    session: Session, user_ids: Sequence[int], pieces: Sequence[Piece], team_filter: TeamFilter
) -> Counter[tuple[int, int, VisitKind]]:
    """Return how many visits, online meetings, calls and mails there were by (person, number of the piece, kind)."""
    cuts = values(column("number", Integer), column("begins", UtcDateTime), column("ends", UtcDateTime), name="cuts")
    cuts_cte = cuts.data([(number, piece.begins, piece.ends) for number, piece in enumerate(pieces)]).cte("cuts")
    kinds = values(column("kind", Visit.kind.type), name="kinds").data([(kind,) for kind in VisitKind]).cte("kinds")
    # One range of the index a person, kind and piece: no row is read, nothing is sorted.
    counted = (
        select(func.count())
        .select_from(Visit)
        .where(Visit.deleted_at.is_(None), Visit.user_id == User.id, Visit.kind == kinds.c.kind)
        .where(_within(Visit.visited_at, cuts_cte.c.begins, cuts_cte.c.ends), *_of_customers(Visit.customer_id, team_filter))
        .correlate(User, cuts_cte, kinds)
        .scalar_subquery()
    )
    every = select(User.id, cuts_cte.c.number, kinds.c.kind, counted).select_from(User).join(cuts_cte, true()).join(kinds, true())
    query = every.where(User.id.in_(user_ids))
    return Counter({(i, number, kind): count for i, number, kind, count in session.execute(query) if count})


def count_first_meetings(
    session: Session, user_ids: Sequence[int], pieces: Sequence[Piece], team_filter: TeamFilter
) -> Counter[tuple[int, int]]:
    """Return how many customers were met for the first time, by anybody, by (who met them, number of the piece)."""
    span = (pieces[0].begins, pieces[-1].ends)
    is_meeting = (Visit.deleted_at.is_(None), Visit.kind.in_(_MEETINGS))
    of_them = [*customers_asked_for(team_filter)]
    if len(user_ids) <= _FEW:  # rather look at whom these people met than at all customers
        met = select(Visit.customer_id).where(Visit.user_id.in_(user_ids), *is_meeting, _within(Visit.visited_at, *span))
        of_them.append(Customer.id.in_(met))
    earliest = select(func.min(Visit.visited_at)).where(Visit.customer_id == Customer.id, *is_meeting).scalar_subquery()
    # OFFSET 0 keeps both databases from asking for the earliest meeting anew for each condition on it.
    firsts = select(Customer.id, earliest.label("at")).where(*of_them).offset(0).subquery()
    # Of two at the same moment the one recorded first.
    met_by = select(Visit.user_id).where(Visit.customer_id == firsts.c.id, Visit.visited_at == firsts.c.at, *is_meeting)
    who = met_by.order_by(Visit.id).limit(1).scalar_subquery()
    sqlite = session.get_bind().dialect.name == "sqlite"
    query = select(who, _whole_seconds(firsts.c.at, sqlite)).where(_within(firsts.c.at, *span))
    starts, mine, counted = [round(piece.begins.timestamp()) for piece in pieces], set(user_ids), Counter[tuple[int, int]]()
    for user_id, at_s in session.execute(query):
        if user_id in mine:
            counted[user_id, bisect_right(starts, at_s) - 1] += 1
    return counted


def count_orders(
    session: Session, user_ids: Sequence[int], pieces: Sequence[Piece], team_filter: TeamFilter
) -> tuple[Counter[tuple[int, int]], Counter[tuple[int, int]]]:
    """Return how many orders there were, and what they came to in yen, by (who took them, number of the piece)."""
    query = (
        select(Purchase.user_id, Purchase.bought_on, func.count(), cast(func.sum(Purchase.amount), BigInteger))
        .where(Purchase.user_id.in_(user_ids), Purchase.deleted_at.is_(None))
        .where(Purchase.bought_on.between(pieces[0].first, pieces[-1].last), *_of_customers(Purchase.customer_id, team_filter))
        .group_by(Purchase.user_id, Purchase.bought_on)
    )
    starts, orders, amounts = [piece.first for piece in pieces], Counter[tuple[int, int]](), Counter[tuple[int, int]]()
    for user_id, day, count, amount in session.execute(query):
        number = bisect_right(starts, day) - 1
        orders[user_id, number] += count
        amounts[user_id, number] += amount
    return orders, amounts


def count_stops(session: Session, user_ids: Sequence[int], span: Span, team_filter: TeamFilter, *, today: date) -> dict[int, PlanCounts]:
    """Return what became of the stops that accepted plans promised for days up to today, by whose day it was."""
    is_done = PlanStop.progress == StopProgress.DONE
    sqlite = session.get_bind().dialect.name == "sqlite"
    apart_s = _seconds_apart(func.coalesce(PlanStop.arrived_at, PlanStop.done_at), PlanStop.promised_at, sqlite)
    in_time = and_(is_done, apart_s <= int(TOLERANCE.total_seconds()))
    query = (
        select(Plan.user_id, func.count(), func.sum(case((is_done, 1), else_=0)), func.sum(case((in_time, 1), else_=0)))
        .join(PlanStop, PlanStop.plan_id == Plan.id)
        .where(Plan.user_id.in_(user_ids), Plan.state == PlanState.ACCEPTED, Plan.deleted_at.is_(None))
        .where(Plan.day.between(span.first, min(span.last, today)), PlanStop.promised_at.is_not(None))
        .where(*_of_customers(PlanStop.customer_id, team_filter))
        .group_by(Plan.user_id)
    )
    return {i: PlanCounts(planned, done, on_time) for i, planned, done, on_time in session.execute(query)}


def _of_customers(customer_id: Any, team_filter: TeamFilter) -> list[ColumnElement[bool]]:
    asked = customers_asked_for(team_filter)
    return [customer_id.in_(select(Customer.id).where(*asked))] if asked else []


def _within(moment: Any, begins: Any, ends: Any) -> ColumnElement[bool]:
    return and_(moment >= begins, moment < ends)


def _whole_seconds(moment: ColumnElement[Any], sqlite: bool) -> ColumnElement[int]:
    """Return a moment in seconds since 1970, rounded down: quicker to read by the ten thousand than a moment."""
    return cast(func.strftime("%s", moment) if sqlite else func.floor(func.extract("epoch", moment)), BigInteger)


def _seconds_apart(one: Any, other: Any, sqlite: bool) -> ColumnElement[float]:
    """Return how far two moments lie apart in seconds, to the millisecond: what counts days in fractions is not more exact."""
    if sqlite:
        return func.abs(func.round((func.julianday(one) - func.julianday(other)) * 86_400, 3))
    return func.abs(func.extract("epoch", one) - func.extract("epoch", other))
