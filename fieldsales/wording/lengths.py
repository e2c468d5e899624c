"""How long something takes and when, as plans say it."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from fieldsales.i18n import Text


def say_length(seconds: float, text: Text) -> str:
    """Return a length as 45分 or 1時間20分, 45 min or 1 h 20 min; what is shorter than half a minute is 0."""
    hours, minutes = divmod(round(seconds / 60), 60)
    if not hours:
        return text.gettext("{minutes} min").format(minutes=text.number(minutes))
    if not minutes:
        return text.gettext("{hours} h").format(hours=text.number(hours))
    return text.gettext("{hours} h {minutes} min").format(hours=text.number(hours), minutes=text.number(minutes))


def say_clock(moment: datetime, zone: ZoneInfo) -> str:
    """Return the wall clock of a moment in `zone`."""
    return f"{moment.astimezone(zone):%H:%M}"


def say_span(begins: datetime, ends: datetime, zone: ZoneInfo) -> str:
    """Return 9:30–10:00 on the clocks in `zone`."""
    return f"{say_clock(begins, zone)}–{say_clock(ends, zone)}"
