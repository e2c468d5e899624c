"""What explanations are made from, and what they come to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fieldsales.domain.planning.reasons import Reason
from fieldsales.domain.planning.worth import NO_TIMING, Timing


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known about a customer beside its visit: its name, when it is to be seen, and what a person decided about it."""

    name: str
    timing: Timing = NO_TIMING
    is_appointment: bool = False
    is_locked: bool = False


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Why a visit is not made, and what would let it in, each of it tried."""

    reason: Reason
    reliefs: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Explanations:
    """Everything a plan says for itself: `why` for each stop and `left_out` for every other visit, by index into the problem's visits."""

    why: Mapping[int, tuple[Reason, ...]]
    left_out: Mapping[int, LeftOut]
