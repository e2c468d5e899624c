"""The wall-clock times of a day's rules in a row: minutes since the midnight with which it began, shifts past midnight included."""

from __future__ import annotations

from datetime import time

from fieldsales.domain.planning.day_rules import DayRules, Pause

DAY_MINUTES = 24 * 60
_HALF_A_DAY = DAY_MINUTES // 2


def minutes_of(wall: time) -> int:
    """Return how many minutes of the clock have passed since midnight."""
    return wall.hour * 60 + wall.minute


def working_span(rules: DayRules) -> tuple[int, int]:
    """Return when the day begins and ends; an end at or before the beginning is one of the next day, beyond 1440."""
    begins, ends = minutes_of(rules.begins), minutes_of(rules.ends)
    return begins, ends if ends > begins else ends + DAY_MINUTES


def pause_window(rules: DayRules, pause: Pause) -> tuple[int, int] | None:
    """Return the minutes between which a pause may begin, within the working day; None when it fits nowhere in it.

    “11:30 to 13:00” of a shift that begins at 12:00 is its first hour, “23:30 to 0:30” of a night shift reaches past midnight.
    """
    begins, ends = working_span(rules)
    earliest, reach = minutes_of(pause.earliest), window_reach(pause)
    last_begin = ends - pause.minutes
    for moved in (earliest - DAY_MINUTES, earliest, earliest + DAY_MINUTES):
        first, last = max(moved, begins), min(moved + reach, last_begin)
        if first <= last:
            return first, last
    return None


def window_reach(pause: Pause) -> int:
    """Return how many minutes after its earliest a pause may begin at the latest, across midnight where it has to be."""
    return (minutes_of(pause.latest) - minutes_of(pause.earliest)) % DAY_MINUTES


def is_backwards(pause: Pause) -> bool:
    """True when the latest beginning lies before the earliest: reading it across midnight would make it more than half a day."""
    return window_reach(pause) > _HALF_A_DAY
