"""Links that hand a place to a navigation app; the app is told coordinates, since it knows no address better than we do."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, urlencode


@dataclass(frozen=True, slots=True)
class NavigationLink:
    """One app and the address that opens it at a destination; nothing is contacted until a person taps it."""

    app: str
    url: str


def navigation_links(lat: float, lon: float, *, name: str) -> tuple[NavigationLink, ...]:
    """Return links to Google Maps, Apple Maps and Yahoo!カーナビ for driving to `lat`, `lon` (WGS 84 degrees).

    `name` is what Yahoo!カーナビ calls the destination; its scheme opens the app and does nothing without it.
    """
    place = f"{lat:.6f},{lon:.6f}"
    google = urlencode({"api": "1", "destination": place, "travelmode": "driving"})
    apple = urlencode({"daddr": place, "dirflg": "d"})
    yahoo = urlencode({"lat": f"{lat:.6f}", "lon": f"{lon:.6f}", "name": name[:100]}, quote_via=quote)
    return (
        NavigationLink("Google Maps", f"https://www.google.com/maps/dir/?{google}"),
        NavigationLink("Apple Maps", f"https://maps.apple.com/?{apple}"),
        NavigationLink("Yahoo!カーナビ", f"yjcarnavi://navi/select?{yahoo}"),
    )


def phone_link(phone: str) -> str | None:
    """Return a `tel:` link for a phone number as people write it; None when there are too few digits to dial."""
    plus = "+" if phone.strip().startswith(("+", "＋")) else ""
    digits = "".join(str(int(c)) for c in phone if c.isdecimal())
    return f"tel:{plus}{digits}" if 3 <= len(digits) <= 20 else None


def mail_link(email: str) -> str | None:
    """Return a `mailto:` link; None for an empty address."""
    return f"mailto:{quote(email.strip(), safe='@.+-_')}" if email.strip() else None
