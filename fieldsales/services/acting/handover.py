"""The handover list (引継ぎ): the customers of somebody who leaves or passes them on, by what is at risk, and the day to begin with."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from fieldsales.db.models import Customer, CustomerRequest, User
from fieldsales.domain import handover
from fieldsales.domain.handover import Held, Reason, Risk
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.team_filter import TeamFilter
from fieldsales.domain.words import RequestKind, RequestStatus
from fieldsales.errors import UserNotFound
from fieldsales.services.customers.due import read_rule
from fieldsales.services.planning import plans
from fieldsales.services.planning.plan_facts import CustomerFacts, find_facts
from fieldsales.services.planning.plan_wishes import want_customer
from fieldsales.services.team.team_scope import TeamPerson, owned_customers, read_scope, require_lead

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class HandoverRow:
    """One customer to hand over; `next_action` is what was promised, `lat` None without a pin."""

    id: int
    name: str
    likelihood: Likelihood
    amount: int | None
    risk: Risk
    points: int
    reasons: tuple[Reason, ...]
    next_on: date | None
    next_action: str
    last_visited_at: datetime | None
    lat: float | None
    lon: float | None


@dataclass(frozen=True, slots=True)
class HandoverList:
    """Whose customers, and these with what is at risk first."""

    person: TeamPerson
    rows: tuple[HandoverRow, ...]

    @property
    def without_pin(self) -> int:
        """How many of them no route can reach."""
        return sum(row.lat is None for row in self.rows)


@dataclass(frozen=True, slots=True)
class WaitingPerson:
    """Somebody who owns customers: those who left come first, for theirs are looked after by nobody."""

    person: TeamPerson
    customers: int


def list_holders(session: Session, actor: User, *, team_filter: TeamFilter) -> tuple[WaitingPerson, ...]:
    """Return who has customers that could be handed over, of the people the filter leaves.

    Raises:
        NotAllowed: `actor` leads nobody.
    """
    require_lead(actor)
    scope = read_scope(session, actor, team_filter=team_filter)
    query = select(Customer.owner_id, func.count()).where(owned_customers(actor, scope, team_filter)).group_by(Customer.owner_id)
    counts = {owner_id: count for owner_id, count in session.execute(query)}
    found = [WaitingPerson(person, counts[person.id]) for person in scope.people if counts.get(person.id)]
    return tuple(sorted(found, key=lambda waiting: (not waiting.person.left, waiting.person.name, waiting.person.id)))


def read_handover(session: Session, actor: User, *, person_id: int, team_filter: TeamFilter, today: date, zone: ZoneInfo) -> HandoverList:
    """Return the customers of one person by what is at risk on the day `today`; the filter's tags and areas narrow them.

    Raises:
        NotAllowed: `actor` leads nobody. UserNotFound: nobody whom `actor` leads.
    """
    require_lead(actor)
    only = TeamFilter(span=team_filter.span, user_ids=frozenset({person_id}), tags=team_filter.tags, areas=team_filter.areas)
    scope = read_scope(session, actor, team_filter=only)
    if not scope.people:
        raise UserNotFound(field="rep")
    rule = read_rule(session, today=today, zone=zone)
    theirs = owned_customers(actor, scope, only)
    facts = find_facts(session, select(Customer).where(theirs), rule)
    promised = {row.id: row.next_action for row in session.execute(select(Customer.id, Customer.next_action).where(theirs))}
    asked = _open_requests(session, select(Customer.id).where(theirs))
    rows = [_row(customer, asked.get(customer.id, {}), promised.get(customer.id, ""), today, rule.day_began) for customer in facts]
    rows.sort(key=lambda row: (-row.points, list(Likelihood).index(row.likelihood), -(row.amount or 0), row.name, row.id))
    return HandoverList(scope.people[0], tuple(rows))


def plan_first_calls(
    session: Session, actor: User, *, customer_ids: Sequence[int], user_id: int, day: date, client_ref: UUID, zone: ZoneInfo, now: datetime
) -> tuple[int, int]:
    """Have customers visited in any case on somebody's day; return the plan and how many were not to be already.

    Raises:
        NotAllowed: `actor` leads nobody. The errors of `plans.open_plan` and `plan_wishes.want_customer`.
    """
    require_lead(actor)
    plan_id = plans.open_plan(session, actor, user_id=user_id, day=day, client_ref=client_ref, zone=zone, now=now)
    changes = [want_customer(session, actor, plan_id=plan_id, customer_id=i, now=now) for i in dict.fromkeys(customer_ids)]
    return plan_id, sum(change is not None for change in changes)


def _row(customer: CustomerFacts, asked: dict[RequestKind, int], next_action: str, today: date, day_began: datetime) -> HandoverRow:
    held = Held(
        likelihood=customer.likelihood,
        amount=customer.amount,
        complaints=asked.get(RequestKind.COMPLAINT, 0),
        requests=asked.get(RequestKind.REQUEST, 0),
        promised_on=customer.next_on,
        days_unseen=max(0, math.ceil((day_began - customer.seen_at) / _DAY)),
        cadence_days=None if customer.barred else customer.cadence_days,
    )
    reasons = handover.reasons_for(held, today=today)
    points = handover.points_of(reasons)
    return HandoverRow(
        id=customer.id,
        name=customer.name,
        likelihood=customer.likelihood,
        amount=customer.amount,
        risk=handover.risk_of(points),
        points=points,
        reasons=reasons,
        next_on=customer.next_on,
        next_action=next_action,
        last_visited_at=customer.seen_at if customer.visited else None,
        lat=customer.lat,
        lon=customer.lon,
    )


def _open_requests(session: Session, customers: Select[int]) -> dict[int, dict[RequestKind, int]]:
    """Return how many requests and complaints of each customer are not closed."""
    request = CustomerRequest
    query = select(request.customer_id, request.kind, func.count()).where(
        request.status != RequestStatus.CLOSED,
        request.deleted_at.is_(None),
        request.customer_id.in_(customers),
    )
    found: dict[int, dict[RequestKind, int]] = {}
    for customer_id, kind, count in session.execute(query.group_by(request.customer_id, request.kind)):
        found.setdefault(customer_id, {})[kind] = count
    return found
