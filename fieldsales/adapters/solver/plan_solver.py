"""The port `Solver` in this process: an engine finds orders, the rules of the domain make plans of them and check each."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import cached_property

from fieldsales.adapters.solver import small
from fieldsales.adapters.solver.conflict_search import likely_conflict, proven_conflict
from fieldsales.adapters.solver.engine import Engine, Report
from fieldsales.adapters.solver.required import with_required
from fieldsales.adapters.solver.task import Orders, Task
from fieldsales.domain.planning import schedule, verify
from fieldsales.domain.planning.conflicts import RequiredConflict
from fieldsales.domain.planning.explain import explain
from fieldsales.domain.planning.facts import Explanations, Facts
from fieldsales.domain.planning.plan import DayPlan, Plan
from fieldsales.domain.planning.problem import Problem, check_problem

USUAL_SHARE = 0.7  # of the seconds asked for is what the rounds usually take
GUARD_SHARE = 1.4  # of them is when the clock ends the search


class InvalidPlan(Exception):
    """A search returned a plan that breaks a rule: our mistake, and nobody gets to see the plan."""


class PlanSolver:
    """Plans by the engine that `choose` returns; it is asked for at the first plan, for loading one takes time."""

    def __init__(self, choose: Callable[[], Engine]) -> None:
        self._choose = choose

    @cached_property
    def engine(self) -> Engine:
        """The engine, loaded."""
        return self._choose()

    @property
    def name(self) -> str:
        """What it is called where a plan says how it was found."""
        return self.engine.name

    def engine_name(self) -> str:
        """Return the name, as a method that a pool can ask for."""
        return self.engine.name

    def warm_up(self) -> None:
        """Load the engine."""
        self.engine_name()

    def close(self) -> None:
        """Nothing was taken that Python does not give back."""

    def first_plan(self, problem: Problem) -> Plan:
        """Return a feasible plan at once; see the port."""
        check_problem(problem)
        task = Task(problem)
        orders = small.best_orders(task) if small.is_small(task) else self.engine.start(task)
        conflict = None
        if missing := task.missing(orders):
            conflict = proven_conflict(task, missing)
            if not small.is_small(task):
                orders = with_required(task, orders, hopeless=conflict is not None)
        if missing := task.missing(orders):
            names = [problem.visits[visit].id for visit in conflict or likely_conflict(task, missing)]
            raise RequiredConflict(visits=names, plan=_plan_of(problem, orders, all_required=False))
        return _plan_of(problem, orders)

    def improve(self, problem: Problem, plan: Plan, *, seconds: float = 1.0, report: Report | None = None) -> Plan:
        """Return a plan that is at least as good; see the port."""
        check_problem(problem)
        began = time.monotonic()
        task = Task(problem)
        orders = [list(order) for order in plan.orders()]
        if small.is_small(task):
            found = small.best_orders(task)
            if report is not None:
                report(1.0)
        else:
            found = self.engine.improve(task, orders, seconds=seconds * USUAL_SHARE, deadline=began + seconds * GUARD_SHARE, report=report)
        return _plan_of(problem, found, all_required=not task.missing(found)) if task.score(found) > task.score(orders) else plan

    def explain(self, problem: Problem, plan: Plan, facts: Mapping[str, Facts]) -> Explanations:
        """Say why each stop is made and why each other visit is not; see the port."""
        return explain(problem, plan, facts, self._solve_again)

    def _solve_again(self, problem: Problem) -> Plan:
        """Return a plan of a problem that was changed a little, to see whether somebody then fits in."""
        return self.first_plan(problem)


def _plan_of(problem: Problem, orders: Orders, *, all_required: bool = True) -> Plan:
    """Return the plan of these orders, with its times; that a required visit is missing may be known and told otherwise.

    Raises:
        InvalidPlan: it breaks a rule.
    """
    days: list[DayPlan] = []
    for day, order in enumerate(orders):
        plan = schedule.earliest(problem, day, order)
        if plan is None:
            raise InvalidPlan(f"day {day} has no times for {order}")
        days.append(plan)
    whole = Plan(tuple(days))
    faults = [fault for fault in verify.faults(problem, whole) if all_required or fault.kind is not verify.FaultKind.NOT_MADE]
    if faults:
        raise InvalidPlan(f"{faults[:3]}")
    return whole
