"""The worker that forgets: exact positions and log entries older than the settings, and check-ins that nobody ended; any number may run."""

from __future__ import annotations

import logging
import threading
from datetime import timedelta

from fieldsales.bootstrap import Runtime
from fieldsales.services.audit_log import FORGOTTEN_AT_ONCE, forget_old
from fieldsales.services.options import read_options
from fieldsales.services.visits.check_ins import BATCH, close_forgotten, coarsen_positions

# Once a day would do; every hour finds midnight in each user's zone, and the server that is off at night.
EVERY_S = 3600.0

log = logging.getLogger(__name__)


def run_retention(runtime: Runtime, *, stop: threading.Event) -> None:
    """Tidy up at once and then every hour until `stop` is set; what fails is logged and tried again the next time."""
    while not stop.is_set():
        try:
            tidy_up(runtime, stop=stop)
        except Exception:  # a full disk, a database that restarts: both may be mended by the next hour
            log.exception("what is old could not be forgotten; trying again in an hour")
        stop.wait(EVERY_S)


def tidy_up(runtime: Runtime, *, stop: threading.Event | None = None) -> int:
    """Close forgotten check-ins, coarsen and remove what is old enough, and return how many positions were coarsened."""
    now = runtime.clock()
    with runtime.database.write() as session:
        closed = close_forgotten(session, now=now, default_zone=runtime.settings.zone)
        options = read_options(session)
    days, coarse = options.coarsen_after_days, 0
    while stop is None or not stop.is_set():
        with runtime.database.write() as session:
            done = coarsen_positions(session, taken_before=now - timedelta(days=days), now=now, limit=BATCH)
        coarse += done
        if done < BATCH:
            break
    forgotten = _forget_log(runtime, keep_days=options.keep_audit_days, stop=stop)
    if closed or coarse or forgotten:
        said = "closed %d check-ins of days that are over, coarsened %d positions, removed %d old entries of the audit log"
        log.info(said, closed, coarse, forgotten)
    return coarse


def _forget_log(runtime: Runtime, *, keep_days: int, stop: threading.Event | None) -> int:
    """Remove entries of the audit log that are old enough, in short transactions, and return how many."""
    forgotten = 0
    while stop is None or not stop.is_set():
        with runtime.database.write() as session:
            done = forget_old(session, keep_days=keep_days, now=runtime.clock())
        forgotten += done
        if done < FORGOTTEN_AT_ONCE:
            break
    return forgotten
