"""Coverage: where a team goes, where it does not, and where it would pay; by hexagon and by municipality, for managers and admins.

Customers come from the map's columns, so that 100,000 of them are added up in milliseconds; those without a pin are in
`services.team.coverage_lists`. Decision 27 says what each figure counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo

import numpy as np

from fieldsales.db.database import Database
from fieldsales.db.models import User
from fieldsales.domain import hexagons
from fieldsales.domain.addresses import PREFECTURES
from fieldsales.domain.cadence import DueRule
from fieldsales.domain.coverage import CoverageAsked, Grouping, breaks_of, class_of
from fieldsales.domain.likelihood import OPEN, Likelihood
from fieldsales.domain.map_box import MapBox
from fieldsales.domain.team_filter import TeamFilter
from fieldsales.domain.web_mercator import Floats, Ints, to_degrees
from fieldsales.services.access import scope_of
from fieldsales.services.customers.due import read_rule
from fieldsales.services.map.map_columns import LIKELIHOODS
from fieldsales.services.map.map_index import MapIndex, Snapshot
from fieldsales.services.map.map_selection import Mask
from fieldsales.services.team.coverage_groups import Facts, Groups, add_up, work_out_facts
from fieldsales.services.team.owned_rows import owned_rows
from fieldsales.services.team.team_scope import TeamScope, read_scope, require_lead

MUNICIPALITIES_FROM_ZOOM = 8  # further away it is prefectures
MOST_GROUPS = 1_500
Box = tuple[float, float, float, float]  # west, south, east, north in degrees, east beyond 180 across the antimeridian
_BOUNDS_SAMPLE = 20_000
_VERY_MANY = 100
_FAR = 0.5  # of the width in which nearly all lie, beyond either end


@dataclass(frozen=True, slots=True)
class GroupFigures:
    """The figures of one group, or of all. `value` is what was asked for, None where it cannot be said; `level` its class from 0.

    `name` is a hexagon's, a municipality's, empty for all. `days` are the average days since the visit by rank, of the ranks there.
    """

    name: str
    lat: float
    lon: float
    customers: int
    rhythm: int
    covered: int
    overdue: int
    due: int
    prospects: int
    unvisited: int
    without_amount: int
    potential: int
    neglect: int
    ranks: Mapping[Likelihood, int]
    days: Mapping[Likelihood, float]
    value: float | None
    level: int | None


NOTHING = GroupFigures("", 0.0, 0.0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, {}, {}, None, None)


@dataclass(frozen=True, slots=True)
class CoveragePicture:
    """What a section of the map shows; `total` is of all customers that the filter leaves, also beyond the section.

    `breaks` are where the classes of `level` part, `left_out` how many groups of the section there was no room for.
    """

    groups: tuple[GroupFigures, ...]
    total: GroupFigures
    breaks: tuple[float, ...]
    left_out: int


@dataclass(frozen=True)
class Asker:
    """Who asks for what and when: everything but the section of the map."""

    index: MapIndex
    database: Database
    actor: User
    team_filter: TeamFilter
    asked: CoverageAsked
    now: datetime
    zone: tzinfo


@dataclass(frozen=True)
class Reading:
    """The customers that somebody asks about: `mask` are their rows in the columns of `snapshot`."""

    snapshot: Snapshot
    scope: TeamScope
    rule: DueRule
    mask: Mask


def read_picture(asker: Asker, *, box: MapBox, zoom: int, at_least: datetime | None = None) -> CoveragePicture:
    """Return the groups of a section of the map at a zoom; `at_least` is a change that is to be included.

    Raises:
        NotAllowed: the actor leads nobody.
    """
    reading = read_rows(asker, at_least=at_least)
    groups, names = _group(asker, reading, zoom)
    return _picture(asker, reading, groups, names, np.flatnonzero(_within(groups, box, asker.asked.grouping, zoom)))


def read_totals(asker: Asker) -> GroupFigures:
    """Return the figures of all located customers that the filter leaves.

    Raises:
        NotAllowed: the actor leads nobody.
    """
    reading = read_rows(asker)
    return _total(asker, reading)


def read_areas(asker: Asker) -> CoveragePicture:
    """Return the figures of every municipality, by name; those whose address names none are one without a name.

    Raises:
        NotAllowed: the actor leads nobody.
    """
    reading = read_rows(asker)
    groups, names = _by_area(asker, reading, MUNICIPALITIES_FROM_ZOOM)
    order = sorted(range(len(groups)), key=lambda at: names[int(groups.key[at])])
    return _picture(asker, reading, groups, names, np.array(order, np.int64))


def find_bounds(asker: Asker) -> Box | None:
    """Return where the customers lie; None for none.

    A few that lie much farther away than very many others do not count.

    Raises:
        NotAllowed: the actor leads nobody.
    """
    reading = read_rows(asker)
    columns, rows = reading.snapshot.columns, np.flatnonzero(reading.mask)
    if not len(rows):
        return None
    lat, lon = columns.lat[rows], columns.lon[rows]
    south, north = _reach(lat)
    # The narrower of two ways to look: with Greenwich in the middle, and with the antimeridian there.
    west, east = min((_reach(lon), _reach(np.mod(lon, 360))), key=lambda way: (way[1] - way[0], abs(way[0])))
    return west, south, east, north


def find_reach(asker: Asker, bounds: Box) -> tuple[Box, ...]:
    """Return `bounds` with the hexagons that its outermost customers lie in, for each resolution from the largest hexagons on.

    Raises:
        NotAllowed: the actor leads nobody.
    """
    reading = read_rows(asker)
    columns, rows = reading.snapshot.columns, np.flatnonzero(reading.mask)
    west, south, east, north = bounds
    middle = (west + east) / 2
    lat, lon = columns.lat[rows], middle + np.mod(columns.lon[rows] - middle + 180, 360) - 180  # on the turn of the world of `bounds`
    inside = np.flatnonzero((lat >= south) & (lat <= north) & (lon >= west) & (lon <= east))
    if not len(inside):
        return (bounds,) * (hexagons.FINEST + 1)
    outermost = inside[[lat[inside].argmin(), lat[inside].argmax(), lon[inside].argmin(), lon[inside].argmax()]]
    return tuple(
        _box_around(bounds, hexagons.parents(columns.cell[rows[outermost]], resolution)) for resolution in range(hexagons.FINEST + 1)
    )


def _box_around(bounds: Box, cells: Ints) -> Box:
    west, south, east, north = bounds
    middle = (west + east) / 2
    for cell in set(cells.tolist()):
        corners = hexagons.outline(cell)
        turn = 360 * round((middle - corners[0][1]) / 360)
        lats, lons = [lat for lat, _ in corners], [lon + turn for _, lon in corners]
        west, south, east, north = min(west, *lons), min(south, *lats), max(east, *lons), max(north, *lats)
    return west, south, east, north


def _reach(degrees: Floats) -> tuple[float, float]:
    """Return the lowest and the highest of some coordinates; of very many without those far beyond where nearly all lie."""
    if len(degrees) >= _VERY_MANY:
        low, high = np.quantile(degrees[:: max(1, len(degrees) // _BOUNDS_SAMPLE)], (0.01, 0.99)).tolist()
        margin = _FAR * (high - low)
        degrees = degrees[(degrees >= low - margin) & (degrees <= high + margin)]
    return float(degrees.min()), float(degrees.max())


def read_rows(asker: Asker, *, at_least: datetime | None = None) -> Reading:
    """Return the located customers that the filter and the ranks leave.

    Raises:
        NotAllowed: the actor leads nobody.
    """
    require_lead(asker.actor)
    snapshot = asker.index.snapshot(asker.database, at_least=at_least)
    with asker.database.read() as session:
        scope = read_scope(session, asker.actor, team_filter=asker.team_filter)
        rule = read_rule(session, today=asker.now.astimezone(asker.zone).date(), zone=asker.zone)
    mask = owned_rows(snapshot, asker.actor, scope, asker.team_filter)
    if asker.asked.ranks:
        mask = mask & np.isin(snapshot.columns.likelihood, [LIKELIHOODS.index(rank) for rank in asker.asked.ranks])
    return Reading(snapshot, scope, rule, mask)


def facts_of(reading: Reading) -> Facts:
    """Return what is counted for each row, worked out once a day and snapshot."""
    return reading.snapshot.once(("facts", repr(reading.rule)), lambda: work_out_facts(reading.snapshot.columns, reading.rule))


def _group(asker: Asker, reading: Reading, zoom: int) -> tuple[Groups, Mapping[int, str]]:
    if asker.asked.grouping is Grouping.AREAS:
        return _by_area(asker, reading, zoom)
    resolution = hexagons.resolution_at(zoom)

    def work() -> Groups:
        rows = np.flatnonzero(reading.mask)
        return add_up(reading.snapshot.columns, facts_of(reading), rows, hexagons.parents(reading.snapshot.columns.cell[rows], resolution))

    return reading.snapshot.once(("hexagons", resolution, *_key(asker, reading)), work), {}


def _by_area(asker: Asker, reading: Reading, zoom: int) -> tuple[Groups, Mapping[int, str]]:
    columns, whole = reading.snapshot.columns, zoom < MUNICIPALITIES_FROM_ZOOM
    names = list(dict.fromkeys(map(_prefecture, columns.area_names))) if whole else list(columns.area_names)
    numbers = np.array([names.index(_prefecture(name)) if whole else code for code, name in enumerate(columns.area_names)], np.int64)

    def work() -> Groups:
        rows = np.flatnonzero(reading.mask)
        return add_up(columns, facts_of(reading), rows, numbers[columns.area[rows]])

    return reading.snapshot.once(("areas", whole, *_key(asker, reading)), work), dict(enumerate(names))


def _total(asker: Asker, reading: Reading) -> GroupFigures:
    def work() -> Groups:
        rows = np.flatnonzero(reading.mask)
        return add_up(reading.snapshot.columns, facts_of(reading), rows, np.zeros(len(rows), np.int64))

    groups = reading.snapshot.once(("all", *_key(asker, reading)), work)
    if not len(groups):
        return NOTHING
    return _figures(groups, 0, "", groups.values(asker.asked.figure), ())


def _key(asker: Asker, reading: Reading) -> tuple[object, ...]:
    """Return what tells two selections of customers on one snapshot apart."""
    f = asker.team_filter
    return (scope_of(asker.actor), reading.scope.user_ids, f.team_ids, f.user_ids, f.tags, f.areas, asker.asked.ranks, repr(reading.rule))


def _within(groups: Groups, box: MapBox, grouping: Grouping, zoom: int) -> Mask:
    """Return which groups may reach into a box: the middle of their customers lies within it or not far away."""
    margin = hexagons.width_degrees(hexagons.resolution_at(zoom)) / 180 if grouping is Grouping.HEXAGONS else 0.0
    inside = np.zeros(len(groups), bool)
    for west, north, east, south in box.world_boxes():
        beside = np.mod(groups.x - (west - margin), 1.0) <= min(east - west + 2 * margin, 1.0)
        inside |= beside & (groups.y >= north - margin) & (groups.y <= south + margin)
    return inside


def _picture(asker: Asker, reading: Reading, groups: Groups, names: Mapping[int, str], chosen: Ints) -> CoveragePicture:
    figure = asker.asked.figure
    values = groups.values(figure)
    breaks = breaks_of(figure, values[np.isfinite(values)].tolist())
    left_out = max(0, len(chosen) - MOST_GROUPS)
    if left_out:
        chosen = np.sort(chosen[np.argsort(-groups.customers[chosen], kind="stable")[:MOST_GROUPS]])
    by_cell = asker.asked.grouping is Grouping.HEXAGONS and not names
    shown = tuple(
        _figures(groups, at, hexagons.name_of(key) if by_cell else names[key], values, breaks)
        for at, key in zip(chosen.tolist(), groups.key[chosen].tolist(), strict=True)
    )
    return CoveragePicture(shown, _total(asker, reading), breaks, left_out)


def _figures(groups: Groups, at: int, name: str, values: Floats, breaks: tuple[float, ...]) -> GroupFigures:
    lat, lon = to_degrees(groups.x[at], groups.y[at])
    value = float(values[at])
    known = bool(np.isfinite(value))
    counts = {rank: int(groups.rank_count[row, at]) for row, rank in enumerate(OPEN)}
    return GroupFigures(
        name=name,
        lat=float(lat),
        lon=float(lon),
        customers=int(groups.customers[at]),
        rhythm=int(groups.rhythm[at]),
        covered=int(groups.covered[at]),
        overdue=int(groups.overdue[at]),
        due=int(groups.due[at]),
        prospects=int(groups.prospects[at]),
        unvisited=int(groups.unvisited[at]),
        without_amount=int(groups.without_amount[at]),
        potential=round(float(groups.potential[at])),
        neglect=round(float(groups.neglect[at])),
        ranks={rank: count for rank, count in counts.items() if count},
        days={rank: int(groups.rank_days[row, at]) / counts[rank] for row, rank in enumerate(OPEN) if counts[rank]},
        value=value if known else None,
        level=class_of(value, breaks) if known else None,
    )


def _prefecture(area: str) -> str:
    """Return the prefecture that a municipality's name begins with, the name itself where it begins with none."""
    return next((name for name in PREFECTURES if area.startswith(name)), area)
