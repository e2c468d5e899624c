"""What happens once when the server starts and once when it stops."""

from __future__ import annotations

import gc
import importlib
import logging
import pkgutil
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Protocol

from anyio import to_thread

from fieldsales.bootstrap import Runtime, current_runtime
from fieldsales.services import passwords

log = logging.getLogger(__name__)
STOP_WITHIN_S = 10.0


class Worker(Protocol):
    """A loop that runs beside the server until it is told to stop."""

    def __call__(self, runtime: Runtime, *, stop: threading.Event) -> object:
        """Work until `stop` is set."""
        ...


def serving(*, workers: Sequence[Worker], screens: str) -> Callable[[Any], AbstractAsyncContextManager[None]]:
    """Return a lifespan that prepares the process, runs each worker in a thread, and stops cleanly.

    `screens` is the package whose modules the first visitor would otherwise wait for.

    Raises (at start): BadSetting when there is no usable secret.
    """

    @asynccontextmanager
    async def lifespan(_app: Any) -> AsyncIterator[None]:
        runtime = current_runtime()
        runtime.settings.require_secret()
        await to_thread.run_sync(_prepare, runtime, screens)
        stop = threading.Event()
        threads = [threading.Thread(target=_run, args=(work, runtime, stop), daemon=True) for work in (_warm_map, *workers)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            stop.set()
            for thread in threads:
                await to_thread.run_sync(thread.join, STOP_WITHIN_S)
            runtime.database.dispose()

    return lifespan


def _prepare(runtime: Runtime, screens: str) -> None:
    runtime.database.upgrade()
    passwords.prepare()
    _import_all(screens)
    # Streamlit collects all garbage after every rerun: what is loaded now need not be looked through each time.
    gc.collect()
    gc.freeze()


def _import_all(screens: str) -> None:
    package = importlib.import_module(screens)
    for module in pkgutil.iter_modules(package.__path__, screens + "."):
        if module.name == f"{screens}.main":  # the script itself, which draws when it is imported
            continue
        try:
            importlib.import_module(module.name)
        except Exception:  # one broken screen says so when it is opened, the others go on
            log.exception("the screen %s cannot be loaded", module.name)


def _warm_map(runtime: Runtime, *, stop: threading.Event) -> None:
    """Read the customers for the map, which takes seconds when there are a million; whoever asks meanwhile waits."""
    if not stop.is_set():
        runtime.map_index.snapshot(runtime.database)


def _run(work: Worker, runtime: Runtime, stop: threading.Event) -> None:
    try:
        work(runtime, stop=stop)
    except Exception:
        log.exception("a worker stopped; the server goes on without it")
