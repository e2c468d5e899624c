"""`fieldsales plan …`: a problem from a file planned, a rep's day planned."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fieldsales.cli.plan_days import register_day
from fieldsales.errors import N_, FixTheInput

if TYPE_CHECKING:
    from fieldsales.domain.planning.plan import DayPlan, Plan
    from fieldsales.domain.planning.problem import Visit
    from fieldsales.domain.planning.problem_file import ProblemFile
    from fieldsales.domain.planning.reasons import Reason
    from fieldsales.i18n import Text

NOT_ALL_REQUIRED = 1

group = typer.Typer(no_args_is_help=True, help="Days planned.")


class ProblemUnreadable(FixTheInput):
    code = "problem_unreadable"
    message = N_("“{path}” cannot be read: {why}")


def register(app: typer.Typer) -> None:
    """Add the group to the command."""
    register_day(group)
    app.add_typer(group, name="plan")


@group.command()
def solve(
    problem: Annotated[Path, typer.Argument(metavar="PROBLEM.json", help="Visits, days and travel times; “-” reads standard input.")],
    seconds: Annotated[float, typer.Option(help="How long the plan may be improved.", min=0.0, max=3600.0)] = 1.0,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Plan the problem in a file; exits with 1 when not all required visits fit."""
    from fieldsales.domain.planning.problem_file import read_problem

    _show(_solved(read_problem(_read(problem)), seconds), as_json=as_json)


def _read(path: Path) -> str:
    try:
        data = sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
        return data.decode("utf-8-sig")
    except OSError as error:
        raise ProblemUnreadable(path=str(path), why=error.strerror or str(error)) from error
    except UnicodeDecodeError as error:
        raise ProblemUnreadable(path=str(path), why="it is no text") from error


@dataclass(frozen=True, slots=True)
class _Answer:
    """A solved problem file: the plan, which required visits could not be combined, and how long it took to find."""

    file: ProblemFile
    plan: Plan
    conflict: tuple[str, ...]
    solve_ms: int


def _solved(file: ProblemFile, seconds: float) -> _Answer:
    from fieldsales.adapters.solver import build_solver
    from fieldsales.domain.planning.conflicts import RequiredConflict

    solver = build_solver()
    solver.warm_up()
    began = time.perf_counter()
    conflict: tuple[str, ...] = ()
    try:
        plan = solver.first_plan(file.problem)
    except RequiredConflict as error:
        plan, conflict = error.plan, error.visits
    if seconds > 0:
        plan = solver.improve(file.problem, plan, seconds=seconds)
    return _Answer(file, plan, conflict, round((time.perf_counter() - began) * 1000))


def _show(answer: _Answer, *, as_json: bool) -> None:
    from fieldsales.i18n import negotiate_locale, text_for

    text = text_for(negotiate_locale(os.environ.get("LANG", "").split(".")[0], default="en"))
    plain = _as_json(answer, text)
    if as_json:
        typer.echo(json.dumps(plain, ensure_ascii=False))
    else:
        _show_days(plain)
    if answer.conflict:
        from fieldsales.domain.planning.conflicts import RequiredConflict

        typer.echo(text.error(RequiredConflict(visits=answer.conflict, plan=answer.plan)), err=True)
        raise typer.Exit(NOT_ALL_REQUIRED)


def _as_json(answer: _Answer, text: Text) -> dict[str, Any]:
    """Return the answer by the contract; times in the seconds of the file."""
    file, plan = answer.file, answer.plan
    why, left_out = _reasons(answer, text)
    value = plan.value(file.problem)
    return {
        "days": [_day(file, day, index, why) for index, day in enumerate(plan.days)],
        "left_out": [{"id": file.visit_ids[visit]} | left_out[visit] for visit in plan.left_out(file.problem)],
        "value": int(value) if value == int(value) else value,
        "travel_s": file.seconds(plan.travel_s()),
        "solve_ms": answer.solve_ms,
    } | ({"conflict": list(answer.conflict)} if answer.conflict else {})


def _day(file: ProblemFile, day: DayPlan, index: int, why: Sequence[str]) -> dict[str, Any]:
    seconds = file.seconds
    rests = [{"start_s": seconds(rest.start_s), "end_s": seconds(rest.end_s)} for rest in day.rests]
    return {
        "id": file.day_ids[index],
        "start_s": seconds(day.start_s),
        "stops": [
            {
                "id": file.visit_ids[stop.visit],
                "arrival_s": seconds(stop.arrival_s),
                "start_s": seconds(stop.start_s),
                "departure_s": seconds(stop.departure_s),
                "why": why[stop.visit],
            }
            for stop in day.stops
        ],
        "breaks": rests,
        "end_s": seconds(day.end_s),
        "travel_s": seconds(day.travel_s),
        "wait_s": seconds(day.wait_s),
    } | ({"break": rests[0]} if len(rests) == 1 else {})


def _reasons(answer: _Answer, text: Text) -> tuple[list[str], dict[int, dict[str, Any]]]:
    """Return for each stop why it is made, and for each other visit why it is not and what would let it in, in words."""
    from fieldsales.adapters.solver import build_solver
    from fieldsales.domain.planning.facts import Facts
    from fieldsales.wording.plans import say_reasons

    file = answer.file
    facts = {visit.id: Facts(visit.id, is_appointment=_is_appointment(visit)) for visit in file.problem.visits}
    found = build_solver().explain(file.problem, answer.plan, facts)
    midnight = datetime(2000, 1, 1, tzinfo=UTC)  # any day will do: a file's seconds are those of no calendar

    def say(reasons: Sequence[Reason]) -> str:
        return say_reasons([_in_seconds(reason, file.scale) for reason in reasons], text, midnight=midnight)

    why = [say(found.why.get(visit, ())) for visit in range(len(file.problem.visits))]
    left_out = {visit: {"reason": say([left.reason]), "would_fit_if": say(left.reliefs) or None} for visit, left in found.left_out.items()}
    return why, left_out


def _is_appointment(visit: Visit) -> bool:
    return visit.required and all(opens == closes for windows in visit.windows for opens, closes in windows)


def _in_seconds(reason: Reason, scale: int) -> Reason:
    """Return a reason whose times are the file's seconds, not the problem's ticks."""
    if scale == 1:
        return reason
    params = {
        name: round(value / scale) if name in ("at", "opens", "closes", "minutes") and isinstance(value, int | float) else value
        for name, value in reason.params.items()
    }
    return replace(reason, params=params)


def _show_days(plain: dict[str, Any]) -> None:
    for day in plain["days"]:
        typer.echo(f"{day['id']}: {len(day['stops'])} stops, {_clock(day['travel_s'])} of travel, back at {_clock(day['end_s'])}")
        lines = [(rest["start_s"], rest["end_s"], "(break)", "") for rest in day["breaks"]]
        lines += [(stop["start_s"], stop["departure_s"], stop["id"], stop["why"]) for stop in day["stops"]]
        for begins, ends, what, why in sorted(lines, key=lambda line: line[:2]):
            typer.echo(f"  {_clock(begins)}–{_clock(ends)}  {what}  {why}".rstrip())
    for left in plain["left_out"]:
        typer.echo(f"  not: {left['id']}  {left['reason']}" + (f"  → {left['would_fit_if']}" if left["would_fit_if"] else ""))
    typer.echo(f"Value {plain['value']:g}, {_clock(plain['travel_s'])} of travel, solved in {plain['solve_ms']} ms.")


def _clock(seconds: float) -> str:
    whole = round(seconds)
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}"
