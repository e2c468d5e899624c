"""What is gathered and what stands alone, for any customers at any zoom."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldsales.domain.map_clusters import MAX_FEATURES, SINGLES_ZOOM, Groups, gather
from fieldsales.domain.web_mercator import find_runs, keys_of, to_degrees, to_world

PLACES = st.lists(st.tuples(st.floats(-84, 84), st.floats(-179.9, 179.9)), max_size=60)


def gathered(lat: list[float], lon: list[float], zoom: int, limit: int = MAX_FEATURES) -> tuple[Groups, np.ndarray, np.ndarray]:
    x, y = to_world(np.array(lat), np.array(lon))
    order = np.argsort(keys_of(x, y))
    x, y = x[order], y[order]
    return gather(keys_of(x, y), x, y, zoom=zoom, limit=limit), x, y


@given(PLACES, st.integers(0, 22))
def test_every_customer_is_drawn_exactly_once(places: list[tuple[float, float]], zoom: int) -> None:
    groups, x, _ = gathered([p[0] for p in places], [p[1] for p in places], zoom)
    assert sorted(groups.rows.tolist()) == list(range(len(x)))
    assert (groups.counts > 0).all()
    assert groups.counts.sum() == len(x)


@pytest.mark.parametrize("zoom", [0, 5, 10, 13, 14, 16, 17, 18, 22])
def test_there_are_never_more_features_than_the_limit(zoom: int) -> None:
    random = np.random.default_rng(zoom)
    spread = 300 / 2**zoom
    lat, lon = 35 + random.normal(0, spread, 20_000), 139 + random.normal(0, spread, 20_000)
    groups, *_ = gathered(lat.clip(-80, 80).tolist(), lon.tolist(), zoom)
    assert 1 <= len(groups.counts) <= MAX_FEATURES
    assert groups.counts.sum() == 20_000


def test_close_up_neighbours_stand_alone_and_those_at_one_spot_together() -> None:
    groups, *_ = gathered([35.0, 35.0, 35.0, 35.0002], [139.0, 139.0, 139.0, 139.0], SINGLES_ZOOM)
    assert sorted(groups.counts.tolist()) == [1, 3]


def test_close_up_too_many_customers_leave_single_ones_where_they_are_fewest() -> None:
    random = np.random.default_rng(3)
    lat, lon = 35 + random.random(3000) * 0.02, 139 + random.random(3000) * 0.02
    groups, *_ = gathered(lat.tolist(), lon.tolist(), 18)
    assert len(groups.counts) <= MAX_FEATURES
    assert (groups.counts == 1).sum() > 50


def test_clusters_keep_apart_on_the_screen() -> None:
    random = np.random.default_rng(5)
    groups, x, y = gathered((35 + random.normal(0, 0.2, 5000)).tolist(), (139 + random.normal(0, 0.2, 5000)).tolist(), 11)
    first = groups.starts[:-1]
    centre = np.stack([np.add.reduceat(v[groups.rows], first) / groups.counts for v in (x, y)]) * 256 * 2**11
    apart = np.hypot(*(centre[:, :, None] - centre[:, None, :]))
    np.fill_diagonal(apart, np.inf)
    assert np.quantile(apart.min(axis=0), 0.05) >= 40


@given(PLACES, st.floats(-170, 160), st.floats(-80, 70), st.floats(0.0001, 90))
def test_the_runs_of_a_box_hold_everything_in_it(places: list[tuple[float, float]], west: float, south: float, side: float) -> None:
    x, y = to_world(np.array([p[0] for p in places]), np.array([p[1] for p in places]))
    keys = keys_of(x, y)
    order = np.argsort(keys)
    (x0, x1), (y1, y0) = to_world(np.zeros(2), np.array([west, min(west + side, 179)]))[0], to_world(np.array([south, south + 10]), 0)[1]
    inside = {int(i) for i in np.flatnonzero((x[order] >= x0) & (x[order] <= x1) & (y[order] >= y0) & (y[order] <= y1))}
    held = {i for start, end in find_runs(keys[order], float(x0), float(y0), float(x1), float(y1)) for i in range(start, end)}
    assert inside <= held


@given(st.floats(-84, 84), st.floats(-179.9, 179.9))
def test_degrees_survive_the_way_to_the_map_and_back(lat: float, lon: float) -> None:
    back = to_degrees(*to_world(lat, lon))
    assert (float(back[0]), float(back[1])) == pytest.approx((lat, lon), abs=1e-7)
