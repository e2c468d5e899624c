"""Travel times of routing servers, remembered, within a budget of time, and with the estimate wherever they fall short.

A plan never waits long and never fails for a server: what is not there in time is estimated and a note says so, and a server that
failed is left alone for a minute. Where a server answers but knows no way between two points, the estimate stands in
as well: far more often a pin lies beside an unmapped yard than there is truly no way, and the note tells.
Estimates that fill holes are stretched by how the server's own times compare with theirs, so that no hole looks like a short cut.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from fieldsales.domain.planning.problem import UNREACHABLE
from fieldsales.domain.travel import Point, TravelNote, TravelSource, TravelTable
from fieldsales.domain.words import TravelMode

from .cache import TravelCache
from .estimate import Estimate, Metres, straight_metres
from .lines import simplified
from .servers import Block, Nonsense, NoWay, Numbers, RoadServer, Silent, TooMany

log = logging.getLogger(__name__)
TABLE_S = 8.0
LINE_S = 4.0
LEFT_ALONE_S = 60.0
_AT_ONCE = 4
_FASTEST_M_PER_S = 60.0  # along the straight line: no car, and no train by road
_SHORT_M = 2_000.0  # so near that two pins may share a stretch of road
_ENOUGH_CELLS = 20
_LARGEST_STRETCH = 3.0
Mask = npt.NDArray[np.bool_]
Side = npt.NDArray[np.int64]


@dataclass
class Patience:
    """When a server may be asked again, and why not before."""

    clock: Callable[[], float]
    until: float = -math.inf
    why: TravelNote | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def complaint(self) -> TravelNote | None:
        """Why the server is left alone just now, None when it is not."""
        with self.lock:
            return self.why if self.clock() < self.until else None

    def lose(self, why: TravelNote) -> None:
        """Leave the server alone for a while."""
        with self.lock:
            self.until, self.why = self.clock() + LEFT_ALONE_S, why


@dataclass(frozen=True)
class AskedServer:
    """A server with the name its answers are remembered under."""

    name: str
    server: RoadServer
    patience: Patience


class RoadTimes:
    """Satisfies `services.ports.TravelTimes` with one server for each means of travel, or none."""

    def __init__(
        self, servers: Mapping[TravelMode, AskedServer], cache: TravelCache | None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Ask `servers`; without a `cache` each time anew."""
        self._servers = servers
        self._cache = cache
        self._clock = clock
        self._estimate = Estimate()
        self._pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="routing")

    def table(self, points: Sequence[Point], *, mode: TravelMode) -> TravelTable:
        """Return times and distances between all points, by road as far as the server knows in time."""
        estimated = self._estimate.table(points, mode=mode)
        asked = self._servers.get(mode)
        places, rows, place_of = _distinct(points)
        if asked is None or len(places) < 2:
            return estimated
        found, complaint = self._find(asked, places, mode)
        count = len(points)
        block = Block(*np.full((2, count, count), np.nan))
        for ours, theirs in ((block.seconds, found.seconds), (block.metres, found.metres)):
            ours[np.ix_(rows, rows)] = theirs[np.ix_(place_of, place_of)]
        return _joined(estimated, block, straight_metres(points), complaint)

    def line(self, points: Sequence[Point], *, mode: TravelMode) -> tuple[Point, ...]:
        """Return the way along the points by road, straight wherever the server does not know it."""
        asked = self._servers.get(mode)
        way = [(lat, _within_date_line(lon)) for lat, lon in points if _is_place(lat, lon)]
        if asked is None or len(way) < 2:
            return tuple(points)
        known = self._cache.get_line(asked.name, way) if self._cache else None
        if known is not None:
            return known
        if asked.patience.complaint is not None:
            return tuple(points)
        until = self._clock() + LINE_S
        answer = self._pool.submit(_whole_line, asked.server, way, mode, until)
        failure = self._wait([answer], until)
        if failure is not None:
            _lose(asked, failure)
            return tuple(points)
        line, is_whole = answer.result()
        drawn = simplified(line)
        if is_whole and self._cache:
            self._cache.put_line(asked.name, way, drawn)
        return drawn

    def close(self) -> None:
        """Ask nothing any more and close the cache."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        if self._cache:
            self._cache.close()

    def _find(self, asked: AskedServer, places: Sequence[Point], mode: TravelMode) -> tuple[Block, TravelNote | None]:
        """Return what is known of the ways between different places, and why the rest was not to be had."""
        count = len(places)
        found, known = Block(*np.full((2, count, count), np.nan)), np.zeros((count, count), dtype=bool)
        if self._cache:
            found, known = self._cache.get(asked.name, places)
        np.fill_diagonal(known, True)
        complaint = None if known.all() else asked.patience.complaint
        if known.all() or complaint is not None:
            return found, complaint
        until = self._clock() + TABLE_S
        errands = [errand for side in _missing(~known) for errand in _cut(*side, asked.server)]
        answers = [self._pool.submit(_whole_block, asked.server, _at(places, o), _at(places, t), mode, until) for o, t in errands]
        failure = self._wait(answers, until)
        for answer, (rows, columns) in zip(answers, errands, strict=True):
            block = _answered(answer)
            if block is None:
                continue
            cells = np.ix_(rows, columns)
            found.seconds[cells], found.metres[cells] = block.seconds, block.metres
            if self._cache:
                self._cache.put(asked.name, _at(places, rows), _at(places, columns), block)
        return found, None if failure is None else _lose(asked, failure)

    def _wait(self, answers: Sequence[Future[Any]], until: float) -> BaseException | None:
        """Return once all questions are answered, one failed, or time is up; what went wrong, if anything, and call off the rest."""
        done, late = wait(answers, timeout=max(0.0, until - self._clock()), return_when=FIRST_EXCEPTION)
        failure = next((error for answer in answers if answer in done and (error := answer.exception()) is not None), None)
        for answer in late:
            answer.cancel()
        return failure or (Silent("out of time") if late else None)


def _answered(answer: Future[Block | None]) -> Block | None:
    if not answer.done() or answer.cancelled() or answer.exception() is not None:
        return None
    return answer.result()


def _lose(asked: AskedServer, failure: BaseException) -> TravelNote:
    if not isinstance(failure, Silent | Nonsense):
        raise failure  # a mistake of ours, not of the server
    note = TravelNote.SERVER_DOWN if isinstance(failure, Silent) else TravelNote.SERVER_BROKEN
    log.warning("%s: %s (%s); estimating for %d s", asked.name, note.value, failure, LEFT_ALONE_S)
    asked.patience.lose(note)
    return note


def _whole_block(server: RoadServer, origins: Sequence[Point], targets: Sequence[Point], mode: TravelMode, until: float) -> Block | None:
    """Return a block, in as many pieces as the server wants; None when it knows no way for (some of) it."""
    try:
        return server.block(origins, targets, mode=mode, until=until)
    except NoWay:
        return None
    except TooMany:
        if len(origins) == len(targets) == 1:
            raise Nonsense("too many points, with one and one") from None
    by_rows = len(origins) >= len(targets)
    longer = origins if by_rows else targets
    halves = longer[: len(longer) // 2], longer[len(longer) // 2 :]
    blocks = [_whole_block(server, *((half, targets) if by_rows else (origins, half)), mode, until) for half in halves]
    parts = [block for block in blocks if block is not None]
    if len(parts) < 2:
        return None
    axis = 0 if by_rows else 1
    return Block(np.concatenate([p.seconds for p in parts], axis), np.concatenate([p.metres for p in parts], axis))


def _whole_line(server: RoadServer, points: Sequence[Point], mode: TravelMode, until: float) -> tuple[list[Point], bool]:
    """Return the way along points, and whether all of it is road: where the server knows none it is straight."""
    if len(points) <= server.most_on_line:
        try:
            return server.line(points, mode=mode, until=until), True
        except NoWay:
            pass
        except TooMany:
            if len(points) == 2:
                raise Nonsense("too many points, with two") from None
    if len(points) == 2:
        return list(points), False
    middle = len(points) // 2
    first, second = (_whole_line(server, part, mode, until) for part in (points[: middle + 1], points[middle:]))
    return first[0] + second[0], first[1] and second[1]


def _is_place(lat: float, lon: float) -> bool:
    return math.isfinite(lat) and math.isfinite(lon) and abs(lat) <= 90


def _within_date_line(lon: float) -> float:
    return (lon + 180) % 360 - 180


def _distinct(points: Sequence[Point]) -> tuple[list[Point], list[int], list[int]]:
    """Return the different places among points, which of the points are one at all, and which place each of these is."""
    numbers: dict[Point, int] = {}
    rows = [row for row, point in enumerate(points) if _is_place(*point)]
    rounded = [(round(points[row][0], 5), round(_within_date_line(points[row][1]), 5)) for row in rows]
    place_of = [numbers.setdefault(place, len(numbers)) for place in rounded]
    return list(numbers), rows, place_of


def _missing(missing: Mask) -> list[tuple[Side, Side]]:
    """Return the rectangles (origins, targets) that hold all that is missing: few and small where only some places are new."""
    everything = np.arange(len(missing))
    cells = len(missing) - 1
    is_new = (missing.sum(axis=1) == cells) & (missing.sum(axis=0) == cells)
    among_old = missing & ~is_new[:, None] & ~is_new[None, :]
    if not is_new.all() and not among_old.any():
        new, old = everything[is_new], everything[~is_new]
        return [(new, everything), (old, new)]
    concerned = everything[missing.any(axis=1) | missing.any(axis=0)]
    return [(concerned, concerned)]


def _cut(origins: Side, targets: Side, server: RoadServer) -> list[tuple[Side, Side]]:
    if len(origins) == len(targets) <= server.most_square and (origins == targets).all():
        return [(origins, targets)]
    parts = [[side[i : i + server.most_aside] for i in range(0, len(side), server.most_aside)] for side in (origins, targets)]
    return [(rows, columns) for rows in parts[0] for columns in parts[1]]


def _at(places: Sequence[Point], which: Side) -> list[Point]:
    return [places[i] for i in which.tolist()]


def _joined(estimated: TravelTable, found: Block, straight: Metres, complaint: TravelNote | None) -> TravelTable:
    """Return what the server knows, with the estimate where it knows nothing or nothing that can be."""
    with np.errstate(invalid="ignore"):
        too_fast = (straight > _SHORT_M) & (straight > _FASTEST_M_PER_S * found.seconds)
    usable = np.isfinite(found.seconds) & ~too_fast & (straight > 0)
    holes = ~usable & (estimated.seconds > 0) & (estimated.seconds < UNREACHABLE)
    notes = (complaint,) if complaint is not None else (TravelNote.SOME_ESTIMATED,) if holes.any() else ()
    if not usable.any():
        return replace(estimated, notes=notes)
    stretch = _stretch(found.seconds[usable], estimated.seconds[usable])
    filled = np.where(holes, estimated.seconds * stretch, estimated.seconds)
    has_metres = usable & np.isfinite(found.metres)
    return TravelTable(
        seconds=np.rint(np.where(usable, found.seconds, filled)).astype(np.int64),
        metres=np.rint(np.where(has_metres, found.metres, estimated.metres)).astype(np.int64),
        source=TravelSource.ROADS,
        notes=notes,
    )


def _stretch(found: Numbers, estimated: npt.NDArray[np.int64]) -> float:
    """Return by how much this server's times exceed the estimate here; 1 while there are too few to tell."""
    if len(found) < _ENOUGH_CELLS:
        return 1.0
    middle = float(np.median(found / np.maximum(estimated, 1)))
    return min(max(middle, 1 / _LARGEST_STRETCH), _LARGEST_STRETCH)
