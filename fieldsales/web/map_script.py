"""The map's script and style sheet as one file each: Leaflet first, then ours, so that a phone waits for one answer."""

from __future__ import annotations

import functools
import gzip
from importlib.resources import files
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

ASSETS = Path(__file__).parent / "assets" / "map"
A_YEAR_S = 365 * 24 * 3600


@functools.cache
def _joined(suffix: str) -> tuple[bytes, bytes]:
    """Return Leaflet's file and ours with this suffix, joined, plain and compressed."""
    leaflet = files("js_lib_leaflet").joinpath("static", "js_lib_leaflet", f"leaflet{suffix}").read_bytes()
    # The source map stays behind: its address would be wrong here.
    leaflet = leaflet.replace(b"//# sourceMappingURL=leaflet.js.map", b"")
    plain = b"\n".join([leaflet, *(path.read_bytes() for path in sorted(ASSETS.glob(f"*{suffix}")))])
    return plain, gzip.compress(plain, compresslevel=9, mtime=0)


def _answer(request: Request, suffix: str, media_type: str) -> Response:
    plain, compressed = _joined(suffix)
    # A versioned address (`?v=…`) never changes what it answers; without one the browser asks each time.
    lasting = f"private, max-age={A_YEAR_S}, immutable" if request.query_params.get("v") else "private, no-cache"
    headers = {"Cache-Control": lasting, "Vary": "Accept-Encoding"}
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return Response(plain, media_type=media_type, headers=headers)
    return Response(compressed, media_type=media_type, headers=headers | {"Content-Encoding": "gzip"})


async def _script(request: Request) -> Response:
    return _answer(request, ".js", "text/javascript")


async def _style(request: Request) -> Response:
    return _answer(request, ".css", "text/css")


routes = [
    Route("/assets/map/script.js", _script, name="map_script"),
    Route("/assets/map/style.css", _style, name="map_style"),
]
