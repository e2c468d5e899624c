"""Spans of days that figures are asked for: a month, a week, a quarter, a year, or any days; as text they stand in a URL."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from fieldsales.errors import BadChoice

EARLIEST, LATEST = date(2000, 1, 1), date(2100, 12, 31)
LONGEST_DAYS = 3_660  # ten years, leap days included
_MONTH = re.compile(r"(\d{4})-(\d{2})")
_WEEK = re.compile(r"(\d{4})-W(\d{2})")
_QUARTER = re.compile(r"(\d{4})-Q([1-4])")
_YEAR = re.compile(r"\d{4}")
_DAYS = re.compile(r"(\d{4}-\d{2}-\d{2})\.\.(\d{4}-\d{2}-\d{2})")


class SpanKind(StrEnum):
    """What a span is called; a week begins on Monday."""

    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    DAYS = "days"


@dataclass(frozen=True, slots=True)
class Span:
    """The days from `first` to `last`, both included."""

    kind: SpanKind
    first: date
    last: date

    @classmethod
    def around(cls, kind: SpanKind, day: date) -> Span:
        """Return the week, month, quarter or year that `day` lies in; for `days` that day alone."""
        match kind:
            case SpanKind.WEEK:
                monday = day - timedelta(days=day.weekday())
                return cls(kind, monday, monday + timedelta(days=6))
            case SpanKind.MONTH:
                return cls(kind, day.replace(day=1), _month_after(day) - timedelta(days=1))
            case SpanKind.QUARTER:
                first = date(day.year, 3 * ((day.month - 1) // 3) + 1, 1)
                return cls(kind, first, _month_after(date(day.year, first.month + 2, 1)) - timedelta(days=1))
            case SpanKind.YEAR:
                return cls(kind, date(day.year, 1, 1), date(day.year, 12, 31))
            case SpanKind.DAYS:
                return cls(kind, day, day)

    @classmethod
    def read(cls, text: str) -> Span:
        """Read what `str` of a span gives: 2026-11, 2026-W47, 2026-Q4, 2026 or 2026-11-01..2026-11-21.

        Raises:
            BadChoice: field `period`; anything else, days the wrong way round, more than ten years, not between 2000 and 2100.
        """
        try:
            span = _read(text.strip())
        except ValueError:
            span = None
        if span is None or span.first > span.last or span.first < EARLIEST or span.last > LATEST or span.days > LONGEST_DAYS:
            raise BadChoice(field="period", value=text[:50])
        return span

    def __str__(self) -> str:
        match self.kind:
            case SpanKind.WEEK:
                year, week, _ = self.first.isocalendar()
                return f"{year:04}-W{week:02}"
            case SpanKind.MONTH:
                return f"{self.first:%Y-%m}"
            case SpanKind.QUARTER:
                return f"{self.first:%Y}-Q{(self.first.month + 2) // 3}"
            case SpanKind.YEAR:
                return f"{self.first:%Y}"
            case SpanKind.DAYS:
                return f"{self.first}..{self.last}"

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.last - self.first).days + 1

    def before(self) -> Span:
        """Return the span before it: the week, month, quarter or year before, or as many days."""
        if self.kind is SpanKind.DAYS:
            return Span(self.kind, self.first - timedelta(days=self.days), self.first - timedelta(days=1))
        return Span.around(self.kind, self.first - timedelta(days=1))

    def after(self) -> Span:
        """Return the span after it."""
        if self.kind is SpanKind.DAYS:
            return Span(self.kind, self.last + timedelta(days=1), self.last + timedelta(days=self.days))
        return Span.around(self.kind, self.last + timedelta(days=1))

    def holds(self, day: date) -> bool:
        """True for a day of it."""
        return self.first <= day <= self.last

    def months(self) -> tuple[date, ...]:
        """Return the first days of the months it touches."""
        found, month = [], self.first.replace(day=1)
        while month <= self.last:
            found.append(month)
            month = _month_after(month)
        return tuple(found)


def _month_after(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def _read(text: str) -> Span | None:
    if found := _MONTH.fullmatch(text):
        return Span.around(SpanKind.MONTH, date(int(found[1]), int(found[2]), 1))
    if found := _WEEK.fullmatch(text):
        return Span.around(SpanKind.WEEK, date.fromisocalendar(int(found[1]), int(found[2]), 1))
    if found := _QUARTER.fullmatch(text):
        return Span.around(SpanKind.QUARTER, date(int(found[1]), 3 * int(found[2]), 1))
    if _YEAR.fullmatch(text):
        return Span.around(SpanKind.YEAR, date(int(text), 1, 1))
    if found := _DAYS.fullmatch(text):
        return Span(SpanKind.DAYS, date.fromisoformat(found[1]), date.fromisoformat(found[2]))
    return None
