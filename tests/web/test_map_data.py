"""What the map asks for over HTTP: shape, size, errors, and nothing for those who may not see it."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from fieldsales.bootstrap import Runtime
from fieldsales.db.models import Customer, User
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.places import LocateStatus
from fieldsales.web.map_data import LEGEND_LABELS
from tests.web.conftest import LogIn

SECTION = "bbox=133.9,34.2,134.2,34.5&zoom=18"
CustomerFactory = Callable[..., Customer]


@pytest.fixture
def takamatsu(make_customer: CustomerFactory, aiko: User) -> Customer:
    """A customer of Aiko's, on the map."""
    return make_customer(
        "<b>高松食品</b>", owner=aiko, likelihood=Likelihood.A, lat=34.3428, lon=134.0466, locate_status=LocateStatus.OK, tags=["VIP"]
    )


def features(client: TestClient, parameters: str = "") -> list[dict[str, Any]]:
    answer = client.get(f"/api/map/features?{SECTION}&{parameters}")
    assert answer.status_code == 200, answer.text
    return list(answer.json()["features"])


def test_a_rep_gets_customers_as_geojson(client: TestClient, log_in: LogIn, aiko: User, takamatsu: Customer) -> None:
    log_in(aiko)
    (feature,) = features(client)
    assert feature["geometry"] == {"type": "Point", "coordinates": [134.0466, 34.3428]}
    assert feature["properties"] == {
        "kind": "customer",
        "id": takamatsu.id,
        "name": "<b>高松食品</b>",
        "likelihood": "A",
        "due": None,
        "approximate": False,
    }


@pytest.mark.usefixtures("takamatsu")
@pytest.mark.parametrize("path", [f"features?{SECTION}", f"members?{SECTION}", "bounds"])
def test_a_visitor_gets_nothing_and_another_team_sees_nobody(client: TestClient, log_in: LogIn, botan: User, path: str) -> None:
    refused = client.get(f"/api/map/{path}")
    assert refused.status_code == 401
    assert "高松" not in refused.text
    log_in(botan)
    answer = client.get(f"/api/map/{path}")
    assert answer.status_code == 200
    assert "高松" not in answer.text
    assert answer.json().get("features", []) == []
    assert answer.json().get("bounds") is None


@pytest.mark.usefixtures("takamatsu")
@pytest.mark.parametrize(
    ("parameters", "found"),
    [
        ("likelihood=A,B", 1),
        ("likelihood=D", 0),
        ("q=%E3%81%9F%E3%81%8B", 0),
        ("q=%E9%AB%98%E6%9D%BE", 1),
        ("tag=VIP", 1),
        ("tag=nobody", 0),
        ("owner=0", 0),
        ("not_visited_days=30", 1),
        ("kind=person", 0),
        ("problem=1", 0),
    ],
)
def test_the_filter_of_the_url_restricts_the_map(client: TestClient, log_in: LogIn, aiko: User, parameters: str, found: int) -> None:
    log_in(aiko)
    assert len(features(client, parameters)) == found


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("zoom=10", "bbox"),
        ("bbox=1,2,3&zoom=10", "bbox"),
        ("bbox=a,b,c,d&zoom=10", "bbox"),
        ("bbox=0,0,1,1", "zoom"),
        ("bbox=0,0,1,1&zoom=99", "zoom"),
        ("bbox=0,0,1,1&zoom=10&likelihood=Z", "likelihood"),
        ("bbox=0,0,1,1&zoom=10&owner=x", "owner"),
        ("bbox=0,0,1,1&zoom=10&not_visited_days=-1", "not_visited_days"),
        ("bbox=0,0,1,1&zoom=10&colour=taste", "colour"),
        ("bbox=0,0,1,1&zoom=10&fresh=soon", "fresh"),
        ("bbox=0,0,1,1&zoom=10&q=" + "x" * 201, "q"),
    ],
)
def test_a_bad_parameter_is_named_in_the_language_asked_for(client: TestClient, log_in: LogIn, aiko: User, query: str, field: str) -> None:
    log_in(aiko)
    answer = client.get(f"/api/map/features?{query}", headers={"accept-language": "en"})
    assert answer.status_code == 422
    error = answer.json()["error"]
    assert error["field"] == field
    assert error["message"]
    assert "Traceback" not in answer.text


def test_an_offset_that_is_no_number_is_refused(client: TestClient, log_in: LogIn, aiko: User) -> None:
    log_in(aiko)
    assert client.get("/api/map/members?bbox=0,0,1,1&offset=-1").json()["error"]["field"] == "offset"


@pytest.mark.usefixtures("takamatsu")
def test_what_the_browser_already_has_is_not_sent_again(client: TestClient, log_in: LogIn, aiko: User) -> None:
    log_in(aiko)
    first = client.get(f"/api/map/features?{SECTION}")
    assert first.headers["cache-control"] == "private, no-cache"
    again = client.get(f"/api/map/features?{SECTION}", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_even_a_crowded_section_is_small(client: TestClient, log_in: LogIn, aiko: User, runtime: Runtime, takamatsu: Customer) -> None:
    with runtime.database.write() as session:
        for i in range(900):
            kanji = "".join(chr(0x4E00 + (i * 331 + k * 977) % 20_000) for k in range(80))
            place = {"lat": 34.3 + i % 30 / 500, "lon": 134.0 + i // 30 / 500}
            session.add(Customer(name=kanji, owner_id=aiko.id, created_at=takamatsu.created_at, changed_at=takamatsu.changed_at, **place))
    log_in(aiko)
    for zoom in (5, 9, 12, 14, 16, 17, 20):
        with client.stream(
            "GET", f"/api/map/features?bbox=133.9,34.2,134.2,34.5&zoom={zoom}", headers={"accept-encoding": "gzip"}
        ) as answer:
            body = b"".join(answer.iter_raw())
        assert len(body) <= 60_000
        assert answer.headers["content-encoding"] == "gzip"
        assert sum(f["properties"].get("count", 1) for f in json.loads(gzip.decompress(body))["features"]) == 901


def test_the_legend_speaks_the_users_language(client: TestClient, log_in: LogIn, aiko: User, takamatsu: Customer) -> None:
    log_in(aiko)
    answer = client.get(f"/api/map/features?{SECTION}", headers={"accept-language": "en"}).json()
    assert answer["legend"][0] == {"key": "A", "fill": "#D55E00", "ink": "#FFFFFF", "letter": "A", "label": LEGEND_LABELS["A"], "count": 1}
    assert answer["total"] == 1
    owners = client.get(f"/api/map/features?{SECTION}&colour=owner").json()["legend"]
    assert [entry["label"] for entry in owners] == ["Aiko", "Other owners", "Nobody"]
    assert takamatsu.name not in str(owners)


def test_the_map_opens_where_the_matching_customers_are(client: TestClient, log_in: LogIn, aiko: User, takamatsu: Customer) -> None:
    log_in(aiko)
    assert client.get("/api/map/bounds").json() == {"bounds": [takamatsu.lon, takamatsu.lat, takamatsu.lon, takamatsu.lat], "count": 1}
    assert client.get("/api/map/bounds?likelihood=D").json() == {"bounds": None, "count": 0}


def test_a_change_named_by_the_page_is_in_the_answer(
    client: TestClient, log_in: LogIn, aiko: User, runtime: Runtime, takamatsu: Customer
) -> None:
    log_in(aiko)
    features(client)
    saved_at = takamatsu.changed_at + timedelta(seconds=1)
    with runtime.database.write() as session:
        stored = session.get(Customer, takamatsu.id)
        assert stored is not None
        stored.likelihood, stored.changed_at = Likelihood.WON, saved_at
    stamp = round(saved_at.timestamp() * 1_000_000)
    assert features(client, f"fresh={stamp}")[0]["properties"]["likelihood"] == "won"


@pytest.mark.parametrize(
    ("path", "part"), [("/assets/map/script.js", "FieldSales.configure"), ("/assets/map/style.css", ".leaflet-container")]
)
def test_script_and_style_of_the_map_come_in_one_piece_each(client: TestClient, log_in: LogIn, aiko: User, path: str, part: str) -> None:
    assert client.get(path).status_code == 401
    log_in(aiko)
    answer = client.get(f"{path}?v=1")
    assert part in answer.text
    assert "immutable" in answer.headers["cache-control"]
    assert client.get(path).headers["cache-control"] == "private, no-cache"
