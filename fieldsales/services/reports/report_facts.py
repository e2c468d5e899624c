"""What a person did in a day, week or month, gathered from what is recorded anyway.

A report tells of one person's own acts: their visits, orders, moves and requests, also with customers who have passed to
somebody else since. What was planned for a day are the stops of its accepted plan (`services.reports.report_plans`); on days without one,
the customers they look after now whose next date it was.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, literal, or_, select, union
from sqlalchemy.orm import Session

from fieldsales.db.models import CheckIn, Customer, CustomerChange, CustomerRequest, OutcomeTemplate, Purchase, User, Visit
from fieldsales.domain import reports
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.report_facts import DayFact, MoveFact, OrderFact, PlanFact, ReportFacts, RequestEvent, RequestFact, VisitFact
from fieldsales.domain.reports import DateChange, Point
from fieldsales.domain.words import ChangeCause, Period, VisitKind
from fieldsales.domain.working_days import days_between, next_working_day
from fieldsales.services.reports.report_plans import PlannedDay, PlannedStop, planned_days
from fieldsales.services.working_days import public_holidays

MAX_LISTED = 100
MAX_REQUEST_TEXT = 300
_BY_OTHERS = (ChangeCause.IMPORT, ChangeCause.CREATE, ChangeCause.MERGE)  # lists and merges move a likelihood, no conversation did


@dataclass(frozen=True, slots=True)
class Span:
    """The days of a report as moments: `begins` inclusive, `ends` exclusive; `evening` is now or the end, the earlier."""

    first: date
    last: date
    begins: datetime
    ends: datetime
    evening: datetime
    zone: ZoneInfo

    def holds(self, column: Any) -> ColumnElement[bool]:
        """Return the condition that a moment lies in the span."""
        return and_(column >= self.begins, column < self.ends)

    def day_of(self, moment: datetime) -> date:
        """Return the person's day of a moment."""
        return moment.astimezone(self.zone).date()


@dataclass(frozen=True, slots=True)
class Plans:
    """What had been planned: per day begun the customers, what is known of each, what is coming, and the accepted plans."""

    planned: dict[date, set[int]]
    facts: dict[tuple[date, int], PlanFact]
    coming: tuple[PlanFact, ...]
    accepted: dict[date, PlannedDay]


def gather_facts(session: Session, person: User, *, period: Period, starts_on: date, zone: ZoneInfo, now: datetime) -> ReportFacts:
    """Return what `person` did in the period that begins on `starts_on`, and what had been planned; checks nobody's rights."""
    last = reports.last_day(period, starts_on)
    ends = reports.beginning_of(last + timedelta(days=1), zone)
    span = Span(starts_on, last, reports.beginning_of(starts_on, zone), ends, min(now, ends), zone)
    visits, places = _visits(session, person, span, in_full=period is Period.DAY)
    orders = _orders(session, person, span)
    moves = _moves(session, person, span)
    coming_from, coming_to = _coming(period, last)
    plans = _plans(session, person, span, coming_from, coming_to)
    by_day: dict[date, list[VisitFact]] = defaultdict(list)
    for visit in visits:
        by_day[span.day_of(visit.at)].append(visit)
    done = {day: _done(plans, day, by_day[day]) for day in plans.planned}
    days = tuple(_day(day, by_day[day], places, orders, plans, done.get(day, set())) for day in days_between(span.first, span.last))
    missed = [plans.facts[day, i] for day, ids in plans.planned.items() for i in ids - done[day]]
    missed.sort(key=lambda fact: (fact.on, fact.at or time.max, fact.customer_id))
    names = {visit.customer_id: visit.customer for visit in visits} | {order.customer_id: order.customer for order in orders}
    return ReportFacts(
        period=period,
        starts_on=span.first,
        ends_on=span.last,
        person=person.name,
        visits=tuple(visits) if period is Period.DAY else (),
        days=days,
        outcomes=reports.count_outcomes((visit.outcome, visit.word) for visit in visits),
        moves=moves,
        orders=orders,
        requests=_requests(session, person, span),
        missed=tuple(missed[:MAX_LISTED]),
        customers=() if period is Period.DAY else reports.top_customers(names, (visit.customer_id for visit in visits), orders),
        coming_from=coming_from,
        coming_to=coming_to,
        coming=plans.coming[:MAX_LISTED],
        coming_count=len(plans.coming),
        unplaced=sum(visit.kind is VisitKind.VISIT and visit.visit_id not in places for visit in visits),
    )


def _coming(period: Period, last: date) -> tuple[date, date]:
    """Return the first and last day of what comes next: up to the next working day, the next week, the next month."""
    following = last + timedelta(days=1)
    return following, next_working_day(last, public_holidays()) if period is Period.DAY else reports.last_day(period, following)


def _done(plans: Plans, day: date, on_day: Sequence[VisitFact]) -> set[int]:
    """Return which of a day's planned customers were seen, called or written to on it, or ticked off on the way."""
    seen = {visit.customer_id for visit in on_day}
    ticked = {stop.customer_id for stop in plans.accepted[day].done({})} if day in plans.accepted else set()
    return plans.planned[day] & (seen | ticked)


def _day(
    day: date,
    on_day: Sequence[VisitFact],
    places: dict[int, Point],
    orders: Sequence[OrderFact],
    plans: Plans,
    done: set[int],
) -> DayFact:
    meetings = sum(visit.kind in reports.MEETINGS for visit in on_day)
    sold = [order.amount for order in orders if order.on == day]
    planned = plans.planned.get(day, set())
    accepted = plans.accepted.get(day) if day in plans.planned else None
    came = {visit.customer_id: visit.checked_in_at or visit.at for visit in reversed(on_day)}  # the first of several
    as_planned = accepted is not None and accepted.was_driven([v.customer_id for v in on_day if v.kind is VisitKind.VISIT])
    way = reports.way_m(places[visit.visit_id] for visit in on_day if visit.visit_id in places)
    return DayFact(
        on=day,
        visits=meetings,
        contacts=len(on_day) - meetings,
        orders=len(sold),
        amount=sum(sold),
        planned=len(planned),
        done=len(done),
        distance_m=accepted.travel_m if accepted is not None and as_planned else way,
        by_plan=accepted is not None,
        on_time=accepted.on_time(came) if accepted is not None else 0,
        as_planned=as_planned,
    )


def _visits(session: Session, person: User, span: Span, *, in_full: bool) -> tuple[list[VisitFact], dict[int, Point]]:
    """Return the visits in order, and where each one in person took place: at the customer's pin.

    Not where the person checked in: nobody reads that for a report without a trace (`services.visits.position_views`), and the
    figure of a past day must not change when its positions are coarsened. Notes and check-ins are read `in_full` only.
    """
    check_ins = _check_ins(session, person, span) if in_full else {}
    query = (
        select(Visit.id, Visit.customer_id, Customer.name, Visit.visited_at, Visit.kind, Visit.outcome, OutcomeTemplate.name)
        .add_columns(Visit.note if in_full else literal(""), Visit.likelihood_before, Visit.likelihood_after, Visit.next_on)
        .add_columns(Customer.lat, Customer.lon)
        .join(Customer, Visit.customer_id == Customer.id)
        .outerjoin(OutcomeTemplate, Visit.template_id == OutcomeTemplate.id)
        .where(Visit.user_id == person.id, Visit.deleted_at.is_(None), span.holds(Visit.visited_at))
        .order_by(Visit.visited_at, Visit.id)
    )
    visits: list[VisitFact] = []
    places: dict[int, Point] = {}
    for visit_id, customer_id, name, at, kind, outcome, word, note, before, after, next_on, lat, lon in session.execute(query):
        checked_in_at, stayed_s = check_ins.get(visit_id, (None, None))
        visits.append(
            VisitFact(visit_id, customer_id, name, at, kind, outcome, word or "", note, before, after, next_on, checked_in_at, stayed_s)
        )
        place = (lat, lon) if lat is not None and lon is not None else None
        if kind is VisitKind.VISIT and place is not None:
            places[visit_id] = place
    return visits, places


def _check_ins(session: Session, person: User, span: Span) -> dict[int, tuple[datetime, int | None]]:
    """Return time and stay in seconds of the first check-in of each visit."""
    query = (
        select(CheckIn.visit_id, CheckIn.checked_in_at, CheckIn.checked_out_at)
        .where(CheckIn.user_id == person.id, span.holds(CheckIn.checked_in_at), CheckIn.visit_id.is_not(None))
        .order_by(CheckIn.checked_in_at, CheckIn.id)
    )
    first: dict[int, tuple[datetime, int | None]] = {}
    for visit_id, came, left in session.execute(query):
        if visit_id is not None:
            first.setdefault(visit_id, (came, round((left - came).total_seconds()) if left else None))
    return first


def _moves(session: Session, person: User, span: Span) -> tuple[MoveFact, ...]:
    before, after = CustomerChange.before["likelihood"].as_string(), CustomerChange.after["likelihood"].as_string()
    query = (
        select(CustomerChange.customer_id, Customer.name, before, after)
        .join(Customer, CustomerChange.customer_id == Customer.id)
        .where(CustomerChange.changed_by_id == person.id, span.holds(CustomerChange.changed_at))
        .where(CustomerChange.cause.not_in(_BY_OTHERS), before.is_not(None), after.is_not(None))
        .order_by(CustomerChange.changed_at, CustomerChange.id)
    )
    steps = (MoveFact(i, name, Likelihood(old), Likelihood(new)) for i, name, old, new in session.execute(query))
    return reports.net_moves(steps)


def _orders(session: Session, person: User, span: Span) -> tuple[OrderFact, ...]:
    query = (
        select(Purchase.id, Purchase.customer_id, Customer.name, Purchase.bought_on, Purchase.item, Purchase.amount)
        .join(Customer, Purchase.customer_id == Customer.id)
        .where(Purchase.user_id == person.id, Purchase.deleted_at.is_(None), Purchase.bought_on.between(span.first, span.last))
        .order_by(Purchase.bought_on, Purchase.id)
    )
    return tuple(OrderFact(*row) for row in session.execute(query))


def _requests(session: Session, person: User, span: Span) -> tuple[RequestFact, ...]:
    found: list[tuple[datetime, RequestFact]] = []
    for event, who, when in (
        (RequestEvent.OPENED, CustomerRequest.opened_by_id, CustomerRequest.opened_at),
        (RequestEvent.ANSWERED, CustomerRequest.answered_by_id, CustomerRequest.answered_at),
    ):
        query = (
            select(when, CustomerRequest.id, CustomerRequest.customer_id, Customer.name, CustomerRequest.kind)
            .add_columns(CustomerRequest.text if event is RequestEvent.OPENED else CustomerRequest.answer)
            .join(Customer, CustomerRequest.customer_id == Customer.id)
            .where(who == person.id, span.holds(when), CustomerRequest.deleted_at.is_(None))
        )
        for at, request_id, customer_id, name, kind, text in session.execute(query):
            found.append((at, RequestFact(request_id, customer_id, name, kind, event, text[:MAX_REQUEST_TEXT])))
    return tuple(fact for _at, fact in sorted(found, key=lambda pair: (pair[0], pair[1].request_id)))


def _plans(session: Session, person: User, span: Span, coming_from: date, coming_to: date) -> Plans:
    """Return what had been planned: the accepted plans, and the next dates of now with every change of them since the period began."""
    accepted = planned_days(session, person, first=span.first, last=coming_to)
    looked_after = and_(Customer.owner_id == person.id, Customer.archived_at.is_(None), Customer.merged_into_id.is_(None))
    changes = _date_changes(session, looked_after, span, coming_to)
    query = select(Customer.id, Customer.name, Customer.next_on, Customer.next_time, Customer.next_action)
    query = query.where(looked_after, or_(Customer.next_on.between(span.first, coming_to), Customer.id.in_(list(changes))))
    begun = {day for day in days_between(span.first, span.last) if reports.beginning_of(day, span.zone) <= span.evening}
    planned: dict[date, set[int]] = defaultdict(set)
    facts: dict[tuple[date, int], PlanFact] = {}
    coming: list[PlanFact] = []
    for day, plan in accepted.items():
        for stop in plan.promised() if day in begun else ():
            planned[day].add(stop.customer_id)
            facts[day, stop.customer_id] = _stop_fact(day, stop, span)
        coming += (_stop_fact(day, stop, span) for stop in plan.stops if coming_from <= day <= coming_to)
    on_its_way = {(fact.on, fact.customer_id) for fact in coming}
    for customer_id, name, next_on, next_time, next_action in session.execute(query):
        known = changes.get(customer_id, [])
        for day in reports.planned_days(begun - accepted.keys(), known, next_on, span.zone):
            planned[day].add(customer_id)
            facts[day, customer_id] = PlanFact(customer_id, name, day, next_on, None, "")
        ahead = reports.date_at(span.evening, known, next_on)
        if ahead is not None and coming_from <= ahead <= coming_to and (ahead, customer_id) not in on_its_way:
            still = ahead == next_on
            coming.append(PlanFact(customer_id, name, ahead, next_on, next_time if still else None, next_action if still else ""))
    coming.sort(key=lambda plan: (plan.on, plan.at is None, plan.at or time.min, plan.customer_id))
    return Plans(planned, facts, tuple(coming), accepted)


def _stop_fact(day: date, stop: PlannedStop, span: Span) -> PlanFact:
    at = stop.promised_at or stop.starts_at
    clock = at.astimezone(span.zone).time().replace(second=0, microsecond=0) if at is not None else None
    return PlanFact(stop.customer_id, stop.customer, day, stop.next_on, clock, stop.next_action, stop.skip_reason)


def _date_changes(session: Session, looked_after: ColumnElement[bool], span: Span, until: date) -> dict[int, list[DateChange]]:
    """Return the changes since the period began of each customer whose next date lay in reach before one of them."""
    before, after = CustomerChange.before["next_on"].as_string(), CustomerChange.after["next_on"].as_string()
    since = CustomerChange.changed_at >= span.begins
    reach = before.between(span.first.isoformat(), until.isoformat())
    moved = select(CustomerChange.customer_id).join(Customer, CustomerChange.customer_id == Customer.id).where(looked_after, since, reach)
    in_reach = and_(looked_after, Customer.next_on.between(span.first, until))
    # A union, not two conditions joined by OR: PostgreSQL would read the changes of everybody since then.
    concerned = CustomerChange.customer_id.in_(union(moved, select(Customer.id).where(in_reach)))
    query = (
        select(CustomerChange.customer_id, CustomerChange.changed_at, before)
        .where(since, concerned, or_(before.is_not(None), after.is_not(None)))
        .order_by(CustomerChange.changed_at, CustomerChange.id)
    )
    changes: dict[int, list[DateChange]] = defaultdict(list)
    for customer_id, at, old in session.execute(query):
        changes[customer_id].append(DateChange(at, date.fromisoformat(old) if old else None))
    return changes
