"""How well the position of a tap on “I am here” agrees with a customer's pin, and when a position is not one at all.

The rule. A browser's accuracy is the radius of 95 % confidence (W3C Geolocation), a pin's `precision_m` that of 90 %, and
a customer is no point either: door, yard and car park lie within SITE_RADIUS_M. All three are taken for circular normal
errors, so their variances add, and of somebody who really is at the customer the distance to the pin follows
a Rayleigh distribution with that variance:

- *verified*: within the distance that 95 of 100 such people keep, and that distance is at most VERIFIED_REACH_M:
  a coarse position or pin agrees with half a town and proves nothing;
- *plausible*: within the distance that 999 of 1000 keep, so that hardly anybody is called far who was there;
- *far*: beyond that;
- *unknown*: no usable position, no pin, or a disagreement with a pin that is in doubt itself.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from fieldsales.domain.geodesy import distance_m
from fieldsales.domain.places import Level, LocateReason
from fieldsales.domain.words import CheckInState

SITE_RADIUS_M = 60.0
VERIFIED_REACH_M = 150.0
UNSTATED_PRECISION_M = 300.0  # a pin that does not say how exact it is: about a district (丁目)
BEST_ACCURACY_M = 3.0  # better than this no phone is, whatever it claims
WORST_ACCURACY_M = 100_000.0
CLOCK_AHEAD = timedelta(minutes=2)
OLDEST_FIX = timedelta(minutes=15)
GRID_DEG = 0.01  # 1.1 km
GRID_M = 1_000.0


def _radius_of(share: float) -> float:
    """Return the radius, in standard deviations, of the circle that holds `share` of a circular normal distribution."""
    return math.sqrt(-2 * math.log(1 - share))


_ACCURACY, _PRECISION, _EXPECTED, _POSSIBLE = (_radius_of(share) for share in (0.95, 0.90, 0.95, 0.999))


class CheckInReason(StrEnum):
    """Why a check-in has its state; screens turn it into a sentence."""

    NEAR = "near"
    PIN_OF_TOWN = "pin_of_town"
    PIN_OF_POSTAL_CODE = "pin_of_postal_code"
    PIN_OF_CITY = "pin_of_city"
    PIN_COARSE = "pin_coarse"
    GPS_COARSE = "gps_coarse"
    ASIDE = "aside"
    AWAY = "away"
    PIN_DOUBTED = "pin_doubted"
    NO_PIN = "no_pin"
    DENIED = "denied"
    UNAVAILABLE = "unavailable"
    TIMEOUT = "timeout"
    INSECURE = "insecure"
    UNSUPPORTED = "unsupported"
    NONSENSE = "nonsense"
    CLOCK = "clock"
    NOT_GIVEN = "not_given"


# What a browser itself may say instead of a position.
FAILURES = frozenset(
    {
        CheckInReason.DENIED,
        CheckInReason.UNAVAILABLE,
        CheckInReason.TIMEOUT,
        CheckInReason.INSECURE,
        CheckInReason.UNSUPPORTED,
    }
)
_OF_LEVEL = {
    Level.CHOME: CheckInReason.PIN_OF_TOWN,
    Level.KOAZA: CheckInReason.PIN_OF_TOWN,
    Level.OAZA: CheckInReason.PIN_OF_TOWN,
    Level.POSTAL: CheckInReason.PIN_OF_POSTAL_CODE,
    Level.CITY: CheckInReason.PIN_OF_CITY,
}
_DOUBTS = frozenset({LocateReason.ADDRESS_CHANGED, LocateReason.POSTAL_CODE_DISAGREES})


@dataclass(frozen=True, slots=True)
class Position:
    """One fix of a device: degrees, the radius of 95 % confidence, and when it was taken."""

    lat: float
    lon: float
    accuracy_m: float
    taken_at: datetime


@dataclass(frozen=True, slots=True)
class Pin:
    """A customer's pin; `doubted` when its own precision cannot be trusted (the address changed, the postal code disagrees)."""

    lat: float
    lon: float
    precision_m: float
    level: Level = Level.POINT
    doubted: bool = False

    @classmethod
    def of(cls, lat: float | None, lon: float | None, precision_m: float | None, level: Level, reason: LocateReason) -> Pin | None:
        """Return the pin that a customer's columns describe, None when there is none."""
        if lat is None or lon is None:
            return None
        return cls(lat, lon, UNSTATED_PRECISION_M if precision_m is None else precision_m, level, reason in _DOUBTS)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a position says: its state, why, and how far it lies from the pin (None without pin or position)."""

    state: CheckInState
    reason: CheckInReason
    distance_m: float | None = None


def read_position(answer: Mapping[str, object], *, now: datetime) -> Position | CheckInReason:
    """Return what a browser answered as a position, or why it is none.

    `answer` has `lat`, `lon` (degrees), `accuracy` (metres) and `taken_at` (milliseconds since 1970), or `error`, one of FAILURES.
    Whatever else it holds is NONSENSE; a fix from the future or older than a quarter of an hour is CLOCK.
    """
    if "error" in answer:
        return next((failure for failure in FAILURES if failure == answer["error"]), CheckInReason.NONSENSE)
    lat, lon, accuracy, taken_ms = (_number(answer.get(name)) for name in ("lat", "lon", "accuracy", "taken_at"))
    if lat is None or lon is None or accuracy is None or taken_ms is None or not 0 <= taken_ms < 1e14:
        return CheckInReason.NONSENSE
    return checked_position(Position(lat, lon, accuracy, datetime.fromtimestamp(taken_ms / 1000, UTC)), now=now)


def checked_position(position: Position, *, now: datetime) -> Position | CheckInReason:
    """Return a position that can be believed, or why this one cannot."""
    lat, lon, accuracy = position.lat, position.lon, position.accuracy_m
    if not all(math.isfinite(value) for value in (lat, lon, accuracy)):
        return CheckInReason.NONSENSE
    lost = abs(lat) < 1e-6 and abs(lon) < 1e-6  # where devices that know nothing say they are
    if lost or not (-90 <= lat <= 90 and -180 <= lon <= 180 and 0 <= accuracy <= WORST_ACCURACY_M):
        return CheckInReason.NONSENSE
    if not now - OLDEST_FIX <= position.taken_at <= now + CLOCK_AHEAD:
        return CheckInReason.CLOCK
    return position


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value)
    except OverflowError:
        return None


def judge(position: Position, pin: Pin | None) -> Verdict:
    """Return how well a believable position agrees with a pin, by the rule at the head of this module."""
    if pin is None:
        return Verdict(CheckInState.UNKNOWN, CheckInReason.NO_PIN)
    distance = distance_m(position.lat, position.lon, pin.lat, pin.lon)
    gps = max(position.accuracy_m, BEST_ACCURACY_M) / _ACCURACY
    place = pin.precision_m / _PRECISION
    spread = math.hypot(gps, place, SITE_RADIUS_M / _PRECISION)
    if distance > _POSSIBLE * spread:
        return Verdict(*_BEYOND[pin.doubted], distance)
    if pin.doubted:
        return Verdict(CheckInState.PLAUSIBLE, CheckInReason.PIN_DOUBTED, distance)
    if distance > _EXPECTED * spread:
        return Verdict(CheckInState.PLAUSIBLE, CheckInReason.ASIDE, distance)
    if _EXPECTED * spread <= VERIFIED_REACH_M:
        return Verdict(CheckInState.VERIFIED, CheckInReason.NEAR, distance)
    coarse = CheckInReason.GPS_COARSE if gps > place else _OF_LEVEL.get(pin.level, CheckInReason.PIN_COARSE)
    return Verdict(CheckInState.PLAUSIBLE, coarse, distance)


_BEYOND = {
    False: (CheckInState.FAR, CheckInReason.AWAY),
    True: (CheckInState.UNKNOWN, CheckInReason.PIN_DOUBTED),
}


def coarsened(lat: float, lon: float, accuracy_m: float) -> tuple[float, float, float]:
    """Return a position on a grid of about 1 km, its accuracy rounded up to whole kilometres; doing it twice changes nothing."""
    coarse_lat = round(lat / GRID_DEG) * GRID_DEG
    # A degree of longitude shrinks towards the poles: wider cells keep their kilometre.
    step = GRID_DEG / max(math.cos(math.radians(coarse_lat)), 0.01)
    coarse_lon = max(-180.0, min(180.0, round(lon / step) * step))
    return round(coarse_lat, 4), round(coarse_lon, 4), max(1, math.ceil(accuracy_m / GRID_M)) * GRID_M
