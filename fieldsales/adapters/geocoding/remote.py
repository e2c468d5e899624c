"""What all geocoding services share: pacing per host, answers, and which of them to believe."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from fieldsales.domain.places import AddressQuery, Level, LocateReason, LocateStatus, Place

BUSY_FOR_S = 60.0
_METRES_PER_DEGREE = 111_195.0


class Failure(Enum):
    """What to do about a service that did not answer."""

    WAIT = "wait"
    BAD_QUERY = "bad_query"
    CALL_THE_ADMIN = "call_the_admin"


class ServiceFailed(Exception):
    """A service did not answer; `retry_after_s` is what it asked for, None when it did not say."""

    def __init__(self, failure: Failure, retry_after_s: float | None = None) -> None:
        """Say what to do, and when."""
        self.failure = failure
        self.retry_after_s = retry_after_s
        super().__init__(failure.value)


@dataclass(frozen=True, slots=True)
class RemoteAnswer:
    """A point from a service with the address the service gave it; `country` is a lower-case ISO code or empty."""

    lat: float
    lon: float
    address: str
    level: Level
    precision_m: float
    country: str = ""


class RemoteService(Protocol):
    """A service that may be asked."""

    name: str
    host: str
    seconds_between_calls: float

    def ask(self, text: str) -> RemoteAnswer | None:
        """Return the service's answer, None when it knows no such place.

        Raises:
            ServiceFailed: there was no answer.
        """


class HostPace:
    """Keeps calls to one host apart, for all geocoders of the process together."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep) -> None:
        """Measure time with `clock`, wait with `sleep`."""
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._next_at = -math.inf
        self._closed_until = -math.inf

    @property
    def closed(self) -> bool:
        """True while the host has asked to be left alone."""
        return self._clock() < self._closed_until

    def wait_turn(self, seconds_between_calls: float) -> None:
        """Return when the next call may be made."""
        with self._lock:
            now = self._clock()
            turn = max(now, self._next_at)
            self._next_at = turn + seconds_between_calls
        if turn > now:
            self._sleep(turn - now)

    def close(self, seconds: float) -> None:
        """Make no call for some time."""
        with self._lock:
            self._closed_until = max(self._closed_until, self._clock() + seconds)


_PACES: dict[str, HostPace] = {}
_PACES_LOCK = threading.Lock()


def pace_of(host: str, clock: Callable[[], float] = time.monotonic) -> HostPace:
    """Return the one pace of a host in this process; `clock` matters only to the first caller."""
    with _PACES_LOCK:
        return _PACES.setdefault(host, HostPace(clock))


def ask_politely(service: RemoteService, text: str, pace: HostPace) -> RemoteAnswer | None:
    """Ask when the host's pace allows it.

    Raises:
        ServiceFailed: no answer; with `Failure.WAIT` nothing was sent or the host is left alone for a while.
    """
    if pace.closed:
        raise ServiceFailed(Failure.WAIT)
    pace.wait_turn(service.seconds_between_calls)
    try:
        return service.ask(text)
    except ServiceFailed as error:
        if error.failure is Failure.WAIT:
            pace.close(error.retry_after_s or BUSY_FOR_S)
        raise


def is_a_point(lat: float, lon: float) -> bool:
    """True for a place on earth; (0, 0) is what a failure looks like."""
    return math.isfinite(lat) and math.isfinite(lon) and abs(lat) <= 90 and abs(lon) <= 180 and (abs(lat) > 1e-6 or abs(lon) > 1e-6)


def distance_m(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """Return a distance on a locally flat earth, good enough to compare with a radius."""
    return math.hypot(lat2 - lat1, (lon2 - lon1) * math.cos(math.radians((lat1 + lat2) / 2))) * _METRES_PER_DEGREE


def unanswered(best: Place, failure: Failure, provider: str) -> Place:
    """Return what remains when a service did not answer: the local place, marked if it is only half of one, else when to try again."""
    if failure is Failure.BAD_QUERY or (best.found and best.level.is_town):
        return best
    busy = failure is Failure.WAIT
    reason = LocateReason.SERVICE_BUSY if busy else LocateReason.SERVICE_REFUSED
    if best.found:
        return best.doubted(reason)
    # a wrong key or a block is put right by the admin; then the address is worth another try, so it is no "not found" either
    return Place.nowhere(LocateStatus.RETRY_LATER, reason, provider=provider, matched=best.matched, rest=best.rest)


def accepted(answer: RemoteAnswer, best: Place, provider: str, rest: str) -> Place:
    """Return an answer as a place: fine ones are `ok`, coarse ones approximate."""
    status = LocateStatus.OK if answer.level.is_town else LocateStatus.APPROXIMATE
    reason = LocateReason.NONE if answer.level.is_town else LocateReason.UNKNOWN_TOWN
    return Place(answer.lat, answer.lon, answer.level, answer.precision_m, provider, answer.address or best.matched, rest, status, reason)


def query_text(query: AddressQuery) -> str:
    """Return the text a service is asked for: white space made single, nothing else changed."""
    return " ".join(query.text.split())
