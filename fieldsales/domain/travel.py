"""Travel between points: how long, how far, how sure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

Point = tuple[float, float]  # latitude, longitude in degrees (WGS 84)


class TravelSource(StrEnum):
    """Where travel times come from."""

    ESTIMATE = "estimate"
    ROADS = "roads"


class TravelNote(StrEnum):
    """What a reader should know about travel times; one of each at most."""

    SERVER_DOWN = "server_down"  # the routing server did not answer in time: estimated
    SERVER_BROKEN = "server_broken"  # it answered nonsense: estimated
    SOME_ESTIMATED = "some_estimated"  # it knew no way between some points: these are estimated


@dataclass(frozen=True, slots=True, eq=False)
class TravelTable:
    """Times in whole seconds and distances in metres between n points, both of shape (n, n), row from, column to.

    A pair without any way has `problem.UNREACHABLE` seconds. `spread` is the relative half-width that holds about two thirds of
    actual times, of the same shape, None when nothing is known about it.
    """

    seconds: npt.NDArray[np.int64]
    metres: npt.NDArray[np.int64]
    source: TravelSource = TravelSource.ESTIMATE
    notes: tuple[TravelNote, ...] = ()
    spread: npt.NDArray[np.float64] | None = None
