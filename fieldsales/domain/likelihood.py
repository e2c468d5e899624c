"""Deal likelihood (受注確度): its classes, colours and the numbers behind the letters."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Likelihood(StrEnum):
    """How likely the deal is; ordered from hot to unknown."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"
    WON = "won"
    LOST = "lost"
    UNRATED = "unrated"


@dataclass(frozen=True, slots=True)
class Look:
    """How a class is drawn: fill and ink as #rrggbb, `letter` of one character, share of deals won or None."""

    fill: str
    ink: str
    letter: str
    share: float | None


# Okabe–Ito colours; the ink on each reaches 3:1 contrast at the bold size used in pins.
LOOKS: dict[Likelihood, Look] = {
    Likelihood.A: Look("#D55E00", "#FFFFFF", "A", 0.85),
    Likelihood.B: Look("#E69F00", "#1B1B1B", "B", 0.65),
    Likelihood.C: Look("#56B4E9", "#1B1B1B", "C", 0.35),
    Likelihood.D: Look("#0072B2", "#FFFFFF", "D", 0.10),
    Likelihood.WON: Look("#009E73", "#FFFFFF", "✓", None),
    Likelihood.LOST: Look("#7F7F7F", "#FFFFFF", "×", None),
    Likelihood.UNRATED: Look("#FFFFFF", "#444444", "–", None),
}

OPEN = (Likelihood.A, Likelihood.B, Likelihood.C, Likelihood.D)


def from_percent(percent: float) -> Likelihood:
    """Return the class of a stated percentage: A from 80, B from 50, C from 20, D below.

    Raises:
        ValueError: outside 0 to 100.
    """
    if not 0 <= percent <= 100:
        raise ValueError(percent)
    if percent >= 80:
        return Likelihood.A
    if percent >= 50:
        return Likelihood.B
    return Likelihood.C if percent >= 20 else Likelihood.D
