"""Areas drawn on a map: read from what a browser sends, checked, and asked which places lie inside.

A ring is a closed line of (lat, lon) in degrees, its last corner joined to its first. Longitudes run on without a jump, beyond ±180
where the line crosses the antimeridian. Inside is whatever the line goes round, also where it crosses itself and goes round twice:
a finger draws no clean curve. Who needs a clean one (a territory) asks for `require_simple`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from fieldsales.errors import N_, FixTheInput

Point: TypeAlias = tuple[float, float]
Ring: TypeAlias = tuple[Point, ...]
Floats: TypeAlias = NDArray[np.float64]

MOST_RINGS = 20
MOST_CORNERS = 2_000
FEWEST_CORNERS = 3
# A tap that slipped: less than a metre across, wherever it is.
LEAST_DEGREES = 1e-5


class NoArea(FixTheInput):
    code = "no_area"
    message = N_("That line encloses nothing. Draw around the customers and lift the finger where you began.")
    field = "rings"


class BadArea(FixTheInput):
    code = "bad_area"
    message = N_("This is no area on a map: at most {rings} lines of at most {corners} corners each.")
    field = "rings"


class AreaAroundTheWorld(FixTheInput):
    code = "area_around_the_world"
    message = N_("That line goes around the whole world, so that it has no inside. Draw a smaller area.")
    field = "rings"


class AreaCrossesItself(FixTheInput):
    code = "area_crosses_itself"
    message = N_("The line crosses itself near {lat}, {lon}, so that its inside is not clear. Draw it without a loop.")
    field = "rings"


def read_rings(drawn: Any) -> tuple[Ring, ...]:
    """Return rings from lists of [lat, lon]; of an antimeridian that is crossed the longitudes go on, the first one within ±180.

    Raises:
        BadArea: not lists of numbers on earth, or too many. NoArea: nothing is enclosed. AreaAroundTheWorld.
    """
    bad = BadArea(rings=MOST_RINGS, corners=MOST_CORNERS)
    if not isinstance(drawn, Sequence) or isinstance(drawn, str) or len(drawn) > MOST_RINGS:
        raise bad
    rings = []
    for line in drawn:
        if not isinstance(line, Sequence) or isinstance(line, str) or len(line) > MOST_CORNERS:
            raise bad
        rings.append(_ring([_point(corner, bad) for corner in line]))
    return tuple(rings)


def _point(corner: Any, bad: BadArea) -> Point:
    try:
        lat, lon = (float(part) for part in corner)
    except (TypeError, ValueError):
        raise bad from None
    if not (math.isfinite(lat) and math.isfinite(lon) and -90 <= lat <= 90 and abs(lon) <= 3600):
        raise bad
    return lat, lon


def _ring(points: list[Point]) -> Ring:
    line: list[Point] = []
    for lat, lon in points:
        if line:
            lon += 360 * round((line[-1][1] - lon) / 360)
        if not line or (lat, lon) != line[-1]:
            line.append((lat, lon))
    if len(line) > 1 and line[0] == line[-1]:
        line.pop()
    lats, lons = [lat for lat, _ in line], [lon for _, lon in line]
    if len(line) < FEWEST_CORNERS or max(max(lats) - min(lats), max(lons) - min(lons)) < LEAST_DEGREES:
        raise NoArea()
    if abs(lons[-1] - lons[0]) > 180 or max(lons) - min(lons) >= 360:  # the way back to the first corner would be the long one
        raise AreaAroundTheWorld()
    turn = -360 * math.floor((lons[0] + 180) / 360)
    return tuple((lat, lon + turn) for lat, lon in line)


def box_of(ring: Ring) -> tuple[float, float, float, float]:
    """Return west, south, east, north in degrees; west is within ±180 or east of it, never further than a turn."""
    lats, lons = zip(*ring, strict=True)
    return min(lons), min(lats), max(lons), max(lats)


def within(rings: Sequence[Ring], lat: Floats, lon: Floats) -> NDArray[np.bool_]:
    """Return which of the places, in degrees within ±180, lie inside one of the rings."""
    inside = np.zeros(len(lat), bool)
    for ring in rings:
        west, south, east, north = box_of(ring)
        for turn in (-360.0, 0.0, 360.0):
            x = lon + turn
            near = np.flatnonzero((x >= west) & (x <= east) & (lat >= south) & (lat <= north) & ~inside)
            if len(near):
                inside[near[_windings(ring, lat[near], x[near]) != 0]] = True
    return inside


def _windings(ring: Ring, lat: Floats, lon: Floats) -> NDArray[np.int64]:
    """Return how often the ring goes round each place: each edge is asked only about the places level with it."""
    order = np.argsort(lat, kind="stable")
    y, x = lat[order], lon[order]
    turns = np.zeros(len(y), np.int64)
    corners = np.array(ring)
    for (y0, x0), (y1, x1) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        if y0 == y1:
            continue
        low, high = np.searchsorted(y, (min(y0, y1), max(y0, y1)))  # half open: a corner counts for one of its edges
        level = slice(low, high)
        crossing = x0 + (y[level] - y0) * ((x1 - x0) / (y1 - y0))
        turns[level] += np.where(x[level] < crossing, 1 if y1 > y0 else -1, 0)
    found = np.empty_like(turns)
    found[order] = turns
    return found


def find_crossing(ring: Ring) -> Point | None:
    """Return a place (lat, lon) where the line crosses itself, None when it does not; touching in a corner is no crossing."""
    start = np.array(ring)
    end = np.roll(start, -1, axis=0)
    for number in range(len(ring) - 2):
        others = slice(number + 2, len(ring) - (1 if number == 0 else 0))  # not its neighbours
        p, q, r, s = start[number], end[number], start[others], end[others]
        hit = (_side(p, q, r) * _side(p, q, s) < 0) & (_side(r, s, p) * _side(r, s, q) < 0)
        if hit.any():
            first = int(np.flatnonzero(hit)[0])
            return _meeting(p, q, r[first], s[first])
    return None


def require_simple(rings: Sequence[Ring]) -> None:
    """Raise AreaCrossesItself unless no line crosses itself."""
    for ring in rings:
        crossing = find_crossing(ring)
        if crossing is not None:
            raise AreaCrossesItself(lat=round(crossing[0], 3), lon=round((crossing[1] + 180) % 360 - 180, 3))


def _side(p: Floats, q: Floats, r: Floats) -> Floats:
    """Return on which side of the line from p to q each r lies, as a sign."""
    turn: Floats = np.sign((q[..., 0] - p[..., 0]) * (r[..., 1] - p[..., 1]) - (q[..., 1] - p[..., 1]) * (r[..., 0] - p[..., 0]))
    return turn


def _meeting(p: Floats, q: Floats, r: Floats, s: Floats) -> Point:
    d, e = q - p, s - r
    along = ((r[0] - p[0]) * e[1] - (r[1] - p[1]) * e[0]) / (d[0] * e[1] - d[1] * e[0])
    return float(p[0] + along * d[0]), float(p[1] + along * d[1])
