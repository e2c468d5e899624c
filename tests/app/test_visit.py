"""Recording a visit on the screen: three taps, saved once, taken back."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from fieldsales.db.database import Database
from fieldsales.db.models import Customer, User, Visit
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.words import Outcome
from fieldsales.services.visits import MAX_NOTE
from fieldsales.ui.visit_form import Next
from tests.app.conftest import OpenApp
from tests.conftest import CustomerFactory


@pytest.fixture
def customer(make_customer: CustomerFactory, aiko: User) -> Customer:
    return make_customer("高松食品", owner=aiko, likelihood=Likelihood.B, lat=34.34, lon=134.05)


def visits(database: Database) -> list[Visit]:
    with database.read() as session:
        return list(session.scalars(select(Visit)))


def html(app: AppTest) -> str:
    return " ".join(element.proto.body for element in app.get("html"))


def test_a_pin_is_two_taps_away_from_a_saved_visit(open_app: OpenApp, database: Database, aiko: User, customer: Customer) -> None:
    app = open_app(aiko, "map", customer=str(customer.id))
    assert "高松食品" in html(app)
    app.button(key="log_visit").click().run()
    app.button(key="save_visit").click().run()
    assert not app.exception
    (visit,) = visits(database)
    assert (visit.outcome, visit.likelihood_after, visit.user_id) == (Outcome.MET, Likelihood.B, aiko.id)
    assert not any(button.key == "save_visit" for button in app.button)


def test_everything_entered_is_kept(
    open_app: OpenApp, database: Database, aiko: User, customer: Customer, today: date, now: datetime
) -> None:
    app = open_app(aiko, "map", customer=str(customer.id))
    app.button(key="log_visit").click().run()
    app.get_by_key("visit_outcome").set_value(Outcome.APPOINTMENT).run()
    app.get_by_key("visit_likelihood").set_value(Likelihood.A).run()
    app.get_by_key("visit_next").set_value(Next.WEEK).run()
    app.text_area(key="visit_note").set_value("部長と面談 <b>😀</b>").run()
    app.button(key="save_visit").click().run()
    (visit,) = visits(database)
    assert (visit.outcome, visit.likelihood_before, visit.likelihood_after) == (Outcome.APPOINTMENT, Likelihood.B, Likelihood.A)
    assert (visit.next_on, visit.note, visit.visited_at) == (today + timedelta(days=7), "部長と面談 <b>😀</b>", now)
    with database.read() as session:
        stored = session.get_one(Customer, customer.id)
    assert (stored.likelihood, stored.next_on) == (Likelihood.A, today + timedelta(days=7))
    assert "&lt;b&gt;" in html(app)


def test_a_reload_and_a_second_tap_record_the_visit_once(open_app: OpenApp, database: Database, aiko: User, customer: Customer) -> None:
    form = {"customer": str(customer.id), "visit": "7b7f3b8e-2b1e-4d0e-9a39-0d3e5bb0a111"}
    for _ in range(2):
        app = open_app(aiko, "map", **form)
        app.button(key="save_visit").click().run()
        assert not app.exception
    assert len(visits(database)) == 1


def test_a_colleague_with_the_same_address_records_a_visit_of_their_own(
    open_app: OpenApp, database: Database, aiko: User, dai: User, customer: Customer
) -> None:
    form = {"customer": str(customer.id), "visit": "7b7f3b8e-2b1e-4d0e-9a39-0d3e5bb0a111"}
    for person in (aiko, dai):
        open_app(person, "map", **form).button(key="save_visit").click().run()
    assert {visit.user_id for visit in visits(database)} == {aiko.id, dai.id}


def test_an_order_suggests_that_the_deal_is_won(open_app: OpenApp, database: Database, aiko: User, customer: Customer) -> None:
    app = open_app(aiko, "map", customer=str(customer.id))
    app.button(key="log_visit").click().run()
    app.get_by_key("visit_outcome").set_value(Outcome.ORDER).run()
    app.button(key="save_visit").click().run()
    assert visits(database)[0].likelihood_after is Likelihood.WON


def test_undo_takes_the_visit_and_its_likelihood_back(open_app: OpenApp, database: Database, aiko: User, customer: Customer) -> None:
    app = open_app(aiko, "map", customer=str(customer.id))
    app.button(key="log_visit").click().run()
    app.get_by_key("visit_likelihood").set_value(Likelihood.D).run()
    app.button(key="save_visit").click().run()
    app.button(key="undo_visit").click().run()
    assert not app.exception
    assert visits(database) == []
    with database.read() as session:
        assert session.get_one(Customer, customer.id).likelihood is Likelihood.B
    assert not any(button.key == "undo_visit" for button in app.button)


def test_a_refused_visit_says_why_beside_its_field_and_keeps_what_was_typed(
    open_app: OpenApp, database: Database, aiko: User, customer: Customer
) -> None:
    app = open_app(aiko, "map", customer=str(customer.id))
    app.button(key="log_visit").click().run()
    note = "x" * (MAX_NOTE + 1)
    app.text_area(key="visit_note").set_value(note).run()
    app.button(key="save_visit").click().run()
    assert not app.exception
    assert visits(database) == []
    assert "too long" in app.error[0].value
    assert app.text_area(key="visit_note").value == note


def test_a_made_up_reference_opens_no_form(open_app: OpenApp, aiko: User, customer: Customer) -> None:
    app = open_app(aiko, "map", customer=str(customer.id), visit="<script>")
    assert not app.exception
    assert any(button.key == "log_visit" for button in app.button)
