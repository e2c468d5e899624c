"""Planning in the background: one job a plan, however often it is asked for, whose steps a page can wait for.

The job is the server's, not the page's: a reload or a lost connection in the middle ends nothing, and the stored plan tells how far it is.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from fieldsales.errors import FieldSalesError
from fieldsales.ui.messages import ScreenBroke

log = logging.getLogger(__name__)
Work = Callable[[Callable[[], None]], object]
_WORKERS = 4


class Job:
    """One piece of planning under way; `steps` counts what there was to see so far."""

    def __init__(self) -> None:
        self.steps = 0
        self.ended = False
        self.result: object = None
        self.error: FieldSalesError | None = None
        self._moved = threading.Condition()

    def wait_for_step(self, beyond: int, *, seconds: float) -> bool:
        """Wait until there is more to see than `beyond` steps, or it has ended; False when that takes longer."""
        with self._moved:
            return self._moved.wait_for(lambda: self.ended or self.steps > beyond, timeout=seconds)

    def run(self, work: Work) -> None:
        """Do the work; what it raises is kept, to be said where it was asked for."""
        try:
            self.result = work(self._step)
        except FieldSalesError as error:
            self.error = error
        except Exception:
            log.exception("Planning broke")
            self.error = ScreenBroke()
        finally:
            with self._moved:
                self.ended = True
                self._moved.notify_all()

    def _step(self) -> None:
        with self._moved:
            self.steps += 1
            self._moved.notify_all()


_lock = threading.Lock()
_jobs: dict[tuple[str, int], Job] = {}
_pool = ThreadPoolExecutor(max_workers=_WORKERS, thread_name_prefix="planning")


def begin(kind: str, plan_id: int, work: Work) -> Job:
    """Start `work` for a plan, unless the same kind of work is under way for it: then return that."""
    with _lock:
        known = _jobs.get((kind, plan_id))
        if known is not None and not known.ended:
            return known
        _forget_ended()
        job = _jobs[kind, plan_id] = Job()
    _pool.submit(job.run, work)
    return job


def find(kind: str, plan_id: int) -> Job | None:
    """Return the job of a plan that is under way, whoever began it."""
    with _lock:
        job = _jobs.get((kind, plan_id))
        return job if job is not None and not job.ended else None


def _forget_ended() -> None:
    for name in [name for name, job in _jobs.items() if job.ended]:
        del _jobs[name]
