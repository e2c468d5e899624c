"""Opening hours on the customer's form, page, history and conflict view: typed as people write, said back in the reader's words."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from fieldsales.db.database import Database
from fieldsales.db.models import Customer, User
from fieldsales.services.customers.customer_search import customer_details
from fieldsales.services.customers.customers import update_customer
from fieldsales.ui.customers.customer_edit import input_from
from tests.app.conftest import OpenApp
from tests.app.test_customer_page import html, stored, told
from tests.conftest import CustomerFactory

OFFICE = "Mo-Fr 09:00-17:30; Sa 09:00-12:00; PH off"
IN_ENGLISH = "Mon–Fri 9:00–17:30; Sat 9:00–12:00; closed Sun, public holidays"


def captions(app: object) -> str:
    return " ".join(caption.value for caption in app.caption).replace("\\", "")  # type: ignore[attr-defined]


def test_hours_are_shown_in_the_readers_words_and_saved_unchanged(
    open_app: OpenApp, database: Database, aiko: User, make_customer: CustomerFactory
) -> None:
    customer = make_customer("A社", owner=aiko, opening_hours=OFFICE, visit_minutes=45)
    app = open_app(aiko, "customer", id=str(customer.id), edit="1")
    assert app.text_input(key="edit_opening_hours").value == IN_ENGLISH
    assert app.number_input(key="edit_visit_minutes").value == 45
    app.button(key="save_customer").click().run()
    assert not app.error
    assert stored(database, customer.id).version == customer.version
    assert IN_ENGLISH in html(app)
    assert "45 minutes" in html(app)
    japanese = open_app(aiko, "customer", locale="ja", id=str(customer.id), edit="1")
    assert japanese.text_input(key="edit_opening_hours").value == "月〜金 9:00〜17:30、土 9:00〜12:00、日・祝 休み"


def test_the_check_says_back_how_hours_are_understood_without_saving(
    open_app: OpenApp, database: Database, aiko: User, make_customer: CustomerFactory
) -> None:
    customer = make_customer("A社", owner=aiko)
    app = open_app(aiko, "customer", id=str(customer.id), edit="1")
    app.text_input(key="edit_opening_hours").set_value("月～金 ９：００～１７：００ 土 午前のみ")
    app.button(key="edit_check_hours").click().run()
    assert "Mon–Fri 9:00–17:00; Sat 9:00–12:00; closed Sun; public holidays alike" in captions(app)
    assert stored(database, customer.id).opening_hours == ""
    app.button(key="save_customer").click().run()
    assert stored(database, customer.id).opening_hours == "Mo-Fr 09:00-17:00; Sa 09:00-12:00"


def test_hours_that_cannot_be_read_are_refused_beside_their_field_and_stay_typed(
    open_app: OpenApp, database: Database, aiko: User, make_customer: CustomerFactory
) -> None:
    customer = make_customer("A社", owner=aiko)
    app = open_app(aiko, "customer", id=str(customer.id), edit="1")
    app.text_input(key="edit_opening_hours").set_value("whenever <script>")
    for button in ("edit_check_hours", "save_customer"):
        app.button(key=button).click().run()
        assert not app.exception
        (error,) = app.error
        assert "whenever" in error.value
        assert app.text_input(key="edit_opening_hours").value == "whenever <script>"
    assert stored(database, customer.id).version == customer.version


def test_two_versions_of_the_hours_are_compared_in_words_and_in_the_history_too(
    open_app: OpenApp, database: Database, aiko: User, chie: User, make_customer: CustomerFactory, now: datetime
) -> None:
    customer = make_customer("A社", owner=aiko, opening_hours=OFFICE)
    app = open_app(aiko, "customer", id=str(customer.id), edit="1")
    with database.write() as session:
        details = customer_details(session, chie, customer_id=customer.id)
        theirs = replace(input_from(details), opening_hours="水曜定休", next_action="電話")
        update_customer(session, chie, customer_id=customer.id, version=details.version, values=theirs, now=now)
    app.text_input(key="edit_opening_hours").set_value("Mon-Fri 10am-4pm")
    app.button(key="save_customer").click().run()
    (radio,) = [radio for radio in app.radio if radio.key == "conflict_opening_hours"]
    assert [option.replace("\\", "") for option in radio.options] == [
        "Yours: Mon–Fri 10:00–16:00; closed Sat, Sun",
        "Stored: Mon, Tue, Thu–Sun all day; closed Wed",
    ]
    app.button(key="conflict_save").click().run()
    assert not app.exception
    assert stored(database, customer.id).opening_hours == "Mo-Fr 10:00-16:00"
    app.session_state["customer_history"] = True
    app.run()
    assert "Mon–Fri 10:00–16:00; closed Sat, Sun" in told(app)


def test_unchanged_hours_are_no_conflict(
    open_app: OpenApp, database: Database, aiko: User, chie: User, make_customer: CustomerFactory, now: datetime
) -> None:
    customer: Customer = make_customer("A社", owner=aiko, opening_hours=OFFICE)
    app = open_app(aiko, "customer", id=str(customer.id), edit="1")
    with database.write() as session:
        details = customer_details(session, chie, customer_id=customer.id)
        values = replace(input_from(details), next_action="電話")
        update_customer(session, chie, customer_id=customer.id, version=details.version, values=values, now=now)
    app.text_input(key="edit_contact_name").set_value("田中")
    app.button(key="save_customer").click().run()
    assert {radio.key for radio in app.radio} == {"conflict_next_action", "conflict_contact_name"}
