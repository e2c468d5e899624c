"""The file behind a table: the same values as the table, harmless to programs, with the rights of the moment it is made."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from fieldsales.bootstrap import Runtime
from fieldsales.db.database import Database
from fieldsales.db.models import AuditEvent, User
from fieldsales.domain.tables import TableFormat
from fieldsales.errors import NotAllowed
from fieldsales.i18n import text_for
from fieldsales.ui.page import Page
from fieldsales.ui.table_export import Rows, may_export, table_bytes, table_writer

TOKYO = ZoneInfo("Asia/Tokyo")
UTF8 = TableFormat("csv", "utf-8-sig")
HEADER = ("Customer", "Last visit", "Day", "Amount", "Share")
ROWS: Rows = [("=SUM(A1)", datetime(2026, 11, 20, 16, 0, tzinfo=UTC), date(2026, 11, 21), 1_200_000, 0.5), ("髙﨑", None, None, None, None)]


def page_of(runtime: Runtime, user: User) -> Page:
    return Page(runtime, user, "token", text_for("en"), TOKYO, runtime.clock(), date(2026, 11, 21), address="192.0.2.7")


def test_values_are_written_as_programs_read_them_and_formulas_are_not() -> None:
    lines = table_bytes(HEADER, ROWS, UTF8, zone=TOKYO).decode("utf-8-sig").splitlines()
    assert lines == ["Customer,Last visit,Day,Amount,Share", "'=SUM(A1),2026-11-21 01:00,2026-11-21,1200000,0.5", "髙﨑,,,,"]


def test_old_programs_get_what_their_encoding_holds() -> None:
    assert "髙﨑" in table_bytes(HEADER, ROWS, TableFormat("csv", "cp932"), zone=TOKYO).decode("cp932")


def test_a_table_of_figures_is_for_whoever_looks_at_it(runtime: Runtime, aiko: User) -> None:
    assert table_writer(page_of(runtime, aiko), "Figures", HEADER, ROWS, UTF8, names_customers=False)().startswith(b"\xef\xbb\xbfCustomer")


def test_a_table_that_names_customers_needs_the_right_of_that_moment(runtime: Runtime, database: Database, chie: User, aiko: User) -> None:
    write = table_writer(page_of(runtime, chie), "Overdue", HEADER, ROWS, UTF8, names_customers=True)
    assert write()
    with database.write() as session:
        session.get_one(User, chie.id).may_export = False
    with pytest.raises(NotAllowed):
        write()
    assert not may_export(aiko)
    with pytest.raises(NotAllowed):
        table_writer(page_of(runtime, aiko), "Overdue", HEADER, ROWS, UTF8, names_customers=True)()


def test_somebody_disabled_meanwhile_gets_no_file(runtime: Runtime, database: Database, chie: User) -> None:
    write = table_writer(page_of(runtime, chie), "Figures", HEADER, ROWS, UTF8, names_customers=False)
    with database.write() as session:
        session.get_one(User, chie.id).disabled_at = runtime.clock()
    with pytest.raises(NotAllowed):
        write()


def test_each_file_is_in_the_audit_log(runtime: Runtime, database: Database, chie: User) -> None:
    table_writer(page_of(runtime, chie), "Overdue", HEADER, lambda: ROWS, UTF8, names_customers=True)()
    with database.read() as session:
        event = session.scalars(select(AuditEvent)).one()
    assert (event.actor_id, event.action, event.subject, event.details["rows"]) == (chie.id, "table_exported", "Overdue", 2)
    assert event.address == "192.0.2.7"
