"""What came before the story's 120 days: up to two years of deals opened, stated, won and lost, and of visits between them.

Drawn for each customer from a chance of its own, so that the story that follows stays as it is. A deal is won as often as it is
worth; how its rep states that worth strays a little, and one rep hopes for much more.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

from fieldsales.demo.people import Habits
from fieldsales.demo.story import Encounter, note_on, outcome_of, working_day
from fieldsales.domain.likelihood import OPEN, Likelihood, from_percent
from fieldsales.domain.words import VisitKind

REACH_DAYS = 730
_HANDED_ON = (7, 45)  # days between the last visit of the past and the first of the story
_UNSEEN_DAYS = 95  # since the last visit to those whom the story leaves alone
_GAPS = (12, 21, 28, 35, 45, 60, 90)
_USUAL_VISITS = 2.6  # in 120 days, by which a rep's gaps are longer or shorter
_RATED, _DECIDED, _STATED_ANEW, _ASKED_AGAIN = 0.85, 0.34, 0.3, 0.5
_STRAYS = 0.08
_PROMISED = 0.5


def recall(rng: Random, habits: Habits, first: Likelihood, *, since: date, until: date | None, today: date) -> tuple[Encounter, ...]:
    """Return the visits before the story, oldest first; after the last of them the customer is `first`.

    `until` is the day of the story's first visit, None when there is none. Nothing when the customer came too late (`since`) to have
    a past, or the story begins with one that was never rated.
    """
    earliest = max(since + timedelta(days=3), today - timedelta(days=REACH_DAYS))
    handed_on = working_day((until or today - timedelta(days=_UNSEEN_DAYS)) - timedelta(days=rng.randint(*_HANDED_ON)))
    if first not in OPEN or (handed_on - earliest).days < 90:
        return ()
    days = list(_days(rng, habits, earliest, handed_on))
    told, state, worth = [], Likelihood.UNRATED, 0.0
    for day, later in zip(days, [*days[1:], None], strict=True):
        before = state
        if later is None:
            state = first
        elif state not in OPEN:
            if rng.random() < (_RATED if state is Likelihood.UNRATED else _ASKED_AGAIN):
                worth = rng.random()
                state = _stated(rng, worth, habits)
        elif rng.random() < _DECIDED:
            state = Likelihood.WON if rng.random() < worth else Likelihood.LOST
        elif rng.random() < _STATED_ANEW:
            state = _stated(rng, worth, habits)
        told.append(_visit(rng, habits, day, before, state, later))
    return tuple(told)


def _days(rng: Random, habits: Habits, earliest: date, last: date) -> Iterator[date]:
    day = working_day(earliest + timedelta(days=rng.randint(2, 60)))
    while (last - day).days > 7:
        yield day
        day = working_day(day + timedelta(days=max(3, round(rng.choice(_GAPS) * _USUAL_VISITS / habits.visits))))
    yield last


def _stated(rng: Random, worth: float, habits: Habits) -> Likelihood:
    return from_percent(100 * min(1.0, max(0.0, worth + habits.optimism + rng.gauss(0, _STRAYS))))


def _visit(rng: Random, habits: Habits, day: date, before: Likelihood, after: Likelihood, later: date | None) -> Encounter:
    outcome = outcome_of(rng, before, after)
    return Encounter(
        day,
        rng.randrange(9 * 60, 18 * 60, 5),
        rng.choice((VisitKind.VISIT, VisitKind.VISIT, VisitKind.VISIT, VisitKind.CALL)),
        outcome,
        note_on(rng, outcome, habits),
        before,
        after,
        later if rng.random() < _PROMISED and after is not Likelihood.LOST else None,
    )
