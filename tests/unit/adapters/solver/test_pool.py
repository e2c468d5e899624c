"""The solver in processes of its own: same plans, errors and progress come through, a killed process is replaced."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest

from fieldsales.adapters.solver import SolverPool, build_solver
from fieldsales.adapters.solver.pool import SolverGone
from fieldsales.domain.planning.conflicts import RequiredConflict
from fieldsales.domain.planning.facts import Facts
from fieldsales.domain.planning.problem import BadProblem
from tests.planning_days import sales_days

PROBLEM = sales_days(30, appointments=1)


@pytest.fixture
def pool() -> Iterator[SolverPool]:
    pool = SolverPool(2)
    yield pool
    pool.close()


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)


def test_a_plan_from_another_process_is_the_same(pool: SolverPool) -> None:
    here = build_solver()
    assert pool.name == here.name
    first = pool.first_plan(PROBLEM)
    assert first == here.first_plan(PROBLEM)
    assert pool.improve(PROBLEM, first, seconds=0.05).worth(PROBLEM) >= first.worth(PROBLEM)
    facts = {visit.id: Facts(visit.id) for visit in PROBLEM.visits}
    assert pool.explain(PROBLEM, first, facts) == here.explain(PROBLEM, first, facts)
    assert len(pool.processes) == 1


def test_a_conflict_comes_through_with_its_plan(pool: SolverPool) -> None:
    closed = replace(PROBLEM.visits[3], windows=((),), required=True)
    with pytest.raises(RequiredConflict) as conflict:
        pool.first_plan(replace(PROBLEM, visits=(*PROBLEM.visits[:3], closed, *PROBLEM.visits[4:])))
    assert conflict.value.visits == ("v3",)
    assert conflict.value.params == {"visits": "v3"}
    assert conflict.value.plan.made()


def test_a_bad_problem_starts_no_process(pool: SolverPool) -> None:
    with pytest.raises(BadProblem):
        pool.first_plan(replace(PROBLEM, days=()))
    assert pool.processes == []


def test_progress_comes_through(pool: SolverPool) -> None:
    shares: list[float] = []
    pool.improve(PROBLEM, pool.first_plan(PROBLEM), seconds=1.0, report=shares.append)
    assert shares == sorted(shares)
    assert all(0 < share <= 1 for share in shares)
    assert shares


def test_a_process_that_died_while_it_had_nothing_to_do_is_replaced(pool: SolverPool) -> None:
    pool.warm_up()
    (pid,) = pool.processes
    kill(pid)
    assert pool.first_plan(PROBLEM).made()
    assert pid not in pool.processes


def test_work_whose_process_is_killed_is_done_again(pool: SolverPool) -> None:
    plan, killed = pool.first_plan(PROBLEM), list[int]()

    def report(_share: float) -> None:
        if not killed:
            killed.extend(pool.processes)
            kill(killed[0])

    better = pool.improve(PROBLEM, plan, seconds=1.0, report=report)
    assert better.worth(PROBLEM) >= plan.worth(PROBLEM)
    assert killed
    assert killed[0] not in pool.processes


def test_work_that_kills_two_processes_is_given_up_with_a_sentence(pool: SolverPool) -> None:
    plan = pool.first_plan(PROBLEM)
    with pytest.raises(SolverGone):
        pool.improve(PROBLEM, plan, seconds=3.0, report=lambda _: kill(pool.processes[0]))
    assert pool.first_plan(PROBLEM) == plan


def test_who_stops_listening_stops_the_work(pool: SolverPool) -> None:
    def stop(_share: float) -> None:
        raise KeyboardInterrupt

    plan = pool.first_plan(PROBLEM)
    with pytest.raises(KeyboardInterrupt):
        pool.improve(PROBLEM, plan, seconds=60.0, report=stop)
    assert pool.processes == []
    assert pool.first_plan(PROBLEM) == plan


def test_two_are_planned_at_once_and_a_third_waits_its_turn(pool: SolverPool) -> None:
    plan, plans = pool.first_plan(PROBLEM), list[float]()
    askers = [threading.Thread(target=lambda: plans.append(pool.improve(PROBLEM, plan, seconds=0.3).worth(PROBLEM))) for _ in range(3)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    assert len(plans) == 3
    assert len(pool.processes) <= 2


def test_closing_ends_the_processes_and_planning_starts_them_again(pool: SolverPool) -> None:
    pool.warm_up()
    pool.close()
    assert pool.processes == []
    assert pool.first_plan(PROBLEM).made()
