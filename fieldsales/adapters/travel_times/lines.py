"""Lines on the map: unpacked from a server's shorthand, and with no more points than an eye can tell apart."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from fieldsales.domain.geodesy import METRES_PER_DEGREE
from fieldsales.domain.travel import Point

from .servers import Nonsense

TOLERANCE_M = 8.0
MOST_POINTS = 1_500


def decoded(shape: str, *, digits: int) -> list[Point]:
    """Return the points of an encoded polyline (https://developers.google.com/maps/documentation/utilities/polylinealgorithm).

    Raises:
        Nonsense: it is cut short or holds other characters.
    """
    numbers: list[int] = []
    number = shift = 0
    for character in shape:
        bits = ord(character) - 63
        if not 0 <= bits < 64 or shift > 60:
            raise Nonsense("no encoded line")
        number |= (bits & 31) << shift
        shift += 5
        if bits < 32:
            numbers.append(~(number >> 1) if number & 1 else number >> 1)
            number = shift = 0
    if shift or len(numbers) % 2:
        raise Nonsense("an encoded line cut short")
    steps = np.array(numbers, dtype=np.int64).reshape(-1, 2)
    return [(float(lat), float(lon)) for lat, lon in steps.cumsum(axis=0) / 10**digits]


def simplified(points: list[Point], *, tolerance_m: float = TOLERANCE_M, most: int = MOST_POINTS) -> tuple[Point, ...]:
    """Return fewer points from which the line strays by no more than the tolerance, or as much more as `most` points take."""
    if len(points) < 3:
        return tuple(points)
    flat = _flattened(points)
    while True:
        kept = _kept(flat, tolerance_m)
        if kept.sum() <= most:
            return tuple((round(lat, 6), round(lon, 6)) for (lat, lon), keep in zip(points, kept, strict=True) if keep)
        tolerance_m *= 2


def _flattened(points: list[Point]) -> npt.NDArray[np.float64]:
    """Return the points in metres on a plane; the date line is no wall."""
    places = np.asarray(points, dtype=np.float64)
    turned = (places[:, 1] - places[0, 1] + 180) % 360 - 180
    scale = np.cos(np.radians(places[:, 0].mean()))
    return np.column_stack([turned * scale, places[:, 0]]) * METRES_PER_DEGREE


def _kept(flat: npt.NDArray[np.float64], tolerance_m: float) -> npt.NDArray[np.bool_]:
    """Return which points stay (Douglas and Peucker): the ends, and whatever lies off the line between those that stay."""
    kept = np.zeros(len(flat), dtype=bool)
    kept[[0, -1]] = True
    spans = [(0, len(flat) - 1)]
    while spans:
        first, last = spans.pop()
        if last - first < 2:
            continue
        away = _distances(flat[first + 1 : last], flat[first], flat[last])
        farthest = int(away.argmax())
        if away[farthest] > tolerance_m:
            middle = first + 1 + farthest
            kept[middle] = True
            spans += [(first, middle), (middle, last)]
    return kept


def _distances(points: npt.NDArray[np.float64], start: npt.NDArray[np.float64], end: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return how far points lie from the piece of a line between two others."""
    along, length = end - start, float(((end - start) ** 2).sum())
    share = np.clip((points - start) @ along / length, 0, 1) if length else np.zeros(len(points))
    away: npt.NDArray[np.float64] = np.hypot(*(points - start - share[:, None] * along).T)
    return away
