"""What stands in for the outside world, written once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from fieldsales.domain.places import AddressQuery, Level, LocateReason, LocateStatus, Place

TAKAMATSU = (34.3401, 134.0434)


@dataclass
class FakeClock:
    """A clock that stands still until a test moves it; call it for the present moment."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **duration: float) -> datetime:
        """Move on by `timedelta(**duration)` and return the new present."""
        self.now += timedelta(**duration)
        return self.now


def place_at(lat: float = TAKAMATSU[0], lon: float = TAKAMATSU[1], *, matched: str = "番町一丁目", precision_m: float = 300.0) -> Place:
    """Return a plainly good place."""
    return Place(lat, lon, Level.CHOME, precision_m, "fake", matched, "", LocateStatus.OK)


@dataclass
class FakeGeocoder:
    """Answers from `places` by the exact text of the address; everything else is an unknown municipality.

    `asked` keeps the queries in order. `version` may be raised to make earlier answers improvable.
    """

    places: dict[str, Place] = field(default_factory=dict)
    areas: dict[str, str] = field(default_factory=dict)
    version: str = "fake-1"
    asked: list[AddressQuery] = field(default_factory=list)

    def locate(self, query: AddressQuery) -> Place:
        self.asked.append(query)
        if not query.text:
            return Place.nowhere(LocateStatus.FAILED, LocateReason.NO_ADDRESS, provider="fake")
        found = self.places.get(query.text)
        return found or Place.nowhere(LocateStatus.FAILED, LocateReason.UNKNOWN_MUNICIPALITY, provider="fake", rest=query.text)

    def locate_many(self, queries: Iterable[AddressQuery]) -> Iterator[Place]:
        for query in queries:
            yield self.locate(query)

    def area_of(self, query: AddressQuery) -> str:
        return self.areas.get(query.text, "")
