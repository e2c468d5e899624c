"""Lines to draw: unpacked right, and with fewer points than were sent."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldsales.adapters.travel_times.lines import decoded, simplified
from fieldsales.adapters.travel_times.servers import Nonsense
from fieldsales.domain.geodesy import offset_m


def test_an_encoded_line_is_unpacked() -> None:
    # the example of the format's own documentation
    assert decoded("_p~iF~ps|U_ulLnnqC_mqNvxq`@", digits=5) == [(38.5, -120.2), (40.7, -120.95), (43.252, -126.453)]


@pytest.mark.parametrize("shape", ["_p~iF", "_p~iF~ps|U_", "\x01\x02", "日本", "~" * 100])
def test_what_is_no_encoded_line_is_recognised(shape: str) -> None:
    with pytest.raises(Nonsense):
        decoded(shape, digits=6)


def test_points_along_a_straight_road_are_left_out_and_bends_are_kept() -> None:
    straight = [(35.0, 139.0 + i / 10_000) for i in range(200)]
    bend = [(35.0 + i / 10_000, straight[-1][1]) for i in range(1, 200)]
    line = simplified(straight + bend)
    assert line == (straight[0], (35.0, round(straight[-1][1], 6)), (round(bend[-1][0], 6), round(bend[-1][1], 6)))


def test_a_long_winding_line_is_drawn_with_no_more_points_than_allowed() -> None:
    winding = [(35 + i / 1_000, 139 + math.sin(i) / 50) for i in range(20_000)]
    line = simplified(winding, most=500)
    assert 2 <= len(line) <= 500
    assert (line[0], line[-1]) == (winding[0], tuple(round(part, 6) for part in winding[-1]))


def test_a_line_across_the_date_line_stays_whole() -> None:
    across = [(-16.8, 179.9), (-16.7, 180.0), (-16.8, -179.9)]
    assert simplified(across) == tuple(across)


@given(st.lists(st.tuples(st.floats(34.9, 35.1), st.floats(138.9, 139.1)), min_size=3, max_size=30))
def test_no_point_that_is_left_out_lies_far_from_the_line(points: list[tuple[float, float]]) -> None:
    line = simplified(points, tolerance_m=50)
    for point in points:
        assert min(_away(point, one, other) for one, other in pairwise(line)) <= 51


def _away(point: tuple[float, float], one: tuple[float, float], other: tuple[float, float]) -> float:
    """Return how far a point lies from a piece of a line, in metres on a plane around its first end."""
    (x, y), (ex, ey) = offset_m(*one, *point), offset_m(*one, *other)
    length = ex * ex + ey * ey
    share = min(1.0, max(0.0, (x * ex + y * ey) / length)) if length else 0.0
    return math.hypot(x - share * ex, y - share * ey)
