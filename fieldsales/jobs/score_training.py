"""The worker that learns at night from the deals won and lost; any number may run, one of them does it."""

from __future__ import annotations

import logging
import threading
from datetime import datetime

from fieldsales.bootstrap import Runtime
from fieldsales.domain.scoring import Score
from fieldsales.jobs.nights import once_a_night
from fieldsales.services.honesty.scores import keep_score, read_learning

EVERY_S = 3600.0
NAME = "score_trained_on"

log = logging.getLogger(__name__)


def run_score_training(runtime: Runtime, *, stop: threading.Event) -> None:
    """Learn once a night, or as soon after it as the server runs, until `stop` is set; what fails is tried again in an hour."""
    while not stop.is_set():
        try:
            train_tonight(runtime)
        except Exception:  # a full disk, a database that restarts, a process that was killed: mended by the next hour, perhaps
            log.exception("nothing could be learned from won and lost deals; trying again in an hour")
        stop.wait(EVERY_S)


def train_tonight(runtime: Runtime) -> Score | None:
    """Learn from the decided deals and return the score kept; None when it was done this night already."""
    return once_a_night(runtime, NAME, lambda now: _train(runtime, now=now))


def _train(runtime: Runtime, *, now: datetime) -> Score:
    with runtime.database.read() as session:
        learning = read_learning(session, now=now)
    table = learning.table  # no session is open while it is learned from
    trained = runtime.score_trainer.train(table) if table.enough else None
    score = Score(len(table.won), sum(table.won), trained, learning.corrections)
    with runtime.database.write() as session:
        keep_score(session, score, now=now)
    log.info("looked at %d decided deals, learned a score: %s", score.deals, "yes" if trained else "no, too few")
    return score
