"""The section of a map, as it stands in a URL."""

from __future__ import annotations

import pytest

from fieldsales.domain.map_box import BadBox, MapBox, read_zoom
from fieldsales.errors import BadNumber


def test_four_numbers_are_a_box() -> None:
    assert MapBox.parse("139.5,35.5,139.9,35.8") == MapBox(139.5, 35.5, 139.9, 35.8)


@pytest.mark.parametrize(
    "text", ["", "1,2,3", "1,2,3,4,5", "a,b,c,d", "1,2,nan,4", "1,2,inf,4", "1,4,3,2", "1,2,1,4", "1,-91,3,4", "1,2,3,91", "9999,2,99999,4"]
)
def test_anything_else_is_refused_naming_the_parameter(text: str) -> None:
    with pytest.raises(BadBox) as refused:
        MapBox.parse(text)
    assert refused.value.field == "bbox"


def test_a_box_across_the_antimeridian_is_two_boxes_of_the_world() -> None:
    boxes = MapBox.parse("170,-10,-170,10").world_boxes()
    assert [(round(west, 3), round(east, 3)) for west, _, east, _ in boxes] == [(0.972, 1.0), (0.0, 0.028)]


def test_a_map_scrolled_round_the_world_asks_for_the_same_box() -> None:
    assert MapBox.parse("499.5,35.5,499.9,35.8").west == pytest.approx(139.5)


def test_a_map_wider_than_the_world_asks_for_all_of_it() -> None:
    assert MapBox.parse("-300,-80,300,80") == MapBox(-180, -80, 180, 80)


def test_a_box_that_ends_at_the_antimeridian_stays_one_box() -> None:
    assert len(MapBox.parse("170,-10,180,10").world_boxes()) == 1


def test_a_pinched_zoom_is_rounded_down() -> None:
    assert read_zoom("12.75") == 12


@pytest.mark.parametrize("text", ["", "x", "-1", "23", "nan", "1e9"])
def test_a_zoom_that_no_map_has_is_refused(text: str) -> None:
    with pytest.raises(BadNumber) as refused:
        read_zoom(text)
    assert refused.value.field == "zoom"
