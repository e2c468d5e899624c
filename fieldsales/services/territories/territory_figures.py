"""What lies in each territory: customers, whose they are, their worth and the driving they take; and where territories overlap.

Located customers come from the map's columns, so that 100,000 of them are sorted in milliseconds; those without a pin are read from
the database and belong to a territory by municipality or postal code alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldsales.db.database import Database
from fieldsales.db.models import Customer, User
from fieldsales.db.models import Territory as TerritoryRow
from fieldsales.domain import territory_balance as balance
from fieldsales.domain.hexagons import parents, width_degrees
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.team_filter import TeamFilter
from fieldsales.domain.territories import (
    NOBODY,
    Sites,
    Territory,
    choose_territories,
    count_shared,
    shared_names,
)
from fieldsales.domain.web_mercator import Ints
from fieldsales.services.access import scope_of, visible_to
from fieldsales.services.customers.due import read_rule
from fieldsales.services.map.map_columns import Columns
from fieldsales.services.map.map_index import MapIndex, Snapshot
from fieldsales.services.map.map_selection import Mask
from fieldsales.services.planning.planning_options import read_planning_options
from fieldsales.services.team.team_scope import require_lead
from fieldsales.services.territories.territories import TerritoryView, list_territories
from fieldsales.services.territories.territory_assignment import territory_of
from fieldsales.services.territories.territory_customers import TerritoryCustomers, read_customers

OUTSIDE = 0  # stands for no territory where ids of territories stand
MOST_CELLS = 600
MOST_NAMES = 5
_FINEST_CELLS, _COARSEST_CELLS = 8, 2
_CELLS_ACROSS = 24  # on a phone each is then as wide as a number


@dataclass(frozen=True, slots=True)
class TerritoryFigures:
    """What lies in one territory. `customers` = `own` (its owner's) + `of_others` + `unowned`; `without_pin` of them have no pin.

    `potential` is yen, amounts times the share of deals won. Visits and hours are a month's (see `domain.territory_balance`), of
    customers with a pin and an interval, as if one person looked after all of them. `middle` is where they lie, None for nowhere.
    """

    territory: TerritoryView
    customers: int
    own: int
    of_others: int
    unowned: int
    without_pin: int
    potential: int
    visits: float
    visiting_h: float
    driving_h: float
    middle: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two territories that hold the same customers or name the same areas; the first one's owner gets who turns up there."""

    winner: TerritoryView
    loser: TerritoryView
    customers: int
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TerritoryCell:
    """A hexagon of the map, the territory that most of its customers belong to (OUTSIDE for none), and how many they are."""

    cell: int
    territory_id: int
    customers: int


@dataclass(frozen=True, slots=True)
class TerritoryPicture:
    """Everything the view shows; the figures of `outside` are of customers in no territory of these.

    `cells` are the located customers by hexagons of several sizes, the largest first; a map shows the size that can be seen.
    """

    rows: tuple[TerritoryFigures, ...]
    overlaps: tuple[Overlap, ...]
    cells: tuple[tuple[TerritoryCell, ...], ...]
    customers: int
    outside: int
    outside_unowned: int
    without_pin: int
    without_pin_outside: int


def read_territories(
    database: Database, index: MapIndex, actor: User, *, team_filter: TeamFilter, now: datetime, zone: tzinfo
) -> TerritoryPicture:
    """Return the territories that `actor` handles with what lies in them, of the customers that `actor` sees and the filter leaves.

    The filter's reps choose territories, not customers. Where territories of other teams hold a customer, too, it counts as theirs.

    Raises:
        NotAllowed: `actor` leads nobody.
    """
    require_lead(actor)
    snapshot = index.snapshot(database, fresh=True)
    with database.read() as session:
        views = list_territories(session, actor, team_filter=team_filter)
        everyones = _in_use(session)
        rule = read_rule(session, today=now.astimezone(zone).date(), zone=zone)
        visit_h = read_planning_options(session).visit_minutes / 60
    known = {territory.id for territory in everyones}
    views = tuple(view for view in views if view.id in known)  # not one that was retired between the two readings
    which = (team_filter.team_ids, team_filter.tags, team_filter.areas)
    # Whatever changes a customer, with a pin or without, makes another snapshot.
    key = ("territories", scope_of(actor), *which, views, tuple(everyones), repr(rule), visit_h)
    return snapshot.once(key, lambda: _picture(snapshot, views, everyones, read_customers(snapshot, actor, team_filter, rule), visit_h))


def _picture(
    snapshot: Snapshot, views: Sequence[TerritoryView], everyones: Sequence[Territory], people: TerritoryCustomers, visit_h: float
) -> TerritoryPicture:
    chosen = choose_territories(everyones, people.sites)
    position = {territory.id: at for at, territory in enumerate(everyones)}
    rows = tuple(_figures(view, people, chosen == position[view.id], snapshot.columns, visit_h) for view in views)
    shown = np.isin(chosen, [position[view.id] for view in views]) if views else np.zeros(len(chosen), bool)
    without_pin = np.arange(len(chosen)) >= people.located
    ids = np.array([territory.id for territory in everyones] + [OUTSIDE])  # NOBODY counts from the end
    return TerritoryPicture(
        rows=rows,
        overlaps=_overlaps(views, everyones, people.sites, chosen),
        cells=_cells(snapshot.columns, people.rows, np.where(shown, ids[chosen], OUTSIDE)[: people.located]),
        customers=len(chosen),
        outside=int(np.count_nonzero(~shown)),
        outside_unowned=int(np.count_nonzero(~shown & (people.owner == 0))),
        without_pin=int(np.count_nonzero(without_pin)),
        without_pin_outside=int(np.count_nonzero(without_pin & ~shown)),
    )


def unowned_customers(
    database: Database, index: MapIndex, actor: User, *, territory_id: int, now: datetime, zone: tzinfo
) -> tuple[int, ...]:
    """Return the customers without an owner that lie in a territory and that `actor` sees, by id; none of one that `actor` may not see.

    Raises:
        NotAllowed: `actor` leads nobody.
    """
    everything = TeamFilter.from_query({}, today=now.astimezone(zone).date())
    people, held = _held_by(database, index, actor, territory_id, team_filter=everything, now=now, zone=zone)
    return tuple(sorted(people.ids[held & (people.owner == 0)].tolist())) if people is not None else ()


@dataclass(frozen=True, slots=True)
class OwnedByAnother:
    """A customer in a territory that somebody else than the territory's owner looks after; `potential` is yen."""

    id: int
    name: str
    area: str
    likelihood: Likelihood
    owner_id: int
    owner_name: str
    owner_left: bool
    potential: int
    has_pin: bool


@dataclass(frozen=True, slots=True)
class OwnedByOthers:
    """Those of a territory: how many there are, and the first of them."""

    count: int
    rows: tuple[OwnedByAnother, ...]


def list_owned_by_others(
    database: Database,
    index: MapIndex,
    actor: User,
    *,
    territory_id: int,
    team_filter: TeamFilter,
    now: datetime,
    zone: tzinfo,
    limit: int = 50,
) -> OwnedByOthers:
    """Return the customers that `TerritoryFigures.of_others` counts, those worth most first; none of a territory that `actor` may not see.

    Raises:
        NotAllowed: `actor` leads nobody.
    """
    people, held = _held_by(database, index, actor, territory_id, team_filter=team_filter, now=now, zone=zone)
    if people is None:
        return OwnedByOthers(0, ())
    with database.read() as session:
        keeper_id = session.scalar(select(TerritoryRow.owner_id).where(TerritoryRow.id == territory_id)) or 0
        at = np.flatnonzero(held & (people.owner != 0) & (people.owner != keeper_id))
        at = at[np.lexsort((people.ids[at], -people.potential[at]))]
        worth = dict(zip(people.ids[at[:limit]].tolist(), people.potential[at[:limit]].tolist(), strict=True))
        c = Customer
        query = select(c.id, c.name, c.area, c.likelihood, User.id, User.name, User.disabled_at, c.lat).join(User, User.id == c.owner_id)
        found = {row[0]: row for row in session.execute(query.where(c.id.in_(worth), visible_to(actor)))}
    rows = tuple(
        OwnedByAnother(i, name, area or "", rank, owner_id, owner, left is not None, round(worth[i]), lat is not None)
        for i, name, area, rank, owner_id, owner, left, lat in (found[i] for i in worth if i in found)
    )
    return OwnedByOthers(len(at), rows)


def _held_by(
    database: Database, index: MapIndex, actor: User, territory_id: int, *, team_filter: TeamFilter, now: datetime, zone: tzinfo
) -> tuple[TerritoryCustomers, Mask] | tuple[None, None]:
    """Return the customers that `actor` sees and the filter leaves, and which of them lie in a territory; nothing of a stranger's one."""
    require_lead(actor)
    with database.read() as session:
        rule = read_rule(session, today=now.astimezone(zone).date(), zone=zone)
        everyones = _in_use(session)
        handled = {view.id for view in list_territories(session, actor)}
    position = next((at for at, territory in enumerate(everyones) if territory.id == territory_id), NOBODY)
    if territory_id not in handled or position == NOBODY:
        return None, None
    people = read_customers(index.snapshot(database, fresh=True), actor, team_filter, rule)
    return people, choose_territories(everyones, people.sites) == position


def _in_use(session: Session) -> list[Territory]:
    query = select(TerritoryRow).where(TerritoryRow.retired_at.is_(None)).order_by(TerritoryRow.id)
    return [territory_of(row) for row in session.scalars(query)]


def _figures(view: TerritoryView, people: TerritoryCustomers, held: Mask, columns: Columns, visit_h: float) -> TerritoryFigures:
    at = np.flatnonzero(held)
    owner = people.owner[at]
    own = int(np.count_nonzero(owner == view.owner_id)) if view.owner_id is not None else 0
    unowned = int(np.count_nonzero(owner == 0))
    located = at[at < people.located]
    rows = people.rows[located]
    middle = balance.middle_of(columns.lat[rows], columns.lon[rows]) if len(rows) else None
    visits, loads = 0.0, None
    regular = located[people.interval[located] > 0]
    if len(regular) and middle is not None:
        rows = people.rows[regular]
        a_month = balance.visits_a_month(people.interval[regular])
        cell = parents(columns.cell[rows], balance.CELL_RESOLUTION)
        one, alone = np.zeros(len(rows), np.int64), np.ones(len(rows), bool)
        place = columns.lat[rows], columns.lon[rows]
        work = balance.Work(*place, cell, a_month, one, alone, np.array([middle]), alone[:, np.newaxis], visit_h)
        visits, loads = float(a_month.sum()), balance.measure(work)
    return TerritoryFigures(
        territory=view,
        customers=len(at),
        own=own,
        of_others=len(at) - own - unowned,
        unowned=unowned,
        without_pin=len(at) - len(located),
        potential=round(float(people.potential[at].sum())),
        visits=visits,
        visiting_h=float(loads.visiting_h[0]) if loads else 0.0,
        driving_h=float(loads.driving_h[0]) if loads else 0.0,
        middle=middle,
    )


def _overlaps(views: Sequence[TerritoryView], everyones: Sequence[Territory], sites: Sites, chosen: Ints) -> tuple[Overlap, ...]:
    """Return which of the shown territories overlap, most customers first."""
    by_id = {view.id: view for view in views}
    at = [position for position, territory in enumerate(everyones) if territory.id in by_id]
    mine = [everyones[position] for position in at]
    mapped = np.full(len(everyones) + 1, NOBODY, np.int64)  # the last one stands for nobody
    mapped[at] = np.arange(len(at))
    shared = count_shared(mine, sites, mapped[chosen])
    found = {}
    for one, first in enumerate(mine):
        for other in range(one + 1, len(mine)):
            names = shared_names(first, mine[other])
            counts = [(pair, shared[pair]) for pair in ((one, other), (other, one)) if pair in shared]
            if not counts and names:  # by the rule for equals: the older one
                counts = [((one, other), 0)]
            for pair, count in counts:
                found[pair] = Overlap(by_id[mine[pair[0]].id], by_id[mine[pair[1]].id], count, names[:MOST_NAMES])
    return tuple(sorted(found.values(), key=lambda overlap: (-overlap.customers, overlap.winner.id, overlap.loser.id)))


def _cells(columns: Columns, rows: Ints, territory_ids: Ints) -> tuple[tuple[TerritoryCell, ...], ...]:
    """Return hexagons of the size that the whole needs to be looked at, and of smaller ones as long as there is room for them."""
    if not len(rows):
        return ()
    height = float(np.ptp(columns.lat[rows]))
    width = float(min(np.ptp(columns.lon[rows]), np.ptp(columns.lon[rows] % 360)))
    found: list[tuple[TerritoryCell, ...]] = []
    for resolution in range(_COARSEST_CELLS, _FINEST_CELLS + 1):
        if width_degrees(resolution + 1) * _CELLS_ACROSS > max(height, width) and resolution < _FINEST_CELLS:
            continue
        cells = _of_size(parents(columns.cell[rows], resolution), territory_ids)
        if found and len(cells) > MOST_CELLS:
            break
        found.append(cells)
    return tuple(found)


def _of_size(cells: Ints, territory_ids: Ints) -> tuple[TerritoryCell, ...]:
    """Return each hexagon with the territory that most of its customers belong to: the older one of two with as many."""
    hexagon, number = np.unique(cells, return_inverse=True)
    ids, held = np.unique(territory_ids, return_inverse=True)
    counts = np.bincount(number * len(ids) + held, minlength=len(hexagon) * len(ids)).reshape(len(hexagon), len(ids))
    # Territories by age, no territory last: of equals the first counts.
    order = np.argsort(ids == OUTSIDE, kind="stable")
    best = ids[order][np.argmax(counts[:, order], axis=1)]
    return tuple(TerritoryCell(*cell) for cell in zip(hexagon.tolist(), best.tolist(), counts.sum(axis=1).tolist(), strict=True))
