"""Files for the browser: our own under /assets/app, Leaflet 1.9.4 from its wheel under /assets/leaflet."""

from __future__ import annotations

import functools
import hashlib
import os
from pathlib import Path

from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

ASSETS = Path(__file__).parent / "assets"
A_YEAR_S = 365 * 24 * 3600


class CachedFiles(StaticFiles):
    """Static files that a browser keeps for good when their address names their version (`?v=…`), else asks about."""

    def file_response(
        self, full_path: str | os.PathLike[str], stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        """Return the file with its cache header."""
        response = super().file_response(full_path, stat_result, scope, status_code)
        versioned = scope.get("query_string", b"").startswith(b"v=")
        response.headers["Cache-Control"] = f"private, max-age={A_YEAR_S}, immutable" if versioned else "private, no-cache"
        return response


@functools.cache
def asset_url(name: str) -> str:
    """Return the address of one of our own files, with its version."""
    digest = hashlib.sha256((ASSETS / name).read_bytes()).hexdigest()[:12]
    return f"/assets/app/{name}?v={digest}"


routes = [
    Mount("/assets/leaflet", CachedFiles(packages=[("js_lib_leaflet", "static/js_lib_leaflet")]), name="leaflet"),
    Mount("/assets/app", CachedFiles(directory=ASSETS), name="app_assets", middleware=[Middleware(GZipMiddleware)]),
]
