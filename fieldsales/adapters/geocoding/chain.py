"""The geocoders one after the other, each improving on what the former ones found: local first, services only if chosen."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from fieldsales.domain.places import AddressQuery, Level, LocateReason, LocateStatus, Place

from .cache import FILE_NAME as CACHE_FILE_NAME
from .cache import AnswerCache
from .errors import GeocodingServiceUnusable
from .gazetteer import Gazetteer
from .geopy_service import is_public_nominatim, named_service, nominatim
from .gsi import GsiService
from .postal import PostalCodes
from .remote import (
    HostPace,
    RemoteAnswer,
    RemoteService,
    ServiceFailed,
    accepted,
    ask_politely,
    distance_m,
    pace_of,
    query_text,
    unanswered,
)

DEFAULT_NAMES = ("gazetteer", "postal")
_LOCAL_NAMES = frozenset({"cache", "gazetteer", "postal"})
_GEOPY = "geopy:"
_JAPANESE = re.compile("[\u3040-\u30ff\u3400-\u9fff]")
_NOWHERE = Place.nowhere(LocateStatus.FAILED, LocateReason.NOT_AN_ADDRESS)


class Link(Protocol):
    """One geocoder of a chain."""

    name: str

    def improve(self, query: AddressQuery, best: Place) -> Place:
        """Return a better place than `best`, or `best`."""


class GeocoderChain:
    """Satisfies `services.ports.Geocoder`: never raises for an address."""

    def __init__(self, gazetteer: Gazetteer, links: Sequence[Link]) -> None:
        """Ask `links` in order; `gazetteer` says when approximate places are worth another look."""
        self.gazetteer = gazetteer
        self.links = tuple(links)

    @property
    def version(self) -> str:
        """Changes with the installed gazetteer and with the choice of geocoders."""
        return "|".join((self.gazetteer.version, *(link.name for link in self.links)))

    def locate(self, query: AddressQuery) -> Place:
        """Return the best place the chain knows for an address, or why there is none."""
        best = _NOWHERE
        for link in self.links:
            best = link.improve(query, best)
        return best

    def locate_many(self, queries: Iterable[AddressQuery]) -> Iterator[Place]:
        """Yield a place for each address, in order."""
        for query in queries:
            yield self.locate(query)

    def area_of(self, query: AddressQuery) -> str:
        """Return the municipality that an address names, by the gazetteer alone: no service is asked for it."""
        return self.gazetteer.area_of(query)


class GazetteerLink:
    """The local gazetteer, which answers first."""

    name = "gazetteer"

    def __init__(self, gazetteer: Gazetteer) -> None:
        """Ask `gazetteer`."""
        self._gazetteer = gazetteer

    def improve(self, query: AddressQuery, best: Place) -> Place:
        """Return the gazetteer's answer."""
        return best if best.found else self._gazetteer.locate(query)


class ServiceLink:
    """A service, asked when the local geocoders leave something to be found and believed only where it agrees with them."""

    def __init__(
        self,
        service: RemoteService,
        gazetteer: Gazetteer,
        cache: AnswerCache,
        pace: HostPace,
        *,
        wanted: Callable[[str, Place], bool],
    ) -> None:
        """Ask `service` for the texts and places that are `wanted`."""
        self.name = service.name
        self._service = service
        self._gazetteer = gazetteer
        self._cache = cache
        self._pace = pace
        self._wanted = wanted

    def improve(self, query: AddressQuery, best: Place) -> Place:
        """Return the service's answer if it is finer and agrees with `best`, else `best`; `retry_later` if it was busy."""
        text = query_text(query)
        if not text or best.level in (Level.POINT, Level.BLOCK) or not self._wanted(text, best):
            return best
        try:
            answer = self._answer(text)
        except ServiceFailed as error:
            return unanswered(best, error.failure, self.name)
        if answer is None or not self._agrees(answer, query, best):
            return best
        return accepted(answer, best, self.name, best.rest)

    def _answer(self, text: str) -> RemoteAnswer | None:
        known, answer = self._cache.get(self.name, text)
        if not known:
            answer = ask_politely(self._service, text, self._pace)
            self._cache.put(self.name, text, answer)
        return answer

    def _agrees(self, answer: RemoteAnswer, query: AddressQuery, best: Place) -> bool:
        """True when nothing known locally speaks against the answer: its municipality, its distance, or that it is in Japan at all."""
        if best.lat is None or best.lon is None or best.precision_m is None:
            return best.reason is LocateReason.OUTSIDE_JAPAN and answer.country != "jp" and not _in_japan(answer)
        if answer.precision_m > best.precision_m or distance_m(best.lat, best.lon, answer.lat, answer.lon) > best.precision_m:
            return False
        here = self._gazetteer.municipality_of(query)
        there = self._gazetteer.municipality_of(AddressQuery(answer.address))
        return here is not None and here == there


def build_chain(
    names: Sequence[str],
    *,
    gazetteer_path: Path,
    nominatim_url: str = "",
    user_agent: str,
    clock: Callable[[], float] = time.monotonic,
    offline: bool = False,
    keys: Mapping[str, str] | None = None,
) -> GeocoderChain:
    """Return the chain of the named geocoders: `gazetteer`, `postal`, `gsi`, `nominatim`, `geopy:<service>`.

    `offline` keeps the local ones only. The cache of answers lies beside the gazetteer and needs no name.

    Raises:
        GeocodingServiceUnusable: a name is unknown or its service misconfigured.
    """
    gazetteer = Gazetteer(gazetteer_path)
    cache = AnswerCache(gazetteer_path.with_name(CACHE_FILE_NAME))

    def link(name: str) -> Link:
        if name == "gazetteer":
            return GazetteerLink(gazetteer)
        if name == "postal":
            return PostalCodes(gazetteer)
        service, wanted = _service(name, nominatim_url, user_agent, keys or {})
        return ServiceLink(service, gazetteer, cache, pace_of(service.host, clock), wanted=wanted)

    chosen = [name.strip() for name in names if name.strip() and name.strip() != "cache"]
    return GeocoderChain(gazetteer, [link(name) for name in chosen if not offline or name in _LOCAL_NAMES])


def _service(name: str, nominatim_url: str, user_agent: str, keys: Mapping[str, str]) -> tuple[RemoteService, Callable[[str, Place], bool]]:
    if name == "gsi":
        return GsiService(user_agent), _is_in_japan
    if name == "nominatim":
        # the public server is for addresses abroad only: Japanese lists would be bulk use
        return nominatim(nominatim_url, user_agent), _is_foreign if is_public_nominatim(nominatim_url) else _is_wanting
    if name.startswith(_GEOPY):
        service = name.removeprefix(_GEOPY)
        return named_service(service, keys.get(service, keys.get(name, "")), user_agent), _is_wanting
    raise GeocodingServiceUnusable(name=name, why="unknown")


def _is_in_japan(text: str, best: Place) -> bool:
    return best.found


def _is_foreign(text: str, best: Place) -> bool:
    return best.reason is LocateReason.OUTSIDE_JAPAN and not _JAPANESE.search(text)


def _is_wanting(text: str, best: Place) -> bool:
    return best.reason is LocateReason.OUTSIDE_JAPAN or (best.found and not best.level.is_town)


def _in_japan(answer: RemoteAnswer) -> bool:
    """True within the box around Japan when the service names no country; it holds parts of Korea, which then stay unplaced."""
    return not answer.country and 20.0 <= answer.lat <= 46.0 and 122.0 <= answer.lon <= 154.5
