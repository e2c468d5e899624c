"""Days to plan: customers around one office, a plan of theirs, and the tools, without any process or server beside the test's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from fieldsales.adapters.solver import build_solver
from fieldsales.adapters.travel_times import build_travel_times
from fieldsales.db.database import Database
from fieldsales.db.models import Customer, Place, User
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.planning.day_rules import DayRules, Whence, Whither
from fieldsales.domain.planning.facts import Explanations, Facts
from fieldsales.domain.planning.plan import Plan
from fieldsales.domain.planning.problem import Problem
from fieldsales.domain.words import PlaceKind
from fieldsales.services.planning import plan_edits, planning, plans, work_days
from fieldsales.services.planning.plan_views import CandidateView, PlanView, StopView
from fieldsales.services.planning.planning import Tools

TOKYO = ZoneInfo("Asia/Tokyo")
OFFICE = (34.3401, 134.0434)
MONDAY = date(2026, 11, 30)
Make = Callable[..., Customer]


class QuickSolver:
    """The real solver in this process, which takes less trouble; `before` is called ahead of each of its steps."""

    def __init__(self, before: Callable[[str], None] = lambda step: None) -> None:
        self._solver, self._before = build_solver(), before
        self.name = "quick"

    def first_plan(self, problem: Problem) -> Plan:
        self._before("first_plan")
        return self._solver.first_plan(problem)

    def improve(self, problem: Problem, plan: Plan, *, seconds: float = 1.0, report: Callable[[float], None] | None = None) -> Plan:
        self._before("improve")
        return self._solver.improve(problem, plan, seconds=0.05, report=report)

    def explain(self, problem: Problem, plan: Plan, facts: Mapping[str, Facts]) -> Explanations:
        self._before("explain")
        return self._solver.explain(problem, plan, facts)

    def warm_up(self) -> None:
        self._solver.warm_up()

    def close(self) -> None:
        self._solver.close()


def tools_on(database: Database, before: Callable[[str], None] = lambda step: None) -> Tools:
    """Return the tools of planning, working in this process."""
    return Tools(database, QuickSolver(before), build_travel_times())


def around(number: int, *, km: float = 2.0) -> dict[str, float]:
    """Return where the customer `number` lies: scattered over the town, always the same."""
    east, north = ((number * 37) % 21 - 10) / 10, ((number * 53) % 19 - 9) / 9
    return {"lat": OFFICE[0] + north * km / 111, "lon": OFFICE[1] + east * km / 92}


def make_town(make_customer: Make, owner: User, count: int, **values: Any) -> list[Customer]:
    """Store customers of one rep around the office, all with the same prospects unless told otherwise."""
    known = {"likelihood": Likelihood.B} | values
    return [make_customer(f"顧客{number:03}", owner=owner, **around(number), **known) for number in range(count)]


def add_office(database: Database, *, at: tuple[float, float] = OFFICE, owner: User | None = None) -> int:
    """Store everybody's office (or somebody's home) and return its id."""
    kind = PlaceKind.OFFICE if owner is None else PlaceKind.HOME
    with database.write() as session:
        place = Place(owner_id=owner and owner.id, kind=kind, name="本社" if owner is None else "自宅", lat=at[0], lon=at[1])
        session.add(place)
        session.flush()
        return place.id


def office_day(place_id: int, **changes: Any) -> DayRules:
    """Return an ordinary day that begins and ends at a place."""
    rules = DayRules(whence=Whence.PLACE, start_place_id=place_id, whither=Whither.START, begins=time(9), ends=time(18))
    return replace(rules, **changes)


def open_day(
    database: Database, actor: User, now: datetime, *, rep: User | None = None, day: date = MONDAY, zone: ZoneInfo = TOKYO, **rules: Any
) -> int:
    """Return the plan of a rep's day (the actor's own unless told), with these rules changed."""
    with database.write() as session:
        plan_id = plans.open_plan(session, actor, user_id=(rep or actor).id, day=day, client_ref=uuid4(), zone=zone, now=now)
        if rules:
            usual = work_days.read_rules(session, actor, user_id=(rep or actor).id)
            plan_edits.set_rules(session, actor, plan_id=plan_id, rules=replace(usual, **rules), now=now)
    return plan_id


def look(database: Database, actor: User, plan_id: int, now: datetime) -> PlanView:
    """Return a plan as `actor` sees it."""
    with database.read() as session:
        return plans.read_plan(session, actor, plan_id=plan_id, now=now)


def entry_of(plan: PlanView, customer: Customer) -> StopView | CandidateView:
    """Return what a plan says of a customer, in the route or out of it."""
    return next(entry for entry in (*plan.stops, *plan.candidates) if entry.customer_id == customer.id)


def wall(moment: datetime, zone: ZoneInfo = TOKYO) -> time:
    """Return what the clock shows."""
    return moment.astimezone(zone).time().replace(microsecond=0)


def solve(database: Database, actor: User, plan_id: int, now: datetime) -> PlanView:
    planning.solve_plan(tools_on(database), actor.id, plan_id=plan_id, now=now)
    return look(database, actor, plan_id, now)


def edit(database: Database, actor: User, command: Any, plan_id: int, now: datetime, **values: Any) -> int | None:
    with database.write() as session:
        return command(session, actor, plan_id=plan_id, now=now, **values)


def at(hour: int, minute: int = 0) -> datetime:
    """Return a moment of the Monday in Tokyo, or of the night after it."""
    return datetime(2026, 11, 30, tzinfo=UTC) + timedelta(hours=hour - 9, minutes=minute)
