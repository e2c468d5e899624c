"""One's own visit changed or deleted from any screen; a colleague's is only read."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from streamlit.testing.v1 import AppTest

from fieldsales.db.database import Database
from fieldsales.db.models import Customer, User, Visit
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.words import Outcome, VisitKind
from fieldsales.services.visits.visits import record_visit
from tests.app.conftest import ROOT, OpenApp, fields_of
from tests.conftest import CustomerFactory

TOKYO = ZoneInfo("Asia/Tokyo")


@pytest.fixture
def customer(make_customer: CustomerFactory, aiko: User) -> Customer:
    return make_customer("高松食品", owner=aiko, likelihood=Likelihood.B)


@pytest.fixture
def visit(database: Database, aiko: User, customer: Customer, now: datetime) -> Visit:
    with database.write() as session:
        return record_visit(
            session,
            aiko,
            customer_id=customer.id,
            client_ref=uuid4(),
            visited_at=now - timedelta(hours=1, seconds=17),
            outcome=Outcome.MET,
            likelihood=Likelihood.A,
            note="<b>元の</b>メモ",
            zone=TOKYO,
            now=now,
        )


def open_sheet(open_app: OpenApp, user: User, visit: Visit) -> AppTest:
    return open_app(user, "account", visit_edit=str(visit.id))


def stored(database: Database, visit: Visit) -> Visit:
    with database.read() as session:
        return session.get_one(Visit, visit.id)


def test_a_visit_is_changed_field_by_field(
    open_app: OpenApp, database: Database, aiko: User, customer: Customer, visit: Visit, today: date
) -> None:
    app = open_sheet(open_app, aiko, visit)
    app.get_by_key(f"edit_visit_{visit.id}_outcome").set_value(Outcome.QUOTE).run()
    app.get_by_key(f"edit_visit_{visit.id}_likelihood").set_value(Likelihood.C).run()
    app.get_by_key(f"edit_visit_{visit.id}_kind").set_value(VisitKind.ONLINE).run()
    app.date_input(key=f"edit_visit_{visit.id}_next").set_value(today + timedelta(days=9)).run()
    app.button(key="save_edit").click().run()
    assert not app.exception
    after = stored(database, visit)
    assert (after.outcome, after.likelihood_after, after.kind, after.next_on) == (
        Outcome.QUOTE,
        Likelihood.C,
        VisitKind.ONLINE,
        today + timedelta(days=9),
    )
    assert (after.note, after.visited_at) == (visit.note, visit.visited_at)  # to the second: nobody touched the time
    with database.read() as session:
        assert session.get_one(Customer, customer.id).likelihood is Likelihood.C
    assert not any(button.key == "save_edit" for button in app.button)


def test_a_time_in_the_future_is_refused_beside_it(open_app: OpenApp, database: Database, aiko: User, visit: Visit) -> None:
    app = open_sheet(open_app, aiko, visit)
    app.time_input(key=f"edit_visit_{visit.id}_time").set_value(time(23, 55)).run()
    app.button(key="save_edit").click().run()
    assert "future" in app.error[0].value
    assert stored(database, visit).visited_at == visit.visited_at


def test_deleting_asks_why_and_counts_nowhere_afterwards(
    open_app: OpenApp, database: Database, aiko: User, customer: Customer, visit: Visit
) -> None:
    app = open_sheet(open_app, aiko, visit)
    app.button(key="delete_visit").click().run()
    assert "why" in app.error[0].value.lower()
    app.text_input(key=f"visit_reason_{visit.id}").set_value("別の客だった").run()
    app.button(key="delete_visit").click().run()
    assert not app.exception
    assert stored(database, visit).deleted_reason == "別の客だった"
    with database.read() as session:
        after = session.get_one(Customer, customer.id)
    assert (after.likelihood, after.last_visited_at) == (Likelihood.B, None)


def test_another_device_was_faster_both_versions_are_shown_and_the_second_save_is_meant(
    open_app: OpenApp, database: Database, aiko: User, visit: Visit
) -> None:
    one, other = open_sheet(open_app, aiko, visit), open_sheet(open_app, aiko, visit)
    one.get_by_key(f"edit_visit_{visit.id}_outcome").set_value(Outcome.QUOTE).run()
    other.get_by_key(f"edit_visit_{visit.id}_outcome").set_value(Outcome.ABSENT)
    one.button(key="save_edit").click().run()
    other.button(key="save_edit").click().run()
    assert stored(database, visit).outcome is Outcome.QUOTE
    assert "another device" in other.error[0].value
    assert "Quote" in " ".join(element.proto.body for element in other.get("html") if "Stored now" in element.proto.body)
    assert other.get_by_key(f"edit_visit_{visit.id}_outcome").value is Outcome.ABSENT
    other.button(key="save_edit").click().run()
    assert stored(database, visit).outcome is Outcome.ABSENT


@pytest.mark.parametrize("name", ["botan", "chie", "dai"])
def test_nobody_else_changes_it(open_app: OpenApp, people: dict[str, User], visit: Visit, name: str) -> None:
    app = open_sheet(open_app, people[name], visit)
    assert not app.exception
    assert len(app.error) == 1
    assert not any(button.key == "save_edit" for button in app.button)


def test_what_was_changed_stands_in_the_customers_history(
    open_app: OpenApp, aiko: User, chie: User, customer: Customer, visit: Visit
) -> None:
    app = open_sheet(open_app, aiko, visit)
    app.text_input(key=f"visit_reason_{visit.id}").set_value("<i>二重登録</i>").run()
    app.button(key="delete_visit").click().run()
    shown = open_app(chie, "customer", id=str(customer.id))
    assert not shown.exception
    html = " ".join(element.proto.body for element in shown.get("html"))
    assert "&lt;i&gt;二重登録&lt;/i&gt;" in html


def test_a_reason_typed_before_the_sheet_was_cancelled_is_gone_when_it_is_opened_again(
    open_app: OpenApp, database: Database, aiko: User, visit: Visit
) -> None:
    app = open_sheet(open_app, aiko, visit)
    app.text_input(key=f"visit_reason_{visit.id}").set_value("別の客だった").run()
    app.button(key="cancel_edit").click().run()
    app.query_params["visit_edit"] = str(visit.id)
    app.run()
    assert not app.text_input(key=f"visit_reason_{visit.id}").value
    app.button(key="delete_visit").click().run()
    assert stored(database, visit).deleted_at is None


def test_the_browsers_way_back_from_another_page_finds_the_visit_and_not_an_empty_form(
    open_app: OpenApp, database: Database, aiko: User, visit: Visit
) -> None:
    app = open_sheet(open_app, aiko, visit)
    for screen, query in (("today", {}), ("account", {"visit_edit": str(visit.id)})):
        app.query_params.clear()
        app.switch_page(str(ROOT / "pages" / f"{screen}.py"))
        app.query_params |= query
        app.run()
    assert app.get_by_key(f"edit_visit_{visit.id}_outcome").value is Outcome.MET
    app.button(key="save_edit").click().run()
    assert not app.exception
    assert (stored(database, visit).outcome, stored(database, visit).visited_at) == (Outcome.MET, visit.visited_at)


def test_a_visit_opened_from_another_one_and_tapped_once_more_shows_its_own_words(
    open_app: OpenApp, database: Database, aiko: User, customer: Customer, visit: Visit, now: datetime
) -> None:
    with database.write() as session:
        said = {"outcome": Outcome.ABSENT, "likelihood": Likelihood.C, "zone": TOKYO, "now": now}
        other = record_visit(session, aiko, customer_id=customer.id, client_ref=uuid4(), visited_at=now - timedelta(hours=9), **said)
    app = open_sheet(open_app, aiko, visit)
    app.run()
    still_shown = fields_of(app)
    app.query_params["visit_edit"] = str(other.id)
    app.run()
    app._run(still_shown)
    assert app.get_by_key(f"edit_visit_{other.id}_outcome").value is Outcome.ABSENT
    app.button(key="save_edit").click().run()
    assert (stored(database, other).outcome, stored(database, other).likelihood_after) == (Outcome.ABSENT, Likelihood.C)
