"""Recording a visit on the screen when something is wrong: refused beside its cause, and nothing that was typed is lost."""

from __future__ import annotations

import io
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select

from fieldsales.bootstrap import Runtime
from fieldsales.db.database import Database
from fieldsales.db.models import Attachment, Customer, User
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.visit_answers import When
from fieldsales.domain.words import AttachmentKind, FieldKind, Outcome
from fieldsales.errors import DatabaseBusy, FileNotStored
from fieldsales.services.customers import custom_fields
from fieldsales.services.visits import outcome_templates, visit_drafts
from fieldsales.services.visits.visits import MAX_NOTE
from tests.app.conftest import OpenApp
from tests.app.visit_steps import drafts, has, html, open_card, open_form, stored, type_note, visits
from tests.conftest import CustomerFactory
from tests.fakes import FakeClock


@pytest.fixture
def customer(make_customer: CustomerFactory, aiko: User) -> Customer:
    return make_customer("高松食品", owner=aiko, likelihood=Likelihood.B, lat=34.34, lon=134.05)


def test_a_note_that_is_too_long_is_refused_beside_its_field_and_stays(
    open_app: OpenApp, database: Database, aiko: User, customer: Customer
) -> None:
    app = open_form(open_app, aiko, customer)
    type_note(app, "長" * (MAX_NOTE + 1))
    app.button(key="save_visit").click().run()
    assert not app.exception
    assert visits(database) == []
    assert "100000" in app.error[0].value.replace(",", "").replace("\\", "")
    type_note(app, "長" * MAX_NOTE)
    app.button(key="save_visit").click().run()
    assert len(visits(database)[0].note) == MAX_NOTE


def test_a_visit_in_the_future_is_refused_beside_its_time(open_app: OpenApp, database: Database, aiko: User, customer: Customer) -> None:
    app = open_form(open_app, aiko, customer)
    app.get_by_key("visit_when").set_value(When.TODAY).run()
    app.time_input(key="visit_time").set_value(time(23, 0)).run()
    app.button(key="save_visit").click().run()
    assert visits(database) == []
    assert "future" in app.error[0].value
    app.time_input(key="visit_time").set_value(time(8, 0)).run()
    app.button(key="save_visit").click().run()
    assert len(visits(database)) == 1


def test_a_draft_taken_up_the_next_day_belongs_to_the_day_it_was_begun(
    open_app: OpenApp, database: Database, aiko: User, customer: Customer, now: datetime, clock: FakeClock
) -> None:
    type_note(open_form(open_app, aiko, customer), "昨日の訪問")
    clock.advance(hours=20)
    app = open_form(open_app, aiko, customer)
    assert app.get_by_key("visit_when").value is When.BEGUN
    app.button(key="save_visit").click().run()
    assert visits(database)[0].visited_at == now


def test_a_database_that_is_lost_while_saving_says_so_and_the_second_try_records_once(
    open_app: OpenApp, database: Database, aiko: User, customer: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_form(open_app, aiko, customer)
    type_note(app, "消えないメモ")

    def lost(self: Database) -> Any:
        raise DatabaseBusy()

    with monkeypatch.context() as broken:
        broken.setattr(Database, "write", lost)
        app.button(key="save_visit").click().run()
        assert not app.exception
        assert "Nothing was lost" in app.error[0].value
    assert visits(database) == []
    app.button(key="save_visit").click().run()
    assert [visit.note for visit in visits(database)] == ["消えないメモ"]


def test_a_database_that_cannot_even_be_read_leaves_a_way_to_try_again(
    open_app: OpenApp, database: Database, aiko: User, customer: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_form(open_app, aiko, customer)
    type_note(app, "消えないメモ")

    def lost(*_: Any, **__: Any) -> Any:
        raise DatabaseBusy()

    with monkeypatch.context() as broken:
        broken.setattr(visit_drafts, "find_draft", lost)
        app.button(key="save_visit").click().run()
        assert has(app, "visit_retry")
    app.button(key="visit_retry").click().run()  # what was asked for is done now
    assert [visit.note for visit in visits(database)] == ["消えないメモ"]


def test_nobody_opens_a_form_for_a_customer_they_may_not_see(
    open_app: OpenApp, database: Database, botan: User, customer: Customer
) -> None:
    for screen in ("map", "today"):
        app = open_app(botan, screen, visit="new", visit_of=str(customer.id), customer=str(customer.id))
        assert not app.exception
        assert not has(app, "save_visit")
        assert "高松食品" not in html(app)


def test_the_teams_own_outcomes_replace_the_built_in_ones_and_suggest(
    open_app: OpenApp, database: Database, aiko: User, dai: User, customer: Customer, today: date, now: datetime
) -> None:
    words = outcome_templates.TemplateInput
    with database.write() as session:
        outcome_templates.save_template(session, dai, values=words(name="面談", outcome=Outcome.MET), now=now)
        quote = words(name="見積提出 <b>", outcome=Outcome.QUOTE, likelihood=Likelihood.A, next_days=3)
        quote_id = outcome_templates.save_template(session, dai, values=quote, now=now).id
    app = open_form(open_app, aiko, customer)
    app.get_by_key("visit_outcome").set_value(quote_id).run()
    assert app.get_by_key("visit_likelihood").value is Likelihood.A
    app.button(key="save_visit").click().run()
    (visit,) = visits(database)
    assert (visit.template_id, visit.outcome, visit.likelihood_after) == (quote_id, Outcome.QUOTE, Likelihood.A)
    assert visit.next_on == today + timedelta(days=3)


def test_a_field_that_the_outcome_asks_for_is_asked_in_the_form(
    open_app: OpenApp, database: Database, aiko: User, dai: User, customer: Customer, now: datetime
) -> None:
    with database.write() as session:
        field_id = custom_fields.save_field(session, dai, name="競合", kind=FieldKind.CHOICE, choices=["A社", "B社"], now=now).id
        lost = outcome_templates.TemplateInput(name="失注", outcome=Outcome.LOST, required_fields=("競合",))
        outcome_templates.save_template(session, dai, values=lost, now=now)
    app = open_form(open_app, aiko, customer)
    app.button(key="save_visit").click().run()
    assert visits(database) == []
    assert "競合" in app.error[0].value
    app.selectbox(key=f"visit_custom_{field_id}").set_value("B社").run()
    app.button(key="save_visit").click().run()
    assert len(visits(database)) == 1
    assert stored(database, customer).custom == {"競合": "B社"}


def test_a_made_up_reference_opens_no_form(open_app: OpenApp, aiko: User, customer: Customer) -> None:
    app = open_card(open_app, aiko, customer, visit="<script>")
    assert not app.exception
    assert has(app, "log_visit")


def test_a_photo_goes_with_the_draft_and_then_with_the_visit(open_app: OpenApp, database: Database, aiko: User, customer: Customer) -> None:
    app = open_form(open_app, aiko, customer)
    app.file_uploader(key="visit_photos").upload("door.png", picture(), "image/png").run()
    assert not app.exception
    assert len(drafts(database)) == 1  # a file alone is worth a draft
    app.button(key="save_visit").click().run()
    (visit,) = visits(database)
    with database.read() as session:
        kept = session.scalars(select(Attachment)).all()
    assert [(file.visit_id, file.draft_ref, file.kind) for file in kept] == [(visit.id, None, AttachmentKind.PHOTO)]


def test_a_photo_that_a_full_disk_refuses_is_tried_again_and_no_visit_goes_without_it(
    open_app: OpenApp, runtime: Runtime, database: Database, aiko: User, customer: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(data: bytes, *, preview: bytes | None = None) -> str:
        raise FileNotStored()

    app = open_form(open_app, aiko, customer)
    with monkeypatch.context() as full:
        full.setattr(runtime.files, "keep", refuse)
        app.file_uploader(key="visit_photos").upload("door.png", picture(), "image/png").run()
        app.button(key="save_visit").click().run()
        assert app.error
        assert visits(database) == []
    app.button(key="save_visit").click().run()
    (visit,) = visits(database)
    with database.read() as session:
        assert session.scalars(select(Attachment.visit_id)).all() == [visit.id]


def test_a_zip_that_calls_itself_a_photo_is_refused_and_the_visit_can_still_be_saved(
    open_app: OpenApp, database: Database, aiko: User, customer: Customer
) -> None:
    app = open_form(open_app, aiko, customer)
    app.file_uploader(key="visit_photos").upload("photo.jpg", b"PK\x03\x04 not a picture", "image/jpeg").run()
    assert "photo.jpg" in app.error[0].value.replace("\\", "").replace("\u2060", "")
    app.button(key="save_visit").click().run()
    assert len(visits(database)) == 1


def picture() -> bytes:
    stored = io.BytesIO()
    Image.new("RGB", (40, 30), "teal").save(stored, "PNG")
    return stored.getvalue()
