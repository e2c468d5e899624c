"""What can be wrong with written opening hours; `piece` is the part of the text that is to blame, as it was written."""

from __future__ import annotations

from fieldsales.errors import N_, FixTheInput

_SHOWN = 60


class BadOpeningHours(FixTheInput):
    """A part that says nothing we know; nothing is ever guessed past it."""

    code = "bad_opening_hours"
    message = N_("“{piece}” cannot be read as opening hours. Write for example “Mon-Fri 9:00-17:30, Sat 9:00-12:00, closed Sun”.")
    field = "opening_hours"

    def __init__(self, *, piece: str) -> None:
        piece = " ".join(piece.split())
        super().__init__(piece=piece if len(piece) <= _SHOWN else piece[: _SHOWN - 1] + "…")


class NoSuchTime(BadOpeningHours):
    """A clock that does not exist."""

    code = "no_such_time"
    message = N_("“{piece}” is not a time of day.")


class TimesUnclear(BadOpeningHours):
    """Bare hours that may be in the afternoon, in the night or on the next day."""

    code = "times_unclear"
    message = N_("“{piece}”: it is not clear which half of the day is meant. Write the afternoon as 13:00 to 24:00, or with am and pm.")


class TimesMissing(BadOpeningHours):
    """Mornings, afternoons or “until” of hours that nobody said."""

    code = "times_missing"
    message = N_("“{piece}”: no hours are given that this could be a part of. Write from when to when.")


class DaysUnclear(BadOpeningHours):
    """Days and times that can belong together in more than one way, or in none."""

    code = "days_unclear"
    message = N_("“{piece}”: it is not clear which times belong to which days. Write each group of days followed by its times.")


class SaidTwice(BadOpeningHours):
    """The same day with different times."""

    code = "said_twice"
    message = N_("“{piece}” says something else about days that were already said. Write each day once.")
