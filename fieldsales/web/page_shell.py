"""The HTML around Streamlit's screens: its own `index.html`, in our name, the visitor's language, with our script and style sheet.

What is drawn must not move under a thumb because something arrives later. The style sheet therefore stands in the page itself,
after the head, to which Streamlit adds its own styles while it runs; and so do the scripts of the kinds of element that every
screen has, which Streamlit would fetch one after the other when the first of a kind is to be drawn.
"""

from __future__ import annotations

import functools
import html
import re
from importlib.resources import files
from importlib.resources.abc import Traversable

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fieldsales.i18n import LOCALES
from fieldsales.web.asset_files import asset_url
from fieldsales.web.responses import is_screen, text_of

# By the names of Streamlit's scripts, before their digests; one that another version does not have is left out.
ON_EVERY_SCREEN = ("Button", "ButtonGroup", "Html", "LinkButton", "PageLink")
_IMPORT = re.compile(r"""\b(?:from|import)\s*["']\./([\w.-]+\.js)["']""")
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
    static = files("streamlit").joinpath("static")
    page = static.joinpath("index.html").read_text(encoding="utf-8")
    script = f'<script src="{html.escape(asset_url("shell.js"))}"></script>'
    style = f'<link rel="stylesheet" href="{html.escape(asset_url("style.css"))}">'
    for pattern, ours in (
        (r'<html lang="[^"]*">', f'<html lang="{locale}">'),
        (r"<title>[^<]*</title>", "<title>FieldSales</title>"),
        (r'href="\./favicon\.png"', f'href="{html.escape(asset_url("icon.svg"))}"'),
        (r"(?=<script>)", script),
        (r"(?=<div id=.root.>)", style),
        (r"(?=</head>)", _preloads(page, static.joinpath("static", "js"))),
    ):
        page = re.sub(pattern, ours, page, count=1)
    return page.encode()


def _preloads(page: str, scripts: Traversable) -> str:
    """Return links to the scripts of `ON_EVERY_SCREEN` and to what these import, without those that `page` names itself."""
    names = {entry.name for entry in scripts.iterdir()}
    wanted = [name for kind in ON_EVERY_SCREEN for name in sorted(names) if re.fullmatch(rf"{kind}\.[\w-]+\.js", name)]
    found: list[str] = []
    while wanted:
        name = wanted.pop(0)
        if name in names and name not in found and f"/{name}" not in page:
            found.append(name)
            wanted += _IMPORT.findall(scripts.joinpath(name).read_text(encoding="utf-8"))
    return "".join(f'<link rel="modulepreload" crossorigin href="./static/js/{name}">' for name in found)
