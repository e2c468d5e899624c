"""Invented days of sales reps, as large as real ones: customers in clusters, opening hours, lunch, appointments."""

from __future__ import annotations

import math
import random

import numpy as np

from fieldsales.domain.planning.problem import Break, Day, Problem, Visit, Window

HOUR = 3600
LUNCH = Break(HOUR, (41_400, 46_800))  # begins between 11:30 and 13:00
ALL_DAY, SHOP, MORNING, AFTERNOON = (
    ((9 * HOUR, 18 * HOUR),),
    ((9 * HOUR, 12 * HOUR), (13 * HOUR, 17 * HOUR)),
    ((10 * HOUR, 12 * HOUR),),
    ((13 * HOUR, 16 * HOUR),),
)


def sales_days(
    candidates: int, *, days: int = 1, appointments: int = 2, required: int = 0, value_per_minute: float = 0.0, seed: int = 1
) -> Problem:
    """Return days from 9 to 18 with lunch, from an office and back; each day has its appointments, three hours apart.

    The `required` visits after the appointments are short and open all day.
    """
    chance = random.Random(seed)
    points = [(0.0, 0.0), *(_point(chance) for _ in range(candidates))]
    visits = []
    for index in range(candidates):
        day, turn = index % days, index // days
        windows: tuple[Window, ...]
        if index < appointments * days:
            at = (10 + 3 * turn) * HOUR
            shown = tuple(((at, at),) if d == day else () for d in range(days))
            visits.append(Visit(f"v{index}", index + 1, 1800, shown, 5.0, required=True))
        elif index < appointments * days + required:
            visits.append(Visit(f"v{index}", index + 1, 300, (ALL_DAY,) * days, 1.0, required=True))
        else:
            windows = chance.choice((ALL_DAY, ALL_DAY, SHOP, SHOP, MORNING, AFTERNOON))
            service_s = chance.choice((900, 1200, 1800, 1800, 2700, 3600))
            visits.append(Visit(f"v{index}", index + 1, service_s, (windows,) * days, round(chance.lognormvariate(2, 0.7), 2)))
    rules = tuple(Day(f"d{d}", 9 * HOUR, 18 * HOUR, breaks=(LUNCH,)) for d in range(days))
    return Problem(tuple(visits), rules, (_travel(points, chance),), value_per_minute)


def tour(stops: int, *, width_s: int, seed: int = 1) -> Problem:
    """Return a day on which every stop has to be made, each within a window around the time of a hidden tour."""
    chance = random.Random(seed)
    points = [(chance.uniform(0, 50), chance.uniform(0, 50)) for _ in range(stops + 1)]
    table = np.array([[int(math.dist(a, b)) for b in points] for a in points], dtype=np.int64)
    now, here, visits = 0, 0, []
    waiting = set(range(1, stops + 1))
    while waiting:
        nearest = sorted(waiting, key=lambda stop: (table[here, stop], stop))
        there = nearest[min(1, len(nearest) - 1)]
        now += int(table[here, there])
        window = (max(0, now - chance.randint(0, width_s // 2)), now + chance.randint(0, width_s // 2))
        visits.append(Visit(f"v{there}", there, 0, ((window,),), 1.0, required=True))
        waiting.remove(there)
        here = there
    return Problem(tuple(visits), (Day("d", 0, now + int(table[here, 0])),), (table,))


def _point(chance: random.Random) -> tuple[float, float]:
    """Return a place some kilometres around the office."""
    centre = chance.choice(((-8, -6), (7, 9), (10, -7), (-3, 8), (2, -2)))
    if chance.random() < 0.3:
        return chance.uniform(-15, 15), chance.uniform(-15, 15)
    return chance.gauss(centre[0], 2.5), chance.gauss(centre[1], 2.5)


def _travel(points: list[tuple[float, float]], chance: random.Random) -> np.ndarray:
    """Return seconds by car at 32 km/h with three minutes to park, a little different each way."""
    table = [[0 if a is b else int(math.dist(a, b) * 1.35 / 32 * HOUR * chance.uniform(0.92, 1.12)) + 180 for b in points] for a in points]
    return np.array(table, dtype=np.int64)
