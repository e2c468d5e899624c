"""Everything that planning one or several days needs, read in one short session and free of the database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldsales.db.models import Place, Plan, PlanStop, User
from fieldsales.domain.cadence import DueRule
from fieldsales.domain.planning.day_clock import working_span
from fieldsales.domain.planning.day_rules import DayRules, Whence, Whither, rules_from_json
from fieldsales.domain.planning.moments import PlanDay
from fieldsales.domain.planning.options import PlanningOptions
from fieldsales.domain.planning.outcome import Outcome, PlanNote, Spot, outcome_from_json
from fieldsales.domain.words import PlanGoal, StopChoice, StopPin, StopProgress
from fieldsales.errors import NotAllowed
from fieldsales.services.access import Scope, require_active, scope_of
from fieldsales.services.customers import due
from fieldsales.services.planning.plan_access import find_plan, may_edit, stops_of
from fieldsales.services.planning.plan_facts import CustomerFacts, read_facts
from fieldsales.services.planning.planning_options import read_planning_options
from fieldsales.services.travel.travel import TravelKnowledge, read_knowledge


@dataclass(frozen=True, slots=True)
class StopTask:
    """A customer of a plan: what people decided about it, and how far it has come."""

    id: int
    customer: CustomerFacts
    choice: StopChoice
    fixed_at: datetime | None
    pin: StopPin | None
    visit_minutes: int | None
    position: int | None
    starts_at: datetime | None
    travel_s: int
    travel_m: int
    progress: StopProgress
    arrived_at: datetime | None
    done_at: datetime | None

    @property
    def is_ahead(self) -> bool:
        """True while it can still be planned."""
        return self.progress is StopProgress.AHEAD

    @property
    def is_reached(self) -> bool:
        """True once the rep was there."""
        return self.progress in (StopProgress.ARRIVED, StopProgress.DONE)


@dataclass(frozen=True, slots=True)
class DayTask:
    """One plan: whose day, which, by which rules, with which customers; `version` is the one that was read.

    `start` and `end` are places that are known, None where the day begins at the first stop or ends at the last.
    """

    plan_id: int
    version: int
    person_id: int
    scope: Scope
    day: PlanDay
    rule: DueRule
    rules: DayRules
    goal: PlanGoal
    start: Spot | None
    end: Spot | None
    stops: tuple[StopTask, ...]
    outcome: Outcome
    notes: tuple[PlanNote, ...]
    knowledge: TravelKnowledge


@dataclass(frozen=True, slots=True)
class Task:
    """One or several days to be planned together."""

    days: tuple[DayTask, ...]
    options: PlanningOptions


def read_task(session: Session, actor_id: int, plan_ids: Sequence[int]) -> Task:
    """Return what planning these plans needs, in the order of `plan_ids`.

    Raises:
        NotFound: one of them is not there, or the actor may not see it. NotAllowed: the actor may look only, or is disabled.
    """
    actor = read_actor(session, actor_id)
    days = []
    for plan_id in dict.fromkeys(plan_ids):
        plan = find_plan(session, actor, plan_id)
        if not may_edit(session, actor, plan):
            raise NotAllowed()
        days.append(_day(session, plan))
    return Task(tuple(days), read_planning_options(session))


def read_actor(session: Session, actor_id: int) -> User:
    """Return the user who asked, as they stand now.

    Raises:
        NotAllowed: disabled since, or gone.
    """
    actor = session.scalars(select(User).where(User.id == actor_id)).unique().one_or_none()
    if actor is None:
        raise NotAllowed()
    require_active(actor)
    return actor


def _day(session: Session, plan: Plan) -> DayTask:
    day, rules = PlanDay(plan.day, ZoneInfo(plan.zone)), rules_from_json(plan.rules)
    rule = due.read_rule(session, today=plan.day, zone=day.zone)
    rows = sorted(stops_of(session, plan.id), key=lambda row: row.id)  # not as they stand in the route: same input, same plan
    customers = read_facts(session, [row.customer_id for row in rows], rule)
    person = session.scalars(select(User).where(User.id == plan.user_id)).unique().one()
    (start, end), notes = _ends(session, rules)
    begins, ends = working_span(rules)
    return DayTask(
        plan_id=plan.id,
        version=plan.version,
        person_id=plan.user_id,
        scope=scope_of(person),
        day=day,
        rule=rule,
        rules=rules,
        goal=plan.goal,
        start=start,
        end=end,
        stops=tuple(_stop(row, customers[row.customer_id]) for row in rows),
        outcome=outcome_from_json(plan.outcome),
        notes=notes,
        knowledge=read_knowledge(session, mode=rules.mode, hours=[hour % 24 for hour in range(begins // 60, -(-ends // 60))]),
    )


def _ends(session: Session, rules: DayRules) -> tuple[tuple[Spot | None, Spot | None], tuple[PlanNote, ...]]:
    """Return where a day begins and ends, and what could not be found of it."""
    notes = []
    start = None
    if rules.whence is Whence.PLACE:
        start = _place(session, rules.start_place_id)
    elif rules.whence is Whence.HERE and rules.here is not None:
        start = Spot(*rules.here)
    if start is None and rules.whence is not Whence.FIRST_STOP:
        notes.append(PlanNote.START_UNKNOWN)
    end = None
    if rules.whither is Whither.PLACE:
        end = _place(session, rules.end_place_id)
        if end is None:
            notes.append(PlanNote.END_UNKNOWN)
    elif rules.whither is Whither.START:
        end = start
    return (start, end), tuple(notes)


def _place(session: Session, place_id: int | None) -> Spot | None:
    place = None if place_id is None else session.get(Place, place_id)
    return None if place is None else Spot(place.lat, place.lon, place.name, place.id)


def _stop(row: PlanStop, customer: CustomerFacts) -> StopTask:
    return StopTask(
        id=row.id,
        customer=customer,
        choice=row.choice,
        fixed_at=row.fixed_at,
        pin=row.pin,
        visit_minutes=row.visit_minutes,
        position=row.position,
        starts_at=row.starts_at,
        travel_s=row.travel_s or 0,
        travel_m=row.travel_m or 0,
        progress=row.progress,
        arrived_at=row.arrived_at,
        done_at=row.done_at,
    )
