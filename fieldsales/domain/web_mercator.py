"""The square world of web maps: Mercator coordinates from 0 to 1, y southwards, and the order of their quadtree.

A key interleaves the bits of both coordinates (Morton order), so that every square of the quadtree is one run of
neighbouring keys: what a map shows is then a few slices of a sorted array.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]

DEPTH = 28  # cells of 15 cm at the equator
MAX_LAT = 85.05112878
_CELLS_ACROSS = 8
_JUST_BELOW_ONE = float(np.nextafter(1.0, 0.0))


def to_world(lat: Floats | float, lon: Floats | float) -> tuple[Floats, Floats]:
    """Return x and y (0 to 1, exclusive) of degrees; latitudes are cut at ±85.05."""
    lat = np.clip(np.asarray(lat, np.float64), -MAX_LAT, MAX_LAT)
    x = np.mod(np.asarray(lon, np.float64) / 360 + 0.5, 1.0)
    y = 0.5 - np.arctanh(np.sin(np.radians(lat))) / (2 * np.pi)
    return np.clip(x, 0.0, _JUST_BELOW_ONE), np.clip(y, 0.0, _JUST_BELOW_ONE)


def to_degrees(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Return latitude and longitude of world coordinates."""
    lat = np.degrees(np.arctan(np.sinh((0.5 - np.asarray(y)) * 2 * np.pi)))
    return lat, (np.asarray(x) - 0.5) * 360


def keys_of(x: Floats, y: Floats) -> Ints:
    """Return the Morton keys (2 × DEPTH bits) of world coordinates."""
    scale = float(1 << DEPTH)
    return _interleave((x * scale).astype(np.int64), (y * scale).astype(np.int64))


def cells_of(keys: Ints, depth: int) -> Ints:
    """Return the numbers of the quadtree cells at `depth` in which keys lie."""
    return keys >> (2 * (DEPTH - depth))


def find_runs(keys: Ints, west: float, north: float, east: float, south: float) -> list[tuple[int, int]]:
    """Return ascending slices of sorted `keys` that hold at least everything in a box of world coordinates."""
    extent = max(east - west, south - north, 2.0**-DEPTH)
    depth = int(np.clip(np.floor(np.log2(_CELLS_ACROSS / extent)), 0, DEPTH))
    cells = float(1 << depth)
    columns = np.arange(int(west * cells), min(int(east * cells), int(cells) - 1) + 1, dtype=np.int64)
    rows = np.arange(int(north * cells), min(int(south * cells), int(cells) - 1) + 1, dtype=np.int64)
    codes = np.sort(_interleave(*(grid.ravel() for grid in np.meshgrid(columns, rows))))
    shift = 2 * (DEPTH - depth)
    starts, ends = np.searchsorted(keys, codes << shift), np.searchsorted(keys, (codes + 1) << shift)
    runs: list[tuple[int, int]] = []
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        if start == end:
            continue
        if runs and runs[-1][1] == start:
            runs[-1] = (runs[-1][0], end)
        else:
            runs.append((start, end))
    return runs


def _interleave(x: Ints, y: Ints) -> Ints:
    return _spread(x) | (_spread(y) << 1)


def _spread(v: Ints) -> Ints:
    """Move bit i of 28-bit numbers to bit 2i."""
    v = (v | (v << 16)) & 0x0000FFFF0000FFFF
    v = (v | (v << 8)) & 0x00FF00FF00FF00FF
    v = (v | (v << 4)) & 0x0F0F0F0F0F0F0F0F
    v = (v | (v << 2)) & 0x3333333333333333
    return (v | (v << 1)) & 0x5555555555555555
