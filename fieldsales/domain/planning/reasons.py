"""What a plan says for itself, as codes with their numbers; `fieldsales.wording.plans` turns them into sentences.

Kept as JSON with the plan, so that what a rep reads is what was true when it was planned.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

Params = Mapping[str, Any]


class Why(StrEnum):
    """Why a stop is made today, and why at its time. Beside each the names of its params."""

    APPOINTMENT = "appointment"  # at
    PROMISED = "promised"  # on (ISO date), days (late by; 0 for today)
    OVERDUE = "overdue"  # days (over the interval), cadence_days
    DUE = "due"  # days (since the last visit), cadence_days
    NEVER_VISITED = "never_visited"
    VALUABLE = "valuable"  # value, rank (among the candidates, from 1)
    ON_THE_WAY = "on_the_way"  # minutes (that it adds to the travel)
    LOCKED = "locked"
    REQUIRED = "required"
    WAITS_TO_OPEN = "waits_to_open"  # at: begins when the doors open
    BEFORE_CLOSING = "before_closing"  # at: the latest beginning
    BETWEEN = "between"  # after, before: names of the neighbours that it lies between
    FIXED_FIRST = "fixed_first"
    FIXED_LAST = "fixed_last"


class WhyNot(StrEnum):
    """Why a customer was left out; exactly one is given, the one that is true."""

    EXCLUDED = "excluded"
    NO_PIN = "no_pin"
    DO_NOT_VISIT = "do_not_visit"
    CLOSED_ALL_DAY = "closed_all_day"
    UNREACHABLE = "unreachable"
    TOO_FAR = "too_far"  # minutes: even alone it does not fit into the day
    CLOSED_WHEN_REACHABLE = "closed_when_reachable"  # opens, closes
    OUTRANKED = "outranked"  # by: names of those without any one of which it would fit; ids: theirs
    NOT_WORTH_THE_DRIVE = "not_worth_the_drive"  # minutes, value
    TRAVEL_LIMIT = "travel_limit"  # minutes over the limit
    DAY_FULL = "day_full"  # minutes (that are missing)
    CONFLICT = "conflict"  # with: names of the required visits it cannot be combined with; ids: theirs
    ROOM_FOR_IT = "room_for_it"  # minutes, value: it would fit and pay; an order made by hand leaves it out


class Relief(StrEnum):
    """What would let a customer in; each was tried before it is said.

    Beside the params named here each has `for` (id of the visit that it lets in), and what changes a day has `day` (its id).
    """

    STAY_UNTIL = "stay_until"  # at
    START_AT = "start_at"  # at
    SHORTEN_BREAK = "shorten_break"  # minutes (to take off), pause (index)
    DROP = "drop"  # visit (id), name
    ALLOW_TRAVEL = "allow_travel"  # minutes (of travel to allow in all)
    SHORTEN_VISIT = "shorten_visit"  # minutes (that the visit itself may take)
    LOCK = "lock"  # visit it in any case, whatever falls out: names; ids: theirs


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing said, with its numbers; times are seconds of the plan's day until a service makes them moments."""

    code: Why | WhyNot | Relief
    params: Params = field(default_factory=dict)


def reason_to_json(reason: Reason) -> dict[str, Any]:
    """Return a reason as JSON keeps it."""
    return {"code": reason.code.value, **reason.params}


def reasons_from_json(plain: Sequence[Mapping[str, Any]], kind: type[Why] | type[WhyNot] | type[Relief]) -> tuple[Reason, ...]:
    """Return the reasons of one kind that JSON kept; a code of another version is passed over."""
    known = {code.value for code in kind}
    return tuple(Reason(kind(entry["code"]), {k: v for k, v in entry.items() if k != "code"}) for entry in plain if entry["code"] in known)
