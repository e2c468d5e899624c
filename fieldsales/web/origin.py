"""Where a request comes from: the same site or another, over HTTPS or not, and where it may be sent on to."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

MAX_NEXT = 2000
NO_PAGES = ("/login", "/logout", "/api/", "/_stcore", "/static/", "/media/", "/component/")


def is_same_origin(connection: HTTPConnection) -> bool:
    """False when a browser says that another site sent this; programs that say nothing are believed.

    A program holds no cookie of ours unless somebody gave it one, a browser does: and every browser says.
    """
    origin = connection.headers.get("origin")
    if origin is not None:
        parts = urlsplit(origin)
        return parts.scheme in ("http", "https") and parts.netloc.lower() == connection.headers.get("host", "").lower()
    return connection.headers.get("sec-fetch-site", "none") in ("same-origin", "none")


def is_secure(connection: HTTPConnection) -> bool:
    """True over HTTPS: cookies are then for HTTPS alone."""
    return connection.scope["scheme"] in ("https", "wss")


def client_address(connection: HTTPConnection) -> str:
    """Return the client's network address; of a trusted proxy's client, the one the proxy names."""
    return connection.client.host if connection.client else ""


def safe_next(path: str) -> str:
    """Return `path` when it leads to a page of ours, else `/`: never to another site, never in a circle."""
    if not path.startswith("/") or path.startswith("//") or len(path) > MAX_NEXT:
        return "/"
    if "\\" in path or any(ord(c) < 0x21 or ord(c) == 0x7F for c in path):
        return "/"  # browsers read a backslash as a slash and leave out tabs and line breaks
    try:
        parts = urlsplit(path)
    except ValueError:
        return "/"
    if parts.scheme or parts.netloc or parts.path.startswith(NO_PAGES):
        return "/"
    return path
