"""The bias meter: do visits go where the potential lies, or where the office is?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from fieldsales.domain.geodesy import EARTH_RADIUS_M
from fieldsales.domain.travel import Point
from fieldsales.domain.web_mercator import Floats, Ints

BAND_ENDS_KM = (5, 10, 20, 40, 80)
BALANCED_POINTS = 10  # of a hundred: less than this is no bias worth a word


class Weight(StrEnum):
    """What a customer's potential was taken from: expected amounts, or one each where nobody has any."""

    AMOUNT = "amount"
    CUSTOMER = "customer"


class Leaning(StrEnum):
    """Where visits go, held against the potential."""

    NEAR = "near"
    FAR = "far"
    BALANCED = "balanced"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Band:
    """Customers from `from_km` up to, but not at, `to_km` (None: whatever lies beyond) from the office."""

    from_km: int
    to_km: int | None
    customers: int
    potential: float
    visits: int


@dataclass(frozen=True, slots=True)
class Bias:
    """Visits and potential by distance. Half of the potential, or as little more as can be, lies within `half_km` of the office.

    `near_potential` is its share exactly, `near_visits` the share of visits that go to these customers; all three are None without
    customers, `near_visits` without visits. `weight` says what potential means here.
    """

    bands: tuple[Band, ...]
    weight: Weight
    half_km: float | None = None
    near_potential: float | None = None
    near_visits: float | None = None

    @property
    def points(self) -> int | None:
        """How much more of the visits than of the potential is near, in hundredths."""
        if self.near_visits is None or self.near_potential is None:
            return None
        return round(100 * (self.near_visits - self.near_potential))

    @property
    def leaning(self) -> Leaning:
        """Where the visits go."""
        points = self.points
        if points is None:
            return Leaning.UNKNOWN
        if abs(points) < BALANCED_POINTS:
            return Leaning.BALANCED
        return Leaning.NEAR if points > 0 else Leaning.FAR


def nearest_m(lat: Floats, lon: Floats, offices: Sequence[Point]) -> Floats:
    """Return how far each place lies from the nearest of the offices, in metres along a great circle."""
    here = np.radians(lat)
    nearest = np.full(len(lat), np.inf)
    for office_lat, office_lon in offices:
        there = np.radians(office_lat)
        across = np.sin(np.radians(lon - office_lon) / 2) ** 2 * np.cos(here) * np.cos(there)
        metres = 2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.minimum(1.0, np.sin((here - there) / 2) ** 2 + across)))
        nearest = np.minimum(nearest, metres)
    return nearest


def weigh(metres: Floats, potential: Floats, owned: Ints, visits: Ints) -> Bias:
    """Return the bias of visits to customers at these distances.

    `owned` is 1 for the customers whose potential counts, `visits` how often each was visited; all arrays have one entry a customer.
    Amounts below zero count as none.
    """
    worth = np.where(owned > 0, np.maximum(potential, 0.0), 0.0)
    weight = Weight.AMOUNT if worth.sum() > 0 else Weight.CUSTOMER
    if weight is Weight.CUSTOMER:
        worth = owned.astype(np.float64)
    band = np.searchsorted(np.array(BAND_ENDS_KM) * 1000.0, metres, side="right")
    bands = tuple(_band(number, band == number, owned, worth, visits) for number in range(len(BAND_ENDS_KM) + 1))
    if not worth.sum():
        return Bias(bands, weight)
    order = np.argsort(metres, kind="stable")
    reached = np.cumsum(worth[order])
    half = float(metres[order][int(np.searchsorted(reached, reached[-1] / 2))])
    near = metres <= half
    made = int(visits.sum())
    return Bias(bands, weight, half / 1000, float(worth[near].sum() / worth.sum()), float(visits[near].sum() / made) if made else None)


def _band(number: int, inside: np.ndarray[tuple[int], np.dtype[np.bool_]], owned: Ints, worth: Floats, visits: Ints) -> Band:
    edges = (0, *BAND_ENDS_KM, None)
    return Band(
        from_km=edges[number] or 0,
        to_km=edges[number + 1],
        customers=int(owned[inside].sum()),
        potential=float(worth[inside].sum()),
        visits=int(visits[inside].sum()),
    )
