"""When the demo's customers may be visited, and how long a visit takes there: by their trade, for about half of them."""

from __future__ import annotations

from typing import Any

from fieldsales.demo.inventing import Invented
from fieldsales.domain.words import Kind

Row = dict[str, Any]
_OFFICE = ("Mo-Fr 09:00-18:00; PH off", "Mo-Fr 09:00-12:00,13:00-17:30; PH off")
_PERSON = ("Mo-Fr 18:00-20:00; Sa,Su 10:00-17:00",)
_BY_TRADE = {
    "医療・福祉": ("Mo-We,Fr 09:00-12:30,15:00-18:30; Th,Sa 09:00-12:30; PH off",),
    "卸売・小売": ("Mo,Tu,Th-Su 10:00-19:00", "Mo-Sa 09:00-12:00,14:00-19:00; PH off"),
    "食品": ("Mo,Tu,Th-Su 13:00-17:00", "Mo-Fr 07:30-16:00; PH off"),
    "製造": ("Mo-Fr 08:00-12:00,13:00-17:00; PH off", "Mo-Sa 08:00-17:00; PH off; Sa[2,4] off"),
    "建設": ("Mo-Sa 08:00-17:30; PH off",),
    "運輸": ("Mo-Su 00:00-24:00", "Mo-Fr 22:00-05:00"),
}
_MINUTES = (15, 20, 45, 60, 90)
_KNOWN_HOURS, _KNOWN_MINUTES = 45, 20  # of a hundred customers


def visiting_columns(invented: Invented) -> Row:
    """Return the columns of a customer that say when it may be visited and for how long; drawn from its number alone."""
    # Multiplied by primes, neighbours differ; cheaper than a chance of its own for each of a million.
    hours_draw, minutes_draw = invented.number * 7919 % 100, invented.number * 6007 % 100
    hours = _hours_of(invented) if hours_draw < _KNOWN_HOURS else ("",)
    return {
        "opening_hours": hours[invented.number % len(hours)],
        "visit_minutes": _MINUTES[invented.number % len(_MINUTES)] if minutes_draw < _KNOWN_MINUTES else None,
    }


def _hours_of(invented: Invented) -> tuple[str, ...]:
    if invented.kind is Kind.PERSON:
        return _PERSON
    return _BY_TRADE.get(invented.custom.get("業種", ""), _OFFICE)
