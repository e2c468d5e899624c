"""Ways that were asked for once: kept for a month, within a size, and never the reason for a failure."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fieldsales.adapters.travel_times.cache import KEPT_FOR_S, TravelCache
from fieldsales.adapters.travel_times.servers import Block

HERE, THERE, BEYOND = (34.341, 134.046), (34.330, 134.070), (-16.8, -179.99)
WAYS = Block(np.array([[0.0, 300.4], [np.nan, 0.0]]), np.array([[0.0, 3000.0], [np.nan, 0.0]]))


class Clock:
    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def cache(tmp_path: Path, clock: Clock) -> TravelCache:
    return TravelCache(tmp_path / "cache.sqlite3", now=clock)


def test_a_way_is_known_again_in_its_own_direction(cache: TravelCache) -> None:
    cache.put("osrm", [HERE, THERE], [HERE, THERE], WAYS)
    found, known = cache.get("osrm", [THERE, BEYOND, HERE])
    assert known.tolist() == [[False, False, True], [False, False, False], [True, False, False]]
    assert (found.seconds[2, 0], found.metres[2, 0]) == (300, 3000)
    assert np.isnan(found.seconds[0, 2])  # known not to exist


def test_a_metre_aside_is_another_place_and_a_millimetre_is_not(cache: TravelCache) -> None:
    cache.put("osrm", [HERE, THERE], [HERE, THERE], WAYS)
    assert cache.get("osrm", [(HERE[0] + 1e-8, HERE[1] - 1e-8), THERE])[1][0, 1]
    assert not cache.get("osrm", [(HERE[0] + 1e-5, HERE[1]), THERE])[1].any()


def test_another_server_knows_nothing_of_it(cache: TravelCache) -> None:
    cache.put("osrm", [HERE, THERE], [HERE, THERE], WAYS)
    cache.put_line("osrm", [HERE, THERE], [HERE, BEYOND, THERE])
    assert not cache.get("valhalla", [HERE, THERE])[1].any()
    assert cache.get_line("valhalla", [HERE, THERE]) is None


def test_after_a_month_it_is_asked_again(cache: TravelCache, clock: Clock) -> None:
    cache.put("osrm", [HERE, THERE], [HERE, THERE], WAYS)
    cache.put_line("osrm", [HERE, THERE], [HERE, BEYOND, THERE])
    assert cache.get_line("osrm", [HERE, THERE]) == (HERE, BEYOND, THERE)
    assert cache.get_line("osrm", [THERE, HERE]) is None
    clock.now += KEPT_FOR_S + 1
    assert not cache.get("osrm", [HERE, THERE])[1].any()
    assert cache.get_line("osrm", [HERE, THERE]) is None


def test_the_file_stays_within_its_size_and_forgets_the_oldest(tmp_path: Path, clock: Clock) -> None:
    cache = TravelCache(tmp_path / "cache.sqlite3", now=clock, largest_bytes=300_000)
    ways = Block(np.full((40, 40), 60.0), np.full((40, 40), 500.0))
    places = [[(35 + round_ / 10 + i / 1_000, 139.0) for i in range(40)] for round_ in range(20)]
    for of_round in places:
        clock.now += 10
        cache.put("osrm", of_round, of_round, ways)
    assert not cache.get("osrm", places[0])[1].any()
    assert cache.get("osrm", places[-1])[1].sum() == 40 * 39
    cache.close()
    assert (tmp_path / "cache.sqlite3").stat().st_size < 500_000


def test_a_cache_that_cannot_be_used_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "broken.sqlite3").write_bytes(b"this is no database" * 100)
    for path in (tmp_path / "broken.sqlite3", tmp_path / "no such folder" / "cache.sqlite3"):
        cache = TravelCache(path)
        cache.put("osrm", [HERE, THERE], [HERE, THERE], WAYS)
        cache.put_line("osrm", [HERE, THERE], [HERE, THERE])
        assert not cache.get("osrm", [HERE, THERE])[1].any()
        assert cache.get_line("osrm", [HERE, THERE]) is None
        cache.close()
