"""`/calendar/SECRET.ics`: a user's appointments and planned days for the calendar of their phone, which cannot log in.

The gate lets exactly this shape of path through; the secret alone decides. It stands in the path, where calendars put it:
`fieldsales serve` writes no access log and no path of ours goes to other sites (`Referrer-Policy` in web/headers.py).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from fieldsales.adapters.calendars import write_calendar
from fieldsales.bootstrap import current_runtime
from fieldsales.domain.calendars import CalendarEntry, moment_of
from fieldsales.errors import FieldSalesError
from fieldsales.i18n import Text, text_for
from fieldsales.services.planning import calendar_feeds
from fieldsales.services.planning.calendar_feeds import Agreed, PlannedDay
from fieldsales.web.plan_calendar import rest_entries, stop_entry
from fieldsales.web.responses import show_error

HEADERS = {"Cache-Control": "private, no-cache", "X-Robots-Tag": "noindex, nofollow"}


def show_calendar(request: Request) -> Response:
    """Answer with the calendar of whoever the secret belongs to, 304 for what is known already, 404 for any other secret."""
    runtime = current_runtime()
    now = runtime.clock()
    try:
        with runtime.database.read() as session:
            user = calendar_feeds.find_reader(session, request.path_params["token"])
            if user is None:
                return PlainTextResponse("Not found", 404, headers=HEADERS | {"Cache-Control": "no-store"})
            zone = ZoneInfo(user.timezone) if user.timezone else runtime.settings.zone
            today = now.astimezone(zone).date()
            agreed = calendar_feeds.list_agreed(session, user, today=today)
            planned = calendar_feeds.list_planned(session, user, today=today)
            unnoted = calendar_feeds.is_read_unnoted(calendar_feeds.feed_status(session, user), now=now)
        if unnoted:
            with runtime.database.write() as session:
                calendar_feeds.note_read(session, user.id, now=now)
    except FieldSalesError as error:
        return show_error(request, error)
    text = text_for(user.locale or runtime.settings.locale)
    base = str(request.base_url)
    entries = [*_promises(agreed, planned, zone, text, base=base), *_days(user.id, planned, text, base=base)]
    body = write_calendar(f"FieldSales · {user.name}", entries)
    headers = HEADERS | {"ETag": f'"{hashlib.blake2b(body, digest_size=16).hexdigest()}"'}
    if headers["ETag"] in [tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")]:
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type="text/calendar; charset=utf-8")


def _promises(agreed: Iterable[Agreed], planned: Iterable[PlannedDay], zone: ZoneInfo, text: Text, *, base: str) -> Iterator[CalendarEntry]:
    """Yield what was agreed, but for what stands in the plan of that day with its times."""
    _ = text.gettext
    stands = {(day.day, visit.customer_id) for day in planned for visit in day.visits}
    for entry in agreed:
        if (entry.next_on, entry.customer_id) in stands:
            continue
        details = [_("Phone: {number}").format(number=entry.phone) if entry.phone else "", entry.next_action]
        yield CalendarEntry(
            uid=f"customer-{entry.customer_id}@fieldsales",
            title=f"{entry.name} · {entry.next_action}" if entry.next_action else entry.name,
            starts=entry.next_on if entry.next_time is None else moment_of(entry.next_on, entry.next_time, zone),
            changed_at=entry.changed_at,
            details="\n".join(part for part in details if part),
            place=entry.address,
            url=f"{base}customer?id={entry.customer_id}",
        )


def _days(user_id: int, planned: Iterable[PlannedDay], text: Text, *, base: str) -> Iterator[CalendarEntry]:
    _ = text.gettext
    for day in planned:
        for visit in day.visits:
            yield stop_entry(
                user_id,
                day.day,
                visit.customer_id,
                visit.name,
                between=(visit.starts_at, visit.leaves_at),
                changed_at=day.changed_at,
                address=visit.address,
                details=(_("Phone: {number}").format(number=visit.phone) if visit.phone else "",),
                base=base,
            )
        yield from rest_entries(user_id, day.day, day.rests, changed_at=day.changed_at, text=text)


routes = [Route("/calendar/{token}.ics", show_calendar)]
