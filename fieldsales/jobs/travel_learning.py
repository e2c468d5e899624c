"""The worker that learns at night how long the team's travel really takes; any number may run, one of them does it."""

from __future__ import annotations

import logging
import threading
from collections import defaultdict
from datetime import datetime

from fieldsales.adapters.travel_times.estimate import Estimate
from fieldsales.bootstrap import Runtime
from fieldsales.domain.travel import TravelSource
from fieldsales.domain.travel_learning import Sample
from fieldsales.domain.words import TravelMode
from fieldsales.jobs.nights import once_a_night
from fieldsales.services.travel.learned_travel import keep_lessons, read_travelled_days, reckon

EVERY_S = 3600.0
NAME = "travel_learned_on"

log = logging.getLogger(__name__)


def run_travel_learning(runtime: Runtime, *, stop: threading.Event) -> None:
    """Learn once a night, or as soon after it as the server runs, until `stop` is set; what fails is tried again in an hour."""
    while not stop.is_set():
        try:
            learn_tonight(runtime, stop=stop)
        except Exception:  # a full disk, a database that restarts: both may be mended by the next hour
            log.exception("nothing could be learned from the day's travel; trying again in an hour")
        stop.wait(EVERY_S)


def learn_tonight(runtime: Runtime, *, stop: threading.Event | None = None) -> int | None:
    """Learn from the team's days, and return in how many cells; None when it was done this night already, or the server stops."""
    return once_a_night(runtime, NAME, lambda now: _learn(runtime, now=now, stop=stop))


def _learn(runtime: Runtime, *, now: datetime, stop: threading.Event | None) -> int | None:
    """Return in how many cells something was learned, None when the server is stopping."""
    with runtime.database.read() as session:
        days = read_travelled_days(session, now=now, zone=runtime.settings.zone)
    samples: dict[tuple[TravelMode, TravelSource], list[Sample]] = defaultdict(list)
    for source, times in ((TravelSource.ESTIMATE, Estimate()), (TravelSource.ROADS, runtime.travel_times)):
        for mode, sample in reckon(days, times, source):
            samples[mode, source].append(sample)
            if stop is not None and stop.is_set():
                return None
    with runtime.database.write() as session:
        cells = keep_lessons(session, samples=samples, now=now)
    log.info("learned how long travel takes in %d cells of area and hour, from %d days", cells, len(days))
    return cells
