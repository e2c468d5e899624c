"""From written opening hours to what they mean; whatever can be taken in two ways is refused, not guessed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from fieldsales.domain.opening_hours.clauses import Clause, clauses_of
from fieldsales.domain.opening_hours.errors import BadOpeningHours, SaidTwice, TimesMissing
from fieldsales.domain.opening_hours.hours import ALL_DAY, MIDNIGHT, OpeningHours, Span, Spans, canonical, merged, settled
from fieldsales.domain.opening_hours.tokens import HOLIDAY, WEEK, read_tokens

_Day = int | tuple[int, int]  # a weekday or HOLIDAY, or one weekday of the month


@lru_cache(4096)
def parse(text: str) -> OpeningHours:
    """Return the hours that a text means.

    Days that it does not mention are closed when it names days that are open, and open all day when it only says what is closed.
    Public holidays are days like any other unless it mentions them, or says 平日.

    Raises:
        BadOpeningHours: it cannot be read for certain; the error says which part of it.
    """
    clauses = clauses_of(text, read_tokens(text))
    if not clauses:
        raise BadOpeningHours(piece=text)
    clauses = _with_times(clauses)
    general = merged(span for clause in clauses if not clause.names_days() and not clause.is_lunch for span in clause.spans or ())
    has_general = any(not clause.names_days() and not clause.is_lunch for clause in clauses)
    said = _by_day([clause for clause in clauses if clause.names_days() and not clause.is_lunch])
    only_closed = all(clause.spans is None for clause in clauses if not clause.is_lunch)
    rest: Spans = general if has_general else ALL_DAY if only_closed else ()
    week = [said.get(weekday, rest) for weekday in sorted(WEEK)]
    nth = {day: spans for day, spans in said.items() if isinstance(day, tuple)}
    holidays = said.get(HOLIDAY)
    if holidays is None and any(clause.no_holidays and clause.spans is not None for clause in clauses):
        holidays = ()
    lunch = merged(span for clause in clauses if clause.is_lunch for span in clause.spans or ())
    return settled(
        [_without(spans, lunch) for spans in week],
        None if holidays is None else _without(holidays, lunch),
        {day: _without(spans, lunch) for day, spans in nth.items()},
    )


def tidy(text: str) -> str:
    """Return a written text as the one that is kept, blank for one that says nothing.

    Raises:
        BadOpeningHours: it cannot be read for certain.
    """
    return canonical(parse(text)) if text.strip() else ""


@dataclass(slots=True)
class _Said:
    """What holds for a day so far, and the clause that said it last."""

    spans: Spans | None
    by: Clause


def _by_day(clauses: Sequence[Clause]) -> dict[_Day, Spans]:
    """Return what is said of each day: what is said of fewer days counts more, times apart from each other count together."""
    said: dict[_Day, _Said] = {}
    for clause in sorted(clauses, key=lambda c: -c.size()):
        days: list[_Day] = [*clause.days, *clause.nth]
        for day in days:
            before = said.get(day)
            if before is None or before.spans == clause.spans:
                said[day] = _Said(clause.spans, clause)
            elif _adds(before, clause):
                said[day] = _Said(merged((*(before.spans or ()), *(clause.spans or ()))), clause)
            elif clause.size() < before.by.size() or before.by.part < clause.part:
                said[day] = _Said(clause.spans, clause)
            else:
                raise SaidTwice(piece=clause.piece)
    return {day: entry.spans or () for day, entry in said.items()}


def _adds(before: _Said, clause: Clause) -> bool:
    """True for a second time of the same day (mornings of the whole week, afternoons of some days), not for another."""
    if not before.spans or not clause.spans or before.by.part != clause.part or before.by.is_every_day():
        return False
    return _apart(before.spans, clause.spans)


def _apart(one: Spans, other: Spans) -> bool:
    return all(a[1] <= b[0] for a, b in pairwise(sorted((*one, *other))))


def _with_times(clauses: Sequence[Clause]) -> list[Clause]:
    """Return the clauses with mornings, afternoons and “until” cut from the hours before them, else after them, else from the day."""
    done: list[Clause] = []
    for number, clause in enumerate(clauses):
        if not clause.cuts:
            done.append(clause)
            continue
        around = [*reversed(clauses[:number]), *clauses[number + 1 :]]
        base = next((other.spans for other in around if other.spans and not other.is_lunch and not other.cuts), ALL_DAY)
        cut = [part for within in clause.cuts for part in _within(base, within)]
        if not cut:
            raise TimesMissing(piece=clause.piece)
        done.append(clause.with_spans(merged((*(clause.spans or ()), *cut))))
    return done


def _within(spans: Spans, limits: Span) -> list[Span]:
    cut = [(max(begin, limits[0]), min(end, limits[1] if limits[1] < MIDNIGHT else end)) for begin, end in spans]
    return [(begin, end) for begin, end in cut if begin < end]


def _without(spans: Spans, pauses: Spans) -> Spans:
    left = list(spans)
    for begin, end in pauses:
        left = [part for a, b in left for part in ((a, min(b, begin)), (max(a, end), b)) if part[0] < part[1]]
    return tuple(left)
