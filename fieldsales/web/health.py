"""For load balancers and monitors: is the process alive, and can it serve."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from fieldsales.bootstrap import current_runtime
from fieldsales.errors import DatabaseBusy
from fieldsales.web.responses import show_error

NO_STORE = {"Cache-Control": "no-store"}


async def healthz(_request: Request) -> Response:
    """Answer as long as the process runs; asks nobody else."""
    return JSONResponse({"status": "ok"}, headers=NO_STORE)


def readyz(request: Request) -> Response:
    """Answer 200 when the database answers and has all migrations, else 503."""
    database = current_runtime().database
    try:
        database.ping()
        current = database.is_current()
    except Exception:  # a monitor must learn of it whatever the driver raises
        current = False
    if not current:
        return show_error(request, DatabaseBusy())
    return JSONResponse({"status": "ok"}, headers=NO_STORE)


routes = [Route("/healthz", healthz), Route("/readyz", readyz)]
