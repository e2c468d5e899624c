"""The setting of routing servers: one or several, by kind and means of travel, and refused with a reason."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from fieldsales.adapters.travel_times import Estimate, RoadTimes, build_travel_times
from fieldsales.adapters.travel_times.servers import Engine, ServerAddress, read_addresses
from fieldsales.bootstrap import build_runtime
from fieldsales.domain.words import TravelMode
from fieldsales.errors import BadSetting
from fieldsales.settings import Settings

CAR, BICYCLE, WALK = TravelMode.CAR, TravelMode.BICYCLE, TravelMode.WALK


@pytest.mark.parametrize(
    ("setting", "servers"),
    [
        ("", ()),
        ("http://osrm:5000", (ServerAddress(Engine.OSRM, "http://osrm:5000", (CAR,)),)),
        ("https://roads.example/car/ ", (ServerAddress(Engine.OSRM, "https://roads.example/car", (CAR,)),)),
        ("valhalla+http://valhalla:8002", (ServerAddress(Engine.VALHALLA, "http://valhalla:8002", (CAR, BICYCLE, WALK)),)),
        (
            "http://a:5000 bicycle=osrm+http://b:5000 walk=valhalla+http://c:8002",
            (
                ServerAddress(Engine.OSRM, "http://a:5000", (CAR,)),
                ServerAddress(Engine.OSRM, "http://b:5000", (BICYCLE,)),
                ServerAddress(Engine.VALHALLA, "http://c:8002", (WALK,)),
            ),
        ),
        (
            "car=http://a:5000 valhalla+http://c:8002",
            (ServerAddress(Engine.OSRM, "http://a:5000", (CAR,)), ServerAddress(Engine.VALHALLA, "http://c:8002", (BICYCLE, WALK))),
        ),
    ],
)
def test_servers_are_named_by_address_and_means_of_travel(setting: str, servers: tuple[ServerAddress, ...]) -> None:
    assert read_addresses(setting) == servers


@pytest.mark.parametrize(
    "setting",
    [
        "osrm:5000",
        "ftp://osrm",
        "http://",
        "http://osrm:port",
        "http://osrm:99999",
        "http://user:password@osrm:5000",
        "http://osrm:5000?key=secret",
        "http://osrm:5000#top",
        "graphhopper+http://gh:8989",
        "train=http://osrm:5000",
        "boat=http://osrm:5000",
        "http://a:5000 http://b:5000",
        "http://a:5000 car=http://b:5000",
        "http://a:5000, http://b:5000",
    ],
)
def test_what_is_no_address_is_refused_at_the_start(setting: str) -> None:
    with pytest.raises(BadSetting, match="FIELDSALES_ROUTING_URL"):
        build_travel_times(setting)


def test_nobody_is_asked_before_there_is_a_question() -> None:
    assert isinstance(build_travel_times("  "), Estimate)
    times = build_travel_times("http://nobody.invalid:5000")
    assert isinstance(times, RoadTimes)
    times.close()


def test_the_product_asks_the_servers_of_its_setting_and_none_offline(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, routing_url="http://localhost:5000")
    online, offline = build_runtime(settings), build_runtime(settings, offline=True)
    assert isinstance(online.travel_times, RoadTimes)
    assert isinstance(offline.travel_times, Estimate)
    assert isinstance(build_runtime(replace(settings, routing_url="")).travel_times, Estimate)
    with pytest.raises(BadSetting, match="FIELDSALES_ROUTING_URL"):
        build_runtime(replace(settings, routing_url="localhost:5000"))
    online.travel_times.close()
