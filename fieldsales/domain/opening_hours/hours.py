"""Opening hours as they hold: for each day of the week, for public holidays, and for such days as the second Saturday."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

Span = tuple[int, int]
Spans = tuple[Span, ...]
MIDNIGHT = 24 * 60
ALL_DAY: Spans = ((0, MIDNIGHT),)
LAST = -1
DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
HOLIDAY = "PH"


@dataclass(frozen=True, slots=True)
class OpeningHours:
    """Minutes since midnight, in order and apart; a span that runs past midnight ends after 1440.

    `week` has the spans of Monday to Sunday, none for a day that is closed. `holidays` are those of public holidays, None
    where they are days like any other. `nth` are exceptions (weekday from 0, which one in its month or `LAST`, spans).
    Made by `settled`.
    """

    week: tuple[Spans, ...]
    holidays: Spans | None = None
    nth: tuple[tuple[int, int, Spans], ...] = ()

    def spans_of(self, day: date, is_holiday: bool) -> Spans:
        """Return the spans that begin on a day."""
        if is_holiday and self.holidays is not None:
            return self.holidays
        last = (day + timedelta(days=7)).month != day.month
        for weekday, which, spans in self.nth:
            if weekday == day.weekday() and (which == (day.day + 6) // 7 or (which == LAST and last)):
                return spans
        return self.week[day.weekday()]

    def windows_on(self, day: date, is_holiday: bool) -> Spans:
        """Return the windows that begin on a day, in minutes since its midnight; one past midnight ends after 1440."""
        return self.spans_of(day, is_holiday)

    def windows_from(self, day: date, is_holiday: Callable[[date], bool], *, days: int = 2) -> Spans:
        """Return all windows in the `days` days from midnight of `day`, in minutes since then, as they run together.

        What began the evening before counts, and what begins tomorrow lies after 1440: a shift past midnight sees it all.
        """
        spans: list[Span] = []
        for offset in range(-1, days):
            on = day + timedelta(days=offset)
            spans += [(a + offset * MIDNIGHT, b + offset * MIDNIGHT) for a, b in self.spans_of(on, is_holiday(on))]
        end = days * MIDNIGHT
        return merged((max(a, 0), min(b, end)) for a, b in spans if b > 0)


def settled(week: Iterable[Iterable[Span]], holidays: Iterable[Span] | None, nth: dict[tuple[int, int], Spans]) -> OpeningHours:
    """Return hours in the one form that each meaning has."""
    days = tuple(merged(spans) for spans in week)
    exceptions = tuple(sorted((weekday, which, merged(spans)) for (weekday, which), spans in nth.items()))
    free = None if holidays is None else merged(holidays)
    if not exceptions and all(spans == free for spans in days):
        free = None
    return OpeningHours(days, free, exceptions)


def merged(spans: Iterable[Span]) -> Spans:
    """Return spans in order, those that touch or overlap as one."""
    joined: list[Span] = []
    for begin, end in sorted(spans):
        if joined and begin <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((begin, end))
    return tuple(joined)


def canonical(hours: OpeningHours) -> str:
    """Return hours as the text they are kept as; reading it gives the same hours."""
    parts = [f"{_days(days)} {_times(spans)}" for days, spans in groups(hours) if spans]
    if not parts:
        parts = ["Mo-Su off"]
    if hours.holidays is not None:
        parts.append(f"{HOLIDAY} {_times(hours.holidays)}")
    parts += [f"{DAYS[weekday]}[{','.join(map(str, which))}] {_times(spans)}" for weekday, which, spans in exceptions(hours)]
    return "; ".join(parts)


def groups(hours: OpeningHours) -> list[tuple[tuple[int, ...], Spans]]:
    """Return the weekdays that have the same spans together, by their first day."""
    same: dict[Spans, list[int]] = {}
    for weekday, spans in enumerate(hours.week):
        same.setdefault(spans, []).append(weekday)
    return [(tuple(days), spans) for spans, days in same.items()]


def exceptions(hours: OpeningHours) -> list[tuple[int, tuple[int, ...], Spans]]:
    """Return the exceptions of one weekday that have the same spans together."""
    same: dict[tuple[int, Spans], list[int]] = {}
    for weekday, which, spans in hours.nth:
        same.setdefault((weekday, spans), []).append(which)
    return [(weekday, tuple(sorted(which, key=lambda n: n % 10)), spans) for (weekday, spans), which in same.items()]


def runs(days: Iterable[int]) -> list[tuple[int, int]]:
    """Return weekdays as (first, last) of days in a row."""
    found: list[tuple[int, int]] = []
    for day in days:
        if found and found[-1][1] == day - 1:
            found[-1] = (found[-1][0], day)
        else:
            found.append((day, day))
    return found


def clock(minutes: int) -> str:
    """Return minutes since midnight as 09:00."""
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def end_clock(begin: int, end: int) -> str:
    """Return the end of a span as 17:30, as 02:00 past midnight, as 26:00 where that alone would not say which day."""
    return clock(end - MIDNIGHT if end > MIDNIGHT and end - MIDNIGHT < begin else end)


def _days(days: Iterable[int]) -> str:
    return ",".join(DAYS[a] if a == b else f"{DAYS[a]}{',' if b == a + 1 else '-'}{DAYS[b]}" for a, b in runs(days))


def _times(spans: Spans) -> str:
    return ",".join(f"{clock(begin)}-{end_clock(begin, end)}" for begin, end in spans) or "off"
