"""Valhalla, as version 3.9.1 answers: all means of travel from one server, and one bad point spoils only itself."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from fieldsales.adapters.travel_times import RoadTimes, build_travel_times
from fieldsales.domain.travel import TravelNote, TravelSource, TravelTable
from fieldsales.domain.words import TravelMode
from tests.unit.adapters.geocoding.servers import Answer, Asked, serving

PLACES = [(34.341, 134.046), (34.330, 134.070), (34.300, 134.100)]
NO_PATH = {"error_code": 170, "error": "Locations are in unconnected regions", "status_code": 400, "status": "Bad Request"}


def asked_of(question: Asked) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(question.body)
    return body


def matrix(question: Asked, *, without: frozenset[tuple[float, float]] = frozenset()) -> Answer:
    """Answer like `sources_to_targets`: 100 s and 1 km for each place that lies between, nothing for a point without a road."""
    body = asked_of(question)
    sources, targets = ([(place["lat"], place["lon"]) for place in body[side]] for side in ("sources", "targets"))
    if without & {*sources, *targets}:
        return Answer(json.dumps(NO_PATH).encode(), 400)
    rows = [
        [
            {"from_index": i, "to_index": j, "time": 100 * abs(PLACES.index(a) - PLACES.index(b)) + (a > b), "distance": 1.0 * (a != b)}
            for j, b in enumerate(targets)
        ]
        for i, a in enumerate(sources)
    ]
    return Answer(json.dumps({"sources_to_targets": rows, "units": "kilometers", "algorithm": "costmatrix"}).encode())


def table_from(answer: Callable[[Asked], Answer], mode: TravelMode = TravelMode.CAR) -> tuple[TravelTable, list[Asked]]:
    with serving(answer) as server:
        times = build_travel_times(f"valhalla+{server.url}")
        table = times.table(PLACES, mode=mode)
        assert isinstance(times, RoadTimes)
        times.close()
    return table, server.asked


@pytest.mark.parametrize(("mode", "costing"), [(TravelMode.CAR, "auto"), (TravelMode.BICYCLE, "bicycle"), (TravelMode.WALK, "pedestrian")])
def test_each_means_of_travel_has_its_own_times(mode: TravelMode, costing: str) -> None:
    table, asked = table_from(matrix, mode)
    assert (table.source, table.notes) == (TravelSource.ROADS, ())
    assert table.seconds[0].tolist() == [0, 101, 201]
    assert table.seconds[2].tolist() == [200, 100, 0]
    assert table.metres[0, 1] == 1_000
    assert [question.path for question in asked] == ["/sources_to_targets"]
    assert asked_of(asked[0])["costing"] == costing
    assert asked_of(asked[0])["sources"][0] == {"lat": 34.341, "lon": 134.046, "search_cutoff": 1_000}


def test_a_point_without_a_road_is_found_out_and_left_out() -> None:
    island = PLACES[2]

    def answer(question: Asked) -> Answer:
        if question.path == "/locate":
            places = asked_of(question)["locations"]
            found = [{"edges": [] if (p["lat"], p["lon"]) == island else [{"way_id": 1}], "nodes": []} for p in places]
            return Answer(json.dumps(found).encode())
        return matrix(question, without=frozenset({island}))

    table, asked = table_from(answer)
    assert (table.source, table.notes) == (TravelSource.ROADS, (TravelNote.SOME_ESTIMATED,))
    assert (table.seconds[0, 1], table.seconds[1, 0]) == (101, 100)
    assert table.seconds[0, 2] > 300
    assert [question.path for question in asked] == ["/sources_to_targets", "/locate", "/locate", "/sources_to_targets"]


def test_places_too_far_apart_for_the_server_are_estimated() -> None:
    def answer(question: Asked) -> Answer:
        if question.path == "/locate":
            return Answer(json.dumps([{"edges": [{}], "nodes": []}] * 3).encode())
        return Answer(json.dumps(NO_PATH | {"error_code": 154}).encode(), 400)

    table, _ = table_from(answer)
    assert (table.source, table.notes) == (TravelSource.ESTIMATE, (TravelNote.SOME_ESTIMATED,))


def test_a_server_with_narrower_limits_is_asked_for_less_at_a_time() -> None:
    def answer(question: Asked) -> Answer:
        body = asked_of(question)
        if len(body["sources"]) * len(body["targets"]) > 4:
            return Answer(json.dumps({"error_code": 150, "error": "Exceeded max locations: 4"}).encode(), 400)
        return matrix(question)

    table, _ = table_from(answer)
    assert (table.source, table.notes) == (TravelSource.ROADS, ())
    assert table.seconds.tolist() == [[0, 101, 201], [100, 0, 101], [200, 100, 0]]


def test_a_missing_pair_is_estimated() -> None:
    def answer(question: Asked) -> Answer:
        rows = json.loads(matrix(question).body)
        rows["sources_to_targets"][0][2] |= {"time": None, "distance": None}
        return Answer(json.dumps(rows).encode())

    table, _ = table_from(answer)
    assert table.notes == (TravelNote.SOME_ESTIMATED,)
    assert table.seconds[0, 1] == 101
    assert table.seconds[0, 2] > 300


@pytest.mark.parametrize(
    "answer",
    [
        {"sources_to_targets": []},
        {"sources_to_targets": [[{"time": 1}]]},
        {"sources_to_targets": {"durations": [[1]]}},
        {"error_code": 100, "error": "Failed to parse"},
        {"trip": None},
    ],
)
def test_nonsense_is_recognised(answer: dict[str, Any]) -> None:
    table, _ = table_from(lambda _: Answer(json.dumps(answer).encode(), 400 if "error_code" in answer else 200))
    assert (table.source, table.notes) == (TravelSource.ESTIMATE, (TravelNote.SERVER_BROKEN,))


def test_the_line_is_unpacked_leg_by_leg() -> None:
    shapes = ["oihwaA_k{bhGozD?_yF?", "_~`yaA_mbdhG~{B?"]
    trip = {"trip": {"legs": [{"shape": shape} for shape in shapes], "status": 0}}
    with serving(lambda _: Answer(json.dumps(trip).encode())) as server:
        times = build_travel_times(f"valhalla+{server.url}")
        line = times.line(PLACES, mode=TravelMode.CAR)
        assert isinstance(times, RoadTimes)
        times.close()
    assert line[0] == (35.001, 139.0)
    assert asked_of(server.asked[0])["costing"] == "auto"
    assert len(asked_of(server.asked[0])["locations"]) == 3


def test_a_line_that_lacks_a_leg_is_not_drawn() -> None:
    trip = {"trip": {"legs": [{"shape": "oihwaA_k{bhGozD?"}], "status": 0}}
    with serving(lambda _: Answer(json.dumps(trip).encode())) as server:
        times = build_travel_times(f"valhalla+{server.url}")
        assert times.line(PLACES, mode=TravelMode.CAR) == tuple(PLACES)
        assert isinstance(times, RoadTimes)
        times.close()
