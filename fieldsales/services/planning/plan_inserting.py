"""One more customer into a day that stands: whoever fits before the next appointment, and the best place for one who has to come in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from fieldsales.db.models import Plan as PlanRow
from fieldsales.domain.planning import gaps, schedule
from fieldsales.domain.planning.plan import Plan
from fieldsales.domain.travel import Point
from fieldsales.domain.words import StopChoice, StopProgress
from fieldsales.services.access import scope_of
from fieldsales.services.planning.plan_candidates import find_nearby
from fieldsales.services.planning.plan_facts import CustomerFacts, read_facts
from fieldsales.services.planning.plan_pools import each_its_own
from fieldsales.services.planning.plan_problem import PlanProblem
from fieldsales.services.planning.plan_solving import Tools, problem_of
from fieldsales.services.planning.plan_stops import StopGone, appointment_of
from fieldsales.services.planning.plan_task import DayTask, StopTask, Task, read_actor, read_task
from fieldsales.services.planning.plan_views import Filler
from fieldsales.services.planning.plan_wishes import put_customer
from fieldsales.services.planning.plan_worth import worth_on
from fieldsales.services.planning.planning_options import read_planning_options

SHOWN = 10


def fill_gap(
    tools: Tools, actor_id: int, *, plan_id: int, before_stop_id: int | None, here: Point | None, now: datetime
) -> tuple[Filler, ...]:
    """Return who can be visited before a stop (None: before the day ends) with everything after it in time, the best first.

    Asked are the customers that the plan left out and the rep's others nearby, those that the actor may see; `here` is where the rep is.

    Raises:
        NotFound, NotAllowed. StopGone: the stop is no longer ahead.
    """
    with tools.database.read() as session:
        task = _with_nearby(session, read_task(session, actor_id, [plan_id]), before_stop_id, here)
        scope = scope_of(read_actor(session, actor_id))
    made = problem_of(tools, task, each_its_own, at=now, here=here)
    order = route_of(made)
    ids = [made.layout.asked[visit].stop.id for visit in order]
    if before_stop_id is not None and before_stop_id not in ids:
        raise StopGone()
    between = len(ids) if before_stop_id is None else ids.index(before_stop_id)
    plan = Plan((schedule.soft(made.problem, 0, order).plan,))
    customers = [asked.stop.customer for asked in made.layout.asked]
    candidates = [i for i, one in enumerate(customers) if i not in order and scope.admits(one.owner_id, one.team_id)]
    found = gaps.fill_gap(made.problem, 0, plan, between=between, candidates=candidates)
    return tuple(_filler(made, filler) for filler in found[:SHOWN])


def put_in(tools: Tools, actor_id: int, *, plan_id: int, customer_id: int, now: datetime) -> None:
    """Put a customer into the route where it costs least, locked; where it makes something late, where it makes it least late.

    One that cannot be planned at all stands among those left out, and says why.

    Raises:
        NotFound, NotAllowed. CustomerNotFound, NotTheirCustomers, PlanFull, StopBegun.
    """
    with tools.database.read() as session:
        task = _with_wanted(session, read_task(session, actor_id, [plan_id]), customer_id)
    made = problem_of(tools, task, each_its_own, at=now)
    customers = [asked.stop.customer.id for asked in made.layout.asked]
    visit = customers.index(customer_id) if customer_id in customers else None
    order = [index for index in route_of(made) if index != visit]
    if visit is not None:
        order.insert(_best_position(made, order, visit), visit)
    with tools.database.write() as session:
        actor = read_actor(session, actor_id)
        put_customer(session, actor, plan_id=plan_id, customer_id=customer_id, route=[customers[index] for index in order], now=now)


def route_of(made: PlanProblem) -> list[int]:
    """Return the visits of the one day's route that lie ahead, in order."""
    placed = [(asked.stop.position, visit) for visit, asked in enumerate(made.layout.asked) if asked.stop.position is not None]
    return [visit for _, visit in sorted(placed)]


def _best_position(made: PlanProblem, order: Sequence[int], visit: int) -> int:
    plan = Plan((schedule.soft(made.problem, 0, order).plan,))
    best = gaps.best_insertion(made.problem, plan, visit)
    if best is not None:
        return best[1]
    late = []
    for position in range(len(order) + 1):
        day = schedule.soft(made.problem, 0, [*order[:position], visit, *order[position:]])
        late.append((sum(day.late_s) + day.over_s, day.plan.travel_s, position))
    return min(late)[2]


def _with_nearby(session: Session, task: Task, before_stop_id: int | None, here: Point | None) -> Task:
    """Return the task with the rep's customers around the gap as further candidates, under ids below zero."""
    day = task.days[0]
    placed = [(stop.position, stop) for stop in day.stops if stop.position is not None and stop.customer.point is not None]
    route = [stop for _, stop in sorted(placed, key=lambda found: found[0])]
    after = next((number for number, stop in enumerate(route) if stop.id == before_stop_id), len(route))
    around = [here] if here is not None else [stop.customer.point for stop in route[max(0, after - 1) : after]]
    around += [stop.customer.point for stop in route[after : after + 1]]
    known = {stop.customer.id for stop in day.stops}
    options = read_planning_options(session)
    found = find_nearby(session, day.person_id, day.rule, [point for point in around if point is not None], options)
    nearby = tuple(_candidate(facts) for facts in found if facts.id not in known)
    return replace(task, days=(replace(day, stops=day.stops + nearby),))


def _with_wanted(session: Session, task: Task, customer_id: int) -> Task:
    """Return the task with one customer locked, as it is going to be; one that is not in the plan yet under an id below zero."""
    day = task.days[0]
    stops = day.stops
    if all(stop.customer.id != customer_id for stop in stops):
        plan = session.get_one(PlanRow, day.plan_id)
        facts = read_facts(session, [customer_id], day.rule).values()
        appointments = [(one, appointment_of(plan, one.next_on, one.next_time)) for one in facts]
        stops += tuple(replace(_candidate(one), **columns) for one, columns in appointments)
    locked = tuple(replace(stop, choice=StopChoice.LOCKED) if stop.customer.id == customer_id else stop for stop in stops)
    return replace(task, days=(replace(day, stops=locked),))


def _filler(made: PlanProblem, filler: gaps.Filler) -> Filler:
    day: DayTask = made.task.days[0]
    stop = made.layout.asked[filler.visit].stop
    customer = stop.customer
    lat, lon = customer.point or (0.0, 0.0)
    return Filler(
        customer_id=customer.id,
        stop_id=stop.id if stop.id > 0 else None,
        name=customer.name,
        likelihood=customer.likelihood,
        lat=lat,
        lon=lon,
        value=filler.value,
        starts_at=day.day.moment(filler.start_s),
        leaves_at=day.day.moment(filler.departure_s),
        slack_s=filler.slack_s,
        detour_s=filler.travel_s,
        why=worth_on(customer, day.rule, made.task.options).why,
    )


def _candidate(facts: CustomerFacts) -> StopTask:
    return StopTask(
        id=-facts.id,
        customer=facts,
        choice=StopChoice.OPEN,
        fixed_at=None,
        pin=None,
        visit_minutes=None,
        position=None,
        starts_at=None,
        travel_s=0,
        travel_m=0,
        progress=StopProgress.AHEAD,
        arrived_at=None,
        done_at=None,
    )
