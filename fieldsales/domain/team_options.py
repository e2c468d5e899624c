"""What the administrator may set for everybody, and what holds while nobody has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from fieldsales.domain.likelihood import Likelihood

_CADENCES = {Likelihood.A: 14, Likelihood.B: 30, Likelihood.C: 60, Likelihood.D: 120, Likelihood.WON: 90}
_HALF_LIVES = {Likelihood.A: 30, Likelihood.B: 60, Likelihood.C: 120, Likelihood.D: 240}


@dataclass(frozen=True, slots=True)
class TeamOptions:
    """`cadence_days` is the interval between visits by rank; a rank that is missing has none.

    `half_life_days` is after how long without a visit a stated likelihood is believed half as much.
    `coarsen_after_days` is how long the exact position of a check-in is kept.
    `visits_per_day` is what a rep aims at; 0 sets no target.
    `keep_audit_days` is how long entries of the audit log are kept; 0 keeps them all.
    """

    cadence_days: Mapping[Likelihood, int] = field(default_factory=lambda: dict(_CADENCES))
    half_life_days: Mapping[Likelihood, int] = field(default_factory=lambda: dict(_HALF_LIVES))
    coarsen_after_days: int = 30
    visits_per_day: int = 0
    keep_audit_days: int = 1095
