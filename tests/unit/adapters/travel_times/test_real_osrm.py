"""Travel times of a real OSRM server: by road, both ways for themselves, and honest where it knows nothing."""

from __future__ import annotations

import random
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from fieldsales.adapters.travel_times import RoadTimes, build_travel_times
from fieldsales.adapters.travel_times.osrm import Osrm
from fieldsales.domain.travel import Point, TravelNote, TravelSource
from fieldsales.domain.words import TravelMode
from tests.unit.adapters.travel_times import grid

SAPPORO = (43.0687, 141.3508)


def addresses(count: int) -> list[Point]:
    chance = random.Random(4)
    span = grid.STEP * (grid.SIZE - 1)
    return [(grid.SOUTH + chance.random() * span, grid.WEST + chance.random() * span) for _ in range(count)]


def test_times_are_by_road_and_differ_by_direction(osrm: RoadTimes) -> None:
    along, up = osrm.table([grid.corner(0, 0), grid.corner(0, 4)], mode=TravelMode.CAR), [grid.corner(1, 0), grid.corner(3, 0)]
    assert (along.source, along.notes) == (TravelSource.ROADS, ())
    assert along.metres[0, 1] == pytest.approx(4 * 364, rel=0.01)  # four blocks of a main road
    one_way = osrm.table(up, mode=TravelMode.CAR)
    assert one_way.metres[0, 1] == pytest.approx(2 * 445, rel=0.01)
    assert one_way.metres[1, 0] > 1.5 * one_way.metres[0, 1]  # back around the block
    assert one_way.seconds[1, 0] > one_way.seconds[0, 1]


def test_more_places_than_the_server_takes_at_once_are_asked_in_pieces(osrm: RoadTimes) -> None:
    places = addresses(130)
    table, part = osrm.table(places, mode=TravelMode.CAR), osrm.table(places[:20], mode=TravelMode.CAR)
    assert (table.source, table.notes, table.seconds.shape) == (TravelSource.ROADS, (), (130, 130))
    assert (table.seconds[:20, :20] == part.seconds).all()
    assert (table.metres[:20, :20] == part.metres).all()
    assert (np.diag(table.seconds) == 0).all()
    assert (table.seconds != table.seconds.T).mean() > 0.3


def test_a_server_with_narrower_limits_is_asked_for_less_at_a_time(osrm: RoadTimes, monkeypatch: pytest.MonkeyPatch) -> None:
    places = addresses(130)
    table = osrm.table(places, mode=TravelMode.CAR)
    monkeypatch.setattr(Osrm, "most_square", 1_000)  # which it refuses
    in_halves = osrm.table(places, mode=TravelMode.CAR)
    assert (in_halves.notes, in_halves.source) == ((), TravelSource.ROADS)
    assert (in_halves.seconds == table.seconds).all()


def test_a_pair_without_a_way_is_estimated_and_said_to_be(osrm: RoadTimes) -> None:
    places = [*addresses(8), grid.ISLAND]
    table, estimated = osrm.table(places, mode=TravelMode.CAR), build_travel_times().table(places, mode=TravelMode.CAR)
    assert (table.source, table.notes) == (TravelSource.ROADS, (TravelNote.SOME_ESTIMATED,))
    assert (table.seconds[:8, :8] != estimated.seconds[:8, :8]).any()
    ratios = table.seconds[:8, 8] / estimated.seconds[:8, 8]
    assert ratios == pytest.approx(ratios[0], rel=0.01)  # stretched alike, as the known times are
    assert (table.seconds[8, :8] > 0).all()


def test_a_customer_off_the_servers_map_is_not_driven_to_along_its_edge(osrm: RoadTimes) -> None:
    places = [*addresses(3), SAPPORO]
    table = osrm.table(places, mode=TravelMode.CAR)
    assert table.notes == (TravelNote.SOME_ESTIMATED,)
    assert table.metres[0, 3] > 800_000
    assert table.metres[0, 1] < 20_000


def test_identical_places_and_what_is_no_place_disturb_nobody(osrm: RoadTimes) -> None:
    here, there = addresses(2)
    table = osrm.table([here, there, here, (float("nan"), 139.0)], mode=TravelMode.CAR)
    assert table.seconds[0, 2] == table.seconds[2, 0] == 0
    assert (table.seconds[0, :3] == table.seconds[2, :3]).all()
    assert table.seconds[0, 3] >= 10_000_000
    assert table.seconds[0, 1] == osrm.table([here, there], mode=TravelMode.CAR).seconds[0, 1]


def test_a_server_prepared_for_cars_is_not_asked_for_those_who_walk(osrm: RoadTimes) -> None:
    places = addresses(3)
    table = osrm.table(places, mode=TravelMode.WALK)
    assert (table.source, table.notes) == (TravelSource.ESTIMATE, ())


def test_the_line_follows_the_streets(osrm: RoadTimes) -> None:
    line = osrm.line([grid.corner(1, 1), grid.corner(5, 7), grid.corner(2, 2)], mode=TravelMode.CAR)
    assert len(line) >= 5
    assert (line[0], line[-1]) == (grid.corner(1, 1), grid.corner(2, 2))
    for (lat1, lon1), (lat2, lon2) in pairwise(line):
        assert abs(lat1 - lat2) < 2e-5 or abs(lon1 - lon2) < 2e-5  # along a street or an avenue, never across a block


def test_the_line_is_straight_where_the_server_knows_no_way(osrm: RoadTimes) -> None:
    stops = [grid.corner(1, 1), grid.corner(1, 5), grid.ISLAND, grid.corner(1, 1)]
    line = osrm.line(stops, mode=TravelMode.CAR)
    assert grid.ISLAND in [(round(lat, 4), round(lon, 4)) for lat, lon in line]
    assert len(line) >= 4


def test_what_was_answered_once_is_known_when_the_server_is_gone(roads: Path, tmp_path: Path) -> None:
    places = addresses(12)
    with grid.serving(roads) as url:
        times = build_travel_times(url, cache_path=tmp_path / "cache.sqlite3")
        table, line = times.table(places, mode=TravelMode.CAR), times.line(places, mode=TravelMode.CAR)
    later = build_travel_times(url, cache_path=tmp_path / "cache.sqlite3")
    again = later.table(places, mode=TravelMode.CAR)
    assert (again.source, again.notes) == (TravelSource.ROADS, ())
    assert (again.seconds == table.seconds).all()
    assert (again.metres == table.metres).all()
    assert later.line(places, mode=TravelMode.CAR) == line
    more = later.table([*places, *addresses(13)[12:]], mode=TravelMode.CAR)
    assert (more.source, more.notes) == (TravelSource.ROADS, (TravelNote.SERVER_DOWN,))
    assert (more.seconds[:12, :12] == table.seconds).all()
    for each in (times, later):
        assert isinstance(each, RoadTimes)
        each.close()


def test_only_what_a_new_customer_brings_is_asked(roads: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, int]] = []
    block = Osrm.block

    def counted(self: Osrm, origins: list[Point], targets: list[Point], **rest: object) -> object:
        asked.append((len(origins), len(targets)))
        return block(self, origins, targets, **rest)  # type: ignore[arg-type]

    monkeypatch.setattr(Osrm, "block", counted)
    places = addresses(21)
    with grid.serving(roads) as url:
        times = build_travel_times(url, cache_path=tmp_path / "cache.sqlite3")
        for known in (places[:20], places, places[::-1]):
            assert times.table(known, mode=TravelMode.CAR).notes == ()
    assert asked == [(20, 20), (1, 21), (20, 1)]
    assert isinstance(times, RoadTimes)
    times.close()
