"""One question to a server and its JSON: within a time, within a size, and never by way of another host."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from http.client import HTTPException, HTTPMessage
from typing import IO, Any

from .servers import Nonsense, Silent

REQUEST_S = 4.0  # for the connection, and again for each piece of the answer
LARGEST_BYTES = 16_000_000  # fifty by fifty places are some 300 kB, a line from Sapporo to Kagoshima 3 MB
_LARGEST_REFUSAL_BYTES = 65_536
_PIECE_BYTES = 65_536
_NOT_NOW = frozenset({408, 425, 429, 500, 502, 503, 504})


class Refused(Exception):
    """A 4xx with a JSON object that says why."""

    def __init__(self, answer: dict[str, Any]) -> None:
        """Keep what the server said."""
        self.answer = answer
        super().__init__(str(answer)[:200])


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str) -> None:
        """Follow nobody: where customers are is told to the server that the admin named, and to no other."""


class Fetcher:
    """Asks under one name; safe to share between threads."""

    def __init__(self, user_agent: str, clock: Callable[[], float] = time.monotonic) -> None:
        """Identify ourselves with `user_agent`."""
        self._headers = {"User-Agent": user_agent, "Accept": "application/json", "Accept-Encoding": "identity"}
        self._opener = urllib.request.build_opener(_NoRedirects)
        self._clock = clock

    def fetch(self, url: str, *, body: object = None, until: float, name_of_list: str = "") -> dict[str, Any]:
        """Return the JSON object at `url`, sent `body` as JSON where there is one.

        Where a list is due instead of an object, it comes under `name_of_list`.

        Raises:
            Silent, Nonsense, Refused.
        """
        data = None if body is None else json.dumps(body).encode()
        headers = self._headers if data is None else self._headers | {"Content-Type": "application/json"}
        request = urllib.request.Request(url, data=data, headers=headers)
        left = until - self._clock()
        if left <= 0:
            raise Silent("no time left")
        try:
            with self._opener.open(request, timeout=min(REQUEST_S, left)) as response:
                return _as_object(self._read(response, LARGEST_BYTES, until), name_of_list)
        except urllib.error.HTTPError as error:
            raise self._refusal(error, until) from error
        except (OSError, HTTPException) as error:
            raise Silent(str(getattr(error, "reason", error))) from error

    def _refusal(self, error: urllib.error.HTTPError, until: float) -> Exception:
        if error.code in _NOT_NOW:
            return Silent(f"HTTP {error.code}")
        try:
            with error:
                return Refused(_as_object(self._read(error, _LARGEST_REFUSAL_BYTES, until)))
        except (OSError, HTTPException) as broken:
            return Silent(str(broken))
        except (Silent, Nonsense):
            return Nonsense(f"HTTP {error.code}")

    def _read(self, response: Any, limit: int, until: float) -> bytes:
        """Return the whole answer; whoever hands it out drop by drop is stopped at `until`."""
        pieces: list[bytes] = []
        size = 0
        while piece := response.read1(_PIECE_BYTES):
            pieces.append(piece)
            size += len(piece)
            if size > limit:
                raise Nonsense(f"more than {limit} bytes")
            if self._clock() > until:
                raise Silent("too slow")
        promised = response.headers.get("Content-Length", "")
        if promised.isascii() and promised.isdigit() and size < int(promised):
            raise Silent(f"cut off after {size} of {promised} bytes")
        return b"".join(pieces)


def _as_object(data: bytes, name_of_list: str = "") -> dict[str, Any]:
    try:
        answer = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise Nonsense(f"no JSON: {data[:60]!r}") from error
    if name_of_list and isinstance(answer, list):
        return {name_of_list: answer}
    if name_of_list or not isinstance(answer, dict):
        raise Nonsense("JSON of another shape")
    return answer
