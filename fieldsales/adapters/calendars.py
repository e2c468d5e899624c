"""Calendars as RFC 5545 wants them, written by icalendar: it escapes what people typed and folds long lines."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from icalendar import Calendar, Event

from fieldsales.domain.calendars import APPOINTMENT, CalendarEntry

REFRESH = timedelta(hours=1)


def write_calendar(name: str, entries: Iterable[CalendarEntry]) -> bytes:
    """Return a calendar of that name; the same entries make the same bytes. Moments are written in UTC, which needs no zone."""
    calendar = Calendar()
    calendar.add("prodid", "-//FieldSales//FieldSales//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", REFRESH, parameters={"value": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    for entry in entries:
        calendar.add_component(_event(entry))
    return bytes(calendar.to_ical())


def _event(entry: CalendarEntry) -> Event:
    event = Event()
    event.add("uid", entry.uid)
    event.add("dtstamp", entry.changed_at.astimezone(UTC).replace(microsecond=0))
    event.add("last-modified", entry.changed_at.astimezone(UTC).replace(microsecond=0))
    event.add("summary", _readable(entry.title))
    if isinstance(entry.starts, datetime):
        starts = entry.starts.astimezone(UTC)
        event.add("dtstart", starts)
        event.add("dtend", starts + APPOINTMENT if entry.ends is None else max(starts, entry.ends.astimezone(UTC)))
    else:
        event.add("dtstart", entry.starts)
        event.add("dtend", entry.starts + timedelta(days=1))
        event.add("transp", "TRANSPARENT")  # a promise for a day leaves the day free
    for field, text in (("location", entry.place), ("description", entry.details)):
        if text:
            event.add(field, _readable(text))
    if entry.url:
        event.add("url", entry.url)
    return event


def _readable(text: str) -> str:
    """Return `text` without the control characters that no calendar may hold; line breaks stay."""
    return "".join(c for c in text.replace("\r\n", "\n").replace("\r", "\n") if c >= " " or c == "\n" or c == "\t")
