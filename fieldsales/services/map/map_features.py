"""Rows of the map's columns as GeoJSON: customers one by one, clusters with their mix, and the legend of colours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fieldsales.domain.cadence import DueRule, DueState
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.map_clusters import Groups, gather
from fieldsales.domain.map_colours import DAY_LIMITS, DAY_SWATCHES, LIKELIHOOD_SWATCHES, PALETTE_SIZE, ColourBy, Swatch, named_swatches
from fieldsales.domain.web_mercator import Ints, to_degrees
from fieldsales.services.map.map_columns import LIKELIHOODS, NEVER, Columns
from fieldsales.services.map.map_due import Standing, standings_of
from fieldsales.services.map.map_selection import APPROXIMATE, OK, Mask

MAX_NAME = 60
STACK_DEGREES = 3e-5  # what is no wider than this cannot be told apart by zooming in


@dataclass(frozen=True, slots=True)
class Colouring:
    """What colours the map: `swatches[codes[row]]` is the look of a row of the columns."""

    by: ColourBy
    codes: NDArray[np.uint8]
    swatches: tuple[Swatch, ...]


def colour_rows(
    columns: Columns,
    visible: Mask,
    by: ColourBy,
    *,
    owner_names: Mapping[int, str],
    now: datetime,
    corrections: Mapping[int, Mapping[Likelihood, Likelihood]] | None = None,
) -> Colouring:
    """Return the colouring of all rows; owners and tags most used among `visible` rows get colours of their own.

    `corrections` say, by owner, what some ranks stand for (`services.honesty.scores`).
    """
    if by is ColourBy.CORRECTED:
        return Colouring(by, _correct(columns, corrections or {}), LIKELIHOOD_SWATCHES)
    if by is ColourBy.VISITED:
        limits = np.array([(now - timedelta(days=days)).timestamp() for days in DAY_LIMITS], np.int64)
        codes = (columns.visited[:, None] < limits).sum(axis=1).astype(np.uint8)
        codes[columns.visited == NEVER] = len(DAY_LIMITS) + 1
        return Colouring(by, codes, DAY_SWATCHES)
    if by is ColourBy.OWNER:
        uses = np.bincount(columns.owner[visible], minlength=1)
        uses[0] = 0
        top = sorted(_most_used(uses))
        swatches = named_swatches([(f"owner_{owner}", owner_names.get(owner, "")) for owner in top])
        table = np.full(int(columns.owner.max(initial=0)) + 1, len(top), np.uint8)
        table[0] = len(top) + 1
        table[top] = np.arange(len(top))
        return Colouring(by, table[columns.owner], swatches)
    if by is ColourBy.TAG:
        return _colour_tags(columns, visible)
    return Colouring(by, columns.likelihood, LIKELIHOOD_SWATCHES)


def _correct(columns: Columns, corrections: Mapping[int, Mapping[Likelihood, Likelihood]]) -> NDArray[np.uint8]:
    codes = columns.likelihood.copy()
    for owner, ranks in corrections.items():
        own = columns.owner == owner
        for stated, stands_for in ranks.items():
            codes[own & (columns.likelihood == LIKELIHOODS.index(stated))] = LIKELIHOODS.index(stands_for)
    return codes


def _colour_tags(columns: Columns, visible: Mask) -> Colouring:
    bits = columns.tag_bits
    uses = np.array([np.count_nonzero(columns.tags[visible] & (np.int64(1) << bit)) for bit in range(len(bits.ids))], np.int64)
    top = sorted(_most_used(uses), key=lambda bit: bits.ids[bit])
    codes = np.where(columns.tags == 0, len(top) + 1, len(top)).astype(np.uint8)
    for place, bit in reversed(list(enumerate(top))):
        codes[(columns.tags & (np.int64(1) << bit)) != 0] = place
    return Colouring(ColourBy.TAG, codes, named_swatches([(f"tag_{bits.ids[bit]}", bits.names[bit]) for bit in top]))


def _most_used(uses: Ints) -> list[int]:
    top = np.argsort(-uses, kind="stable")[:PALETTE_SIZE]
    return [int(i) for i in top if uses[i] > 0]


@dataclass(frozen=True, slots=True)
class Picture:
    """What a section of the map shows, names still missing: `rows` in key order, gathered into `groups`."""

    columns: Columns
    rows: Ints
    groups: Groups
    colouring: Colouring

    @property
    def single_rows(self) -> Ints:
        """The rows shown as customers of their own."""
        singles: Ints = self.rows[self.groups.rows[self.groups.starts[:-1][self.groups.counts == 1]]]
        return singles


def compose(columns: Columns, rows: Ints, colouring: Colouring, *, zoom: int) -> Picture:
    """Return what to draw of `rows` at `zoom`."""
    groups = gather(columns.key[rows], columns.x[rows], columns.y[rows], zoom=zoom)
    return Picture(columns, rows, groups, colouring)


def to_geojson(picture: Picture, names: Mapping[int, str], *, rule: DueRule) -> dict[str, Any]:
    """Return a FeatureCollection with `total` and `legend`; a customer whose name has gone is left out."""
    rows = picture.single_rows
    shown = zip(rows.tolist(), picture.columns.id[rows].tolist(), standings_of(picture.columns, rows, rule), strict=True)
    singles = [
        customer_feature(picture.columns, row, names[customer_id], standing, colour=_colour(picture, row))
        for row, customer_id, standing in shown
        if customer_id in names
    ]
    counts = np.bincount(picture.colouring.codes[picture.rows], minlength=len(picture.colouring.swatches))
    legend = [asdict(swatch) | {"count": int(n)} for swatch, n in zip(picture.colouring.swatches, counts, strict=True)]
    return {
        "type": "FeatureCollection",
        "features": _cluster_features(picture) + singles,
        "total": len(picture.rows),
        "colour_by": picture.colouring.by.value,
        "legend": legend,
    }


def customer_feature(columns: Columns, row: int, name: str, standing: Standing, *, colour: str | None = None) -> dict[str, Any]:
    """Return one customer as a GeoJSON feature.

    `due` is `overdue`, `today` (a date agreed for today), `due` or null; `faded` says how many half-lives old its likelihood is.
    """
    approximate = int(columns.status[row]) == APPROXIMATE
    properties: dict[str, Any] = {
        "kind": "customer",
        "id": int(columns.id[row]),
        "name": name if len(name) <= MAX_NAME else name[: MAX_NAME - 1] + "…",
        "likelihood": LIKELIHOODS[columns.likelihood[row]].value,
        "due": _due(standing),
        "approximate": approximate,
    }
    if standing.faded:
        properties["faded"] = standing.faded
    if approximate and columns.precision[row] > 0:
        properties["radius_m"] = round(float(columns.precision[row]))
    if int(columns.status[row]) != OK:
        properties["problem"] = True
    if colour is not None:
        properties["colour"] = colour
    return _point(float(columns.lon[row]), float(columns.lat[row]), properties)


def _colour(picture: Picture, row: int) -> str | None:
    by_likelihood = picture.colouring.by is ColourBy.LIKELIHOOD
    return None if by_likelihood else picture.colouring.swatches[picture.colouring.codes[row]].key


def _due(standing: Standing) -> str | None:
    if standing.state is DueState.NONE:
        return None
    return "today" if standing.promised_today else standing.state.value


def _cluster_features(picture: Picture) -> list[dict[str, Any]]:
    columns, groups = picture.columns, picture.groups
    if not len(groups.counts):
        return []
    rows, first = picture.rows[groups.rows], groups.starts[:-1]
    labels = groups.labels()
    likelihoods = _mixes(labels, columns.likelihood[rows], len(groups.counts), len(LIKELIHOODS))
    swatches = picture.colouring.swatches
    by_likelihood = picture.colouring.by is ColourBy.LIKELIHOOD
    colours = None if by_likelihood else _mixes(labels, picture.colouring.codes[rows], len(groups.counts), len(swatches))
    x, y = columns.x[rows], columns.y[rows]
    counts = groups.counts
    lat, lon = to_degrees(np.add.reduceat(x, first) / counts, np.add.reduceat(y, first) / counts)
    south, west = to_degrees(np.minimum.reduceat(x, first), np.maximum.reduceat(y, first))
    north, east = to_degrees(np.maximum.reduceat(x, first), np.minimum.reduceat(y, first))
    features = []
    for i in np.flatnonzero(counts > 1).tolist():
        bounds = [round(float(v[i]), 6) for v in (west, south, east, north)]
        properties: dict[str, Any] = {"kind": "cluster", "count": int(counts[i]), "bounds": bounds}
        properties["likelihoods"] = {LIKELIHOODS[k].value: int(likelihoods[i, k]) for k in np.flatnonzero(likelihoods[i])}
        if colours is not None:
            properties["mix"] = {swatches[k].key: int(colours[i, k]) for k in np.flatnonzero(colours[i])}
        if max(bounds[2] - bounds[0], bounds[3] - bounds[1]) <= STACK_DEGREES:
            properties["stacked"] = True
        features.append(_point(float(lon[i]), float(lat[i]), properties))
    return features


def _mixes(labels: Ints, codes: NDArray[np.uint8], groups: int, kinds: int) -> Ints:
    """Return how many rows of each kind each group holds, as groups × kinds."""
    counts: Ints = np.bincount(labels * kinds + codes, minlength=groups * kinds).reshape(groups, kinds)
    return counts


def _point(lon: float, lat: float, properties: dict[str, Any]) -> dict[str, Any]:
    geometry = {"type": "Point", "coordinates": [round(lon, 6), round(lat, 6)]}
    return {"type": "Feature", "geometry": geometry, "properties": properties}
