"""Lines on the map: unpacked from a server's shorthand, and with no more points than an eye can tell apart."""

from __future__ import annotations

import heapq

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
    """Return fewer points from which the line strays by no more than the tolerance, or as little more as `most` points allow.

    Douglas's and Peucker's way, the largest bend first: the ends stay, then whatever lies farthest off the line between those that do.
    """
    if len(points) < 3:
        return tuple(points)
    flat = _flattened(points)
    kept = {0, len(points) - 1}
    bends = [_bend(flat, 0, len(points) - 1)]
    while bends and len(kept) < most:
        negative_m, first, middle, last = heapq.heappop(bends)
        if -negative_m <= tolerance_m:
            break
        kept.add(middle)
        for span in ((first, middle), (middle, last)):
            if span[1] - span[0] > 1:
                heapq.heappush(bends, _bend(flat, *span))
    return tuple((round(points[i][0], 6), round(points[i][1], 6)) for i in sorted(kept))


def _flattened(points: list[Point]) -> npt.NDArray[np.float64]:
    """Return the points in metres on a plane; the date line is no wall."""
    places = np.asarray(points, dtype=np.float64)
    turned = (places[:, 1] - places[0, 1] + 180) % 360 - 180
    scale = np.cos(np.radians(places[:, 0].mean()))
    return np.column_stack([turned * scale, places[:, 0]]) * METRES_PER_DEGREE


def _bend(flat: npt.NDArray[np.float64], first: int, last: int) -> tuple[float, int, int, int]:
    """Return how far (negative, for the heap) the farthest point between two others lies off their line, and which it is."""
    away = _distances(flat[first + 1 : last], flat[first], flat[last])
    farthest = int(away.argmax())
    return -float(away[farthest]), first, first + 1 + farthest, last


def _distances(points: npt.NDArray[np.float64], start: npt.NDArray[np.float64], end: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return how far points lie from the piece of a line between two others."""
    along, length = end - start, float(((end - start) ** 2).sum())
    share = np.clip((points - start) @ along / length, 0, 1) if length else np.zeros(len(points))
    away: npt.NDArray[np.float64] = np.hypot(*(points - start - share[:, None] * along).T)
    return away
