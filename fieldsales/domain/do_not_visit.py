"""Customers who are not to be visited: how long that holds."""

from __future__ import annotations

from datetime import date


def in_force(do_not_visit: bool, until: date | None, today: date) -> bool:
    """True while a customer is not to be visited: up to and including the day `until`, for good when there is none."""
    return do_not_visit and (until is None or until >= today)
