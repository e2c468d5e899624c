"""Links that hand a place to a navigation app; the app is told coordinates, since it knows no address better than we do."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, urlencode

from fieldsales.domain.words import TravelMode

GOOGLE_MODES = {
    TravelMode.CAR: "driving",
    TravelMode.BICYCLE: "bicycling",
    TravelMode.WALK: "walking",
    TravelMode.TRAIN: "transit",
}
_APPLE_FLAGS = {TravelMode.CAR: "d", TravelMode.WALK: "w", TravelMode.TRAIN: "r"}


@dataclass(frozen=True, slots=True)
class NavigationLink:
    """One app and the address that opens it at a destination; nothing is contacted until a person taps it."""

    app: str
    url: str


def navigation_links(lat: float, lon: float, *, name: str, mode: TravelMode = TravelMode.CAR) -> tuple[NavigationLink, ...]:
    """Return links to Google Maps and Apple Maps for going to `lat`, `lon` (WGS 84 degrees), and for cars to Yahoo!カーナビ and Waze.

    The way begins where the phone is. `name` is what Yahoo!カーナビ calls the destination; its scheme opens the app and
    does nothing without it. Apple documents no bicycle for this form of its links, so there the app chooses.
    """
    place = f"{lat:.6f},{lon:.6f}"
    google = urlencode({"api": "1", "destination": place, "travelmode": GOOGLE_MODES[mode]})
    apple = urlencode({"daddr": place} | ({"dirflg": _APPLE_FLAGS[mode]} if mode in _APPLE_FLAGS else {}))
    links = (
        NavigationLink("Google Maps", f"https://www.google.com/maps/dir/?{google}"),
        NavigationLink("Apple Maps", f"https://maps.apple.com/?{apple}"),
    )
    if mode is not TravelMode.CAR:
        return links
    yahoo = urlencode({"lat": f"{lat:.6f}", "lon": f"{lon:.6f}", "name": name[:100]}, quote_via=quote)
    waze = urlencode({"ll": place, "navigate": "yes"})
    return (
        *links,
        NavigationLink("Yahoo!カーナビ", f"yjcarnavi://navi/select?{yahoo}"),
        NavigationLink("Waze", f"https://waze.com/ul?{waze}"),
    )


def phone_link(phone: str) -> str | None:
    """Return a `tel:` link for a phone number as people write it; None when there are too few digits to dial."""
    plus = "+" if phone.strip().startswith(("+", "＋")) else ""
    digits = "".join(str(int(c)) for c in phone if c.isdecimal())
    return f"tel:{plus}{digits}" if 3 <= len(digits) <= 20 else None


def mail_link(email: str) -> str | None:
    """Return a `mailto:` link; None for an empty address."""
    return f"mailto:{quote(email.strip(), safe='@.+-_')}" if email.strip() else None
