"""A routing server of our own, real or not, on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fieldsales.adapters.travel_times import RoadTimes, build_travel_times
from tests.unit.adapters.travel_times import grid


@pytest.fixture(scope="session")
def roads(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The streets of the made-up town, prepared for OSRM."""
    return grid.prepare(tmp_path_factory.mktemp("osrm"))


@pytest.fixture(scope="session")
def osrm_url(roads: Path) -> Iterator[str]:
    """A real OSRM server."""
    with grid.serving(roads) as url:
        yield url


@pytest.fixture
def osrm(osrm_url: str) -> Iterator[RoadTimes]:
    """Travel times of the real server, without a cache."""
    times = build_travel_times(osrm_url)
    assert isinstance(times, RoadTimes)
    yield times
    times.close()
