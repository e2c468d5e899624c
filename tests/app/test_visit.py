"""Recording a visit on the screen: two taps from the card, every step a draft, saved once, taken back."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest

from fieldsales.db.database import Database
from fieldsales.db.models import Customer, User
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.visit_answers import Next, When
from fieldsales.domain.words import Outcome, VisitKind
from tests.app.conftest import OpenApp
from tests.app.visit_steps import address_of, drafts, has, html, open_card, open_form, stored, type_note, visits
from tests.conftest import CustomerFactory
from tests.fakes import FakeClock


@pytest.fixture
def customer(make_customer: CustomerFactory, aiko: User) -> Customer:
    return make_customer("高松食品", owner=aiko, likelihood=Likelihood.B, lat=34.34, lon=134.05)


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
