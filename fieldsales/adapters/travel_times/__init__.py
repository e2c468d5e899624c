"""Travel times: estimated from straight lines, or asked of a routing server of one's own."""

from __future__ import annotations

from pathlib import Path

from .estimate import Estimate

CACHE_FILE_NAME = "travel_cache.sqlite3"


def build_travel_times(routing_url: str = "", *, cache_path: Path | None = None, user_agent: str = "FieldSales") -> Estimate:
    """Return the routing servers that `routing_url` names with the estimate behind them, or the estimate alone."""
    return Estimate()
