"""Minutes of a day as moments."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from functools import lru_cache
from zoneinfo import ZoneInfo


@lru_cache(maxsize=50_000)  # a hundred days of five-minute steps, met again and again
def moment_of(day: date, minute: int, zone: ZoneInfo) -> datetime:
    """Return the moment at which `zone` shows this minute (from midnight) of this day, in UTC."""
    return datetime.combine(day, time(minute // 60, minute % 60), tzinfo=zone).astimezone(UTC)
