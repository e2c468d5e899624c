"""What a calendar is told: appointments with a time, what was promised for a day, and the stops of a planned day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

APPOINTMENT = timedelta(hours=1)  # nobody says how long an appointment lasts, and an hour is what calendars assume


@dataclass(frozen=True, slots=True)
class CalendarEntry:
    """One entry: `starts` is a moment with its zone for an appointment, a date for what has no time.

    `ends` is the moment at which it ends, where that is known. `uid` stays the same when the entry moves, so that
    calendars move it too. Texts are as people wrote them.
    """

    uid: str
    title: str
    starts: datetime | date
    changed_at: datetime
    details: str = ""
    place: str = ""
    url: str = ""
    ends: datetime | None = None


def moment_of(day: date, at: time, zone: tzinfo) -> datetime:
    """Return the moment at which the clocks in `zone` show `at` on `day`.

    A time that the clocks skip in spring is as much later as they skip; of one they show twice it is the first.
    """
    return datetime.combine(day, at, tzinfo=zone)
