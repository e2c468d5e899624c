"""Hexagons of the earth (h3): which one a place lies in, which larger one that belongs to, and where its corners are.

Numbers of cells travel in arrays of int64. A place is given its smallest hexagon once (`FINEST`); the larger ones follow from the
number alone. Seven small hexagons do not fill a large one to the metre, so a place close to an edge may be counted next door: one
in fifteen is, and whoever counts by cells counts alike (decision 27).
"""

from __future__ import annotations

import h3.api.numpy_int as h3
import numpy as np

from fieldsales.domain.geodesy import METRES_PER_DEGREE
from fieldsales.domain.web_mercator import Floats, Ints
from fieldsales.errors import BadChoice

FINEST = 9  # hexagons of 350 m across
# The hexagons of a map: 50 to 150 pixels across at each zoom level, larger than a number and a finger.
_BY_ZOOM = (0, 0, 0, 1, 1, 2, 3, 3, 4, 5, 6, 6, 7, 8, 8)
_DIGIT_BITS = 3
_MOST_DIGITS = 15
_RESOLUTION_SHIFT = 52


def cells_of(lat: Floats, lon: Floats) -> Ints:
    """Return the smallest hexagon (resolution `FINEST`) that each place in degrees lies in."""
    places = zip(lat.tolist(), lon.tolist(), strict=True)
    return np.fromiter((h3.latlng_to_cell(a, o, FINEST) for a, o in places), np.int64, len(lat))


def parents(cells: Ints, resolution: int) -> Ints:
    """Return the hexagons of a coarser `resolution` (0 to `FINEST`) that hexagons belong to."""
    unused = np.int64((1 << (_DIGIT_BITS * (_MOST_DIGITS - resolution))) - 1)
    of_resolution = np.int64(resolution << _RESOLUTION_SHIFT)
    found: Ints = (cells & ~np.int64(0xF << _RESOLUTION_SHIFT)) | of_resolution | unused
    return found


def with_neighbours(cells: Ints) -> Ints:
    """Return these hexagons and those beside them, sorted, each once."""
    found = [h3.grid_disk(cell, 1) for cell in np.unique(cells).tolist()]
    around: Ints = np.unique(np.concatenate(found)).astype(np.int64) if found else np.empty(0, np.int64)
    return around


def resolution_at(zoom: int) -> int:
    """Return which hexagons a map shows at a zoom level."""
    return _BY_ZOOM[zoom] if zoom < len(_BY_ZOOM) else FINEST


def width_degrees(resolution: int) -> float:
    """Return about how many degrees of latitude a hexagon measures from corner to corner."""
    return 2 * float(h3.average_hexagon_edge_length(resolution, unit="m")) / METRES_PER_DEGREE


def outline(cell: int) -> list[tuple[float, float]]:
    """Return the corners as (lat, lon) in degrees; across the antimeridian longitudes go on beyond ±180."""
    corners = h3.cell_to_boundary(cell)
    before = corners[0][1]
    found = []
    for lat, lon in corners:
        before = lon + 360 * round((before - lon) / 360)
        found.append((lat, before))
    return found


def centre(cell: int) -> tuple[float, float]:
    """Return the middle as (lat, lon) in degrees."""
    lat, lon = h3.cell_to_latlng(cell)
    return lat, lon


def resolution_of(cell: int) -> int:
    """Return how large a hexagon is, from 0 (the largest) on."""
    return int(h3.get_resolution(cell))


def name_of(cell: int) -> str:
    """Return the name of a hexagon, as it stands in a URL."""
    return f"{cell:x}"


def read_cell(text: str) -> int:
    """Read the name of a hexagon that a map may have shown.

    Raises:
        BadChoice: field `cell`; there is no such hexagon, or it is smaller than `FINEST`.
    """
    try:
        cell = int(text, 16) if text.isascii() and text.isalnum() and len(text) <= 16 else 0
    except ValueError:
        cell = 0
    if not (0 < cell < 1 << 63 and h3.is_valid_cell(cell) and h3.get_resolution(cell) <= FINEST):
        raise BadChoice(field="cell", value=text[:50])
    return cell
