"""The Geospatial Information Authority's address search (国土地理院), for the admin who opts in."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.parse
import urllib.request
from http.client import HTTPException

from fieldsales.domain.places import Level

from .remote import Failure, RemoteAnswer, ServiceFailed, is_a_point

GSI_URL = "https://msearch.gsi.go.jp/address-search/AddressSearch"
_TIMEOUT_S = 10.0
_BUSY_CODES = frozenset({403, 408, 429, 500, 502, 503, 504})
_NUMBERED = re.compile(r"[0-9０-９一二三四五六七八九十]+(?:番|番地|号)|[0-9０-９]+$")
_BLOCK_RADIUS_M = 100.0
_TOWN_RADIUS_M = 1_000.0
_LARGEST_ANSWER_BYTES = 1_000_000


class GsiService:
    """Asks one address at a time."""

    name = "gsi"
    seconds_between_calls = 1.0

    def __init__(self, user_agent: str, url: str = GSI_URL) -> None:
        """Identify ourselves with `user_agent`."""
        self._url = url
        self._user_agent = user_agent
        self.host = urllib.parse.urlsplit(url).netloc

    def ask(self, text: str) -> RemoteAnswer | None:
        """Return the first answer, None when there is none.

        Raises:
            ServiceFailed: no answer, which is never the same as no such place.
        """
        request = urllib.request.Request(f"{self._url}?{urllib.parse.urlencode({'q': text})}", headers={"User-Agent": self._user_agent})
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as response:
                features = json.loads(response.read(_LARGEST_ANSWER_BYTES))
            return _read(features[0]) if features else None
        except urllib.error.HTTPError as error:
            failure = Failure.WAIT if error.code in _BUSY_CODES else Failure.BAD_QUERY
            raise ServiceFailed(failure, _seconds(error.headers.get("Retry-After"))) from error
        except (OSError, HTTPException, ValueError, KeyError, TypeError, IndexError) as error:
            raise ServiceFailed(Failure.WAIT) from error


def _read(feature: dict[str, dict[str, object]]) -> RemoteAnswer | None:
    title = str(feature["properties"]["title"])
    coordinates = feature["geometry"]["coordinates"]
    if not isinstance(coordinates, list) or len(coordinates) < 2:
        return None
    lat, lon = float(coordinates[1]), float(coordinates[0])
    if not is_a_point(lat, lon):
        return None
    numbered = bool(_NUMBERED.search(title))
    return RemoteAnswer(lat, lon, title, Level.BLOCK if numbered else Level.OAZA, _BLOCK_RADIUS_M if numbered else _TOWN_RADIUS_M, "jp")


def _seconds(header: str | None) -> float | None:
    return float(header) if header and header.isdigit() else None
