"""Where the demo's customers stand: mostly a house, sometimes only a town or a city, now and then nowhere."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from random import Random

from fieldsales.demo.names import invent_building
from fieldsales.demo.odds import Odds
from fieldsales.demo.towns import Town, read_towns
from fieldsales.domain.places import Level, LocateReason, LocateStatus

_METRES_PER_DEGREE = 111_320.0
_GIVEN_PRECISION_M = 30.0
_TOWN_PRECISION_M = (250.0, 400.0, 600.0, 900.0)
_CITY_PRECISION_M = 4_000.0
_APPROXIMATE, _UNLOCATED = 0.08, 0.03

# What lists of real teams hold: towns of the same name in several prefectures, no address, something else, abroad.
_LOST = Odds(
    {
        ("府中市本町{block}-{house}", LocateStatus.AMBIGUOUS, LocateReason.SEVERAL_MUNICIPALITIES, "府中市"): 4,
        ("伊達市末永町{block}-{house}", LocateStatus.AMBIGUOUS, LocateReason.SEVERAL_MUNICIPALITIES, "伊達市"): 1,
        ("", LocateStatus.FAILED, LocateReason.NO_ADDRESS, ""): 2,
        ("住所確認中", LocateStatus.FAILED, LocateReason.NOT_AN_ADDRESS, ""): 1,
        ("名刺参照", LocateStatus.FAILED, LocateReason.NOT_AN_ADDRESS, ""): 1,
        ("{block}{house} Example Street, Springfield", LocateStatus.FAILED, LocateReason.OUTSIDE_JAPAN, ""): 1,
    }
)


@dataclass(frozen=True, slots=True)
class Spot:
    """An address and its place as the geocoder would have left it; `building` and `floor` complete the address."""

    street: str
    postal_code: str
    town: Town | None
    lat: float | None
    lon: float | None
    level: Level
    precision_m: float | None
    provider: str
    matched: str
    rest: str
    status: LocateStatus
    reason: LocateReason = LocateReason.NONE
    building: str = ""
    floor: int = 1

    @property
    def address(self) -> str:
        """The street address with building and floor, when there is a building."""
        return f"{self.street} {self.building}{self.floor}F" if self.building else self.street

    @property
    def area(self) -> str:
        """The municipality that the address names, empty where it names none."""
        return self.town.pref + self.town.city if self.town else ""

    @property
    def located(self) -> bool:
        """True for an exact place."""
        return self.status is LocateStatus.OK


def choose_spot(rng: Random, town: Town, *, spread_m: float) -> Spot:
    """Return a place in `town`, about `spread_m` from its point, or one that is not known that well."""
    chance = rng.random()
    if chance < _UNLOCATED:
        return _nowhere(rng)
    lat, lon = _near(rng, town.lat, town.lon, spread_m)
    if chance < _UNLOCATED + _APPROXIMATE / 2:
        return _somewhere_in_town(rng, town, lat, lon)
    if chance < _UNLOCATED + _APPROXIMATE:
        return _somewhere_in_city(rng, town)
    street = town.address(rng.randint(1, 28), rng.randint(1, 19), spelled_out=rng.random() < 0.25)
    building = invent_building(rng) if rng.random() < 0.3 else ""
    return Spot(
        street, town.postal_code, town, lat, lon, Level.POINT, _GIVEN_PRECISION_M, "given", "", "", LocateStatus.OK,
        building=building, floor=rng.randint(1, 6),
    )  # fmt: skip


def _near(rng: Random, lat: float, lon: float, spread_m: float) -> tuple[float, float]:
    """Return a point about `spread_m` away, to six digits (a tenth of a metre)."""
    north, east = rng.gauss(0, spread_m), rng.gauss(0, spread_m)
    return round(lat + north / _METRES_PER_DEGREE, 6), round(lon + east / (_METRES_PER_DEGREE * math.cos(math.radians(lat))), 6)


def _somewhere_in_town(rng: Random, town: Town, lat: float, lon: float) -> Spot:
    matched = town.pref + town.city + town.name
    return Spot(
        matched, town.postal_code, town, lat, lon, Level.OAZA, rng.choice(_TOWN_PRECISION_M), "gazetteer", matched, "",
        LocateStatus.APPROXIMATE, LocateReason.UNKNOWN_TOWN,
    )  # fmt: skip


def _somewhere_in_city(rng: Random, town: Town) -> Spot:
    """Return the middle of the town's municipality for an address whose town nobody knows."""
    lat, lon = _middle_of(town.pref, town.city)
    matched = town.pref + town.city
    rest = f"{rng.choice(('新町団地', '工業団地内', '駅前再開発地区', '緑園住宅'))}{rng.randint(1, 9)}号棟"
    return Spot(
        matched + rest, "", town, lat, lon, Level.CITY, _CITY_PRECISION_M, "municipalities", matched, rest,
        LocateStatus.APPROXIMATE, LocateReason.UNKNOWN_TOWN,
    )  # fmt: skip


@cache
def _middle_of(pref: str, city: str) -> tuple[float, float]:
    towns = [town for town in read_towns() if (town.pref, town.city) == (pref, city)]
    return round(sum(town.lat for town in towns) / len(towns), 6), round(sum(town.lon for town in towns) / len(towns), 6)


def _nowhere(rng: Random) -> Spot:
    text, status, reason, matched = _LOST.draw(rng)
    address = text.format(block=rng.randint(1, 9), house=rng.randint(1, 20))
    return Spot(address, "", None, None, None, Level.NONE, None, "municipalities", matched, address.removeprefix(matched), status, reason)
