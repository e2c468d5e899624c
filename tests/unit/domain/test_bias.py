"""The bias meter: distances, shares by band and the one sentence, held against plain Python."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldsales.domain.bias import BAND_ENDS_KM, Bias, Leaning, Weight, nearest_m, weigh
from fieldsales.domain.geodesy import distance_m

CUSTOMERS = st.lists(
    st.tuples(st.floats(0, 200_000), st.sampled_from([-5.0, 0.0, 1.0, 40.0, 1e6]), st.integers(0, 1), st.integers(0, 5)), max_size=25
)


def meter(rows: list[tuple[float, float, int, int]]) -> Bias:
    columns = list(zip(*rows, strict=True)) or [(), (), (), ()]
    return weigh(np.array(columns[0], float), np.array(columns[1], float), np.array(columns[2], np.int64), np.array(columns[3], np.int64))


@given(rows=CUSTOMERS)
def test_bands_share_out_everything_as_plain_counting_does(rows: list[tuple[float, float, int, int]]) -> None:
    bias = meter(rows)
    worth = [max(potential, 0.0) * owned for _metres, potential, owned, _visits in rows]
    if not sum(worth):
        worth = [float(owned) for _metres, _potential, owned, _visits in rows]
    assert bias.weight is (Weight.AMOUNT if any(p > 0 and owned for _m, p, owned, _v in rows) else Weight.CUSTOMER)
    for band in bias.bands:
        within = [i for i, row in enumerate(rows) if band.from_km * 1000 <= row[0] < (band.to_km or 10**9) * 1000]
        assert band.customers == sum(rows[i][2] for i in within)
        assert band.visits == sum(rows[i][3] for i in within)
        assert band.potential == pytest.approx(sum(worth[i] for i in within))
    if not sum(worth):
        assert bias.half_km is None
        assert bias.leaning is Leaning.UNKNOWN
        return
    half = min(m for m, *_ in rows if sum(w for w, row in zip(worth, rows, strict=True) if row[0] <= m) >= sum(worth) / 2 * (1 - 1e-12))
    assert bias.half_km == pytest.approx(half / 1000)
    made = sum(row[3] for row in rows)
    assert bias.near_visits == (pytest.approx(sum(row[3] for row in rows if row[0] <= half) / made) if made else None)


def test_visits_that_stay_near_are_called_so() -> None:
    assert meter([(1_000, 50, 1, 9), (30_000, 50, 1, 1)]).leaning is Leaning.NEAR
    assert meter([(1_000, 50, 1, 1), (30_000, 50, 1, 9)]).leaning is Leaning.FAR
    assert meter([(1_000, 50, 1, 5), (30_000, 50, 1, 5)]).leaning is Leaning.BALANCED
    assert meter([(1_000, 50, 1, 0)]).leaning is Leaning.UNKNOWN


def test_where_no_deal_has_an_amount_customers_count_instead() -> None:
    bias = meter([(1_000, 0, 1, 0), (2_000, 0, 1, 4), (90_000, 0, 0, 1)])
    assert (bias.weight, [band.customers for band in bias.bands]) == (Weight.CUSTOMER, [2, 0, 0, 0, 0, 0])


def test_distances_are_those_to_the_nearest_office_also_across_the_antimeridian() -> None:
    places = [(34.34, 134.05), (35.68, 139.75), (-13.8, 179.9)]
    offices = [(34.7, 135.5), (-13.8, -179.9)]
    found = nearest_m(np.array([p[0] for p in places]), np.array([p[1] for p in places]), offices)
    assert found == pytest.approx([min(distance_m(*place, *office) for office in offices) for place in places])
    assert found[2] < 25_000


def test_bands_lie_side_by_side() -> None:
    assert [band.to_km for band in meter([]).bands] == [*BAND_ENDS_KM, None]
