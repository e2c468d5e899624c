"""A route as other devices take it: named points in order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class RoutePoint:
    """A point of a route in WGS 84 degrees; `at` is when one is to be there."""

    lat: float
    lon: float
    name: str
    details: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """A route under a name; `changed_at` is when it was last changed."""

    name: str
    changed_at: datetime
    points: tuple[RoutePoint, ...]
