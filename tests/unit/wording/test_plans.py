from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from fieldsales.domain.planning.outcome import PlanNote
from fieldsales.domain.planning.reasons import Params, Reason, Relief, Why, WhyNot
from fieldsales.domain.travel import TravelNote
from fieldsales.i18n import text_for
from fieldsales.wording.plans import say_note, say_reason, say_reasons

ENGLISH = text_for("en")
MIDNIGHT = datetime(2026, 11, 21, tzinfo=ZoneInfo("Asia/Tokyo"))
HOUR = 3600

SENTENCES: list[tuple[Why | WhyNot | Relief, Params, str]] = [
    (Why.APPOINTMENT, {"at": 10 * HOUR}, "Appointment at 10:00"),
    (Why.PROMISED, {"on": "2026-11-21", "days": 0}, "Promised for this day"),
    (Why.PROMISED, {"on": "2026-11-20", "days": 1}, "Promised for Fri, Nov 20, 1 day ago"),
    (Why.PROMISED, {"on": "2026-11-18", "days": 3}, "Promised for Wed, Nov 18, 3 days ago"),
    (Why.OVERDUE, {"days": 12, "cadence_days": 30}, "12 days overdue (every 30 days)"),
    (Why.OVERDUE, {"days": 1, "cadence_days": 30}, "1 day overdue (every 30 days)"),
    (Why.OVERDUE, {"days": 0, "cadence_days": 30}, "Due: its interval of 30 days is up"),
    (Why.DUE, {"days": 25, "cadence_days": 30}, "Soon due: last seen 25 days ago (every 30 days)"),
    (Why.NEVER_VISITED, {}, "Never visited"),
    (Why.VALUABLE, {"value": 240, "rank": 2}, "Number 2 by value (240 pt)"),
    (Why.ON_THE_WAY, {"minutes": 4}, "On the way (+4 min)"),
    (Why.LOCKED, {}, "To be visited in any case"),
    (Why.REQUIRED, {}, "Has to be visited"),
    (Why.WAITS_TO_OPEN, {"at": 9 * HOUR}, "Begins when visits can, at 09:00"),
    (Why.BEFORE_CLOSING, {"at": 16 * HOUR + 1800}, "Has to begin by 16:30"),
    (Why.BETWEEN, {"after": "Alpha", "before": "Gamma"}, "Between Alpha and Gamma"),
    (Why.FIXED_FIRST, {}, "Kept as the first stop"),
    (Why.FIXED_LAST, {}, "Kept as the last stop"),
    (WhyNot.EXCLUDED, {}, "Not this time: excluded by hand"),
    (WhyNot.NO_PIN, {}, "Has no place on the map yet"),
    (WhyNot.DO_NOT_VISIT, {}, "Do not visit"),
    (WhyNot.CLOSED_ALL_DAY, {}, "Closed all day"),
    (WhyNot.UNREACHABLE, {}, "No way there is known"),
    (WhyNot.TOO_FAR, {"minutes": 80}, "Does not fit even alone: 1 h 20 min too long for the day"),
    (
        WhyNot.CLOSED_WHEN_REACHABLE,
        {"opens": 9 * HOUR, "closes": 10 * HOUR, "at": 13 * HOUR},
        "Visits can begin only 09:00–10:00; the route has time at 13:00",
    ),
    (
        WhyNot.CLOSED_WHEN_REACHABLE,
        {"opens": 9 * HOUR, "closes": 10 * HOUR},
        "Visits can begin only 09:00–10:00, and then there is no time",
    ),
    (WhyNot.OUTRANKED, {"by": ["Alpha", "Beta"], "ids": ["1", "2"]}, "Gave way to Alpha, Beta"),
    (WhyNot.NOT_WORTH_THE_DRIVE, {"minutes": 38, "value": 12}, "Not worth the trip: +38 min for 12 pt"),
    (WhyNot.TRAVEL_LIMIT, {"minutes": 20}, "Over the limit on travel by 20 min"),
    (WhyNot.DAY_FULL, {"minutes": 25}, "The day is full: 25 min short"),
    (WhyNot.DAY_FULL, {"minutes": 0}, "The day is full"),
    (WhyNot.CONFLICT, {"with": ["Alpha"], "ids": ["1"]}, "Cannot be combined with Alpha"),
    (WhyNot.CONFLICT, {"with": [], "ids": []}, "Cannot be combined with the other visits that have to be made"),
    (WhyNot.ROOM_FOR_IT, {"minutes": 4, "value": 90}, "Would fit: +4 min of travel for 90 pt"),
    (Relief.STAY_UNTIL, {"at": 18 * HOUR + 1200}, "Stay until 18:20"),
    (Relief.START_AT, {"at": 8 * HOUR}, "Start at 08:00"),
    (Relief.SHORTEN_BREAK, {"pause": 0, "minutes": 15}, "Shorten lunch by 15 min"),
    (Relief.SHORTEN_BREAK, {"pause": 1, "minutes": 15}, "Shorten Tea by 15 min"),
    (Relief.SHORTEN_BREAK, {"pause": 2, "minutes": 15}, "Shorten the break by 15 min"),
    (Relief.DROP, {"visit": "7", "name": "Beta"}, "Drop Beta"),
    (Relief.ALLOW_TRAVEL, {"minutes": 135}, "Allow 2 h 15 min of travel"),
    (Relief.SHORTEN_VISIT, {"minutes": 20}, "Shorten the visit to 20 min"),
    (Relief.LOCK, {"names": []}, "Visit in any case"),
    (Relief.LOCK, {"names": ["Alpha", "Beta"]}, "Visit in any case, without Alpha, Beta"),
]


@pytest.mark.parametrize(("code", "params", "sentence"), SENTENCES, ids=[f"{code}-{i}" for i, (code, _, _) in enumerate(SENTENCES)])
def test_a_reason_is_said_with_all_its_numbers(code: Why | WhyNot | Relief, params: Params, sentence: str) -> None:
    assert say_reason(Reason(code, {**params, "for": "9", "day": "1"}), ENGLISH, midnight=MIDNIGHT, pauses=["", "Tea"]) == sentence


@pytest.mark.parametrize("kind", [Why, WhyNot, Relief])
def test_every_code_has_its_sentence(kind: type[Why] | type[WhyNot] | type[Relief]) -> None:
    assert set(kind) <= {code for code, _, _ in SENTENCES}


@pytest.mark.parametrize("note", [*TravelNote, *PlanNote])
def test_every_note_has_its_sentence(note: str) -> None:
    assert say_note(note, ENGLISH).endswith(".")


def test_a_note_of_another_version_is_passed_over() -> None:
    assert say_note("something new", ENGLISH) == ""


def test_several_reasons_stand_in_a_row() -> None:
    reasons = [Reason(Why.NEVER_VISITED), Reason(Why.ON_THE_WAY, {"minutes": 0})]
    assert say_reasons(reasons, ENGLISH, midnight=MIDNIGHT) == "Never visited · On the way (+0 min)"


def test_times_are_those_of_the_clocks_on_a_day_when_they_change() -> None:
    midnight = datetime(2027, 3, 28, tzinfo=ZoneInfo("Europe/Berlin"))  # at 2:00 it is 3:00
    assert say_reason(Reason(Relief.STAY_UNTIL, {"at": 16 * HOUR}), ENGLISH, midnight=midnight) == "Stay until 17:00"


def test_a_time_past_midnight_is_one_of_the_next_day() -> None:
    assert say_reason(Reason(Relief.STAY_UNTIL, {"at": 25 * HOUR}), ENGLISH, midnight=MIDNIGHT) == "Stay until 01:00"


def test_a_name_with_braces_stays_as_it_is() -> None:
    assert say_reason(Reason(Relief.DROP, {"name": "{x} <b>"}), ENGLISH, midnight=MIDNIGHT) == "Drop {x} <b>"
