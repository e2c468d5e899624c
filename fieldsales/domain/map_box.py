"""The part of the world that a map shows: a box in degrees, as it stands in a URL."""

from __future__ import annotations

import math
from dataclasses import dataclass

from fieldsales.domain.web_mercator import to_world
from fieldsales.errors import N_, BadNumber, FixTheInput

MAX_ZOOM = 22


class BadBox(FixTheInput):
    code = "bad_bbox"
    message = N_("The map section must be four numbers: west, south, east, north, with south below north.")
    field = "bbox"


@dataclass(frozen=True, slots=True)
class MapBox:
    """A box in degrees; `west` greater than `east` crosses the antimeridian."""

    west: float
    south: float
    east: float
    north: float

    @classmethod
    def parse(cls, text: str) -> MapBox:
        """Read `w,s,e,n`; longitudes beyond ±180 (a map scrolled round the world) are brought back.

        Raises:
            BadBox: not four finite numbers, or no box at all.
        """
        try:
            west, south, east, north = (float(part) for part in text.split(","))
        except ValueError:
            raise BadBox() from None
        if not all(map(math.isfinite, (west, south, east, north))) or south >= north or west == east:
            raise BadBox()
        if max(abs(west), abs(east)) > 3600 or not (south >= -90 and north <= 90):
            raise BadBox()
        if east - west >= 360:
            return cls(-180.0, south, 180.0, north)
        return cls(_wrap(west), south, _wrap(east) if _wrap(east) > -180 else 180.0, north)

    def world_boxes(self) -> list[tuple[float, float, float, float]]:
        """Return one or, across the antimeridian, two boxes (west, north, east, south) of world coordinates."""
        north, south = float(to_world(self.north, 0.0)[1]), float(to_world(self.south, 0.0)[1])
        west, east = self.west / 360 + 0.5, self.east / 360 + 0.5
        if west < east:
            return [(west, north, east, south)]
        return [(west, north, 1.0, south), (0.0, north, east, south)]


def read_zoom(text: str) -> int:
    """Read a zoom level; fractions (pinched maps) are rounded down.

    Raises:
        BadNumber: not a number from 0 to 22.
    """
    try:
        zoom = float(text)
    except ValueError:
        raise BadNumber(field="zoom", value=text[:50]) from None
    if not 0 <= zoom <= MAX_ZOOM:
        raise BadNumber(field="zoom", value=text[:50])
    return int(zoom)


def _wrap(lon: float) -> float:
    return lon if -180 <= lon <= 180 else (lon + 180) % 360 - 180
