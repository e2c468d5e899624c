"""Japan's public holidays, as the calendar of working days wants them."""

from __future__ import annotations

from collections.abc import Container
from datetime import date
from functools import lru_cache
from typing import cast

from holidays import country_holidays


@lru_cache(maxsize=1)
def public_holidays() -> Container[date]:
    """Return Japan's public holidays, substitute days (振替休日) included; company holidays are nobody's business but the company's."""
    return cast(Container[date], country_holidays("JP"))
