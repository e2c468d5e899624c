"""`fieldsales plan solve`: a file in, a plan out, each rule of the contract held against the file itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from fieldsales.cli import planning
from fieldsales.cli.planning import ProblemUnreadable
from fieldsales.domain.planning.problem import BadProblem

HOUR = 3600


@pytest.fixture
def app() -> typer.Typer:
    app = typer.Typer()
    planning.register(app)
    return app


def solve(app: typer.Typer, path: Path | str, *options: str, given: str | None = None) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["plan", "solve", str(path), "--seconds", "0.1", *options], input=given)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


def line_of(count: int) -> dict[str, Any]:
    """Return customers along a road, ten minutes from one to the next, the office before the first, and an appointment with the third."""
    open_at = [[9 * HOUR, 17 * HOUR]]
    visits = [{"id": f"v{i}", "service_s": 1800, "windows_s": open_at, "value": 1 + i % 4, "required": False} for i in range(1, count + 1)]
    visits[2] |= {"windows_s": [[14 * HOUR, 14 * HOUR]], "required": True}
    day = {"id": "d1", "start_s": 9 * HOUR, "end_s": 17 * HOUR, "break": {"duration_s": HOUR, "window_s": [11 * HOUR, 13 * HOUR]}}
    return {"visits": visits, "days": [day], "travel_s": [[600 * abs(a - b) for b in range(count + 1)] for a in range(count + 1)]}


def faults_of(problem: dict[str, Any], answer: dict[str, Any]) -> list[str]:
    """Replay an answer against the file that it answers; return what is wrong with it."""
    places = {visit["id"]: (place, visit) for place, visit in enumerate(problem["visits"], 1)}
    faults, seen, value = [], [], 0.0
    for plan in answer["days"]:
        day = next(day for day in problem["days"] if day["id"] == plan["id"])
        clock, here, driven = day["start_s"], 0, 0
        for stop in plan["stops"]:
            there, visit = places[stop["id"]]
            resting = sum(r["end_s"] - r["start_s"] for r in plan["breaks"] if clock <= r["start_s"] and r["end_s"] <= stop["start_s"])
            legs = problem["travel_s"][here][there]
            faults += [f"{stop['id']} too soon"] * (stop["start_s"] < clock + legs + resting or stop["arrival_s"] < clock + legs)
            faults += [f"{stop['id']} closed"] * (not any(a <= stop["start_s"] <= b for a, b in visit["windows_s"]))
            faults += [f"{stop['id']} cut short"] * (stop["departure_s"] < stop["start_s"] + visit["service_s"])
            clock, here, value, driven = stop["departure_s"], there, value + visit["value"], driven + legs
            seen.append(stop["id"])
        faults += ["late"] * (clock + problem["travel_s"][here][0] > day["end_s"])
        faults += ["travel"] * (plan["travel_s"] != driven + problem["travel_s"][here][0])
        pause = day.get("break")
        if pause and plan["stops"]:
            taken = plan["break"]
            faults += ["lunch"] * (not pause["window_s"][0] <= taken["start_s"] <= pause["window_s"][1])
            faults += ["lunch cut short"] * (taken["end_s"] - taken["start_s"] != pause["duration_s"])
    faults += ["twice"] * (len(seen) != len(set(seen)))
    faults += ["left out"] * ({left["id"] for left in answer["left_out"]} != set(places) - set(seen))
    return faults + ["value"] * (abs(value - answer["value"]) > 1e-9)


def test_a_problem_is_answered_by_the_contract(app: typer.Typer, tmp_path: Path) -> None:
    path, problem = tmp_path / "problem.json", line_of(14)
    path.write_text(json.dumps(problem))
    code, out, _ = solve(app, path, "--json")
    answer = json.loads(out)
    assert code == 0
    assert faults_of(problem, answer) == []
    assert all(stop["why"] for day in answer["days"] for stop in day["stops"] if stop["id"] == "v3")
    assert answer["left_out"]
    assert all(left["reason"] and "would_fit_if" in left for left in answer["left_out"])
    assert isinstance(answer["solve_ms"], int)


def test_the_same_file_gives_the_same_plan(app: typer.Typer, tmp_path: Path) -> None:
    path = tmp_path / "problem.json"
    path.write_text(json.dumps(line_of(14)))
    answers = [json.loads(solve(app, path, "--json")[1]) for _ in range(2)]
    assert answers[0] | {"solve_ms": 0} == answers[1] | {"solve_ms": 0}


def test_people_read_a_day_with_its_times_and_reasons(app: typer.Typer, tmp_path: Path) -> None:
    path = tmp_path / "problem.json"
    path.write_text(json.dumps(line_of(14)))
    code, out, _ = solve(app, path)
    assert code == 0
    assert "14:00:00–14:30:00  v3" in out
    assert "(break)" in out
    assert "not: " in out


def test_fractions_of_a_second_come_back_as_seconds(app: typer.Typer, tmp_path: Path) -> None:
    problem = line_of(10)
    problem["travel_s"] = [[leg * 1.001 for leg in row] for row in problem["travel_s"]]
    path = tmp_path / "problem.json"
    path.write_text(json.dumps(problem))
    answer = json.loads(solve(app, path, "--json")[1])
    made = answer["days"][0]["stops"]
    assert all(9 * HOUR <= stop["start_s"] <= 17 * HOUR for stop in made)
    assert len(made) + len(answer["left_out"]) == 10


def test_visits_keep_to_their_days_and_ids_come_back_as_they_were(app: typer.Typer) -> None:
    problem = line_of(6)
    problem["days"] = [problem["days"][0], {"id": 2, "start_s": 9 * HOUR, "end_s": 17 * HOUR}]
    problem["visits"][0] |= {"id": 1, "days": [1]}
    code, out, _ = solve(app, "-", "--json", given=json.dumps(problem))
    answer = json.loads(out)
    assert code == 0
    assert [day["id"] for day in answer["days"]] == ["d1", 2]
    assert 1 in [stop["id"] for stop in answer["days"][1]["stops"]]


def test_required_visits_that_exclude_each_other_are_named_beside_the_best_plan(app: typer.Typer, tmp_path: Path) -> None:
    path, problem = tmp_path / "problem.json", line_of(10)
    problem["visits"][7] |= {"windows_s": [[14 * HOUR, 14 * HOUR]], "required": True}
    path.write_text(json.dumps(problem))
    code, out, err = solve(app, path, "--json")
    answer = json.loads(out)
    assert code == 1
    assert answer["conflict"] == ["v3", "v8"]
    assert "v3, v8" in err
    assert faults_of(problem, answer) == []


@pytest.mark.parametrize("content", [b"{}", b"<html>", b"\xff\xfe\x00", b""])
def test_an_unusable_file_is_refused(app: typer.Typer, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "problem.json"
    path.write_bytes(content)
    with pytest.raises((BadProblem, ProblemUnreadable)):
        solve(app, path)


def test_a_file_that_is_not_there_is_refused(app: typer.Typer, tmp_path: Path) -> None:
    with pytest.raises(ProblemUnreadable):
        solve(app, tmp_path / "none.json")
