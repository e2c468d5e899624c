"""The read-only API: what a person may see, in pages, filtered as on the map."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from fieldsales.db.models import User
from fieldsales.domain.likelihood import Likelihood
from tests.conftest import CustomerFactory
from tests.web.conftest import LogIn


def names(answer: Any) -> list[str]:
    """Return the names in a list of customers."""
    return [customer["name"] for customer in answer.json()["customers"]]


@pytest.fixture
def customers(make_customer: CustomerFactory, aiko: User, botan: User) -> None:
    """Two of Aiko's, one of Botan's."""
    make_customer("<b>高松食品</b>", owner=aiko, likelihood=Likelihood.A, lat=34.34, lon=134.05)
    make_customer("丸亀製作所", owner=aiko, likelihood=Likelihood.C)
    make_customer("西の会社", owner=botan, likelihood=Likelihood.A)


def test_who_am_i(client: TestClient, log_in: LogIn, chie: User) -> None:
    log_in(chie)
    assert client.get("/api/v1/me").json() == {
        "id": chie.id, "email": "chie@example.com", "name": "Chie", "role": "manager", "team": None, "may_export": True, "may_delete": True
    }  # fmt: skip


@pytest.mark.usefixtures("customers")
def test_everybody_lists_only_what_they_may_see(client: TestClient, log_in: LogIn, aiko: User, botan: User, dai: User) -> None:
    for user, seen in (
        (aiko, {"<b>高松食品</b>", "丸亀製作所"}),
        (botan, {"西の会社"}),
        (dai, {"<b>高松食品</b>", "丸亀製作所", "西の会社"}),
    ):
        log_in(user)
        answer = client.get("/api/v1/customers")
        assert set(names(answer)) == seen
        assert answer.json()["total"] == len(seen)
        assert answer.headers["cache-control"] == "no-store"


@pytest.mark.usefixtures("customers")
def test_the_filter_and_paging_of_the_list(client: TestClient, log_in: LogIn, dai: User, botan: User) -> None:
    log_in(dai)
    assert set(names(client.get("/api/v1/customers?likelihood=A"))) == {"<b>高松食品</b>", "西の会社"}
    assert names(client.get(f"/api/v1/customers?owner={botan.id}")) == ["西の会社"]
    assert names(client.get("/api/v1/customers?q=丸亀")) == ["丸亀製作所"]
    everything = names(client.get("/api/v1/customers?order=name"))
    paged = [names(client.get(f"/api/v1/customers?order=name&limit=1&offset={offset}")) for offset in range(4)]
    assert paged == [*([name] for name in everything), []]


@pytest.mark.usefixtures("customers")
def test_a_customer_carries_place_and_plain_values(client: TestClient, log_in: LogIn, aiko: User) -> None:
    log_in(aiko)
    customer = client.get("/api/v1/customers?likelihood=A").json()["customers"][0]
    assert (customer["name"], customer["likelihood"], customer["lat"], customer["last_visited_at"]) == ("<b>高松食品</b>", "A", 34.34, None)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"), ("limit=201", "limit"), ("limit=-1", "limit"), ("limit=x", "limit"), ("offset=-1", "offset"),
        ("offset=99999999999999", "offset"), ("order=random", "order"), ("likelihood=Z", "likelihood"), ("owner=me", "owner"),
        ("kind=alien", "kind"), ("not_visited_days=x", "not_visited_days"), ("q=" + "x" * 201, "q"), ("limit=%F0%9D%9F%97", "limit"),
    ],
)  # fmt: skip
def test_an_unusable_parameter_is_named(client: TestClient, log_in: LogIn, aiko: User, query: str, field: str) -> None:
    log_in(aiko)
    answer = client.get(f"/api/v1/customers?{query}")
    assert answer.status_code == 422
    assert answer.json()["error"]["field"] == field
    assert answer.json()["error"]["message"]


def test_odd_text_finds_nothing_and_breaks_nothing(client: TestClient, log_in: LogIn, aiko: User) -> None:
    log_in(aiko)
    for text in ("'; DROP TABLE customers", "%00", "%", "_", "😀", "<script>", "%D8%A7"):
        assert client.get(f"/api/v1/customers?q={text}").json()["customers"] == []
