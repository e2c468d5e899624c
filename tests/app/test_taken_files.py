"""Files that are taken from a screen: whose, how much and to which network address stands in the audit log."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from fieldsales.bootstrap import Runtime
from fieldsales.db.database import Database
from fieldsales.db.models import AuditEvent, User
from fieldsales.domain.customer_filter import CustomerFilter
from fieldsales.domain.tables import TableFormat
from fieldsales.domain.words import Period
from fieldsales.errors import NotAllowed, NotFound
from fieldsales.i18n import text_for
from fieldsales.services.audit_log import LogQuery
from fieldsales.services.reports.reports import read_report
from fieldsales.ui.admin import admin_audit
from fieldsales.ui.customers import export_view
from fieldsales.ui.page import Page
from fieldsales.ui.reports import report_files
from fieldsales.ui.team import team_customers_export
from tests.conftest import CustomerFactory

TOKYO = ZoneInfo("Asia/Tokyo")
TODAY = date(2026, 11, 21)
UTF8 = TableFormat("csv", "utf-8-sig")


def page_of(runtime: Runtime, user: User) -> Page:
    return Page(runtime, user, "token", text_for("en"), TOKYO, runtime.clock(), TODAY, address="192.0.2.7")


def entries(database: Database) -> list[tuple[int | None, str, str, str]]:
    with database.read() as session:
        events = session.scalars(select(AuditEvent).order_by(AuditEvent.id)).all()
    return [(event.actor_id, event.action, event.subject, event.address) for event in events]


def test_lists_of_customers_and_the_log_itself_say_where_they_went(
    runtime: Runtime, database: Database, dai: User, aiko: User, make_customer: CustomerFactory
) -> None:
    customer, page = make_customer(owner=aiko), page_of(runtime, dai)
    assert b"\xe9\xab\x98\xe6\x9d\xbe" in export_view._writer(page, CustomerFilter(), UTF8, "all.csv")()
    assert b"\xe9\xab\x98\xe6\x9d\xbe" in team_customers_export._writer(page, [customer.id], UTF8, "chosen.csv")()
    assert admin_audit._writer(page, LogQuery(), UTF8, "log.csv")()
    assert entries(database) == [
        (dai.id, "customers_exported", "all.csv", "192.0.2.7"),
        (dai.id, "customers_exported", "chosen.csv", "192.0.2.7"),
        (dai.id, "audit_exported", "log.csv", "192.0.2.7"),
    ]


def test_a_report_that_is_taken_is_kept_with_the_name_of_its_author(
    runtime: Runtime, database: Database, aiko: User, botan: User, chie: User
) -> None:
    about = {"user_id": aiko.id, "period": Period.DAY, "starts_on": TODAY, "zone": TOKYO, "now": runtime.clock()}
    with database.read() as session:
        view = read_report(session, chie, **about)
    assert report_files._reader(page_of(runtime, chie), view, report_files._pdf, "report.pdf")().startswith(b"%PDF")
    with pytest.raises(NotFound):
        report_files._reader(page_of(runtime, botan), view, report_files._pdf, "report.pdf")()
    with pytest.raises(NotAllowed):
        report_files._reader(page_of(runtime, aiko), view, report_files._csv(UTF8), "report.csv")()
    assert entries(database) == [(chie.id, "report_exported", "report.pdf", "192.0.2.7")]
    with database.read() as session:
        event = session.scalars(select(AuditEvent)).one()
    assert event.details == {"whose": "Aiko", "period": "day", "starts_on": "2026-11-21"}
