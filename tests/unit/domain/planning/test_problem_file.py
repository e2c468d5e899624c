"""Problems as JSON files: what is read, what is refused and with which words."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from fieldsales.domain.planning.problem import UNREACHABLE, BadProblem, Break
from fieldsales.domain.planning.problem_file import read_problem


def plain(**changes: Any) -> dict[str, Any]:
    return {
        "visits": [{"id": "v1", "service_s": 1800, "windows_s": [[32400, 43200]], "value": 10.0, "required": False, "days": [0]}],
        "days": [
            {"id": "d1", "start_s": 30600, "end_s": 64800, "break": {"duration_s": 3600, "window_s": [41400, 48600]}},
            {"id": "d2", "start_s": 30600, "end_s": 64800},
        ],
        "travel_s": [[0, 600, 700], [600, 0, 500], [700, 500, 0]],
    } | changes


def test_the_contract_is_read_as_it_stands() -> None:
    problem = read_problem(json.dumps(plain())).problem
    (visit,), (first, second) = problem.visits, problem.days
    assert (visit.id, visit.place, visit.service_s, visit.value, visit.required) == ("v1", 1, 1800, 10.0, False)
    assert visit.windows == (((32400, 43200),), ())
    assert first.breaks == (Break(3600, (41400, 48600)),)
    assert second.breaks == ()
    assert (first.start, first.end) == (0, 2)
    assert problem.travel_s[0][1, 2] == 500


def test_without_a_row_for_the_end_a_day_ends_where_it_began() -> None:
    problem = read_problem(json.dumps(plain(travel_s=[[0, 600], [600, 0]]))).problem
    assert problem.days[0].end == 0


def test_what_is_left_out_has_the_plainest_meaning() -> None:
    problem = read_problem(json.dumps(plain(visits=[{"id": 7}]))).problem
    (visit,) = problem.visits
    assert (visit.id, visit.service_s, visit.value, visit.required) == ("7", 0, 0.0, False)
    assert all(windows[0][0] == 0 and windows[0][1] >= 64800 for windows in visit.windows)


def test_numbers_with_fractions_are_counted_in_finer_ticks() -> None:
    file = read_problem(json.dumps(plain(travel_s=[[0, 600.5, 1], [600.4, 0, 1], [1, 1, 0]], value_per_minute=1.0)))
    assert file.scale == 10
    assert file.problem.travel_s[0][0, 1] == 6005
    assert file.seconds(6005) == 600.5
    assert file.problem.value_per_minute == pytest.approx(0.1)


def test_endless_fractions_never_make_a_way_shorter_than_it_is() -> None:
    third = 100 / 3
    day = {"id": "d", "start_s": 0, "end_s": 500}
    file = read_problem(json.dumps(plain(days=[day], visits=[{"id": "v"}], travel_s=[[0, third], [third, 0]])))
    assert file.seconds(int(file.problem.travel_s[0][0, 1])) >= third


def test_no_way_is_null() -> None:
    problem = read_problem(json.dumps(plain(travel_s=[[0, 600, None], [None, 0, 500], [700, 500, 0]]))).problem
    assert np.argwhere(problem.travel_s[0] >= UNREACHABLE).tolist() == [[0, 2], [1, 0]]


def test_windows_that_overlap_are_one_and_days_may_be_named() -> None:
    visit = {"id": "v", "windows_s": [[50, 90], [10, 60], [95, 99]], "days": ["d2"]}
    assert read_problem(json.dumps(plain(visits=[visit]))).problem.visits[0].windows == ((), ((10, 90), (95, 99)))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("<html>", "no JSON"),
        ("", "no JSON"),
        ("[" * 100_000, "no JSON"),
        ("[]", '"visits"'),
        ("{}", '"visits"'),
        (json.dumps(plain(visits=None)), '"visits"'),
        (json.dumps(plain(visits=["v"])), "visit 1"),
        (json.dumps(plain(visits=[{"id": ""}])), "visit 1 has no id"),
        (json.dumps(plain(visits=[{"id": "v", "value": float("nan")}])), "NaN"),
        (json.dumps(plain(visits=[{"id": "v", "value": float("inf")}])), "Infinity"),
        (json.dumps(plain(visits=[{"id": "v", "value": 0}])).replace('"value": 0', '"value": 1e999'), "value is no number"),
        (json.dumps(plain(visits=[{"id": "v", "value": True}])), "value is no number"),
        (json.dumps(plain(visits=[{"id": "v", "value": -1}])), "0 or more"),
        (json.dumps(plain(visits=[{"id": "v", "service_s": -1}])), "less than no time"),
        (json.dumps(plain(visits=[{"id": "v", "service_s": "1"}])), "service_s is no number"),
        (json.dumps(plain(visits=[{"id": "v", "windows_s": [[9, 5]]}])), "window"),
        (json.dumps(plain(visits=[{"id": "v", "windows_s": [[9]]}])), "pair"),
        (json.dumps(plain(visits=[{"id": "v", "windows_s": 9}])), "windows_s"),
        (json.dumps(plain(visits=[{"id": "v", "required": "yes"}])), "required"),
        (json.dumps(plain(visits=[{"id": "v", "days": [2]}])), "no day 2"),
        (json.dumps(plain(visits=[{"id": "v", "days": 0}])), "days is no list"),
        (json.dumps(plain(visits=[{"id": "v"}, {"id": "v"}], travel_s=[[0] * 3] * 3)), "same id"),
        (json.dumps(plain(travel_s=[[0]])), "2 or 3 rows"),
        (json.dumps(plain(travel_s=[[0, 1], [1]])), "2 or 3 rows"),
        (json.dumps(plain(travel_s=[[0, 1], [-1, 0]])), "negative"),
        (json.dumps(plain(travel_s=[[0, "1"], [1, 0]])), "no number"),
        (json.dumps(plain(travel_s=[[0, 1e12], [1, 0]])), "longer"),
        (json.dumps(plain(days=[])), "no day"),
        (json.dumps(plain(days=[{"id": "d", "start_s": 5}])), "end_s is no number"),
        (json.dumps(plain(days=[{"id": "d", "start_s": 5, "end_s": 1}])), "ends before"),
        (json.dumps(plain(days=[{"id": "d", "start_s": 0, "end_s": 1, "break": 5}])), "break"),
        (json.dumps(plain(days=[{"id": "d", "start_s": 0, "end_s": 1, "break": {"duration_s": 5}}])), "window"),
        (json.dumps(plain(value_per_minute=-1)), "value_per_minute"),
    ],
)
def test_what_cannot_be_planned_is_refused_with_what_is_wrong_with_it(text: str, why: str) -> None:
    with pytest.raises(BadProblem, match=why):
        read_problem(text)
