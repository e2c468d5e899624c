"""Security headers on every answer; the content policy names all hosts that a page may ever talk to."""

from __future__ import annotations

import base64
import functools
import hashlib
import re
from importlib.resources import files
from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fieldsales.bootstrap import current_runtime
from fieldsales.settings import GSI_PALE_TILES, OSM_TILES, Settings

COMPONENT_FRAME = "/component/"
FIXED = {
    "X-Content-Type-Options": "nosniff",
    # Tile servers want to know which site asks (OpenStreetMap refuses otherwise), nobody needs to know the page.
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Permissions-Policy": "geolocation=(self), camera=(self), microphone=(self), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "SAMEORIGIN",
}
A_YEAR_S = 365 * 24 * 3600


class SecurityHeaders:
    """Pure ASGI middleware that adds the headers to every HTTP answer, errors included."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and dress the answer."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        policy = content_policy(scope["path"], current_runtime().settings)

        async def send_dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                message.setdefault("headers", [])
                headers = MutableHeaders(raw=message["headers"])
                headers["Content-Security-Policy"] = policy
                for name, value in FIXED.items():
                    headers[name] = value
                if scope["scheme"] == "https":
                    headers["Strict-Transport-Security"] = f"max-age={A_YEAR_S}"
            await send(message)

        await self.app(scope, receive, send_dressed)


@functools.lru_cache(maxsize=4)
def _policies(tiles_url: str) -> tuple[str, str]:
    """Return the content policy of a page, and of a component's frame."""
    tiles = " ".join(sorted({tile_host(url) for url in ([tiles_url] if tiles_url else [GSI_PALE_TILES, OSM_TILES])}))
    common = {
        "default-src": "'self'",
        # blob: is how Streamlit loads the script of an inline component; only a script that runs already can make one.
        "script-src": "'self' blob: " + " ".join(_inline_script_hashes()),
        "style-src": "'self' 'unsafe-inline'",
        "img-src": f"'self' data: blob: {tiles}",
        "font-src": "'self' data:",
        "connect-src": "'self' data: blob:",
        "media-src": "'self' data: blob:",
        "worker-src": "'self' blob:",
        "frame-src": "'self'",
        "frame-ancestors": "'self'",
        "form-action": "'self'",
        "base-uri": "'self'",
        "object-src": "'none'",
    }
    # streamlit-folium writes the map's script into an inline element of its frame, and evaluates later changes.
    frame = common | {"script-src": "'self' 'unsafe-inline' 'unsafe-eval'"}
    return _join(common), _join(frame)


def content_policy(path: str, settings: Settings) -> str:
    """Return the Content-Security-Policy of the answer at `path`."""
    page, frame = _policies(settings.tiles_url)
    return frame if path.startswith(COMPONENT_FRAME) else page


def tile_host(url: str) -> str:
    """Return the source expression of a tile server, `{s}` standing for any subdomain."""
    parts = urlsplit(url)
    host = re.sub(r"\{[^}]*\}", "*", parts.netloc)
    return f"{parts.scheme}://{host}" if parts.netloc else "'self'"


def _join(directives: dict[str, str]) -> str:
    return "; ".join(f"{name} {value.strip()}" for name, value in directives.items())


@functools.cache
def _inline_script_hashes() -> tuple[str, ...]:
    """Return the hashes of the scripts that Streamlit's own page carries inline, read from the installed version."""
    page = files("streamlit").joinpath("static", "index.html").read_text(encoding="utf-8")
    scripts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    return tuple(f"'sha256-{base64.b64encode(hashlib.sha256(s.encode()).digest()).decode()}'" for s in scripts)
