"""Which rows of the map's columns the manager's page is about: `services.team.team_scope` said of columns.

A test holds the two to each other.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select

from fieldsales.db.models import CustomerTag, Tag, User
from fieldsales.domain.team_filter import TeamFilter
from fieldsales.services.access import scope_of
from fieldsales.services.map import map_selection
from fieldsales.services.map.map_index import Snapshot
from fieldsales.services.team.team_scope import TeamScope

Mask: TypeAlias = NDArray[np.bool_]


def owned_rows(snapshot: Snapshot, actor: User, scope: TeamScope, team_filter: TeamFilter) -> Mask:
    """Return the located customers that `team_scope.owned_customers` admits; not to be written to."""
    key = ("owned", scope_of(actor), scope.leads, scope.user_ids, *_whose(team_filter), *_which(team_filter))
    return snapshot.once(key, lambda: _work_out(snapshot, actor, scope, team_filter))


def rows_asked_for(snapshot: Snapshot, actor: User, team_filter: TeamFilter) -> Mask:
    """Return the located customers in the actor's sight that `team_scope.customers_asked_for` admits, whoever owns them."""
    columns = snapshot.columns
    mask = map_selection.scope_mask(columns, scope_of(actor))
    if team_filter.tags:
        mask &= _tagged(snapshot, team_filter.tags)
    if team_filter.areas:
        codes = [code for code, name in enumerate(columns.area_names) if name in team_filter.areas]
        mask &= np.isin(columns.area, codes)
    return mask


def _work_out(snapshot: Snapshot, actor: User, scope: TeamScope, team_filter: TeamFilter) -> Mask:
    mask = rows_asked_for(snapshot, actor, team_filter)
    if not scope.leads or team_filter.user_ids:
        mask &= np.isin(snapshot.columns.owner, scope.user_ids)
    elif team_filter.team_ids:
        mask &= np.isin(snapshot.columns.team, sorted(team_filter.team_ids))
    return mask


def _tagged(snapshot: Snapshot, tags: frozenset[str]) -> Mask:
    columns = snapshot.columns
    bits = columns.tag_bits
    if tags <= set(bits.names):
        wanted = sum(1 << bit for bit, name in enumerate(bits.names) if name in tags)
        carrying: Mask = (columns.tags & wanted) != 0
        return carrying
    with snapshot.database.read() as session:
        tagged = select(CustomerTag.customer_id).join(Tag).where(Tag.name.in_(sorted(tags)))
        return map_selection.id_mask(columns, np.array(session.scalars(tagged).all(), np.int64))


def _whose(team_filter: TeamFilter) -> tuple[frozenset[int], frozenset[int]]:
    return team_filter.team_ids, team_filter.user_ids


def _which(team_filter: TeamFilter) -> tuple[frozenset[str], frozenset[str]]:
    return team_filter.tags, team_filter.areas
