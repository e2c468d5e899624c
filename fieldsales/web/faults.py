"""The last resort: whatever goes wrong, a person gets a page, a program JSON, the log the traceback."""

from __future__ import annotations

import logging

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fieldsales.errors import FieldSalesError
from fieldsales.web.responses import show_exception

log = logging.getLogger(__name__)


class Faults:
    """Pure ASGI middleware that answers what nobody inside has caught."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; answer with an error when it raises before it has answered."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        answering = False

        async def watched_send(message: Message) -> None:
            nonlocal answering
            answering = answering or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, watched_send)
        except Exception as exception:
            if not isinstance(exception, FieldSalesError):
                log.exception("%s %s failed", scope["method"], _without_secret(scope["path"]))
            if answering:
                raise
            await show_exception(Request(scope, receive), exception)(scope, receive, send)


def _without_secret(path: str) -> str:
    """Return a path for the log: who reads it need not learn the address of somebody's calendar."""
    return "/calendar/…" if path.startswith("/calendar/") else path
