"""A planned day as calendar entries: its stops and its pauses, with the same identities in the feed and in the file of one day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from fieldsales.domain.calendars import CalendarEntry
from fieldsales.i18n import Text


def stop_entry(
    user_id: int,
    day: date,
    customer_id: int,
    name: str,
    *,
    between: tuple[datetime, datetime],
    changed_at: datetime,
    address: str,
    details: tuple[str, ...],
    base: str,
) -> CalendarEntry:
    """Return the entry of a stop; however often the day is planned anew, a rep's visit to a customer on a day is one entry."""
    return CalendarEntry(
        uid=f"plan-{user_id}-{day.isoformat()}-{customer_id}@fieldsales",
        title=name,
        starts=between[0],
        ends=between[1],
        changed_at=changed_at,
        details="\n".join(part for part in details if part),
        place=address,
        url=f"{base}customer?id={customer_id}",
    )


def rest_entries(
    user_id: int, day: date, rests: tuple[tuple[str, datetime, datetime], ...], *, changed_at: datetime, text: Text
) -> Iterator[CalendarEntry]:
    """Yield the entries of the pauses (name, empty for lunch; from, to), counted in their order."""
    for number, (name, starts, ends) in enumerate(rests, start=1):
        uid = f"plan-{user_id}-{day.isoformat()}-pause-{number}@fieldsales"
        yield CalendarEntry(uid, name or text.gettext("Lunch"), starts, changed_at, ends=ends)
