"""The port `Solver` in processes of its own: VROOM holds Python's lock for a whole solve, and the web server has to go on answering.

The processes are fresh interpreters (nothing of the server's memory is copied into them) that talk over their stdin and
stdout. At most `size` run; the first starts when it is warmed up or needed, the next when the others are busy.
"""

from __future__ import annotations

import atexit
import logging
import subprocess
import sys
import threading
from collections.abc import Mapping
from typing import Any, BinaryIO, cast

from fieldsales.adapters.solver import messages
from fieldsales.adapters.solver.engine import Report
from fieldsales.adapters.solver.messages import Done, Failed, Job, Progress
from fieldsales.domain.planning.facts import Explanations, Facts
from fieldsales.domain.planning.plan import Plan
from fieldsales.domain.planning.problem import Problem, check_problem
from fieldsales.errors import N_, TryLater

log = logging.getLogger(__name__)
HUNG_AFTER_S = 60.0  # beyond what a job was given
STOPPED_WITHIN_S = 5.0
_START = "import sys; sys.path[:] = {path!r}; from fieldsales.adapters.solver.worker import serve; serve()"


class SolverGone(TryLater):
    """The solver's process ended in the middle of the work, twice."""

    code = "solver_gone"
    message = N_("The planner was interrupted. Please try again.")


class _Worker:
    """One solver process."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", _START.format(path=[entry for entry in sys.path if isinstance(entry, str)])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def ask(self, job: Job, *, seconds: float, report: Report | None) -> Any:
        """Return the answer to a job; the process is ended when it takes far too long.

        Raises:
            EOFError, OSError: the process is gone.
        """
        jobs, answers = cast(BinaryIO, self.process.stdin), cast(BinaryIO, self.process.stdout)
        watch = threading.Timer(seconds + HUNG_AFTER_S, self.process.kill)
        watch.daemon = True
        watch.start()
        try:
            messages.send(jobs, job)
            while True:
                answer = messages.receive(answers)
                if isinstance(answer, Progress):
                    if report is not None:
                        report(answer.share)
                    continue
                return answer
        finally:
            watch.cancel()

    def alive(self) -> bool:
        """False when the process has ended."""
        return self.process.poll() is None

    def end(self, *, at_once: bool = False) -> None:
        """End the process: after its work, or at once."""
        if at_once:
            self.process.kill()
        for pipe in (self.process.stdin, self.process.stdout):
            try:
                if pipe is not None:
                    pipe.close()
            except OSError:
                pass  # it had gone before what we wrote last was read
        try:
            self.process.wait(STOPPED_WITHIN_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class SolverPool:
    """Plans in at most `size` processes; any number of threads may ask, those for whom there is none wait their turn."""

    def __init__(self, size: int = 2) -> None:
        self._turns = threading.BoundedSemaphore(size)
        self._lock = threading.Lock()
        self._idle: list[_Worker] = []
        self._all: list[_Worker] = []
        self._closings = 0
        atexit.register(self.close)

    @property
    def name(self) -> str:
        """What it is called where a plan says how it was found."""
        return str(self._run("engine_name", {}))

    def first_plan(self, problem: Problem) -> Plan:
        """Return a feasible plan at once; see the port."""
        check_problem(problem)
        plan: Plan = self._run("first_plan", {"problem": problem})
        return plan

    def improve(self, problem: Problem, plan: Plan, *, seconds: float = 1.0, report: Report | None = None) -> Plan:
        """Return a plan that is at least as good; see the port. What `report` raises stops the work and goes on to the caller."""
        check_problem(problem)
        better: Plan = self._run("improve", {"problem": problem, "plan": plan, "seconds": seconds}, seconds=seconds, report=report)
        return better

    def explain(self, problem: Problem, plan: Plan, facts: Mapping[str, Facts]) -> Explanations:
        """Say why each stop is made and why each other visit is not; see the port."""
        check_problem(problem)
        explanations: Explanations = self._run("explain", {"problem": problem, "plan": plan, "facts": dict(facts)})
        return explanations

    @property
    def processes(self) -> list[int]:
        """The ids of the processes that are running, for whoever measures or ends them."""
        with self._lock:
            self._all = [worker for worker in self._all if worker.alive()]
            return [worker.process.pid for worker in self._all]

    def warm_up(self) -> None:
        """Have one process ready, so that the first plan does not wait for it."""
        self._run("engine_name", {})

    def close(self) -> None:
        """End all idle processes, and each other one when its work is done."""
        with self._lock:
            self._closings += 1
            idle, self._idle = self._idle, []
        for worker in idle:
            worker.end()

    def _run(self, task: str, arguments: dict[str, Any], *, seconds: float = 0.0, report: Report | None = None) -> Any:
        job = Job(task, arguments, reports=report is not None)
        with self._turns:
            for attempt in (1, 2):
                worker, era = self._take()
                try:
                    answer = worker.ask(job, seconds=seconds, report=report)
                except (EOFError, BrokenPipeError, ConnectionError):
                    worker.end(at_once=True)
                    log.warning("a solver process ended in the middle of “%s” (attempt %d)", task, attempt)
                    continue
                except BaseException:  # the caller goes away (a rerun, a cancelled request): what it asked for is pointless
                    worker.end(at_once=True)
                    raise
                self._give_back(worker, era)
                return _result(answer)
        raise SolverGone()

    def _take(self) -> tuple[_Worker, int]:
        """Return a process that is free or new, and how often the pool had been closed by then."""
        with self._lock:
            while self._idle:
                worker = self._idle.pop()
                if worker.alive():
                    return worker, self._closings
                worker.end()
            self._all = [known for known in self._all if known.alive()]
            self._all.append(_Worker())
            return self._all[-1], self._closings

    def _give_back(self, worker: _Worker, era: int) -> None:
        with self._lock:
            if era == self._closings:
                self._idle.append(worker)
                return
        worker.end()


def _result(answer: Done | Failed) -> Any:
    if isinstance(answer, Failed):
        raise answer.error
    return answer.result
