"""What the map asks for while it moves: features of a section, the extent of a filter, the members of one spot."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from fieldsales.bootstrap import Runtime, current_runtime
from fieldsales.db.models import User
from fieldsales.domain.customer_filter import CustomerFilter
from fieldsales.domain.map_box import MapBox, read_zoom
from fieldsales.domain.map_colours import ColourBy
from fieldsales.errors import N_, BadChoice, BadNumber, FieldSalesError
from fieldsales.i18n import Text, text_for
from fieldsales.web import map_script
from fieldsales.web.identity import actor_of
from fieldsales.web.responses import show_error, text_of

GZIP_FROM_BYTES = 800
MAX_OFFSET = 1_000_000
LEGEND_LABELS = {
    "A": N_("A · 80% or more"),
    "B": N_("B · 50–79%"),
    "C": N_("C · 20–49%"),
    "D": N_("D · below 20%"),
    "won": N_("Won"),
    "lost": N_("Lost"),
    "unrated": N_("Unrated"),
    "days_30": N_("Visited within 30 days"),
    "days_60": N_("Visited within 60 days"),
    "days_90": N_("Visited within 90 days"),
    "days_more": N_("More than 90 days ago"),
    "never": N_("Never visited"),
}
UNNAMED_LABELS = {
    ColourBy.OWNER: {"others": N_("Other owners"), "none": N_("Nobody")},
    ColourBy.TAG: {"others": N_("Other tags"), "none": N_("No tag")},
}
Answer = Callable[[Request, Runtime, User], dict[str, Any]]


def _features(request: Request, runtime: Runtime, actor: User) -> dict[str, Any]:
    """Answer with GeoJSON of a box at a zoom: `bbox`, `zoom`, the filter, `colour`, `fresh` (a change to be included)."""
    query, now = request.query_params, runtime.clock()
    found = runtime.map_index.features(
        runtime.database,
        actor,
        bbox=MapBox.parse(query.get("bbox", "")),
        zoom=read_zoom(query.get("zoom", "")),
        customer_filter=_filter_of(request),
        now=now,
        zone=zone_of(actor, runtime),
        colour_by=_colour_of(query.get("colour") or "likelihood"),
        at_least=moment_of(query.get("fresh", "")),
    )
    text = text_for(actor.locale) if actor.locale else text_of(request)
    for entry in found["legend"]:
        entry["label"] = entry["label"] or _label(entry["key"], found["colour_by"], text)
    return found


def _extent(request: Request, runtime: Runtime, actor: User) -> dict[str, Any]:
    """Answer with the bounds (west, south, east, north; null for none) and the number of the customers of a filter."""
    zone = zone_of(actor, runtime)
    extent = runtime.map_index.extent(runtime.database, actor, customer_filter=_filter_of(request), now=runtime.clock(), zone=zone)
    return {"bounds": extent.bounds, "count": extent.count}


def _members(request: Request, runtime: Runtime, actor: User) -> dict[str, Any]:
    """Answer with the customers of one spot, 50 from `offset` on."""
    query, now = request.query_params, runtime.clock()
    return runtime.map_index.members(
        runtime.database,
        actor,
        bbox=MapBox.parse(query.get("bbox", "")),
        customer_filter=_filter_of(request),
        now=now,
        zone=zone_of(actor, runtime),
        offset=_offset_of(query.get("offset", "0")),
    )


def answering(answer: Answer) -> Callable[[Request], Response]:
    """Return an endpoint (run in a thread) that answers as JSON, with 304 for what the browser already has."""

    def endpoint(request: Request) -> Response:
        runtime = current_runtime()
        try:
            with runtime.database.read() as session:
                actor = actor_of(request, session)
            return _to_response(request, answer(request, runtime, actor))
        except FieldSalesError as error:
            return show_error(request, error)

    return endpoint


def _to_response(request: Request, content: dict[str, Any]) -> Response:
    body = json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
    headers = {
        "ETag": f'W/"{hashlib.blake2b(body, digest_size=12).hexdigest()}"',
        "Cache-Control": "private, no-cache",
        "Vary": "Accept-Encoding, Accept-Language, Cookie",
    }
    if headers["ETag"] in [tag.strip() for tag in request.headers.get("if-none-match", "").split(",")]:
        return Response(status_code=304, headers=headers)
    if len(body) >= GZIP_FROM_BYTES and "gzip" in request.headers.get("accept-encoding", ""):
        body = gzip.compress(body, compresslevel=5, mtime=0)
        headers["Content-Encoding"] = "gzip"
    return Response(body, headers=headers, media_type="application/json")


def _filter_of(request: Request) -> CustomerFilter:
    query = request.query_params
    return CustomerFilter.from_query({name: query.getlist(name) for name in query})


def _colour_of(value: str) -> ColourBy:
    try:
        return ColourBy(value)
    except ValueError:
        raise BadChoice(field="colour", value=value[:50]) from None


def moment_of(value: str) -> datetime | None:
    """Read microseconds since 1970, as the page hands them to its map."""
    if not value:
        return None
    if not (value.isascii() and value.isdigit() and len(value) <= 16):
        raise BadNumber(field="fresh", value=value[:50])
    return datetime.fromtimestamp(int(value) / 1_000_000, UTC)


def _offset_of(value: str) -> int:
    if not (value.isascii() and value.isdigit() and len(value) <= 7 and int(value) <= MAX_OFFSET):
        raise BadNumber(field="offset", value=value[:50])
    return int(value)


def zone_of(actor: User, runtime: Runtime) -> ZoneInfo:
    return ZoneInfo(actor.timezone) if actor.timezone else runtime.settings.zone


def _label(key: str, colour_by: str, text: Text) -> str:
    label = UNNAMED_LABELS.get(ColourBy(colour_by), {}).get(key) or LEGEND_LABELS.get(key)
    return text.gettext(label) if label else key


routes = [
    Route("/api/map/features", answering(_features), name="map_features"),
    Route("/api/map/bounds", answering(_extent), name="map_bounds"),
    Route("/api/map/members", answering(_members), name="map_members"),
    *map_script.routes,
]
