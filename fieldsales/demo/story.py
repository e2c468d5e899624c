"""120 days of one customer: visits, what they changed, and what is promised next; days are counted back from today."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from fieldsales.demo.odds import Odds
from fieldsales.demo.people import NEGLECTED_FOR_DAYS, Habits
from fieldsales.demo.phrases import write_note
from fieldsales.domain.likelihood import OPEN, Likelihood
from fieldsales.domain.words import Outcome, VisitKind

WINDOW_DAYS = 120
_STALE_DAYS = 35
_MISSED_WITHIN_DAYS = 45
_USUAL = Odds({Outcome.MET: 50, Outcome.ABSENT: 20, Outcome.APPOINTMENT: 12, Outcome.QUOTE: 12, Outcome.REFUSED: 6})
_COLD = Odds({Outcome.ABSENT: 55, Outcome.REFUSED: 20, Outcome.MET: 25})
_KINDS = Odds({VisitKind.VISIT: 76, VisitKind.CALL: 14, VisitKind.ONLINE: 6, VisitKind.EMAIL: 4})


@dataclass(frozen=True, slots=True)
class Encounter:
    """One visit to be: `minute` counts from midnight, `before` and `after` are the likelihood around it."""

    day: date
    minute: int
    kind: VisitKind
    outcome: Outcome
    note: str
    before: Likelihood
    after: Likelihood
    next_on: date | None


@dataclass(frozen=True, slots=True)
class Plot:
    """What the story asks of one customer; `goal` is the likelihood at its end."""

    goal: Likelihood
    habits: Habits
    visits: int
    neglected: bool = False


def tell(rng: Random, plot: Plot, *, today: date) -> tuple[Encounter, ...]:
    """Return the encounters with one customer, oldest first; none later than yesterday."""
    days = _days(rng, plot, today)
    if not days:
        return ()
    course = _course(rng, plot.goal, len(days))
    told = []
    for number, day in enumerate(days):
        before, after = course[number], course[number + 1]
        outcome = _outcome(rng, before, after)
        later = days[number + 1] if number + 1 < len(days) else None
        told.append(
            Encounter(
                day,
                rng.randrange(9 * 60, 18 * 60, 5),
                _KINDS.draw(rng),
                outcome,
                write_note(rng, outcome) if rng.random() < plot.habits.notes else "",
                before,
                after,
                _next_date(rng, plot, day, after, later, today),
            )
        )
    return tuple(told)


def _days(rng: Random, plot: Plot, today: date) -> list[date]:
    newest, oldest = 1, WINDOW_DAYS
    if plot.neglected:
        newest, oldest = NEGLECTED_FOR_DAYS + 1, WINDOW_DAYS + 30
    elif plot.habits.leaves_hot_deals and plot.goal is Likelihood.A:
        newest = _STALE_DAYS
    elif plot.goal is Likelihood.A:
        oldest = 60
    chosen = {_working_day(today - timedelta(days=rng.randint(newest, oldest))) for _ in range(plot.visits)}
    return sorted(chosen)


def _working_day(day: date) -> date:
    """Return the day itself, or the Friday before a weekend: moving back never shortens how long nobody came."""
    return day - timedelta(days=max(0, day.weekday() - 4))


def _course(rng: Random, goal: Likelihood, visits: int) -> list[Likelihood]:
    """Return the likelihood before the first visit and after each."""
    if goal is Likelihood.UNRATED:
        return [goal] * (visits + 1)
    if goal in (Likelihood.WON, Likelihood.LOST):
        turn = max(1, visits - rng.choice((0, 0, 0, 1)))  # the visit that decided; the one after it is courtesy
        start = rng.choice((Likelihood.B, Likelihood.C)) if goal is Likelihood.WON else rng.choice((Likelihood.C, Likelihood.D))
        warm = Likelihood.A if goal is Likelihood.WON else start
        return [start] + [warm] * (turn - 1) + [goal] * (visits - turn + 1)
    step = rng.choice((0, 0, 1, 1, -1))
    start = Likelihood.UNRATED if rng.random() < 0.25 else OPEN[min(max(OPEN.index(goal) + step, 0), len(OPEN) - 1)]
    turn = rng.randint(1, visits)
    return [start] * turn + [goal] * (visits - turn + 1)


def _outcome(rng: Random, before: Likelihood, after: Likelihood) -> Outcome:
    if before is not after:
        if after is Likelihood.WON:
            return Outcome.ORDER
        if after is Likelihood.LOST:
            return Outcome.LOST
        rises = after in OPEN and (before not in OPEN or OPEN.index(after) < OPEN.index(before))
        return rng.choice((Outcome.QUOTE, Outcome.APPOINTMENT, Outcome.MET)) if rises else rng.choice((Outcome.MET, Outcome.REFUSED))
    return (_COLD if after is Likelihood.UNRATED else _USUAL).draw(rng)


def _next_date(rng: Random, plot: Plot, day: date, after: Likelihood, later: date | None, today: date) -> date | None:
    """Return what was promised: the day that was kept, a day that passed, today, a day to come, or nothing."""
    if after is Likelihood.LOST or (after is Likelihood.WON and rng.random() < 0.7):
        return None
    if later is not None:
        return later if rng.random() < 0.6 else None
    chance = rng.random()
    remembered = plot.neglected or day > today - timedelta(days=_MISSED_WITHIN_DAYS)  # older promises were written off
    if chance < plot.habits.misses_dates and remembered and day + timedelta(days=1) < today:
        latest = min(day + timedelta(days=30), today - timedelta(days=1))
        return max(day, _working_day(rng.choice((latest, day + (latest - day) / 2))))
    if plot.neglected or (plot.habits.leaves_hot_deals and after is Likelihood.A):
        return None
    if chance < plot.habits.misses_dates + 0.05:
        return today
    if chance < plot.habits.misses_dates + 0.45:
        return _next_working_day(today + timedelta(days=rng.choice((1, 2, 3, 4, 5, 7, 10, 14, 21))))
    return None


def _next_working_day(day: date) -> date:
    return day + timedelta(days=7 - day.weekday()) if day.weekday() > 4 else day
