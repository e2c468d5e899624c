"""A day's route handed to a map app: links that hold several stops, as many as the app takes at once.

Google documents nine waypoints a link (a phone without its app shows three) and 2,048 characters; Apple documents repeated
`waypoint`s for `maps.apple.com/directions` since iOS 18.4 and shows fourteen stops, of which we use as many as for Google.
Neither takes waypoints for trains, so there each link leads to one stop. Nothing is contacted until a person taps a link.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from fieldsales.domain.navigation_links import GOOGLE_MODES
from fieldsales.domain.travel import Point
from fieldsales.domain.words import TravelMode

MAX_WAYPOINTS = 9
MAX_URL = 2_048
_SAME_DEGREES = 1e-6  # what six decimals tell apart, about ten centimetres
_APPLE_MODES = {
    TravelMode.CAR: "driving",
    TravelMode.BICYCLE: "cycling",
    TravelMode.WALK: "walking",
    TravelMode.TRAIN: "transit",
}


@dataclass(frozen=True, slots=True)
class Leg:
    """One link: it leads to the stops `first` to `last` (counted from 1), and to the day's end when `to_end`."""

    first: int
    last: int
    to_end: bool
    url: str


@dataclass(frozen=True, slots=True)
class _Halt:
    """A place to call at, with the stops that are there: several customers of one building are one halt."""

    point: Point
    first: int
    last: int
    is_end: bool = False


def google_legs(start: Point | None, stops: Sequence[Point], end: Point | None, *, mode: TravelMode) -> tuple[Leg, ...]:
    """Return links to Google Maps for the whole route; each begins where the one before it ends.

    Without a `start` the first begins where the phone is. Points that are no place on earth are passed over.
    """
    return _legs(start, stops, end, _google_url, mode)


def apple_legs(start: Point | None, stops: Sequence[Point], end: Point | None, *, mode: TravelMode) -> tuple[Leg, ...]:
    """Return links to Apple Maps for the whole route, as `google_legs` does; they need iOS 18.4 or macOS 15.4."""
    return _legs(start, stops, end, _apple_url, mode)


def is_place(point: Point) -> bool:
    """True for a point on earth; 0, 0 stands for what nobody knows."""
    lat, lon = point
    return math.isfinite(lat) and math.isfinite(lon) and abs(lat) <= 90 and abs(lon) <= 180 and (lat, lon) != (0.0, 0.0)


def _legs(
    start: Point | None,
    stops: Sequence[Point],
    end: Point | None,
    url_of: Callable[[Point | None, Sequence[Point], TravelMode], str],
    mode: TravelMode,
) -> tuple[Leg, ...]:
    halts = _halts(start, stops, end)
    at_once = 1 if mode is TravelMode.TRAIN else MAX_WAYPOINTS + 1
    legs, origin = [], start if start is not None and is_place(start) else None
    for begin in range(0, len(halts), at_once):
        part = halts[begin : begin + at_once]
        url = url_of(origin, [halt.point for halt in part], mode)
        legs.append(Leg(part[0].first, part[-1].last, part[-1].is_end, url))
        origin = part[-1].point
    return tuple(legs)


def _halts(start: Point | None, stops: Sequence[Point], end: Point | None) -> list[_Halt]:
    """Return where to call, neighbours at the same place as one; the first is dropped when the day begins there."""
    halts: list[_Halt] = []
    for number, point in enumerate(stops, start=1):
        if not is_place(point):
            continue
        if halts and _are_same(halts[-1].point, point):
            halts[-1] = _Halt(point, halts[-1].first, number)
        else:
            halts.append(_Halt(point, number, number))
    if end is not None and is_place(end) and halts:
        if _are_same(halts[-1].point, end):
            halts[-1] = _Halt(end, halts[-1].first, halts[-1].last, is_end=True)
        else:
            halts.append(_Halt(end, halts[-1].last, halts[-1].last, is_end=True))
    if len(halts) > 1 and start is not None and _are_same(halts[0].point, start):
        second = halts[1]
        halts[:2] = [_Halt(second.point, halts[0].first, second.last, second.is_end)]
    return halts


def _google_url(origin: Point | None, points: Sequence[Point], mode: TravelMode) -> str:
    query = {"api": "1"}
    if origin is not None:
        query["origin"] = _written(origin)
    query["destination"] = _written(points[-1])
    if len(points) > 1:
        query["waypoints"] = "|".join(_written(point) for point in points[:-1])
    query["travelmode"] = GOOGLE_MODES[mode]
    return f"https://www.google.com/maps/dir/?{urlencode(query)}"


def _apple_url(origin: Point | None, points: Sequence[Point], mode: TravelMode) -> str:
    query = [("source", _written(origin))] if origin is not None else []
    query += [("waypoint", _written(point)) for point in points[:-1]]
    query += [("destination", _written(points[-1])), ("mode", _APPLE_MODES[mode])]
    return f"https://maps.apple.com/directions?{urlencode(query)}"


def _written(point: Point) -> str:
    return f"{point[0]:.6f},{point[1]:.6f}"


def _are_same(one: Point, other: Point) -> bool:
    return abs(one[0] - other[0]) < _SAME_DEGREES and abs(one[1] - other[1]) < _SAME_DEGREES
