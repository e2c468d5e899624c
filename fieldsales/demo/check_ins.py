"""Check-ins of the last weeks' visits: a phone's position somewhere around the door, judged as the product judges it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random
from typing import Any
from uuid import UUID

from fieldsales.demo.inventing import Invented
from fieldsales.demo.places import Spot
from fieldsales.domain.check_in import Pin, Position, judge
from fieldsales.domain.geodesy import moved_by
from fieldsales.domain.words import VisitKind

Row = dict[str, Any]
KEPT_DAYS = 21
_CHECKED_IN = 0.7  # of the visits


def check_in_rows(rng: Random, invented: Invented, visits: Sequence[Row], *, today: date) -> list[Row]:
    """Return the check-ins that belong to recent visits; some were not checked in to, calls and mails never are."""
    spot = invented.spot
    if spot.lat is None or spot.lon is None:
        return []
    pin = Pin.of(spot.lat, spot.lon, spot.precision_m, spot.level, spot.reason)
    door = _somewhere(rng, spot.lat, spot.lon, (spot.precision_m or 30.0) * 0.45)
    recent = [
        visit
        for visit, encounter in zip(visits, invented.encounters, strict=True)
        if visit["kind"] is VisitKind.VISIT and (today - encounter.day).days <= KEPT_DAYS and rng.random() < _CHECKED_IN
    ]
    return [_row(rng, visit, door, pin, spot) for visit in recent]


def _row(rng: Random, visit: Row, door: tuple[float, float], pin: Pin | None, spot: Spot) -> Row:
    accuracy_m = float(rng.choice((5, 8, 12, 18, 30, 65)))
    lat, lon = _somewhere(rng, *door, accuracy_m * 0.4)
    arrived = visit["visited_at"]
    verdict = judge(Position(lat, lon, accuracy_m, arrived), pin)
    left = arrived + timedelta(minutes=rng.randrange(5, 55))
    return {
        "client_ref": UUID(int=rng.getrandbits(128), version=4), "user_id": visit["user_id"], "customer_id": visit["customer_id"],
        "visit_id": visit["id"], "checked_in_at": arrived, "checked_out_at": left, "closed_at": left,
        "lat": lat, "lon": lon, "accuracy_m": accuracy_m, "distance_m": verdict.distance_m, "pin_precision_m": spot.precision_m,
        "state": verdict.state, "reason": verdict.reason.value, "coarsened_at": None,
    }  # fmt: skip


def _somewhere(rng: Random, lat: float, lon: float, spread_m: float) -> tuple[float, float]:
    return moved_by(lat, lon, rng.gauss(0, spread_m), rng.gauss(0, spread_m))
