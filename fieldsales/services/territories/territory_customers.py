"""The customers that territories are about, as columns: where each lies, whose it is, what it is worth, how often it is visited."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import select

from fieldsales.db.database import Database
from fieldsales.db.models import Customer, User
from fieldsales.domain.cadence import DueRule
from fieldsales.domain.coverage import weight_of
from fieldsales.domain.team_filter import TeamFilter
from fieldsales.domain.territories import NO_POSTAL_CODE, Site, Sites, postal_number
from fieldsales.domain.web_mercator import Floats, Ints
from fieldsales.services.access import visible_to
from fieldsales.services.map.map_columns import LIKELIHOODS, NO_AMOUNT, Columns
from fieldsales.services.map.map_due import intervals
from fieldsales.services.map.map_index import Snapshot
from fieldsales.services.map.map_selection import Mask
from fieldsales.services.team.owned_rows import rows_asked_for
from fieldsales.services.team.team_scope import customers_asked_for

_JAPAN = (20.0, 46.0, 122.0, 154.5)  # south, north, west, east
_WEIGHTS = np.array([weight_of(likelihood) for likelihood in LIKELIHOODS])


@dataclass(frozen=True, slots=True)
class TerritoryCustomers:
    """All customers a picture is about: those with a pin first (`rows` of the map's columns), then those without.

    `owner` is 0 for nobody, `potential` yen, `interval` days, 0 for none or without a pin.
    """

    ids: Ints
    rows: Ints
    sites: Sites
    owner: Ints
    potential: Floats
    interval: Floats

    @property
    def located(self) -> int:
        """How many have a pin."""
        return len(self.rows)


def read_customers(snapshot: Snapshot, actor: User, team_filter: TeamFilter, rule: DueRule) -> TerritoryCustomers:
    """Return the customers that `actor` sees and the filter's teams, tags and areas leave."""
    columns = snapshot.columns
    mask = rows_asked_for(snapshot, actor, team_filter)
    if team_filter.team_ids:
        mask &= np.isin(columns.team, sorted(team_filter.team_ids))
    rows = np.flatnonzero(mask)
    pinless = _read_pinless(snapshot.database, actor, team_filter)
    lacking = Sites.of(Site(None, None, row.area, row.postal_code, row.address, row.team_id) for row in pinless)
    interval = intervals(columns, rows, rule).astype(np.float64)
    worth = np.array([(row.amount or 0) * weight_of(row.likelihood) for row in pinless], np.float64)
    return TerritoryCustomers(
        ids=np.concatenate((columns.id[rows], np.array([row.id for row in pinless], np.int64))),
        rows=rows,
        sites=_joined(_sites(snapshot, rows), lacking),
        owner=np.concatenate((columns.owner[rows], np.array([row.owner_id or 0 for row in pinless], np.int64))),
        potential=np.concatenate((potentials(columns, rows), worth)),
        interval=np.concatenate((interval, np.zeros(len(pinless)))),
    )


def potentials(columns: Columns, rows: Ints) -> Floats:
    """Return the amounts of some rows times the share of such deals won."""
    amount = columns.amount[rows]
    worth: Floats = np.where(amount != NO_AMOUNT, amount, 0) * _WEIGHTS[columns.likelihood[rows]]
    return worth


def _read_pinless(database: Database, actor: User, team_filter: TeamFilter) -> Sequence[Any]:
    c = Customer
    query = select(c.id, c.area, c.postal_code, c.address, c.team_id, c.owner_id, c.likelihood, c.amount).where(
        visible_to(actor), c.archived_at.is_(None), c.lat.is_(None), *customers_asked_for(team_filter)
    )
    if team_filter.team_ids:
        query = query.where(c.team_id.in_(sorted(team_filter.team_ids)))
    with database.read() as session:
        return session.execute(query.order_by(c.id)).all()


def _sites(snapshot: Snapshot, rows: Ints) -> Sites:
    columns = snapshot.columns
    postal = snapshot.once("postal codes", lambda: _postal_codes(snapshot))
    lat, lon = columns.lat[rows], columns.lon[rows]
    return Sites(lat, lon, columns.area[rows].astype(np.int64), columns.area_names, postal[rows], columns.team[rows])


def _postal_codes(snapshot: Snapshot) -> Ints:
    """Return the postal code of each row as a number, NO_POSTAL_CODE where there is none or the pin lies outside Japan."""
    columns = snapshot.columns
    codes = np.full(len(columns), NO_POSTAL_CODE, np.int64)
    with snapshot.database.read() as session:
        query = select(Customer.id, Customer.postal_code).where(Customer.postal_code != "", Customer.lat.is_not(None))
        found = session.execute(query).all()
    at = columns.rows_of(np.fromiter((row[0] for row in found), np.int64, len(found)))
    numbers = np.fromiter((postal_number(row[1]) for row in found), np.int64, len(found))
    codes[at[at >= 0]] = numbers[at >= 0]
    south, north, west, east = _JAPAN
    inside: Mask = (columns.lat >= south) & (columns.lat <= north) & (columns.lon >= west) & (columns.lon <= east)
    codes[~inside] = NO_POSTAL_CODE
    return codes


def _joined(one: Sites, other: Sites) -> Sites:
    area = np.concatenate((one.area, other.area + len(one.area_names)))
    pairs = [(one.lat, other.lat), (one.lon, other.lon), (one.postal, other.postal), (one.team, other.team)]
    lat, lon, postal, team = (np.concatenate(pair) for pair in pairs)
    return Sites(lat, lon, area, (*one.area_names, *other.area_names), postal, team)
