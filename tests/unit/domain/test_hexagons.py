"""Hexagons: which one a place lies in, larger ones by their numbers alone, and outlines that do not tear at the antimeridian."""

from __future__ import annotations

import h3
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldsales.domain import hexagons
from fieldsales.errors import BadChoice

LATS, LONS = st.floats(-85, 85), st.floats(-180, 180)
SAMOA = (-13.8, -180.0)


@given(lat=LATS, lon=LONS, resolution=st.integers(0, hexagons.FINEST))
def test_a_larger_hexagon_is_the_one_the_library_names(lat: float, lon: float, resolution: int) -> None:
    cells = hexagons.cells_of(np.array([lat]), np.array([lon]))
    named = hexagons.name_of(int(cells[0]))
    assert named == h3.latlng_to_cell(lat, lon, hexagons.FINEST)
    assert hexagons.name_of(int(hexagons.parents(cells, resolution)[0])) == h3.cell_to_parent(named, resolution)


@given(lat=st.floats(-60, 60), lon=LONS, resolution=st.integers(2, hexagons.FINEST))
def test_an_outline_goes_round_its_middle_without_a_jump(lat: float, lon: float, resolution: int) -> None:
    cell = int(hexagons.parents(hexagons.cells_of(np.array([lat]), np.array([lon])), resolution)[0])
    corners = hexagons.outline(cell)
    lons = [corner[1] for corner in corners]
    assert max(lons) - min(lons) < 30
    middle_lat, middle_lon = hexagons.centre(cell)
    nearest = middle_lon + 360 * round((lons[0] - middle_lon) / 360)
    assert min(lons) < nearest < max(lons)
    assert min(corner[0] for corner in corners) < middle_lat < max(corner[0] for corner in corners)


def test_a_hexagon_across_the_antimeridian_goes_on_beyond_180() -> None:
    cell = int(hexagons.parents(hexagons.cells_of(np.array([SAMOA[0]]), np.array([SAMOA[1]])), 4)[0])
    lons = [lon for _lat, lon in hexagons.outline(cell)]
    assert (min(lons) < -180 < max(lons)) or (min(lons) < 180 < max(lons))


def test_hexagons_shrink_as_one_zooms_in_and_stop_at_the_finest() -> None:
    resolutions = [hexagons.resolution_at(zoom) for zoom in range(23)]
    assert resolutions == sorted(resolutions)
    assert (resolutions[0], resolutions[-1]) == (0, hexagons.FINEST)
    assert all(hexagons.width_degrees(finer + 1) < hexagons.width_degrees(finer) for finer in range(hexagons.FINEST))


def test_a_hexagon_is_read_from_its_name() -> None:
    name = h3.latlng_to_cell(34.34, 134.05, 7)
    assert hexagons.name_of(hexagons.read_cell(name)) == name
    assert hexagons.resolution_of(hexagons.read_cell(name)) == 7


@pytest.mark.parametrize("name", ["", "0", "xyz", "-1", "８９", "f" * 16, h3.latlng_to_cell(34.34, 134.05, 10), "<script>"])
def test_no_hexagon_is_refused(name: str) -> None:
    with pytest.raises(BadChoice):
        hexagons.read_cell(name)
