"""The Open Source Routing Machine: https://project-osrm.org/docs/v26.4.0/api/ (services `table` and `route`)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from fieldsales.domain.travel import Point
from fieldsales.domain.words import TravelMode

from .fetching import Fetcher, Refused
from .servers import Block, Nonsense, NoWay, TooMany, plain_numbers

# The server answers by the profile it was prepared with, whatever it is called in the address; public ones look at the name.
_PROFILES = {TravelMode.CAR: "driving", TravelMode.BICYCLE: "cycling", TravelMode.WALK: "walking"}
_NO_WAY = frozenset({"NoSegment", "NoTable", "NoRoute"})
# OSRM takes any point to the nearest road, be it in another country: farther than this its road is not the customer's.
FARTHEST_ROAD_M = 1_000.0


class Osrm:
    """One server, started with the default limits (`--max-table-size 100`, `--max-viaroute-size 500`) or wider ones."""

    most_square = 100
    most_aside = 50
    most_on_line = 100

    def __init__(self, url: str, fetcher: Fetcher) -> None:
        """Ask at `url`, which has no slash at its end."""
        self._url = url
        self._fetcher = fetcher

    def block(self, origins: Sequence[Point], targets: Sequence[Point], *, mode: TravelMode, until: float) -> Block:
        """Return travel from each origin to each target.

        Raises:
            Silent, Nonsense, NoWay, TooMany.
        """
        options = "annotations=duration,distance&generate_hints=false"
        points = list(origins)
        if list(targets) != points:
            points += targets
            options += f"&sources={_numbers(0, len(origins))}&destinations={_numbers(len(origins), len(points))}"
        answer = self._ask(f"table/v1/{_PROFILES[mode]}/{_coordinates(points)}?{options}", until)
        shape = (len(origins), len(targets))
        seconds = plain_numbers(answer.get("durations"), shape)
        # Servers before 5.18 know no distances; the estimate has some.
        metres = plain_numbers(answer["distances"], shape) if "distances" in answer else np.full(shape, np.nan)
        seconds[_is_off_road(answer.get("sources"), len(origins)), :] = np.nan
        seconds[:, _is_off_road(answer.get("destinations"), len(targets))] = np.nan
        return Block(seconds, metres)

    def line(self, points: Sequence[Point], *, mode: TravelMode, until: float) -> list[Point]:
        """Return the way along the points.

        Raises:
            Silent, Nonsense, NoWay, TooMany.
        """
        options = "overview=full&geometries=geojson&generate_hints=false"
        answer = self._ask(f"route/v1/{_PROFILES[mode]}/{_coordinates(points)}?{options}", until)
        try:
            way = [(float(lat), float(lon)) for lon, lat in answer["routes"][0]["geometry"]["coordinates"]]
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise Nonsense("a route without its line") from error
        if len(way) < 2 or not all(math.isfinite(number) for point in way for number in point):
            raise Nonsense("a line that is none")
        if _is_off_road(answer.get("waypoints"), len(points)).any():
            raise NoWay
        return way

    def _ask(self, path: str, until: float) -> dict[str, Any]:
        try:
            answer = self._fetcher.fetch(f"{self._url}/{path}", until=until)
        except Refused as refused:
            answer = refused.answer
        code = answer.get("code")
        if code == "Ok":
            return answer
        if code == "TooBig":
            raise TooMany
        if code in _NO_WAY:
            raise NoWay
        raise Nonsense(f"code {code!r}")


def _coordinates(points: Sequence[Point]) -> str:
    return ";".join(f"{lon:.5f},{lat:.5f}" for lat, lon in points)


def _numbers(first: int, end: int) -> str:
    return ";".join(map(str, range(first, end)))


def _is_off_road(waypoints: object, count: int) -> npt.NDArray[np.bool_]:
    """Return for each point whether the road it was taken to is too far away; not known (an old server) is not far."""
    if not isinstance(waypoints, list) or len(waypoints) != count:
        return np.zeros(count, dtype=bool)
    away = [waypoint.get("distance") if isinstance(waypoint, dict) else None for waypoint in waypoints]
    return np.array([isinstance(metres, int | float) and metres > FARTHEST_ROAD_M for metres in away], dtype=bool)
