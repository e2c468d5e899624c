"""Figures of groups of customers, worked out for all groups at once on the map's columns.

What is counted for one customer stands in `Facts`, once for each day; a `Groups` adds up some rows of it by group. Customers not to be
visited count as customers and potential, but nobody neglects them: they have no interval, no days and are no new ground.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fieldsales.domain.cadence import DueRule, DueState
from fieldsales.domain.coverage import CoverageFigure, weight_of
from fieldsales.domain.likelihood import OPEN
from fieldsales.domain.web_mercator import Floats, Ints
from fieldsales.domain.words import Stage
from fieldsales.services.map.map_columns import LIKELIHOODS, NEVER, NO_AMOUNT, STAGES, Columns
from fieldsales.services.map.map_due import Mask, due_mask, intervals, may_be_visited, unseen_days

_WEIGHTS = np.array([weight_of(likelihood) for likelihood in LIKELIHOODS])
_OPEN_CODES = tuple(LIKELIHOODS.index(likelihood) for likelihood in OPEN)


@dataclass(frozen=True)
class Facts:
    """What is counted for each row. `potential` in yen, `neglect` in yen times days, `days` since the visit or the entry.

    `heat` is what its days weigh in `rank_days`: nothing for what has no open rank or is not to be visited.
    """

    rhythm: Mask
    covered: Mask
    overdue: Mask
    due: Mask
    prospect: Mask
    unvisited: Mask
    without_amount: Mask
    potential: Floats
    neglect: Floats
    days: Ints
    heat: Floats


def work_out_facts(columns: Columns, rule: DueRule) -> Facts:
    """Return the facts of all rows on the rule's day."""
    everything = slice(None)
    interval, days = intervals(columns, everything, rule), np.maximum(unseen_days(columns, everything, rule), 0)
    visitable, visited, rhythm = may_be_visited(columns, everything, rule), columns.visited != NEVER, interval > 0
    weights = _WEIGHTS[columns.likelihood]
    has_amount = columns.amount != NO_AMOUNT
    potential = np.where(has_amount, columns.amount, 0) * weights
    prospect = visitable & (columns.stage == STAGES.index(Stage.PROSPECT))
    return Facts(
        rhythm=rhythm,
        covered=rhythm & visited & (days < interval),
        overdue=rhythm & due_mask(columns, rule, [DueState.OVERDUE]),
        due=rhythm & due_mask(columns, rule, [DueState.DUE]),
        prospect=prospect,
        unvisited=prospect & ~visited,
        without_amount=(weights > 0) & ~has_amount,
        potential=potential,
        neglect=np.where(visitable, potential * days, 0.0),
        days=days,
        heat=np.where(visitable, weights, 0.0),
    )


@dataclass(frozen=True)
class Groups:
    """Figures of groups, one entry a group; `key` is a hexagon or a number of a municipality, `x`, `y` the middle of its customers.

    `rank_count` and `rank_days` have one row for each of `OPEN`: customers that may be visited, and their days added up.
    """

    key: Ints
    x: Floats
    y: Floats
    customers: Ints
    rhythm: Ints
    covered: Ints
    overdue: Ints
    due: Ints
    prospects: Ints
    unvisited: Ints
    without_amount: Ints
    potential: Floats
    neglect: Floats
    rank_count: Ints
    rank_days: Ints

    def __len__(self) -> int:
        return len(self.key)

    def values(self, figure: CoverageFigure) -> Floats:
        """Return a figure of each group; NaN where nobody is that it could be said of."""
        match figure:
            case CoverageFigure.COVERED:
                return _ratio(self.covered, self.rhythm)
            case CoverageFigure.CADENCE:
                return _ratio(self.rhythm - self.overdue, self.rhythm)
            case CoverageFigure.POTENTIAL:
                return self.potential
            case CoverageFigure.NEGLECT:
                return self.neglect
            case CoverageFigure.UNVISITED:
                return np.where(self.prospects > 0, self.unvisited, np.nan)
            case CoverageFigure.RANK_DAYS:
                weights = np.array([weight_of(rank) for rank in OPEN])
                return _ratio(weights @ self.rank_days, weights @ self.rank_count)


def add_up(columns: Columns, facts: Facts, rows: Ints, keys: Ints) -> Groups:
    """Return the figures of `rows` by group; `keys` says which group each of the rows belongs to."""
    found, at = np.unique(keys, return_inverse=True)
    size = len(found)

    def count(mask: Mask) -> Ints:
        return np.bincount(at[mask[rows]], minlength=size)

    def total(values: Floats | Ints) -> Floats:
        return np.bincount(at, values[rows], minlength=size).astype(np.float64, copy=False)

    likelihood, counted = columns.likelihood[rows], facts.heat[rows] > 0
    of_rank = [counted & (likelihood == code) for code in _OPEN_CODES]
    customers = np.bincount(at, minlength=size)
    x, y = _middles(columns, rows, at, customers)
    return Groups(
        key=found,
        x=x,
        y=y,
        customers=customers,
        rhythm=count(facts.rhythm),
        covered=count(facts.covered),
        overdue=count(facts.overdue),
        due=count(facts.due),
        prospects=count(facts.prospect),
        unvisited=count(facts.unvisited),
        without_amount=count(facts.without_amount),
        potential=total(facts.potential),
        neglect=total(facts.neglect),
        rank_count=np.array([np.bincount(at[mask], minlength=size) for mask in of_rank]),
        rank_days=np.array([np.bincount(at[mask], facts.days[rows][mask], minlength=size).astype(np.int64) for mask in of_rank]),
    )


def _ratio(part: Floats | Ints, whole: Floats | Ints) -> Floats:
    """Return `part` / `whole`, NaN where there is no whole."""
    found: Floats = np.divide(part, whole, out=np.full(len(part), np.nan), where=whole > 0)
    return found


def _middles(columns: Columns, rows: Ints, at: Ints, customers: Ints) -> tuple[Floats, Floats]:
    """Return the middle of each group's customers in world coordinates; the antimeridian is no wall (a mean of directions)."""
    size, turn = len(customers), columns.x[rows] * 2 * np.pi
    across, up = np.bincount(at, np.cos(turn), minlength=size), np.bincount(at, np.sin(turn), minlength=size)
    return np.mod(np.arctan2(up, across) / (2 * np.pi), 1.0), np.bincount(at, columns.y[rows], minlength=size) / customers
