"""Valhalla: https://valhalla.github.io/valhalla/api/ (actions `sources_to_targets`, `locate` and `route`)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from fieldsales.domain.travel import Point
from fieldsales.domain.words import TravelMode

from .fetching import Fetcher, Refused
from .lines import decoded
from .servers import Block, Nonsense, NoWay, TooMany, plain_numbers

_COSTINGS = {TravelMode.CAR: "auto", TravelMode.BICYCLE: "bicycle", TravelMode.WALK: "pedestrian"}
_TOO_MANY = frozenset({150})
# Too far apart for the server's limits, unconnected, no road near a point, no path between two.
_NO_WAY = frozenset({154, 170, 171, 442, 443})
# Farther than this from the point a road is not the customer's.
FARTHEST_ROAD_M = 1_000


class Valhalla:
    """One server with the default limits (2,500 pairs a matrix, 20 places a route) or wider ones."""

    most_square = 50
    most_aside = 50
    most_on_line = 20

    def __init__(self, url: str, fetcher: Fetcher) -> None:
        """Ask at `url`, which has no slash at its end."""
        self._url = url
        self._fetcher = fetcher

    def block(self, origins: Sequence[Point], targets: Sequence[Point], *, mode: TravelMode, until: float) -> Block:
        """Return travel from each origin to each target.

        The server refuses a whole matrix for one point without a road; then it is asked which these are, and again without them.

        Raises:
            Silent, Nonsense, NoWay, TooMany.
        """
        try:
            return self._matrix(origins, targets, mode, until)
        except NoWay:
            rows, columns = (self._on_road(points, mode, until) for points in (origins, targets))
            if (all(rows) and all(columns)) or not any(rows) or not any(columns):
                raise
        found = self._matrix(_chosen(origins, rows), _chosen(targets, columns), mode, until)
        seconds, metres = np.full((2, len(origins), len(targets)), np.nan)
        within = np.ix_(np.array(rows), np.array(columns))
        seconds[within], metres[within] = found.seconds, found.metres
        return Block(seconds, metres)

    def line(self, points: Sequence[Point], *, mode: TravelMode, until: float) -> list[Point]:
        """Return the way along the points.

        Raises:
            Silent, Nonsense, NoWay, TooMany.
        """
        body = {"locations": _locations(points), "costing": _COSTINGS[mode], "directions_type": "none"}
        answer = self._ask("route", body, until)
        try:
            shapes = [str(leg["shape"]) for leg in answer["trip"]["legs"]]
        except (KeyError, TypeError) as error:
            raise Nonsense("a route without its line") from error
        way = [point for shape in shapes for point in decoded(shape, digits=6)]
        if len(shapes) != len(points) - 1 or len(way) < 2:
            raise Nonsense("a line that is none")
        return way

    def _matrix(self, origins: Sequence[Point], targets: Sequence[Point], mode: TravelMode, until: float) -> Block:
        body = {
            "sources": _locations(origins),
            "targets": _locations(targets),
            "costing": _COSTINGS[mode],
            "units": "kilometers",
        }
        rows = self._ask("sources_to_targets", body, until).get("sources_to_targets")
        shape = (len(origins), len(targets))
        return Block(plain_numbers(_column(rows, "time"), shape), plain_numbers(_column(rows, "distance"), shape) * 1_000)

    def _on_road(self, points: Sequence[Point], mode: TravelMode, until: float) -> list[bool]:
        answer = self._ask("locate", {"locations": _locations(points), "costing": _COSTINGS[mode], "verbose": False}, until, "located")
        found = answer["located"]
        if len(found) != len(points) or not all(isinstance(one, dict) for one in found):
            raise Nonsense("not as many places as were asked for")
        return [bool(one.get("edges") or one.get("nodes")) for one in found]

    def _ask(self, action: str, body: object, until: float, name_of_list: str = "") -> dict[str, Any]:
        try:
            return self._fetcher.fetch(f"{self._url}/{action}", body=body, until=until, name_of_list=name_of_list)
        except Refused as refused:
            code = refused.answer.get("error_code")
            if code in _TOO_MANY:
                raise TooMany from refused
            if code in _NO_WAY:
                raise NoWay from refused
            raise Nonsense(f"error_code {code!r}") from refused


def _locations(points: Sequence[Point]) -> list[dict[str, float]]:
    return [{"lat": round(lat, 5), "lon": round(lon, 5), "search_cutoff": FARTHEST_ROAD_M} for lat, lon in points]


def _chosen(points: Sequence[Point], chosen: Sequence[bool]) -> list[Point]:
    return [point for point, is_chosen in zip(points, chosen, strict=True) if is_chosen]


def _column(rows: object, name: str) -> list[list[float]]:
    """Return one number of each cell, NaN for null."""
    try:
        return [[math.nan if cell[name] is None else float(cell[name]) for cell in row] for row in rows]  # type: ignore[attr-defined]
    except (TypeError, KeyError, ValueError, OverflowError) as error:
        raise Nonsense("a matrix of another shape") from error
