"""What a solution says of each plan: seconds made moments, legs made metres, ready to be written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from fieldsales.domain.planning import schedule
from fieldsales.domain.planning.facts import Explanations
from fieldsales.domain.planning.outcome import Outcome, PlanNote, RestTaken
from fieldsales.domain.planning.plan import DayPlan, Plan, Stop
from fieldsales.domain.planning.reasons import Reason, Relief, reason_to_json
from fieldsales.domain.travel import Point
from fieldsales.services.planning.plan_problem import PlanProblem, breaks_of
from fieldsales.services.planning.plan_task import DayTask
from fieldsales.services.planning.plan_worth import worth_on

Lines = tuple[tuple[Point, ...], tuple[Point, ...], tuple[Point, ...]]  # the way out, from stop to stop, the way home


@dataclass(frozen=True, slots=True)
class StopResult:
    """One stop of the route; see `plan_views.StopView` for the numbers. `stop_id` and `home_id` say in which plan its row stands now."""

    stop_id: int
    customer_id: int
    home_id: int
    position: int
    arrives_at: datetime
    starts_at: datetime
    leaves_at: datetime
    travel_s: int
    travel_m: int
    wait_s: int
    slack_s: int
    late_s: int
    error_s: int | None
    value: float


@dataclass(frozen=True, slots=True)
class DayResult:
    """What is to be written of one plan: `behind` are the stops (ids) that come first in the route as they are."""

    plan_id: int
    behind: tuple[int, ...]
    stops: tuple[StopResult, ...]
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Sayings:
    """What stops are worth, why they are made and others are not, as JSON keeps it, by the id of the stop."""

    values: Mapping[int, float] = field(default_factory=dict)
    why: Mapping[int, list[dict[str, Any]]] = field(default_factory=dict)
    left_out: Mapping[int, dict[str, Any]] = field(default_factory=dict)


def read_plan_of(made: PlanProblem, plan: Plan, *, solver: str, late: Mapping[int, Sequence[int]] | None = None) -> tuple[DayResult, ...]:
    """Return what a plan says of each day; `late` holds for each day how late its stops begin, nothing where all are in time."""
    return tuple(_day(made, index, day, solver, (late or {}).get(index, ())) for index, day in enumerate(plan.days))


def with_lines(result: DayResult, lines: Lines) -> DayResult:
    """Return the day with the ways to draw."""
    out, line, home = lines
    return replace(result, outcome=replace(result.outcome, way_out=out, line=line, way_home=home))


def with_conflicts(result: DayResult, conflicts: tuple[Reason, ...]) -> DayResult:
    """Return the day with what could not be combined."""
    return replace(result, outcome=replace(result.outcome, conflicts=conflicts))


def _day(made: PlanProblem, index: int, day: DayPlan, solver: str, late: Sequence[int]) -> DayResult:
    task, done = made.task.days[index], made.progress[index]
    stops = _stops(made, index, day, late)
    reached = [stop for stop in done.behind if stop.is_reached]
    behind_value = sum(worth_on(stop.customer, task.rule, made.task.options).value for stop in reached)
    kept = tuple(rest for rest in task.outcome.rests if rest.pause in done.rested)
    metres = sum(stop.travel_m for stop in reached) + sum(stop.travel_m for stop in stops) + _home(made, index, day)
    outcome = Outcome(
        is_solved=True,
        solver=solver,
        starts_at=_starts_at(task, day, begun=bool(reached)),
        ends_at=task.day.moment(day.end_s) if day.stops or reached else None,
        rests=kept + _rests(made, index, day),
        start=task.start if reached else done.start,
        end=task.end,
        value=behind_value + sum(stop.value for stop in stops),
        travel_s=done.travel_s + day.travel_s,
        travel_m=metres,
        wait_s=day.wait_s,
        slack_s=made.problem.days[index].end_s - day.end_s if day.stops else 0,
        visits=len(stops) + len(reached),
        notes=_notes(made, index),
    )
    return DayResult(task.plan_id, tuple(stop.id for stop in done.behind), stops, outcome)


def _starts_at(task: DayTask, day: DayPlan, *, begun: bool) -> datetime | None:
    if begun and task.outcome.starts_at is not None:
        return task.outcome.starts_at
    return task.day.moment(day.start_s) if day.stops else None


def _stops(made: PlanProblem, index: int, day: DayPlan, late: Sequence[int]) -> tuple[StopResult, ...]:
    task, table = made.task.days[index], made.table(index)
    matrix = made.problem.travel(index)
    slack = schedule.slack_s(made.problem, index, day)
    first = len(made.progress[index].behind)
    found, here, doubt = list[StopResult](), made.problem.days[index].start, 0.0
    for number, stop in enumerate(day.stops):
        asked, place = made.layout.asked[stop.visit], made.problem.visits[stop.visit].place
        leg_s = 0 if here is None else int(matrix[here, place])
        leg_m = 0 if here is None else int(table.metres[here, place])
        if table.spread is not None and here is not None:
            doubt += float(table.spread[here, place] * table.seconds[here, place]) ** 2
        found.append(
            StopResult(
                stop_id=asked.stop.id,
                customer_id=asked.stop.customer.id,
                home_id=made.task.days[asked.day].plan_id,
                position=first + number,
                arrives_at=task.day.moment(stop.arrival_s),
                starts_at=task.day.moment(stop.start_s),
                leaves_at=task.day.moment(stop.departure_s),
                travel_s=leg_s,
                travel_m=leg_m,
                wait_s=_wait_s(stop, day),
                slack_s=slack[number],
                late_s=late[number] if late else 0,
                error_s=None if table.spread is None else round(doubt**0.5),
                value=asked.value,
            )
        )
        here = place
    return tuple(found)


def _wait_s(stop: Stop, day: DayPlan) -> int:
    rested = sum(max(0, min(rest.end_s, stop.start_s) - max(rest.start_s, stop.arrival_s)) for rest in day.rests)
    return max(0, stop.start_s - stop.arrival_s - rested)


def _home(made: PlanProblem, index: int, day: DayPlan) -> int:
    """Return the metres from the last stop to where the day ends."""
    end = made.problem.days[index].end
    if end is None or not day.stops:
        return 0
    return int(made.table(index).metres[made.problem.visits[day.stops[-1].visit].place, end])


def _rests(made: PlanProblem, index: int, day: DayPlan) -> tuple[RestTaken, ...]:
    task, numbers = made.task.days[index], _numbers(made, index)
    taken = [(numbers[rest.pause], task.day.moment(rest.start_s), task.day.moment(rest.end_s)) for rest in day.rests]
    return tuple(RestTaken(number, task.rules.pauses[number].name, begins, ends) for number, begins, ends in taken)


def _numbers(made: PlanProblem, index: int) -> list[int]:
    """Return which pause of the rules each break of a day is."""
    asked = made.problem.days[index]
    return [number for number, _ in breaks_of(made.task.days[index], asked.start_s, asked.end_s, made.progress[index])]


def _notes(made: PlanProblem, index: int) -> tuple[str, ...]:
    task = made.task.days[index]
    notes = [note.value for note in task.notes] + [note.value for note in made.table(index).notes]
    if not task.stops:
        notes.append(PlanNote.NOTHING_TO_VISIT.value)
    elif all(stop.customer.point is None for stop in task.stops):
        notes.append(PlanNote.NO_PINS.value)
    asked = made.problem.days[index]
    if asked.start_s >= asked.end_s:
        notes.append(PlanNote.DAY_OVER.value)
    return tuple(dict.fromkeys(notes))


def say(made: PlanProblem, explained: Explanations | None) -> Sayings:
    """Return what is said of each stop: what was explained, else why it is time for it; and why some could not be asked about."""
    left_out: dict[int, dict[str, Any]] = {
        stop_id: {"reason": reason_to_json(reason), "reliefs": []} for stop_id, reason in made.layout.left.items()
    }
    why = {}
    for visit, asked in enumerate(made.layout.asked):
        timing = worth_on(asked.stop.customer, made.task.days[asked.day].rule, made.task.options).why
        said = timing if explained is None else explained.why.get(visit, timing)
        why[asked.stop.id] = [reason_to_json(reason) for reason in said]
        if explained is not None and visit in explained.left_out:
            left = explained.left_out[visit]
            reliefs = [reason_to_json(_of_the_rules(made, relief)) for relief in left.reliefs if not _is_past(made, relief)]
            left_out[asked.stop.id] = {"reason": reason_to_json(left.reason), "reliefs": reliefs}
    return Sayings({asked.stop.id: asked.value for asked in made.layout.asked}, why, left_out)


def _is_past(made: PlanProblem, relief: Reason) -> bool:
    """True for advice to begin earlier than now: it was good while there was time."""
    if relief.code is not Relief.START_AT:
        return False
    index = next(i for i, day in enumerate(made.problem.days) if day.id == relief.params["day"])
    done = made.progress[index]
    return done.at_s is not None or relief.params["at"] < done.now_s


def _of_the_rules(made: PlanProblem, relief: Reason) -> Reason:
    """Return a relief of the problem as one of the day's rules: pauses by their number there, travel of the whole day."""
    if relief.code not in (Relief.SHORTEN_BREAK, Relief.ALLOW_TRAVEL):
        return relief
    index = next(i for i, day in enumerate(made.problem.days) if day.id == relief.params["day"])
    params = dict(relief.params)
    if relief.code is Relief.SHORTEN_BREAK:
        params["pause"] = _numbers(made, index)[params["pause"]]
    else:
        params["minutes"] += -(-made.progress[index].travel_s // 60)
    return Reason(relief.code, params)
