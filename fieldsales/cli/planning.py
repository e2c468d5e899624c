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
