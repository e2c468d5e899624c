"""`fieldsales plan …`: a problem from a file planned, a rep's day planned."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fieldsales.errors import N_, FixTheInput

if TYPE_CHECKING:
    from fieldsales.domain.planning.plan import DayPlan, Plan
    from fieldsales.domain.planning.problem_file import ProblemFile
    from fieldsales.i18n import Text

NOT_ALL_REQUIRED = 1

group = typer.Typer(no_args_is_help=True, help="Days planned.")


class ProblemUnreadable(FixTheInput):
    code = "problem_unreadable"
    message = N_("“{path}” cannot be read: {why}")


def register(app: typer.Typer) -> None:
    """Add the group to the command."""
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
        _show_days(plain, text)
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
    }


def _reasons(answer: _Answer, text: Text) -> tuple[list[str], dict[int, dict[str, Any]]]:
    visits = answer.file.problem.visits
    return ["" for _ in visits], {v: {"reason": "day full", "would_fit_if": None} for v in answer.plan.left_out(answer.file.problem)}


def _show_days(plain: dict[str, Any], text: Text) -> None:
    for day in plain["days"]:
        typer.echo(f"{day['id']}")
        for stop in day["stops"]:
            typer.echo(f"  {stop['id']}")
