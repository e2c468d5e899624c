"""Which customers a map shows one by one and which it gathers, for any zoom and any number of customers.

Customers are gathered by the cells of a quadtree; cells whose centres of gravity would overlap on the screen are
then joined, largest first. Close up every customer stands alone, except those at the very same spot.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fieldsales.domain.web_mercator import Floats, Ints, cells_of

MAX_FEATURES = 400
SPOT_DEPTH = 25  # 1.2 m at the equator: what lies within is one spot
SINGLES_ZOOM = 17
FINE_ZOOM = 14
_MERGEABLE_CELLS = 1500
_COARSE_CELLS = 250
_NEIGHBOURS = [(dx, dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1) if (dx, dy) != (0, 0)]


@dataclass(frozen=True, slots=True)
class Groups:
    """What to draw: group i holds the rows `rows[starts[i]:starts[i + 1]]` of the input; one row is a customer alone.

    `rows` has one entry per input row, `starts` one more than there are groups.
    """

    rows: Ints
    starts: Ints

    @property
    def counts(self) -> Ints:
        """How many rows each group holds."""
        return np.diff(self.starts)

    def labels(self) -> Ints:
        """Return the group of each entry of `rows`."""
        return np.repeat(np.arange(len(self.starts) - 1), self.counts)


def gather(keys: Ints, x: Floats, y: Floats, *, zoom: int, limit: int = MAX_FEATURES) -> Groups:
    """Return at most `limit` groups of rows, given in the order of their Morton keys, as drawn at `zoom`."""
    if zoom >= SINGLES_ZOOM:
        return _gather_spots(keys, zoom, limit)
    # Cells of 32 px close up, 64 px before; half as many across each time there are still too many.
    depth = zoom + (3 if zoom >= FINE_ZOOM else 2)
    while True:
        groups = _cells(keys, depth)
        if len(groups.counts) <= _MERGEABLE_CELLS:
            groups = _join_overlapping(groups, x, y, depth)
            if len(groups.counts) <= limit:
                return groups
        depth -= 1


def _cells(keys: Ints, depth: int) -> Groups:
    cells = cells_of(keys, max(depth, 0))
    edges = np.flatnonzero(cells[1:] != cells[:-1]) + 1 if len(cells) else np.empty(0, np.int64)
    bounds = [0, len(cells)] if len(cells) else [0]
    starts = np.concatenate((bounds[:1], edges, bounds[1:])).astype(np.int64)
    return Groups(np.arange(len(cells)), starts)


def _gather_spots(keys: Ints, zoom: int, limit: int) -> Groups:
    """Single customers and spots; where they are too many, the fullest cells stay together."""
    spots = _cells(keys, SPOT_DEPTH)
    if len(spots.counts) <= limit:
        return spots
    depth = zoom + 1
    while len((coarse := _cells(keys, depth)).counts) > min(_COARSE_CELLS, limit):
        depth -= 1
    spots_within = np.searchsorted(spots.starts, coarse.starts)
    extra = np.diff(spots_within) - 1
    order = np.argsort(extra, kind="stable")
    opened = np.zeros(len(extra), bool)
    opened[order[np.cumsum(extra[order]) + len(extra) <= limit]] = True
    inner = np.repeat(opened, np.diff(spots_within))
    starts = np.union1d(coarse.starts, spots.starts[:-1][inner])
    return Groups(coarse.rows, starts)


def _join_overlapping(groups: Groups, x: Floats, y: Floats, depth: int) -> Groups:
    """Join cells whose centres of gravity lie closer than three quarters of a cell."""
    counts = groups.counts
    if len(counts) < 2:
        return groups
    centre_x = np.add.reduceat(x, groups.starts[:-1]) / counts
    centre_y = np.add.reduceat(y, groups.starts[:-1]) / counts
    cells = 1 << depth
    first = groups.starts[:-1]
    columns, lines = (x[first] * cells).astype(np.int64).tolist(), (y[first] * cells).astype(np.int64).tolist()
    number_of = {place: i for i, place in enumerate(zip(columns, lines, strict=True))}
    near_squared = (0.75 / cells) ** 2
    joined = [-1] * len(counts)
    xs, ys = centre_x.tolist(), centre_y.tolist()
    for i in np.argsort(-counts, kind="stable").tolist():
        if joined[i] >= 0:
            continue
        joined[i] = i
        for dx, dy in _NEIGHBOURS:
            j = number_of.get((columns[i] + dx, lines[i] + dy), -1)
            if j >= 0 and joined[j] < 0 and (xs[i] - xs[j]) ** 2 + (ys[i] - ys[j]) ** 2 < near_squared:
                joined[j] = i
    return _regroup(groups, np.asarray(joined))


def _regroup(groups: Groups, joined: NDArray[np.int64]) -> Groups:
    """Return groups in which cell i has become part of cell `joined[i]`."""
    if (joined == np.arange(len(joined))).all():
        return groups
    order = np.argsort(joined, kind="stable")
    counts = groups.counts[order]
    # Rows follow their cells into the new order: a cell's rows are its start plus 0, 1, 2 …
    within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    rows = np.repeat(groups.starts[:-1][order], counts) + within
    owners = joined[order]
    edges = np.flatnonzero(owners[1:] != owners[:-1]) + 1
    ends = np.cumsum(counts)
    return Groups(rows, np.concatenate(([0], ends[edges - 1], ends[-1:])).astype(np.int64))
