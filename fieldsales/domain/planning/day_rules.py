"""How a rep's day is to go, as people say it: from where to where, from when to when, with which pauses, by which means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import time
from enum import StrEnum
from typing import Any

from fieldsales.domain.words import TravelMode


class Whence(StrEnum):
    """Where a day begins: at a place of the team, where the rep is now, or at the first customer's."""

    PLACE = "place"
    HERE = "here"
    FIRST_STOP = "first_stop"


class Whither(StrEnum):
    """Where a day ends: at a place of the team, where it began, or at the last customer's."""

    PLACE = "place"
    START = "start"
    LAST_STOP = "last_stop"


@dataclass(frozen=True, slots=True)
class Pause:
    """A break of so many minutes that begins between two times; `name` is what it is called, empty for lunch."""

    minutes: int
    earliest: time
    latest: time
    name: str = ""


LUNCH = Pause(60, time(11, 30), time(13, 0))


@dataclass(frozen=True, slots=True)
class DayRules:
    """`ends` at or before `begins` is a time of the next day. Without a place that is known a day begins at its first stop.

    `here` is where the rep stood when asked (`Whence.HERE`), degrees. `parking_minutes` are added to each stop that is
    driven to. `visit_minutes` is how long a visit takes where nothing else is said.
    `max_travel_minutes` None sets no limit.
    """

    begins: time = time(9, 0)
    ends: time = time(18, 0)
    whence: Whence = Whence.FIRST_STOP
    start_place_id: int | None = None
    here: tuple[float, float] | None = None
    whither: Whither = Whither.START
    end_place_id: int | None = None
    pauses: tuple[Pause, ...] = field(default=(LUNCH,))
    max_travel_minutes: int | None = None
    mode: TravelMode = TravelMode.CAR
    parking_minutes: int = 3
    visit_minutes: int = 30


def rules_to_json(rules: DayRules) -> dict[str, Any]:
    """Return the rules as JSON keeps them."""
    plain = asdict(rules)
    plain["begins"], plain["ends"] = rules.begins.isoformat("minutes"), rules.ends.isoformat("minutes")
    plain["pauses"] = [
        {"minutes": p.minutes, "earliest": p.earliest.isoformat("minutes"), "latest": p.latest.isoformat("minutes"), "name": p.name}
        for p in rules.pauses
    ]
    return plain


def rules_from_json(plain: Mapping[str, Any]) -> DayRules:
    """Return the rules that `rules_to_json` wrote; what an older version did not know has its default."""
    known: dict[str, Any] = {name: value for name, value in plain.items() if name in DayRules.__dataclass_fields__}
    for name, kind in (("whence", Whence), ("whither", Whither), ("mode", TravelMode)):
        if name in known:
            known[name] = kind(known[name])
    for name in ("begins", "ends"):
        if name in known:
            known[name] = time.fromisoformat(known[name])
    if known.get("here") is not None:
        known["here"] = (float(known["here"][0]), float(known["here"][1]))
    if "pauses" in known:
        known["pauses"] = tuple(
            Pause(int(p["minutes"]), time.fromisoformat(p["earliest"]), time.fromisoformat(p["latest"]), str(p.get("name", "")))
            for p in known["pauses"]
        )
    return DayRules(**known)
