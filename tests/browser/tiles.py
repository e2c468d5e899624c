"""Map tiles drawn on this machine: a town of streets, blocks, parks and a river that fit together at every edge."""

from __future__ import annotations

import io
import math
import re
import threading
from functools import lru_cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from PIL import Image, ImageDraw

SIDE = 512  # pixels of a picture shown at 256, sharp on a phone
PAPER, BUILDING, PARK, WATER, STREET, KERB, AVENUE = "#f5f3ef", "#e8e4de", "#dbead5", "#c5deec", "#ffffff", "#dcd8d0", "#faecc4"
PATH = re.compile(r"/(\d{1,2})/(\d{1,7})/(\d{1,7})\.png")


def _number(*parts: int, below: int) -> int:
    """Return a whole number that looks random and is the same on every machine."""
    value = 2166136261
    for part in parts:
        value = ((value ^ (part & 0xFFFFFFFF)) * 16777619) & 0xFFFFFFFF
        value ^= value >> 13
    return value % below


@lru_cache(maxsize=2000)
def draw_tile(zoom: int, x: int, y: int) -> bytes:
    """Return one tile as PNG; neighbours share their streets because a street depends on its row or column alone."""
    image = Image.new("RGB", (SIDE, SIDE), PAPER)
    draw = ImageDraw.Draw(image)
    for i in range(46):
        left, top = _number(zoom, x, y, i, 3, below=SIDE - 40), _number(zoom, x, y, i, 4, below=SIDE - 40)
        wide, high = 14 + _number(zoom, x, y, i, 5, below=26), 14 + _number(zoom, x, y, i, 6, below=22)
        draw.rectangle((left, top, left + wide, top + high), fill=BUILDING)
    columns = [_number(zoom, x, i, 1, below=110) + 24 + i * 170 for i in range(3)]
    rows = [_number(zoom, y, i, 2, below=110) + 24 + i * 170 for i in range(3)]
    if _number(zoom, x, y, below=3) == 0:
        draw.rectangle((columns[0], rows[0], columns[1], rows[1]), fill=PARK)
    for width, fill in ((14, KERB), (10, STREET)):
        for left in columns:
            draw.line((left, 0, left, SIDE), fill=fill, width=width)
        for top in rows:
            draw.line((0, top, SIDE, top), fill=fill, width=width)
    if x % 3 == 0:
        draw.line((columns[1], 0, columns[1], SIDE), fill=AVENUE, width=18)
    if y % 4 == 0:
        draw.line((0, rows[1], SIDE, rows[1]), fill=AVENUE, width=18)
    _draw_river(draw, x, y)
    picture = io.BytesIO()
    image.save(picture, "PNG")
    return picture.getvalue()


def _draw_river(draw: ImageDraw.ImageDraw, x: int, y: int) -> None:
    course = [(step, (math.sin((x * SIDE + step) / 900) * 0.9 + y - 4 * (y // 4) - 1.5) * -SIDE) for step in range(-32, SIDE + 64, 32)]
    draw.line(course, fill=WATER, width=54, joint="curve")


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        found = PATH.fullmatch(self.path)
        if not found:
            self.send_error(404)
            return
        body = draw_tile(*map(int, found.groups()))
        self.send_response(200)
        self.send_header("Content-Type", "image/png")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "max-age=3600")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the test's report is what people read."""


class TileServer:
    """Serves tiles from a thread; `url` is the template that FIELDSALES_TILES_URL wants."""

    def __init__(self) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._server.daemon_threads = True
        self.host = f"127.0.0.1:{self._server.server_port}"
        self.url = f"http://{self.host}/{{z}}/{{x}}/{{y}}.png"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop serving and free the port."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
