"""What a visit is worth to the team: what is expected of the customer, times how pressing it is to go.

    value   = expected × urgency
    expected = 100 points × odds of the likelihood × (amount / typical amount) ^ amount power
    urgency  = the most pressing of rhythm, promise and “never visited”, plus neglect, at most `highest`

More odds, a greater amount, a longer absence, an older promise never make a visit worth less. The numbers are the team's
(`PlanningOptions`); `docs/planning.md` has the formula with an example.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from fieldsales.domain.cadence import due_after_days
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.planning.options import POINTS, PlanningOptions
from fieldsales.domain.planning.reasons import Reason, Why

_DUE_SHARE = 0.7  # of the interval: see domain.cadence


class Pressing(StrEnum):
    """What makes a visit as urgent as it is."""

    RHYTHM = "rhythm"
    NO_RHYTHM = "no_rhythm"
    NEVER_VISITED = "never_visited"
    PROMISED = "promised"


@dataclass(frozen=True, slots=True)
class Timing:
    """When a customer was and is to be seen, as of the day that is planned.

    `days_unseen` counts from the last visit, from the day of entry for one never visited. `cadence_days` None: no rhythm.
    `promised_on` is the date agreed on; `promised_days_late` how long it is past, 0 for that very day, less than 0 ahead of it.
    """

    days_unseen: int = 0
    cadence_days: int | None = None
    is_never_visited: bool = False
    promised_on: date | None = None
    promised_days_late: int = 0


NO_TIMING = Timing()  # nothing is known: seen today, no rhythm, nothing promised


@dataclass(frozen=True, slots=True)
class WorthInput:
    """What the formula asks about a customer: yen, None when unknown, and how far its likelihood has faded, 0 to 1 (`cadence.faded`)."""

    likelihood: Likelihood
    amount: int | None = None
    timing: Timing = NO_TIMING
    faded: float = 0.0


@dataclass(frozen=True, slots=True)
class Parts:
    """What the value was made from: `expected` = 100 × `odds` × `amount`, `urgency` = `base` + `neglect`, at most the highest.

    `pressing` says where `base` comes from, `amount` is the share of the typical amount after its power.
    """

    odds: float
    amount: float
    expected: float
    pressing: Pressing
    base: float
    neglect: float
    urgency: float


@dataclass(frozen=True, slots=True)
class Worth:
    """What a visit is worth in points, why it is time for it, and the parts for whoever wants to see how."""

    value: float
    why: tuple[Reason, ...]
    parts: Parts


def worth_of(customer: WorthInput, options: PlanningOptions) -> Worth:
    """Return what visiting a customer is worth by the team's options."""
    odds = options.odds.get(customer.likelihood, 0.0)
    amount = options.typical_amount if customer.amount is None else max(0, customer.amount)
    share = (amount / options.typical_amount) ** options.amount_power
    pressures = _pressures(customer.timing, options)
    pressing = max(pressures, key=lambda name: pressures[name])
    neglect = options.neglected * customer.faded
    urgency = min(options.highest, pressures[pressing] + neglect)
    expected = POINTS * odds * share
    parts = Parts(odds, share, expected, pressing, pressures[pressing], neglect, urgency)
    return Worth(expected * urgency, timing_reasons(customer.timing), parts)


def timing_reasons(timing: Timing) -> tuple[Reason, ...]:
    """Return why it is time to see a customer, the most binding reason first; none when it is not."""
    reasons = []
    if timing.promised_on is not None and timing.promised_days_late >= 0:
        reasons.append(Reason(Why.PROMISED, {"on": timing.promised_on.isoformat(), "days": timing.promised_days_late}))
    if timing.is_never_visited:
        reasons.append(Reason(Why.NEVER_VISITED))
    elif timing.cadence_days and timing.days_unseen >= timing.cadence_days:
        over = timing.days_unseen - timing.cadence_days
        reasons.append(Reason(Why.OVERDUE, {"days": over, "cadence_days": timing.cadence_days}))
    elif timing.cadence_days and timing.days_unseen >= due_after_days(timing.cadence_days):
        reasons.append(Reason(Why.DUE, {"days": timing.days_unseen, "cadence_days": timing.cadence_days}))
    return tuple(reasons)


def _pressures(timing: Timing, options: PlanningOptions) -> Mapping[Pressing, float]:
    """Return everything that presses, as the urgency it would give alone."""
    found = {}
    if timing.promised_on is not None and timing.promised_days_late >= 0:
        found[Pressing.PROMISED] = options.promised + options.per_day_late * timing.promised_days_late
    if timing.is_never_visited:
        found[Pressing.NEVER_VISITED] = options.never_visited
    if timing.cadence_days:
        found[Pressing.RHYTHM] = _rhythm(max(0, timing.days_unseen) / timing.cadence_days, options)
    else:
        found[Pressing.NO_RHYTHM] = options.no_rhythm
    return found


def _rhythm(intervals: float, options: PlanningOptions) -> float:
    """Return the urgency after so many intervals without a visit: straight lines through rested, due and overdue."""
    if intervals >= 1:
        return options.overdue + options.per_interval * (intervals - 1)
    if intervals >= _DUE_SHARE:
        return options.due + (options.overdue - options.due) * (intervals - _DUE_SHARE) / (1 - _DUE_SHARE)
    return options.rested + (options.due - options.rested) * intervals / _DUE_SHARE
