"""What happens once when the server starts and once when it stops."""

from __future__ import annotations

import gc
import importlib
import logging
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Protocol

from anyio import to_thread

from fieldsales.bootstrap import Runtime, current_runtime
from fieldsales.services.accounts import passwords

log = logging.getLogger(__name__)
STOP_WITHIN_S = 10.0


class Worker(Protocol):
    """A loop that runs beside the server until it is told to stop."""

    def __call__(self, runtime: Runtime, *, stop: threading.Event) -> object:
        """Work until `stop` is set."""
        ...


def serving(*, workers: Sequence[Worker], imports: Sequence[str]) -> Callable[[Any], AbstractAsyncContextManager[None]]:
    """Return a lifespan that prepares the process, runs each worker in a thread, and stops cleanly.

    `imports` are modules that the first visitor would otherwise wait for. No screens and no Streamlit components: what
    is imported outside a script's run never gets registered as a component.

    Raises (at start): BadSetting when there is no usable secret.
    """

    @asynccontextmanager
    async def lifespan(_app: Any) -> AsyncIterator[None]:
        runtime = current_runtime()
        runtime.settings.require_secret()
        await to_thread.run_sync(_prepare, runtime, imports)
        stop = threading.Event()
        threads = [threading.Thread(target=_run, args=(work, runtime, stop), daemon=True) for work in (_warm_map, _warm_solver, *workers)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            stop.set()
            for thread in threads:
                await to_thread.run_sync(thread.join, STOP_WITHIN_S)
            await to_thread.run_sync(runtime.solver.close)
            runtime.database.dispose()

    return lifespan


def _prepare(runtime: Runtime, imports: Sequence[str]) -> None:
    runtime.database.upgrade()
    passwords.prepare()
    for name in imports:
        importlib.import_module(name)
    # Streamlit collects all garbage after every rerun: what is loaded now need not be looked through each time.
    gc.collect()
    gc.freeze()


def _warm_map(runtime: Runtime, *, stop: threading.Event) -> None:
    """Read the customers for the map, which takes seconds when there are a million; whoever asks meanwhile waits."""
    if not stop.is_set():
        runtime.map_index.snapshot(runtime.database)


def _warm_solver(runtime: Runtime, *, stop: threading.Event) -> None:
    """Have the planner ready: its process takes most of a second to start."""
    if not stop.is_set():
        runtime.solver.warm_up()


def _run(work: Worker, runtime: Runtime, stop: threading.Event) -> None:
    try:
        work(runtime, stop=stop)
    except Exception:
        log.exception("a worker stopped; the server goes on without it")
