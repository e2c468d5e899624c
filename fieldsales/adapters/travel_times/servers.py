"""Which routing servers a setting names, what each of them is asked for, and what may come of asking."""

from __future__ import annotations

import re
import urllib.parse
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

import numpy as np
import numpy.typing as npt

from fieldsales.domain.travel import Point
from fieldsales.domain.words import TravelMode
from fieldsales.errors import BadSetting

SETTING = "FIELDSALES_ROUTING_URL"
ON_ROADS = (TravelMode.CAR, TravelMode.BICYCLE, TravelMode.WALK)
_ADDRESS = re.compile(r"(?:(?P<mode>[a-z]+)=)?(?:(?P<engine>[a-z]+)\+)?(?P<url>https?://\S+)")
Numbers = npt.NDArray[np.float64]


class Engine(StrEnum):
    """The two kinds of server that we can talk to."""

    OSRM = "osrm"
    VALHALLA = "valhalla"


@dataclass(frozen=True, slots=True)
class ServerAddress:
    """A server and the means of travel it is asked about."""

    engine: Engine
    url: str
    modes: tuple[TravelMode, ...]


class Silent(Exception):
    """No answer in time, or one that says “not now”."""


class Nonsense(Exception):
    """An answer that is none: HTML, another shape, impossible numbers, too much of it, a way to somewhere else."""


class NoWay(Exception):
    """The server works, and knows no way between (some of) these points."""


class TooMany(Exception):
    """The server takes fewer points at once."""


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Times in seconds and lengths in metres from some points to others, of shape (origins, targets); NaN where no way is known."""

    seconds: Numbers
    metres: Numbers


class RoadServer(Protocol):
    """One routing server as `roads.RoadTimes` uses it; every call may raise Silent, Nonsense, NoWay or TooMany."""

    # Points of one matrix in which all are origins and targets alike, of one side of a matrix in which they are not, and of a line.
    most_square: int
    most_aside: int
    most_on_line: int

    def block(self, origins: Sequence[Point], targets: Sequence[Point], *, mode: TravelMode, until: float) -> Block:
        """Return travel from each origin to each target; `until` is when on the monotonic clock it has to be there."""
        ...

    def line(self, points: Sequence[Point], *, mode: TravelMode, until: float) -> list[Point]:
        """Return the way along the points."""
        ...


def read_addresses(setting: str) -> tuple[ServerAddress, ...]:
    """Return the servers that the setting names, one address or several apart by blanks.

    `http://osrm:5000` is an OSRM server, which knows the one means of travel it was prepared for: the car. `bicycle=http://…`
    and `walk=http://…` name others. `valhalla+http://valhalla:8002` is a Valhalla server, which knows all three.

    Raises:
        BadSetting: an address that is none, or two for one means of travel.
    """
    servers: list[ServerAddress] = []
    for part in setting.split():
        server = _read_address(part)
        taken = {mode for other in servers for mode in other.modes}
        if "=" not in part.partition("://")[0]:
            # Named without a mode: it serves what no other address is for.
            server = ServerAddress(server.engine, server.url, tuple(mode for mode in server.modes if mode not in taken))
        if not server.modes or taken & set(server.modes):
            raise BadSetting(name=SETTING, why=f"two servers for the same means of travel: {part}")
        servers.append(server)
    return tuple(servers)


def _read_address(part: str) -> ServerAddress:
    found = _ADDRESS.fullmatch(part)
    if found is None or found["engine"] not in (None, *Engine):
        raise BadSetting(name=SETTING, why=f"{part} is no address such as http://localhost:5000 or valhalla+http://localhost:8002")
    try:
        address = urllib.parse.urlsplit(found["url"])
        usable = bool(address.hostname) and (address.port is None or address.port > 0)
    except ValueError:
        usable = False
    if not usable or address.query or address.fragment or address.username is not None:
        raise BadSetting(name=SETTING, why=f"{part} may have a host, a port and a path, no user, query or fragment")
    engine = Engine(found["engine"] or Engine.OSRM)
    if found["mode"] is None:
        modes = ON_ROADS if engine is Engine.VALHALLA else (TravelMode.CAR,)
    elif found["mode"] in ON_ROADS:
        modes = (TravelMode(found["mode"]),)
    else:
        raise BadSetting(name=SETTING, why=f"{found['mode']} is none of car, bicycle and walk")
    return ServerAddress(engine, found["url"].rstrip("/"), modes)


def plain_numbers(rows: object, shape: tuple[int, int]) -> Numbers:
    """Return a table of a server's answer as numbers, NaN for null.

    Raises:
        Nonsense: another shape, no numbers, or such as no travel has.
    """
    try:
        numbers = np.array(rows, dtype=np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise Nonsense("no table of numbers") from error
    if numbers.shape != shape:
        raise Nonsense(f"a table of shape {numbers.shape} instead of {shape}")
    if np.isinf(numbers).any() or (numbers < 0).any() or (numbers > 1e8).any():
        raise Nonsense("impossible numbers")
    return numbers
