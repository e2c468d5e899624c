"""Times without a map of roads: plausible for every means of travel, at any distance, anywhere on earth."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldsales.adapters.travel_times import build_travel_times
from fieldsales.domain.geodesy import distance_m
from fieldsales.domain.planning.problem import UNREACHABLE
from fieldsales.domain.travel import Point, TravelSource, TravelTable
from fieldsales.domain.words import TravelMode

TIMES = build_travel_times()
TAKAMATSU_STATION, MARUGAME_STATION = (34.3507, 134.0469), (34.2925, 133.7937)
TOKYO, NAGOYA = (35.6812, 139.7671), (35.1709, 136.8815)
POINTS = st.tuples(st.floats(-90, 90), st.floats(-180, 180))


def minutes(one: Point, other: Point, mode: TravelMode) -> float:
    return int(TIMES.table([one, other], mode=mode).seconds[0, 1]) / 60


def east_of(point: Point, km: float) -> Point:
    return point[0], point[1] + km / (111.195 * math.cos(math.radians(point[0])))


def table_of(points: list[Point], mode: TravelMode = TravelMode.CAR) -> TravelTable:
    return TIMES.table(points, mode=mode)


@pytest.mark.parametrize(
    ("km", "lowest", "highest"),
    [
        (1, 3.5, 7),  # a few streets on
        (5, 14, 24),  # across a town: some 7 km of road at the 21 km/h of built-up areas, or a little faster
        (20, 40, 70),  # to the next town
        (60, 90, 150),  # over an ordinary road, or a motorway in part
        (260, 230, 330),  # Tokyo to Nagoya
    ],
)
def test_a_drive_takes_as_long_as_drives_do(km: float, lowest: float, highest: float) -> None:
    assert lowest <= minutes(TAKAMATSU_STATION, east_of(TAKAMATSU_STATION, km), TravelMode.CAR) <= highest


def test_known_ways_come_out_about_right() -> None:
    assert minutes(TAKAMATSU_STATION, MARUGAME_STATION, TravelMode.CAR) == pytest.approx(60, abs=12)
    table = table_of([TOKYO, NAGOYA])
    assert table.metres[0, 1] / 1000 == pytest.approx(350, rel=0.1)
    assert table.seconds[0, 1] / 3600 == pytest.approx(4.75, abs=0.75)


def test_a_walk_is_reckoned_at_eighty_metres_of_way_a_minute() -> None:
    table = table_of([TAKAMATSU_STATION, east_of(TAKAMATSU_STATION, 1)], TravelMode.WALK)
    assert table.metres[0, 1] == pytest.approx(1_300, abs=5)
    assert table.seconds[0, 1] == pytest.approx(1_300 / 80 * 60, abs=5)
    assert (table_of([TAKAMATSU_STATION, MARUGAME_STATION], TravelMode.TRAIN).seconds[0, 1]) == pytest.approx(
        table_of([TAKAMATSU_STATION, MARUGAME_STATION], TravelMode.WALK).seconds[0, 1]
    )


@pytest.mark.parametrize("km", [1, 5, 20, 60])
def test_a_bicycle_lies_between_walking_and_driving(km: float) -> None:
    there = east_of(TAKAMATSU_STATION, km)
    walk, ride, drive = (minutes(TAKAMATSU_STATION, there, mode) for mode in (TravelMode.WALK, TravelMode.BICYCLE, TravelMode.CAR))
    assert walk > ride > drive


@pytest.mark.parametrize("mode", list(TravelMode))
@given(one=st.floats(0, 900_000), other=st.floats(0, 900_000))
def test_farther_always_takes_longer_and_never_jumps(mode: TravelMode, one: float, other: float) -> None:
    near, far = sorted((one, other))
    here = (0.0, 0.0)
    table = table_of([here, (0.0, near / 111_195), (0.0, far / 111_195)], mode)
    assert table.seconds[0, 1] <= table.seconds[0, 2]
    assert table.metres[0, 1] <= table.metres[0, 2]
    slowest_m_per_s = 4.8 / 3.6 / 1.45
    assert table.seconds[0, 2] - table.seconds[0, 1] <= (far - near) / slowest_m_per_s + 2


@given(points=st.lists(POINTS, min_size=1, max_size=5))
def test_any_places_on_earth_have_times(points: list[Point]) -> None:
    table = table_of(points)
    assert table.seconds.shape == table.metres.shape == (len(points), len(points))
    assert (np.diag(table.seconds) == 0).all()
    assert (table.seconds == table.seconds.T).all()
    assert ((table.seconds >= 0) & (table.seconds < UNREACHABLE)).all()
    for i, one in enumerate(points):
        for j, other in enumerate(points):
            assert table.metres[i, j] >= distance_m(*one, *other) - 1


def test_identical_places_are_no_way_apart() -> None:
    table = table_of([TOKYO, TOKYO, NAGOYA])
    assert (table.seconds[0, 1], table.metres[0, 1]) == (0, 0)


def test_the_date_line_is_no_wall() -> None:
    taveuni_west, taveuni_east = (-16.8, 179.99), (-16.8, -179.99)
    assert table_of([taveuni_west, taveuni_east]).metres[0, 1] < 4_000


def test_what_is_no_point_cannot_be_reached_and_spoils_nothing() -> None:
    for broken in [(float("nan"), 139.0), (35.0, float("inf"))]:
        table = table_of([TOKYO, broken, NAGOYA])
        assert table.seconds[0, 1] == table.seconds[1, 0] == table.seconds[1, 2] == UNREACHABLE
        assert table.seconds[0, 2] == table_of([TOKYO, NAGOYA]).seconds[0, 1]


def test_no_places_at_all_are_an_empty_table() -> None:
    assert table_of([]).seconds.shape == (0, 0)
    assert table_of([TOKYO]).seconds.tolist() == [[0]]


def test_an_estimate_says_that_it_is_one() -> None:
    table = table_of([TOKYO, NAGOYA])
    assert (table.source, table.notes, table.spread) == (TravelSource.ESTIMATE, (), None)
    assert TIMES.line([TOKYO, NAGOYA], mode=TravelMode.CAR) == (TOKYO, NAGOYA)
