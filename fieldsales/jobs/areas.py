"""Looking up which municipality each address names: for those that are not to be located, and those located before this was asked."""

from __future__ import annotations

import logging

from fieldsales.bootstrap import Runtime
from fieldsales.domain.places import AddressQuery
from fieldsales.services.pins import customer_areas

log = logging.getLogger(__name__)


def look_up_areas(runtime: Runtime) -> int:
    """Look up one batch and return for how many customers the answer was stored."""
    with runtime.database.read() as session:
        unknown = customer_areas.unknown_areas(session)
    if not unknown:
        return 0
    found = {address: area_of(runtime, address.query) for address in unknown}
    with runtime.database.write() as session:
        return customer_areas.store_areas(session, areas=found, now=runtime.clock())


def area_of(runtime: Runtime, query: AddressQuery) -> str:
    """Return the municipality that an address names; none for an address on which the geocoder breaks: it must not hold up the others."""
    try:
        return runtime.geocoder.area_of(query)
    except Exception:
        log.exception("the geocoder broke on an address whose municipality was wanted")
        return ""
