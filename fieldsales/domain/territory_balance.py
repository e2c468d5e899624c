"""How much work a share of the customers is, how evenly the shares lie, and which customers to hand to a colleague to even them out.

The work of a month is visits and driving. A customer is visited as often as its interval says. The driving to one visit is
estimated without a map of roads, as for tours through many stops (Daganzo 1984; Beardwood, Halton and Hammersley 1959): the hop from
the customer visited before, 0.7124·√(area ÷ customers) of one's own customers within the same hexagon of 5 km², and a share in the
way from where the day starts and back, which a day's visits have in common. Both are straight lines made longer and timed by the
bands of `docs/travel-times.md`. It serves to compare shares of work with each other, not to foretell a day.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from fieldsales.domain.geodesy import METRES_PER_DEGREE

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]

DAYS_A_MONTH = 365.25 / 12
CELL_KM2 = 5.161  # the mean hexagon of resolution 7
CELL_RESOLUTION = 7
VISITS_A_DAY = 6
HOP = 0.7124
HOURS_PER_HOP_KM = 1.4 / 20.0  # detour over kilometres an hour, short ways
HOURS_PER_WAY_KM = 1.3 / 40.0  # long ones
EVEN_WITHIN = 0.05  # of the mean
MOST_EXTRA_H = 10 / 60  # of driving for each visit, beyond which a customer stays where it is
MOST_MOVES = 1_000
_AT_A_TURN = 50
_ROUNDS = 4
_NOBODY_MORE = -1


@dataclass(frozen=True, slots=True)
class Work:
    """Customers to be visited, as columns: degrees, hexagon, visits a month (more than 0), who has each, who may not change hands.

    `holder` counts into `bases`, where each person's days start: degrees, shape (people, 2). `near`, of shape (customers, people), says
    who is at work nearby and may be given a customer. `visit_h` is how long a visit takes.
    """

    lat: Floats
    lon: Floats
    cell: Ints
    visits: Floats
    holder: Ints
    stays: NDArray[np.bool_]
    bases: Floats
    near: NDArray[np.bool_]
    visit_h: float

    def __len__(self) -> int:
        return len(self.lat)


@dataclass(frozen=True, slots=True)
class Loads:
    """Hours a month for each person: with customers, and driving."""

    visiting_h: Floats
    driving_h: Floats

    @property
    def total_h(self) -> Floats:
        """Both together."""
        total: Floats = self.visiting_h + self.driving_h
        return total

    @property
    def spread(self) -> float:
        """How far the fullest share lies above the mean, as a part of it; 0 when there is no work."""
        mean = float(self.total_h.mean()) if len(self.total_h) else 0.0
        return float(self.total_h.max()) / mean - 1 if mean > 0 else 0.0


@dataclass(frozen=True, slots=True)
class Move:
    """One customer (a row of the work) to hand over; hours a month that go with it, and how many more or fewer the driving takes."""

    row: int
    giver: int
    taker: int
    hours: float
    extra_driving_h: float


@dataclass(frozen=True, slots=True)
class Proposal:
    """Which customers to hand over, and how the work lies before and after."""

    moves: tuple[Move, ...]
    before: Loads
    after: Loads


def visits_a_month(interval_days: Floats) -> Floats:
    """Return how often customers with these intervals are visited in a month; none without an interval (0 or less)."""
    return np.divide(DAYS_A_MONTH, interval_days, out=np.zeros(len(interval_days)), where=interval_days > 0)


def measure(work: Work) -> Loads:
    """Return the hours of each person."""
    people = len(work.bases)
    rows = np.arange(len(work))
    driving = _driving_h(work, _counts(work, work.holder), rows, work.holder)
    visiting = np.bincount(work.holder, work.visits * work.visit_h, people)
    return Loads(visiting.astype(np.float64), np.bincount(work.holder, driving, people).astype(np.float64))


def propose(work: Work) -> Proposal:
    """Return which customers to hand over so that the hours lie closer together, those first that lengthen the driving least.

    Nobody who takes customers gets notably more hours than whoever gives them keeps, nor as many as they had. Moves stop when
    everybody is within 5 % of the mean, after 1,000, or when only customers are left that no colleague with less works near, or that
    would cost more than ten minutes of driving a visit. The same work gives the same proposal. No moves when they would not help.
    """
    before = after = measure(work)
    moves: tuple[Move, ...] = ()
    left = work
    for _ in range(_ROUNDS):  # each reckons with the customers as the one before has left them
        if len(work.bases) < 2 or not len(work) or len(moves) >= MOST_MOVES:
            break
        more = _Evening(left, after, MOST_MOVES - len(moves)).run()
        changed = _handed_over(left, more)
        loads = measure(changed)
        if not more or loads.spread >= after.spread:
            break
        moves, left, after = moves + more, changed, loads
    return Proposal(moves, before, after)


def _handed_over(work: Work, moves: Sequence[Move]) -> Work:
    """Return the work after some moves; who was handed over once stays there."""
    holder, stays = work.holder.copy(), work.stays.copy()
    for move in moves:
        holder[move.row], stays[move.row] = move.taker, True
    return replace(work, holder=holder, stays=stays)


class _Evening:
    """One search for moves; hours of a move are reckoned with the customers as they lay at its beginning."""

    def __init__(self, work: Work, before: Loads, most: int) -> None:
        self._most = most
        self._load = before.total_h.copy()
        self._mean = float(before.total_h.mean())
        self._slack = self._mean * EVEN_WITHIN
        self._moved = np.zeros(len(work), bool)
        self._moves: list[Move] = []
        rows, takers, gone, come, extra = _candidates(work)
        order = np.lexsort((takers, rows, extra / work.visits[rows]))
        self._rows, self._takers = rows[order], takers[order]
        self._gone, self._come, self._extra = gone[order], come[order], extra[order]
        givers = work.holder[self._rows]
        self._of = [np.flatnonzero(givers == person) for person in range(len(work.bases))]

    def run(self) -> tuple[Move, ...]:
        """Let the fullest give until nothing helps any more."""
        while len(self._moves) < self._most and (giver := self._next_giver()) != _NOBODY_MORE:
            self._give(giver)
        return tuple(self._moves)

    def _next_giver(self) -> int:
        """Return the fullest person who has too much and may give something."""
        for person in np.argsort(-self._load, kind="stable").tolist():
            if self._load[person] <= self._mean * (1 + EVEN_WITHIN):
                break
            if self._possible(person).any():
                return int(person)
        return _NOBODY_MORE

    def _possible(self, giver: int) -> NDArray[np.bool_]:
        at = self._of[giver]
        had = self._load[giver]
        gets, keeps = self._load[self._takers[at]] + self._come[at], had - self._gone[at]
        possible: NDArray[np.bool_] = ~self._moved[self._rows[at]] & (gets < had) & (gets <= keeps + self._slack)
        return possible

    def _give(self, giver: int) -> None:
        turn = 0
        for at in self._of[giver][self._possible(giver)].tolist():
            row, taker, gone, come = int(self._rows[at]), int(self._takers[at]), float(self._gone[at]), float(self._come[at])
            had, gets = self._load[giver], self._load[taker] + come
            if self._moved[row] or gets >= had or gets > had - gone + self._slack:
                continue
            self._moved[row] = True
            self._load[giver] -= gone
            self._load[taker] += come
            self._moves.append(Move(row, giver, taker, gone, float(self._extra[at])))
            turn += 1
            if turn >= _AT_A_TURN or len(self._moves) >= self._most or self._load[giver] <= self._mean * (1 + EVEN_WITHIN):
                break


def _candidates(work: Work) -> tuple[Ints, Ints, Floats, Floats, Floats]:
    """Return who might take what: rows, takers, hours that leave, hours that arrive, and the driving that is added."""
    counts = _counts(work, work.holder)
    movable = np.flatnonzero(~work.stays)
    now = _driving_h(work, counts, movable, work.holder[movable])
    visiting = work.visits[movable] * work.visit_h
    parts = []
    for taker in range(len(work.bases)):
        there = _driving_h(work, counts, movable, np.full(len(movable), taker), joining=True)
        extra = there - now
        fits = (work.holder[movable] != taker) & work.near[movable, taker] & (extra <= MOST_EXTRA_H * work.visits[movable])
        rows = movable[fits]
        parts.append((rows, np.full(len(rows), taker), (visiting + now)[fits], (visiting + there)[fits], extra[fits]))
    rows, takers, gone, come, extra = (np.concatenate(column) for column in zip(*parts, strict=True))
    return rows, takers, gone, come, extra


@dataclass(frozen=True, slots=True)
class _Counts:
    """How many customers each person has in each hexagon: by person and the hexagon's position among all."""

    position: Ints
    count: NDArray[np.int64]


def _counts(work: Work, holder: Ints) -> _Counts:
    cells, position = np.unique(work.cell, return_inverse=True)
    count = np.zeros((len(work.bases), len(cells)), np.int64)
    np.add.at(count, (holder, position), 1)
    return _Counts(position.astype(np.int64), count)


def _driving_h(work: Work, counts: _Counts, rows: Ints, people: Ints, *, joining: bool = False) -> Floats:
    """Return the hours a month that it takes `people` to drive to `rows`; `joining` when these are not theirs yet."""
    neighbours = counts.count[people, counts.position[rows]] + (1 if joining else 0)
    hop_km = HOP * np.sqrt(CELL_KM2 / np.maximum(neighbours, 1))
    way_km = distance_km(work.bases[people, 0], work.bases[people, 1], work.lat[rows], work.lon[rows])
    hours: Floats = work.visits[rows] * (HOURS_PER_HOP_KM * hop_km + HOURS_PER_WAY_KM * 2 * way_km / VISITS_A_DAY)
    return hours


def distance_km(lat1: Floats, lon1: Floats, lat2: Floats, lon2: Floats) -> Floats:
    """Return straight distances on an earth that is flat nearby; the date line is no wall."""
    east = ((lon2 - lon1 + 180) % 360 - 180) * np.cos(np.radians((lat1 + lat2) / 2))
    km: Floats = np.hypot(east, lat2 - lat1) * (METRES_PER_DEGREE / 1000)
    return km


def middle_of(lat: Floats, lon: Floats) -> tuple[float, float]:
    """Return the middle of places, which a few far away do not draw to them; across the antimeridian too."""
    turned = lon[0] + (lon - lon[0] + 180) % 360 - 180
    return float(np.median(lat)), float((np.median(turned) + 180) % 360 - 180)
