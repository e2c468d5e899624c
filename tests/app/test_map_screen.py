"""The map screen: one filter in the URL, one customer selected, nothing for those who may not see it."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from fieldsales.db.database import Database
from fieldsales.db.models import Customer, User
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.words import Kind, Stage
from fieldsales.ui.map import map_screen, map_view
from fieldsales.ui.map.map_view import TappedMap
from tests.app.conftest import OpenApp
from tests.conftest import CustomerFactory

NASTY = 'O\'Neil "<script>alert(1)</script>" :red[x] $x$ 😀 שלום ' + "長" * 440


def rows(app: AppTest) -> list[str]:
    """Return the labels of the list, which comes with the run after the first pins."""
    app.run()
    return [button.label for button in app.button if button.key.startswith(("row_map_", "picked_map_"))]


def html(app: AppTest) -> str:
    return " ".join(element.proto.body for element in app.get("html"))


def test_the_filter_in_the_address_is_the_filter_on_the_screen(open_app: OpenApp, aiko: User, make_customer: CustomerFactory) -> None:
    make_customer("warm", owner=aiko, likelihood=Likelihood.A)
    make_customer("cold", owner=aiko, likelihood=Likelihood.D)
    app = open_app(aiko, "map", likelihood="A,B", not_visited_days="30")
    assert not app.exception
    assert ["warm" in label for label in rows(app)] == [True]
    assert app.get_by_key("filter_likelihood").value == [Likelihood.A, Likelihood.B]
    assert app.number_input(key="filter_days").value == 30


def test_a_tapped_chip_goes_into_the_address_and_keeps_the_rest(open_app: OpenApp, aiko: User) -> None:
    app = open_app(aiko, "map", colour="owner", q="高松")
    app.get_by_key("filter_likelihood").set_value([Likelihood.C]).run()
    app.get_by_key("filter_kind").set_value([Kind.PERSON]).run()
    assert app.query_params["likelihood"] == "C"
    assert app.query_params["kind"] == "person"
    assert app.query_params["q"] == "高松"
    assert app.query_params["colour"] == "owner"
    app.button(key="filter_clear").click().run()
    assert not {"likelihood", "kind", "q"} & set(app.query_params)
    assert app.query_params["colour"] == "owner"


@pytest.mark.parametrize(
    "query",
    [
        {"likelihood": "Z"},
        {"owner": "-1"},
        {"owner": "9" * 30},
        {"kind": "<script>"},
        {"not_visited_days": "soon"},
        {"q": "x" * 500},
        {"customer": "1e9"},
        {"customer": "999999"},
        {"customer": "９"},
        {"colour": "pink", "view": "upside-down", "move": "1", "visit": "1"},
        {"tag": ":red[x]\u202e"},
        {"owner": "4711"},
    ],
)
def test_an_unusable_address_gets_a_sentence_or_is_ignored_but_never_breaks(
    open_app: OpenApp, aiko: User, make_customer: CustomerFactory, query: dict[str, str]
) -> None:
    make_customer("shown", owner=aiko)
    app = open_app(aiko, "map", **query)
    assert not app.exception
    assert not app.error
    unreadable = query.keys() & {"likelihood", "kind", "not_visited_days", "q", "customer"} or query.get("owner", "4711") != "4711"
    assert bool(app.warning) == bool(unreadable)


def test_an_owner_or_tag_that_nobody_offers_is_still_a_filter(open_app: OpenApp, aiko: User, make_customer: CustomerFactory) -> None:
    make_customer("mine", owner=aiko)
    app = open_app(aiko, "map", owner="4711", tag="gone")
    assert rows(app) == []
    assert app.multiselect(key="filter_owner").value == [4711]


def test_a_customer_of_another_team_is_neither_listed_nor_opened(
    open_app: OpenApp, botan: User, aiko: User, make_customer: CustomerFactory
) -> None:
    secret = make_customer("秘密の得意先", owner=aiko)
    app = open_app(botan, "map", customer=str(secret.id))
    assert "may not see it" in app.warning[0].value
    assert "秘密の得意先" not in html(app) + " ".join(rows(app))


def test_a_nasty_name_is_text_in_row_and_card(open_app: OpenApp, aiko: User, make_customer: CustomerFactory) -> None:
    customer = make_customer(NASTY, owner=aiko)
    app = open_app(aiko, "map", customer=str(customer.id))
    (label,) = rows(app)
    assert "\\<script\\>" in label
    assert "\\:red\\[x\\]" in label
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html(app)
    assert "<script" not in html(app)


def test_a_tap_opens_the_card_in_the_same_run(
    open_app: OpenApp, aiko: User, make_customer: CustomerFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer = make_customer("高松食品", owner=aiko, lat=34.34, lon=134.05)
    tapped = [TappedMap(customer_id=customer.id)]
    monkeypatch.setattr(map_screen, "draw_map", lambda *_args, **_options: tapped.pop() if tapped else TappedMap())
    app = open_app(aiko, "map")
    assert "高松食品" in html(app)
    assert app.query_params["customer"] == str(customer.id)
    app.button(key="card_close").click().run()
    assert "高松食品" not in html(app)
    assert "customer" not in app.query_params


def test_a_pin_is_moved_only_when_confirmed(
    open_app: OpenApp, aiko: User, make_customer: CustomerFactory, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer = make_customer("高松食品", owner=aiko, lat=34.34, lon=134.05)
    tapped: list[TappedMap] = []
    monkeypatch.setattr(map_screen, "draw_map", lambda *_args, **_options: tapped.pop() if tapped else TappedMap())
    app = open_app(aiko, "map", customer=str(customer.id))
    app.button(key="card_move").click().run()
    assert app.button(key="save_move").disabled
    tapped.append(TappedMap(place=(34.35, 134.06)))
    app.run()
    with database.read() as session:
        assert session.get_one(Customer, customer.id).lat == 34.34
    app.run()
    app.button(key="save_move").click().run()
    assert not app.exception
    with database.read() as session:
        moved = session.get_one(Customer, customer.id)
    assert (moved.lat, moved.lon, moved.pinned_by_hand) == (34.35, 134.06, True)
    assert "move" not in app.query_params


def test_a_row_selects_its_customer_and_closes_an_open_form(open_app: OpenApp, aiko: User, make_customer: CustomerFactory) -> None:
    first, second = make_customer("first", owner=aiko), make_customer("second", owner=aiko)
    app = open_app(aiko, "map", customer=str(first.id))
    app.button(key="log_visit").click().run()
    app.run()
    app.button(key=f"row_map_{second.id}").click().run()
    assert app.query_params["customer"] == str(second.id)
    assert "visit" not in app.query_params
    assert any(button.key == "log_visit" for button in app.button)


def test_the_approach_list_is_one_tap_on_map_and_list_alike(open_app: OpenApp, aiko: User, make_customer: CustomerFactory) -> None:
    make_customer("looking", owner=aiko, stage=Stage.PROSPECT)
    make_customer("buying", owner=aiko, stage=Stage.CLIENT)
    app = open_app(aiko, "map")
    app.get_by_key("filter_stage").set_value([Stage.PROSPECT]).run()
    assert app.query_params["stage"] == "prospect"
    assert ["looking" in label for label in rows(app)] == [True]
    listed = open_app(aiko, "customers", stage="client")
    assert ["buying" in button.label for button in listed.button if button.key.startswith("row_list_")] == [True]


def test_the_list_beside_the_map_is_in_the_order_of_the_address(open_app: OpenApp, aiko: User, make_customer: CustomerFactory) -> None:
    make_customer("b", owner=aiko, amount=5)
    make_customer("a", owner=aiko, amount=9_000)
    app = open_app(aiko, "map", order="amount")
    labels = rows(app)
    assert ["¥9\\,000" in labels[0], "¥5" in labels[1]] == [True, True]
    app.selectbox(key="map_order").set_value("name").run()
    assert app.query_params["order"] == "name"
    assert "¥" not in "".join(rows(app))


def test_switching_in_the_legend_filters_map_and_list(
    open_app: OpenApp, aiko: User, make_customer: CustomerFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_customer("warm", owner=aiko, likelihood=Likelihood.A)
    make_customer("cold", owner=aiko, likelihood=Likelihood.D)
    switched = [frozenset({Likelihood.A, Likelihood.B})]
    app = open_app(aiko, "map", stage="prospect")
    monkeypatch.setattr(map_screen, "switched_likelihoods", lambda: switched.pop() if switched else None)
    app.run()
    assert (app.query_params["likelihood"], app.query_params["stage"]) == ("A,B", "prospect")
    assert app.get_by_key("filter_likelihood").value == [Likelihood.A, Likelihood.B]
    assert ["warm" in label for label in rows(app)] == [True]
    switched.append(frozenset())
    app.run()
    assert "likelihood" not in app.query_params


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ('{"tap": "likelihoods", "shown": ["A", "won"]}', frozenset({Likelihood.A, Likelihood.WON})),
        ('{"tap": "likelihoods", "shown": ["A", "B", "C", "D", "won", "lost", "unrated"]}', frozenset()),
        ('{"tap": "likelihoods", "shown": ["A", "Z", 7, null]}', frozenset({Likelihood.A})),
        ('{"tap": "likelihoods", "shown": "A"}', None),
        ('{"tap": "customer", "id": 7}', None),
        ("nonsense", None),
        ("[1]", None),
    ],
)
def test_only_the_legends_switches_are_taken_for_them(value: str, expected: frozenset[Likelihood] | None) -> None:
    assert map_view.parse_switches(value) == expected
