"""The HTML around Streamlit's screens: its own `index.html`, in our name, the visitor's language, and with our script."""

from __future__ import annotations

import functools
import html
import re
from importlib.resources import files

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fieldsales.i18n import LOCALES
from fieldsales.web.asset_files import asset_url
from fieldsales.web.responses import is_screen, text_of

OF_THE_FILE = ("etag", "last-modified", "content-encoding")


class PageShell:
    """Pure ASGI middleware that puts our shell in the place of Streamlit's page; our own error pages name their language and stay."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and exchange the page in the answer."""
        if scope["type"] != "http" or scope["method"] != "GET" or not is_screen(request := Request(scope)):
            await self.app(scope, receive, send)
            return
        locale, exchanging = text_of(request).locale, False

        async def send_exchanged(message: Message) -> None:
            nonlocal exchanging
            if message["type"] == "http.response.start" and _is_streamlits_page(message):
                exchanging = True
                headers = MutableHeaders(raw=message["headers"])
                headers["content-length"] = str(len(shell(locale)))
                for name in OF_THE_FILE:
                    del headers[name]
            elif exchanging and message["type"] == "http.response.body":
                if message.get("more_body"):
                    return
                message = {"type": "http.response.body", "body": shell(locale)}
            await send(message)

        # What is exchanged need not be compressed, nor be answered with "not modified".
        unwanted = (b"accept-encoding", b"if-none-match", b"if-modified-since")
        inner = {**scope, "headers": [(name, value) for name, value in scope["headers"] if name not in unwanted]}
        await self.app(inner, receive, send_exchanged)


def _is_streamlits_page(message: Message) -> bool:
    headers = MutableHeaders(raw=message.setdefault("headers", []))
    return message["status"] == 200 and headers.get("content-type", "").startswith("text/html") and "content-language" not in headers


@functools.lru_cache(maxsize=len(LOCALES))
def shell(locale: str) -> bytes:
    """Return the installed Streamlit's page with our language, title, icon and script."""
    page = files("streamlit").joinpath("static", "index.html").read_text(encoding="utf-8")
    script = f'<script src="{html.escape(asset_url("shell.js"))}"></script>'
    for pattern, ours in (
        (r'<html lang="[^"]*">', f'<html lang="{locale}">'),
        (r"<title>[^<]*</title>", "<title>FieldSales</title>"),
        (r'href="\./favicon\.png"', f'href="{html.escape(asset_url("icon.svg"))}"'),
        (r"(?=<script>)", script),
    ):
        page = re.sub(pattern, ours, page, count=1)
    return page.encode()
