"""What foretells an order is learned beside the server, the same every time, and measured on deals not learned from."""

from __future__ import annotations

import random
import subprocess
import sys
from math import exp, nan

import pytest

from fieldsales.adapters import scoring
from fieldsales.adapters.scoring import ProcessTrainer, TrainerGone
from fieldsales.domain.scoring import FEATURES, Feature, Score, TrainingTable, probability

RANK, RECENCY, BOUGHT = (FEATURES.index(feature) for feature in (Feature.RANK, Feature.RECENCY, Feature.BOUGHT))


def invent_table(*, recency_tells: bool, deals: int = 400) -> TrainingTable:
    """Return deals whose rank tells something, and whose days without a contact tell as much, or nothing; a tenth is not known."""
    rng = random.Random(20261121)
    rows, won = [], []
    for _ in range(deals):
        row = [rng.gauss(0, 1) for _ in FEATURES]
        odds = row[RANK] - (1.5 * row[RECENCY] if recency_tells else 0.0)
        won.append(rng.random() < 1 / (1 + exp(-odds)))
        rows.append(tuple(nan if place != RANK and rng.random() < 0.1 else value for place, value in enumerate(row)))
    return TrainingTable(tuple(rows), tuple(won), tuple(range(deals)))


def test_what_history_tells_beyond_the_rank_is_found_and_weighed() -> None:
    table = invent_table(recency_tells=True)
    trained = ProcessTrainer().train(table)
    assert Score(len(table.won), sum(table.won), trained).foretells
    assert trained.weights.weight[RECENCY] < -0.5 < 0.5 < trained.weights.weight[RANK]
    average = list(trained.weights.mean)
    longer = [value + 1 if place == RECENCY else value for place, value in enumerate(average)]
    assert probability(trained.weights, longer) < probability(trained.weights, average)


def test_history_that_tells_nothing_does_not_foretell() -> None:
    table = invent_table(recency_tells=False)
    trained = ProcessTrainer().train(table)
    assert not Score(len(table.won), sum(table.won), trained).foretells
    assert trained.folds == 5


def test_the_same_deals_teach_the_same() -> None:
    table = invent_table(recency_tells=True, deals=150)
    assert ProcessTrainer().train(table) == ProcessTrainer().train(table)


def test_a_number_that_is_never_known_weighs_nothing() -> None:
    table = invent_table(recency_tells=True, deals=150)
    rows = tuple(tuple(nan if place == BOUGHT else value for place, value in enumerate(row)) for row in table.rows)
    assert ProcessTrainer().train(TrainingTable(rows, table.won, table.customers)).weights.weight[BOUGHT] == 0


def test_a_process_that_dies_is_an_error_that_says_to_try_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scoring, "_START", "import sys; sys.exit(3)")
    with pytest.raises(TrainerGone):
        ProcessTrainer().train(invent_table(recency_tells=True, deals=10))


def test_the_server_never_loads_the_library() -> None:
    modules = "fieldsales.bootstrap, fieldsales.jobs.score_training, fieldsales.services.honesty.scores"
    loaded = f"import {modules}, sys; print('sklearn' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
