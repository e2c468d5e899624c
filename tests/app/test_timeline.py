"""The timeline on the screen: everything in order, added in a few taps, changed, taken back; what was typed survives."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from fieldsales.bootstrap import Runtime
from fieldsales.db.models import Attachment, Customer, CustomerRequest, Note, Purchase, User, Visit
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.words import AttachmentKind, Outcome, RequestKind, RequestStatus
from fieldsales.errors import DatabaseBusy
from fieldsales.services.customers import notes, purchases, requests
from fieldsales.services.customers.attachments import attach_file
from fieldsales.services.customers.purchases import PurchaseInput
from fieldsales.services.customers.requests import RequestInput
from fieldsales.ui.customers.note_form import FIELD
from tests.app.conftest import OpenApp, fields_of
from tests.conftest import CustomerFactory
from tests.pictures import picture, recording


@pytest.fixture
def customer(make_customer: CustomerFactory, aiko: User) -> Customer:
    return make_customer("高松食品", owner=aiko, likelihood=Likelihood.B)


def open_customer(open_app: OpenApp, user: User, customer: Customer, **query: str) -> AppTest:
    app = open_app(user, "customer", id=str(customer.id), **query)
    assert not app.exception
    return app


def html(app: AppTest) -> str:
    return " ".join(element.proto.body for element in app.get("html"))


def told(app: AppTest) -> str:
    """Return the sums and entries of the timeline, without the brief above it."""
    bodies = [element.proto.body for element in app.get("html")]
    return " ".join(body for body in bodies if "fs-entry" in body or "fs-sales" in body)


def said(app: AppTest) -> str:
    return " ".join(element.value for element in [*app.error, *app.warning, *app.markdown]).replace("\\", "").replace("\u2060", "")


def all_of(runtime: Runtime, model: type[Any]) -> list[Any]:
    with runtime.database.read() as session:
        return list(session.scalars(select(model).where(model.deleted_at.is_(None))))


def write(runtime: Runtime, customer: Customer, actor: User, now: datetime, text: str = "鍵は隣の店") -> Note:
    with runtime.database.write() as session:
        return notes.add_note(session, actor, customer_id=customer.id, text=text, client_ref=uuid4(), now=now)


def type_note(app: AppTest, text: str) -> AppTest:
    """Send a text as the note's script in the browser does; its reference is what the field was drawn with."""
    app.session_state[FIELD] = {"note": {"ref": _drawn_reference(app), "text": text, "n": str(uuid4())}}
    return app.run()


def _drawn_reference(app: AppTest) -> str:
    for element in app.get("bidi_component"):
        data = json.loads(element.proto.json)
        if data.get("local"):
            return str(data["ref"])
    raise AssertionError("no note field is drawn")


def test_a_note_is_written_in_two_taps_and_taken_back_in_one(open_app: OpenApp, runtime: Runtime, aiko: User, customer: Customer) -> None:
    app = open_customer(open_app, aiko, customer)
    app.button(key="add_note").click().run()
    type_note(app, "<b>鍵</b>は隣の店")
    app.button(key="record_save").click().run()
    assert not app.exception
    assert [note.text for note in all_of(runtime, Note)] == ["<b>鍵</b>は隣の店"]
    assert "&lt;b&gt;鍵&lt;/b&gt;は隣の店" in html(app)
    app.button(key="undo_record").click().run()
    assert all_of(runtime, Note) == []


@pytest.mark.parametrize(("text", "sentence"), [("", "A note needs some text."), ("x" * 100_001, "at most 100000 characters")])
def test_a_refused_note_stays_in_its_open_form(
    open_app: OpenApp, runtime: Runtime, aiko: User, customer: Customer, text: str, sentence: str
) -> None:
    app = open_customer(open_app, aiko, customer)
    app.button(key="add_note").click().run()
    type_note(app, text)
    app.button(key="record_save").click().run()
    assert sentence in said(app)
    assert app.session_state[FIELD]["note"]["text"] == text
    assert all_of(runtime, Note) == []


def test_a_lost_database_records_the_note_once_when_it_is_back(
    open_app: OpenApp, runtime: Runtime, aiko: User, customer: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_note = notes.add_note

    def lost_after_writing(*args: Any, **values: Any) -> Note:
        add_note(*args, **values)
        raise DatabaseBusy()

    app = open_customer(open_app, aiko, customer)
    app.button(key="add_note").click().run()
    type_note(app, "一度だけ")
    monkeypatch.setattr(notes, "add_note", lost_after_writing)
    app.button(key="record_save").click().run()
    assert "The database does not answer just now" in said(app)
    monkeypatch.setattr(notes, "add_note", add_note)
    app.button(key="record_save").click().run()
    assert [note.text for note in all_of(runtime, Note)] == ["一度だけ"]


def test_the_same_form_saved_on_another_phone_meanwhile_records_nothing_more(
    open_app: OpenApp, runtime: Runtime, aiko: User, customer: Customer
) -> None:
    address = f"note.{uuid4()}"
    for _ in range(2):
        app = open_customer(open_app, aiko, customer, record=address)
        type_note(app, "同じ内容")
        app.button(key="record_save").click().run()
        assert not app.exception
    assert len(all_of(runtime, Note)) == 1


def test_a_note_is_corrected_deleted_and_each_taken_back(
    open_app: OpenApp, runtime: Runtime, aiko: User, customer: Customer, now: datetime
) -> None:
    note = write(runtime, customer, aiko, now)
    app = open_customer(open_app, aiko, customer)
    app.button(key=f"open_note_{note.id}").click().run()
    type_note(app, "鍵は管理人室")
    app.button(key="record_save").click().run()
    assert all_of(runtime, Note)[0].text == "鍵は管理人室"
    app.button(key="undo_record").click().run()
    assert all_of(runtime, Note)[0].text == "鍵は隣の店"
    app.button(key=f"open_note_{note.id}").click().run()
    app.button(key="record_delete").click().run()
    assert all_of(runtime, Note) == []
    app.button(key="undo_record").click().run()
    assert [note.text for note in all_of(runtime, Note)] == ["鍵は隣の店"]


def test_who_saves_second_sees_both_texts_and_decides(
    open_app: OpenApp, runtime: Runtime, aiko: User, chie: User, customer: Customer, now: datetime
) -> None:
    note = write(runtime, customer, aiko, now)
    app = open_customer(open_app, aiko, customer)
    app.button(key=f"open_note_{note.id}").click().run()
    type_note(app, "鍵は交番")
    with runtime.database.write() as session:
        notes.edit_note(session, chie, note_id=note.id, version=1, text="鍵は管理人室", now=now)
    app.button(key="record_save").click().run()
    assert "This note was changed in the meantime" in said(app)
    assert "鍵は管理人室" in html(app)
    assert app.session_state[FIELD]["note"]["text"] == "鍵は交番"
    app.button(key="record_save").click().run()
    assert all_of(runtime, Note)[0].text == "鍵は交番"


def test_a_purchase_is_recorded_and_adds_up(open_app: OpenApp, runtime: Runtime, aiko: User, customer: Customer, today: date) -> None:
    app = open_customer(open_app, aiko, customer)
    app.button(key="add_purchase").click().run()
    app.text_input(key="record_new_purchase_item").set_value("複合機")
    app.button(key="record_save").click().run()
    assert "Say for how much." in said(app)
    assert app.text_input(key="record_new_purchase_item").value == "複合機"
    app.number_input(key="record_new_purchase_amount").set_value(1_200_000)
    app.button(key="record_save").click().run()
    assert not app.exception
    (purchase,) = all_of(runtime, Purchase)
    assert (purchase.item, purchase.amount, purchase.bought_on) == ("複合機", 1_200_000, today)
    assert told(app).count("¥1,200,000") == 3  # in all, this year, and the entry itself
    app.button(key=f"open_purchase_{purchase.id}").click().run()
    app.number_input(key=f"record_{purchase.id}_purchase_amount").set_value(1_000_000)
    app.button(key="record_save").click().run()
    assert all_of(runtime, Purchase)[0].amount == 1_000_000
    app.button(key="undo_record").click().run()
    assert all_of(runtime, Purchase)[0].amount == 1_200_000
    app.button(key=f"open_purchase_{purchase.id}").click().run()
    app.button(key="record_delete").click().run()
    assert all_of(runtime, Purchase) == []
    assert "¥1,200,000" not in told(app)


def test_a_complaint_is_opened_answered_closed_and_opened_again(
    open_app: OpenApp, runtime: Runtime, aiko: User, customer: Customer
) -> None:
    app = open_customer(open_app, aiko, customer)
    app.button(key="add_request").click().run()
    app.button(key="record_save").click().run()
    assert "Say what the customer wants." in said(app)
    app.segmented_control(key="record_new_request_kind").set_value(RequestKind.COMPLAINT)
    app.text_area(key="record_new_request_text").set_value("納品が遅い")
    app.date_input(key="record_new_request_due").set_value(date(2026, 11, 25))
    app.button(key="record_save").click().run()
    assert not app.exception
    (request,) = all_of(runtime, CustomerRequest)
    assert (request.kind, request.text, request.assigned_to_id) == (RequestKind.COMPLAINT, "納品が遅い", aiko.id)
    assert "To answer" in html(app)
    app.button(key=f"open_request_{request.id}").click().run()
    app.text_area(key=f"record_{request.id}_request_answer").set_value("代替品を手配")
    app.button(key="request_answer").click().run()
    assert all_of(runtime, CustomerRequest)[0].status is RequestStatus.ANSWERED
    app.button(key=f"open_request_{request.id}").click().run()
    app.button(key="request_close").click().run()
    assert all_of(runtime, CustomerRequest)[0].status is RequestStatus.CLOSED
    app.button(key=f"open_request_{request.id}").click().run()
    app.button(key="request_reopen").click().run()
    assert not app.exception
    assert all_of(runtime, CustomerRequest)[0].status is RequestStatus.OPEN


def test_an_answer_being_typed_survives_that_somebody_else_was_faster(
    open_app: OpenApp, runtime: Runtime, aiko: User, chie: User, customer: Customer, today: date, now: datetime
) -> None:
    values = RequestInput(kind=RequestKind.COMPLAINT, text="納品が遅い")
    with runtime.database.write() as session:
        ref = uuid4()
        request = requests.open_request(session, aiko, customer_id=customer.id, values=values, client_ref=ref, today=today, now=now)
    app = open_customer(open_app, aiko, customer)
    app.button(key=f"open_request_{request.id}").click().run()
    app.text_area(key=f"record_{request.id}_request_answer").set_value("私の回答")
    with runtime.database.write() as session:
        requests.answer_request(session, chie, request_id=request.id, version=1, answer="千恵の回答", now=now)
    app.button(key="request_answer").click().run()
    assert "This was changed by somebody else in the meantime." in said(app)
    assert "千恵の回答" in html(app)
    assert app.text_area(key=f"record_{request.id}_request_answer").value == "私の回答"
    assert all_of(runtime, CustomerRequest)[0].answer == "千恵の回答"


def keep_file(runtime: Runtime, actor: User, customer: Customer, kind: AttachmentKind, data: bytes, name: str) -> Attachment:
    with runtime.database.write() as session:
        return attach_file(
            session,
            actor,
            runtime.files,
            customer_id=customer.id,
            kind=kind,
            data=data,
            file_name=name,
            client_ref=uuid4(),
            now=runtime.clock(),
            photos=runtime.photos,
        )


def test_photos_recordings_and_files_stand_together_as_they_came_in(
    open_app: OpenApp, runtime: Runtime, aiko: User, customer: Customer
) -> None:
    photo = keep_file(runtime, aiko, customer, AttachmentKind.PHOTO, picture(), "IMG_1.jpg")
    voice = keep_file(runtime, aiko, customer, AttachmentKind.VOICE, recording(), "memo.wav")
    file = keep_file(runtime, aiko, customer, AttachmentKind.FILE, b"%PDF", '見積"<b>.pdf')
    shown = html(open_customer(open_app, aiko, customer))
    assert f'<a href="/files/{photo.id}" target="_blank"><img src="/files/{photo.id}?size=thumb"' in shown
    assert f'<audio class="fs-voice" controls preload="none" src="/files/{voice.id}">' in shown
    assert f'<a class="fs-file" href="/files/{file.id}"' in shown
    assert "<b>.pdf" not in shown
    assert shown.count("3 files") == 1


def test_several_files_are_kept_at_once_and_a_bad_one_is_named(open_app: OpenApp, runtime: Runtime, aiko: User, customer: Customer) -> None:
    app = open_customer(open_app, aiko, customer)
    app.button(key="add_files").click().run()
    app.button(key="record_save").click().run()
    assert "Choose a photo or a file first." in said(app)
    chosen = [
        ("a.jpg", picture(), "image/jpeg"),
        ("zip.jpg", b"PK\x03\x04" + bytes(50), "image/jpeg"),
        ("b.pdf", b"%PDF", "application/pdf"),
    ]
    app.get("file_uploader")[0].set_value(chosen)
    app.button(key="record_save").click().run()
    assert not app.exception
    assert "“zip.jpg” is not a picture that can be read." in said(app)
    assert sorted(row.file_name for row in all_of(runtime, Attachment)) == ["a.jpg", "b.pdf"]
    app.button(key="record_cancel").click().run()
    app.button(key="undo_record").click().run()
    assert all_of(runtime, Attachment) == []


def test_chips_choose_what_is_told(open_app: OpenApp, runtime: Runtime, aiko: User, customer: Customer, now: datetime) -> None:
    write(runtime, customer, aiko, now)
    values = PurchaseInput(bought_on=date(2026, 11, 20), item="複合機", amount=100)
    with runtime.database.write() as session:
        purchases.add_purchase(session, aiko, customer_id=customer.id, values=values, client_ref=uuid4(), today=date(2026, 11, 21), now=now)
    app = open_customer(open_app, aiko, customer)
    assert "複合機" in told(app)
    app.pills(key="timeline_kinds").set_value(["notes"]).run()
    assert "鍵は隣の店" in told(app)
    assert "複合機" not in told(app)
    app.pills(key="timeline_kinds").set_value(["calls"]).run()
    assert any("Nothing of this kind yet." in caption.value for caption in app.caption)


def test_a_long_history_is_shown_a_portion_at_a_time(
    open_app: OpenApp, runtime: Runtime, aiko: User, customer: Customer, now: datetime
) -> None:
    with runtime.database.write() as session:
        session.add_all(
            Visit(
                client_ref=uuid4(),
                customer_id=customer.id,
                user_id=aiko.id,
                outcome=Outcome.MET,
                visited_at=now,
                likelihood_before=Likelihood.B,
                likelihood_after=Likelihood.B,
                created_at=now,
            )
            for _ in range(25)
        )
    app = open_customer(open_app, aiko, customer)
    assert html(app).count("fs-entry-visit") == 20
    app.button(key="timeline_more").click().run()
    assert html(app).count("fs-entry-visit") == 25
    assert not [button for button in app.button if button.key == "timeline_more"]


def test_a_colleague_answers_but_does_not_change_what_others_wrote(
    open_app: OpenApp, runtime: Runtime, aiko: User, dai: User, customer: Customer, today: date, now: datetime
) -> None:
    note = write(runtime, customer, dai, now)
    values = RequestInput(kind=RequestKind.REQUEST, text="カタログ")
    with runtime.database.write() as session:
        ref = uuid4()
        request = requests.open_request(session, dai, customer_id=customer.id, values=values, client_ref=ref, today=today, now=now)
    app = open_customer(open_app, aiko, customer)
    keys = {button.key for button in app.button}
    assert f"open_request_{request.id}" in keys
    assert f"open_note_{note.id}" not in keys
    app = open_customer(open_app, aiko, customer, record=f"note.{note.id}")
    assert "record_save" not in {button.key for button in app.button}


@pytest.mark.parametrize("record", ["note.999999", "note.x", "files.3", "nonsense", "purchase.", "request.99999999999"])
def test_an_address_that_leads_nowhere_says_so_and_breaks_nothing(open_app: OpenApp, chie: User, customer: Customer, record: str) -> None:
    app = open_customer(open_app, chie, customer, record=record)
    assert not app.exception
    assert "高松食品" in html(app)
    assert app.button(key="customer_archive").label == "Archive"  # the page goes on to its end


def test_an_answer_being_typed_to_one_request_is_not_found_in_another(
    open_app: OpenApp, runtime: Runtime, aiko: User, customer: Customer, today: date, now: datetime
) -> None:
    with runtime.database.write() as session:
        asked = [RequestInput(kind=RequestKind.REQUEST, text=text, due_on=today, assigned_to_id=None) for text in ("見積", "納期")]
        ref = {"customer_id": customer.id, "today": today, "now": now}
        ids = [requests.open_request(session, aiko, values=values, client_ref=uuid4(), **ref).id for values in asked]
    app = open_customer(open_app, aiko, customer, record=f"request.{ids[0]}")
    app.text_area(key=f"record_{ids[0]}_request_answer").set_value("お送りします").run()
    app.query_params["record"] = f"request.{ids[1]}"  # as the browser's way back and forth leaves it
    app.run()
    assert not app.exception
    assert app.text_area(key=f"record_{ids[1]}_request_text").value == "納期"
    assert app.text_area(key=f"record_{ids[1]}_request_answer").value == ""


def test_a_file_chosen_to_be_deleted_is_not_once_the_files_were_folded_away(
    open_app: OpenApp, runtime: Runtime, aiko: User, customer: Customer
) -> None:
    file = keep_file(runtime, aiko, customer, AttachmentKind.PHOTO, picture(), "a.jpg")
    app = open_customer(open_app, aiko, customer)
    app.session_state["customer_files"] = True
    app.run()
    app.selectbox(key="delete_file").set_value(file.id).run()
    for opened in (False, True):
        app.session_state["customer_files"] = opened
        app.run()
    assert not app.exception
    assert app.selectbox(key="delete_file").value is None


def test_a_purchase_opened_from_another_one_and_tapped_once_more_shows_its_own_words(
    open_app: OpenApp, runtime: Runtime, aiko: User, customer: Customer, today: date, now: datetime
) -> None:
    with runtime.database.write() as session:
        bought = [PurchaseInput(bought_on=today, item=item, amount=1_000, note="") for item in ("複合機", "用紙")]
        ref = {"customer_id": customer.id, "today": today, "now": now}
        ids = [purchases.add_purchase(session, aiko, values=values, client_ref=uuid4(), **ref).id for values in bought]
    app = open_customer(open_app, aiko, customer)
    app.button(key=f"open_purchase_{ids[0]}").click().run()
    still_shown = fields_of(app)
    app.button(key=f"open_purchase_{ids[1]}").click().run()
    app._run(still_shown)
    assert app.text_input(key=f"record_{ids[1]}_purchase_item").value == "用紙"
    app.button(key="record_save").click().run()
    assert [purchase.item for purchase in all_of(runtime, Purchase)] == ["複合機", "用紙"]
