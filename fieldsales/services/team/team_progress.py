"""How far a team and each of its people have come: what was done in a span, against targets and at which pace.

Done is what somebody did, wherever its customer is now: the visits of a rep stay theirs when the customer passes to another, as in
reports. `docs/decisions/0026-what-each-figure-counts.md` says of each figure what it counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fieldsales.db.models import Customer, User
from fieldsales.domain.cadence import DueState
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.progress import Pace, WorkedDays, count_days, even_pace, judge, parts_of
from fieldsales.domain.reports import MEETINGS
from fieldsales.domain.spans import Span, SpanKind
from fieldsales.domain.team_filter import TeamFilter
from fieldsales.domain.words import Role, TargetKind, VisitKind
from fieldsales.domain.working_days import days_between
from fieldsales.services.customers.due import due_condition, read_rule
from fieldsales.services.team.team_counts import Piece, PlanCounts, count_contacts, count_first_meetings, count_orders, count_stops, cut
from fieldsales.services.team.team_scope import TeamPerson, TeamScope, owned_customers, read_scope
from fieldsales.services.team.team_targets import read_goals
from fieldsales.services.working_days import public_holidays


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of a span: what was done, by when, against which target.

    `parts` is what was done in each of `TeamProgress.parts`, `even` what an even pace reaches by the end of each (empty without a
    target); both empty for one person. `target` is the share of the months' targets that falls into the span; None when a month has
    none, or where the filter asks for some customers only: targets are for all of them.
    """

    kind: TargetKind
    actual: int
    target: float | None
    pace: Pace
    parts: tuple[int, ...] = ()
    even: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class PersonProgress:
    """One person's row; `overdue_a` are customers rated A that they own and that are overdue today."""

    person: TeamPerson
    figures: Mapping[TargetKind, Figure]
    plans: PlanCounts
    overdue_a: int


@dataclass(frozen=True, slots=True)
class TeamProgress:
    """The figures of whom a filter leaves; `without_target` are the months of the span for which nobody set one, per kind.

    `contacts` counts visits and online meetings as well as calls and mails. `overdue_a` holds those without an owner too.
    """

    span: Span
    days: WorkedDays
    parts: tuple[Span, ...]
    figures: Mapping[TargetKind, Figure]
    contacts: Mapping[VisitKind, int]
    plans: PlanCounts
    overdue_a: int
    people: tuple[PersonProgress, ...]
    without_target: Mapping[TargetKind, tuple[date, ...]]


def read_progress(session: Session, actor: User, *, team_filter: TeamFilter, today: date, zone: ZoneInfo) -> TeamProgress:
    """Return what was done in the filter's span, in days of `zone`, by the people that the filter leaves.

    Those who left, and those who lead, are among the people when they have anything to show.

    Raises:
        NotAllowed: `actor` is disabled.
    """
    scope = read_scope(session, actor, team_filter=team_filter)
    span, holidays = team_filter.span, _holidays_of(team_filter.span)
    days, parts = count_days(span, today=today, holidays=holidays), parts_of(span)
    goals = read_goals(session, scope, team_filter=team_filter, holidays=holidays)
    done = _count(session, scope.user_ids, cut(parts, today=today, zone=zone), team_filter, today)
    stops = count_stops(session, scope.user_ids, span, team_filter, today=today)
    overdue = _overdue_a(session, actor, scope, team_filter, today, zone)
    people = tuple(
        PersonProgress(
            person,
            {kind: done.figure(kind, (person.id,), goals.people[person.id][kind], days) for kind in TargetKind},
            stops.get(person.id, PlanCounts()),
            overdue.get(person.id, 0),
        )
        for person in scope.people
    )
    everybody = {
        kind: replace(
            done.figure(kind, scope.user_ids, target, days),
            parts=done.by_part(kind, len(parts)),
            even=even_pace(target, span, parts, holidays) if target is not None else (),
        )
        for kind, target in goals.total.items()
    }
    plans = PlanCounts(*(sum(getattr(counts, name) for counts in stops.values()) for name in ("planned", "done", "on_time")))
    return TeamProgress(
        span=span,
        days=days,
        parts=parts,
        figures=everybody,
        contacts=done.contacts,
        plans=plans,
        overdue_a=sum(overdue.values()),
        people=tuple(person for person in people if _is_selling(person.person) or _matters(person)),
        without_target=goals.without,
    )


def _is_selling(person: TeamPerson) -> bool:
    return person.role is Role.REP and not person.left


def _matters(person: PersonProgress) -> bool:
    """True when somebody who left, or who leads, has anything to show for the span, or to hand over."""
    figures = person.figures.values()
    return any(figure.actual or figure.target is not None for figure in figures) or bool(person.plans.planned or person.overdue_a)


@dataclass(frozen=True, slots=True)
class _Done:
    """What was done: of each kind by (person, number of the piece), and which pieces lie before today."""

    counts: Mapping[TargetKind, Counter[tuple[int, int]]]
    contacts: Mapping[VisitKind, int]
    pieces: tuple[Piece, ...]
    today: date

    def figure(self, kind: TargetKind, user_ids: Sequence[int], target: float | None, days: WorkedDays) -> Figure:
        """Return the figure of some people, without its curve."""
        actual, earlier = 0, 0
        for number, piece in enumerate(self.pieces):
            count = sum(self.counts[kind][user_id, number] for user_id in user_ids)
            actual += count
            earlier += count if piece.last < self.today else 0
        return Figure(kind, actual, target, judge(earlier, actual, target, days))

    def by_part(self, kind: TargetKind, parts: int) -> tuple[int, ...]:
        """Return what everybody did in each part of the curve."""
        found = [0] * parts
        for (_, number), count in self.counts[kind].items():
            found[self.pieces[number].part] += count
        return tuple(found)


def _count(session: Session, user_ids: Sequence[int], pieces: tuple[Piece, ...], team_filter: TeamFilter, today: date) -> _Done:
    contacts = count_contacts(session, user_ids, pieces, team_filter)
    meetings, kinds = Counter[tuple[int, int]](), Counter[VisitKind]()
    for (user_id, number, kind), count in contacts.items():
        kinds[kind] += count
        if kind in MEETINGS:
            meetings[user_id, number] += count
    orders, amounts = count_orders(session, user_ids, pieces, team_filter)
    counts = {
        TargetKind.VISITS: meetings,
        TargetKind.FIRST_VISITS: count_first_meetings(session, user_ids, pieces, team_filter),
        TargetKind.ORDERS: orders,
        TargetKind.AMOUNT: amounts,
    }
    return _Done(counts, {kind: kinds[kind] for kind in VisitKind}, pieces, today)


def _overdue_a(
    session: Session, actor: User, scope: TeamScope, team_filter: TeamFilter, today: date, zone: ZoneInfo
) -> dict[int | None, int]:
    """Return how many customers rated A are overdue today, by owner; None for those without one."""
    is_overdue = due_condition(read_rule(session, today=today, zone=zone), [DueState.OVERDUE])
    query = select(Customer.owner_id, func.count()).where(
        owned_customers(actor, scope, team_filter), Customer.likelihood == Likelihood.A, Customer.merged_into_id.is_(None), is_overdue
    )
    return {owner_id: count for owner_id, count in session.execute(query.group_by(Customer.owner_id))}


@lru_cache(maxsize=64)
def _holidays_of(span: Span) -> frozenset[date]:
    """Return the public holidays of a span's months: asking the calendar day by day is slow over ten years."""
    months = span.months()
    known, last = public_holidays(), Span.around(SpanKind.MONTH, months[-1]).last
    return frozenset(day for day in days_between(months[0], last) if day in known)
