"""What a team's own days teach about travel: how much longer than reckoned it takes here, at this hour, and how sure that is.

The rule. A sample is one way from a check-out to the next check-in: actual over reckoned time. The middle of many (the median,
so that a forgotten check-in or a coffee on the way moves nothing) is the factor of a cell, and a cell is an area of about 5 km
and an hour of departure. Few samples say little: the factor of a cell is drawn towards that of the same area at any
hour, this towards everywhere at any hour, and that towards 1, each as if `STRENGTH` samples had said what the wider cell says.
Nothing is learned from fewer than MIN_OVERALL samples, and no cell of its own from fewer than MIN_CELL.
The spread is the relative deviation within which two thirds of the samples lie.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from fieldsales.domain.geodesy import METRES_PER_DEGREE
from fieldsales.domain.travel import Point

CELL_M = 5_000.0
MIN_OVERALL = 30
MIN_CELL = 8
STRENGTH = 8
EVERYWHERE = ""
ANY_HOUR = -1
# What lies beyond is a break, a mistake or another errand, not the traffic.
LOWEST_RATIO, HIGHEST_RATIO = 0.25, 4.0
_LAT_STEP = CELL_M / METRES_PER_DEGREE
Cell = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Sample:
    """One way: from which area, at which hour of the clock, and how many times as long as reckoned."""

    area: str
    hour: int
    ratio: float


@dataclass(frozen=True, slots=True)
class Lesson:
    """What holds in one cell: times take `factor` as long as reckoned, two thirds of them within `spread` of that."""

    factor: float
    spread: float
    count: int


def area_of(point: Point) -> str:
    """Return the name of the cell of about 5 by 5 km that a point lies in."""
    lat, lon = point
    row = math.floor(lat / _LAT_STEP)
    # All cells of a row are equally wide in degrees, so that neighbours meet; towards the poles they are wider.
    shrunk = max(math.cos(math.radians((row + 0.5) * _LAT_STEP)), 0.01)
    column = math.floor(((lon + 180) % 360 - 180) / (_LAT_STEP / shrunk))
    return f"{row}:{column}"


def learn(samples: Iterable[Sample]) -> dict[Cell, Lesson]:
    """Return what samples teach, by area and hour (EVERYWHERE and ANY_HOUR among them); nothing while there are too few."""
    cells: dict[Cell, list[float]] = defaultdict(list)
    for sample in samples:
        if LOWEST_RATIO <= sample.ratio <= HIGHEST_RATIO:
            for area in (EVERYWHERE, sample.area):
                for hour in (ANY_HOUR, sample.hour):
                    cells[area, hour].append(sample.ratio)
    if len(cells.get((EVERYWHERE, ANY_HOUR), ())) < MIN_OVERALL:
        return {}
    everywhere = _lesson(cells[EVERYWHERE, ANY_HOUR], None)
    lessons = {(EVERYWHERE, ANY_HOUR): everywhere}
    # Wider cells first: each is what the narrower ones lean on.
    for cell in sorted(cells, key=lambda cell: (cell[1] != ANY_HOUR, cell)):
        if cell not in lessons and len(cells[cell]) >= MIN_CELL:
            lessons[cell] = _lesson(cells[cell], lessons.get((cell[0], ANY_HOUR), everywhere))
    return lessons


def _lesson(ratios: Sequence[float], wider: Lesson | None) -> Lesson:
    count = len(ratios)
    own = count / (count + STRENGTH)
    leaning = math.log(wider.factor) if wider else 0.0
    factor = math.exp(own * math.log(float(np.median(ratios))) + (1 - own) * leaning)
    spread = float(np.quantile(np.abs(np.array(ratios) / factor - 1), 2 / 3))
    if wider:
        spread = own * spread + (1 - own) * wider.spread
    return Lesson(factor, spread, count)


def lesson_for(lessons: Mapping[Cell, Lesson], area: str, hours: Sequence[int]) -> Lesson | None:
    """Return what holds on average from an area over some hours of departure (any, without hours), None when nothing was learned.

    The narrowest cell that is known speaks for each hour; that the hours differ is part of the spread.
    """
    each = [lesson for hour in hours or (ANY_HOUR,) if (lesson := _narrowest(lessons, area, hour)) is not None]
    if not each:
        return None
    logs = np.log([lesson.factor for lesson in each])
    spread = math.sqrt(float(np.mean([lesson.spread**2 for lesson in each])) + float(logs.var()))
    return Lesson(math.exp(float(logs.mean())), spread, sum(lesson.count for lesson in each))


def _narrowest(lessons: Mapping[Cell, Lesson], area: str, hour: int) -> Lesson | None:
    cells = ((area, hour), (area, ANY_HOUR), (EVERYWHERE, hour), (EVERYWHERE, ANY_HOUR))
    return next((lessons[cell] for cell in cells if cell in lessons), None)
