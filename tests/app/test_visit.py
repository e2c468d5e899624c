"""Recording a visit on the screen: two taps from the card, every step a draft, saved once, taken back."""

from __future__ import annotations

import io
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import uuid4

import pytest
from PIL import Image
from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from fieldsales.db.database import Database
from fieldsales.db.models import Attachment, Customer, User, Visit, VisitDraft
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.visit_answers import Next, When
from fieldsales.domain.words import AttachmentKind, FieldKind, Outcome, VisitKind
from fieldsales.errors import DatabaseBusy
from fieldsales.services import custom_fields, outcome_templates, visit_drafts
from fieldsales.services.visits import MAX_NOTE
from tests.app.conftest import OpenApp
from tests.conftest import CustomerFactory
from tests.fakes import FakeClock


@pytest.fixture
def customer(make_customer: CustomerFactory, aiko: User) -> Customer:
    return make_customer("高松食品", owner=aiko, likelihood=Likelihood.B, lat=34.34, lon=134.05)


def visits(database: Database) -> list[Visit]:
    with database.read() as session:
        return list(session.scalars(select(Visit).where(Visit.deleted_at.is_(None))))


def drafts(database: Database) -> list[VisitDraft]:
    with database.read() as session:
        return list(session.scalars(select(VisitDraft)))


def stored(database: Database, customer: Customer) -> Customer:
    with database.read() as session:
        return session.get_one(Customer, customer.id)


def html(app: AppTest) -> str:
    return " ".join(element.proto.body for element in app.get("html"))


def open_card(open_app: OpenApp, user: User, customer: Customer, **query: str) -> AppTest:
    return open_app(user, "map", customer=str(customer.id), **query)


def open_form(open_app: OpenApp, user: User, customer: Customer) -> AppTest:
    """Open the form as it opens over any screen."""
    return open_app(user, "account", visit="new", visit_of=str(customer.id))


def address_of(app: AppTest) -> dict[str, str]:
    """Return the open form as the URL names it."""
    said = {name: app.query_params[name] for name in ("visit", "visit_of")}
    return {name: value if isinstance(value, str) else value[0] for name, value in said.items()}


def type_note(app: AppTest, text: str) -> AppTest:
    """Send a text as the note's script in the browser does."""
    app.session_state["visit_note"] = {"note": {"ref": address_of(app)["visit"], "text": text, "n": str(uuid4())}}
    return app.run()


def has(app: AppTest, key: str) -> bool:
    return any(button.key == key for button in app.button)


def test_a_card_is_two_taps_away_from_a_saved_visit(
    open_app: OpenApp, database: Database, aiko: User, customer: Customer, now: datetime, today: date
) -> None:
    app = open_card(open_app, aiko, customer)
    assert "高松食品" in html(app)
    app.button(key="log_visit").click().run()
    app.button(key="save_visit").click().run()
    assert not app.exception
    (visit,) = visits(database)
    assert (visit.outcome, visit.kind, visit.visited_at) == (Outcome.MET, VisitKind.VISIT, now)
    assert (visit.likelihood_after, visit.user_id) == (Likelihood.B, aiko.id)
    assert visit.next_on == today + timedelta(days=30)  # by the cadence of a B
    assert not has(app, "save_visit")
    assert has(app, "undo_visit")
    assert drafts(database) == []


def test_everything_entered_is_kept(
    open_app: OpenApp, database: Database, aiko: User, customer: Customer, today: date, now: datetime
) -> None:
    app = open_form(open_app, aiko, customer)
    app.get_by_key("visit_outcome").set_value(Outcome.APPOINTMENT).run()
    app.get_by_key("visit_likelihood").set_value(Likelihood.A).run()
    app.get_by_key("visit_next").set_value(Next.WEEK).run()
    app.get_by_key("visit_kind").set_value(VisitKind.ONLINE).run()
    app.get_by_key("visit_when").set_value(When.TODAY).run()
    app.time_input(key="visit_time").set_value(time(9, 15)).run()
    app.text_input(key="visit_next_action").set_value("見積を持参").run()
    app.time_input(key="visit_next_time").set_value(time(14, 0)).run()
    type_note(app, "部長と面談 <b>😀</b>")
    app.button(key="save_visit").click().run()
    assert not app.exception
    (visit,) = visits(database)
    assert (visit.outcome, visit.likelihood_before, visit.likelihood_after) == (Outcome.APPOINTMENT, Likelihood.B, Likelihood.A)
    assert (visit.kind, visit.visited_at) == (VisitKind.ONLINE, now - timedelta(minutes=45))
    assert (visit.next_on, visit.note) == (today + timedelta(days=7), "部長と面談 <b>😀</b>")
    after = stored(database, customer)
    assert (after.likelihood, after.next_on, after.next_time, after.next_action) == (
        Likelihood.A,
        today + timedelta(days=7),
        time(14, 0),
        "見積を持参",
    )


def test_every_step_is_in_the_database_and_another_phone_goes_on_with_it(
    open_app: OpenApp, database: Database, aiko: User, customer: Customer, today: date
) -> None:
    app = open_form(open_app, aiko, customer)
    app.get_by_key("visit_outcome").set_value(Outcome.ABSENT).run()
    app.get_by_key("visit_likelihood").set_value(Likelihood.D).run()
    app.get_by_key("visit_next").set_value(Next.TOMORROW).run()
    type_note(app, "受付で止められ")
    del app  # the phone is gone
    other = open_form(open_app, aiko, customer)
    assert other.get_by_key("visit_outcome").value is Outcome.ABSENT
    assert other.get_by_key("visit_likelihood").value is Likelihood.D
    assert other.get_by_key("visit_next").value is Next.TOMORROW
    other.button(key="save_visit").click().run()
    (visit,) = visits(database)
    assert (visit.outcome, visit.likelihood_after, visit.note) == (Outcome.ABSENT, Likelihood.D, "受付で止められ")
    assert visit.next_on == today + timedelta(days=1)


def test_two_phones_on_one_draft_lose_nothing_and_record_once(
    open_app: OpenApp, database: Database, aiko: User, customer: Customer, clock: FakeClock
) -> None:
    one, other = open_form(open_app, aiko, customer), open_form(open_app, aiko, customer)
    type_note(one, "一台目")
    clock.advance(seconds=5)
    other.get_by_key("visit_outcome").set_value(Outcome.QUOTE).run()
    clock.advance(seconds=5)
    one.button(key="save_visit").click().run()
    other.button(key="save_visit").click().run()
    assert not one.exception
    assert not other.exception
    (visit,) = visits(database)
    assert (visit.note, visit.outcome) == ("一台目", Outcome.QUOTE)
    assert not has(other, "save_visit")  # it says that the visit is recorded
    assert has(other, "undo_visit")
    assert drafts(database) == []


def test_a_lost_answer_and_a_reload_show_that_the_visit_is_recorded(
    open_app: OpenApp, database: Database, aiko: User, customer: Customer
) -> None:
    app = open_form(open_app, aiko, customer)
    address = address_of(app)
    app.button(key="save_visit").click().run()
    again = open_app(aiko, "account", **address)
    assert not again.exception
    assert not has(again, "save_visit")
    assert has(again, "undo_visit")
    assert len(visits(database)) == 1


def test_a_second_visit_of_the_day_is_a_second_visit(open_app: OpenApp, database: Database, aiko: User, customer: Customer) -> None:
    for _ in range(2):
        open_form(open_app, aiko, customer).button(key="save_visit").click().run()
    assert len(visits(database)) == 2


def test_a_colleague_with_the_same_address_records_a_visit_of_their_own(
    open_app: OpenApp, database: Database, aiko: User, dai: User, customer: Customer
) -> None:
    app = open_form(open_app, aiko, customer)
    address = address_of(app)
    app.button(key="save_visit").click().run()
    theirs = open_app(dai, "account", **address)
    theirs.button(key="save_visit").click().run()
    assert {visit.user_id for visit in visits(database)} == {aiko.id, dai.id}


def test_an_order_suggests_that_the_deal_is_won_but_not_over_the_reps_own_word(
    open_app: OpenApp, database: Database, aiko: User, customer: Customer
) -> None:
    app = open_form(open_app, aiko, customer)
    app.get_by_key("visit_outcome").set_value(Outcome.ORDER).run()
    assert app.get_by_key("visit_likelihood").value is Likelihood.WON
    app.get_by_key("visit_likelihood").set_value(Likelihood.A).run()
    app.get_by_key("visit_outcome").set_value(Outcome.LOST).run()
    assert app.get_by_key("visit_likelihood").value is Likelihood.A
    app.button(key="save_visit").click().run()
    assert visits(database)[0].likelihood_after is Likelihood.A


def test_a_later_appointment_stays_unless_another_date_is_chosen(
    open_app: OpenApp, database: Database, aiko: User, make_customer: CustomerFactory, today: date
) -> None:
    agreed = today + timedelta(days=3)
    customer = make_customer("約束商店", owner=aiko, likelihood=Likelihood.A, next_on=agreed, next_action="契約書", lat=34.3, lon=134.0)
    app = open_form(open_app, aiko, customer)
    assert app.get_by_key("visit_next").value is Next.KEEP
    app.button(key="save_visit").click().run()
    after = stored(database, customer)
    assert (after.next_on, after.next_action) == (agreed, "契約書")


def test_no_next_date_at_all_is_a_choice_too(open_app: OpenApp, database: Database, aiko: User, customer: Customer) -> None:
    app = open_form(open_app, aiko, customer)
    app.get_by_key("visit_next").set_value(None).run()
    app.button(key="save_visit").click().run()
    assert visits(database)[0].next_on is None


def test_a_call_is_opened_as_a_call_and_saved_with_one_more_tap(
    open_app: OpenApp, database: Database, aiko: User, customer: Customer
) -> None:
    app = open_app(aiko, "account", visit="new", visit_of=str(customer.id), visit_kind="call")
    app.button(key="save_visit").click().run()
    assert visits(database)[0].kind is VisitKind.CALL


def test_on_the_today_page_the_form_opens_as_a_sheet(open_app: OpenApp, database: Database, aiko: User, customer: Customer) -> None:
    app = open_app(aiko, "today", visit="new", visit_of=str(customer.id))
    assert "高松食品" in html(app)
    app.button(key="save_visit").click().run()
    assert not app.exception
    assert len(visits(database)) == 1


def test_undo_takes_the_visit_and_its_likelihood_back_and_keeps_what_was_written(
    open_app: OpenApp, database: Database, aiko: User, customer: Customer
) -> None:
    app = open_form(open_app, aiko, customer)
    app.get_by_key("visit_likelihood").set_value(Likelihood.D).run()
    type_note(app, "書いたこと")
    app.button(key="save_visit").click().run()
    app.button(key="undo_visit").click().run()
    assert not app.exception
    assert visits(database) == []
    assert stored(database, customer).likelihood is Likelihood.B
    assert not has(app, "undo_visit")
    assert [draft.answers["note"] for draft in drafts(database)] == ["書いたこと"]


def test_closing_keeps_the_draft_and_throwing_it_away_can_be_undone(
    open_app: OpenApp, database: Database, aiko: User, customer: Customer
) -> None:
    app = open_form(open_app, aiko, customer)
    assert not has(app, "discard_visit")  # nothing there to throw away yet
    type_note(app, "途中まで")
    app.button(key="cancel_visit").click().run()
    assert not has(app, "save_visit")
    assert len(drafts(database)) == 1
    app = open_form(open_app, aiko, customer)
    app.button(key="discard_visit").click().run()
    assert not app.exception
    assert drafts(database) == []
    app.button(key="undo_visit").click().run()
    assert [draft.answers["note"] for draft in drafts(database)] == ["途中まで"]


def test_a_form_that_was_only_looked_at_leaves_no_draft(open_app: OpenApp, database: Database, aiko: User, customer: Customer) -> None:
    app = open_form(open_app, aiko, customer)
    app.button(key="cancel_visit").click().run()
    assert drafts(database) == []


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
    open_app: OpenApp, database: Database, aiko: User, dai: User, customer: Customer, today: date
) -> None:
    words = outcome_templates.TemplateInput
    with database.write() as session:
        outcome_templates.save_template(session, dai, values=words(name="面談", outcome=Outcome.MET))
        quote = words(name="見積提出 <b>", outcome=Outcome.QUOTE, likelihood=Likelihood.A, next_days=3)
        quote_id = outcome_templates.save_template(session, dai, values=quote).id
    app = open_form(open_app, aiko, customer)
    app.get_by_key("visit_outcome").set_value(quote_id).run()
    assert app.get_by_key("visit_likelihood").value is Likelihood.A
    app.button(key="save_visit").click().run()
    (visit,) = visits(database)
    assert (visit.template_id, visit.outcome, visit.likelihood_after) == (quote_id, Outcome.QUOTE, Likelihood.A)
    assert visit.next_on == today + timedelta(days=3)


def test_a_field_that_the_outcome_asks_for_is_asked_in_the_form(
    open_app: OpenApp, database: Database, aiko: User, dai: User, customer: Customer
) -> None:
    with database.write() as session:
        field_id = custom_fields.save_field(session, dai, name="競合", kind=FieldKind.CHOICE, choices=["A社", "B社"]).id
        lost = outcome_templates.TemplateInput(name="失注", outcome=Outcome.LOST, required_fields=("競合",))
        outcome_templates.save_template(session, dai, values=lost)
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
