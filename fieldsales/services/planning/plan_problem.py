"""The problem that a plan sets the solver: from rules and rows to visits, days and travel, in seconds; touches no database.

A visit may begin when the doors are open and has to end before they close. A locked customer and one with an exact time are
required; an exact time is a window without length, whatever the opening hours say. A stop pinned to its time may begin a quarter of
an hour before or after. What was reached, done or skipped is no longer asked about.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time

import numpy as np

from fieldsales.domain.opening_hours.errors import BadOpeningHours
from fieldsales.domain.opening_hours.reading import parse
from fieldsales.domain.planning.day_clock import DAY_MINUTES, minutes_of, pause_window, working_span
from fieldsales.domain.planning.day_rules import DayRules
from fieldsales.domain.planning.facts import Facts
from fieldsales.domain.planning.options import PlanningOptions
from fieldsales.domain.planning.problem import UNREACHABLE, Break, Day, Fixed, Matrix, Problem, Visit, Window
from fieldsales.domain.planning.reasons import Reason, WhyNot
from fieldsales.domain.travel import Point, TravelTable
from fieldsales.domain.words import PlanGoal, StopChoice, StopPin, TravelMode
from fieldsales.services.planning.plan_progress import Progress
from fieldsales.services.planning.plan_task import DayTask, StopTask, Task
from fieldsales.services.planning.plan_worth import facts_for, worth_on
from fieldsales.services.working_days import public_holidays

ABOUT_S = 15 * 60  # how far a stop pinned to its time may move
ENDS_EARLIER_MIN = 60  # an early end where the hour set for it lies outside the shift
LATE_FOR_S = 15 * 60  # an appointment that is past by more than this is missed
_DRIVEN = (TravelMode.CAR,)


@dataclass(frozen=True, slots=True)
class Asked:
    """A visit of the problem: the stop it is for, at home in the plan `day` (index), and the days on which it may be made."""

    stop: StopTask
    day: int
    days: frozenset[int]
    value: float


@dataclass(frozen=True, slots=True)
class Layout:
    """Where everything of a task lies: rows of the travel tables, before any travel time is known.

    Rows are the visits in order, then each day's start and end where it has them. `left` says why a stop is not asked about.
    """

    asked: tuple[Asked, ...]
    points: tuple[Point, ...]
    starts: tuple[int | None, ...]
    ends: tuple[int | None, ...]
    left: Mapping[int, Reason]


@dataclass(frozen=True, slots=True)
class PlanProblem:
    """A problem with what its answer is read by: the task it is of, whose visits are whose stops, and the travel behind each day.

    `tables` are as long as `problem.travel_s`: without the minutes for parking, with metres.
    """

    task: Task
    layout: Layout
    progress: tuple[Progress, ...]
    problem: Problem
    tables: tuple[TravelTable, ...]

    def facts(self) -> dict[str, Facts]:
        """Return what is known about each visit's customer, by the visit's id."""
        found = {}
        for asked in self.layout.asked:
            stop, rule = asked.stop, self.task.days[asked.day].rule
            appointment, locked = stop.fixed_at is not None, stop.choice is StopChoice.LOCKED
            found[str(stop.id)] = facts_for(stop.customer, rule, is_appointment=appointment, is_locked=locked)
        return found

    def table(self, day: int) -> TravelTable:
        """Return the travel of a day."""
        return self.tables[self.problem.days[day].matrix]


def lay_out(task: Task, progress: Sequence[Progress], share: Callable[[Task], Sequence[Asked]]) -> Layout:
    """Return which stops are asked about and where everything lies; `share` says which stop may be visited on which days."""
    left = {stop.id: reason for day in task.days for stop in day.stops if stop.is_ahead and (reason := why_unasked(stop, day))}
    asked = tuple(visit for visit in share(task) if visit.stop.id not in left)
    points = [point for visit in asked if (point := visit.stop.customer.point) is not None]
    starts, ends = list[int | None](), list[int | None]()
    for day, done in zip(task.days, progress, strict=True):
        for spots, spot in ((starts, done.start), (ends, day.end)):
            spots.append(None if spot is None else len(points))
            points += [] if spot is None else [spot.point]
    return Layout(asked, tuple(points), tuple(starts), tuple(ends), left)


def why_unasked(stop: StopTask, day: DayTask) -> Reason | None:
    """Return why a customer cannot be planned whatever the others do, None when it can."""
    customer = stop.customer
    if stop.choice is StopChoice.EXCLUDED:
        return Reason(WhyNot.EXCLUDED)
    if customer.barred or customer.gone or not day.scope.admits(customer.owner_id, customer.team_id):
        return Reason(WhyNot.DO_NOT_VISIT)
    return Reason(WhyNot.NO_PIN) if customer.point is None else None


def worth_in(stop: StopTask, day: DayTask, options: PlanningOptions) -> float:
    """Return what visiting a stop is worth on its day."""
    return worth_on(stop.customer, day.rule, options).value


def make_problem(task: Task, layout: Layout, progress: Sequence[Progress], tables: Mapping[TravelMode, TravelTable]) -> PlanProblem:
    """Return the problem, once the travel between its points is known by each means that its reps travel by."""
    ways = list(dict.fromkeys(_way(day) for day in task.days))
    matrices = tuple(_with_parking(tables[mode], parking, stops=len(layout.asked)) for mode, parking in ways)
    days = tuple(
        _day(task, layout, done, index, matrix=ways.index(_way(day)))
        for index, (day, done) in enumerate(zip(task.days, progress, strict=True))
    )
    visits = tuple(_visit(asked, place, task, progress) for place, asked in enumerate(layout.asked))
    problem = Problem(visits, days, matrices, value_per_minute=_cost_of_travel(task))
    return PlanProblem(task, layout, tuple(progress), problem, tuple(tables[mode] for mode, _ in ways))


def _way(day: DayTask) -> tuple[TravelMode, int]:
    return day.rules.mode, day.rules.parking_minutes if day.rules.mode in _DRIVEN else 0


def _with_parking(table: TravelTable, minutes: int, *, stops: int) -> Matrix:
    """Return the travel times with the minutes for parking on every way to a stop; who is there already need not park again."""
    seconds: Matrix = np.array(table.seconds, dtype=np.int64)
    into = seconds[:, :stops]
    into[(into > 0) & (into < UNREACHABLE)] += minutes * 60
    return seconds


def _cost_of_travel(task: Task) -> float:
    """Return what a minute of travel costs; where the days differ in what they are made for, the thriftiest decides."""
    costs = {PlanGoal.DRIVING: task.options.driving_value_per_minute}
    return max(costs.get(day.goal, task.options.value_per_minute) for day in task.days)


def _day(task: Task, layout: Layout, done: Progress, index: int, *, matrix: int) -> Day:
    day = task.days[index]
    start_s, end_s = working_seconds(day, task.options, done)
    limit = day.rules.max_travel_minutes
    return Day(
        id=str(day.plan_id),
        start_s=start_s,
        end_s=end_s,
        start=layout.starts[index],
        end=layout.ends[index],
        breaks=tuple(pause for _, pause in breaks_of(day, start_s, end_s, done)),
        max_travel_s=None if limit is None else max(0, limit * 60 - done.travel_s),
        matrix=matrix,
    )


def working_seconds(day: DayTask, options: PlanningOptions, done: Progress) -> Window:
    """Return when a day begins and ends: what is over of it is over, and one that is to end early does, if its appointments allow it."""
    begins, ends = (day.day.seconds_of(minutes) for minutes in working_span(day.rules))
    if day.goal is PlanGoal.EARLY:
        early = day.day.seconds_of(_early_end(day.rules, options))
        fixed = [day.day.seconds_at(stop.fixed_at) + service_s(stop, day) for stop in day.stops if stop.fixed_at and stop.is_ahead]
        ends = early if all(moment <= early for moment in fixed) else ends
    begins = begins if done.at_s is None else max(begins, done.at_s)
    return begins, max(begins, ends)


def early_end(rules: DayRules, options: PlanningOptions) -> time:
    """Return what the clock shows when a day that is to end early ends: the hour set for it, where that lies within the shift."""
    minutes = _early_end(rules, options) % DAY_MINUTES
    return time(minutes // 60, minutes % 60)


def _early_end(rules: DayRules, options: PlanningOptions) -> int:
    begins, ends = working_span(rules)
    wanted = minutes_of(options.early_end)
    return wanted if begins < wanted < ends else max(begins, ends - ENDS_EARLIER_MIN)


def breaks_of(day: DayTask, start_s: int, end_s: int, done: Progress) -> list[tuple[int, Break]]:
    """Return the pauses still to be taken with their number in the rules; one whose time is past is let go."""
    found = []
    for number, pause in enumerate(day.rules.pauses):
        window = pause_window(day.rules, pause)
        if window is None or number in done.rested:
            continue
        first, last = (day.day.seconds_of(minutes) for minutes in window)
        first, last = max(first, start_s), min(last, end_s - pause.minutes * 60)
        if first <= last:
            found.append((number, Break(pause.minutes * 60, (first, last))))
    return found


def _visit(asked: Asked, place: int, task: Task, progress: Sequence[Progress]) -> Visit:
    stop, home = asked.stop, task.days[asked.day]
    windows = tuple(windows_of(stop, day, progress[index]) if index in asked.days else () for index, day in enumerate(task.days))
    missed = stop.fixed_at is not None and not any(windows)
    return Visit(
        id=str(stop.id),
        place=place,
        service_s=service_s(stop, home),
        windows=windows,
        value=asked.value,
        required=not missed and (stop.choice is StopChoice.LOCKED or stop.fixed_at is not None),
        fixed={StopPin.FIRST: Fixed.FIRST, StopPin.LAST: Fixed.LAST}.get(stop.pin) if stop.pin else None,
    )


def service_s(stop: StopTask, day: DayTask) -> int:
    """Return how long a visit takes: as somebody said for this stop, else for the customer, else for the day."""
    return 60 * (stop.visit_minutes or stop.customer.visit_minutes or day.rules.visit_minutes)


def windows_of(stop: StopTask, day: DayTask, done: Progress) -> tuple[Window, ...]:
    """Return when a visit may begin on a day; none when it is closed, or when its appointment was missed."""
    if stop.fixed_at is not None:
        fixed = day.day.seconds_at(stop.fixed_at)
        if done.at_s is not None and fixed < done.at_s - LATE_FOR_S:
            return ()
        fixed = fixed if done.at_s is None else max(fixed, done.at_s)
        return ((fixed, fixed),) if fixed >= 0 else ()
    windows = open_windows(stop.customer.opening_hours, day, service_s(stop, day))
    if stop.pin is StopPin.TIME and stop.starts_at is not None:
        about = day.day.seconds_at(stop.starts_at)
        near = [(max(first, about - ABOUT_S), min(last, about + ABOUT_S)) for first, last in windows]
        windows = tuple(window for window in near if window[0] <= window[1]) or windows
    return windows


def open_windows(opening_hours: str, day: DayTask, visit_s: int) -> tuple[Window, ...]:
    """Return when a visit of this length may begin by the opening hours; where it is longer than the doors are open, when they open.

    Windows of the next day count for a shift that reaches them.
    """
    ends = max(DAY_MINUTES, working_span(day.rules)[1])
    always = ((0, day.day.seconds_of(ends)),)
    if not opening_hours:
        return always
    try:
        hours = parse(opening_hours)
    except BadOpeningHours:  # entered before anybody checked it: no reason never to go there
        return always
    spans = [span for span in hours.windows_from(day.day.day, _is_holiday) if span[0] < ends]
    seconds = [(day.day.seconds_of(first), day.day.seconds_of(last)) for first, last in spans]
    return tuple((first, max(first, last - visit_s)) for first, last in seconds)


def _is_holiday(day: date) -> bool:
    return day in public_holidays()
