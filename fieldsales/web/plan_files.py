"""`/plans/ID/day.ics`, `.gpx`, `.csv`, `.pdf`: a planned day to take along, for whoever may see the plan and nobody else.

What the reader may not see of a plan is in none of them. Tables and routes hold names and addresses but no telephone
numbers: they go to devices and other programs, and a list of contacts is what the right to export is for. That a file
was taken is in the audit log.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from fieldsales.adapters.calendars import write_calendar
from fieldsales.adapters.documents import write_pdf
from fieldsales.adapters.gpx import write_gpx
from fieldsales.adapters.tables import write_sheet
from fieldsales.bootstrap import current_runtime
from fieldsales.domain.audit import AuditAction
from fieldsales.domain.calendars import CalendarEntry
from fieldsales.domain.handoff import is_place
from fieldsales.domain.routes import Route as Way
from fieldsales.domain.routes import RoutePoint
from fieldsales.domain.tables import TableFormat
from fieldsales.errors import FieldSalesError, NotFound
from fieldsales.i18n import Text, text_for
from fieldsales.services import audit
from fieldsales.services.planning import plans
from fieldsales.services.planning.plan_views import EndView, PlanView
from fieldsales.web.identity import actor_of
from fieldsales.web.origin import client_address
from fieldsales.web.plan_calendar import rest_entries, stop_entry
from fieldsales.web.plan_sheet import sheet_of
from fieldsales.web.plan_words import PlanWords, is_shown
from fieldsales.web.responses import show_error, text_of

_HEADERS = {"Cache-Control": "private, no-cache", "Vary": "Cookie", "X-Robots-Tag": "noindex, nofollow"}
_ENCODINGS = {"": "utf-8-sig", "cp932": "cp932"}
_CHARSETS = {"utf-8-sig": "utf-8", "cp932": "shift_jis"}


@dataclass(frozen=True, slots=True)
class Asked:
    """One plan for one reader: in their language, at this moment, from this address of ours, in this encoding."""

    plan: PlanView
    text: Text
    now: datetime
    base: str
    encoding: str


def _file(request: Request) -> Response:
    """Answer with the file that the ending of the path names."""
    kind = _KINDS.get(request.path_params["kind"])
    runtime = current_runtime()
    now = runtime.clock()
    try:
        encoding = _ENCODINGS.get(request.query_params.get("encoding", ""))
        if kind is None or encoding is None:
            raise NotFound()
        with runtime.database.read() as session:
            actor = actor_of(request, session)
            plan = plans.read_plan(session, actor, plan_id=_id_of(request.path_params["id"]), now=now)
            text = text_for(actor.locale) if actor.locale else text_of(request)
        data = kind.write(Asked(plan, text, now, str(request.base_url), encoding))
        name = f"{text.gettext('Visit plan')}-{plan.day:%Y%m%d}-{plan.person.name}.{request.path_params['kind']}"
        with audit.writing_from(runtime.database, client_address(request)) as session:
            shown = sum(is_shown(stop) for stop in plan.stops)
            audit.record_export(session, actor, AuditAction.PLAN_EXPORTED, what=name, rows=shown, now=now)
    except FieldSalesError as error:
        return show_error(request, error)
    stem = f"plan-{plan.day:%Y%m%d}.{request.path_params['kind']}"
    disposition = f"{kind.disposition}; filename=\"{stem}\"; filename*=UTF-8''{quote(name, safe='')}"
    media_type = f"text/csv; charset={_CHARSETS[encoding]}" if kind.write is _csv else kind.media_type
    return Response(data, media_type=media_type, headers=_HEADERS | {"Content-Disposition": disposition})


def _id_of(value: str) -> int:
    if not (value.isascii() and value.isdigit() and len(value) < 10):
        raise NotFound()
    return int(value)


def _pdf(asked: Asked) -> bytes:
    return write_pdf(sheet_of(asked.plan, asked.text, now=asked.now))


def _ics(asked: Asked) -> bytes:
    plan = asked.plan
    day = asked.text.day(plan.day, today=plan.day)
    name = asked.text.gettext("Visit plan {day}").format(day=day)
    return write_calendar(f"{name} · {plan.person.name}", _entries(asked))


def _entries(asked: Asked) -> Iterator[CalendarEntry]:
    plan, say, _ = asked.plan, PlanWords(asked.text, asked.plan), asked.text.gettext
    for stop in plan.stops:
        if is_shown(stop):
            phone = _("Phone: {number}").format(number=stop.phone) if stop.phone else ""
            yield stop_entry(
                plan.person.id,
                plan.day,
                stop.customer_id,
                stop.name,
                between=(stop.starts_at, stop.leaves_at),
                changed_at=plan.changed_at,
                address=stop.address,
                details=(phone, say.why(stop)),
                base=asked.base,
            )
    rests = tuple((rest.name, rest.starts_at, rest.ends_at) for rest in plan.rests)
    yield from rest_entries(plan.person.id, plan.day, rests, changed_at=plan.changed_at, text=asked.text)


def _gpx(asked: Asked) -> bytes:
    plan = asked.plan
    title = asked.text.gettext("Visit plan {day}").format(day=asked.text.day(plan.day, today=plan.day))
    return write_gpx(Way(f"{title} · {plan.person.name}", plan.changed_at, tuple(_points(asked))))


def _points(asked: Asked) -> Iterator[RoutePoint]:
    plan, say, _ = asked.plan, PlanWords(asked.text, asked.plan), asked.text.gettext
    yield from _end(plan.start, _("Start"), plan.totals.starts_at)
    for number, stop in enumerate(plan.stops, start=1):
        if is_shown(stop) and is_place((stop.lat, stop.lon)):
            details = "\n".join(part for part in (say.span(stop.starts_at, stop.leaves_at), stop.address) if part)
            yield RoutePoint(stop.lat, stop.lon, f"{number}. {stop.name}", details, stop.arrives_at)
    yield from _end(plan.end, _("End"), plan.totals.ends_at)


def _end(end: EndView | None, word: str, at: datetime | None) -> Iterator[RoutePoint]:
    if end is not None:
        yield RoutePoint(end.lat, end.lon, end.name or word, at=at)


def _csv(asked: Asked) -> bytes:
    _ = asked.text.gettext
    header = [_("No."), _("Date"), _("Rep"), _("Arrival"), _("Begin"), _("End"), _("Customer"), _("Address")]
    header += [_("Travel (min)"), _("Distance (km)"), _("Wait (min)"), _("Latitude"), _("Longitude"), _("Why"), _("Status")]
    with tempfile.TemporaryDirectory(prefix="fieldsales-plan-") as folder:
        path = Path(folder) / "plan.csv"
        write_sheet(path, header, _cells(asked), TableFormat("csv", asked.encoding))
        return path.read_bytes()


def _cells(asked: Asked) -> Iterator[tuple[str | int | float, ...]]:
    plan, say = asked.plan, PlanWords(asked.text, asked.plan)
    for number, stop in enumerate(plan.stops, start=1):
        times = (say.clock(moment) for moment in (stop.arrives_at, stop.starts_at, stop.leaves_at))
        way = (round(stop.travel_s / 60), round(stop.travel_m / 1000, 1), round(stop.wait_s / 60))
        on_map = is_shown(stop) and is_place((stop.lat, stop.lon))
        place: tuple[float | str, ...] = (round(stop.lat, 7), round(stop.lon, 7)) if on_map else ("", "")
        why = say.why(stop) if is_shown(stop) else ""
        names = (say.name(stop), stop.address if is_shown(stop) else "")
        yield (number, plan.day.isoformat(), plan.person.name, *times, *names, *way, *place, why, say.progress(stop))


@dataclass(frozen=True, slots=True)
class Kind:
    """How one kind of file is made and handed over."""

    write: Callable[[Asked], bytes]
    media_type: str
    disposition: str = "attachment"


# A phone offers to add what a calendar file holds, and to print a PDF, when it may open them.
_KINDS = {
    "ics": Kind(_ics, "text/calendar; charset=utf-8", "inline"),
    "gpx": Kind(_gpx, "application/gpx+xml"),
    "csv": Kind(_csv, "text/csv"),
    "pdf": Kind(_pdf, "application/pdf", "inline"),
}

routes = [Route("/plans/{id}/day.{kind}", _file, name="plan_file")]
