"""Where a customer seems to be, from the check-ins of people who stood at the door.

One check-in counts per person and day: three taps in one car park are one opinion. Wanted are at least MIN_CHECK_INS
accurate ones that agree with each other, more than half of all; their median by coordinate is the proposal. As long as
most of them are right, outliers move a median no farther than the others lie apart, however far out they are.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from fieldsales.domain.check_in import Pin, Position, judge
from fieldsales.domain.geodesy import distance_m, moved_by, offset_m
from fieldsales.domain.words import CheckInState

MIN_CHECK_INS = 3
ACCURATE_M = 50.0
AGREEING_M = 75.0
APPROXIMATE_BEYOND_M = 30.0  # pins set by hand or given with the list are as exact as this
AWAY_BEYOND_M = 30.0


@dataclass(frozen=True, slots=True)
class ProposedPlace:
    """Where the pin may belong, how many check-ins say so, and how far that is from the pin (None when there is none)."""

    lat: float
    lon: float
    check_ins: int
    distance_m: float | None


def propose_place(positions: Sequence[Position], pin: Pin | None) -> ProposedPlace | None:
    """Return where `positions` (one per person and day) say that an approximate or missing pin belongs.

    None when too few agree, when the pin is exact enough, when it is there already, and when they lie farther
    from the pin than its precision admits: then they were taken somewhere else, or a person has to look.
    """
    if pin is not None and pin.precision_m <= APPROXIMATE_BEYOND_M and not pin.doubted:
        return None
    accurate = [position for position in positions if position.accuracy_m <= ACCURATE_M]
    if len(accurate) < MIN_CHECK_INS:
        return None
    lat, lon = _median(accurate)
    agreeing = [position for position in accurate if distance_m(lat, lon, position.lat, position.lon) <= AGREEING_M]
    if len(agreeing) < MIN_CHECK_INS or 2 * len(agreeing) <= len(accurate):
        return None
    lat, lon = _median(agreeing)
    if pin is None:
        return ProposedPlace(lat, lon, len(agreeing), None)
    away = distance_m(lat, lon, pin.lat, pin.lon)
    middle = Position(lat, lon, max(position.accuracy_m for position in agreeing), agreeing[0].taken_at)
    beyond = not pin.doubted and judge(middle, pin).state is CheckInState.FAR
    return None if away <= AWAY_BEYOND_M or beyond else ProposedPlace(lat, lon, len(agreeing), away)


def _median(positions: Sequence[Position]) -> tuple[float, float]:
    """Return the median by coordinate, reckoned from the first position so that the date line does not tear it apart."""
    first = positions[0]
    offsets = [offset_m(first.lat, first.lon, position.lat, position.lon) for position in positions]
    lat, lon = moved_by(first.lat, first.lon, median(east for east, _ in offsets), median(north for _, north in offsets))
    return max(-90.0, min(90.0, lat)), lon if math.isfinite(lon) else first.lon
