"""How far from its representative point a town may reach, judged from how near its neighbours are."""

from __future__ import annotations

from itertools import pairwise
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]

METRES_PER_DEGREE = 111_195.0
SMALLEST_RADIUS_M = 100.0
LARGEST_RADIUS_M = 20_000.0
_NEIGHBOUR = 3
_FACTOR = 1.5
_CELLS_M = (400.0, 1_600.0, 6_400.0, 25_600.0)
_SAME_POINT_M = 1.0


def distance_m(lat1: Floats, lon1: Floats, lat2: Floats, lon2: Floats) -> Floats:
    """Return distances in metres on a locally flat earth, good to a few per mille within a prefecture."""
    x = (lon2 - lon1) * np.cos(np.radians((lat1 + lat2) / 2))
    y = lat2 - lat1
    return np.asarray(np.hypot(x, y) * METRES_PER_DEGREE)


def radii_m(lat: Floats, lon: Floats, around_lat: Floats, around_lon: Floats) -> Floats:
    """Return for each point 1.5 × the distance to the third nearest other point of `around`, within sensible bounds.

    All arrays are degrees; points of `around` at the very same place count once and never as one's own neighbour.
    """
    unique = np.unique(np.column_stack((around_lat.round(5), around_lon.round(5))), axis=0)
    radius = np.full(len(lat), LARGEST_RADIUS_M)
    open_points = np.arange(len(lat))
    for cell_m in _CELLS_M:
        if not len(open_points) or not len(unique):
            break
        third = _third_nearest_m(lat[open_points], lon[open_points], unique[:, 0], unique[:, 1], cell_m)
        near = third <= cell_m
        radius[open_points[near]] = third[near] * _FACTOR
        open_points = open_points[~near]
    return np.asarray(radius.clip(SMALLEST_RADIUS_M, LARGEST_RADIUS_M))


def _third_nearest_m(lat: Floats, lon: Floats, around_lat: Floats, around_lon: Floats, cell_m: float) -> Floats:
    """Return the distance to the third nearest other point, infinite when it is not in the nine cells around."""
    cells = _cell_numbers(lat, lon, cell_m)
    around_cells = _cell_numbers(around_lat, around_lon, cell_m)
    order = np.lexsort((around_cells[:, 1], around_cells[:, 0]))
    rows = around_cells[order, 0] * 1_000_000 + around_cells[order, 1]
    own = np.lexsort((cells[:, 1], cells[:, 0]))
    result = np.full(len(lat), np.inf)
    keys = cells[own, 0] * 1_000_000 + cells[own, 1]
    borders = np.flatnonzero(np.diff(keys, prepend=-1, append=-1))
    for begin, end in pairwise(borders):
        points = own[begin:end]
        y, x = cells[points[0]]
        bands = [slice(*np.searchsorted(rows, [(y + d) * 1_000_000 + x - 1, (y + d) * 1_000_000 + x + 2])) for d in (-1, 0, 1)]
        near = np.concatenate([order[band] for band in bands])
        if len(near) < _NEIGHBOUR:
            continue
        distances = distance_m(lat[points, None], lon[points, None], around_lat[near], around_lon[near])
        distances[distances < _SAME_POINT_M] = np.inf
        result[points] = np.partition(distances, _NEIGHBOUR - 1, axis=1)[:, _NEIGHBOUR - 1]
    return result


def _cell_numbers(lat: Floats, lon: Floats, cell_m: float) -> NDArray[np.int64]:
    """Return row and column of the cell of each point; columns are at least `cell_m` wide everywhere in Japan."""
    rows = np.floor(lat * METRES_PER_DEGREE / cell_m)
    columns = np.floor(lon * METRES_PER_DEGREE * np.cos(np.radians(46.0)) / cell_m)
    return np.column_stack((rows, columns)).astype(np.int64)
