"""How far stated likelihoods can be believed: of the deals ranked A, how many were won.

A rank says a range (A: 80 % and more). Beside it stands the share that was won with its Wilson interval: where the truth lies with
95 % certainty when these deals are a sample of many. The Brier score is the mean of (stated − came true)²: 0 is perfect, and
always saying the share that is won anyway gives `base_brier`, which stating ranks should beat.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import sqrt

from fieldsales.domain.likelihood import LOOKS, OPEN, Likelihood, from_percent

MIN_OF_RANK = 10  # decided deals of one rank, for its share to be judged
MIN_DEALS = 30  # decided deals with a rank, for a curve and a Brier score
MIN_OF_EACH = 5  # of them won, and of them lost
Z_95 = 1.959963984540054
RANGES: Mapping[Likelihood, tuple[float, float]] = {
    Likelihood.A: (0.8, 1.0),
    Likelihood.B: (0.5, 0.8),
    Likelihood.C: (0.2, 0.5),
    Likelihood.D: (0.0, 0.2),
}


class Enough(StrEnum):
    """Whether there are deals enough to judge somebody's ranks, or what is missing."""

    ENOUGH = "enough"
    NONE = "none"
    FEW = "few"
    ONLY_WON = "only_won"
    ONLY_LOST = "only_lost"
    FEW_WON = "few_won"
    FEW_LOST = "few_lost"


class Verdict(StrEnum):
    """What the deals of one rank say of it; `hopeful` is a rank that promises more than came true."""

    FITS = "fits"
    HOPEFUL = "hopeful"
    CAUTIOUS = "cautious"
    FEW = "few"


def wilson(won: int, count: int, *, z: float = Z_95) -> tuple[float, float]:
    """Return the interval in which a share lies of which `won` of `count` were seen; everything from 0 to 1 when none were."""
    if not count:
        return 0.0, 1.0
    share, z2 = won / count, z * z
    middle = share + z2 / (2 * count)
    reach = z * sqrt(share * (1 - share) / count + z2 / (4 * count * count))
    low, high = ((middle + side * reach) / (1 + z2 / count) for side in (-1, 1))
    return max(0.0, min(low, share)), min(1.0, max(high, share))


@dataclass(frozen=True, slots=True)
class RankRecord:
    """What became of the deals stated at one rank."""

    rank: Likelihood
    count: int
    won: int

    @property
    def stated(self) -> float:
        """The share that the rank stands for."""
        return LOOKS[self.rank].share or 0.0

    @property
    def share(self) -> float | None:
        """The share that was won, None when there are no deals."""
        return self.won / self.count if self.count else None

    @property
    def interval(self) -> tuple[float, float]:
        """Where the true share lies."""
        return wilson(self.won, self.count)

    @property
    def verdict(self) -> Verdict:
        """Whether the rank's range and the interval of what was won meet."""
        if self.count < MIN_OF_RANK:
            return Verdict.FEW
        (least, most), (low, high) = RANGES[self.rank], self.interval
        return Verdict.HOPEFUL if high < least else Verdict.CAUTIOUS if low > most else Verdict.FITS

    @property
    def corrected(self) -> Likelihood:
        """The rank that the record stands for: another than the stated one only where the two contradict each other."""
        if self.verdict in (Verdict.FEW, Verdict.FITS):
            return self.rank
        return from_percent(100 * self.won / self.count)


@dataclass(frozen=True, slots=True)
class Calibration:
    """What became of somebody's decided deals, rank by rank from A to D; `unrated` were decided without ever having a rank."""

    ranks: tuple[RankRecord, ...]
    unrated: int = 0

    @property
    def count(self) -> int:
        """The decided deals that had a rank."""
        return sum(record.count for record in self.ranks)

    @property
    def won(self) -> int:
        """Those of them that were won."""
        return sum(record.won for record in self.ranks)

    @property
    def stated_share(self) -> float | None:
        """The share that the ranks promised."""
        return sum(r.count * r.stated for r in self.ranks) / self.count if self.count else None

    @property
    def share(self) -> float | None:
        """The share that was won."""
        return self.won / self.count if self.count else None

    @property
    def brier(self) -> float | None:
        """The mean of (stated − came true)², None without deals."""
        if not self.count:
            return None
        return sum(r.won * (1 - r.stated) ** 2 + (r.count - r.won) * r.stated**2 for r in self.ranks) / self.count

    @property
    def base_brier(self) -> float | None:
        """What always stating the share that was won would have given."""
        share = self.share
        return None if share is None else share * (1 - share)

    @property
    def enough(self) -> Enough:
        """Whether this is enough for a curve and a score."""
        lost = self.count - self.won
        if not self.count:
            return Enough.NONE
        if not lost or not self.won:
            return Enough.ONLY_LOST if not self.won else Enough.ONLY_WON
        if self.count < MIN_DEALS:
            return Enough.FEW
        if self.won < MIN_OF_EACH or lost < MIN_OF_EACH:
            return Enough.FEW_WON if self.won < MIN_OF_EACH else Enough.FEW_LOST
        return Enough.ENOUGH

    @property
    def corrections(self) -> dict[Likelihood, Likelihood]:
        """The ranks that the record contradicts, and what they stand for."""
        return {record.rank: record.corrected for record in self.ranks if record.corrected is not record.rank}


def calibrate(decided: Iterable[tuple[Likelihood | None, bool, int]]) -> Calibration:
    """Return the calibration of decided deals given as (stated rank, won, how many)."""
    counts = dict.fromkeys(OPEN, 0)
    won = dict.fromkeys(OPEN, 0)
    unrated = 0
    for rank, came_true, count in decided:
        if rank is None:
            unrated += count
            continue
        counts[rank] += count
        won[rank] += count if came_true else 0
    return Calibration(tuple(RankRecord(rank, counts[rank], won[rank]) for rank in OPEN), unrated)
