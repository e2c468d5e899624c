"""The gate in front of everything: pages, API, files and the websocket are for people who are logged in.

Only what the login page and a load balancer need is open, by its exact path, the service worker's script (a phone must
be able to replace a broken one at any time), and calendars under their secret addresses. A visitor without a session is
sent to the login page, a program gets 401, a websocket is closed before it is accepted, and an open one as soon as its
session is revoked.
"""

from __future__ import annotations

import re
from urllib.parse import quote

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection, Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fieldsales.errors import FieldSalesError, NotLoggedIn
from fieldsales.services.accounts.sessions import SESSION_COOKIE, SessionFound
from fieldsales.web.cookies import set_session_cookie
from fieldsales.web.origin import is_same_origin
from fieldsales.web.responses import BadOrigin, is_file_or_api, is_screen, show_error, wants_page
from fieldsales.web.session_check import SessionCheck, check

OPEN_PATHS = frozenset(
    {"/login", "/healthz", "/readyz", "/sw.js"}
    | {f"/assets/app/{name}" for name in ("login.css", "login.js", "icon.svg", "route/forget.js")}
)
# A calendar cannot log in: the secret in the path is its proof, judged by the route (web/calendar.py).
_CALENDAR = re.compile(r"/calendar/[A-Za-z0-9_-]{43}\.ics")
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
SESSION_ENDED = 4401


class Gate:
    """Pure ASGI middleware; puts `user_id` and `session_id` into `scope["state"]` of what it lets through."""

    def __init__(self, app: ASGIApp, session_check: SessionCheck = check) -> None:
        self.app = app
        self.session_check = session_check

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer it."""
        if scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        if scope["method"] not in SAFE_METHODS and not is_same_origin(request):
            await show_error(request, BadOrigin())(scope, receive, send)
            return
        if scope["path"] in OPEN_PATHS or (scope["method"] in SAFE_METHODS and _CALENDAR.fullmatch(scope["path"])):
            await self.app(scope, receive, send)
            return
        try:
            found = await self.session_check.find(request.cookies.get(SESSION_COOKIE))
        except FieldSalesError as error:
            await show_error(request, error)(scope, receive, send)
            return
        if found is None:
            await _refuse(request)(scope, receive, send)
            return
        _let_in(scope, found)
        await self.app(scope, receive, _prolonging(request, send) if request.method == "GET" and is_screen(request) else send)

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        connection = HTTPConnection(scope)
        token = connection.cookies.get(SESSION_COOKIE)
        found = await self._find(token) if is_same_origin(connection) else None
        if found is None:
            await send({"type": "websocket.close", "code": SESSION_ENDED})
            return
        _let_in(scope, found)

        async def receive_while_logged_in() -> Message:
            message = await receive()
            if message["type"] == "websocket.receive" and await self._find(token) is None:
                await send({"type": "websocket.close", "code": SESSION_ENDED})
                return {"type": "websocket.disconnect", "code": SESSION_ENDED}
            return message

        await self.app(scope, receive_while_logged_in, send)

    async def _find(self, token: str | None) -> SessionFound | None:
        try:
            return await self.session_check.find(token)
        except FieldSalesError:
            return None


def _let_in(scope: Scope, found: SessionFound) -> None:
    # A new mapping: uvicorn shares one `state` among all requests.
    scope["state"] = {**scope.get("state", {}), "user_id": found.user_id, "session_id": found.session_id}


def _refuse(request: Request) -> Response:
    """Send a person to the login page and back here afterwards; tell a program that it must log in."""
    if is_file_or_api(request):
        return show_error(request, NotLoggedIn())
    if request.method not in SAFE_METHODS and not wants_page(request):
        return show_error(request, NotLoggedIn())
    here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    target = "/login" if here == "/" or request.method not in SAFE_METHODS else f"/login?next={quote(here, safe='/')}"
    return RedirectResponse(target, status_code=303, headers={"Cache-Control": "no-store"})


def _prolonging(request: Request, send: Send) -> Send:
    """Return a `send` that prolongs the browser's cookie along with the session."""

    async def send_with_cookie(message: Message) -> None:
        if message["type"] == "http.response.start":
            message.setdefault("headers", [])
            headers = MutableHeaders(raw=message["headers"])
            set_session_cookie(headers, request, request.cookies[SESSION_COOKIE])
        await send(message)

    return send_with_cookie
