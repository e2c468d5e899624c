"""At night the server learns from what was won and lost, once, and what fails is tried again."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime

import pytest

from fieldsales.adapters.scoring import TrainerGone
from fieldsales.bootstrap import Runtime
from fieldsales.db.database import Database
from fieldsales.db.models import User
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.scoring import Score, Trained, TrainingTable
from fieldsales.domain.words import Outcome
from fieldsales.jobs import score_training
from fieldsales.services.honesty.scores import read_score
from tests.conftest import CustomerFactory
from tests.decided_deals import decide_many, visit_before
from tests.fakes import FakeClock

pytestmark = pytest.mark.both_databases


class NoTrainer:
    """A trainer whose process was killed."""

    def train(self, table: TrainingTable) -> Trained:
        raise TrainerGone()


def kept(runtime: Runtime, chie: User) -> Score | None:
    with runtime.database.read() as session:
        known = read_score(session, chie)
    return known.score if known is not None else None


@pytest.fixture
def a_record(database: Database, aiko: User, make_customer: CustomerFactory, now: datetime) -> None:
    """A hundred and twenty deals, half of them won; those that were won had got a quote a month before."""
    for rank in (Likelihood.A, Likelihood.C):
        made = decide_many(database, make_customer, aiko, rank=rank, won=30, lost=30, now=now)
        visit_before(database, made[:30], aiko, days=50, now=now, outcome=Outcome.QUOTE)
        visit_before(database, made[30:], aiko, days=50, now=now, outcome=Outcome.ABSENT)


def test_a_record_teaches_a_score_that_foretells(runtime: Runtime, chie: User, a_record: None) -> None:
    learned = score_training.train_tonight(runtime)
    assert learned is not None
    assert learned == kept(runtime, chie)
    assert (learned.deals, learned.won, learned.foretells) == (120, 60, True)
    assert list(learned.corrections.values()) == [{Likelihood.A: Likelihood.B}]


def test_too_few_deals_teach_nothing_and_say_so(
    runtime: Runtime, chie: User, aiko: User, make_customer: CustomerFactory, now: datetime
) -> None:
    decide_many(runtime.database, make_customer, aiko, rank=Likelihood.A, won=6, lost=6, now=now)
    assert score_training.train_tonight(replace(runtime, score_trainer=NoTrainer())) == kept(runtime, chie)
    found = kept(runtime, chie)
    assert found is not None
    assert (found.deals, found.won, found.trained) == (12, 6, None)


def test_without_any_deal_the_night_is_done_all_the_same(runtime: Runtime, chie: User) -> None:
    score_training.train_tonight(runtime)
    assert kept(runtime, chie) == Score(0, 0)


def test_a_night_is_learned_from_once(runtime: Runtime, clock: FakeClock) -> None:
    with ThreadPoolExecutor(4) as pool:
        learned = list(pool.map(lambda _: score_training.train_tonight(runtime), range(4)))
    assert sorted(learned, key=str) == [None, None, None, Score(0, 0)]
    clock.advance(days=1)
    assert score_training.train_tonight(runtime) == Score(0, 0)


def test_a_night_on_which_it_failed_is_tried_again(runtime: Runtime, chie: User, a_record: None) -> None:
    with pytest.raises(TrainerGone):
        score_training.train_tonight(replace(runtime, score_trainer=NoTrainer()))
    assert kept(runtime, chie) is None
    assert score_training.train_tonight(runtime) is not None


def test_no_session_is_open_while_it_is_learned(runtime: Runtime, a_record: None) -> None:
    class Watching:
        def train(self, table: TrainingTable) -> Trained:
            with runtime.database.write():  # would wait for ever, or fail, behind an open one
                pass
            raise TrainerGone()

    with pytest.raises(TrainerGone):
        score_training.train_tonight(replace(runtime, score_trainer=Watching()))


def test_the_worker_goes_on_after_a_failure_and_stops_when_told(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    stop, calls = threading.Event(), []

    def train(*_: object, **__: object) -> None:
        calls.append(1)
        if len(calls) == 2:
            stop.set()
        raise OSError("away")

    monkeypatch.setattr(score_training, "train_tonight", train)
    monkeypatch.setattr(score_training, "EVERY_S", 0.0)
    score_training.run_score_training(runtime, stop=stop)
    assert len(calls) == 2
