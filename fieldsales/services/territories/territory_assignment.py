"""Giving customers without an owner to whoever looks after the territory they turn up in; for one of them or for thousands at once.

A territory gives as long as its owner is active and belongs to its team. An owner that is there stays, wherever the customer moves.
Each gift is a change of its own (`ChangeCause.TERRITORY`), made by nobody in particular.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, insert, select, update
from sqlalchemy.orm import Session

from fieldsales.db.models import Customer, CustomerChange, User
from fieldsales.db.models import Territory as TerritoryRow
from fieldsales.domain.territories import NOBODY, Site, Sites, Territory, choose_territories
from fieldsales.domain.words import ChangeCause

AT_ONCE = 5_000
# The tables themselves: rows by the thousand need no objects.
_rows, _changes = cast(Table, Customer.__table__), cast(Table, CustomerChange.__table__)


@dataclass(frozen=True, slots=True)
class Keeper:
    """Who looks after a territory, and the team that a customer comes to with them."""

    user_id: int
    team_id: int | None


@dataclass(frozen=True, slots=True)
class Gift:
    """A customer that a territory gave to its keeper, and the team it belonged to before."""

    customer_id: int
    team_before: int | None
    keeper: Keeper


@dataclass(frozen=True, slots=True)
class GivingTerritories:
    """The territories that give customers to somebody, and to whom, in the same order."""

    territories: tuple[Territory, ...] = ()
    keepers: tuple[Keeper, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.territories)

    def keepers_of(self, sites: Sites) -> list[Keeper | None]:
        """Return for each site who is to have it, None where no territory gives it to anybody."""
        return [None if position == NOBODY else self.keepers[position] for position in choose_territories(self.territories, sites).tolist()]


def territory_of(row: TerritoryRow) -> Territory:
    """Return what a stored territory holds."""
    rings = tuple(tuple((float(lat), float(lon)) for lat, lon in ring) for ring in row.rings)
    return Territory(row.id, row.kind, rings, frozenset(row.areas), row.team_id)


def giving_territories(session: Session) -> GivingTerritories:
    """Return the territories in use whose owner is active and belongs to their team."""
    query = (
        select(TerritoryRow, User.id, User.team_id)
        .join(User, User.id == TerritoryRow.owner_id)
        .where(TerritoryRow.retired_at.is_(None), User.disabled_at.is_(None))
        .order_by(TerritoryRow.id)
    )
    found = [(row, user_id, team_id) for row, user_id, team_id in session.execute(query) if row.team_id in (None, team_id)]
    return GivingTerritories(
        tuple(territory_of(row) for row, _, _ in found), tuple(Keeper(user_id, team_id) for _, user_id, team_id in found)
    )


def assign_unowned(session: Session, *, customer_ids: Sequence[int], now: datetime, to: GivingTerritories | None = None) -> int:
    """Give those of `customer_ids` that have no owner to whoever looks after the territory they lie in; return how many were given.

    `to` saves reading the territories again. Archived and merged customers are left alone.
    """
    giving = giving_territories(session) if to is None else to
    if not giving:
        return 0
    ids = sorted(customer_ids)  # whoever else gives some of them away at the same time takes them in the same order
    return sum(_assign(session, ids[start : start + AT_ONCE], giving, now) for start in range(0, len(ids), AT_ONCE))


def _assign(session: Session, customer_ids: Sequence[int], giving: GivingTerritories, now: datetime) -> int:
    c = _rows.c
    query = select(c.id, c.lat, c.lon, c.area, c.postal_code, c.address, c.team_id).where(
        c.id.in_(customer_ids), c.owner_id.is_(None), c.archived_at.is_(None), c.merged_into_id.is_(None)
    )
    found = session.execute(query.order_by(c.id).with_for_update()).all()
    keepers = giving.keepers_of(Sites.of(Site(*tuple(row)[1:]) for row in found))
    given = [Gift(row.id, row.team_id, keeper) for row, keeper in zip(found, keepers, strict=True) if keeper is not None]
    for keeper in dict.fromkeys(gift.keeper for gift in given):
        ids = [gift.customer_id for gift in given if gift.keeper == keeper]
        values = {"owner_id": keeper.user_id, "team_id": keeper.team_id, "version": c.version + 1, "changed_at": now}
        session.execute(update(_rows).where(c.id.in_(ids)).values(values))
    record_gifts(session, given, now=now)
    return len(given)


def record_gifts(session: Session, gifts: Iterable[Gift], *, now: datetime) -> None:
    """Keep of each gift that a territory gave the customer to its keeper, with whom it came from: the way back."""
    rows: list[dict[str, Any]] = [
        {
            "customer_id": gift.customer_id,
            "changed_by_id": None,
            "changed_at": now,
            "cause": ChangeCause.TERRITORY,
            "before": {"owner_id": None, "team_id": gift.team_before},
            "after": {"owner_id": gift.keeper.user_id, "team_id": gift.keeper.team_id},
            "likelihood_before": None,  # said, so that nobody looks for them row by row
            "likelihood_after": None,
        }
        for gift in gifts
    ]
    if rows:
        session.connection().execute(insert(_changes), rows)
