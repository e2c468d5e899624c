"""The summary view: what is on the page is what is in the files; deliveries set up and stopped; reports confirmed one by one."""

from __future__ import annotations

import html
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from fieldsales.adapters.mail import SmtpMailer, SmtpServer
from fieldsales.adapters.outbox import FolderOutbox
from fieldsales.bootstrap import Runtime, use_runtime
from fieldsales.db.database import Database
from fieldsales.db.models import Delivery, Report, User
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.spans import Span
from fieldsales.domain.team_filter import TeamFilter
from fieldsales.domain.words import DeliveryFormat, DeliveryState, Period
from fieldsales.i18n import text_for
from fieldsales.services.reports.reports import submit_report
from fieldsales.services.team.team_summary import read_summary
from fieldsales.ui.format import safe
from fieldsales.wording.papers import say_cell
from fieldsales.wording.team_summary import summary_paper
from tests.app.conftest import OpenApp, fields_of
from tests.conftest import CustomerFactory

TOKYO = ZoneInfo("Asia/Tokyo")
WEEK = "2026-W47"
NASTY = "<script>alert(1)</script> **太字** 😀" + "長" * 200


@pytest.fixture
def delivering(runtime: Runtime, tmp_path: Path) -> None:
    """An installation with a folder and a mail server."""
    mailer = SmtpMailer(SmtpServer("smtp", "127.0.0.1", 25), "fieldsales@example.co.jp")
    use_runtime(replace(runtime, mailer=mailer, outbox=FolderOutbox(tmp_path)))


def shown(app: AppTest) -> str:
    return " ".join(element.proto.body for element in app.get("html"))


def keys(app: AppTest) -> set[str]:
    return {button.key for button in app.button}


def hand_in(database: Database, user: User, now: datetime, day: date = date(2026, 11, 20), comment: str = "順調") -> Report:
    with database.write() as session:
        return submit_report(session, user, period=Period.DAY, starts_on=day, comment=comment, zone=TOKYO, now=now)


@pytest.mark.parametrize("locale", ["en-US", "ja-JP"])
def test_every_cell_of_the_paper_is_on_the_page(
    open_app: OpenApp, database: Database, make_customer: CustomerFactory, aiko: User, chie: User, now: datetime, today: date, locale: str
) -> None:
    for number in range(14):  # more than stand there without a tap
        make_customer(f"{number} {NASTY}", owner=aiko, likelihood=Likelihood.A, amount=number, next_on=today - timedelta(days=2))
    hand_in(database, aiko, now, comment=NASTY)
    app = open_app(chie, "team", view="summary", period=WEEK, locale=locale)
    assert not app.exception
    with database.read() as session:
        span = Span.read(WEEK)
        against = Span.read("2026-11-09..2026-11-14")
        summary = read_summary(session, chie, team_filter=TeamFilter(span), against=against, today=today, zone=TOKYO, now=now)
    text = text_for(locale[:2])
    paper, page = summary_paper(summary, text), shown(app)
    cells = [say_cell(cell, text) for part in paper.parts for line in part.lines for cell in line.cells]
    assert len(cells) > 100
    assert [cell for cell in cells if safe(cell) not in page] == []
    said = [paper.title, paper.about, *paper.remarks, *(word for part in paper.parts for word in (part.title, part.remark))]
    assert [word for word in said if html.escape(word) not in page] == []
    assert "<script>" not in page


def test_a_rep_who_asks_for_the_summary_gets_their_own_progress(open_app: OpenApp, aiko: User) -> None:
    app = open_app(aiko, "team", view="summary")
    assert not app.exception
    assert 'class="fs-paper-head"' not in shown(app)


def test_last_week_is_one_tap_away_and_stands_in_the_address(open_app: OpenApp, chie: User) -> None:
    app = open_app(chie, "team", view="summary")
    app.button(key="team_summary_last_week").click().run()
    assert app.query_params["period"] == "2026-W46"
    assert "Weekly summary Mon, Nov 9, 2026" in shown(app)


def test_what_it_is_held_against_stands_in_the_address(open_app: OpenApp, chie: User) -> None:
    app = open_app(chie, "team", view="summary", period="2026-W46")
    app.segmented_control(key="team_summary_against").set_value("year").run()
    assert app.query_params["against"] == "year"
    assert "Nov 10, 2025" in shown(app)
    app.segmented_control(key="team_summary_against").set_value("other").run()
    app.date_input(key="team_summary_days").set_value((date(2026, 5, 4), date(2026, 5, 10))).run()
    assert app.query_params["against"] == "2026-05-04..2026-05-10"
    assert "May 4, 2026" in shown(app)


def test_a_broken_address_is_held_against_the_period_before(open_app: OpenApp, chie: User) -> None:
    app = open_app(chie, "team", view="summary", period="2026-W46", against="<script>")
    assert not app.exception
    assert "Nov 2, 2026" in shown(app)


def test_the_files_are_those_of_the_filter_and_csv_needs_the_right(open_app: OpenApp, database: Database, chie: User, aiko: User) -> None:
    app = open_app(chie, "team", view="summary", period="2026-W46", rep=str(aiko.id), against="year")
    links = {link.proto.label: link.proto.url for link in app.get("link_button")}
    assert links["PDF to print"] == f"/team/summary.pdf?rep={aiko.id}&period=2026-W46&against=year"
    assert links["CSV for older programs (Shift_JIS)"].endswith("&encoding=cp932")
    with database.write() as session:
        session.get_one(User, chie.id).may_export = False
    app = open_app(chie, "team", view="summary")
    assert [link.proto.label for link in app.get("link_button")] == ["PDF to print"]


def test_without_folder_and_mail_server_it_says_what_is_missing(open_app: OpenApp, chie: User) -> None:
    app = open_app(chie, "team", view="summary")
    assert any("once an administrator has set a folder or a mail server" in info.value for info in app.info)
    assert "team_delivery_add" not in keys(app)


def test_a_delivery_is_set_up_changed_stopped_and_set_up_again(open_app: OpenApp, database: Database, delivering: None, chie: User) -> None:
    app = open_app(chie, "team", view="summary")
    app.button(key="team_delivery_add").click().run()
    app.text_area(key="delivery_typed_new_to").set_value("a@example.com\nb@example.com")
    app.selectbox(key="delivery_typed_new_weekday").set_value(4)
    app.button(key="team_delivery_save").click().run()
    assert not app.exception
    with database.read() as session:
        delivery = session.scalars(select(Delivery)).one()
    assert (delivery.recipients, delivery.weekday, delivery.format) == (["a@example.com", "b@example.com"], 4, DeliveryFormat.PDF)
    assert "Every Friday at 08:00" in " ".join(markdown.value for markdown in app.markdown).replace("\\", "")
    app.button(key=f"team_delivery_change_{delivery.id}").click().run()
    assert app.text_area(key=f"delivery_typed_{delivery.id}_to").value == "a@example.com\nb@example.com"
    app.checkbox(key=f"delivery_typed_{delivery.id}_folder").check()
    app.button(key="team_delivery_save").click().run()
    with database.read() as session:
        assert session.get_one(Delivery, delivery.id).to_folder
    app.button(key=f"team_delivery_stop_{delivery.id}").click().run()
    assert f"team_delivery_stop_{delivery.id}" not in keys(app)
    app.button(key="undo_record").click().run()
    with database.read() as session:
        again = session.scalars(select(Delivery).where(Delivery.retired_at.is_(None))).one()
    assert (again.recipients, again.weekday, again.to_folder) == (["a@example.com", "b@example.com"], 4, True)
    assert f"team_delivery_stop_{again.id}" in keys(app)


def test_a_delivery_changed_after_another_and_tapped_once_more_goes_to_its_own_addresses(
    open_app: OpenApp, database: Database, delivering: None, chie: User
) -> None:
    app = open_app(chie, "team", view="summary")
    for address in ("a@example.com", "b@example.com"):
        app.button(key="team_delivery_add").click().run()
        app.text_area(key="delivery_typed_new_to").set_value(address)
        app.button(key="team_delivery_save").click().run()
    with database.read() as session:
        one, other = session.scalars(select(Delivery).order_by(Delivery.id)).all()
    app.button(key=f"team_delivery_change_{one.id}").click().run()
    still_shown = fields_of(app)
    app.button(key=f"team_delivery_change_{other.id}").click().run()
    app._run(still_shown)
    assert app.text_area(key=f"delivery_typed_{other.id}_to").value == "b@example.com"


def test_an_address_that_is_none_is_refused_and_what_was_typed_stays(
    open_app: OpenApp, database: Database, delivering: None, chie: User
) -> None:
    app = open_app(chie, "team", view="summary")
    app.button(key="team_delivery_add").click().run()
    app.text_area(key="delivery_typed_new_to").set_value("chie at example.com")
    app.button(key="team_delivery_save").click().run()
    assert [error.value.replace("\\", "") for error in app.error] == ["“chie at example.com” is not an e-mail address."]
    assert app.text_area(key="delivery_typed_new_to").value == "chie at example.com"
    with database.read() as session:
        assert session.scalars(select(Delivery)).all() == []


def test_trouble_is_shown_to_the_manager_with_the_next_attempt(
    open_app: OpenApp, database: Database, delivering: None, chie: User, now: datetime
) -> None:
    app = open_app(chie, "team", view="summary")
    app.button(key="team_delivery_add").click().run()
    app.checkbox(key="delivery_typed_new_folder").check()
    app.button(key="team_delivery_save").click().run()
    with database.write() as session:
        delivery = session.scalars(select(Delivery)).one()
        delivery.state, delivery.attempts, delivery.next_at = DeliveryState.FAILED, 2, now + timedelta(minutes=5)
        delivery.trouble = "folder: No such file or directory"
    app.run()
    (warning,) = [warning.value.replace("\\", "") for warning in app.warning]
    assert warning.startswith("The folder for deliveries cannot be written. (No such file or directory) Next attempt Nov 21, 2026, 10:05.")
    app.button(key=f"team_delivery_send_{delivery.id}").click().run()
    with database.read() as session:
        again = session.get_one(Delivery, delivery.id)
    assert (again.next_at, again.trouble, again.attempts) == (now, "", 0)


def test_a_manager_without_the_right_to_export_sets_nothing_up(open_app: OpenApp, database: Database, delivering: None, chie: User) -> None:
    with database.write() as session:
        session.get_one(User, chie.id).may_export = False
    app = open_app(chie, "team", view="summary")
    assert "team_delivery_add" not in keys(app)
    assert any("Only those who may export" in caption.value for caption in app.caption)


def test_reports_are_confirmed_one_by_one(open_app: OpenApp, database: Database, aiko: User, chie: User, now: datetime) -> None:
    first, second = hand_in(database, aiko, now, date(2026, 11, 19), NASTY), hand_in(database, aiko, now)
    app = open_app(chie, "reports", list="1", unread="1")
    assert {f"reporttoread_{first.id}", f"reporttoread_{second.id}"} <= keys(app)
    app.button(key=f"reporttoread_{first.id}").click().run()
    app.button(key="report_confirm").click().run()
    assert "report_confirm" not in keys(app)
    app.button(key="report_next_unread").click().run()
    assert app.query_params["on"] == "2026-11-20"
    app.button(key="report_confirm").click().run()
    assert any("All reports have been confirmed." in caption.value for caption in app.caption)
    with database.read() as session:
        assert {report.reviewed_by_id for report in session.scalars(select(Report))} == {chie.id}
    app.button(key="report_unconfirm").click().run()
    assert "report_confirm" in keys(app)


def test_the_author_sees_who_confirmed_and_cannot_withdraw(
    open_app: OpenApp, database: Database, aiko: User, chie: User, now: datetime
) -> None:
    report = hand_in(database, aiko, now)
    app = open_app(aiko, "reports", on="2026-11-20")
    assert "report_withdraw" in keys(app)
    assert "report_confirm" not in keys(app)
    with database.write() as session:
        stored = session.get_one(Report, report.id)
        stored.reviewed_by_id, stored.reviewed_at = chie.id, now
    app = open_app(aiko, "reports", on="2026-11-20")
    assert "report_withdraw" not in keys(app)
    assert any("Confirmed by Chie" in markdown.value for markdown in app.markdown)


def test_a_rep_who_asks_for_reports_to_read_gets_the_list(open_app: OpenApp, aiko: User) -> None:
    app = open_app(aiko, "reports", list="1", unread="1")
    assert not app.exception
    assert not [control for control in app.segmented_control if control.key == "report_reading"]
