"""The coverage view and the check-ins of a day: what they say where there is nothing, and what a tap does."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import unquote
from uuid import uuid4

import pytest
from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from fieldsales.db.database import Database
from fieldsales.db.models import CheckIn, Customer, Place, PositionView, User
from fieldsales.domain.coverage import CoverageFigure
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.words import CheckInState, PlaceKind
from fieldsales.ui.map import map_frame
from tests.app.conftest import OpenApp
from tests.conftest import CustomerFactory
from tests.days import add_office

NASTY = "<script>alert(1)</script> **太字** 😀"
HERE = {"lat": 34.34, "lon": 134.05}


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What maps were told, newest last."""
    found: list[dict[str, Any]] = []
    before = map_frame.Configuration.__init__

    def note(self: map_frame.Configuration, config: Any, function: str = "configure") -> None:
        before(self, config, function)
        found.append(json.loads(unquote(self.payload)) | {"function": function})

    monkeypatch.setattr(map_frame.Configuration, "__init__", note)
    return found


def said(app: AppTest) -> str:
    """Everything on the page as one text."""
    html = " ".join(element.proto.body for element in app.get("html"))
    return " ".join([*(e.value for kind in ("markdown", "caption", "info", "warning", "subheader") for e in app.get(kind)), html])


def test_without_customers_the_way_leads_to_the_import(open_app: OpenApp, chie: User, told: list[dict[str, Any]]) -> None:
    app = open_app(chie, "team", view="coverage")
    assert not app.exception
    assert "There are no customers yet." in said(app)
    assert told == []


def test_a_filter_that_leaves_nobody_says_so_and_can_be_cleared(
    open_app: OpenApp, chie: User, aiko: User, make_customer: CustomerFactory
) -> None:
    make_customer(owner=aiko, **HERE)
    app = open_app(chie, "team", view="coverage", tag="nobody's")
    assert "No customer matches this filter." in said(app)
    app.button(key="coverage_clear").click().run()
    assert app.metric[0].value == "1"
    assert "tag" not in app.query_params


def test_customers_without_a_pin_are_counted_and_listed_with_a_link(
    open_app: OpenApp, chie: User, aiko: User, make_customer: CustomerFactory, told: list[dict[str, Any]]
) -> None:
    lost = make_customer(NASTY, owner=aiko, address="どこか1-2-3")
    app = open_app(chie, "team", view="coverage")
    assert not app.exception
    assert "None of these customers has a pin yet" in said(app)
    assert app.expander[0].label == "1 customer has no pin and is not on this map."
    app.session_state["coverage_without_pin"] = True
    app.run()
    assert f'href="/customer?id={lost.id}"' in said(app)
    assert "<script>" not in said(app)
    assert told == []
    make_customer(owner=aiko, **HERE)
    open_app(chie, "team", view="coverage")
    assert [config["function"] for config in told] == ["configureCoverage"]


def test_customers_without_an_amount_are_told_of(open_app: OpenApp, chie: User, aiko: User, make_customer: CustomerFactory) -> None:
    make_customer(owner=aiko, likelihood=Likelihood.A, **HERE)
    assert "1 open deal has no amount and counts nothing" in said(open_app(chie, "team", view="coverage"))


def test_without_any_interval_coverage_says_why_it_is_empty(
    open_app: OpenApp, chie: User, aiko: User, make_customer: CustomerFactory
) -> None:
    make_customer(owner=aiko, likelihood=Likelihood.UNRATED, **HERE)
    app = open_app(chie, "team", view="coverage")
    assert "None of these customers has an interval" in said(app)
    assert [metric.value for metric in app.metric][1] == "–"


@pytest.mark.parametrize("figure", list(CoverageFigure))
def test_each_map_is_asked_for_by_the_address(
    open_app: OpenApp, chie: User, aiko: User, make_customer: CustomerFactory, told: list[dict[str, Any]], figure: CoverageFigure
) -> None:
    make_customer(owner=aiko, likelihood=Likelihood.A, **HERE)
    app = open_app(chie, "team", view="coverage", show=figure.value, by="areas", rank="A", rep=str(aiko.id))
    assert not app.exception
    query = told[-1]["query"]
    assert f"rep={aiko.id}" in query
    assert "by=areas" in query
    assert "rank=A" in query
    assert figure is CoverageFigure.COVERED or f"show={figure.value}" in query
    assert told[-1]["bounds"] == [134.05, 34.34, 134.05, 34.34]


def test_a_map_that_does_not_exist_is_coverage_with_a_word(
    open_app: OpenApp, chie: User, aiko: User, make_customer: CustomerFactory
) -> None:
    make_customer(owner=aiko, **HERE)
    app = open_app(chie, "team", view="coverage", show="everything")
    assert "asks for a map that does not exist" in said(app)
    assert app.session_state["coverage_show"] is CoverageFigure.COVERED


def test_choosing_a_figure_writes_the_address_and_keeps_the_filter(
    open_app: OpenApp, chie: User, aiko: User, make_customer: CustomerFactory, told: list[dict[str, Any]]
) -> None:
    make_customer(owner=aiko, **HERE)
    app = open_app(chie, "team", view="coverage", rep=str(aiko.id))
    app.button_group(key="coverage_show").set_value(CoverageFigure.NEGLECT).run()
    assert (app.query_params["show"], app.query_params["rep"]) == ("neglect", str(aiko.id))
    assert "show=neglect" in told[-1]["query"]


def test_without_an_office_the_bias_meter_says_what_to_do(
    open_app: OpenApp, chie: User, aiko: User, make_customer: CustomerFactory
) -> None:
    make_customer(owner=aiko, **HERE)
    assert "There is no office to measure from." in said(open_app(chie, "team", view="coverage"))


def test_the_bias_meter_speaks_of_the_nearest_office(
    open_app: OpenApp, database: Database, chie: User, aiko: User, make_customer: CustomerFactory
) -> None:
    make_customer(owner=aiko, likelihood=Likelihood.A, amount=100, **HERE)
    with database.write() as session:
        session.add(Place(name="高松", kind=PlaceKind.OFFICE, lat=34.34, lon=134.06))
        session.add(Place(name=NASTY, kind=PlaceKind.OFFICE, lat=43.06, lon=141.35))
    app = open_app(chie, "team", view="coverage")
    assert not app.exception
    assert app.selectbox(key="bias_office").options[0] == "Nearest office"
    assert "Half of the potential lies within 0.9 km. Nobody was visited in this period." in said(app)


def test_one_tap_gives_an_overdue_a_to_whoever_has_fewest_and_can_be_undone(
    open_app: OpenApp, database: Database, aiko: User, chie: User, now: datetime, make_customer: CustomerFactory
) -> None:
    customer = make_customer(NASTY, owner=aiko, likelihood=Likelihood.A, created_at=now - timedelta(days=60))
    with database.write() as session:
        new = User(email="emi@example.com", name="Emi", team_id=aiko.team_id, role=aiko.role, password_hash="-", created_at=now)
        session.add(new)
    app = open_app(chie, "team", view="coverage")
    assert "Overdue A's (1)" in said(app)
    app.selectbox(key="overdue_to").set_value(new.id).run()
    app.button(key=f"overdue_assign_{customer.id}").click().run()
    assert not app.exception
    assert _owner(database, customer.id) == new.id
    assert f"overdue_assign_{customer.id}" not in [button.key for button in app.button]
    app.button(key="undo_customer").click().run()
    assert _owner(database, customer.id) == aiko.id


def _owner(database: Database, customer_id: int) -> int | None:
    with database.read() as session:
        return session.scalar(select(Customer.owner_id).where(Customer.id == customer_id))


def test_a_rep_asking_for_coverage_or_check_ins_by_address_gets_their_own_progress(
    open_app: OpenApp, aiko: User, make_customer: CustomerFactory, told: list[dict[str, Any]]
) -> None:
    make_customer(owner=aiko, **HERE)
    for view in ("coverage", "activity"):
        app = open_app(aiko, "team", view=view)
        assert not app.exception
        assert "coverage_show" not in app.session_state
        assert "activity_day" not in app.session_state
    assert told == []


def test_the_check_ins_of_a_day_are_points_and_the_look_is_kept(
    open_app: OpenApp, database: Database, aiko: User, chie: User, now: datetime, make_customer: CustomerFactory, told: list[dict[str, Any]]
) -> None:
    customer = make_customer(NASTY, owner=aiko, **HERE)
    with database.write() as session:
        for lat in (34.34, None):
            session.add(
                CheckIn(
                    client_ref=uuid4(), user_id=aiko.id, customer_id=customer.id, checked_in_at=now, closed_at=now, lat=lat,
                    lon=lat and 134.05, accuracy_m=lat and 10.0, state=CheckInState.VERIFIED if lat else CheckInState.UNKNOWN,
                )
            )  # fmt: skip
    app = open_app(chie, "team", view="activity")
    assert not app.exception
    assert [(point["who"], point["sign"]) for point in told[-1]["points"]] == [("Aiko", "✓")]
    assert "line" not in told[-1]
    assert "1 check-in has no position to show." in said(app)
    assert "<script>" not in said(app)
    with database.read() as session:
        assert set(session.execute(select(PositionView.viewer_id, PositionView.viewed_id))) == {(chie.id, aiko.id)}
    app.button(key="activity_before").click().run()
    assert "Nobody checked in on this day." in said(app)
    assert app.query_params["day"] == "2026-11-20"
    assert "activity_last" not in [button.key for button in app.button]  # there is none before


def test_a_day_without_check_ins_leads_to_the_last_one_that_has_some(
    open_app: OpenApp, database: Database, aiko: User, chie: User, now: datetime, make_customer: CustomerFactory, told: list[dict[str, Any]]
) -> None:
    customer, at = make_customer(owner=aiko, **HERE), now - timedelta(days=3)
    with database.write() as session:
        session.add(
            CheckIn(
                client_ref=uuid4(), user_id=aiko.id, customer_id=customer.id, checked_in_at=at, closed_at=at, **HERE, accuracy_m=10.0,
                state=CheckInState.VERIFIED,
            )
        )  # fmt: skip
    app = open_app(chie, "team", view="activity")
    last = app.button(key="activity_last")
    assert last.label == "Last check-ins: Wed, Nov 18"
    last.click().run()
    assert app.query_params["day"] == "2026-11-18"
    assert [point["who"] for point in told[-1]["points"]] == ["Aiko"]


def test_potential_is_said_as_money(open_app: OpenApp, chie: User, aiko: User, make_customer: CustomerFactory) -> None:
    make_customer(owner=aiko, likelihood=Likelihood.A, amount=2_000_000, **HERE)
    for locale, potential in (("en-US", "¥1.7M"), ("ja-JP", "¥170万")):
        assert potential in [metric.value for metric in open_app(chie, "team", locale=locale, view="coverage").metric]


def test_the_bias_meter_alone_asks_for_a_period(
    open_app: OpenApp, database: Database, chie: User, aiko: User, now: datetime, make_customer: CustomerFactory
) -> None:
    make_customer(owner=aiko, **HERE)
    add_office(database)
    app = open_app(chie, "team", view="coverage")
    app.button(key="team_span_before").click().run()
    assert app.query_params["period"] == "2026-10"
