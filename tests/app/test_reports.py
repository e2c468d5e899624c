"""The reports screen: the day at a glance, 提出 once, the manager's word, the list, files; bad links break nothing."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from pypdf import PdfReader
from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from fieldsales.db.database import Database
from fieldsales.db.models import Customer, PlanStop, Report, ReportComment, User, Visit
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.words import Outcome, Period, StopProgress
from fieldsales.i18n import text_for
from fieldsales.services.reports.report_comments import MAX_COMMENT
from fieldsales.services.reports.reports import ReportView, read_report, save_comment, submit_report
from fieldsales.ui.reports.report_document import document_of
from fieldsales.ui.reports.report_notes import ANSWER, COMMENT, comment_reference
from fieldsales.ui.reports.report_table import table_header, table_rows
from fieldsales.ui.reports.report_words import ReportWords
from tests.app.conftest import OpenApp
from tests.conftest import CustomerFactory
from tests.planned_days import keep_plan

TOKYO = ZoneInfo("Asia/Tokyo")
DAY = date(2026, 11, 20)
ON = DAY.isoformat()
NASTY = "<script>alert(1)</script> **太字** 😀"


@pytest.fixture
def visit(database: Database, aiko: User, make_customer: CustomerFactory) -> Visit:
    """Aiko's visit of Friday morning at a customer with an unkind name."""
    at = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
    visit = Visit(
        client_ref=uuid4(),
        customer_id=make_customer(NASTY, owner=aiko).id,
        user_id=aiko.id,
        outcome=Outcome.QUOTE,
        visited_at=at,
        note="=SUM(A1) " + NASTY,
        likelihood_before=Likelihood.B,
        likelihood_after=Likelihood.A,
        created_at=at,
    )
    with database.write() as session:
        session.add(visit)
    return visit


def html(app: AppTest) -> str:
    return " ".join(element.proto.body for element in app.get("html"))


def keys(app: AppTest) -> set[str]:
    return {button.key for button in app.button}


def submit(database: Database, user: User, now: datetime, comment: str = "") -> Report:
    with database.write() as session:
        return submit_report(session, user, period=Period.DAY, starts_on=DAY, comment=comment, zone=TOKYO, now=now)


def stored(database: Database) -> list[Report]:
    with database.read() as session:
        return list(session.scalars(select(Report)))


def test_the_day_stands_there_by_itself(open_app: OpenApp, aiko: User, visit: Visit) -> None:
    app = open_app(aiko, "reports", on=ON)
    assert not app.exception
    shown = html(app)
    assert "<b>1</b><span>Visits made</span>" in shown
    assert "Quote" in shown
    assert "B → A" in shown
    assert "<script>" not in shown
    assert "&lt;script&gt;" in shown
    assert "report_submit" in keys(app)


def test_one_tap_submits_and_a_second_one_finds_it_done(
    open_app: OpenApp, database: Database, aiko: User, visit: Visit, now: datetime
) -> None:
    with database.write() as session:
        save_comment(session, aiko, period=Period.DAY, starts_on=DAY, comment="順調", zone=TOKYO, now=now)
    first, second = open_app(aiko, "reports", on=ON), open_app(aiko, "reports", on=ON)
    first.button(key="report_submit").click().run()
    assert "report_submit" not in keys(first)
    second.button(key="report_submit").click().run()
    assert not second.exception
    assert "report_submit" not in keys(second)
    (report,) = stored(database)
    assert (report.comment, report.submitted_at, report.version) == ("順調", now, 3)  # begun, written, submitted
    assert "順調" in html(first)


def type_text(app: AppTest, key: str, reference: UUID, text: str) -> AppTest:
    """Send a text as the field's script in the browser does."""
    app.session_state[key] = {"note": {"ref": str(reference), "text": text, "n": str(uuid4())}}
    return app.run()


def view_of(database: Database, reader: User, now: datetime) -> ReportView:
    with database.read() as session:
        return read_report(session, reader, user_id=reader.id, period=Period.DAY, starts_on=DAY, zone=TOKYO, now=now)


def test_what_is_typed_is_on_the_server_before_anything_is_tapped(
    open_app: OpenApp, database: Database, aiko: User, visit: Visit, now: datetime
) -> None:
    reference = comment_reference(view_of(database, aiko, now))
    app = type_text(open_app(aiko, "reports", on=ON), COMMENT, reference, "書きかけ " + NASTY)
    assert stored(database)[0].comment == "書きかけ " + NASTY
    type_text(app, COMMENT, reference, "書き直した")
    assert (stored(database)[0].comment, stored(database)[0].submitted_at) == ("書き直した", None)


def test_what_a_second_phone_was_typing_becomes_a_reply_to_send(
    open_app: OpenApp, database: Database, aiko: User, visit: Visit, now: datetime
) -> None:
    reference = comment_reference(view_of(database, aiko, now))
    app = open_app(aiko, "reports", on=ON)
    submit(database, aiko, now, "一台目")
    type_text(app, COMMENT, reference, "二台目で書いたこと")
    assert not app.exception
    answer = view_of(database, aiko, now).answer
    assert answer is not None
    assert (answer.text, stored(database)[0].comment) == ("二台目で書いたこと", "一台目")
    app.button(key="report_send").click().run()
    assert "二台目で書いたこと" in html(app)


def test_a_text_that_does_not_fit_is_not_sent_without_its_end(
    open_app: OpenApp, database: Database, aiko: User, visit: Visit, now: datetime
) -> None:
    reference = comment_reference(view_of(database, aiko, now))
    app = type_text(open_app(aiko, "reports", on=ON), COMMENT, reference, "始め")
    type_text(app, COMMENT, reference, "字" * (MAX_COMMENT + 1))
    for _ in range(2):
        app.button(key="report_submit").click().run()
        assert "too long" in app.error[0].value
    assert (stored(database)[0].comment, stored(database)[0].submitted_at) == ("始め", None)


def test_a_reply_is_kept_while_it_is_written(open_app: OpenApp, database: Database, aiko: User, visit: Visit, now: datetime) -> None:
    submit(database, aiko, now)
    answer = view_of(database, aiko, now).answer
    assert answer is not None
    app = type_text(open_app(aiko, "reports", on=ON), ANSWER, answer.client_ref, "返信の途中")
    assert view_of(database, aiko, now).answer == replace(answer, text="返信の途中")
    app.button(key="report_send").click().run()
    assert [comment.text for comment in view_of(database, aiko, now).comments] == ["返信の途中"]


def test_a_submitted_report_can_be_taken_back(open_app: OpenApp, database: Database, aiko: User, visit: Visit, now: datetime) -> None:
    submit(database, aiko, now, "早すぎた")
    app = open_app(aiko, "reports", on=ON)
    app.button(key="report_withdraw").click().run()
    assert "report_submit" in keys(app)
    assert stored(database)[0].submitted_at is None


def test_a_report_says_that_its_visits_were_changed_since(
    open_app: OpenApp, database: Database, aiko: User, visit: Visit, now: datetime
) -> None:
    submit(database, aiko, now)
    with database.write() as session:
        session.get_one(Visit, visit.id).deleted_at = now
    app = open_app(aiko, "reports", on=ON)
    assert [warning.value for warning in app.warning] == [
        "Changed since it was submitted: Visits made 1 → 0. The numbers here stay as they were submitted."
    ]
    assert "<b>1</b><span>Visits made</span>" in html(app)


def test_the_manager_begins_with_the_list_and_sends_a_word(
    open_app: OpenApp, database: Database, aiko: User, chie: User, visit: Visit, now: datetime
) -> None:
    report = submit(database, aiko, now, "順調")
    with database.write() as session:
        session.add(ReportComment(client_ref=uuid4(), report_id=report.id, user_id=chie.id, text="同行します", created_at=now))
    app = open_app(chie, "reports")
    (row,) = [button for button in app.button if button.key.startswith("reportrow_")]
    assert "To read" in row.label
    row.click().run()
    assert app.query_params["who"] == str(aiko.id)
    assert {"report_submit", "report_withdraw"} & keys(app) == set()
    app.button(key="report_send").click().run()
    assert not app.exception
    assert "同行します" in html(app)
    with database.read() as session:
        assert session.scalar(select(ReportComment.sent_at)) == now
    back = open_app(aiko, "reports", on=ON)
    assert "同行します" in html(back)
    assert "report_withdraw" not in keys(back)


def test_nothing_to_send_says_so(open_app: OpenApp, database: Database, aiko: User, now: datetime) -> None:
    submit(database, aiko, now)
    app = open_app(aiko, "reports", on=ON)
    app.button(key="report_send").click().run()
    assert "Write something first" in app.error[0].value


def test_a_stranger_reads_a_refusal(open_app: OpenApp, aiko: User, botan: User, visit: Visit) -> None:
    app = open_app(botan, "reports", who=str(aiko.id), on=ON)
    assert "does not exist" in app.error[0].value
    assert "Quote" not in html(app)


@pytest.mark.parametrize(
    "query", [{"on": "x"}, {"on": "0001-01-01"}, {"on": "9999-12-31"}, {"period": "year"}, {"who": "-1"}, {"who": "9" * 40}, {"list": "?"}]
)
def test_a_link_that_makes_no_sense_leads_to_ones_own_reports(open_app: OpenApp, aiko: User, query: dict[str, str]) -> None:
    app = open_app(aiko, "reports", **query)
    assert not app.exception
    assert not app.error


def test_one_turns_the_pages_but_not_into_the_future(open_app: OpenApp, aiko: User, visit: Visit) -> None:
    app = open_app(aiko, "reports")
    assert app.button(key="report_after").disabled
    app.button(key="report_before").click().run()
    assert app.query_params["on"] == ON
    assert "Quote" in html(app)
    app.get_by_key("report_period").set_value(Period.MONTH).run()
    assert app.query_params["on"] == "2026-11-01"
    assert "Monthly report November 2026" in [heading.value for heading in app.subheader]
    app.get_by_key("report_period").set_value(Period.DAY).run()
    assert app.query_params["on"] == "2026-11-21"  # the newest day of the month that has begun
    assert not app.exception


def test_only_who_may_export_is_offered_a_csv(open_app: OpenApp, database: Database, aiko: User, visit: Visit) -> None:
    def offered() -> list[str]:
        return [element.proto.label for element in open_app(aiko, "reports", on=ON).get("download_button")]

    assert offered() == ["PDF to print"]
    with database.write() as session:
        session.get_one(User, aiko.id).may_export = True
    assert len(offered()) == 3


def test_the_pdf_says_what_the_screen_says(database: Database, aiko: User, visit: Visit, now: datetime) -> None:
    from fieldsales.adapters.documents import write_pdf

    submit(database, aiko, now, "順調です。\n来週は髙﨑さまへ。")
    with database.read() as session:
        view = read_report(session, aiko, user_id=aiko.id, period=Period.DAY, starts_on=DAY, zone=TOKYO, now=now)
    pdf = PdfReader(io.BytesIO(write_pdf(document_of(view, ReportWords(text_for("ja"), TOKYO, date(2026, 11, 21))))))
    text = "\n".join(page.extract_text() for page in pdf.pages)
    for words in ("2026/11/20", "Aiko", "順調です。", "来週は髙﨑さまへ。", "10:00", "<script>alert(1)</script> **太字** 〓", "B → A"):
        assert words in text


def test_the_csv_has_a_line_for_each_thing(database: Database, aiko: User, visit: Visit, now: datetime) -> None:
    say = ReportWords(text_for("en"), TOKYO, date(2026, 11, 21))
    with database.read() as session:
        view = read_report(session, aiko, user_id=aiko.id, period=Period.DAY, starts_on=DAY, zone=TOKYO, now=now)
        week = read_report(session, aiko, user_id=aiko.id, period=Period.WEEK, starts_on=DAY, zone=TOKYO, now=now)
    (row,) = table_rows(view, say)
    assert row == ("Visit", ON, "10:00", NASTY, "Quote", "B", "A", 1, "", "=SUM(A1) " + NASTY)
    assert {len(cells) for cells in table_rows(week, say)} == {len(table_header(say))}


def test_the_report_of_today_is_one_tap_from_the_today_page(open_app: OpenApp, aiko: User, visit: Visit) -> None:
    (link,) = [link for link in open_app(aiko, "today").get("page_link") if link.proto.label == "My report of today"]
    assert link.proto.page == "reports"
    assert link.proto.query_string == f"who={aiko.id}&on=2026-11-21"


def test_what_was_planned_and_what_was_on_time_stand_beside_each_other(
    open_app: OpenApp, database: Database, aiko: User, visit: Visit, make_customer: CustomerFactory
) -> None:
    with database.read() as session:
        visited = session.get_one(Customer, visit.customer_id)
    keep_plan(database, aiko, [make_customer("渋滞で見送り", owner=aiko), visited], DAY)
    with database.write() as session:
        skipped = session.scalars(select(PlanStop).where(PlanStop.position == 0)).one()
        skipped.progress, skipped.skip_reason = StopProgress.SKIPPED, "渋滞 <b>"
    app = open_app(aiko, "reports", on=ON)
    assert not app.exception
    shown = html(app)
    assert "<b>1 / 2</b><span>Planned and done</span>" in shown
    assert "<b>1 / 2</b><span>On time (± 1 h)</span>" in shown
    assert "Skipped: 渋滞 &lt;b&gt;" in shown
