"""What a coverage map shows: its figures, how customers are grouped, and the classes that values fall into."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from fieldsales.domain.likelihood import LOOKS, OPEN, Likelihood
from fieldsales.errors import BadChoice

PARAMETERS = ("show", "by", "rank")
SHARE_BREAKS = (0.2, 0.4, 0.6, 0.8)
DAY_BREAKS = (30.0, 60.0, 90.0, 180.0)
E = TypeVar("E", bound=StrEnum)
_ROUND = (1.0, 2.0, 5.0, 10.0)


class CoverageFigure(StrEnum):
    """What a group of customers is coloured by.

    `covered`: the share visited within its interval, of customers with one. `potential`: amounts times the share of deals won.
    `neglect`: potential times days since the visit. `unvisited` (新規開拓): prospects never visited. `rank_days` (ランク×未訪問日数): days
    since the visit, on average, a hot deal counting more. `cadence` (定期巡回): the share not overdue, of customers with an interval.
    """

    COVERED = "covered"
    POTENTIAL = "potential"
    NEGLECT = "neglect"
    UNVISITED = "unvisited"
    RANK_DAYS = "rank_days"
    CADENCE = "cadence"


SHARES = frozenset({CoverageFigure.COVERED, CoverageFigure.CADENCE})
QUANTITIES = frozenset({CoverageFigure.POTENTIAL, CoverageFigure.NEGLECT, CoverageFigure.UNVISITED})


class Grouping(StrEnum):
    """How customers are put together: by hexagon, or by the municipality that the address names."""

    HEXAGONS = "hexagons"
    AREAS = "areas"


@dataclass(frozen=True, slots=True)
class CoverageAsked:
    """Which map is asked for; `ranks` restricts it to customers of these likelihoods, empty for all."""

    figure: CoverageFigure = CoverageFigure.COVERED
    grouping: Grouping = Grouping.HEXAGONS
    ranks: frozenset[Likelihood] = frozenset()

    @classmethod
    def from_query(cls, query: Mapping[str, Sequence[str]]) -> CoverageAsked:
        """Read from URL parameters.

        Raises:
            BadChoice: naming the parameter in `field`.
        """
        ranks = [part.strip() for value in query.get("rank", ()) for part in value.split(",") if part.strip()]
        return cls(
            figure=_choice(CoverageFigure, query, "show", CoverageFigure.COVERED),
            grouping=_choice(Grouping, query, "by", Grouping.HEXAGONS),
            ranks=frozenset(_read(Likelihood, rank, "rank") for rank in ranks),
        )

    def to_query(self) -> dict[str, list[str]]:
        """Return the URL parameters from which `from_query` reads the same."""
        query: dict[str, list[str]] = {}
        if self.figure is not CoverageFigure.COVERED:
            query["show"] = [self.figure.value]
        if self.grouping is not Grouping.HEXAGONS:
            query["by"] = [self.grouping.value]
        if self.ranks:
            query["rank"] = [",".join(rank.value for rank in Likelihood if rank in self.ranks)]
        return query


def weight_of(likelihood: Likelihood) -> float:
    """Return what an amount of this likelihood is worth: the share of such deals won; nothing for what is decided or unrated."""
    return LOOKS[likelihood].share or 0.0 if likelihood in OPEN else 0.0


def breaks_of(figure: CoverageFigure, values: Iterable[float]) -> tuple[float, ...]:
    """Return where one class ends and the next begins, ascending; a value equal to a break belongs to the class above.

    Shares and days have fixed classes. Quantities have zero as a class of its own, and the others by quarters of what is there,
    at round numbers (1, 2 or 5 with zeros).
    """
    if figure in SHARES:
        return SHARE_BREAKS
    if figure is CoverageFigure.RANK_DAYS:
        return DAY_BREAKS
    positive = sorted(value for value in values if value > 0)
    if not positive:
        return ()
    quarters = [round_number(positive[int(len(positive) * share)]) for share in (0.25, 0.5, 0.75)]
    smallest = math.ulp(0.0)  # whatever is more than nothing
    return (smallest, *sorted({quarter for quarter in quarters if positive[0] < quarter <= positive[-1]}))


def class_of(value: float, breaks: Sequence[float]) -> int:
    """Return which class a value falls into, counted from 0."""
    return sum(value >= limit for limit in breaks)


def round_number(value: float) -> float:
    """Return 1, 2 or 5 with zeros, the one nearest to a positive value by ratio."""
    power = 10.0 ** math.floor(math.log10(value))
    return min((part * power for part in _ROUND), key=lambda candidate: abs(math.log(candidate / value)))


def _choice(kind: type[E], query: Mapping[str, Sequence[str]], name: str, otherwise: E) -> E:
    value = next((text.strip() for text in query.get(name, ()) if text.strip()), "")
    return _read(kind, value, name) if value else otherwise


def _read(kind: type[E], value: str, name: str) -> E:
    try:
        return kind(value)
    except ValueError:
        raise BadChoice(field=name, value=value[:50]) from None
