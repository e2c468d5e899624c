"""A manager plans a day for ten reps of forty candidates each, through the services: how long that takes, and what is told meanwhile."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from time import perf_counter
from uuid import uuid4

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bench.figures import Figure, Options, at_least, at_most
from bench.team import BenchTeam, team_on
from fieldsales.adapters.solver import SolverPool
from fieldsales.adapters.travel_times import build_travel_times
from fieldsales.db.models import Customer, PlanStop, User
from fieldsales.services.planning import plan_edits, planning, plans
from fieldsales.services.planning.plan_access import stops_of

REPS, CANDIDATES = 10, 40
ALLOWED_S = 10.0
_CUSTOMERS, _VISITS = 5_000, 25_000


def measure(options: Options) -> Iterator[Figure]:
    """Plan the same team twice: the first time each rep's customers stay with the rep, the second time everybody may go to all."""
    pool = SolverPool()
    with team_on("SQLite", customers=_CUSTOMERS, visits=_VISITS) as team:
        tools = planning.Tools(team.database, pool, build_travel_times())
        pool.warm_up()
        for pooled, day in ((False, team.today + timedelta(days=3)), (True, team.today + timedelta(days=4))):
            plan_ids = _open_plans(team, day)
            told: list[float] = []
            began = perf_counter()
            planning.solve_team(tools, team.manager.id, plan_ids=plan_ids, now=team.now, report=told.append, pooled=pooled)
            took = perf_counter() - began
            whose = "everybody's" if pooled else "each rep's own"
            name = f"a team's day, {REPS} reps × {CANDIDATES} candidates, {whose} customers"
            yield at_most(name, took, ALLOWED_S, "s", compared_to=f"{_made(team, plan_ids)} visits planned", digits=1)
            yield at_least("… steps of progress told", len(told), 3, "steps")
    pool.close()


def _open_plans(team: BenchTeam, day: date) -> list[int]:
    """Open a plan for each of ten reps of one city, with forty candidates."""
    with team.database.read() as session:
        owners = select(Customer.owner_id).where(Customer.area.startswith("東京都")).distinct()
        reps = list(session.scalars(select(User).where(User.id.in_(owners), User.disabled_at.is_(None)).order_by(User.id)).unique())[:REPS]
    opened = []
    for rep in reps:
        with team.database.write() as session:
            plan_id = plans.open_plan(session, team.manager, user_id=rep.id, day=day, client_ref=uuid4(), zone=team.zone, now=team.now)
            _bring_to_size(session, team, plan_id, rep)
            opened.append(plan_id)
    return opened


def _bring_to_size(session: Session, team: BenchTeam, plan_id: int, rep: User) -> None:
    """Add or take out candidates until there are forty."""
    stops = stops_of(session, plan_id)
    for stop in stops[CANDIDATES:]:
        plan_edits.remove_stop(session, team.manager, plan_id=plan_id, stop_id=stop.id, now=team.now)
    known = {stop.customer_id for stop in stops}
    theirs = select(Customer.id).where(Customer.owner_id == rep.id, Customer.lat.is_not(None), Customer.do_not_visit.is_(False))
    more = [i for i in session.scalars(theirs.order_by(Customer.id)) if i not in known][: max(0, CANDIDATES - len(stops))]
    if more:
        plan_edits.add_customers(session, team.manager, plan_id=plan_id, customer_ids=more, now=team.now)


def _made(team: BenchTeam, plan_ids: Sequence[int]) -> int:
    with team.database.read() as session:
        planned = select(func.count()).where(PlanStop.plan_id.in_(plan_ids), PlanStop.position.is_not(None))
        return session.scalar(planned) or 0
