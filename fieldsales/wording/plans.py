"""What a plan says for itself, in the reader's language: reasons, reliefs and notes.

Sentences stand in a row or on a button: no full stop at their end. Names of customers come through as they are: whoever draws
them as anything but text escapes the whole sentence.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from fieldsales.domain.planning.outcome import PlanNote
from fieldsales.domain.planning.reasons import Params, Reason, Relief, Why, WhyNot
from fieldsales.domain.travel import TravelNote
from fieldsales.errors import N_
from fieldsales.i18n import Text
from fieldsales.wording.lengths import say_length

NOTES: Mapping[str, str] = {
    TravelNote.SERVER_DOWN: N_("The routing server does not answer: travel times are estimated."),
    TravelNote.SERVER_BROKEN: N_("The routing server answers nonsense: travel times are estimated."),
    TravelNote.SOME_ESTIMATED: N_("The routing server knows no way between some places: these travel times are estimated."),
    PlanNote.START_UNKNOWN: N_("Nobody has said where the day starts, so it begins at the first customer. Set it under Conditions."),
    PlanNote.END_UNKNOWN: N_("Nobody has said where the day ends, so it is over with the last customer. Set it under Conditions."),
    PlanNote.NO_PINS: N_("None of the customers has a place on the map yet."),
    PlanNote.NOTHING_TO_VISIT: N_("There is nobody to visit in this plan."),
    PlanNote.DAY_OVER: N_("The working day is over: no time is left for visits. Change its hours under Conditions."),
    PlanNote.DATES_CHANGED: N_("An appointment of this day was made, moved or cancelled since it was planned. Plan again to follow it."),
}


@dataclass(frozen=True)
class _Voice:
    """Says numbers of a plan whose day begins at `midnight` (aware); `pauses` are the names of the day's breaks."""

    text: Text
    midnight: datetime
    pauses: Sequence[str]

    def say(self, sentence: str, **values: str) -> str:
        return self.text.gettext(sentence).format(**values)

    def clock(self, seconds: int) -> str:
        # Seconds pass as time does; only in UTC can they be added to a moment.
        moment = (self.midnight.astimezone(UTC) + timedelta(seconds=seconds)).astimezone(self.midnight.tzinfo)
        return f"{moment:%H:%M}"

    def length(self, minutes: float) -> str:
        return say_length(minutes * 60, self.text)

    def number(self, value: float) -> str:
        return self.text.number(round(value))

    def names(self, names: Sequence[str]) -> str:
        return self.text.gettext(", ").join(names)


def say_reason(reason: Reason, text: Text, *, midnight: datetime, pauses: Sequence[str] = ()) -> str:
    """Return one reason as plain text; `midnight` is the aware beginning of the plan's day, in the zone whose clocks are meant.

    `pauses` are the names of the day's breaks, empty for lunch; without them a break is a break.
    """
    return _SAID[reason.code](reason.params, _Voice(text, midnight, pauses))


def say_reasons(reasons: Sequence[Reason], text: Text, *, midnight: datetime, pauses: Sequence[str] = ()) -> str:
    """Return several reasons in a row as plain text, empty when there are none."""
    return " · ".join(say_reason(reason, text, midnight=midnight, pauses=pauses) for reason in reasons)


def say_note(note: str, text: Text) -> str:
    """Return the sentence of a note of a plan or of its travel times; empty for one of another version."""
    return text.gettext(NOTES[note]) if note in NOTES else ""


def _promised(params: Params, voice: _Voice) -> str:
    days = int(params["days"])
    if days <= 0:
        return voice.say(N_("Promised for this day"))
    on = date.fromisoformat(params["on"])
    said = voice.text.ngettext("Promised for {date}, {count} day ago", "Promised for {date}, {count} days ago", days)
    return said.format(date=voice.text.day(on, today=voice.midnight.date()), count=voice.number(days))


def _overdue(params: Params, voice: _Voice) -> str:
    days, cadence = int(params["days"]), voice.number(params["cadence_days"])
    if days <= 0:
        return voice.say(N_("Due: its interval of {cadence} days is up"), cadence=cadence)
    said = voice.text.ngettext("{count} day overdue (every {cadence} days)", "{count} days overdue (every {cadence} days)", days)
    return said.format(count=voice.number(days), cadence=cadence)


def _due(params: Params, voice: _Voice) -> str:
    days = int(params["days"])
    said = voice.text.ngettext(
        "Soon due: last seen {count} day ago (every {cadence} days)", "Soon due: last seen {count} days ago (every {cadence} days)", days
    )
    return said.format(count=voice.number(days), cadence=voice.number(params["cadence_days"]))


def _valuable(params: Params, voice: _Voice) -> str:
    rank, value = voice.number(params["rank"]), voice.number(params["value"])
    return voice.say(N_("Number {rank} by value ({value} pt)"), rank=rank, value=value)


def _closed_when_reachable(params: Params, voice: _Voice) -> str:
    opens, closes = voice.clock(params["opens"]), voice.clock(params["closes"])
    if "at" not in params:
        return voice.say(N_("Visits can begin only {opens}–{closes}, and then there is no time"), opens=opens, closes=closes)
    sentence = N_("Visits can begin only {opens}–{closes}; the route has time at {at}")
    return voice.say(sentence, opens=opens, closes=closes, at=voice.clock(params["at"]))


def _day_full(params: Params, voice: _Voice) -> str:
    if not params.get("minutes"):
        return voice.say(N_("The day is full"))
    return voice.say(N_("The day is full: {length} short"), length=voice.length(params["minutes"]))


def _conflict(params: Params, voice: _Voice) -> str:
    if not params.get("with"):
        return voice.say(N_("Cannot be combined with the other visits that have to be made"))
    return voice.say(N_("Cannot be combined with {names}"), names=voice.names(params["with"]))


def _shorten_break(params: Params, voice: _Voice) -> str:
    length, pause = voice.length(params["minutes"]), int(params["pause"])
    if pause >= len(voice.pauses):
        return voice.say(N_("Shorten the break by {length}"), length=length)
    if not voice.pauses[pause]:
        return voice.say(N_("Shorten lunch by {length}"), length=length)
    return voice.say(N_("Shorten {name} by {length}"), name=voice.pauses[pause], length=length)


def _lock(params: Params, voice: _Voice) -> str:
    if not params.get("names"):
        return voice.say(N_("Visit in any case"))
    return voice.say(N_("Visit in any case, without {names}"), names=voice.names(params["names"]))


def _plainly(sentence: str) -> Callable[[Params, _Voice], str]:
    """Return what says a sentence that has no numbers."""
    return lambda _, voice: voice.say(sentence)


def _at(sentence: str) -> Callable[[Params, _Voice], str]:
    """Return what says a sentence with the `time` that is the param `at`."""
    return lambda params, voice: voice.say(sentence, time=voice.clock(params["at"]))


def _lasting(sentence: str) -> Callable[[Params, _Voice], str]:
    """Return what says a sentence with the `length` that is the param `minutes`, and the `value` if it has one."""
    return lambda params, voice: voice.say(sentence, length=voice.length(params["minutes"]), value=voice.number(params.get("value", 0)))


_SAID: Mapping[Why | WhyNot | Relief, Callable[[Params, _Voice], str]] = {
    Why.APPOINTMENT: _at(N_("Appointment at {time}")),
    Why.PROMISED: _promised,
    Why.OVERDUE: _overdue,
    Why.DUE: _due,
    Why.NEVER_VISITED: _plainly(N_("Never visited")),
    Why.VALUABLE: _valuable,
    Why.ON_THE_WAY: _lasting(N_("On the way (+{length})")),
    Why.LOCKED: _plainly(N_("To be visited in any case")),
    Why.REQUIRED: _plainly(N_("Has to be visited")),
    Why.WAITS_TO_OPEN: _at(N_("Begins when visits can, at {time}")),
    Why.BEFORE_CLOSING: _at(N_("Has to begin by {time}")),
    Why.BETWEEN: lambda p, voice: voice.say(N_("Between {after} and {before}"), after=p["after"], before=p["before"]),
    Why.FIXED_FIRST: _plainly(N_("Kept as the first stop")),
    Why.FIXED_LAST: _plainly(N_("Kept as the last stop")),
    WhyNot.EXCLUDED: _plainly(N_("Not this time: excluded by hand")),
    WhyNot.NO_PIN: _plainly(N_("Has no place on the map yet")),
    WhyNot.DO_NOT_VISIT: _plainly(N_("Do not visit")),
    WhyNot.CLOSED_ALL_DAY: _plainly(N_("Closed all day")),
    WhyNot.UNREACHABLE: _plainly(N_("No way there is known")),
    WhyNot.TOO_FAR: _lasting(N_("Does not fit even alone: {length} too long for the day")),
    WhyNot.CLOSED_WHEN_REACHABLE: _closed_when_reachable,
    WhyNot.OUTRANKED: lambda p, voice: voice.say(N_("Gave way to {names}"), names=voice.names(p["by"])),
    WhyNot.NOT_WORTH_THE_DRIVE: _lasting(N_("Not worth the trip: +{length} for {value} pt")),
    WhyNot.TRAVEL_LIMIT: _lasting(N_("Over the limit on travel by {length}")),
    WhyNot.DAY_FULL: _day_full,
    WhyNot.CONFLICT: _conflict,
    WhyNot.ROOM_FOR_IT: _lasting(N_("Would fit: +{length} of travel for {value} pt")),
    Relief.STAY_UNTIL: _at(N_("Stay until {time}")),
    Relief.START_AT: _at(N_("Start at {time}")),
    Relief.SHORTEN_BREAK: _shorten_break,
    Relief.DROP: lambda p, voice: voice.say(N_("Drop {name}"), name=p["name"]),
    Relief.ALLOW_TRAVEL: _lasting(N_("Allow {length} of travel")),
    Relief.SHORTEN_VISIT: _lasting(N_("Shorten the visit to {length}")),
    Relief.LOCK: _lock,
}
