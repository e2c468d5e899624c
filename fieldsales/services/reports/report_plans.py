"""What had been planned for a person's days: the stops of accepted plans, as they were first promised."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldsales.db.models import Customer, Plan, PlanStop, User
from fieldsales.domain.planning.outcome import outcome_from_json
from fieldsales.domain.words import PlanState, StopProgress
from fieldsales.services.reports.day_progress import is_on_time


@dataclass(frozen=True, slots=True)
class PlannedStop:
    """One stop of a day's accepted plan; `promised_at` is None for what was inserted on the way.

    `position` is None when the rest of the day was planned anew without it. `reached_at` is when it was reached or done.
    """

    customer_id: int
    customer: str
    next_on: date | None
    next_action: str
    promised_at: datetime | None
    starts_at: datetime | None
    position: int | None
    progress: StopProgress
    reached_at: datetime | None
    skip_reason: str


@dataclass(frozen=True, slots=True)
class PlannedDay:
    """The accepted plan of one day: its stops in the order of the route, and the whole way in metres."""

    stops: tuple[PlannedStop, ...]
    travel_m: int

    def promised(self) -> tuple[PlannedStop, ...]:
        """Return the stops that were in the plan as it was accepted, the first first."""
        stops = [(stop.promised_at, stop) for stop in self.stops if stop.promised_at is not None]
        return tuple(stop for _at, stop in sorted(stops, key=lambda pair: (pair[0], pair[1].customer_id)))

    def done(self, visited: Mapping[int, datetime]) -> tuple[PlannedStop, ...]:
        """Return the promised stops that were made: with a visit, call or mail of that day (`visited`), or ticked off without one."""
        return tuple(s for s in self.promised() if s.customer_id in visited or s.progress is StopProgress.DONE)

    def on_time(self, visited: Mapping[int, datetime]) -> int:
        """Return how many of these were reached within an hour of what was promised."""
        return sum(is_on_time(stop.reached_at or visited.get(stop.customer_id), stop.promised_at) for stop in self.done(visited))

    def was_driven(self, met: Sequence[int]) -> bool:
        """True when the visits in person of the day, in order (`met`: customers), are the route's stops in the route's order."""
        route = [stop.customer_id for stop in self.stops if stop.position is not None]
        return bool(route) and route == list(dict.fromkeys(met))


def planned_days(session: Session, person: User, *, first: date, last: date) -> dict[date, PlannedDay]:
    """Return the accepted plans of `person`'s days from `first` to `last`; days without one, or with an empty one, are not among them.

    Checks nobody's rights.
    """
    mine = (Plan.user_id == person.id, Plan.state == PlanState.ACCEPTED, Plan.deleted_at.is_(None), Plan.day.between(first, last))
    accepted = {plan.id: plan for plan in session.scalars(select(Plan).where(*mine))}
    query = (
        select(PlanStop, Customer.name, Customer.next_on, Customer.next_action)
        .join(Customer, PlanStop.customer_id == Customer.id)
        .where(PlanStop.plan_id.in_(list(accepted)))
        .order_by(PlanStop.position, PlanStop.id)
    )
    stops: dict[int, list[PlannedStop]] = defaultdict(list)
    for stop, name, next_on, next_action in session.execute(query):
        if stop.position is not None or stop.promised_at is not None:
            stops[stop.plan_id].append(
                PlannedStop(
                    stop.customer_id,
                    name,
                    next_on,
                    next_action,
                    stop.promised_at,
                    stop.starts_at,
                    stop.position,
                    stop.progress,
                    stop.arrived_at or stop.done_at,
                    stop.skip_reason,
                )
            )
    days = {plan.day: PlannedDay(tuple(stops[plan.id]), outcome_from_json(plan.outcome).travel_m) for plan in accepted.values()}
    return {day: plan for day, plan in days.items() if plan.promised()}
