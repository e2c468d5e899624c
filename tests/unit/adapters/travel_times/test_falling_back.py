"""A routing server that is slow, down, or answers nonsense costs a note, never a plan."""

from __future__ import annotations

import json
import logging
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from fieldsales.adapters.travel_times import CACHE_FILE_NAME, RoadTimes, build_travel_times, fetching, roads
from fieldsales.domain.travel import TravelNote, TravelSource, TravelTable
from fieldsales.domain.words import TravelMode
from tests.unit.adapters.geocoding.servers import Answer, Asked, serving

PLACES = [(34.341, 134.046), (34.330, 134.070), (34.300, 134.100)]
HTML = Answer(b"<html><body>It works!</body></html>", headers={"Content-Type": "text/html"})
SECONDS = [[0, 300, 900], [320, 0, 700], [910, 690, 0]]
METRES = [[0, 3_000, 9_000], [3_100, 0, 7_000], [9_100, 6_900, 0]]


def ok(seconds: Any = SECONDS, metres: Any = METRES, **more: Any) -> Answer:
    return Answer(json.dumps({"code": "Ok", "durations": seconds, "distances": metres, **more}).encode())


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """Wait a fraction of a second, where the product waits some seconds."""
    caplog.set_level(logging.ERROR)
    monkeypatch.setattr(fetching, "REQUEST_S", 0.3)
    monkeypatch.setattr(roads, "TABLE_S", 0.6)
    monkeypatch.setattr(roads, "LINE_S", 0.6)


@pytest.fixture
def ask() -> Iterator[Callable[..., TravelTable]]:
    """Return `ask(url)`, the table of PLACES by car from the server at that address."""
    built: list[RoadTimes] = []

    def table(url: str, mode: TravelMode = TravelMode.CAR) -> TravelTable:
        times = build_travel_times(url)
        assert isinstance(times, RoadTimes)
        built.append(times)
        return times.table(PLACES, mode=mode)

    yield table
    for times in built:
        times.close()


def is_estimated(table: TravelTable) -> bool:
    estimate = build_travel_times().table(PLACES, mode=TravelMode.CAR)
    return table.source is TravelSource.ESTIMATE and bool((table.seconds == estimate.seconds).all())


def test_a_good_answer_is_taken_as_it_is(ask: Callable[..., TravelTable]) -> None:
    with serving(lambda _: ok()) as server:
        table = ask(server.url)
    assert (table.seconds.tolist(), table.metres.tolist()) == (SECONDS, METRES)
    assert (table.source, table.notes, table.spread) == (TravelSource.ROADS, (), None)
    assert server.asked[0].path.startswith("/table/v1/driving/134.04600,34.34100;134.07000,34.33000;134.10000,34.30000?")
    assert server.asked[0].headers["User-Agent"] == "FieldSales"


def test_a_server_that_is_not_there_is_estimated_for(ask: Callable[..., TravelTable]) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # bound, but nobody listens
        table = ask(f"http://127.0.0.1:{nobody.getsockname()[1]}")
    assert is_estimated(table)
    assert table.notes == (TravelNote.SERVER_DOWN,)


def test_a_server_that_keeps_silent_is_not_waited_for(ask: Callable[..., TravelTable]) -> None:
    released = threading.Event()

    def silent(_: Asked) -> Answer:
        released.wait(30)
        return ok()

    with serving(silent) as server:
        table = ask(server.url)
        released.set()
    assert is_estimated(table)
    assert table.notes == (TravelNote.SERVER_DOWN,)


def test_an_answer_handed_out_drop_by_drop_is_not_waited_for(ask: Callable[..., TravelTable]) -> None:
    released = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def drip() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65_536)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
                while not released.wait(0.02):
                    try:
                        connection.sendall(b" ")
                    except OSError:
                        return

        thread = threading.Thread(target=drip)
        thread.start()
        table = ask(f"http://127.0.0.1:{listener.getsockname()[1]}")
        released.set()
        thread.join()
    assert is_estimated(table)
    assert table.notes == (TravelNote.SERVER_DOWN,)


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_busy_server_counts_as_down(ask: Callable[..., TravelTable], status: int) -> None:
    with serving(lambda _: Answer(b"{}", status)) as server:
        table = ask(server.url)
    assert is_estimated(table)
    assert table.notes == (TravelNote.SERVER_DOWN,)


@pytest.mark.parametrize(
    "answer",
    [
        HTML,
        Answer(HTML.body, 404),
        Answer(b'{"code": "InvalidUrl", "message": ""}', 400),
        Answer(b"[" * 100_000),
        Answer(b'{"code": "Ok"}'),
        Answer(b'["Ok"]'),
        Answer(b"\xff\xfe"),
        ok([[0, 1], [1, 0]]),
        ok([[0, 1, "x"], [1, 0, 2], [3, 4, 0]]),
        ok([[0, -300, 900], [320, 0, 700], [910, 690, 0]]),
        ok([[0, float("inf"), 900], [320, 0, 700], [910, 690, 0]]),
        ok([[0, 10**400, 900], [320, 0, 700], [910, 690, 0]]),
        ok([[0, 10**12, 900], [320, 0, 700], [910, 690, 0]]),
        ok([[0, {}, 900], [320, 0, 700], [910, 690, 0]]),
    ],
    ids=lambda answer: answer.body[:40].decode("latin-1"),
)
def test_nonsense_is_recognised_and_estimated_for(ask: Callable[..., TravelTable], answer: Answer) -> None:
    with serving(lambda _: answer) as server:
        table = ask(server.url)
    assert is_estimated(table)
    assert table.notes == (TravelNote.SERVER_BROKEN,)


def test_a_connection_that_breaks_is_no_nonsense(ask: Callable[..., TravelTable]) -> None:
    with serving(lambda _: Answer(ok().body, cut_after=40)) as server:
        table = ask(server.url)
    assert is_estimated(table)
    assert table.notes == (TravelNote.SERVER_DOWN,)


def test_nobody_is_led_to_another_host(ask: Callable[..., TravelTable]) -> None:
    with serving(lambda _: ok()) as elsewhere, serving(lambda _: Answer(b"", 302, {"Location": f"{elsewhere.url}/table"})) as server:
        table = ask(server.url)
    assert is_estimated(table)
    assert table.notes == (TravelNote.SERVER_BROKEN,)
    assert not elsewhere.asked


def test_an_answer_without_end_is_cut_off(ask: Callable[..., TravelTable], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "LARGEST_BYTES", 100_000)
    with serving(lambda _: Answer(b" " * 5_000_000)) as server:
        table = ask(server.url)
    assert is_estimated(table)
    assert table.notes == (TravelNote.SERVER_BROKEN,)


def test_a_missing_pair_is_estimated_and_the_rest_is_not(ask: Callable[..., TravelTable]) -> None:
    with serving(lambda _: ok([[0, None, 900], [320, 0, 700], [910, 690, 0]])) as server:
        table = ask(server.url)
    assert (table.source, table.notes) == (TravelSource.ROADS, (TravelNote.SOME_ESTIMATED,))
    estimate = build_travel_times().table(PLACES, mode=TravelMode.CAR)
    assert table.seconds.tolist() == [[0, int(estimate.seconds[0, 1]), 900], [320, 0, 700], [910, 690, 0]]


def test_a_way_faster_than_anybody_drives_is_not_believed(ask: Callable[..., TravelTable]) -> None:
    with serving(lambda _: ok([[0, 2, 900], [320, 0, 700], [910, 690, 0]])) as server:
        table = ask(server.url)
    assert table.notes == (TravelNote.SOME_ESTIMATED,)
    assert table.seconds[0, 1] > 200


def test_a_server_that_knows_no_distances_is_good_enough(ask: Callable[..., TravelTable]) -> None:
    with serving(lambda _: Answer(json.dumps({"code": "Ok", "durations": SECONDS}).encode())) as server:
        table = ask(server.url)
    assert (table.seconds.tolist(), table.notes) == (SECONDS, ())
    assert table.metres[0, 1] > 2_000


def test_a_point_the_server_knows_no_road_for_is_estimated(ask: Callable[..., TravelTable]) -> None:
    with serving(lambda _: Answer(b'{"code": "NoSegment", "message": "no segment for coordinate 0"}', 400)) as server:
        table = ask(server.url)
    assert is_estimated(table)
    assert table.notes == (TravelNote.SOME_ESTIMATED,)


def test_a_server_that_failed_is_left_alone_for_a_minute_and_then_asked_again() -> None:
    answers = [HTML, ok(), ok()]
    moment = [0.0]
    with serving(lambda _: answers.pop(0)) as server:
        times = build_travel_times(server.url)
        assert isinstance(times, RoadTimes)
        for asked in times._servers.values():
            asked.patience.clock = lambda: moment[0]
        notes = []
        for now in (0.0, 59.0, 61.0):
            moment[0] = now
            notes.append(times.table(PLACES, mode=TravelMode.CAR).notes)
        times.close()
    assert notes == [(TravelNote.SERVER_BROKEN,), (TravelNote.SERVER_BROKEN,), ()]
    assert len(server.asked) == 2


def test_a_line_is_straight_when_the_server_fails(tmp_path: Path) -> None:
    for answer in (HTML, Answer(b'{"code": "Ok", "routes": []}'), Answer(b"", 503), Answer(b'{"code": "NoRoute"}', 400)):
        with serving(lambda _, answer=answer: answer) as server:  # type: ignore[misc]
            times = build_travel_times(server.url, cache_path=tmp_path / CACHE_FILE_NAME)
            assert times.line(PLACES, mode=TravelMode.CAR) == tuple(PLACES)
            assert isinstance(times, RoadTimes)
            times.close()


def test_a_way_by_bicycle_is_asked_of_the_server_for_bicycles(ask: Callable[..., TravelTable]) -> None:
    with serving(lambda _: ok()) as cars, serving(lambda _: ok()) as bicycles:
        table = ask(f"{cars.url} bicycle={bicycles.url}", TravelMode.BICYCLE)
    assert table.source is TravelSource.ROADS
    assert (len(cars.asked), len(bicycles.asked)) == (0, 1)
    assert bicycles.asked[0].path.startswith("/table/v1/cycling/")


def test_a_mistake_of_ours_is_not_put_down_to_the_server(monkeypatch: pytest.MonkeyPatch, ask: Callable[..., TravelTable]) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("fieldsales.adapters.travel_times.osrm.plain_numbers", broken)
    with serving(lambda _: ok()) as server, pytest.raises(ZeroDivisionError):
        ask(server.url)
