"""Travel times without a map of roads: the straight line, lengthened and timed by how far it reaches.

A short way is slow and roundabout (back streets, lights), a long one finds the fast roads. Each means of travel has bands of
straight distance; each band says how much longer the road is than the line and how fast one gets along on it, stops
included. Time adds up band by band, so that it never jumps and farther always takes longer. The figures and where
they come from are in `docs/travel-times.md`; parking and finding the door are not among them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fieldsales.domain.geodesy import EARTH_RADIUS_M
from fieldsales.domain.planning.problem import UNREACHABLE
from fieldsales.domain.travel import Point, TravelTable
from fieldsales.domain.words import TravelMode

Metres = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Band:
    """How one gets along on the part of a straight line that lies below `up_to_m`."""

    up_to_m: float
    detour: float
    km_per_hour: float


CAR = (
    Band(1_000, 1.45, 18.0),
    Band(5_000, 1.38, 23.0),
    Band(20_000, 1.33, 34.0),
    Band(60_000, 1.30, 48.0),
    Band(math.inf, 1.25, 75.0),
)
BICYCLE = (Band(1_000, 1.35, 11.0), Band(math.inf, 1.30, 13.5))
WALK = (Band(math.inf, 1.30, 4.8),)
# Between stations the team's own minutes count (`services.travel.travel`); what is left to a passenger is to walk.
BANDS: Mapping[TravelMode, tuple[Band, ...]] = {
    TravelMode.CAR: CAR,
    TravelMode.BICYCLE: BICYCLE,
    TravelMode.WALK: WALK,
    TravelMode.TRAIN: WALK,
}


class Estimate:
    """Satisfies `services.ports.TravelTimes` anywhere on earth without asking anybody."""

    def table(self, points: Sequence[Point], *, mode: TravelMode) -> TravelTable:
        """Return times and distances between all points; a point that is none has no way to any other."""
        straight = straight_metres(points)
        metres, seconds = along_bands(straight, BANDS[mode])
        known = np.isfinite(straight)
        return TravelTable(
            seconds=np.where(known, np.rint(np.where(known, seconds, 0.0)), UNREACHABLE).astype(np.int64),
            metres=np.rint(np.where(known, metres, 0.0)).astype(np.int64),
        )

    def line(self, points: Sequence[Point], *, mode: TravelMode) -> tuple[Point, ...]:
        """Return the points: straight from one to the next."""
        return tuple(points)


def straight_metres(points: Sequence[Point]) -> Metres:
    """Return the great-circle distances between all points, of shape (n, n): 0 between identical ones, NaN to what is no point."""
    places = np.radians(np.asarray(points, dtype=np.float64).reshape(-1, 2))
    lat, lon = places[:, 0], places[:, 1]
    with np.errstate(invalid="ignore"):
        north = np.sin((lat[:, None] - lat[None, :]) / 2) ** 2
        east = np.sin((lon[:, None] - lon[None, :]) / 2) ** 2 * np.cos(lat)[:, None] * np.cos(lat)[None, :]
        metres: Metres = 2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.clip(north + east, 0.0, 1.0)))
    unknown = ~np.isfinite(places).all(axis=1)
    metres[unknown, :] = metres[:, unknown] = np.nan
    np.fill_diagonal(metres, 0.0)
    return metres


def along_bands(straight: Metres, bands: Sequence[Band]) -> tuple[Metres, Metres]:
    """Return the metres of road and the seconds that straight distances come to."""
    road, seconds, below = np.zeros_like(straight), np.zeros_like(straight), 0.0
    for band in bands:
        within = np.clip(straight, below, band.up_to_m) - below
        road += within * band.detour
        seconds += within * band.detour / (band.km_per_hour / 3.6)
        below = band.up_to_m
    return road, seconds
