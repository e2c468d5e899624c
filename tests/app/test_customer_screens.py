"""The customer list and one customer's page: find, add, edit, meet a conflict, restore, archive."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest
import streamlit as st
from sqlalchemy import func, select
from streamlit.testing.v1 import AppTest

from fieldsales.db.database import Database
from fieldsales.db.models import Customer, User
from fieldsales.domain.likelihood import Likelihood
from fieldsales.services.customers.customer_search import customer_details
from fieldsales.services.customers.customers import update_customer
from fieldsales.ui.customers import customer_form
from fieldsales.ui.customers.customer_edit import input_from
from fieldsales.ui.customers.customer_list import PAGE_LENGTH
from tests.app.conftest import OpenApp
from tests.conftest import CustomerFactory


def rows(app: AppTest) -> list[str]:
    return [button.label for button in app.button if button.key.startswith("row_list_")]


def html(app: AppTest) -> str:
    return " ".join(element.proto.body for element in app.get("html"))


def stored(database: Database, customer_id: int) -> Customer:
    with database.read() as session:
        return session.get_one(Customer, customer_id)


def has(app: AppTest, key: str) -> bool:
    return any(button.key == key for button in app.button)


def test_the_list_says_how_many_of_how_many(open_app: OpenApp, aiko: User, make_customer: CustomerFactory) -> None:
    make_customer("東西物流", owner=aiko, name_kana="トウザイブツリュウ")
    make_customer("みどり電機", owner=aiko)
    app = open_app(aiko, "customers", q="とうざい")
    assert "1 of 2 customers" in [caption.value for caption in app.caption]
    assert ["東西物流" in label for label in rows(app)] == [True]


def test_a_long_list_comes_page_by_page(open_app: OpenApp, aiko: User, make_customer: CustomerFactory) -> None:
    for number in range(PAGE_LENGTH + 1):
        make_customer(f"n{number:03}", owner=aiko)
    app = open_app(aiko, "customers", order="name")
    assert len(rows(app)) == PAGE_LENGTH
    app.button(key="page_after").click().run()
    assert ["n050" in label for label in rows(app)] == [True]
    assert app.query_params["page"] == "2"
    app.text_input(key="filter_text").set_value("n00").run()
    assert "page" not in app.query_params
    assert len(rows(app)) == 10


@pytest.mark.parametrize("query", [{"page": "99"}, {"page": "-1"}, {"page": "x"}, {"order": "<b>"}])
def test_an_unusable_page_or_order_breaks_nothing(
    open_app: OpenApp, aiko: User, make_customer: CustomerFactory, query: dict[str, str]
) -> None:
    make_customer("shown", owner=aiko)
    app = open_app(aiko, "customers", **query)
    assert not app.exception
    assert not app.error
    if rows(app) == []:
        app.button(key="page_first").click().run()
    assert len(rows(app)) == 1


def test_an_empty_list_leads_to_the_import(open_app: OpenApp, aiko: User) -> None:
    app = open_app(aiko, "customers")
    assert "no customers yet" in app.info[0].value
    assert any(link.proto.page == "import" for link in app.get("page_link"))


def test_a_row_opens_the_customers_page(open_app: OpenApp, aiko: User, make_customer: CustomerFactory) -> None:
    customer = make_customer("高松食品", owner=aiko, memo="駐車場は裏手\n<b>", custom={"業種": "食品"})
    app = open_app(aiko, "customers")
    app.button(key=f"row_list_{customer.id}").click().run()
    assert app.query_params["id"] == str(customer.id)
    assert "高松食品" in html(app)
    assert "駐車場は裏手" in html(app)
    assert "業種" in html(app)
    assert "<b>" not in html(app)


@pytest.mark.parametrize("asked", ["", "0", "999999", "x", "1.5", "9" * 40])
def test_a_customer_that_is_not_there_gets_a_sentence(open_app: OpenApp, aiko: User, asked: str) -> None:
    app = open_app(aiko, "customer", id=asked)
    assert not app.exception
    assert "may not see it" in app.error[0].value


def test_another_teams_customer_cannot_be_opened_or_edited(
    open_app: OpenApp, aiko: User, botan: User, make_customer: CustomerFactory
) -> None:
    secret = make_customer("秘密の得意先", owner=aiko)
    for query in ({}, {"edit": "1"}):
        app = open_app(botan, "customer", id=str(secret.id), **query)
        assert "may not see it" in app.error[0].value
        assert "秘密の得意先" not in html(app)
        assert not app.text_input


def test_a_new_customer_is_added_once_and_opened(open_app: OpenApp, database: Database, aiko: User) -> None:
    app = open_app(aiko, "customer", new="1")
    app.text_input(key="edit_name").set_value("新規商店")
    app.text_input(key="edit_address").set_value("香川県高松市番町1-1-1")
    app.button(key="save_customer").click().run()
    assert not app.exception
    with database.read() as session:
        (customer,) = session.scalars(select(Customer)).all()
    assert (customer.name, customer.owner_id) == ("新規商店", aiko.id)
    assert customer.locate_due_at is not None
    assert app.query_params["id"] == str(customer.id)
    assert "新規商店" in html(app)


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [("edit_name", " ", "needs a name"), ("edit_email", "nonsense", "not an e-mail address"), ("edit_code", "K-1", "already has the code")],
)
def test_a_refused_field_says_why_and_nothing_typed_is_lost(
    open_app: OpenApp, database: Database, aiko: User, make_customer: CustomerFactory, field: str, typed: str, sentence: str
) -> None:
    make_customer("other", owner=aiko, code="K-1")
    app = open_app(aiko, "customer", new="1")
    app.text_input(key="edit_name").set_value("新規商店")
    app.text_area(key="edit_memo").set_value("long story")
    app.text_input(key=field).set_value(typed)
    app.button(key="save_customer").click().run()
    assert not app.exception
    assert [sentence in error.value.replace("\\", "") for error in app.error] == [True]
    assert app.text_area(key="edit_memo").value == "long story"
    assert app.text_input(key=field).value == typed
    with database.read() as session:
        assert session.scalar(select(func.count(Customer.id))) == 1
    app.run()
    assert not app.error


def test_an_edit_is_saved_and_history_restores_what_was_before(
    open_app: OpenApp, database: Database, aiko: User, make_customer: CustomerFactory
) -> None:
    customer = make_customer("高松食品", owner=aiko, likelihood=Likelihood.C, tags=["VIP"])
    app = open_app(aiko, "customer", id=str(customer.id))
    app.button(key="customer_edit").click().run()
    app.text_input(key="edit_name").set_value("高松食品工業")
    app.get_by_key("edit_likelihood").set_value(Likelihood.A)
    app.button(key="save_customer").click().run()
    assert not app.exception
    saved = stored(database, customer.id)
    assert (saved.name, saved.likelihood) == ("高松食品工業", Likelihood.A)
    assert "edit" not in app.query_params
    app.session_state["customer_history"] = True
    app.run()
    restore = next(button for button in app.button if button.key.startswith("restore_"))
    restore.click().run()
    assert not app.exception
    back = stored(database, customer.id)
    assert (back.name, back.likelihood) == ("高松食品", Likelihood.C)


def test_the_second_saver_sees_both_versions_and_chooses_field_by_field(
    open_app: OpenApp, database: Database, aiko: User, chie: User, make_customer: CustomerFactory, now: datetime
) -> None:
    customer = make_customer("高松食品", owner=aiko, phone="087-1", memo="old")
    app = open_app(aiko, "customer", id=str(customer.id), edit="1")
    with database.write() as session:
        details = customer_details(session, chie, customer_id=customer.id)
        theirs = replace(input_from(details), phone="087-2", memo="Chie's")
        update_customer(session, chie, customer_id=customer.id, version=details.version, values=theirs, now=now)
    app.text_input(key="edit_phone").set_value("087-3")
    app.text_area(key="edit_memo").set_value("mine")
    app.button(key="save_customer").click().run()
    assert not app.exception
    assert "Chie" in app.error[0].value
    assert {radio.key for radio in app.radio} == {"conflict_phone", "conflict_memo"}
    shown = " ".join(" ".join(radio.options) for radio in app.radio)
    assert all(value in shown.replace("\\", "") for value in ("087-2", "087-3", "Chie's", "mine"))
    assert stored(database, customer.id).phone == "087-2"
    app.radio(key="conflict_memo").set_value("theirs").run()
    app.button(key="conflict_save").click().run()
    assert not app.exception
    saved = stored(database, customer.id)
    assert (saved.phone, saved.memo) == ("087-3", "Chie's")
    assert has(app, "customer_edit")


def test_all_as_stored_gives_in_wholesale(
    open_app: OpenApp, database: Database, aiko: User, chie: User, make_customer: CustomerFactory, now: datetime
) -> None:
    customer = make_customer("高松食品", owner=aiko)
    app = open_app(aiko, "customer", id=str(customer.id), edit="1")
    with database.write() as session:
        details = customer_details(session, chie, customer_id=customer.id)
        values = replace(input_from(details), contact_name="林", amount=5)
        update_customer(session, chie, customer_id=customer.id, version=details.version, values=values, now=now)
    app.text_input(key="edit_contact_name").set_value("森")
    app.button(key="save_customer").click().run()
    app.button(key="conflict_theirs").click().run()
    app.button(key="conflict_save").click().run()
    saved = stored(database, customer.id)
    assert (saved.contact_name, saved.amount) == ("林", 5)


def test_an_archived_customer_leaves_the_list_and_comes_back(
    open_app: OpenApp, database: Database, aiko: User, chie: User, make_customer: CustomerFactory
) -> None:
    customer = make_customer("高松食品", owner=aiko)
    app = open_app(aiko, "customer", id=str(customer.id))
    assert "customer_archive" not in {button.key for button in app.button}  # who may not delete is not offered it
    app = open_app(chie, "customer", id=str(customer.id))
    app.button(key="customer_archive").click().run()
    assert stored(database, customer.id).archived_at is not None
    assert rows(open_app(aiko, "customers")) == []
    app = open_app(aiko, "customer", id=str(customer.id))
    app.button(key="customer_archive").click().run()
    assert stored(database, customer.id).archived_at is None


def test_cancel_forgets_what_was_typed(open_app: OpenApp, database: Database, aiko: User, make_customer: CustomerFactory) -> None:
    customer = make_customer("高松食品", owner=aiko)
    app = open_app(aiko, "customer", id=str(customer.id), edit="1")
    app.text_input(key="edit_name").set_value("typed")
    app.button(key="cancel_edit").click().run()
    assert not app.exception
    assert stored(database, customer.id).name == "高松食品"
    app = open_app(aiko, "customer", id=str(customer.id), edit="1")
    assert app.text_input(key="edit_name").value == "高松食品"


def change(database: Database, actor: User, customer_id: int, now: datetime, **values: str) -> None:
    """Let somebody else save these values."""
    with database.write() as session:
        details = customer_details(session, actor, customer_id=customer_id)
        wanted = replace(input_from(details), **values)
        update_customer(session, actor, customer_id=customer_id, version=details.version, values=wanted, now=now)


def test_what_was_chosen_in_a_conflict_that_was_given_up_says_nothing_about_the_next(
    open_app: OpenApp, database: Database, aiko: User, chie: User, make_customer: CustomerFactory, now: datetime
) -> None:
    customer = make_customer("高松食品", owner=aiko, phone="087-1")
    app = open_app(aiko, "customer", id=str(customer.id))
    for theirs, mine in (("087-2", "087-3"), ("087-4", "087-5")):
        app.button(key="customer_edit").click().run()
        change(database, chie, customer.id, now, phone=theirs)
        app.text_input(key="edit_phone").set_value(mine)
        app.button(key="save_customer").click().run()
        assert app.radio(key="conflict_phone").value == "mine"
        app.button(key="conflict_theirs").click().run()
        app.button(key="conflict_cancel").click().run()
        assert not app.exception


def test_a_conflict_left_open_does_not_keep_another_customer_from_having_one(
    open_app: OpenApp, database: Database, aiko: User, chie: User, make_customer: CustomerFactory, now: datetime
) -> None:
    one, two = make_customer("高松食品", owner=aiko, phone="087-1"), make_customer("丸亀商店", owner=aiko, phone="087-1")
    app = open_app(aiko, "customer", id=str(one.id), edit="1")
    for customer in (one, two):
        app.query_params |= {"id": str(customer.id), "edit": "1"}
        app.run()
        change(database, chie, customer.id, now, phone="087-2")
        app.text_input(key="edit_phone").set_value("087-3")
        app.button(key="save_customer").click().run()
        assert not app.exception
        assert [radio.key for radio in app.radio] == ["conflict_phone"]


def test_a_form_left_by_the_browsers_way_back_begins_with_what_is_stored_by_then(
    open_app: OpenApp, database: Database, aiko: User, chie: User, make_customer: CustomerFactory, now: datetime
) -> None:
    customer = make_customer("高松食品", owner=aiko, phone="087-1")
    app = open_app(aiko, "customer", id=str(customer.id), edit="1")
    del app.query_params["edit"]  # as the browser's way back leaves it
    app.run()
    change(database, chie, customer.id, now, phone="087-2")
    app.button(key="customer_edit").click().run()
    assert not app.exception
    assert app.text_input(key="edit_phone").value == "087-2"


def test_a_form_that_is_shown_is_not_written_over_when_somebody_else_saves(
    open_app: OpenApp, database: Database, aiko: User, chie: User, make_customer: CustomerFactory, now: datetime
) -> None:
    customer = make_customer("高松食品", owner=aiko, phone="087-1")
    app = open_app(aiko, "customer", id=str(customer.id), edit="1")
    app.run()
    change(database, chie, customer.id, now, phone="087-2")
    app.run()  # a tap beside the form: what is typed in it is in the browser alone, until it is saved
    assert not app.text_input(key="edit_phone").proto.set_value
    app.text_input(key="edit_phone").set_value("087-3")
    app.button(key="save_customer").click().run()
    assert [radio.key for radio in app.radio] == ["conflict_phone"]


def test_a_form_whose_filling_was_broken_off_is_filled_again(
    open_app: OpenApp, aiko: User, make_customer: CustomerFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer = make_customer("高松食品", owner=aiko, phone="087-1")
    app = open_app(aiko, "customer", id=str(customer.id))
    put = customer_form.fill_custom
    monkeypatch.setattr(customer_form, "fill_custom", lambda *_: st.stop())  # as a second tap stops the run of the first
    app.button(key="customer_edit").click().run()
    monkeypatch.setattr(customer_form, "fill_custom", put)
    app.session_state["edit_phone"] = ""
    app.run()
    assert app.text_input(key="edit_phone").value == "087-1"


def test_a_tag_that_nobody_bears_any_more_stays_out_of_a_cleared_filter(
    open_app: OpenApp, aiko: User, make_customer: CustomerFactory
) -> None:
    make_customer("高松食品", owner=aiko, likelihood=Likelihood.A)
    app = open_app(aiko, "customers", tag="gone")
    assert rows(app) == []
    app.button(key="filter_clear").click().run()
    app.get_by_key("filter_likelihood").set_value([Likelihood.A]).run()
    assert "tag" not in app.query_params
    assert len(rows(app)) == 1
