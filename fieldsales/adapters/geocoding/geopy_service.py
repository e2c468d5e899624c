"""Nominatim (one's own server encouraged) or any other service that geopy knows, by name and key."""

from __future__ import annotations

import inspect
import math
import urllib.parse
from collections.abc import Mapping
from typing import Any

from fieldsales.domain.places import Level

from .errors import GeocodingServiceUnusable
from .remote import Failure, RemoteAnswer, ServiceFailed, is_a_point

PUBLIC_NOMINATIM_HOST = "nominatim.openstreetmap.org"
_TIMEOUT_S = 10.0
_METRES_PER_DEGREE = 111_195.0
_KEY_PARAMETERS = ("api_key", "apikey", "subscription_key", "username")
_UNKNOWN_RADIUS_M = 1_000.0
_POINT_WITHIN_M, _BLOCK_WITHIN_M, _TOWN_WITHIN_M = 60.0, 300.0, 3_000.0
_SMALLEST_RADIUS_M = 30.0


class GeopyService:
    """Any geopy geocoder; its exceptions are sorted into wait, bad query, and call the admin."""

    def __init__(self, name: str, geocoder: Any, host: str, seconds_between_calls: float, options: Mapping[str, object]) -> None:
        """Wrap `geocoder`; `options` go with every call."""
        self.name = name
        self.host = host
        self.seconds_between_calls = seconds_between_calls
        self._geocoder = geocoder
        self._options = options

    def ask(self, text: str) -> RemoteAnswer | None:
        """Return the first answer, None when there is none.

        Raises:
            ServiceFailed: no answer.
        """
        from geopy import exc

        try:
            location = self._geocoder.geocode(text, exactly_one=True, **self._options)
        except exc.GeocoderRateLimited as error:
            raise ServiceFailed(Failure.WAIT, error.retry_after) from error
        except (exc.GeocoderAuthenticationFailure, exc.ConfigurationError) as error:
            raise ServiceFailed(Failure.CALL_THE_ADMIN) from error
        except exc.GeocoderQueryError as error:
            raise ServiceFailed(Failure.BAD_QUERY) from error
        except exc.GeopyError as error:
            # quota, time-out, 403 (how public services block whoever asks too much), not reachable, unreadable: all pass
            raise ServiceFailed(Failure.WAIT) from error
        return _read(location) if location is not None else None


def nominatim(url: str, user_agent: str) -> GeopyService:
    """Return Nominatim at `url`, the public one (1 request a second, whoever asks) for an empty `url`.

    Raises:
        GeocodingServiceUnusable: `url` is no http address.
    """
    from geopy.geocoders import Nominatim

    parts = urllib.parse.urlsplit(url or f"https://{PUBLIC_NOMINATIM_HOST}")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise GeocodingServiceUnusable(name="nominatim", why=url)
    geocoder = Nominatim(
        domain=parts.netloc + parts.path.rstrip("/"),
        scheme=parts.scheme,
        user_agent=user_agent,
        timeout=_TIMEOUT_S,
        adapter_factory=_adapter(),
    )
    public = is_public_nominatim(url)
    return GeopyService("nominatim", geocoder, parts.netloc, 1.0 if public else 0.0, {"addressdetails": True})


def is_public_nominatim(url: str) -> bool:
    """True for the server whose policy allows neither bulk lists nor more than a request a second."""
    host = urllib.parse.urlsplit(url).hostname if url else PUBLIC_NOMINATIM_HOST
    return (host or "").endswith("openstreetmap.org")


def named_service(name: str, key: str, user_agent: str) -> GeopyService:
    """Return the geopy service `name`; `key` is its key, or `parameter=value` pairs separated by commas.

    Raises:
        GeocodingServiceUnusable: geopy knows no such service, or it wants another kind of key.
    """
    from geopy.exc import GeopyError
    from geopy.geocoders import get_geocoder_for_service

    try:
        service: Any = get_geocoder_for_service(name)
        parameters = inspect.signature(service.__init__).parameters
        options = _key_options(key, parameters)
        geocoder = service(user_agent=user_agent, timeout=_TIMEOUT_S, adapter_factory=_adapter(), **options)
    except (GeopyError, TypeError, ValueError) as error:
        raise GeocodingServiceUnusable(name=name, why=str(error)) from error
    host = str(getattr(geocoder, "domain", "") or f"geopy:{name}")
    return GeopyService(name, geocoder, host, 1.0, {})


def _key_options(key: str, parameters: Mapping[str, object]) -> dict[str, str]:
    if not key:
        return {}
    pairs = dict(part.split("=", 1) for part in key.split(",") if part.split("=", 1)[0].strip() in parameters and "=" in part)
    if pairs:
        return {name.strip(): value for name, value in pairs.items()}
    return next(({name: key} for name in _KEY_PARAMETERS if name in parameters), {"api_key": key})


def _adapter() -> Any:
    """Return geopy's plain adapter: the one on `requests` retries on its own and keeps quiet about a 429."""
    from geopy.adapters import URLLibAdapter

    return URLLibAdapter


def _read(location: Any) -> RemoteAnswer | None:
    lat, lon = float(location.latitude), float(location.longitude)
    if not is_a_point(lat, lon):
        return None
    raw = location.raw if isinstance(location.raw, dict) else {}
    details = raw.get("address")
    country = str(details.get("country_code", "")) if isinstance(details, dict) else ""
    radius_m = _radius_m(raw.get("boundingbox"), lat)
    return RemoteAnswer(lat, lon, str(location.address or ""), _level(radius_m), radius_m, country.lower())


def _radius_m(box: object, lat: float) -> float:
    """Return half the diagonal of a Nominatim bounding box (south, north, west, east)."""
    try:
        south, north, west, east = (float(value) for value in box)  # type: ignore[attr-defined]
    except (TypeError, ValueError):
        return _UNKNOWN_RADIUS_M
    diagonal = math.hypot(north - south, (east - west) * math.cos(math.radians(lat))) * _METRES_PER_DEGREE
    return max(diagonal / 2, _SMALLEST_RADIUS_M)


def _level(radius_m: float) -> Level:
    if radius_m <= _POINT_WITHIN_M:
        return Level.POINT
    if radius_m <= _BLOCK_WITHIN_M:
        return Level.BLOCK
    return Level.OAZA if radius_m <= _TOWN_WITHIN_M else Level.CITY
