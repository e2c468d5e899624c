"""What is to be planned: visits, days and the travel between places; plain, immutable, in whole seconds.

Each day has a clock of its own: its seconds count from that day's midnight as time passes, not as clocks are set, so that a
day on which clocks change is as long as it is, and a shift past midnight simply goes on. A “day” is one rep on one date:
a week is five of them, a team's morning is one for each rep.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from fieldsales.errors import N_, FixTheInput

Seconds = int
Window = tuple[Seconds, Seconds]
Matrix = npt.NDArray[np.int64]
UNREACHABLE: Seconds = 10_000_000  # there is no way: longer than any day, and far from overflowing a sum
MAX_VISITS = 1_000


class Fixed(StrEnum):
    """Where in its day a visit has to stand, wherever that is."""

    FIRST = "first"
    LAST = "last"


class BadProblem(FixTheInput):
    """A problem that cannot be planned as it stands; `why` says what is wrong with it, for whoever made it."""

    code = "bad_problem"
    message = N_("This cannot be planned: {why}")

    def __init__(self, *, why: str) -> None:
        self.why = why
        super().__init__(why=why)


@dataclass(frozen=True, slots=True)
class Visit:
    """A customer to visit for `service_s` seconds, at `place` (a row of the travel matrix).

    `windows[d]` are the times between which the visit may begin on day `d`, in order and apart; none at all forbids the day.
    `value` is what it is worth to go; a `required` visit is made whatever it is worth. An appointment is a required visit
    whose only window begins and ends at its time.
    """

    id: str
    place: int
    service_s: Seconds
    windows: tuple[tuple[Window, ...], ...]
    value: float = 0.0
    required: bool = False
    fixed: Fixed | None = None


@dataclass(frozen=True, slots=True)
class Break:
    """A pause of `duration_s` that begins within `window`, at a customer's, on the way or before setting out."""

    duration_s: Seconds
    window: Window


@dataclass(frozen=True, slots=True)
class Day:
    """A working day between `start_s` and `end_s`, from the place `start` to the place `end`.

    Without a `start` it begins at the first visit's door, without an `end` it is over when the last visit is.
    All `breaks` are taken on a day with visits. `max_travel_s` limits the travel of the day, None does not.
    `matrix` says which of the problem's travel matrices the rep of this day travels by.
    """

    id: str
    start_s: Seconds
    end_s: Seconds
    start: int | None = 0
    end: int | None = 0
    breaks: tuple[Break, ...] = ()
    max_travel_s: Seconds | None = None
    matrix: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """Visits to choose from, days to put them into, and the travel between all places.

    `travel_s` holds one or more matrices of shape (places, places), row the place one leaves, column the place one reaches;
    they need not be symmetric, and `UNREACHABLE` or more means that there is no way. `value_per_minute` is what a minute of
    travel costs: an optional visit that is not worth its detour is left out, and 0 takes every visit that fits.
    Check it with `check_problem` before handing it on.
    """

    visits: tuple[Visit, ...]
    days: tuple[Day, ...]
    travel_s: tuple[Matrix, ...]
    value_per_minute: float = 0.0

    def travel(self, day: int) -> Matrix:
        """Return the matrix that the rep of this day travels by."""
        return self.travel_s[self.days[day].matrix]


def check_problem(problem: Problem) -> None:
    """See that a problem is whole: finite numbers, matrices that fit, windows the right way round, known places.

    Raises:
        BadProblem: the first thing that is wrong with it.
    """
    sizes = {matrix.shape for matrix in problem.travel_s}
    if len(sizes) != 1 or (shape := sizes.pop())[0] != shape[-1] or len(shape) != 2:
        raise BadProblem(why="the travel times are no square table")
    if len(problem.visits) > MAX_VISITS:
        raise BadProblem(why=f"more than {MAX_VISITS} visits")
    if not problem.days:
        raise BadProblem(why="there is no day")
    if any((matrix < 0).any() for matrix in problem.travel_s):
        raise BadProblem(why="a travel time is negative")
    if not np.isfinite(problem.value_per_minute) or problem.value_per_minute < 0:
        raise BadProblem(why="value_per_minute is no number of 0 or more")
    _check_unique([visit.id for visit in problem.visits], "visit")
    _check_unique([day.id for day in problem.days], "day")
    for visit in problem.visits:
        _check_visit(visit, problem, places=shape[0])
    for day in problem.days:
        _check_day(day, problem, places=shape[0])


def _check_unique(ids: Sequence[str], what: str) -> None:
    if len(set(ids)) < len(ids):
        raise BadProblem(why=f"two of its {what}s have the same id")


def _check_visit(visit: Visit, problem: Problem, *, places: int) -> None:
    if not 0 <= visit.place < places:
        raise BadProblem(why=f"{visit.id}: its place is not among the travel times")
    if visit.service_s < 0:
        raise BadProblem(why=f"{visit.id}: a visit cannot take less than no time")
    if not np.isfinite(visit.value) or visit.value < 0:
        raise BadProblem(why=f"{visit.id}: its value is no number of 0 or more")
    if len(visit.windows) != len(problem.days):
        raise BadProblem(why=f"{visit.id}: windows are given for {len(visit.windows)} of {len(problem.days)} days")
    for windows in visit.windows:
        ends = [moment for window in windows for moment in window]
        if ends != sorted(ends) or any(a < 0 for a in ends):
            raise BadProblem(why=f"{visit.id}: a window ends before it begins, or two overlap")


def _check_day(day: Day, problem: Problem, *, places: int) -> None:
    if not 0 <= day.start_s <= day.end_s:
        raise BadProblem(why=f"{day.id}: the day ends before it begins")
    if any(place is not None and not 0 <= place < places for place in (day.start, day.end)):
        raise BadProblem(why=f"{day.id}: its start or end is not among the travel times")
    if not 0 <= day.matrix < len(problem.travel_s):
        raise BadProblem(why=f"{day.id}: there are no travel times for it")
    if day.max_travel_s is not None and day.max_travel_s < 0:
        raise BadProblem(why=f"{day.id}: the limit on travel is negative")
    for pause in day.breaks:
        if pause.duration_s < 0 or not 0 <= pause.window[0] <= pause.window[1]:
            raise BadProblem(why=f"{day.id}: a break ends before it begins")
