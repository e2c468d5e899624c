"""The worker that keeps decided deals ready to be counted: those of changed customers every few minutes, all of them once a night."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial

from sqlalchemy.orm import Session

from fieldsales.bootstrap import Runtime
from fieldsales.jobs.nights import once_a_night
from fieldsales.services.honesty.kept_deals import PORTION, changed_since_kept, holds_to, keep_anew, keep_portion, last_customer_id

EVERY_S = 600.0
NAME = "deals_kept_on"

log = logging.getLogger(__name__)


def run_deal_keeping(runtime: Runtime, *, stop: threading.Event) -> None:
    """Keep deals ready until `stop` is set; what fails is tried again the next time, and questions are answered all the same."""
    while not stop.is_set():
        try:
            keep_deals(runtime, stop=stop)
        except Exception:  # a full disk, a database that restarts: both may be mended by the next time
            log.exception("decided deals could not be kept ready; trying again in some minutes")
        stop.wait(EVERY_S)


def keep_deals(runtime: Runtime, *, stop: threading.Event | None = None) -> int | None:
    """Keep what changed, or once a night everything, and return how many deals that were; None when the server is stopping."""
    return once_a_night(
        runtime,
        NAME,
        lambda now: _keep_all(runtime, now=now, stop=stop),
        otherwise=lambda now: _keep_changed(runtime, now=now, stop=stop),
    )


def _keep_changed(runtime: Runtime, *, now: datetime, stop: threading.Event | None) -> int | None:
    with runtime.database.read() as session:
        changed = changed_since_kept(session)
    if changed is None:  # somebody is keeping all of them for the first time
        return 0
    portions = (changed[first : first + PORTION] for first in range(0, len(changed), PORTION))
    return _keep(runtime, (partial(keep_anew, customer_ids=ids) for ids in portions), now=now, stop=stop)


def _keep_all(runtime: Runtime, *, now: datetime, stop: threading.Event | None) -> int | None:
    with runtime.database.read() as session:
        last = last_customer_id(session)
    portions = (partial(keep_portion, first_id=first, last_id=first + PORTION - 1) for first in range(1, last + 1, PORTION))
    count = _keep(runtime, portions, now=now, stop=stop)
    if count is not None:
        log.info("kept %d decided deals ready", count)
    return count


def _keep(runtime: Runtime, portions: Iterable[Callable[[Session], int]], *, now: datetime, stop: threading.Event | None) -> int | None:
    """Tell deals portion by portion, so that nobody who saves waits for long, and return how many; None when the server is stopping."""
    count = 0
    for keep_some in portions:
        if stop is not None and stop.is_set():
            return None
        with runtime.database.write() as session:
            count += keep_some(session)
    with runtime.database.write() as session:
        holds_to(session, now)
    return count
