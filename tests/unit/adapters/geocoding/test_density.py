"""The radius of a town follows from how near its neighbours are."""

from __future__ import annotations

import numpy as np
import pytest

from fieldsales.adapters.geocoding.density import distance_m, radii_m


def test_a_degree_of_latitude_is_111_kilometres() -> None:
    assert float(distance_m(np.array([35.0]), np.array([135.0]), np.array([36.0]), np.array([135.0]))[0]) == pytest.approx(
        111_195, rel=1e-3
    )


def test_the_radius_agrees_with_measuring_every_pair() -> None:
    random = np.random.default_rng(7)
    lat = 34 + random.random(400) ** 3
    lon = 134 + random.random(400) ** 3
    pairs = distance_m(lat[:, None], lon[:, None], lat, lon)
    expected = (1.5 * np.sort(pairs, axis=1)[:, 3]).clip(100, 20_000)
    assert radii_m(lat, lon, lat, lon) == pytest.approx(expected, rel=0.02, abs=3)


def test_points_at_the_same_place_are_one_neighbour() -> None:
    lat = np.array([34.0] * 5 + [34.01, 34.02, 34.03])
    lon = np.full(8, 134.0)
    assert radii_m(lat, lon, lat, lon)[0] == pytest.approx(1.5 * 0.03 * 111_195, rel=0.01)


def test_a_lonely_point_has_the_largest_radius_and_nothing_is_no_error() -> None:
    one, nothing = np.array([24.0]), np.array([])
    assert radii_m(one, one + 100, one, one + 100).tolist() == [20_000]
    assert radii_m(nothing, nothing, nothing, nothing).tolist() == []
