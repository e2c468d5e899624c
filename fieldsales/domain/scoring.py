"""A transparent score of an open deal: what is known of it at a moment as a few plain numbers, weighed as the team's own deals taught.

The numbers know nothing that came after their moment (`services.honesty.score_facts` sees to it). They are weighed by a logistic
regression: the score is the sum of weight × how far a number lies from its mean, so each part of it can be said in words. The rank the
rep gave is one of the numbers; the score is worth showing only where it foretells better than that rank alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from math import exp, isfinite, log, log1p, log10, nan
from typing import Any

from fieldsales.domain.likelihood import LOOKS, OPEN, Likelihood, from_percent
from fieldsales.domain.words import Outcome

VERSION = 1  # of the numbers and what they mean: weights learned for others are not used
MIN_DEALS = 100
MIN_OF_EACH = 25
MIN_GAIN_ERRORS = 2.0  # how many standard errors the gain over the rank alone has to reach
RECENT = timedelta(days=90)
LAST_CONTACTS = 5
MOST_REASONS = 3
LEAST_REASON = 0.1  # of log-odds: what moves the score less is not worth a sentence
_NOBODY_MET = (Outcome.ABSENT, Outcome.REFUSED)
_STEPS = (Outcome.APPOINTMENT, Outcome.QUOTE)
_DAY = timedelta(days=1)


class Feature(StrEnum):
    """What a score is made of."""

    RANK = "rank"
    RECENCY = "recency"
    CONTACTS = "contacts"
    MISSED = "missed"
    STEPS = "steps"
    AMOUNT = "amount"
    AGE = "age"
    BOUGHT = "bought"
    RHYTHM = "rhythm"
    ASKED = "asked"
    MOVED = "moved"


FEATURES = tuple(Feature)


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a deal at the moment `at`, and nothing of later.

    `contacts` are visits, calls and mails as (when, what came of it) in order, `ranks` what the likelihood was from when on within
    the deal, `asked` when requests and complaints came in, `bought` how many orders there were before.
    """

    at: datetime
    begun_at: datetime
    rank: Likelihood | None
    contacts: tuple[tuple[datetime, Outcome], ...] = ()
    ranks: tuple[tuple[datetime, Likelihood], ...] = ()
    asked: tuple[datetime, ...] = ()
    bought: int = 0
    amount: int | None = None


def numbers_of(known: Known) -> dict[Feature, float | None]:
    """Return what is known as plain numbers (days, counts, yen; a rank by the share it stands for); None for what is not known."""
    recent = [outcome for at, outcome in known.contacts if at > known.at - RECENT]
    last = [outcome for _, outcome in known.contacts[-LAST_CONTACTS:]]
    first_at, last_at = (known.contacts[0][0], known.contacts[-1][0]) if known.contacts else (known.at, known.at)
    gaps = len(known.contacts) - 1
    return {
        Feature.RANK: LOOKS[known.rank].share if known.rank is not None else None,
        Feature.RECENCY: _days(known.at - last_at) if known.contacts else None,
        Feature.CONTACTS: len(recent),
        Feature.MISSED: sum(outcome in _NOBODY_MET for outcome in last) / len(last) if last else None,
        Feature.STEPS: sum(outcome in _STEPS for outcome in recent),
        Feature.AMOUNT: known.amount,
        Feature.AGE: _days(known.at - known.begun_at),
        Feature.BOUGHT: known.bought,
        Feature.RHYTHM: _days(last_at - first_at) / gaps if gaps > 0 else None,
        Feature.ASKED: sum(at > known.at - RECENT for at in known.asked),
        Feature.MOVED: _moved(known),
    }


def to_scale(numbers: Mapping[Feature, float | None]) -> tuple[float, ...]:
    """Return the numbers as they are weighed, in the order of FEATURES: counts, days and yen by their logarithm; NaN for unknown."""
    return tuple(nan if (value := numbers[feature]) is None else _SCALES.get(feature, float)(value) for feature in FEATURES)


@dataclass(frozen=True, slots=True)
class TrainingTable:
    """Decided deals to learn from: a row of scaled numbers each, whether it was won, and of which customer it was."""

    rows: tuple[tuple[float, ...], ...]
    won: tuple[bool, ...]
    customers: tuple[int, ...]

    @property
    def enough(self) -> bool:
        """True when there are deals enough, and enough of both kinds."""
        wins = sum(self.won)
        return len(self.won) >= MIN_DEALS and min(wins, len(self.won) - wins) >= MIN_OF_EACH


@dataclass(frozen=True, slots=True)
class Weights:
    """What was learned, in the order of FEATURES: the mean and spread of each number, its weight, and the log-odds of an average deal."""

    mean: tuple[float, ...]
    spread: tuple[float, ...]
    weight: tuple[float, ...]
    intercept: float


@dataclass(frozen=True, slots=True)
class Trained:
    """What a trainer returns: the weights, and the mean log loss on deals it had not seen, with that of the rank alone.

    `gain_error` is the standard error of the difference of the two.
    """

    weights: Weights
    log_loss: float
    rank_log_loss: float
    gain_error: float
    folds: int


@dataclass(frozen=True, slots=True)
class Score:
    """The score as it is kept: from how many deals, of them won, and what was learned, None when they were too few."""

    deals: int
    won: int
    trained: Trained | None = None
    corrections: Mapping[int, Mapping[Likelihood, Likelihood]] = field(default_factory=dict)

    @property
    def foretells(self) -> bool:
        """True when the score foretells better than the rank alone by more than chance explains."""
        found = self.trained
        return found is not None and found.rank_log_loss - found.log_loss > MIN_GAIN_ERRORS * found.gain_error

    def to_json(self) -> dict[str, Any]:
        """Return the score as plain JSON values."""
        return {
            "version": VERSION,
            "features": list(FEATURES),
            "deals": self.deals,
            "won": self.won,
            "trained": asdict(self.trained) if self.trained is not None else None,
            "corrections": {str(i): {k.value: v.value for k, v in of_one.items()} for i, of_one in self.corrections.items()},
        }

    @classmethod
    def from_json(cls, facts: Mapping[str, Any]) -> Score:
        """Return the score of `to_json`; one that was learned for other numbers comes without weights."""
        found = facts.get("trained")
        usable = found is not None and facts.get("version") == VERSION and facts.get("features") == list(FEATURES)
        trained = None
        if found is not None and usable:
            parts = {name: tuple(found["weights"][name]) for name in ("mean", "spread", "weight")}
            weights = Weights(**parts, intercept=found["weights"]["intercept"])
            trained = Trained(weights, found["log_loss"], found["rank_log_loss"], found["gain_error"], found["folds"])
        corrections = {
            int(i): {Likelihood(k): Likelihood(v) for k, v in of_one.items()} for i, of_one in facts.get("corrections", {}).items()
        }
        return cls(facts["deals"], facts["won"], trained, corrections)


@dataclass(frozen=True, slots=True)
class Reason:
    """One part of a score: the number behind it (None for not known) and the log-odds it adds to those of an average deal."""

    feature: Feature
    number: float | None
    adds: float

    @property
    def raises(self) -> bool:
        """True when it speaks for the deal."""
        return self.adds > 0


def probability(weights: Weights, row: Sequence[float]) -> float:
    """Return how likely a deal with these scaled numbers is to be won, between 0 and 1."""
    total = weights.intercept + sum(_parts(weights, row))
    return 1 / (1 + exp(-total)) if total >= 0 else exp(total) / (1 + exp(total))


def reasons_for(weights: Weights, numbers: Mapping[Feature, float | None]) -> tuple[Reason, ...]:
    """Return what moves the score most, the strongest first; the rank itself is no reason."""
    parts = _parts(weights, to_scale(numbers))
    found = [Reason(feature, numbers[feature], adds) for feature, adds in zip(FEATURES, parts, strict=True)]
    told = [r for r in found if r.feature is not Feature.RANK and r.number is not None and abs(r.adds) >= LEAST_REASON]
    return tuple(sorted(told, key=lambda reason: (-abs(reason.adds), FEATURES.index(reason.feature)))[:MOST_REASONS])


def rank_of(chance: float) -> Likelihood:
    """Return the rank whose range a probability lies in."""
    return from_percent(min(100.0, max(0.0, 100 * chance)))


def _parts(weights: Weights, row: Sequence[float]) -> list[float]:
    """Return what each number adds; one that is not known adds nothing."""
    columns = zip(row, weights.mean, weights.spread, weights.weight, strict=True)
    return [weight * (value - mean) / spread if isfinite(value) and spread > 0 else 0.0 for value, mean, spread, weight in columns]


def _moved(known: Known) -> float:
    """Return the direction of the last move between ranks in the last 90 days: 1 towards A, -1 towards D, 0 for none."""
    ranked = [(at, OPEN.index(rank)) for at, rank in known.ranks if rank in OPEN]
    if len(ranked) < 2 or ranked[-1][0] <= known.at - RECENT or ranked[-1][1] == ranked[-2][1]:
        return 0.0
    return 1.0 if ranked[-1][1] < ranked[-2][1] else -1.0


def _days(time: timedelta) -> float:
    return max(time / _DAY, 0.0)


def _log_odds(share: float) -> float:
    return log(share / (1 - share))


def _log_yen(amount: float) -> float:
    return log10(max(amount, 0.0) + 10_000)


_SCALES = {
    Feature.RANK: _log_odds,
    Feature.RECENCY: log1p,
    Feature.CONTACTS: log1p,
    Feature.STEPS: log1p,
    Feature.AMOUNT: _log_yen,
    Feature.AGE: log1p,
    Feature.BOUGHT: log1p,
    Feature.RHYTHM: log1p,
    Feature.ASKED: log1p,
}
