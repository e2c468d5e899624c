"""The municipality of each customer's address (`Customer.area`), looked up for the rows that do not have it yet.

An address that is located brings its municipality along (`services.pins.locating`). What is left are customers whose place came with
the data or was set by hand, and those located before there was such a column: the worker takes them in batches.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import Table, bindparam, select, update
from sqlalchemy.orm import Session

from fieldsales.db.models import Customer
from fieldsales.domain.places import AddressQuery
from fieldsales.services.map.map_index import announce_bulk_change
from fieldsales.services.pins.locating import AREA_LENGTH
from fieldsales.services.territories.territory_assignment import assign_unowned

BATCH = 1_000
# The table itself: an update through the mapped class would raise `version` and reject whoever is editing.
_rows = cast(Table, Customer.__table__)
_STORE = update(_rows).where(
    _rows.c.id == bindparam("b_id"),
    _rows.c.area.is_(None),
    _rows.c.address == bindparam("b_address"),
    _rows.c.postal_code == bindparam("b_postal_code"),
)


@dataclass(frozen=True, slots=True)
class UnknownArea:
    """A customer whose municipality was not looked up yet, with the address as it was read."""

    customer_id: int
    query: AddressQuery


def unknown_areas(session: Session, *, limit: int = BATCH) -> list[UnknownArea]:
    """Return up to `limit` customers whose municipality was not looked up yet."""
    query = select(_rows.c.id, _rows.c.address, _rows.c.postal_code).where(_rows.c.area.is_(None)).limit(limit)
    return [UnknownArea(i, AddressQuery(address, postal_code)) for i, address, postal_code in session.execute(query)]


def store_areas(session: Session, *, areas: Mapping[UnknownArea, str], now: datetime) -> int:
    """Write the municipalities of addresses that are still the ones looked up, and return how many were looked up.

    Who has no owner and lies in a territory is given to whoever looks after it. Maps hear of a whole batch as one change.
    """
    if not areas:
        return 0
    few = len(areas) < BATCH
    found = sorted(areas.items(), key=lambda item: item[0].customer_id)
    rows = [
        {
            "b_id": unknown.customer_id,
            "b_address": unknown.query.text,
            "b_postal_code": unknown.query.postal_code,
            "area": area[:AREA_LENGTH],
        }
        for unknown, area in found
    ]
    session.connection().execute(_STORE.values(area=bindparam("area"), **({"changed_at": now} if few else {})), rows)
    if not few:
        announce_bulk_change(session)
    assign_unowned(session, customer_ids=[unknown.customer_id for unknown, _ in found], now=now)
    return len(rows)
