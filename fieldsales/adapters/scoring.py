"""The port `ScoreTrainer` by scikit-learn's logistic regression, in a process of its own that ends with its work.

The library and what it stands on take some 150 MB and a second to load, and are needed for some seconds a night: the server never
loads them. The process is a fresh interpreter that reads one table and writes one answer as JSON. Foretelling needs no library.

How well the score does is measured on deals it had not seen: five folds, won and lost evenly, all deals of one customer in one fold.
The rank alone is a regression on the rank, learned and measured on the same folds; the comparison is between equals.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from math import isfinite, nan, sqrt
from typing import Any

from fieldsales.domain.scoring import FEATURES, Feature, Trained, TrainingTable, Weights
from fieldsales.errors import N_, TryLater

FOLDS = 5
SEED = 20_261_121
STRENGTH = 1.0  # scikit-learn's C: how little the weights are held back
HUNG_AFTER_S = 600.0
# So small a task gains nothing by threads, which wait for each other in circles while the server is busy.
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
_START = "import sys; sys.path[:] = {path!r}; from fieldsales.adapters.scoring import answer; answer()"


class TrainerGone(TryLater):
    """The process that learns ended in the middle of the work."""

    code = "trainer_gone"
    message = N_("Learning from won and lost deals was interrupted. It is tried again by itself.")


class ProcessTrainer:
    """Learns in a process that lives as long as one training."""

    def train(self, table: TrainingTable) -> Trained:
        """Return what was learned; see the port."""
        question = {"rows": [_to_plain(row) for row in table.rows], "won": table.won, "customers": table.customers}
        command = [sys.executable, "-c", _START.format(path=[entry for entry in sys.path if isinstance(entry, str)])]
        try:
            done = subprocess.run(
                command,
                input=json.dumps(question).encode(),
                stdout=subprocess.PIPE,
                env=os.environ | ONE_THREAD,
                timeout=HUNG_AFTER_S,
                check=True,
            )
            found = json.loads(done.stdout)
        except (OSError, subprocess.SubprocessError, ValueError) as error:
            raise TrainerGone() from error
        weights = Weights(tuple(found["mean"]), tuple(found["spread"]), tuple(found["weight"]), found["intercept"])
        return Trained(weights, found["log_loss"], found["rank_log_loss"], found["gain_error"], found["folds"])


def answer() -> None:
    """Read a table from stdin, learn, and write what was learned to stdout: the whole life of the process."""
    if hasattr(os, "nice"):
        os.nice(10)  # whoever uses the server meanwhile comes first
    asked = json.load(sys.stdin.buffer)
    rows = tuple(tuple(nan if value is None else value for value in row) for row in asked["rows"])
    json.dump(_learn(TrainingTable(rows, tuple(asked["won"]), tuple(asked["customers"]))), sys.stdout)


def _learn(table: TrainingTable) -> dict[str, Any]:
    import numpy as np

    rows, won, customers = np.array(table.rows), np.array(table.won, int), np.array(table.customers)
    rank, folds = rows[:, [FEATURES.index(Feature.RANK)]], _folds(won, customers)
    losses, rank_losses = _losses(rows, won, folds), _losses(rank, won, folds)
    steps = _model()
    steps.fit(rows, won)
    scaler, regression = steps.named_steps["scale"], steps.named_steps["regression"]
    return {
        "mean": scaler.mean_.tolist(),
        "spread": scaler.scale_.tolist(),
        "weight": regression.coef_[0].tolist(),
        "intercept": float(regression.intercept_[0]),
        "log_loss": float(losses.mean()),
        "rank_log_loss": float(rank_losses.mean()),
        "gain_error": float((rank_losses - losses).std(ddof=1) / sqrt(len(won))),
        "folds": FOLDS,
    }


def _folds(won: Any, customers: Any) -> Any:
    """Return the fold of each deal: all of a customer in one, those who bought and those who did not dealt out evenly.

    scikit-learn's own splitter for groups takes a minute for 20,000 customers.
    """
    import numpy as np

    _, first, member = np.unique(customers, return_index=True, return_inverse=True)
    shuffled = np.random.default_rng(SEED).permutation(len(first))
    dealt = shuffled[np.argsort(won[first][shuffled], kind="stable")]
    fold_of = np.empty(len(first), int)
    fold_of[dealt] = np.arange(len(first)) % FOLDS
    return fold_of[member]


def _losses(rows: Any, won: Any, folds: Any) -> Any:
    """Return the log loss of each deal as foretold by what the other folds taught."""
    import numpy as np
    from sklearn.model_selection import PredefinedSplit, cross_val_predict

    chances = cross_val_predict(_model(), rows, won, cv=PredefinedSplit(folds), method="predict_proba")[:, 1]
    sure = np.clip(chances, 1e-6, 1 - 1e-6)
    return -(won * np.log(sure) + (1 - won) * np.log(1 - sure))


def _model() -> Any:
    """Return the steps: what is not known becomes the mean, all numbers get the same spread, then they are weighed."""
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import StandardScaler

    fill = SimpleImputer(strategy="mean", keep_empty_features=True)
    return Pipeline([("fill", fill), ("scale", StandardScaler()), ("regression", LogisticRegression(C=STRENGTH, max_iter=1_000))])


def _to_plain(row: tuple[float, ...]) -> list[float | None]:
    return [value if isfinite(value) else None for value in row]
