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
_WARM, _COOL, _LOSS_NOTED = 0.75, 0.6, 0.95
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
    """What the story asks of one customer; `goal` is the likelihood at its end, `left_days` how long ago its rep left, if so."""

    goal: Likelihood
    habits: Habits
    visits: int
    neglected: bool = False
    left_days: int = 0


def tell(rng: Random, plot: Plot, *, today: date) -> tuple[Encounter, ...]:
    """Return the encounters with one customer, oldest first; none later than yesterday."""
    days = _days(rng, plot, today)
    if not days:
        return ()
    course = _course(rng, plot.goal, len(days), optimism=plot.habits.optimism)
    told = []
    for number, day in enumerate(days):
        before, after = course[number], course[number + 1]
        outcome = outcome_of(rng, before, after)
        later = days[number + 1] if number + 1 < len(days) else None
        told.append(
            Encounter(
                day,
                rng.randrange(9 * 60, 18 * 60, 5),
                _KINDS.draw(rng),
                outcome,
                note_on(rng, outcome, plot.habits),
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
    if plot.left_days:
        newest, oldest = plot.left_days + 1, WINDOW_DAYS
    chosen = {working_day(today - timedelta(days=rng.randint(newest, oldest))) for _ in range(plot.visits)}
    return sorted(chosen)


def working_day(day: date) -> date:
    """Return the day itself, or the Friday before a weekend: moving back never shortens how long nobody came."""
    return day - timedelta(days=max(0, day.weekday() - 4))


def _course(rng: Random, goal: Likelihood, visits: int, *, optimism: float) -> list[Likelihood]:
    """Return the likelihood before the first visit and after each."""
    if goal is Likelihood.UNRATED:
        return [goal] * (visits + 1)
    if goal in (Likelihood.WON, Likelihood.LOST):
        turn = max(1, visits - rng.choice((0, 0, 0, 1)))  # the visit that decided; the one after it is courtesy
        start = rng.choice((Likelihood.B, Likelihood.C)) if goal is Likelihood.WON else _hoped_for(rng, optimism)
        warm = Likelihood.A if goal is Likelihood.WON and rng.random() < _WARM else start
        return [start] + [warm] * (turn - 1) + [goal] * (visits - turn + 1)
    step = rng.choice((0, 0, 1, 1, -1))
    start = Likelihood.UNRATED if rng.random() < 0.25 else OPEN[min(max(OPEN.index(goal) + step, 0), len(OPEN) - 1)]
    turn = rng.randint(1, visits)
    return [start] * turn + [goal] * (visits - turn + 1)


def _hoped_for(rng: Random, optimism: float) -> Likelihood:
    """Return the rank that a deal had before it was lost."""
    return OPEN[min(3, int(len(OPEN) * max(0.0, rng.random() ** _COOL - optimism)))]


def note_on(rng: Random, outcome: Outcome, habits: Habits) -> str:
    """Return what the rep writes of a visit; why a deal was lost is hardly ever left out by those who write at all."""
    share = _LOSS_NOTED if habits.notes and outcome is Outcome.LOST else habits.notes
    return write_note(rng, outcome) if rng.random() < share else ""


def outcome_of(rng: Random, before: Likelihood, after: Likelihood) -> Outcome:
    """Return what came of a visit that found one likelihood and left another."""
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
    if plot.left_days:  # what was promised before leaving: now overdue, or to be kept by whoever takes over
        return _next_working_day(today + timedelta(days=rng.randint(-20, 25))) if rng.random() < 0.5 else None
    chance = rng.random()
    remembered = plot.neglected or day > today - timedelta(days=_MISSED_WITHIN_DAYS)  # older promises were written off
    if chance < plot.habits.misses_dates and remembered and day + timedelta(days=1) < today:
        latest = min(day + timedelta(days=30), today - timedelta(days=1))
        return max(day, working_day(rng.choice((latest, day + (latest - day) / 2))))
    if plot.neglected or (plot.habits.leaves_hot_deals and after is Likelihood.A):
        return None
    if chance < plot.habits.misses_dates + 0.05:
        return today
    if chance < plot.habits.misses_dates + 0.45:
        return _next_working_day(today + timedelta(days=rng.choice((1, 2, 3, 4, 5, 7, 10, 14, 21))))
    return None


def _next_working_day(day: date) -> date:
    return day + timedelta(days=7 - day.weekday()) if day.weekday() > 4 else day
