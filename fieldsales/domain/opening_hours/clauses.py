"""Which times belong to which days: the pieces of a text put together as people mean them.

Days, times, “closed” and “lunch” become clauses: days with their times in either order, days that are closed, times for every
day. All ways to divide them are weighed, the plainest wins, and two equally plain ones are refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from fieldsales.domain.opening_hours.errors import DaysUnclear, SaidTwice
from fieldsales.domain.opening_hours.hours import Span, Spans
from fieldsales.domain.opening_hours.pieces import Gap, Kind, Piece, pieces_of
from fieldsales.domain.opening_hours.tokens import WEEK, Token

_MOST_PIECES = 80
# What it costs to take pieces for one clause: the plainest reading is the cheapest.
_JOIN = {Kind.DAYS: {Gap.SPACE: 2, Gap.COMMA: 4}, Kind.TIMES: {Gap.SPACE: 1, Gap.COMMA: 2}}
_ACROSS_COMMA = 4
_TIMES_FIRST = 4
_EVERY_DAY = 4
_DAYS_ALONE = 8


@dataclass(frozen=True, slots=True)
class Clause:
    """Days with their times; `spans` None is closed, no days at all is every day not named elsewhere.

    `cuts` are mornings, afternoons and the like, whose hours are those of other days. `part` counts semicolons.
    """

    days: frozenset[int]
    nth: frozenset[tuple[int, int]]
    spans: Spans | None
    cuts: tuple[Span, ...]
    part: int
    piece: str
    no_holidays: bool = False
    is_lunch: bool = False

    def names_days(self) -> bool:
        """True unless it is about every day."""
        return bool(self.days or self.nth)

    def is_every_day(self) -> bool:
        """True for what holds unless something else is said of a day."""
        return self.days >= WEEK

    def size(self) -> int:
        """Return how much it is about; one Saturday of the month is less than all of them."""
        return 10 * len(self.days) + len(self.nth)

    def with_spans(self, spans: Spans) -> Clause:
        """Return the clause with these times and nothing left to cut."""
        return replace(self, spans=spans, cuts=())


@dataclass(frozen=True, slots=True)
class _Group:
    """Pieces `first` to `last` (not included) taken for one clause of days, times or both."""

    first: int
    last: int
    cost: int
    is_closed: bool = False
    is_lunch: bool = False


def clauses_of(text: str, tokens: Sequence[Token]) -> list[Clause]:
    """Return what the tokens of a text say, in its order.

    Raises:
        DaysUnclear: days and times that can belong together in more than one way, or in none. BadOpeningHours: as `pieces_of`.
    """
    parts = pieces_of(text, tokens)
    has_times = any(piece.kind is Kind.TIMES for part in parts for piece in part.pieces)
    clauses: list[Clause] = []
    for part in parts:
        for group in _reading(text, part.pieces, days_alone=not has_times):
            clauses.append(_clause(text, part.pieces[group.first : group.last], group, part.number))
    return clauses


def _reading(text: str, pieces: Sequence[Piece], *, days_alone: bool) -> tuple[_Group, ...]:
    """Return the plainest way to divide the pieces into clauses."""
    whole = text[pieces[0].start : pieces[-1].end]
    if len(pieces) > _MOST_PIECES:
        raise DaysUnclear(piece=whole)
    best: list[tuple[int, list[tuple[_Group, ...]]]] = [(0, [()])]  # from the end: the cost of the rest, and the readings with it
    for first in range(len(pieces) - 1, -1, -1):
        cost, readings = 10**6, list[tuple[_Group, ...]]()
        for group in _groups_at(pieces, first, days_alone=days_alone):
            rest_cost, rest = best[len(pieces) - group.last]
            if not rest or group.cost + rest_cost > cost:
                continue
            found = [(group, *more) for more in rest]
            readings = found if group.cost + rest_cost < cost else [*readings, *found]
            cost = group.cost + rest_cost
        best.append((cost, readings[:2]))
    readings = best[-1][1]
    if len(readings) != 1:
        raise DaysUnclear(piece=whole)
    return readings[0]


def _groups_at(pieces: Sequence[Piece], first: int, *, days_alone: bool) -> Iterator[_Group]:
    """Yield every clause that may begin with a piece."""
    kind = pieces[first].kind
    after = pieces[first + 1].kind if first + 1 < len(pieces) else None
    across = _between(pieces, first + 1)
    if kind is Kind.LUNCH and after is Kind.TIMES:
        yield _Group(first, first + 2, across, is_lunch=True)
    elif kind is Kind.CLOSED and after is Kind.DAYS:
        for last, cost in _run(pieces, first + 1):
            yield _Group(first, last, across + cost, is_closed=True)
    elif kind is Kind.TIMES:
        if after is Kind.LUNCH:
            yield _Group(first, first + 2, across + 1, is_lunch=True)
        for middle, cost in _run(pieces, first):
            yield _Group(first, middle, cost + _EVERY_DAY)
            yield from _followed(pieces, first, middle, cost + _TIMES_FIRST, Kind.DAYS)
    elif kind is Kind.DAYS:
        for middle, cost in _run(pieces, first):
            yield from _followed(pieces, first, middle, cost, Kind.TIMES)
            if middle < len(pieces) and pieces[middle].kind is Kind.CLOSED and not _hides_open_days(pieces[first:middle]):
                yield _Group(first, middle + 1, cost + _between(pieces, middle), is_closed=True)
            if days_alone:
                yield _Group(first, middle, cost + _DAYS_ALONE)


def _followed(pieces: Sequence[Piece], first: int, middle: int, cost: int, kind: Kind) -> Iterator[_Group]:
    if middle < len(pieces) and pieces[middle].kind is kind:
        for last, more in _run(pieces, middle):
            yield _Group(first, last, cost + more + _between(pieces, middle))


def _run(pieces: Sequence[Piece], first: int) -> Iterator[tuple[int, int]]:
    """Yield (end, cost) of each run of pieces of one kind."""
    kind, cost = pieces[first].kind, 0
    yield first + 1, cost
    for last in range(first + 1, len(pieces)):
        if pieces[last].kind is not kind:
            return
        cost += _JOIN[kind].get(pieces[last].gap, 0)
        yield last + 1, cost


def _between(pieces: Sequence[Piece], number: int) -> int:
    return _ACROSS_COMMA if number < len(pieces) and pieces[number].gap is Gap.COMMA else 0


def _hides_open_days(run: Sequence[Piece]) -> bool:
    """True for “Mon-Fri, holidays closed”: the days in a row are most likely those that are open."""
    return len(run) > 1 and any(piece.is_row for piece in run)


def _clause(text: str, pieces: Sequence[Piece], group: _Group, part: int) -> Clause:
    days = [piece for piece in pieces if piece.kind is Kind.DAYS]
    times = [piece for piece in pieces if piece.kind is Kind.TIMES]
    words = text[pieces[0].start : pieces[-1].end]
    spans = sorted(span for piece in times for span in piece.spans)
    if any(a[1] > b[0] for a, b in pairwise(spans)):
        raise SaidTwice(piece=words)
    cuts = tuple(cut for piece in times for cut in piece.cuts)
    if not times and not group.is_closed:
        spans = [(0, 24 * 60)]  # days alone: open, whenever
    return Clause(
        frozenset(day for piece in days for day in piece.days),
        frozenset(day for piece in days for day in piece.nth),
        None if group.is_closed else tuple(spans),
        cuts,
        part,
        words,
        no_holidays=any(piece.no_holidays for piece in days),
        is_lunch=group.is_lunch,
    )
