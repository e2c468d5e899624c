"""`/route/ID`: the day on the road as a page of its own, which survives sleep, reload and loss of signal; and its service worker.

The page is a shell without any customer's data: its script reads the plan from `/api/v1/plans/ID` and keeps it on the phone.
The worker at `/sw.js` answers below `/route/` only, so that Streamlit's screens, logging in and logging out never pass it.
"""

from __future__ import annotations

import functools
import hashlib
import json
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from fieldsales.bootstrap import current_runtime
from fieldsales.errors import FieldSalesError
from fieldsales.i18n import LOCALES, Text, text_for
from fieldsales.services.planning.plan_access import find_plan
from fieldsales.services.visits.visits import MAX_NOTE
from fieldsales.web.asset_files import ASSETS, asset_url
from fieldsales.web.identity import actor_of
from fieldsales.web.plan_api import plan_id_of
from fieldsales.web.responses import render, show_error, text_of
from fieldsales.web.route_words import route_words

SCRIPTS = (
    "route/1_words.js",
    "route/2_store.js",
    "route/3_day.js",
    "route/4_sender.js",
    "route/5_sheets.js",
    "route/6_card.js",
    "route/7_page.js",
)
STYLE, ICON, FORGET = "route/route.css", "icon.svg", "route/forget.js"
SCOPE = "/route/"


def show_route(request: Request) -> Response:
    """Answer with the page of one plan, 404 for a plan that the reader may not see."""
    runtime = current_runtime()
    try:
        plan_id = plan_id_of(request)
        with runtime.database.read() as session:
            actor = actor_of(request, session)
            find_plan(session, actor, plan_id)
    except FieldSalesError as error:
        return show_error(request, error)
    text = text_for(actor.locale) if actor.locale else text_of(request)
    facts = {"plan_id": plan_id, "user_id": actor.id, "max_note": MAX_NOTE, "release": release(), "scope": SCOPE}
    return render("route.html", text, data=page_data(text, facts), style=STYLE, scripts=SCRIPTS)


def page_data(text: Text, facts: dict[str, Any]) -> str:
    """Return words and facts as JSON that may stand inside a script element."""
    plain = json.dumps(route_words(text) | facts, ensure_ascii=False)
    return plain.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def show_worker(_request: Request) -> Response:
    """Answer with the service worker; a browser asks again now and then, and takes the new one when a byte has changed."""
    return Response(worker_script(), media_type="text/javascript", headers={"Cache-Control": "no-cache"})


@functools.cache
def release() -> str:
    """Return what changes whenever anything of the page does: its files, its template or its words."""
    template = (ASSETS.parent / "templates" / "route.html").read_bytes()
    said = json.dumps([route_words(text_for(locale)) for locale in LOCALES], ensure_ascii=False).encode()
    files = [(ASSETS / name).read_bytes() for name in (*SCRIPTS, STYLE, ICON, FORGET, "sw.js")]
    digest = hashlib.sha256()
    for part in (template, said, *files):
        digest.update(hashlib.sha256(part).digest())
    return digest.hexdigest()[:12]


@functools.cache
def worker_script() -> str:
    """Return the worker with what it has to keep written at its head."""
    kept = [asset_url(name) for name in (*SCRIPTS, STYLE, ICON)]
    head = f"const RELEASE = {json.dumps(release())};\nconst ASSETS = {json.dumps(kept)};\nconst SCOPE = {json.dumps(SCOPE)};\n"
    return head + (ASSETS / "sw.js").read_text(encoding="utf-8")


routes = [
    Route("/route/{plan_id}", show_route, methods=["GET"]),
    Route("/sw.js", show_worker, methods=["GET"]),
]
