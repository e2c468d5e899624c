"""Distances on a round earth, and small offsets on one that is flat nearby."""

from __future__ import annotations

import math

EARTH_RADIUS_M = 6_371_008.8
METRES_PER_DEGREE = EARTH_RADIUS_M * math.pi / 180


def distance_m(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """Return the great-circle distance in metres (haversine), good to half a per cent anywhere."""
    a, b = math.radians(lat1), math.radians(lat2)
    across = math.sin(math.radians(lon2 - lon1) / 2) ** 2 * math.cos(a) * math.cos(b)
    return 2 * EARTH_RADIUS_M * math.asin(math.sqrt(min(1.0, math.sin((b - a) / 2) ** 2 + across)))


def offset_m(lat: float, lon: float, other_lat: float, other_lon: float) -> tuple[float, float]:
    """Return how far east and north of the first point the other lies, on the flat; the date line is no wall."""
    turned = (other_lon - lon + 180) % 360 - 180
    return turned * math.cos(math.radians(lat)) * METRES_PER_DEGREE, (other_lat - lat) * METRES_PER_DEGREE


def moved_by(lat: float, lon: float, east_m: float, north_m: float) -> tuple[float, float]:
    """Return the point that lies `east_m` and `north_m` from another, the inverse of `offset_m` away from the poles."""
    moved_lon = lon + east_m / (math.cos(math.radians(lat)) * METRES_PER_DEGREE)
    return lat + north_m / METRES_PER_DEGREE, (moved_lon + 180) % 360 - 180
