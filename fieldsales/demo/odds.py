"""Weighted choices whose sums are worked out once."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import accumulate
from random import Random
from typing import Generic, TypeVar

T = TypeVar("T")


class Odds(Generic[T]):
    """Values with their weights; `draw` returns one of them."""

    def __init__(self, weights: Mapping[T, float]) -> None:
        self._values = tuple(weights)
        self._sums = tuple(accumulate(weights.values()))

    def draw(self, rng: Random) -> T:
        """Return one value, as often as its weight says."""
        return rng.choices(self._values, cum_weights=self._sums)[0]
