"""Where an address lies, how finely that is known, and what to do when it is not.

A `Place` never claims more than is known: `precision_m` is a radius that holds the true place in at least
nine cases of ten, and a place without coordinates says why in `reason`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum


class Level(StrEnum):
    """How finely an address was matched, finest first."""

    POINT = "point"
    BLOCK = "block"
    CHOME = "chome"
    KOAZA = "koaza"
    OAZA = "oaza"
    POSTAL = "postal"
    CITY = "city"
    NONE = "none"

    @property
    def is_town(self) -> bool:
        """True when the match is a town (大字・町) or finer."""
        return self in _TOWN_LEVELS


_TOWN_LEVELS = frozenset({Level.POINT, Level.BLOCK, Level.CHOME, Level.KOAZA, Level.OAZA})


class LocateStatus(StrEnum):
    """What came of looking for an address."""

    OK = "ok"
    APPROXIMATE = "approximate"
    AMBIGUOUS = "ambiguous"
    FAILED = "failed"
    RETRY_LATER = "retry_later"


class LocateReason(StrEnum):
    """Why a place is not a plain `ok`; screens turn it into a sentence."""

    NONE = ""
    NO_ADDRESS = "no_address"
    NOT_AN_ADDRESS = "not_an_address"
    OUTSIDE_JAPAN = "outside_japan"
    UNKNOWN_MUNICIPALITY = "unknown_municipality"
    UNKNOWN_TOWN = "unknown_town"
    SEVERAL_MUNICIPALITIES = "several_municipalities"
    SEVERAL_TOWNS = "several_towns"
    POSTAL_CODE_ONLY = "postal_code_only"
    POSTAL_CODE_DISAGREES = "postal_code_disagrees"
    ADDRESS_CHANGED = "address_changed"
    GAZETTEER_MISSING = "gazetteer_missing"
    SERVICE_BUSY = "service_busy"
    SERVICE_REFUSED = "service_refused"


@dataclass(frozen=True, slots=True)
class AddressQuery:
    """An address as a customer wrote it, with the postal code if it stands in a field of its own."""

    text: str
    postal_code: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """A point with the radius that holds the true place, or the reason there is none.

    `lat`, `lon` are WGS 84 degrees, None when nothing was found (`ambiguous`, `failed`, `retry_later`).
    `matched` is the text that the point stands for, `rest` what of the address was left over.
    """

    lat: float | None
    lon: float | None
    level: Level
    precision_m: float | None
    provider: str
    matched: str
    rest: str
    status: LocateStatus
    reason: LocateReason = LocateReason.NONE

    @classmethod
    def nowhere(cls, status: LocateStatus, reason: LocateReason, *, provider: str = "", matched: str = "", rest: str = "") -> Place:
        """Return a place without coordinates that says why."""
        return cls(None, None, Level.NONE, None, provider, matched, rest, status, reason)

    @property
    def found(self) -> bool:
        """True when there is a point to draw."""
        return self.lat is not None and self.lon is not None

    def doubted(self, reason: LocateReason) -> Place:
        """Return the same place marked approximate for `reason`."""
        return replace(self, status=LocateStatus.APPROXIMATE, reason=reason)
