"""The coverage map in words: its figures, their values short and in full, and the classes of its legend."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from babel.numbers import format_compact_decimal, format_percent

from fieldsales.domain.coverage import QUANTITIES, SHARES, CoverageFigure
from fieldsales.errors import N_
from fieldsales.i18n import Text

FIGURES = {
    CoverageFigure.COVERED: N_("Coverage"),
    CoverageFigure.POTENTIAL: N_("Potential"),
    CoverageFigure.NEGLECT: N_("Neglect"),
    CoverageFigure.UNVISITED: N_("New ground"),
    CoverageFigure.RANK_DAYS: N_("Rank × days not visited"),
    CoverageFigure.CADENCE: N_("Regular rounds"),
}
MEANINGS = {
    CoverageFigure.COVERED: N_("Share visited within their interval, of the customers that have one."),
    CoverageFigure.POTENTIAL: N_("Expected amounts, each weighted by its likelihood (A 85%, B 65%, C 35%, D 10%)."),
    CoverageFigure.NEGLECT: N_("Potential in yen times the days since the last visit: what grows cold, and how much of it."),
    CoverageFigure.UNVISITED: N_("Prospects whom nobody has visited yet."),
    CoverageFigure.RANK_DAYS: N_("Days since the last visit, on average; an A counts more than a D, as its likelihood does."),
    CoverageFigure.CADENCE: N_("Share of regular customers who are not overdue; an agreed date comes before the interval."),
}
# Told apart by colour-blind eyes: orange to blue for shares (few is orange), light to dark for amounts and days.
_GOOD_OR_BAD = ("#D55E00", "#F3B16B", "#E9E9E9", "#8FC4E8", "#0072B2")
_MUCH = ("#F1EEF6", "#BDC9E1", "#74A9CF", "#2B8CBE", "#045A8D")
_PRESSING = ("#FFF7D6", "#FED98E", "#FE9929", "#D95F0E", "#993404")
PALETTES = {
    CoverageFigure.COVERED: _GOOD_OR_BAD,
    CoverageFigure.CADENCE: _GOOD_OR_BAD,
    CoverageFigure.POTENTIAL: _MUCH,
    CoverageFigure.NEGLECT: _PRESSING,
    CoverageFigure.UNVISITED: _PRESSING,
    CoverageFigure.RANK_DAYS: _PRESSING,
}
_DARK_INK, _LIGHT_INK = "#1B1B1B", "#FFFFFF"
NOTHING = "–"


@dataclass(frozen=True, slots=True)
class LegendClass:
    """One class of a figure: its colours as #rrggbb, and where it lies, short enough for a narrow box."""

    level: int
    fill: str
    ink: str
    label: str


def say_short(figure: CoverageFigure, value: float | None, text: Text) -> str:
    """Return a value in a few characters: 78%, ¥120万, 48日; a dash where there is none."""
    label = say_label(figure, value, text)
    return f"¥{label}" if figure is CoverageFigure.POTENTIAL and value is not None else label


def say_label(figure: CoverageFigure, value: float | None, text: Text) -> str:
    """Return a value as it stands in a hexagon and in the legend, where every character counts: money without its sign."""
    if value is None:
        return NOTHING
    if figure in SHARES:
        return str(format_percent(value, "#,##0%", locale=text.locale))
    if figure is CoverageFigure.RANK_DAYS:
        return text.gettext("{count} d").format(count=text.number(round(value)))
    return say_compact(value, text)


def say_value(figure: CoverageFigure, value: float | None, text: Text) -> str:
    """Return a value in full, for tables."""
    if value is None:
        return NOTHING
    if figure is CoverageFigure.POTENTIAL:
        return text.money(round(value))
    return text.number(round(value)) if figure in QUANTITIES else say_short(figure, value, text)


def say_compact(value: float, text: Text) -> str:
    """Return a number with two digits that count, and its unit as people say it: 1.2K, 120万."""
    digits = 1 - math.floor(math.log10(abs(value))) if value else 0
    rounded = round(value, digits) if abs(value) >= 100 else round(value)
    return str(format_compact_decimal(rounded, locale=text.locale, fraction_digits=1))


def legend_of(figure: CoverageFigure, breaks: Sequence[float], text: Text) -> tuple[LegendClass, ...]:
    """Return the classes from the lowest to the highest."""
    palette, classes = PALETTES[figure], len(breaks) + 1
    return tuple(
        LegendClass(level, palette[level], _ink_on(palette[level]), _label(figure, level, breaks, text)) for level in range(classes)
    )


def _label(figure: CoverageFigure, level: int, breaks: Sequence[float], text: Text) -> str:
    quantity = figure in QUANTITIES
    if quantity and level == 0:
        return text.number(0)
    if level == len(breaks):
        return f"{say_label(figure, breaks[-1], text)}–" if not quantity or level > 1 else f"> {text.number(0)}"
    if level == (1 if quantity else 0):
        return f"–{say_label(figure, breaks[level], text)}"
    return f"{say_label(figure, breaks[level - 1], text)}–"


def _ink_on(fill: str) -> str:
    """Return black or white, whichever is read better on a colour."""
    red, green, blue = (_linear(int(fill[at : at + 2], 16) / 255) for at in (1, 3, 5))
    brightness = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return _LIGHT_INK if 1.05 / (brightness + 0.05) > (brightness + 0.05) / 0.059 else _DARK_INK


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
