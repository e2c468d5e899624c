"""What the coverage map asks for over HTTP: GeoJSON for those who lead, a refusal for everybody else, clear errors."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from fieldsales.bootstrap import Runtime
from fieldsales.db.models import Customer, User
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.words import Stage
from tests.web.conftest import LogIn

PATH = "/api/v1/team/coverage"
SECTION = "bbox=133.9,34.2,134.2,34.5&zoom=12"
CustomerFactory = Callable[..., Customer]


@pytest.fixture
def takamatsu(make_customer: CustomerFactory, aiko: User, runtime: Runtime) -> Customer:
    """A hot deal of Aiko's, seen ten days ago."""
    return make_customer(
        "<b>高松食品</b>", owner=aiko, likelihood=Likelihood.A, stage=Stage.PROSPECT, amount=1_000_000, lat=34.3428, lon=134.0466,
        area="香川県高松市", last_visited_at=runtime.clock() - timedelta(days=10),
    )  # fmt: skip


def answer_of(client: TestClient, parameters: str = "") -> dict[str, Any]:
    answer = client.get(f"{PATH}?{SECTION}&{parameters}", headers={"accept": "application/json"})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.usefixtures("takamatsu")
def test_a_manager_gets_hexagons_as_geojson(client: TestClient, log_in: LogIn, chie: User) -> None:
    log_in(chie)
    found = answer_of(client, "show=neglect")
    (feature,) = found["features"]
    ring = feature["geometry"]["coordinates"][0]
    assert (feature["geometry"]["type"], len(ring), ring[0]) == ("Polygon", 7, ring[-1])
    said = feature["properties"]
    assert (said["customers"], said["potential"], said["neglect"]) == (1, 850_000, 8_500_000)
    assert (said["ranks"], said["days"], said["with_interval"], said["covered"], said["due"]) == ({"A": 1}, {"A": 10.0}, 1, 1, 1)
    assert (said["value"], said["label"], said["level"]) == (8_500_000.0, "8.5M", 1)
    assert len(said["cell"]) == 15
    assert found["total"]["customers"] == 1
    assert [entry["label"] for entry in found["legend"]] == ["0", "> 0"]


@pytest.mark.usefixtures("takamatsu")
def test_municipalities_are_points_with_a_name_and_prefectures_say_so(client: TestClient, log_in: LogIn, chie: User) -> None:
    log_in(chie)
    (near,) = answer_of(client, "by=areas")["features"]
    assert (near["geometry"], near["properties"]["area"]) == ({"type": "Point", "coordinates": [134.0466, 34.3428]}, "香川県高松市")
    far = client.get(f"{PATH}?bbox=120,20,150,50&zoom=5&by=areas").json()["features"]
    assert [(f["properties"]["area"], f["properties"]["prefecture"]) for f in far] == [("香川県", True)]


@pytest.mark.usefixtures("takamatsu")
def test_days_by_rank_come_with_the_hottest_rank_there(client: TestClient, log_in: LogIn, chie: User) -> None:
    log_in(chie)
    (feature,) = answer_of(client, "show=rank_days")["features"]
    assert (feature["properties"]["letter"], feature["properties"]["label"]) == ("A", "10 d")
    assert answer_of(client, "show=rank_days&rank=B,C")["features"] == []


@pytest.mark.usefixtures("takamatsu")
def test_a_rep_gets_no_coverage_and_a_visitor_is_asked_to_log_in(client: TestClient, log_in: LogIn, aiko: User) -> None:
    headers = {"accept": "application/json"}
    assert client.get(f"{PATH}?{SECTION}", headers=headers).status_code == 401
    log_in(aiko)
    refused = client.get(f"{PATH}?{SECTION}", headers=headers)
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "not_allowed")


@pytest.mark.usefixtures("takamatsu")
def test_a_manager_of_another_team_gets_nothing_of_this_one(
    client: TestClient, log_in: LogIn, chie: User, botan: User, make_customer: CustomerFactory
) -> None:
    theirs = make_customer("よその店", owner=botan, lat=34.35, lon=134.05)
    log_in(chie)
    assert answer_of(client)["total"]["customers"] == 1
    assert answer_of(client, f"rep={botan.id}") | {"legend": []} == answer_of(client, f"team={theirs.team_id}") | {"legend": []}
    assert answer_of(client, f"rep={botan.id}")["features"] == []


@pytest.mark.parametrize(
    ("parameters", "field"),
    [
        ("bbox=1,2&zoom=5", "bbox"), ("bbox=1,2,3,4&zoom=x", "zoom"), (f"{SECTION}&show=all", "show"), (f"{SECTION}&by=street", "by"),
        (f"{SECTION}&rank=Z", "rank"), (f"{SECTION}&rep=aiko", "rep"), (f"{SECTION}&period=yesterday", "period"),
        (f"{SECTION}&fresh=now", "fresh"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_named(client: TestClient, log_in: LogIn, chie: User, parameters: str, field: str) -> None:
    log_in(chie)
    refused = client.get(f"{PATH}?{parameters}", headers={"accept": "application/json"})
    assert (refused.status_code, refused.json()["error"]["field"]) == (422, field)


@pytest.mark.usefixtures("takamatsu")
def test_what_the_browser_has_already_is_not_sent_again(client: TestClient, log_in: LogIn, chie: User) -> None:
    log_in(chie)
    first = client.get(f"{PATH}?{SECTION}")
    assert client.get(f"{PATH}?{SECTION}", headers={"if-none-match": first.headers["etag"]}).status_code == 304


def test_a_hexagon_across_the_antimeridian_is_one_piece(
    client: TestClient, log_in: LogIn, chie: User, aiko: User, make_customer: CustomerFactory
) -> None:
    make_customer(owner=aiko, lat=-16.5, lon=179.999)
    make_customer(owner=aiko, lat=-16.5, lon=-179.999)
    log_in(chie)
    (feature,) = client.get(f"{PATH}?bbox=170,-25,190,-10&zoom=5").json()["features"]
    lons = [lon for lon, _lat in feature["geometry"]["coordinates"][0]]
    assert max(lons) - min(lons) < 10
    assert feature["properties"]["customers"] == 2
