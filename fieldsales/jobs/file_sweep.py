"""The worker that tidies the file store, at the start and then every few hours; any number may run."""

from __future__ import annotations

import logging
import threading

from fieldsales.bootstrap import Runtime
from fieldsales.services.customers.file_sweep import BATCH, find_unknown, forget_deleted, forget_lost_drafts

EVERY_S = 6 * 3600.0

log = logging.getLogger(__name__)


def run_file_sweep(runtime: Runtime, *, stop: threading.Event) -> None:
    """Sweep now and every six hours until `stop` is set; what fails is logged and tried again the next time."""
    while not stop.is_set():
        try:
            sweep_files(runtime, stop=stop)
        except Exception:  # a database that restarts, a disk that was taken away: both may be back by the next time
            log.exception("the file store could not be tidied; trying again later")
        stop.wait(EVERY_S)


def sweep_files(runtime: Runtime, *, stop: threading.Event | None = None) -> int:
    """Remove the bytes of deleted files and of files without a row, and return how many files that were."""
    now, removed = runtime.clock(), 0
    while stop is None or not stop.is_set():
        with runtime.database.write() as session:
            lost = forget_lost_drafts(session, now=now)
            names = forget_deleted(session, now=now)
        for name in names:  # after the commit: a row without its bytes would be a broken picture
            runtime.files.remove(name)
        removed += len(names)
        if max(lost, len(names)) < BATCH:
            break
    with runtime.database.read() as session:
        unknown = find_unknown(session, runtime.files, now=now)
    if unknown.doubtful:
        log.error("%d of %d stored files are unknown to this database; none of them was removed", len(unknown.names), unknown.total)
        return removed
    for name in unknown.names:
        runtime.files.remove(name)
    if removed or unknown.names:
        log.info("removed %d deleted files and %d that nothing refers to", removed, len(unknown.names))
    return removed + len(unknown.names)
