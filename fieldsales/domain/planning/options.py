"""What the team has set for its planning, and what holds while nobody has: what a visit is worth, and what travel costs.

Worth is counted in points. A sure deal of the usual amount with a customer that is just due is worth `POINTS`; everything else
is a share or a multiple of that, and travel is paid for in the same points. `domain.planning.worth` is the formula.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import time
from typing import Any

from fieldsales.domain.likelihood import LOOKS, OPEN, Likelihood

POINTS = 100.0

# Of the open classes the middle of their share of deals won; a client keeps buying, a lost deal seldom comes back.
_ODDS = {likelihood: LOOKS[likelihood].share or 0.0 for likelihood in OPEN} | {
    Likelihood.A: 0.9,
    Likelihood.WON: 0.3,
    Likelihood.LOST: 0.02,
    Likelihood.UNRATED: 0.25,
}


@dataclass(frozen=True, slots=True)
class PlanningOptions:
    """How worth is reckoned: expected worth times urgency.

    Expected worth: `odds` is the share of deals won by likelihood, 0 to 1. `typical_amount` (yen) stands for a customer without
    one. `amount_power` says how far the amount counts: with 1 in proportion, with 0 not at all, with 0.5 four times the amount
    count twice.

    Urgency multiplies it: `rested` right after a visit, rising to `due` at 70 % of the interval and `overdue` at 100 %, then by
    `per_interval` for each further interval. `promised` is for a date that was agreed and has come, and grows by
    `per_day_late` for each day it is past. `never_visited` is for those nobody has been to, `no_rhythm` for those
    without an interval. `neglected` is added for the share by which a likelihood has faded unseen (see `cadence.faded`).
    No urgency is more than `highest`.

    `value_per_minute` is what a minute of travel costs, in points: a visit that is not worth its detour is left out.
    `driving_value_per_minute` is the same where a plan is to have little driving, `early_end` when a day ends that is to end early.
    `visit_minutes` is how long a visit takes where neither customer nor rep says otherwise. A new plan proposes at most
    `max_candidates` customers, of them those not due only within `near_km` of an appointment or of the way.
    """

    odds: Mapping[Likelihood, float] = field(default_factory=lambda: dict(_ODDS))
    typical_amount: int = 1_000_000
    amount_power: float = 0.5
    rested: float = 0.1
    due: float = 1.0
    overdue: float = 1.5
    per_interval: float = 0.5
    promised: float = 3.0
    per_day_late: float = 0.1
    never_visited: float = 1.2
    no_rhythm: float = 0.4
    neglected: float = 0.3
    highest: float = 5.0
    value_per_minute: float = 2.0
    driving_value_per_minute: float = 6.0
    early_end: time = time(17, 0)
    visit_minutes: int = 30
    max_candidates: int = 40
    near_km: float = 3.0


# The lowest and the highest that each number may be, both included.
BOUNDS: Mapping[str, tuple[float, float]] = {
    "odds": (0, 1),
    "typical_amount": (1, 10**12),
    "amount_power": (0, 1),
    "rested": (0, 20),
    "due": (0, 20),
    "overdue": (0, 20),
    "per_interval": (0, 20),
    "promised": (0, 20),
    "per_day_late": (0, 20),
    "never_visited": (0, 20),
    "no_rhythm": (0, 20),
    "neglected": (0, 20),
    "highest": (0.1, 20),
    "value_per_minute": (0, 1_000),
    "driving_value_per_minute": (0, 1_000),
    "visit_minutes": (1, 600),
    "max_candidates": (1, 200),
    "near_km": (0, 100),
}


def options_to_json(options: PlanningOptions) -> dict[str, Any]:
    """Return the options as JSON keeps them."""
    plain = asdict(options)
    plain["odds"] = {likelihood.value: share for likelihood, share in options.odds.items()}
    plain["early_end"] = options.early_end.isoformat("minutes")
    return plain


def options_from_json(plain: Mapping[str, Any]) -> PlanningOptions:
    """Return the options that `options_to_json` wrote; what an older version did not know has its default."""
    names = {f.name for f in fields(PlanningOptions)}
    known: dict[str, Any] = {name: value for name, value in plain.items() if name in names}
    if "odds" in known:
        known["odds"] = _ODDS | {Likelihood(name): float(share) for name, share in known["odds"].items()}
    if "early_end" in known:
        known["early_end"] = time.fromisoformat(known["early_end"])
    return PlanningOptions(**known)
