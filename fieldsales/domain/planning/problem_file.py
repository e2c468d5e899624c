"""Problems as JSON files, so that published instances and other programs can be planned: seconds in, seconds out.

    {"visits": [{"id", "service_s", "windows_s": [[from, to], …], "value", "required", "days": [0, …]}],
     "days": [{"id", "start_s", "end_s", "break": {"duration_s", "window_s": [from, to]}, "max_travel_s"}],
     "travel_s": [[…]], "value_per_minute": 0}

Row and column 0 of `travel_s` are the start, 1 to n the visits in order, n+1 the end, left out when that is the start; null means
that there is no way. A visit without `windows_s` may begin at any time, one without `days` (indexes or ids) on any day; a day may have
several `breaks`. Numbers need not be whole: what is not is counted in tenths, hundredths or thousandths of a second.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from fieldsales.domain.planning.problem import UNREACHABLE, BadProblem, Break, Day, Matrix, Problem, Visit, Window, check_problem

LONGEST = UNREACHABLE // 4  # ticks that a file's times may reach, so that nothing in it looks unreachable
_SCALES = (1, 10, 100, 1000)
_NOT_A_PROBLEM = 'a file is {"visits": […], "days": […], "travel_s": [[…]]}'


@dataclass(frozen=True, slots=True, eq=False)
class ProblemFile:
    """A problem with what its answer needs: the ids as they were written, and how many ticks make a second."""

    problem: Problem
    visit_ids: tuple[Any, ...]
    day_ids: tuple[Any, ...]
    scale: int

    def seconds(self, ticks: int) -> float:
        """Return a time of the problem as the file counts it; a whole number where the file has whole numbers."""
        return ticks if self.scale == 1 else ticks / self.scale


def read_problem(text: str) -> ProblemFile:
    """Return the problem that a JSON text states, checked.

    Raises:
        BadProblem: it is no JSON, or what it says cannot be planned.
    """
    plain = _parse(text)
    if not isinstance(plain, dict):
        raise BadProblem(why=_NOT_A_PROBLEM)
    visits, days, travel = (_list(plain, name, _NOT_A_PROBLEM) for name in ("visits", "days", "travel_s"))
    table = _table(travel, len(visits))
    scale = _scale([*_numbers(visits), *_numbers(days)], table)
    visit_ids = tuple(_id(visit, f"visit {i}") for i, visit in enumerate(visits, 1))
    day_ids = tuple(_id(day, f"day {i}") for i, day in enumerate(days, 1))
    end = len(visits) + 1 if len(table) == len(visits) + 2 else 0
    problem = Problem(
        tuple(_visit(visit, place, day_ids, scale) for place, visit in enumerate(visits, 1)),
        tuple(_day(day, end, scale) for day in days),
        (_ticks(table, scale),),
        _number(plain, "value_per_minute", "the problem", default=0.0) / scale,
    )
    check_problem(problem)
    return ProblemFile(problem, visit_ids, day_ids, scale)


def _parse(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except (json.JSONDecodeError, RecursionError) as error:
        raise BadProblem(why="the file is no JSON") from error


def _refuse_constant(name: str) -> None:
    raise BadProblem(why=f"{name} is no number")


def _list(plain: Mapping[str, Any], name: str, otherwise: str) -> list[Any]:
    found = plain.get(name)
    if not isinstance(found, list):
        raise BadProblem(why=otherwise)
    return found


def _id(plain: Any, what: str) -> Any:
    if not isinstance(plain, dict):
        raise BadProblem(why=f"{what} is no object")
    found = plain.get("id")
    if isinstance(found, bool) or not isinstance(found, str | int) or found == "":
        raise BadProblem(why=f"{what} has no id")
    return found


def _number(plain: Mapping[str, Any], name: str, what: str, *, default: float | None = None) -> float:
    found = plain.get(name)
    if found is None and default is not None:
        return default
    return _finite(found, f"{what}: {name}")


def _finite(found: Any, what: str) -> float:
    if isinstance(found, bool) or not isinstance(found, int | float) or not math.isfinite(found):
        raise BadProblem(why=f"{what} is no number")
    return found


def _table(rows: Sequence[Any], visits: int) -> list[list[float]]:
    size = len(rows)
    if size not in (visits + 1, visits + 2) or any(not isinstance(row, list) or len(row) != size for row in rows):
        raise BadProblem(why=f"travel_s has to be a square table of {visits + 1} or {visits + 2} rows for {visits} visits")
    return [[math.inf if cell is None else _finite(cell, "travel_s: a cell") for cell in row] for row in rows]


def _numbers(plain: Any) -> Iterator[float]:
    """Yield all times that visits and days are made of."""
    if isinstance(plain, list):
        for entry in plain:
            yield from _numbers(entry)
    elif isinstance(plain, dict):
        for name, entry in plain.items():
            if name.endswith("_s") or name in ("break", "breaks"):
                yield from _numbers(entry)
    elif isinstance(plain, int | float) and not isinstance(plain, bool) and math.isfinite(plain):
        yield plain


def _scale(times: Sequence[float], table: Sequence[Sequence[float]]) -> int:
    """Return how many ticks make a second: as few as make everything whole, and not more than the longest time bears."""
    numbers = np.array([*times, *(cell for row in table for cell in row if math.isfinite(cell))], dtype=float)
    longest = float(np.abs(numbers).max(initial=0.0))
    if longest > LONGEST:
        raise BadProblem(why=f"a time is longer than {LONGEST} seconds")
    bearable = [scale for scale in _SCALES if longest * scale <= LONGEST]
    for scale in bearable:
        if np.abs(numbers * scale - np.round(numbers * scale)).max(initial=0.0) < 1e-6:
            return scale
    return bearable[-1]


def _up(time: float, scale: int) -> int:
    return math.ceil(time * scale - 1e-6)


def _down(time: float, scale: int) -> int:
    return math.floor(time * scale + 1e-6)


def _ticks(table: Sequence[Sequence[float]], scale: int) -> Matrix:
    ticks = np.array([[UNREACHABLE if math.isinf(cell) else _up(cell, scale) for cell in row] for row in table], dtype=np.int64)
    return ticks.reshape(len(table), len(table))


def _window(plain: Any, scale: int, what: str) -> Window:
    if not isinstance(plain, list) or len(plain) != 2:
        raise BadProblem(why=f"{what} is no pair [from, to]")
    return _up(_finite(plain[0], what), scale), _down(_finite(plain[1], what), scale)


def _visit(plain: Mapping[str, Any], place: int, day_ids: Sequence[Any], scale: int) -> Visit:
    name = str(plain["id"])
    windows = plain.get("windows_s", [[0, LONGEST / scale]])
    if not isinstance(windows, list):
        raise BadProblem(why=f"{name}: windows_s is no list of pairs")
    open_at = _joined(sorted(_window(window, scale, f"{name}: a window") for window in windows))
    required = plain.get("required", False)
    if not isinstance(required, bool):
        raise BadProblem(why=f"{name}: required is neither true nor false")
    days = _days(plain.get("days"), day_ids, name)
    return Visit(
        name,
        place,
        _up(_number(plain, "service_s", name, default=0.0), scale),
        tuple(open_at if day in days else () for day in range(len(day_ids))),
        float(_number(plain, "value", name, default=0.0)),
        required,
    )


def _joined(windows: Sequence[Window]) -> tuple[Window, ...]:
    """Return windows in order and apart: those that overlap are one."""
    joined: list[Window] = []
    for opens, closes in windows:
        if joined and joined[-1][0] <= joined[-1][1] and opens <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], closes))
        else:
            joined.append((opens, closes))
    return tuple(joined)


def _days(plain: Any, day_ids: Sequence[Any], name: str) -> set[int]:
    if plain is None:
        return set(range(len(day_ids)))
    if not isinstance(plain, list):
        raise BadProblem(why=f"{name}: days is no list")
    found = set()
    for day in plain:
        if isinstance(day, int) and not isinstance(day, bool) and 0 <= day < len(day_ids):
            found.add(day)
        elif isinstance(day, str) and day in day_ids:
            found.add(day_ids.index(day))
        else:
            raise BadProblem(why=f"{name}: there is no day {day}")
    return found


def _day(plain: Mapping[str, Any], end: int, scale: int) -> Day:
    name = str(plain["id"])
    pauses = plain.get("breaks", [])
    if plain.get("break") is not None:
        pauses = [plain["break"]]
    if not isinstance(pauses, list) or any(not isinstance(pause, dict) for pause in pauses):
        raise BadProblem(why=f"{name}: a break is no object")
    limit = plain.get("max_travel_s")
    return Day(
        name,
        _up(_number(plain, "start_s", name), scale),
        _down(_number(plain, "end_s", name), scale),
        0,
        end,
        tuple(
            Break(_up(_number(p, "duration_s", f"{name}, break"), scale), _window(p.get("window_s"), scale, f"{name}, break: its window"))
            for p in pauses
        ),
        None if limit is None else _down(_finite(limit, f"{name}: max_travel_s"), scale),
    )
