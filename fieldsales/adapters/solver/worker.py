"""A solver process: takes jobs from stdin, answers on stdout, ends when stdin does."""

from __future__ import annotations

import os
import pickle
import signal
import time
from typing import BinaryIO

from fieldsales.adapters.solver import messages
from fieldsales.adapters.solver.choosing import build_solver
from fieldsales.adapters.solver.messages import Done, Failed, Job, Progress
from fieldsales.adapters.solver.plan_solver import PlanSolver

REPORT_EVERY_S = 0.1


class _Unlistened(BaseException):
    """Nobody listens any more: the job is pointless."""


def serve() -> None:
    """Work until the process that started this one closes the pipe or is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C in the terminal is meant for the server, which closes the pipe
    jobs = os.fdopen(os.dup(0), "rb")
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not get between the messages
    solver = build_solver()
    while True:
        try:
            job = messages.receive(jobs)
            messages.send(answers, _answer(solver, job, answers))
        except (EOFError, OSError, _Unlistened):
            os._exit(0)


def _answer(solver: PlanSolver, job: Job, answers: BinaryIO) -> Done | Failed:
    arguments = dict(job.arguments)
    if job.reports:
        arguments["report"] = _Reporter(answers)
    try:
        return Done(getattr(solver, job.task)(**arguments))
    except Exception as error:
        return Failed(_portable(error))


def _portable(error: Exception) -> Exception:
    """Return an error that survives the way; what does not is told in words."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error


class _Reporter:
    """Sends the share that is done, a few times a second."""

    def __init__(self, answers: BinaryIO) -> None:
        self._answers = answers
        self._sent = time.monotonic()

    def __call__(self, share: float) -> None:
        if time.monotonic() - self._sent < REPORT_EVERY_S:
            return
        self._sent = time.monotonic()
        try:
            messages.send(self._answers, Progress(share))
        except OSError as error:
            raise _Unlistened from error


if __name__ == "__main__":
    serve()
