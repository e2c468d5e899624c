"""Opening hours in the reader's words; what is said can be read again as the same hours, so a form may show it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from fieldsales.domain.opening_hours import ALL_DAY, BadOpeningHours, OpeningHours, parse
from fieldsales.domain.opening_hours.hours import LAST, MIDNIGHT, Span, Spans, clock, end_clock, exceptions, groups, runs
from fieldsales.i18n import Text

_WEEK = tuple(range(7))
_EARLY = 6 * 60  # before it hours are written as 05:00, which nobody takes for the afternoon


@dataclass(frozen=True, slots=True)
class _Words:
    """The words of one language; all of them are among those that `domain.opening_hours` reads."""

    days: Sequence[str]
    holidays: str
    every_day: str
    all_day: str
    closed: str
    to: str
    next_day: str
    days_joined: str
    times_joined: str
    parts_joined: str
    holidays_alike: str
    ordinals: Sequence[str]
    last: str
    ordinals_joined: str
    nth: str


_WORDS = {
    "ja": _Words(
        days="月火水木金土日",
        holidays="祝",
        every_day="毎日",
        all_day="終日",
        closed="{days} 休み",
        to="〜",
        next_day="翌",
        days_joined="・",
        times_joined="・",
        parts_joined="、",
        holidays_alike="祝日も同じ",
        ordinals=("第1", "第2", "第3", "第4", "第5"),
        last="最終",
        ordinals_joined="・",
        nth="{which}{day}曜",
    ),
    "en": _Words(
        days=("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
        holidays="public holidays",
        every_day="every day",
        all_day="all day",
        closed="closed {days}",
        to="–",
        next_day="",
        days_joined=", ",
        times_joined=" and ",
        parts_joined="; ",
        holidays_alike="public holidays alike",
        ordinals=("1st", "2nd", "3rd", "4th", "5th"),
        last="last",
        ordinals_joined=" and ",
        nth="{which} {day}",
    ),
}


@lru_cache(4096)
def say_stored(stored: str, text: Text) -> str:
    """Return stored opening hours in words; those that cannot be read, as they are."""
    try:
        return say_hours(parse(stored), text) if stored else ""
    except BadOpeningHours:
        return stored


def say_hours(hours: OpeningHours, text: Text, *, holidays_too: bool = False) -> str:
    """Return hours in words, closed days last; `holidays_too` adds that public holidays are no exception, where they are none."""
    words = _WORDS.get(text.locale, _WORDS["en"])
    holidays = hours.holidays
    said: list[str] = []
    closed = ""
    for days, spans in groups(hours):
        alike = holidays == spans
        names = _days(days, words, with_holidays=alike)
        if spans:
            said.append(f"{names} {_times(spans, words)}")
        else:
            closed = names
    if holidays is not None and holidays not in hours.week:
        if holidays:
            said.append(f"{words.holidays} {_times(holidays, words)}")
        else:
            closed = words.holidays
    said += [words.closed.format(days=closed)] if closed else []
    said += [_exception(exception, words) for exception in exceptions(hours)]
    if holidays_too and holidays is None:
        said.append(words.holidays_alike)
    return words.parts_joined.join(said)


def _days(days: tuple[int, ...], words: _Words, *, with_holidays: bool) -> str:
    if days == _WEEK:
        names = [words.every_day]
    else:
        names = []
        for first, last in runs(days):
            if last - first < 2:
                names += [words.days[day] for day in range(first, last + 1)]
            else:
                names.append(f"{words.days[first]}{words.to}{words.days[last]}")
    return words.days_joined.join([*names, *([words.holidays] if with_holidays else [])])


def _times(spans: Spans, words: _Words) -> str:
    return words.times_joined.join(words.all_day if span == ALL_DAY[0] else _span(span, words) for span in spans)


def _span(span: Span, words: _Words) -> str:
    begin, end = span
    first = clock(begin) if begin < _EARLY else _clock(begin)
    if end <= MIDNIGHT:
        return f"{first}{words.to}{_clock(end)}"
    if words.next_day:
        return f"{first}{words.to}{words.next_day}{_clock(end - MIDNIGHT)}"
    return f"{first}{words.to}{end_clock(begin, end)}"


def _clock(minutes: int) -> str:
    return f"{minutes // 60}:{minutes % 60:02d}"


def _exception(exception: tuple[int, tuple[int, ...], Spans], words: _Words) -> str:
    weekday, which, spans = exception
    numbers = words.ordinals_joined.join(words.last if n == LAST else words.ordinals[n - 1] for n in which)
    day = words.nth.format(which=numbers, day=words.days[weekday])
    return f"{day} {_times(spans, words)}" if spans else words.closed.format(days=day)
