"""Planning days: first a plan at once, then a better one, then why; a rep's day, a week, a team's day, the rest of a day begun.

Every function opens short sessions of its own and holds none while the solver or a routing server works. What somebody changed in
a plan meanwhile is never overwritten: the work is then done once more on what the plan is now.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from fieldsales.domain.planning import schedule
from fieldsales.domain.planning.facts import Explanations
from fieldsales.domain.planning.plan import Plan
from fieldsales.domain.planning.reasons import Reason, WhyNot
from fieldsales.domain.planning.situation import Situation
from fieldsales.domain.planning.why import reasons_for_stops
from fieldsales.domain.travel import Point
from fieldsales.domain.words import PlanGoal
from fieldsales.services.access import Scope, scope_of
from fieldsales.services.planning.plan_dates import follow_dates
from fieldsales.services.planning.plan_inserting import fill_gap, put_in, route_of
from fieldsales.services.planning.plan_pools import each_its_own, shared_out
from fieldsales.services.planning.plan_problem import PlanProblem, early_end
from fieldsales.services.planning.plan_results import DayResult, Sayings, read_plan_of, say, with_conflicts, with_lines
from fieldsales.services.planning.plan_solving import (
    BrokenPlan,
    Found,
    PlanChangedMeanwhile,
    Share,
    Tools,
    better_found,
    by_the_bird,
    draw_lines,
    first_found,
    problem_of,
    read_problem,
    trying,
)
from fieldsales.services.planning.plan_storing import Versions, store_days, store_sayings, store_times
from fieldsales.services.planning.plan_task import read_actor, read_task
from fieldsales.services.planning.plan_views import Totals, Variant

__all__ = [
    "BrokenPlan",
    "PlanChangedMeanwhile",
    "Tools",
    "compare_goals",
    "fill_gap",
    "insert_customer",
    "replan_rest",
    "retime_plan",
    "solve_plan",
    "solve_team",
    "solve_week",
]

DAY_SECONDS, VARIANT_SECONDS, WEEK_SECONDS, TEAM_SECONDS = 1.0, 0.5, 3.0, 6.0


def solve_plan(tools: Tools, actor_id: int, *, plan_id: int, now: datetime, shown: Callable[[], None] | None = None) -> None:
    """Plan a day: what is done of it stays, the rest is planned from now on.

    The first plan is written at once (`shown` is called), then the improved one, then why each stop is made and the others are not
    (`shown` each time). Appointments moved or cancelled since are followed.

    Raises:
        NotFound, NotAllowed. PlanChangedMeanwhile. BrokenPlan.
    """
    _follow_dates(tools, actor_id, plan_id, now=now)
    trying(partial(_solve_day, tools, actor_id, plan_id, at=now, here=None, now=now, shown=shown))


def replan_rest(
    tools: Tools,
    actor_id: int,
    *,
    plan_id: int,
    at: datetime,
    here: Point | None,
    now: datetime,
    shown: Callable[[], None] | None = None,
) -> None:
    """Plan the rest of a day anew from `at`, and from `here` or the last stop reached; what is done, skipped or locked stays.

    Appointments moved or cancelled since are followed.

    Raises:
        NotFound, NotAllowed. PlanChangedMeanwhile. BrokenPlan.
    """
    _follow_dates(tools, actor_id, plan_id, now=now)
    trying(partial(_solve_day, tools, actor_id, plan_id, at=at, here=here, now=now, shown=shown))


def solve_week(tools: Tools, actor_id: int, *, plan_ids: Sequence[int], now: datetime, shown: Callable[[], None] | None = None) -> None:
    """Plan several days of a rep together, each customer on one of them at most; all plans are written at once or none.

    Raises:
        NotFound, NotAllowed. PlanChangedMeanwhile. BrokenPlan.
    """
    trying(partial(_solve_together, tools, actor_id, plan_ids, shared_out, seconds=WEEK_SECONDS, now=now, shown=shown, report=None))


def solve_team(
    tools: Tools,
    actor_id: int,
    *,
    plan_ids: Sequence[int],
    now: datetime,
    report: Callable[[float], None] | None = None,
    pooled: bool = False,
) -> None:
    """Plan a day of several reps together; all plans are written at once or none.

    A rep's customers stay with the rep, those without an owner go to whomever it suits; `pooled` lets everybody go to every
    customer they may see. `report` hears the share that is done.

    Raises:
        NotFound, NotAllowed. PlanChangedMeanwhile. BrokenPlan.
    """
    share = partial(shared_out, pooled=pooled)
    trying(partial(_solve_together, tools, actor_id, plan_ids, share, seconds=TEAM_SECONDS, now=now, shown=None, report=report))


def retime_plan(tools: Tools, actor_id: int, *, plan_id: int, now: datetime) -> None:
    """Find the times of the order as it stands, late or not: after a stop was moved by hand.

    Raises:
        NotFound, NotAllowed. PlanChangedMeanwhile.
    """
    trying(partial(_retime, tools, actor_id, plan_id, now=now))


def insert_customer(tools: Tools, actor_id: int, *, plan_id: int, customer_id: int, now: datetime) -> None:
    """Put a customer into the route where it costs least, and find the times of the day again.

    Raises:
        NotFound, NotAllowed. CustomerNotFound, NotTheirCustomers, PlanFull, StopBegun. PlanChangedMeanwhile.
    """
    put_in(tools, actor_id, plan_id=plan_id, customer_id=customer_id, now=now)
    retime_plan(tools, actor_id, plan_id=plan_id, now=now)


def compare_goals(tools: Tools, actor_id: int, *, plan_id: int, goals: Sequence[PlanGoal], now: datetime) -> tuple[Variant, ...]:
    """Return what the day would come to for each goal; nothing is written. Customers that the actor may not see have no name.

    Raises:
        NotFound, NotAllowed. BrokenPlan.
    """
    with tools.database.read() as session:
        task = read_task(session, actor_id, [plan_id])
        scope = scope_of(read_actor(session, actor_id))
    found = []
    for goal in goals:
        meant = replace(task, days=(replace(task.days[0], goal=goal),))
        best = better_found(tools, first_found(tools, problem_of(tools, meant, each_its_own, at=now)), seconds=VARIANT_SECONDS)
        found.append(_variant(goal, best, scope))
    return tuple(found)


def _variant(goal: PlanGoal, found: Found, scope: Scope) -> Variant:
    (day,) = read_plan_of(found.made, found.plan, solver="")
    customers = {asked.stop.id: asked.stop.customer for asked in found.made.layout.asked}
    names = {stop_id: one.name if scope.admits(one.owner_id, one.team_id) else "" for stop_id, one in customers.items()}
    made = [stop.stop_id for stop in day.stops]
    left_out = tuple(name for stop_id, name in names.items() if stop_id not in made)
    o = day.outcome
    totals = Totals(o.value, o.travel_s, o.travel_m, o.wait_s, o.visits, o.starts_at, o.ends_at, o.slack_s)
    task = found.made.task
    home_by = early_end(task.days[0].rules, task.options) if goal is PlanGoal.EARLY else None
    return Variant(goal, totals, tuple(names[stop_id] for stop_id in made), left_out, not found.conflicts, home_by)


def _follow_dates(tools: Tools, actor_id: int, plan_id: int, *, now: datetime) -> None:
    with tools.database.write() as session:
        follow_dates(session, read_actor(session, actor_id), plan_id=plan_id, now=now)


def _solve_day(
    tools: Tools, actor_id: int, plan_id: int, *, at: datetime, here: Point | None, now: datetime, shown: Callable[[], None] | None
) -> None:
    made = read_problem(tools, actor_id, [plan_id], each_its_own, at=at, here=here)
    first = first_found(tools, made)
    versions = _store(tools, actor_id, first, say(made, None), _versions(made), drawn=False, now=now)
    _tell(shown)
    best = better_found(tools, first, seconds=DAY_SECONDS)
    versions = _store(tools, actor_id, best, say(made, None), versions, drawn=True, better=True, now=now)
    _tell(shown)
    sayings = _explain(tools, best)
    with tools.database.write() as session:
        store_sayings(session, read_actor(session, actor_id), sayings, versions=versions, now=now)
    _tell(shown)


def _solve_together(
    tools: Tools,
    actor_id: int,
    plan_ids: Sequence[int],
    share: Share,
    *,
    seconds: float,
    now: datetime,
    shown: Callable[[], None] | None,
    report: Callable[[float], None] | None,
) -> None:
    """Plan several days and write them once, with their reasons: stops change plans, which nobody should watch half done."""
    made = read_problem(tools, actor_id, plan_ids, share, at=now)
    best = better_found(tools, first_found(tools, made), seconds=seconds, report=report)
    _store(tools, actor_id, best, _explain(tools, best), _versions(made), drawn=True, now=now)
    _tell(shown)


def _retime(tools: Tools, actor_id: int, plan_id: int, *, now: datetime) -> None:
    made = read_problem(tools, actor_id, [plan_id], each_its_own, at=now)
    day = schedule.soft(made.problem, 0, route_of(made))
    plan = Plan((day.plan,))
    # Between whom a stop lies and what it adds to the way is another thing in another order; that takes a millisecond to say.
    why = dict(reasons_for_stops(Situation(made.problem, plan, made.facts()), 0, day.plan))
    lines = draw_lines(made, plan, tools.travel_times.line)
    (result,) = read_plan_of(made, plan, solver="", late={0: day.late_s})
    with tools.database.write() as session:
        actor = read_actor(session, actor_id)
        sayings = say(made, Explanations(why, {}))
        store_times(session, actor, with_lines(result, lines[0]), sayings, version=_versions(made)[plan_id], now=now)


def _versions(made: PlanProblem) -> dict[int, int]:
    return {day.plan_id: day.version for day in made.task.days}


def _store(
    tools: Tools, actor_id: int, found: Found, sayings: Sayings, versions: Versions, *, drawn: bool, better: bool = False, now: datetime
) -> dict[int, int]:
    results = _results(tools, found, drawn=drawn)
    with tools.database.write() as session:
        actor = read_actor(session, actor_id)
        return store_days(session, actor, results, sayings, versions=versions, better=better, now=now)


def _results(tools: Tools, found: Found, *, drawn: bool) -> list[DayResult]:
    """Return what is written of each plan, with the ways as roads run once it is `drawn`, by the bird before."""
    lines = draw_lines(found.made, found.plan, tools.travel_times.line if drawn else by_the_bird)
    days = read_plan_of(found.made, found.plan, solver=tools.solver.name)
    return [with_conflicts(with_lines(day, ways), found.conflicts) for day, ways in zip(days, lines, strict=True)]


def _explain(tools: Tools, found: Found) -> Sayings:
    """Return why stops are made and others are not; of those that cannot be combined, with whom they cannot."""
    made = found.made
    explained = tools.solver.explain(made.problem, found.plan, made.facts()) if made.problem.visits else None
    sayings = say(made, explained)
    return replace(sayings, left_out=_with_conflicts(sayings.left_out, found.conflicts))


def _with_conflicts(left_out: Mapping[int, dict[str, object]], conflicts: Sequence[Reason]) -> Mapping[int, dict[str, object]]:
    told = dict(left_out)
    for conflict in conflicts:
        named = list(zip(conflict.params["ids"], conflict.params["with"], strict=True))
        for stop_id, _ in named:
            if int(stop_id) in told:
                others = [(i, name) for i, name in named if i != stop_id]
                reason = {"code": WhyNot.CONFLICT.value, "with": [name for _, name in others], "ids": [i for i, _ in others]}
                told[int(stop_id)] = {**told[int(stop_id)], "reason": reason} if others else told[int(stop_id)]
    return told


def _tell(shown: Callable[[], None] | None) -> None:
    if shown is not None:
        shown()
