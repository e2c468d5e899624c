"""Planning engines beside one another: ours, plain VROOM, PyVRP and OR-Tools on the same days, each with a second.

The days are invented anew from seeds (`tests.planning_days`); with FIELDSALES_BENCH_DATA the published instances in its folder
`routing` are planned too, and held against the best values known.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import mean

from bench.figures import Figure, Options, at_most, median, peak_memory_mb, seconds_of
from bench.rival_solvers import Orders, Rival, or_tools, plain_vroom, pyvrp_search
from fieldsales.adapters.solver.local_search import LocalSearchEngine
from fieldsales.adapters.solver.plan_solver import PlanSolver
from fieldsales.adapters.solver.pool import SolverPool
from fieldsales.adapters.solver.ruin_recreate import VroomEngine
from fieldsales.domain.planning.conflicts import RequiredConflict
from fieldsales.domain.planning.problem import Problem
from fieldsales.domain.planning.problem_file import read_problem
from tests.planning_days import sales_days, tour

A_SECOND = 1.0
OURS, IN_PYTHON = "FieldSales", "FieldSales without VROOM"
SEEDS = range(1, 6)


@dataclass(frozen=True)
class Instance:
    """A problem, and the best value known for it, None where the best of this run is taken."""

    problem: Problem
    best_known: float | None = None


def measure(options: Options) -> Iterable[Figure]:
    """Yield the gaps of each engine for each kind of day, then how long our plans take, and the memory of a solver process."""
    engines = {OURS: _ours(PlanSolver(VroomEngine)), IN_PYTHON: _ours(PlanSolver(LocalSearchEngine))}
    engines |= {"VROOM, one call": plain_vroom, "PyVRP": pyvrp_search, "OR-Tools": or_tools}
    for kind, instances in _instances(options).items():
        yield from _compare(kind, instances, engines)
    yield from _tours(engines)
    yield from _times()
    yield from _memory()


def _instances(options: Options) -> dict[str, list[Instance]]:
    kinds = {
        "sales day, 60 candidates, lunch": [Instance(sales_days(60, seed=seed)) for seed in SEEDS],
        "five days, 150 candidates, lunch": [Instance(sales_days(150, days=5, seed=seed)) for seed in SEEDS[:2]],
    }
    published = _published(options.data / "routing") if options.data else []
    return ({"published, best known": published} if published else {}) | kinds


def _published(folder: Path) -> list[Instance]:
    texts = [path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.json"))]
    return [Instance(read_problem(text).problem, best) for text in texts if (best := json.loads(text).get("best_known_value"))]


def _ours(solver: PlanSolver) -> Rival:
    def solve(problem: Problem, seconds: float) -> Orders:
        try:
            plan = solver.first_plan(problem)
        except RequiredConflict as conflict:
            plan = conflict.plan
        return [list(order) for order in solver.improve(problem, plan, seconds=seconds).orders()]

    return solve


def _compare(kind: str, instances: list[Instance], engines: Mapping[str, Rival]) -> Iterable[Figure]:
    found = {name: [_value(one.problem, solve(one.problem, A_SECOND)) for one in instances] for name, solve in engines.items()}
    best = [one.best_known or max(values[i] for values in found.values()) for i, one in enumerate(instances)]
    gaps = {name: [100 * (1 - value / most) for value, most in zip(values, best, strict=True)] for name, values in found.items()}
    for name, each in gaps.items():
        compared = "best known" if instances[0].best_known else "best of this run"
        figure = f"{mean(each):.2f} % (worst {max(each):.2f})"
        held = None if name != OURS else mean(each) <= 0.8
        yield Figure(f"{kind}: mean gap, {name}", figure, "≤ 0.80 %" if name == OURS else "", held, compared)


def _tours(engines: Mapping[str, Rival]) -> Iterable[Figure]:
    problems = [tour(stops, width_s=100, seed=seed) for stops in (25, 40) for seed in SEEDS[:3]]
    for name, solve in engines.items():
        orders = [solve(problem, A_SECOND) for problem in problems]
        whole = sum(sum(map(len, order)) == len(problem.visits) for problem, order in zip(problems, orders, strict=True))
        held = whole == len(problems) if name == OURS else None
        yield Figure(f"tours with windows: every stop made, {name}", f"{whole} of {len(problems)}", "all" if name == OURS else "", held)


def _times() -> Iterable[Figure]:
    cases = {
        "25 required stops": (tour(25, width_s=100), 1.0, 1.0),
        "25 required stops that cannot all be made": (sales_days(25, appointments=2, required=23), 1.0, 1.0),
        "60 candidates in a day": (sales_days(60), 1.0, 1.0),
        "150 candidates over 5 days": (sales_days(150, days=5), 3.0, 3.0),
        "10 reps × 40 candidates": (sales_days(400, days=10), 8.0, 10.0),
    }
    for name, (problem, asked_s, limit_s) in cases.items():
        solver = PlanSolver(VroomEngine)
        solver.warm_up()
        solve = _ours(solver)
        took = median([seconds_of(partial(solve, problem, asked_s)) for _ in range(3)])
        shown = seconds_of(partial(_first, solver, problem))
        yield at_most(name, took, limit_s, "s", compared_to=f"first plan {shown:.2f} s", digits=2)


def _first(solver: PlanSolver, problem: Problem) -> object:
    try:
        return solver.first_plan(problem)
    except RequiredConflict as conflict:
        return conflict.plan


def _memory() -> Iterable[Figure]:
    pool = SolverPool()
    try:
        yield Figure("starting a solver process", f"{1000 * seconds_of(pool.warm_up):,.0f} ms")
        problem = sales_days(60)
        plan = pool.first_plan(problem)
        paused = _longest_pause(partial(pool.improve, problem, plan, seconds=A_SECOND))
        yield at_most("longest pause of another thread while a day is planned", 1000 * paused, 50, "ms")
        for pid in pool.processes:
            yield Figure("memory of a solver process, at most", f"{peak_memory_mb(pid):,.0f} MB")
    finally:
        pool.close()


def _longest_pause(work: Callable[[], object]) -> float:
    """Return for how long, in seconds, this thread could not go on while another one did `work`."""
    worker = threading.Thread(target=work)
    worker.start()
    longest, last = 0.0, time.perf_counter()
    while worker.is_alive():
        time.sleep(0.001)
        now = time.perf_counter()
        longest, last = max(longest, now - last), now
    return longest


def _value(problem: Problem, orders: Orders) -> float:
    return sum(problem.visits[visit].value for order in orders for visit in order)
