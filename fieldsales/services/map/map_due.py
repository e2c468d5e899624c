"""How the map's customers stand today: `services.customers.due` said of columns; a test holds the two to each other."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from fieldsales.domain.cadence import DUE_TENTHS, DueRule, DueState
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.web_mercator import Ints
from fieldsales.services.map.map_columns import BY_RANK, LIKELIHOODS, NO_DAY, Columns

Mask: TypeAlias = NDArray[np.bool_]
_EPOCH = date(1970, 1, 1)
_DAY_S = 86_400
MOST_FADED = 2


@dataclass(frozen=True, slots=True)
class Standing:
    """How one customer stands: `promised_today` for a date agreed for today, `faded` half-lives of its likelihood, 2 at most."""

    state: DueState
    promised_today: bool
    faded: int


def due_mask(columns: Columns, rule: DueRule, states: Collection[DueState]) -> Mask:
    """Return which rows are in one of `states`."""
    overdue, due = _overdue_and_due(columns, slice(None), rule)
    masks = {DueState.OVERDUE: overdue, DueState.DUE: due, DueState.NONE: ~(overdue | due)}
    admitted: Mask = np.zeros(len(columns), bool)
    for state in states:
        admitted |= masks[state]
    return admitted


def standings_of(columns: Columns, rows: Ints, rule: DueRule) -> list[Standing]:
    """Return how the customers of `rows` stand."""
    overdue, due = _overdue_and_due(columns, rows, rule)
    promised = columns.next_day[rows] == _day(rule.today)
    half_lives = _by_likelihood(rule.options.half_life_days)[columns.likelihood[rows]]
    lives = np.where(half_lives > 0, unseen_days(columns, rows, rule) // np.maximum(half_lives, 1), 0)
    states = [DueState.OVERDUE if o else DueState.DUE if d else DueState.NONE for o, d in zip(overdue, due, strict=True)]
    found = zip(states, promised.tolist(), np.clip(lives, 0, MOST_FADED).tolist(), strict=True)
    return [Standing(state, today, faded) for state, today, faded in found]


def may_be_visited(columns: Columns, rows: Ints | slice, rule: DueRule) -> Mask:
    """Return which rows nobody has said are not to be visited today."""
    admitted: Mask = columns.barred[rows] < _day(rule.today)
    return admitted


def intervals(columns: Columns, rows: Ints | slice, rule: DueRule) -> Ints:
    """Return the interval in days that holds for each row, 0 for one without a rhythm or not to be visited."""
    own = columns.cadence[rows]
    cadence = np.where(own == BY_RANK, _by_likelihood(rule.options.cadence_days)[columns.likelihood[rows]], own)
    return np.where((cadence > 0) & may_be_visited(columns, rows, rule), cadence, 0)


def _overdue_and_due(columns: Columns, rows: Ints | slice, rule: DueRule) -> tuple[Mask, Mask]:
    today = _day(rule.today)
    cadence = intervals(columns, rows, rule)
    has_rhythm = cadence > 0
    unseen = unseen_days(columns, rows, rule)
    next_day = columns.next_day[rows]
    overdue: Mask = (next_day < today) | ((next_day == NO_DAY) & has_rhythm & (unseen >= cadence))
    due: Mask = ~overdue & ((next_day == today) | (has_rhythm & (unseen * 10 >= cadence * DUE_TENTHS)))
    return overdue, due


def unseen_days(columns: Columns, rows: Ints | slice, rule: DueRule) -> Ints:
    """Return for how many days each was not seen: at least n when `seen` lies before `rule.unseen_since(n)`."""
    days: Ints = -((columns.seen[rows] - int(rule.day_began.timestamp())) // _DAY_S)
    return days


def _by_likelihood(days: Mapping[Likelihood, int]) -> Ints:
    return np.array([days.get(likelihood, 0) for likelihood in LIKELIHOODS], np.int64)


def _day(day: date) -> int:
    return (day - _EPOCH).days
