"""The steps of planning, one after the other: read, ask for the travel, have it solved, checked, written. No session is held meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

import numpy as np

from fieldsales.db.database import Database
from fieldsales.domain.planning import verify
from fieldsales.domain.planning.conflicts import RequiredConflict
from fieldsales.domain.planning.plan import DayPlan, Plan
from fieldsales.domain.planning.reasons import Reason, WhyNot
from fieldsales.domain.travel import Point, TravelTable
from fieldsales.domain.words import TravelMode
from fieldsales.errors import N_, CallTheAdmin, Conflict
from fieldsales.services.planning.plan_problem import Asked, PlanProblem, lay_out, make_problem
from fieldsales.services.planning.plan_progress import progress_of
from fieldsales.services.planning.plan_results import Lines
from fieldsales.services.planning.plan_storing import PlanMoved
from fieldsales.services.planning.plan_task import DayTask, Task, read_task
from fieldsales.services.ports import Solver, TravelTimes
from fieldsales.services.travel.travel import travel_table

Share = Callable[[Task], Sequence[Asked]]
ATTEMPTS = 2


class Way(Protocol):
    """Returns the way along points, to draw."""

    def __call__(self, points: Sequence[Point], *, mode: TravelMode) -> tuple[Point, ...]: ...


class PlanChangedMeanwhile(Conflict):
    code = "plan_changed_meanwhile"
    message = N_("The plan kept being changed while it was worked out. Nothing was overwritten; please plan it again.")


class BrokenPlan(CallTheAdmin):
    code = "broken_plan"
    message = N_("The plan that was found breaks a rule of the day and was thrown away. Please tell your administrator: {faults}")


@dataclass(frozen=True, slots=True)
class Tools:
    """What planning works with."""

    database: Database
    solver: Solver
    travel_times: TravelTimes


@dataclass(frozen=True, slots=True)
class Found:
    """A plan with the problem it solves. `conflicts` are required visits that cannot be combined; in `made` they are so no longer."""

    made: PlanProblem
    plan: Plan
    conflicts: tuple[Reason, ...] = ()


def read_problem(
    tools: Tools, actor_id: int, plan_ids: Sequence[int], share: Share, *, at: datetime, here: Point | None = None
) -> PlanProblem:
    """Return the problem of these plans as of `at`: read in one session, closed before anybody asks for the travel.

    Raises:
        NotFound, NotAllowed: as `read_task`.
    """
    with tools.database.read() as session:
        task = read_task(session, actor_id, plan_ids)
    return problem_of(tools, task, share, at=at, here=here)


def problem_of(tools: Tools, task: Task, share: Share, *, at: datetime, here: Point | None = None) -> PlanProblem:
    """Return the problem of a task, once the travel between its places is known."""
    progress = tuple(progress_of(day, at=at, here=here) for day in task.days)
    layout = lay_out(task, progress, share)
    tables = {mode: _table(tools, layout.points, mode, task.days) for mode in dict.fromkeys(day.rules.mode for day in task.days)}
    return make_problem(task, layout, progress, tables)


def first_found(tools: Tools, made: PlanProblem) -> Found:
    """Return a good plan at once; where required visits cannot all be made the best that is possible, with what stands in the way."""
    if not made.problem.visits:
        return Found(made, Plan(tuple(_day_off(day.start_s) for day in made.problem.days)))
    try:
        return checked(Found(made, tools.solver.first_plan(made.problem)))
    except RequiredConflict as conflict:
        return checked(Found(_relaxed(made, conflict.plan), conflict.plan, _conflicts(made, conflict)))


def better_found(tools: Tools, found: Found, *, seconds: float, report: Callable[[float], None] | None = None) -> Found:
    """Return a plan that is at least as good."""
    if not found.made.problem.visits:
        return found
    return checked(replace(found, plan=tools.solver.improve(found.made.problem, found.plan, seconds=seconds, report=report)))


def checked(found: Found) -> Found:
    """Return what was found, held against every rule by the independent verifier.

    Raises:
        BrokenPlan: it breaks one; nobody gets to see it.
    """
    faults = verify.faults(found.made.problem, found.plan)
    if faults:
        raise BrokenPlan(faults=", ".join(sorted({fault.kind.value for fault in faults})))
    return found


def draw_lines(made: PlanProblem, plan: Plan, way: Way) -> tuple[Lines, ...]:
    """Return the ways of each day; those from and to the day's ends apart. `way` is `TravelTimes.line`, or `by_the_bird`."""
    return tuple(_lines(made, index, day, way) for index, day in enumerate(plan.days))


def by_the_bird(points: Sequence[Point], *, mode: TravelMode) -> tuple[Point, ...]:
    """Return the straight way along points: to be shown while the roads are asked for."""
    return tuple(points)


def trying(work: Callable[[], None]) -> None:
    """Do the work once more when a plan was changed while it was done.

    Raises:
        PlanChangedMeanwhile: it was changed again.
    """
    for _ in range(ATTEMPTS):
        try:
            return work()
        except PlanMoved:
            continue
    raise PlanChangedMeanwhile()


def _table(tools: Tools, points: Sequence[Point], mode: TravelMode, days: Sequence[DayTask]) -> TravelTable:
    if not points:
        nothing = np.zeros((0, 0), dtype=np.int64)
        return TravelTable(nothing, nothing)
    knowledge = next(day.knowledge for day in days if day.rules.mode is mode)
    return travel_table(tools.travel_times, points, mode=mode, knowledge=knowledge)


def _day_off(start_s: int) -> DayPlan:
    return DayPlan((), (), start_s, start_s, 0, 0)


def _relaxed(made: PlanProblem, plan: Plan) -> PlanProblem:
    """Return the problem in which the required visits that were not made are wanted most instead."""
    problem, left = made.problem, set(plan.left_out(made.problem))
    most = 1 + sum(visit.value for visit in problem.visits)
    visits = tuple(
        replace(visit, required=False, value=most) if index in left and visit.required else visit
        for index, visit in enumerate(problem.visits)
    )
    return replace(made, problem=replace(problem, visits=visits))


def _conflicts(made: PlanProblem, conflict: RequiredConflict) -> tuple[Reason, ...]:
    """Return which customers cannot be combined, by name."""
    names = {str(asked.stop.id): asked.stop.customer.name for asked in made.layout.asked}
    return (Reason(WhyNot.CONFLICT, {"with": [names[i] for i in conflict.visits], "ids": list(conflict.visits)}),)


def _lines(made: PlanProblem, index: int, day: DayPlan, way: Way) -> Lines:
    places = [made.layout.points[made.problem.visits[stop.visit].place] for stop in day.stops]
    behind = [point for stop in made.progress[index].behind if stop.is_reached and (point := stop.customer.point) is not None]
    route, mode = behind + places, made.task.days[index].rules.mode
    start = made.task.days[index].start if behind else made.progress[index].start
    end = made.task.days[index].end
    if not route:
        return (), (), ()
    way_out = () if start is None else way([start.point, route[0]], mode=mode)
    way_home = () if end is None else way([route[-1], end.point], mode=mode)
    return way_out, way(route, mode=mode) if len(route) > 1 else (route[0],), way_home
