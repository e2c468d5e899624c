"""Which days people work: Monday to Friday, but for public holidays, which the caller knows."""

from __future__ import annotations

from collections.abc import Container, Iterator
from datetime import date, timedelta

_SATURDAY = 5
_LONGEST_BREAK = 60  # no calendar has a longer run of days off; a broken one must not make us search for ever


def is_working_day(day: date, holidays: Container[date]) -> bool:
    """True from Monday to Friday, unless `day` is a public holiday."""
    return day.weekday() < _SATURDAY and day not in holidays


def next_working_day(day: date, holidays: Container[date]) -> date:
    """Return the first working day after `day`."""
    for ahead in range(1, _LONGEST_BREAK):
        following = day + timedelta(days=ahead)
        if is_working_day(following, holidays):
            return following
    return day + timedelta(days=1)


def days_between(first: date, last: date) -> Iterator[date]:
    """Yield every day from `first` to `last`, both included."""
    for ahead in range((last - first).days + 1):
        yield first + timedelta(days=ahead)
