"""Travel times: estimated from straight lines, or asked of routing servers of one's own."""

from __future__ import annotations

import time
from pathlib import Path

from .cache import TravelCache
from .estimate import Estimate
from .fetching import Fetcher
from .osrm import Osrm
from .roads import AskedServer, Patience, RoadTimes
from .servers import Engine, RoadServer, read_addresses
from .valhalla import Valhalla

CACHE_FILE_NAME = "travel_cache.sqlite3"


def build_travel_times(routing_url: str = "", *, cache_path: Path | None = None, user_agent: str = "FieldSales") -> Estimate | RoadTimes:
    """Return the servers that `routing_url` names with the estimate behind them, or the estimate alone; asks nobody yet.

    Raises:
        BadSetting: an address that is none.
    """
    addresses = read_addresses(routing_url)
    if not addresses:
        return Estimate()
    fetcher = Fetcher(user_agent)
    servers = {}
    for address in addresses:
        server: RoadServer = Valhalla(address.url, fetcher) if address.engine is Engine.VALHALLA else Osrm(address.url, fetcher)
        patience = Patience(time.monotonic)
        for mode in address.modes:
            servers[mode] = AskedServer(f"{address.engine.value}+{address.url} {mode.value}", server, patience)
    return RoadTimes(servers, TravelCache(cache_path) if cache_path else None)
