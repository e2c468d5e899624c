"""Which rows of the map's columns an actor may see, a filter admits and a section shows: the database's rules, vectorised.

Tests hold `scope_mask` to `visible_to` and `filter_mask` to `filter_condition`.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from fieldsales.domain.cadence import DueRule
from fieldsales.domain.customer_filter import CustomerFilter
from fieldsales.domain.map_box import MapBox
from fieldsales.domain.places import LocateStatus
from fieldsales.domain.web_mercator import Ints, find_runs
from fieldsales.services.access import Scope
from fieldsales.services.map.map_columns import KINDS, LIKELIHOODS, STAGES, STATUSES, Columns
from fieldsales.services.map.map_due import due_mask

Mask: TypeAlias = NDArray[np.bool_]
OK = STATUSES.index(LocateStatus.OK)
APPROXIMATE = STATUSES.index(LocateStatus.APPROXIMATE)


def scope_mask(columns: Columns, scope: Scope) -> Mask:
    """Return which rows `scope` admits."""
    if scope.everything:
        return np.ones(len(columns), bool)
    admitted: Mask = columns.owner == scope.owner_id
    if scope.team_ids:
        admitted |= np.isin(columns.team, sorted(scope.team_ids))
    if scope.teamless:
        admitted |= columns.team == 0
    return admitted


def filter_mask(columns: Columns, customer_filter: CustomerFilter, *, now: datetime, rule: DueRule | None = None) -> Mask:
    """Return which rows the filter admits, its text and tags without a bit not considered; `rule` says who is due."""
    f = customer_filter
    mask = np.ones(len(columns), bool)
    if f.likelihoods:
        mask &= _among(columns.likelihood, [LIKELIHOODS.index(k) for k in f.likelihoods])
    if f.owner_ids:
        mask &= np.isin(columns.owner, sorted(f.owner_ids))
    if f.team_ids:
        mask &= np.isin(columns.team, sorted(f.team_ids))
    if f.areas:
        mask &= np.isin(columns.area, [code for code, name in enumerate(columns.area_names) if name in f.areas])
    if f.kinds:
        mask &= _among(columns.kind, [KINDS.index(k) for k in f.kinds])
    if f.stages:
        mask &= _among(columns.stage, [STAGES.index(s) for s in f.stages])
    if f.not_visited_days is not None:
        mask &= columns.visited < (now - timedelta(days=f.not_visited_days)).timestamp()
    if f.due and rule is not None:
        mask &= due_mask(columns, rule, f.due)
    if f.has_problem:
        mask &= columns.status != OK
    if f.tags and f.tags <= set(columns.tag_bits.names):
        wanted = sum(1 << bit for bit, name in enumerate(columns.tag_bits.names) if name in f.tags)
        mask &= (columns.tags & wanted) != 0
    return mask


def id_mask(columns: Columns, ids: Ints) -> Mask:
    """Return which rows have one of `ids`."""
    mask = np.zeros(len(columns), bool)
    at = columns.rows_of(ids)
    mask[at[at >= 0]] = True
    return mask


def rows_within(columns: Columns, mask: Mask, box: MapBox) -> Ints:
    """Return the admitted rows in a box, in the order of their keys."""
    parts: list[Ints] = []
    for west, north, east, south in box.world_boxes():
        runs = find_runs(columns.key, west, north, east, south)
        if not runs:
            continue
        rows = np.concatenate([np.arange(start, end) for start, end in runs])
        rows = rows[mask[rows]]
        x, y = columns.x[rows], columns.y[rows]
        parts.append(rows[(x >= west) & (x <= east) & (y >= north) & (y <= south)])
    if len(parts) == 1:
        return parts[0]
    return np.sort(np.concatenate(parts)) if parts else np.empty(0, np.int64)


def _among(codes: NDArray[np.uint8], wanted: list[int]) -> Mask:
    table = np.zeros(256, bool)
    table[wanted] = True
    admitted: Mask = table[codes]
    return admitted
