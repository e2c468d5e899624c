"""Choosing customers to act on: by areas drawn on the map, by a hexagon of the coverage map, or by the filter of the page alone.

Who lies in an area is asked of the map's columns in memory; who of them may be seen and fits the filter, of the database at this
moment. Customers without a pin lie in no area: they are counted, and the filter finds them.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, and_, case, func, or_, select, text
from sqlalchemy.orm import Session, aliased

from fieldsales.db.id_lists import one_of
from fieldsales.db.models import Customer, User
from fieldsales.db.models.customers import MAY_LACK_PIN
from fieldsales.db.number_rows import read_numbers
from fieldsales.db.text_search import holds_word
from fieldsales.domain import drawn_areas, hexagons
from fieldsales.domain.drawn_areas import Ring
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.map_box import MapBox
from fieldsales.domain.matching import search_words
from fieldsales.domain.team_filter import TeamFilter
from fieldsales.domain.web_mercator import Ints
from fieldsales.services.access import visible_to
from fieldsales.services.acting.bulk_changes import OwnerCount, count_owners
from fieldsales.services.map.map_columns import LIKELIHOODS, Columns
from fieldsales.services.map.map_selection import rows_within
from fieldsales.services.team.team_scope import owned_customers, read_scope, require_lead

NOBODY = 0
ROWS_A_PAGE = 25
_CODES = {likelihood: code for code, likelihood in enumerate(LIKELIHOODS)}


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be chosen: within rings or a hexagon (neither: wherever), not visited for so many days (None: whenever)."""

    rings: tuple[Ring, ...] = ()
    cell: int | None = None
    not_visited_days: int | None = None

    @property
    def by_place(self) -> bool:
        """True when only customers on the map can be meant."""
        return bool(self.rings) or self.cell is not None


@dataclass(frozen=True)
class Chosen:
    """Customers that were chosen, one a row: id, position of the likelihood, owner's id (0 for nobody), whether it has a pin.

    `without_pin` counts those that fit the filter but lie on no map, when they were chosen by place: they are not among the rows.
    """

    ids: Ints
    likelihood: NDArray[np.uint8]
    owner: Ints
    located: NDArray[np.bool_]
    without_pin: int = 0

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def by_likelihood(self) -> dict[Likelihood, int]:
        """How many there are of each likelihood, in their order."""
        counts = np.bincount(self.likelihood, minlength=len(LIKELIHOODS))
        return {likelihood: int(counts[code]) for likelihood, code in _CODES.items() if counts[code]}

    @cached_property
    def by_owner(self) -> dict[int, int]:
        """How many each owner has."""
        owners, counts = np.unique(self.owner, return_counts=True)
        return dict(zip(owners.tolist(), counts.tolist(), strict=True))

    def kept(self, *, likelihoods: Collection[Likelihood], owner_ids: Collection[int], without: Collection[int]) -> Ints:
        """Return the ids of those with one of the likelihoods and owners, but for some that were unticked."""
        codes = [_CODES[likelihood] for likelihood in likelihoods]
        mask = np.isin(self.likelihood, codes) & np.isin(self.owner, sorted(owner_ids)) & ~np.isin(self.ids, sorted(without))
        return self.ids[mask]


@dataclass(frozen=True, slots=True)
class ChosenRow:
    """One chosen customer to draw."""

    id: int
    name: str
    likelihood: Likelihood
    owner_id: int | None
    owner_name: str
    area: str
    last_visited_at: datetime | None
    lat: float | None
    lon: float | None


@dataclass(frozen=True, slots=True)
class ChosenPage:
    """Some rows of the chosen customers, and how many there are in all."""

    rows: tuple[ChosenRow, ...]
    total: int


def choose_customers(session: Session, actor: User, *, team_filter: TeamFilter, asked: Asked, columns: Columns, now: datetime) -> Chosen:
    """Return who is chosen; `columns` are the map's (`MapIndex.snapshot`).

    Raises:
        NotAllowed: `actor` leads nobody.
    """
    require_lead(actor)
    scope = read_scope(session, actor, team_filter=team_filter)
    wanted = and_(owned_customers(actor, scope, team_filter), *_unvisited(asked.not_visited_days, now=now))
    located = case((and_(Customer.lat.is_not(None), Customer.lon.is_not(None)), 1), else_=0)
    query = select(Customer.id, _rank(), func.coalesce(Customer.owner_id, NOBODY), located).order_by(Customer.id)
    without_pin = 0
    if asked.by_place:
        query = query.where(one_of(session, Customer.id, customers_within(columns, asked).tolist()))
        # Found by the index of pins first: asked together, SQLite would look up every customer that may be seen.
        other = aliased(Customer)
        pinless = select(other.id).where(text(f"({MAY_LACK_PIN})"), other.lat.is_(None))
        without_pin = session.scalar(select(func.count()).select_from(Customer).where(wanted, Customer.id.in_(pinless))) or 0
    ids, likelihoods, owners, with_pin = read_numbers(session, query.where(wanted)).T
    return Chosen(
        ids=ids, likelihood=likelihoods.astype(np.uint8), owner=owners, located=with_pin.astype(np.bool_), without_pin=without_pin
    )


def customers_within(columns: Columns, asked: Asked) -> Ints:
    """Return the ids of all customers on the map that lie in the rings and the hexagon asked for, whoever may see them."""
    rows = np.arange(len(columns))
    if asked.cell is not None:
        rows = np.flatnonzero(hexagons.parents(columns.cell, hexagons.resolution_of(asked.cell)) == asked.cell)
    if asked.rings:
        near = np.unique(np.concatenate([_rows_near(columns, ring) for ring in asked.rings]))
        rows = near if asked.cell is None else np.intersect1d(rows, near)
        rows = rows[drawn_areas.within(asked.rings, columns.lat[rows], columns.lon[rows])]
    return columns.id[rows]


def list_chosen(session: Session, actor: User, *, ids: Collection[int], words: str = "", offset: int = 0) -> ChosenPage:
    """Return 25 of the chosen customers, likeliest first, those whose text holds every word of `words`.

    Raises:
        NotAllowed: `actor` leads nobody.
    """
    require_lead(actor)
    wanted = and_(visible_to(actor), one_of(session, Customer.id, ids), *(holds_word(word) for word in search_words(words)))
    total = session.scalar(select(func.count()).select_from(Customer).where(wanted)) or 0
    c = Customer
    query = select(c.id, c.name, c.likelihood, c.owner_id, User.name.label("owner"), c.area, c.last_visited_at, c.lat, c.lon)
    query = query.outerjoin(User, User.id == c.owner_id).where(wanted).order_by(_rank(), c.name, c.id).limit(ROWS_A_PAGE).offset(offset)
    rows = session.execute(query)
    return ChosenPage(tuple(ChosenRow(i, n, k, o, w or "", a or "", v, lat, lon) for i, n, k, o, w, a, v, lat, lon in rows), total)


def name_owners(session: Session, owner_ids: Sequence[int]) -> tuple[OwnerCount, ...]:
    """Return the owners (0 is nobody) by name, nobody last; `count` is 1 each."""
    return count_owners(session, (i if i != NOBODY else None for i in owner_ids))


def _rows_near(columns: Columns, ring: Ring) -> Ints:
    """Return the rows in the box around a ring."""
    west, south, east, north = drawn_areas.box_of(ring)
    # A line straight north or east has no width; the box needs some.
    box = MapBox.parse(f"{west - 1e-6},{max(south - 1e-6, -90)},{east + 1e-6},{min(north + 1e-6, 90)}")
    return rows_within(columns, np.ones(len(columns), bool), box)


def _unvisited(days: int | None, *, now: datetime) -> list[ColumnElement[bool]]:
    if days is None:
        return []
    return [or_(Customer.last_visited_at.is_(None), Customer.last_visited_at < now - timedelta(days=days))]


def _rank() -> ColumnElement[int]:
    return case({likelihood.value: code for likelihood, code in _CODES.items()}, value=Customer.likelihood, else_=len(_CODES))
