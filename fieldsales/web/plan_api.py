"""`/api/v1/plans/…`: a planned day to carry along, what is said of it on the road, and what would fill a gap in it.

Whoever may see a plan may read it; acting on it is for whose day it is and those who may edit it (`services.planning.road` and
`services.planning.planning` decide). The gate has refused what other sites send by then, and only what says that it is JSON is read.
"""

from __future__ import annotations

from typing import Any

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from fieldsales.bootstrap import current_runtime
from fieldsales.db.database import Session
from fieldsales.db.models import User
from fieldsales.errors import NotFound, NotTheAuthor
from fieldsales.i18n import Text, text_for
from fieldsales.services.planning import planning, plans
from fieldsales.services.planning.plan_views import Filler
from fieldsales.services.planning.road_book import read_road_book
from fieldsales.web.forms import read_json
from fieldsales.web.identity import actor_of
from fieldsales.web.origin import client_address
from fieldsales.web.plan_actions import Asked, carry_out, here_of
from fieldsales.web.responses import text_of
from fieldsales.web.road_book_json import road_book_json
from fieldsales.web.said import Said
from fieldsales.wording.lengths import say_length

NO_STORE = {"Cache-Control": "no-store"}


def show_plan(request: Request) -> Response:
    """Answer with the plan; with `?version=N` while that is still its version, only that nothing has changed."""
    runtime, plan_id = current_runtime(), plan_id_of(request)
    now, known = runtime.clock(), request.query_params.get("version", "")
    with runtime.database.read() as session:
        actor = actor_of(request, session)
        if known and known == str(plans.plan_version(session, actor, plan_id=plan_id)):
            return JSONResponse({"unchanged": True}, headers=NO_STORE)
        book = read_road_book(session, actor, plan_id=plan_id, now=now)
    text = text_for(actor.locale) if actor.locale else text_of(request)
    return JSONResponse(road_book_json(book, actor, text, now=now), headers=NO_STORE)


async def act(request: Request) -> Response:
    """Carry out one action; what is wrong with it is said in the language of the page that sent it.

    `user_id` is who entered it, when the sender says so: a phone sends later than it is told, and somebody else may have logged
    in meanwhile. What one person entered is never carried out in another's name.
    """
    said = Said(await read_json(request))
    result = await to_thread.run_sync(_act, request, said)
    return JSONResponse({"done": True, **result}, headers=NO_STORE)


def _act(request: Request, said: Said) -> dict[str, Any]:
    runtime = current_runtime()
    with runtime.database.read() as session:
        actor = _author(request, session, said)
    return carry_out(Asked(runtime, actor.id, plan_id_of(request), said, runtime.clock(), client_address(request)))


async def fill_gap(request: Request) -> Response:
    """Answer with customers that can be visited before the stop `before_stop_id` without being late for it, the most valuable first.

    A POST although nothing is changed: where somebody is does not belong into an address.
    """
    said = Said(await read_json(request))
    return JSONResponse(await to_thread.run_sync(_fill_gap, request, said), headers=NO_STORE)


def _fill_gap(request: Request, said: Said) -> dict[str, Any]:
    runtime = current_runtime()
    now, before = runtime.clock(), said.whole("before_stop_id")
    with runtime.database.read() as session:
        actor = _author(request, session, said)
    here = here_of(said, now=now)
    tools = planning.Tools(runtime.database, runtime.solver, runtime.travel_times)
    fillers = planning.fill_gap(tools, actor.id, plan_id=plan_id_of(request), before_stop_id=before, here=here, now=now)
    text = text_for(actor.locale) if actor.locale else text_of(request)
    return {"fillers": [_filler(filler, text) for filler in fillers]}


def _author(request: Request, session: Session, said: Said) -> User:
    actor = actor_of(request, session)
    if said.whole_or_none("user_id") not in (None, actor.id):
        raise NotTheAuthor()
    return actor


def _filler(filler: Filler, text: Text) -> dict[str, Any]:
    return {
        "customer_id": filler.customer_id,
        "name": filler.name,
        "starts_at": filler.starts_at.isoformat(),
        "leaves_at": filler.leaves_at.isoformat(),
        "slack": say_length(filler.slack_s, text),
    }


def plan_id_of(request: Request) -> int:
    """Return the plan that the path names.

    Raises:
        NotFound: no plan has such an id.
    """
    value = request.path_params["plan_id"]
    if not (value.isascii() and value.isdigit() and len(value) < 10):
        raise NotFound()
    return int(value)


# Below `/api/v1`, where web/api.py puts them.
routes = [
    Route("/plans/{plan_id}", show_plan, methods=["GET"]),
    Route("/plans/{plan_id}/actions", act, methods=["POST"]),
    Route("/plans/{plan_id}/gap", fill_gap, methods=["POST"]),
]
