"""Areas drawn on a map: what a finger draws is understood, what makes no area is refused with a sentence."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldsales.domain import drawn_areas
from fieldsales.domain.drawn_areas import Ring, find_crossing, read_rings, require_simple, within

SQUARE = [[35.0, 139.0], [35.0, 140.0], [36.0, 140.0], [36.0, 139.0]]


def inside(rings: Any, *places: tuple[float, float]) -> list[bool]:
    lat, lon = np.array([p[0] for p in places], float), np.array([p[1] for p in places], float)
    return within(read_rings(rings), lat, lon).tolist()


def test_what_lies_within_a_ring_is_inside_and_nothing_else() -> None:
    assert inside([SQUARE], (35.5, 139.5), (35.5, 140.1), (36.1, 139.5), (34.9, 139.5), (-35.5, 139.5)) == [
        True,
        False,
        False,
        False,
        False,
    ]


def test_whatever_lies_in_one_of_several_rings_is_inside() -> None:
    other = [[43.0, 141.0], [43.0, 142.0], [44.0, 141.5]]
    assert inside([SQUARE, other], (35.5, 139.5), (43.2, 141.5), (40.0, 140.0)) == [True, True, False]


def test_a_ring_may_be_drawn_in_either_direction_and_closed_or_not() -> None:
    assert inside([SQUARE[::-1]], (35.5, 139.5)) == inside([[*SQUARE, SQUARE[0]]], (35.5, 139.5)) == [True]


def test_a_line_that_crosses_itself_takes_in_everything_it_goes_around() -> None:
    eight = [[35.0, 139.0], [36.0, 140.0], [36.0, 139.0], [35.0, 140.0]]
    assert inside([eight], (35.1, 139.5), (35.9, 139.5), (35.5, 139.1)) == [True, True, False]
    overshot = [*SQUARE, [35.0, 139.0], [35.0, 139.5], [35.5, 139.5], [35.5, 139.2]]  # the finger went on for a while
    assert inside([overshot], (35.4, 139.4), (35.9, 139.9)) == [True, True]


def test_an_area_that_must_be_clear_may_not_cross_itself() -> None:
    require_simple(read_rings([SQUARE]))
    with pytest.raises(drawn_areas.AreaCrossesItself, match=r"near 35\.5, 139\.5"):
        require_simple(read_rings([[[35.0, 139.0], [36.0, 140.0], [36.0, 139.0], [35.0, 140.0]]]))


@pytest.mark.parametrize(
    "drawn",
    [
        [[-18.0, 178.0], [-18.0, 182.0], [-16.0, 182.0], [-16.0, 178.0]],  # as a map scrolled beyond the line has it
        [[-18.0, 178.0], [-18.0, -178.0], [-16.0, -178.0], [-16.0, 178.0]],  # as a program writes it
        [[-18.0, -182.0], [-18.0, -178.0], [-16.0, -178.0], [-16.0, -182.0]],
        [[-18.0, 538.0], [-18.0, 542.0], [-16.0, 542.0], [-16.0, 538.0]],  # once around the world
    ],
)
def test_an_area_across_the_antimeridian_holds_both_sides_of_it(drawn: Any) -> None:
    assert inside([drawn], (-17.0, 179.0), (-17.0, -179.0), (-17.0, 180.0), (-17.0, 177.0), (-17.0, -177.0), (-17.0, 0.0)) == [
        *(True, True, True),
        *(False, False, False),
    ]
    (ring,) = read_rings([drawn])
    assert -180 <= ring[0][1] <= 180


def test_a_line_around_the_whole_world_has_no_inside() -> None:
    around = [[60.0 + lon % 2, float(lon)] for lon in range(-180, 181, 60)]
    with pytest.raises(drawn_areas.AreaAroundTheWorld, match="no inside"):
        read_rings([around])


@pytest.mark.parametrize(
    "drawn", [[], [[35.0, 139.0]], [[35.0, 139.0], [36.0, 140.0]], [[35.0, 139.0]] * 40, [[35.0, 139.0], [35.000001, 139.000001]] * 9]
)
def test_a_tap_or_a_stroke_encloses_nothing(drawn: Any) -> None:
    with pytest.raises(drawn_areas.NoArea):
        read_rings([drawn])


@pytest.mark.parametrize(
    "drawn",
    [
        *(None, "rings", 7, {"a": 1}, [None], ["ring"], [[None, None, None]], [[[35.0], [36.0], [37.0]]], [[[91, 0], [0, 0], [0, 1]]]),
        *([[[math.nan, 0], [0, 0], [0, 1]]], [[[0, math.inf], [0, 0], [0, 1]]], [[["<script>", 0], [0, 0], [0, 1]]], [SQUARE] * 21),
        [[[0.0, n / 1e4] for n in range(2_001)]],
    ],
)
def test_what_is_no_area_is_refused(drawn: Any) -> None:
    with pytest.raises(drawn_areas.BadArea):
        read_rings(drawn)


corners = st.lists(st.tuples(st.integers(-40, 40), st.integers(-40, 40)), min_size=3, max_size=12, unique=True)


def winding(ring: Ring, lat: float, lon: float) -> int:
    """How often a ring goes round a place that lies on none of its lines: the sum of the angles under which it sees them."""
    angle = 0.0
    for (y0, x0), (y1, x1) in zip(ring, (*ring[1:], ring[0]), strict=True):
        a, b = math.atan2(y0 - lat, x0 - lon), math.atan2(y1 - lat, x1 - lon)
        angle += (b - a + math.pi) % (2 * math.pi) - math.pi
    return round(angle / (2 * math.pi))


@given(corners, st.lists(st.tuples(st.integers(-41, 40), st.integers(-41, 40)), min_size=1, max_size=20))
def test_inside_is_where_the_line_goes_round(drawn: list[tuple[int, int]], places: list[tuple[int, int]]) -> None:
    ring = tuple((float(lat), float(lon)) for lat, lon in drawn)
    # Beside the whole numbers, so that no place lies on a line through two of them.
    beside = [(lat + 0.5 + 1e-4 * math.pi, lon + 0.5 + 1e-4 * math.e) for lat, lon in places]
    found = within([ring], np.array([p[0] for p in beside]), np.array([p[1] for p in beside]))
    assert found.tolist() == [winding(ring, *place) != 0 for place in beside]


@given(corners)
def test_a_crossing_is_found_exactly_where_there_is_one(drawn: list[tuple[int, int]]) -> None:
    ring = tuple((float(lat), float(lon)) for lat, lon in drawn)
    sides = list(zip(ring, (*ring[1:], ring[0]), strict=True))

    def turn(p: tuple[float, float], q: tuple[float, float], r: tuple[float, float]) -> float:
        return (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0])

    crossed = any(
        turn(*a, b[0]) * turn(*a, b[1]) < 0 and turn(*b, a[0]) * turn(*b, a[1]) < 0
        for i, a in enumerate(sides)
        for j, b in enumerate(sides)
        if j > i + 1 and not (i == 0 and j == len(sides) - 1)
    )
    assert (find_crossing(ring) is not None) == crossed
