"""The page of one customer: warning, brief, people, own fields, likelihood; edited in place, and taken back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, time
from uuid import uuid4

import pytest
from sqlalchemy import event
from streamlit.testing.v1 import AppTest

from fieldsales.db.database import Database
from fieldsales.db.models import Customer, CustomerRequest, Purchase, User
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.words import FieldKind, Outcome, RequestKind
from fieldsales.services.customers import contacts, custom_fields
from fieldsales.services.customers.contacts import ContactInput, ContactRow
from fieldsales.services.customers.customer_page import read_customer_page
from fieldsales.services.customers.customer_search import customer_details
from fieldsales.services.customers.customers import update_customer
from fieldsales.services.visits.visits import record_visit
from fieldsales.ui.customers.customer_edit import input_from
from tests.app.conftest import OpenApp, fields_of
from tests.conftest import CustomerFactory

TANAKA = ContactInput(name="田中 花子", role="総務課長", mobile="090-1234-5678", email="hanako@example.jp")


def html(app: AppTest) -> str:
    return " ".join(element.proto.body for element in app.get("html") if "<style" not in element.proto.body)


def told(app: AppTest) -> str:
    return " ".join(markdown.value for markdown in app.markdown).replace("\\", "")


def stored(database: Database, customer_id: int) -> Customer:
    with database.read() as session:
        return session.get_one(Customer, customer_id)


def people_of(database: Database, actor: User, customer: Customer) -> tuple[ContactRow, ...]:
    with database.read() as session:
        return contacts.list_contacts(session, actor, customer_id=customer.id)


def add(database: Database, actor: User, customer: Customer, now: datetime, *people: ContactInput) -> None:
    for person in people:
        with database.write() as session:
            contacts.add_contact(session, actor, customer_id=customer.id, contact=person, now=now)


@contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        asked.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    yield asked
    event.remove(database.engine, "before_cursor_execute", note)


def test_the_brief_tells_of_the_last_visit_what_is_open_and_what_was_bought(
    open_app: OpenApp, database: Database, aiko: User, make_customer: CustomerFactory, now: datetime, today: date, page_zone: object
) -> None:
    customer = make_customer(
        "高松食品",
        owner=aiko,
        next_on=date(2026, 11, 25),
        next_time=time(14, 0),
        next_action="見積を持参",
        amount=500_000,
        close_month=date(2027, 1, 1),
    )
    ref = {"customer_id": customer.id, "client_ref": uuid4()}
    with database.write() as session:
        record_visit(
            session, aiko, customer_id=customer.id, visited_at=now, outcome=Outcome.MET, note="<b>強い関心</b>",
            next_on=date(2026, 11, 25), client_ref=uuid4(), zone=page_zone, now=now,
        )  # fmt: skip
        complaint = {"kind": RequestKind.COMPLAINT, "text": "納期が遅い", "due_on": date(2026, 11, 20)}
        session.add(CustomerRequest(opened_by_id=aiko.id, opened_at=now, **complaint, **ref))
        session.add(Purchase(user_id=aiko.id, bought_on=today, item="新型機", amount=300_000, created_at=now, **ref))
    shown = html(open_app(aiko, "customer", id=str(customer.id)))
    for said in ("Met", "&lt;b&gt;強い関心", "14:00", "納期が遅い", "Complaint", "新型機", "¥300,000", "¥500,000", "Jan 2027"):
        assert said in shown, said
    assert "<b>強い関心" not in shown


@pytest.fixture
def page_zone() -> object:
    from zoneinfo import ZoneInfo

    return ZoneInfo("Asia/Tokyo")


@pytest.mark.parametrize(("until", "warned"), [(None, True), (date(2026, 11, 21), True), (date(2026, 11, 20), False)])
def test_a_warning_stands_until_its_last_day(
    open_app: OpenApp, aiko: User, make_customer: CustomerFactory, until: date | None, warned: bool
) -> None:
    customer = make_customer("x", owner=aiko, do_not_visit=True, do_not_visit_reason="係争中<script>", do_not_visit_until=until)
    shown = html(open_app(aiko, "customer", id=str(customer.id)))
    assert ('role="alert"' in shown) is warned
    assert ("係争中&lt;script&gt;" in shown) is warned
    assert "<script>" not in shown


@pytest.mark.parametrize("name", ["🍣🍣", "שלום", "<script>alert(1)</script>", "あ" * 500])
def test_any_name_can_be_opened_edited_and_saved(
    open_app: OpenApp, database: Database, aiko: User, make_customer: CustomerFactory, now: datetime, name: str
) -> None:
    customer = make_customer(name, owner=aiko, custom={name[:90]: name})
    add(database, aiko, customer, now, ContactInput(name=name[:200], note=name))
    app = open_app(aiko, "customer", id=str(customer.id), edit="1")
    assert not app.exception
    assert not app.error
    assert "<script>" not in html(app)
    app.text_area(key="edit_memo").set_value(name)
    app.button(key="save_customer").click().run()
    assert not app.error
    assert stored(database, customer.id).memo == name
    assert "<script>" not in html(app)


def test_all_new_fields_are_saved_from_the_form_and_taken_back_at_once(
    open_app: OpenApp, database: Database, aiko: User, make_customer: CustomerFactory
) -> None:
    customer = make_customer("高松食品", owner=aiko)
    app = open_app(aiko, "customer", id=str(customer.id), edit="1")
    app.selectbox(key="edit_close_month").set_value(date(2027, 1, 1))
    app.date_input(key="edit_next_on").set_value(date(2026, 12, 1))
    app.time_input(key="edit_next_time").set_value(time(9, 30))
    app.text_input(key="edit_next_action").set_value("デモ")
    app.number_input(key="edit_cadence_days").set_value(14)
    app.toggle(key="edit_do_not_visit").set_value(True)
    app.text_input(key="edit_do_not_visit_reason").set_value("改装中")
    app.date_input(key="edit_do_not_visit_until").set_value(date(2026, 12, 31))
    app.button(key="save_customer").click().run()
    assert not app.exception
    assert not app.error
    saved = stored(database, customer.id)
    assert (saved.close_month, saved.next_on, saved.next_time) == (date(2027, 1, 1), date(2026, 12, 1), time(9, 30))
    assert (saved.next_action, saved.cadence_days, saved.do_not_visit_reason) == ("デモ", 14, "改装中")
    assert "改装中" in html(app)
    assert "Jan 2027" in html(app)
    app.button(key="undo_customer").click().run()
    back = stored(database, customer.id)
    assert (back.close_month, back.next_on, back.next_time, back.do_not_visit, back.cadence_days) == (None, None, None, False, None)
    app.session_state["customer_history"] = True
    app.run()
    assert "09:30" in told(app)
    assert "Jan 2027" in told(app)


def test_values_that_a_list_brought_from_afar_can_be_edited(
    open_app: OpenApp, database: Database, aiko: User, make_customer: CustomerFactory
) -> None:
    far = {"amount": -1_500, "next_on": date(2001, 1, 1), "close_month": date(2010, 5, 1)}
    customer = make_customer("x", owner=aiko, do_not_visit=True, do_not_visit_until=date(2090, 1, 1), **far)
    app = open_app(aiko, "customer", id=str(customer.id), edit="1")
    assert not app.error
    app.button(key="save_customer").click().run()
    saved = stored(database, customer.id)
    assert (saved.amount, saved.next_on, saved.close_month, saved.version) == (-1_500, date(2001, 1, 1), date(2010, 5, 1), 1)


def test_saving_nothing_offers_nothing_to_undo(open_app: OpenApp, aiko: User, make_customer: CustomerFactory) -> None:
    customer = make_customer("高松食品", owner=aiko)
    app = open_app(aiko, "customer", id=str(customer.id), edit="1")
    app.button(key="save_customer").click().run()
    assert not any(button.key == "undo_customer" for button in app.button)


def test_what_only_a_colleague_changed_stays_theirs_unless_chosen(
    open_app: OpenApp, database: Database, aiko: User, chie: User, make_customer: CustomerFactory, now: datetime
) -> None:
    customer = make_customer("高松食品", owner=aiko, custom={"業種": "食品", "規模": "小"})
    app = open_app(aiko, "customer", id=str(customer.id), edit="1")
    with database.write() as session:
        details = customer_details(session, chie, customer_id=customer.id)
        theirs = replace(input_from(details), next_action="電話", custom={"業種": "食品加工", "規模": "小"}, do_not_visit=True)
        update_customer(session, chie, customer_id=customer.id, version=details.version, values=theirs, now=now)
    app.text_input(key="edit_custom_規模").set_value("中")
    app.text_input(key="edit_next_action").set_value("訪問")
    app.button(key="save_customer").click().run()
    chosen = {radio.key: radio.value for radio in app.radio}
    assert chosen == {
        "conflict_next_action": "mine",
        "conflict_do_not_visit": "theirs",
        "conflict_custom:業種": "theirs",
        "conflict_custom:規模": "mine",
    }
    app.button(key="conflict_save").click().run()
    assert not app.exception
    saved = stored(database, customer.id)
    assert (saved.next_action, saved.do_not_visit, saved.custom) == ("訪問", True, {"業種": "食品加工", "規模": "中"})


def test_own_fields_have_a_widget_of_their_kind_and_keep_what_does_not_fit(
    open_app: OpenApp, database: Database, aiko: User, dai: User, make_customer: CustomerFactory, now: datetime
) -> None:
    kinds = {"数": FieldKind.NUMBER, "日": FieldKind.DATE, "級": FieldKind.CHOICE, "有無": FieldKind.YES_NO, "旧": FieldKind.NUMBER}
    with database.write() as session:
        for name, kind in kinds.items():
            custom_fields.save_field(session, dai, name=name, kind=kind, choices=("松", "竹") if kind is FieldKind.CHOICE else (), now=now)
    customer = make_customer("高松食品", owner=aiko, custom={"旧": "約100", "未定義": "x", "数": "12345678901234567890"})
    app = open_app(aiko, "customer", id=str(customer.id), edit="1")
    assert app.text_input(key="edit_custom_旧").value == "約100"
    assert app.text_input(key="edit_custom_未定義").value == "x"
    assert app.text_input(key="edit_custom_数").value == "12345678901234567890"
    app.date_input(key="edit_custom_日").set_value(date(2026, 3, 1))
    app.selectbox(key="edit_custom_級").set_value("竹")
    app.get_by_key("edit_custom_有無").set_value("yes")
    app.text_input(key="edit_custom_数").set_value("twelve")
    app.button(key="save_customer").click().run()
    assert ["twelve" in error.value for error in app.error] == [True]
    app.text_input(key="edit_custom_数").set_value("1,200")
    app.button(key="save_customer").click().run()
    assert not app.error
    assert stored(database, customer.id).custom == {
        "旧": "約100", "未定義": "x", "数": "1200", "日": "2026-03-01", "級": "竹", "有無": "yes",
    }  # fmt: skip
    shown = html(app)
    assert "1,200" in shown
    assert "約100" in shown
    assert "Yes" in shown


def test_a_contact_is_added_changed_and_removed_on_the_page(
    open_app: OpenApp, database: Database, aiko: User, make_customer: CustomerFactory
) -> None:
    customer = make_customer("高松食品", owner=aiko)
    app = open_app(aiko, "customer", id=str(customer.id))
    app.button(key="contact_add").click().run()
    app.button(key="save_contact").click().run()
    assert ["needs a name" in error.value for error in app.error] == [True]
    app.text_input(key="contact_typed_0_name").set_value("田中 花子")
    app.text_input(key="contact_typed_0_mobile").set_value("090-1234-5678")
    app.button(key="save_contact").click().run()
    assert not app.error
    (person,) = people_of(database, aiko, customer)
    shown = html(app)
    assert 'href="tel:09012345678"' in shown
    assert 'data-fs-copy="090-1234-5678"' in shown
    app.button(key=f"contact_edit_{person.id}").click().run()
    app.text_input(key=f"contact_typed_{person.id}_role").set_value("部長")
    app.button(key="save_contact").click().run()
    assert [p.role for p in people_of(database, aiko, customer)] == ["部長"]
    app.button(key="undo_customer").click().run()
    assert [p.role for p in people_of(database, aiko, customer)] == [""]
    app.button(key=f"contact_edit_{person.id}").click().run()
    app.button(key="contact_remove").click().run()
    assert people_of(database, aiko, customer) == ()
    app.button(key="undo_customer").click().run()
    assert [p.name for p in people_of(database, aiko, customer)] == ["田中 花子"]
    app.session_state["customer_history"] = True
    app.run()
    assert "部長" in told(app)


def test_a_contact_changed_meanwhile_is_shown_beside_what_was_typed(
    open_app: OpenApp, database: Database, aiko: User, chie: User, make_customer: CustomerFactory, now: datetime
) -> None:
    customer = make_customer("高松食品", owner=aiko)
    add(database, aiko, customer, now, TANAKA)
    (person,) = people_of(database, aiko, customer)
    app = open_app(aiko, "customer", id=str(customer.id))
    app.button(key=f"contact_edit_{person.id}").click().run()
    with database.write() as session:
        theirs = replace(TANAKA, role="部長")
        contacts.update_contact(session, chie, contact_id=person.id, contact=theirs, known=TANAKA, now=now)
    app.text_input(key=f"contact_typed_{person.id}_mobile").set_value("080-0000-0000")
    app.button(key="save_contact").click().run()
    assert ["in the meantime" in error.value for error in app.error] == [True]
    assert any("部長" in markdown.value for markdown in app.markdown)
    assert app.text_input(key=f"contact_typed_{person.id}_mobile").value == "080-0000-0000"
    app.button(key="save_contact").click().run()
    assert not app.error
    assert [(p.mobile, p.role) for p in people_of(database, aiko, customer)] == [("080-0000-0000", "総務課長")]


def test_contacts_are_put_in_order(
    open_app: OpenApp, database: Database, aiko: User, make_customer: CustomerFactory, now: datetime
) -> None:
    customer = make_customer("高松食品", owner=aiko)
    add(database, aiko, customer, now, TANAKA, ContactInput(name="佐藤"))
    second = people_of(database, aiko, customer)[1]
    app = open_app(aiko, "customer", id=str(customer.id))
    app.button(key=f"contact_edit_{second.id}").click().run()
    app.button(key="contact_up").click().run()
    assert [p.name for p in people_of(database, aiko, customer)] == ["佐藤", "田中 花子"]
    assert app.button(key="contact_up").disabled


def test_the_likelihoods_steps_are_told_in_words_and_as_a_table(
    open_app: OpenApp, database: Database, aiko: User, make_customer: CustomerFactory, now: datetime
) -> None:
    customer = make_customer("高松食品", owner=aiko, likelihood=Likelihood.C)
    assert "fs-steps" not in html(open_app(aiko, "customer", id=str(customer.id)))
    with database.write() as session:
        details = customer_details(session, aiko, customer_id=customer.id)
        values = replace(input_from(details), likelihood=Likelihood.A)
        update_customer(session, aiko, customer_id=customer.id, version=details.version, values=values, now=now)
    shown = html(open_app(aiko, "customer", id=str(customer.id)))
    assert 'aria-label="Likelihood over time: C (Sat, Nov 21) → A (Sat, Nov 21)"' in shown
    assert "<table>" in shown
    assert "Aiko" in shown


def test_everything_of_a_customer_is_read_in_seven_queries(
    database: Database, aiko: User, make_customer: CustomerFactory, now: datetime
) -> None:
    customer = make_customer("高松食品", owner=aiko, tags=["VIP"])
    add(database, aiko, customer, now, TANAKA)
    with counted(database) as asked, database.read() as session:
        assert read_customer_page(session, aiko, customer_id=customer.id).contacts[0].name == "田中 花子"
    assert len([statement for statement in asked if statement.startswith("SELECT")]) <= 8


def test_the_administrator_defines_retires_and_brings_back_a_field(
    open_app: OpenApp, database: Database, dai: User, aiko: User, make_customer: CustomerFactory
) -> None:
    make_customer("高松食品", owner=aiko, custom={"業種": "食品"})
    app = open_app(dai, "admin", tab="fields")
    app.button(key="add_field").click().run()
    assert "業種" in app.selectbox(key="field_name_new").options
    app.get_by_key("field_kind_new").set_value(FieldKind.CHOICE).run()
    app.selectbox(key="field_name_new").set_value("業種")
    app.text_area(key="field_choices_new").set_value("食品")
    app.button(key="save_field").click().run()
    assert ["at least two" in error.value for error in app.error] == [True]
    app.text_area(key="field_choices_new").set_value("食品\n建設")
    app.button(key="save_field").click().run()
    assert not app.exception
    with database.read() as session:
        (field,) = custom_fields.list_fields(session)
    assert (field.name, field.kind, field.choices) == ("業種", FieldKind.CHOICE, ("食品", "建設"))
    app.button(key=f"row_field_{field.id}").click().run()
    app.button(key="field_retire").click().run()
    with database.read() as session:
        assert custom_fields.list_fields(session) == ()
    app.button(key=f"row_field_{field.id}").click().run()
    app.button(key="field_bring_back").click().run()
    with database.read() as session:
        assert [f.name for f in custom_fields.list_fields(session)] == ["業種"]


def test_a_contact_opened_from_another_one_and_tapped_once_more_shows_its_own_words(
    open_app: OpenApp, database: Database, aiko: User, make_customer: CustomerFactory, now: datetime
) -> None:
    customer = make_customer("高松食品", owner=aiko)
    add(database, aiko, customer, now, TANAKA, replace(TANAKA, name="佐藤", email="sato@example.jp"))
    one, other = people_of(database, aiko, customer)
    app = open_app(aiko, "customer", id=str(customer.id))
    app.button(key=f"contact_edit_{one.id}").click().run()
    still_shown = fields_of(app)
    app.button(key=f"contact_edit_{other.id}").click().run()
    app._run(still_shown)
    assert app.text_input(key=f"contact_typed_{other.id}_name").value == "佐藤"
    app.button(key="save_contact").click().run()
    assert [(p.name, p.email) for p in people_of(database, aiko, customer)] == [(TANAKA.name, TANAKA.email), ("佐藤", "sato@example.jp")]
