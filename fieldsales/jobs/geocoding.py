"""The worker that empties the queue of addresses; any number may run, as threads of servers or as `fieldsales worker`."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from fieldsales.bootstrap import Runtime
from fieldsales.domain.places import LocateReason, LocateStatus, Place
from fieldsales.jobs.areas import area_of, look_up_areas
from fieldsales.services.pins import locating
from fieldsales.services.pins.locating import ClaimedAddress, FoundPlace

Progress = Callable[[int, int], None]

POLL_S = 1.0
SMALLEST_BATCH, LARGEST_BATCH = 8, 512
# A batch aims at this long, so that its claims never outlive their lease and answers of slow services show soon.
BATCH_S = 0.5
FLUSH_S = 5.0
PROGRESS_S = 0.5
LONGEST_PAUSE_S = 60.0
PATIENCE = 5  # failures in a row after which a worker that somebody waits for gives up

log = logging.getLogger(__name__)


@dataclass
class _Worker:
    """One run of the loop: its name in claims, what it has done, and how it adapts."""

    runtime: Runtime
    stop: threading.Event
    progress: Progress | None
    name: str = field(default_factory=locating.worker_name)
    done: int = 0
    batch: int = SMALLEST_BATCH
    checked_version: str | None = None
    told_at: float = 0.0


def run_worker(runtime: Runtime, *, stop: threading.Event, until_idle: bool = False, progress: Progress | None = None) -> int:
    """Locate queued addresses until `stop` is set, or with `until_idle` until none is due or in anybody's hands.

    Addresses to be retried later do not keep an idle worker. `progress` is called with the numbers done and waiting.
    Returns how many answers this worker has stored.

    Raises:
        DatabaseBusy and whatever else fails several times in a row, with `until_idle` only; otherwise the worker logs,
            pauses and goes on.
    """
    worker = _Worker(runtime, stop, progress)
    failures = 0
    while not stop.is_set():
        try:
            busy = _work_once(worker)
            idle = not busy and until_idle and not _anything_claimed(worker)
            failures = 0
        except Exception:  # a full disk, a database that restarts, a damaged gazetteer: all may be mended while we wait
            failures += 1
            log.exception("the geocoding worker cannot go on (failure %d in a row)", failures)
            if until_idle and failures >= PATIENCE:
                raise
            stop.wait(min(POLL_S * 2**failures, LONGEST_PAUSE_S))
            continue
        if idle:
            break
        if not busy:
            stop.wait(POLL_S)
    _tell(worker, always=True)
    return worker.done


def _work_once(worker: _Worker) -> bool:
    """Queue what a new geocoder improves, then locate one batch, or else look up municipalities; False when there was nothing to do."""
    runtime, now = worker.runtime, worker.runtime.clock
    version = runtime.geocoder.version
    if version != worker.checked_version:
        _requeue_improvable(worker, version)
    with runtime.database.read() as session:
        due = locating.has_due_addresses(session, now=now())
    if not due:
        return look_up_areas(runtime) > 0
    with runtime.database.write() as session:
        claimed = locating.claim_addresses(session, worker=worker.name, limit=worker.batch, now=now())
    began = time.monotonic()
    _locate_batch(worker, claimed, version)
    _adapt(worker, time.monotonic() - began)
    return bool(claimed)


def _requeue_improvable(worker: _Worker, version: str) -> None:
    queued = 0
    while not worker.stop.is_set():
        with worker.runtime.database.write() as session:
            count = locating.requeue_improvable(session, geocoder_version=version, now=worker.runtime.clock())
        queued += count
        if not count:
            worker.checked_version = version
            break
    if queued:
        log.info("geocoder %s: %d addresses may now be found better and are queued again", version, queued)


def _locate_batch(worker: _Worker, claimed: Sequence[ClaimedAddress], version: str) -> None:
    """Store answers as they come; a stop gives back what is not answered yet."""
    ready: list[FoundPlace] = []
    flushed = time.monotonic()
    for number, (address, place) in enumerate(_answers(worker, claimed), start=1):
        ready.append(FoundPlace(address, place, version, area_of(worker.runtime, address.query)))
        stopping = worker.stop.is_set()
        if number == len(claimed) or stopping or time.monotonic() - flushed > FLUSH_S:
            _store(worker, ready, rest=claimed[number:])
            ready, flushed = [], time.monotonic()
        if stopping:
            break


def _store(worker: _Worker, ready: Sequence[FoundPlace], *, rest: Sequence[ClaimedAddress]) -> None:
    now = worker.runtime.clock()
    with worker.runtime.database.write() as session:
        stored = locating.store_places(session, places=ready, now=now)
        locating.extend_claims(session, addresses=rest, until=now if worker.stop.is_set() else now + locating.LEASE)
    worker.done += stored
    _tell(worker)


def _answers(worker: _Worker, claimed: Sequence[ClaimedAddress]) -> Iterator[tuple[ClaimedAddress, Place]]:
    """Yield every address with its place; an address on which the geocoder breaks is retried later, the others are not held up."""
    answered = 0
    try:
        for address, place in zip(claimed, worker.runtime.geocoder.locate_many(a.query for a in claimed), strict=True):
            answered += 1
            yield address, place
    except Exception:  # whatever one address does to a geocoder must not stop the queue
        log.exception("the geocoder broke on a batch; going on address by address")
        for address in claimed[answered:]:
            yield address, _locate_alone(worker, address)


def _locate_alone(worker: _Worker, address: ClaimedAddress) -> Place:
    try:
        return worker.runtime.geocoder.locate(address.query)
    except Exception:
        log.exception("the geocoder broke on the address of customer %d", address.customer_id)
        return Place.nowhere(LocateStatus.RETRY_LATER, LocateReason.SERVICE_BUSY)


def _adapt(worker: _Worker, seconds: float) -> None:
    if seconds < BATCH_S:
        worker.batch = min(worker.batch * 2, LARGEST_BATCH)
    elif seconds > 2 * BATCH_S:
        worker.batch = max(worker.batch // 2, SMALLEST_BATCH)


def _anything_claimed(worker: _Worker) -> bool:
    with worker.runtime.database.read() as session:
        return locating.has_claimed_addresses(session)


def _tell(worker: _Worker, *, always: bool = False) -> None:
    if worker.progress is None or not (always or time.monotonic() - worker.told_at > PROGRESS_S):
        return
    worker.told_at = time.monotonic()
    with worker.runtime.database.read() as session:
        worker.progress(worker.done, locating.count_waiting(session))
