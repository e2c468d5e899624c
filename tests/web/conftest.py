"""The product's own HTTP around a stand-in for Streamlit: whatever gets through to it is answered with INSIDE."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket

from fieldsales.bootstrap import Runtime
from fieldsales.db.models import User
from fieldsales.services.accounts.sessions import SESSION_COOKIE, open_session
from fieldsales.web import session_check, stack

INSIDE = "what only people who are logged in may see"
COOKIE_DOMAIN = "testserver.local"  # what the cookie jar makes of a host without a dot
STREAMLITS_PAGE = Path(str(files("streamlit"))) / "static" / "index.html"
LogIn = Callable[[User], str]


async def _inside(_request: Request) -> Response:
    return PlainTextResponse(INSIDE)


async def _page(_request: Request) -> Response:
    return FileResponse(STREAMLITS_PAGE)


async def _faulty(_request: Request) -> Response:
    raise RuntimeError("a secret detail of the fault")


async def _echo(websocket: WebSocket) -> None:
    await websocket.accept()
    async for message in websocket.iter_text():
        await websocket.send_text(f"{websocket.scope['state']['user_id']}: {message}")


def build_app() -> Starlette:
    """Return the stack of `app.py` around the stand-in."""
    methods = ["GET", "POST", "PUT", "DELETE"]
    streamlit = [
        Route("/screen", _page),
        Route("/component/x/index.html", _page),
        Route("/faulty", _faulty),
        WebSocketRoute("/_stcore/stream", _echo),
        Mount("/", routes=[Route("/{path:path}", _inside, methods=methods)]),
    ]
    return Starlette(routes=[*stack.routes, *streamlit], middleware=stack.middleware, exception_handlers=stack.exception_handlers)


@pytest.fixture
def client(runtime: Runtime) -> Iterator[TestClient]:
    """A browser without any cookie, which follows no redirect."""
    session_check.check.forget()
    with TestClient(build_app(), follow_redirects=False, headers={"accept": "text/html", "accept-language": "en"}) as client:
        yield client


@pytest.fixture
def log_in(client: TestClient, runtime: Runtime) -> LogIn:
    """Return a function that gives the browser a session of a user and returns its token."""

    def give(user: User) -> str:
        with runtime.database.write() as session:
            token = open_session(session, user, user_agent="test", now=runtime.clock())
        client.cookies.set(SESSION_COOKIE, token, domain=COOKIE_DOMAIN)
        return token

    return give
