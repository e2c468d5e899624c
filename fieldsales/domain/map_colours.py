"""What a pin's colour can say: likelihood as stated or corrected, owner, days since the last visit or tag; always with a letter."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from fieldsales.domain.likelihood import LOOKS


class ColourBy(StrEnum):
    """The field that colours the map."""

    LIKELIHOOD = "likelihood"
    CORRECTED = "corrected"
    OWNER = "owner"
    VISITED = "visited"
    TAG = "tag"


@dataclass(frozen=True, slots=True)
class Swatch:
    """One class of a legend: colours as #rrggbb, `letter` in the pin; `label` is empty where a screen translates `key`."""

    key: str
    fill: str
    ink: str
    letter: str
    label: str = ""


DARK, LIGHT = "#1B1B1B", "#FFFFFF"
# Okabe–Ito without its black, and a violet that stays apart from them.
_PALETTE = (
    ("#0072B2", LIGHT),
    ("#E69F00", DARK),
    ("#009E73", LIGHT),
    ("#CC79A7", DARK),
    ("#56B4E9", DARK),
    ("#D55E00", LIGHT),
    ("#F0E442", DARK),
    ("#5D3A9B", LIGHT),
)
PALETTE_SIZE = len(_PALETTE)
OTHERS = Swatch("others", "#7F7F7F", LIGHT, "＊")
NOBODY = Swatch("none", "#FFFFFF", "#444444", "–")

LIKELIHOOD_SWATCHES = tuple(Swatch(kind.value, look.fill, look.ink, look.letter) for kind, look in LOOKS.items())
DAY_LIMITS = (30, 60, 90)
DAY_SWATCHES = (
    Swatch("days_30", "#0072B2", LIGHT, "30"),
    Swatch("days_60", "#56B4E9", DARK, "60"),
    Swatch("days_90", "#E69F00", DARK, "90"),
    Swatch("days_more", "#D55E00", LIGHT, "90+"),
    Swatch("never", "#FFFFFF", "#444444", "–"),
)


def named_swatches(names: list[tuple[str, str]]) -> tuple[Swatch, ...]:
    """Return a swatch for each (key, label), at most PALETTE_SIZE, then one for all others and one for none."""
    pairs = zip(names, _PALETTE, strict=False)
    named = tuple(Swatch(key, fill, ink, label.strip()[:1].upper() or "?", label) for (key, label), (fill, ink) in pairs)
    return (*named, OTHERS, NOBODY)
