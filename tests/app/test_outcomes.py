"""The administrator's outcomes on the screen: a starter set in one's own language, then one's own words."""

from __future__ import annotations

from datetime import datetime

from streamlit.testing.v1 import AppTest

from fieldsales.db.database import Database
from fieldsales.db.models import User
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.words import FieldKind, Outcome
from fieldsales.services.customers.custom_fields import save_field
from fieldsales.services.visits.outcome_templates import TemplateInput, TemplateRow, list_templates, save_template
from fieldsales.ui.admin.starter_outcomes import STARTER_SETS, Trade
from tests.app.conftest import OpenApp


def listed(database: Database) -> tuple[TemplateRow, ...]:
    with database.read() as session:
        return list_templates(session)


def open_tab(open_app: OpenApp, user: User, **query: str) -> AppTest:
    return open_app(user, "admin", tab="outcomes", **query)


def test_a_starter_set_comes_in_the_administrators_words_and_once(open_app: OpenApp, database: Database, dai: User) -> None:
    app = open_tab(open_app, dai)
    app.selectbox(key="outcome_starter").set_value(Trade.DOOR).run()
    for _ in range(2):
        app.button(key="add_starter").click().run()
        assert not app.exception
    assert len(listed(database)) == len(STARTER_SETS[Trade.DOOR].outcomes)
    assert Outcome.ORDER in {t.outcome for t in listed(database)}


def test_an_outcome_is_added_with_what_it_suggests_and_asks_for(open_app: OpenApp, database: Database, dai: User, now: datetime) -> None:
    with database.write() as session:
        save_field(session, dai, name="競合", kind=FieldKind.TEXT, now=now)
    app = open_tab(open_app, dai)
    app.button(key="add_outcome").click().run()
    app.text_input(key="outcome_name_new").set_value("失注 <b>")
    app.selectbox(key="outcome_base_new").set_value(Outcome.LOST)
    app.selectbox(key="outcome_likelihood_new").set_value(Likelihood.LOST)
    app.number_input(key="outcome_days_new").set_value(180)
    app.multiselect(key="outcome_fields_new").set_value(["競合"])
    app.button(key="save_outcome").click().run()
    assert not app.exception
    (template,) = listed(database)
    assert (template.name, template.outcome, template.likelihood) == ("失注 <b>", Outcome.LOST, Likelihood.LOST)
    assert (template.next_days, template.required_fields) == (180, ("競合",))


def test_a_name_that_is_taken_is_refused_beside_the_name(open_app: OpenApp, database: Database, dai: User, now: datetime) -> None:
    with database.write() as session:
        save_template(session, dai, values=TemplateInput(name="面談", outcome=Outcome.MET), now=now)
    app = open_tab(open_app, dai, id="new")
    app.text_input(key="outcome_name_new").set_value("面談")
    app.button(key="save_outcome").click().run()
    assert "面談" in app.error[0].value
    assert len(listed(database)) == 1


def test_outcomes_change_places_and_retire(open_app: OpenApp, database: Database, dai: User, now: datetime) -> None:
    with database.write() as session:
        ids = [save_template(session, dai, values=TemplateInput(name=name, outcome=Outcome.MET), now=now).id for name in ("甲", "乙")]
    app = open_tab(open_app, dai, id=str(ids[1]))
    app.button(key="outcome_up").click().run()
    assert [t.name for t in listed(database)] == ["乙", "甲"]
    app.button(key="outcome_retire").click().run()
    assert not app.exception
    assert [t.name for t in listed(database)] == ["甲"]


def test_a_rep_sees_no_outcomes_to_define(open_app: OpenApp, aiko: User) -> None:
    app = open_app(aiko, tab="outcomes")  # the administration is no screen of theirs
    assert not app.exception
    assert not any(button.key == "add_outcome" for button in app.button)
