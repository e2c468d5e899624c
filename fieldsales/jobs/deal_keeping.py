"""The worker that keeps decided deals ready to be counted: those of changed customers every few minutes, all of them once a night."""

from __future__ import annotations

import logging
import threading
from datetime import datetime

from fieldsales.bootstrap import Runtime
from fieldsales.jobs.nights import once_a_night
from fieldsales.services.kept_deals import PORTION, holds_to, keep_changed, keep_portion, last_customer_id

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
        runtime, NAME, lambda now: _keep_all(runtime, now=now, stop=stop), otherwise=lambda now: _keep_changed(runtime, now=now)
    )


def _keep_changed(runtime: Runtime, *, now: datetime) -> int:
    with runtime.database.write() as session:
        changed = keep_changed(session)
        if changed is not None:
            holds_to(session, now)
    return changed or 0


def _keep_all(runtime: Runtime, *, now: datetime, stop: threading.Event | None) -> int | None:
    """Tell everybody's deals portion by portion, so that nobody who saves waits for long."""
    with runtime.database.read() as session:
        last = last_customer_id(session)
    count = 0
    for first in range(1, last + 1, PORTION):
        if stop is not None and stop.is_set():
            return None
        with runtime.database.write() as session:
            count += keep_portion(session, first_id=first, last_id=first + PORTION - 1)
    with runtime.database.write() as session:
        holds_to(session, now)
    log.info("kept %d decided deals ready", count)
    return count
