"""What came out for a planned day as a whole, as it is kept with the plan; its stops are kept on their own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from fieldsales.domain.planning.reasons import Reason, WhyNot, reason_to_json, reasons_from_json
from fieldsales.domain.travel import Point


class PlanNote(StrEnum):
    """What a reader should know about a plan as a whole, beside `travel.TravelNote`."""

    START_UNKNOWN = "start_unknown"  # nobody knows where the day starts: it begins at the first stop
    END_UNKNOWN = "end_unknown"  # nobody knows where it ends: it is over with the last stop
    NO_PINS = "no_pins"  # none of its customers has a place on the map
    NOTHING_TO_VISIT = "nothing_to_visit"  # it has no customers at all
    DAY_OVER = "day_over"  # the time that is left is none
    DATES_CHANGED = "dates_changed"  # an appointment was moved or cancelled since; said when a plan is read, never kept


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a day begins or ends, in degrees: a place of the team (`place_id`), or where the rep was."""

    lat: float
    lon: float
    name: str = ""
    place_id: int | None = None

    @property
    def point(self) -> Point:
        """Latitude and longitude."""
        return self.lat, self.lon


@dataclass(frozen=True, slots=True)
class RestTaken:
    """A pause as planned; `pause` is its index in the rules, `name` is empty for lunch."""

    pause: int
    name: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a day goes: moments in UTC, lengths in seconds and metres; see `services.planning.plan_views` for what they mean.

    `is_solved` says that a plan was found at all, `is_stale` that something was changed since. `solver` names what found it.
    `start` and `end` are where it starts and ends when that is a place of its own. `line` is the way to draw from the first stop
    to the last, `way_out` the way to the first and `way_home` that from the last: apart, for not everybody may know somebody's home.
    """

    is_solved: bool = False
    is_stale: bool = False
    solver: str = ""
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    rests: tuple[RestTaken, ...] = ()
    start: Spot | None = None
    end: Spot | None = None
    value: float = 0.0
    travel_s: int = 0
    travel_m: int = 0
    wait_s: int = 0
    slack_s: int = 0
    visits: int = 0
    notes: tuple[str, ...] = ()
    conflicts: tuple[Reason, ...] = ()
    line: tuple[Point, ...] = ()
    way_out: tuple[Point, ...] = ()
    way_home: tuple[Point, ...] = ()


_LINES = ("line", "way_out", "way_home")
_PLAIN = ("is_solved", "is_stale", "solver", "value", "travel_s", "travel_m", "wait_s", "slack_s", "visits")


def outcome_to_json(outcome: Outcome) -> dict[str, Any]:
    """Return an outcome as JSON keeps it; the line to five decimals, which is a metre."""
    plain: dict[str, Any] = {name: getattr(outcome, name) for name in _PLAIN}
    for name in ("starts_at", "ends_at"):
        moment = getattr(outcome, name)
        plain[name] = moment and moment.isoformat()
    for name in ("start", "end"):
        spot: Spot | None = getattr(outcome, name)
        plain[name] = spot and [spot.lat, spot.lon, spot.name, spot.place_id]
    plain["rests"] = [[rest.pause, rest.name, rest.starts_at.isoformat(), rest.ends_at.isoformat()] for rest in outcome.rests]
    plain["notes"] = list(outcome.notes)
    plain["conflicts"] = [reason_to_json(reason) for reason in outcome.conflicts]
    for name in _LINES:
        plain[name] = [[round(lat, 5), round(lon, 5)] for lat, lon in getattr(outcome, name)]
    return plain


def outcome_from_json(plain: Mapping[str, Any]) -> Outcome:
    """Return the outcome that `outcome_to_json` wrote; what is missing has its default."""
    known: dict[str, Any] = {name: plain[name] for name in _PLAIN if name in plain}
    for name in ("starts_at", "ends_at"):
        known[name] = datetime.fromisoformat(plain[name]) if plain.get(name) else None
    for name in ("start", "end"):
        known[name] = Spot(*plain[name]) if plain.get(name) else None
    rests = plain.get("rests", ())
    known["rests"] = tuple(RestTaken(p, name, datetime.fromisoformat(a), datetime.fromisoformat(b)) for p, name, a, b in rests)
    known["notes"] = tuple(plain.get("notes", ()))
    known["conflicts"] = reasons_from_json(plain.get("conflicts", ()), WhyNot)
    for name in _LINES:
        known[name] = tuple((lat, lon) for lat, lon in plain.get(name, ()))
    return Outcome(**known)
