"""A report as a file: a PDF for whoever may read it, a CSV for whoever may export."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import streamlit as st

from fieldsales.adapters.documents import write_pdf
from fieldsales.adapters.tables import write_sheet
from fieldsales.db.models import User
from fieldsales.domain.audit import AuditAction
from fieldsales.domain.tables import TableFormat
from fieldsales.domain.words import Role
from fieldsales.errors import NotAllowed
from fieldsales.services.access import require_export
from fieldsales.services.audit import record_export
from fieldsales.services.reports.reports import ReportView, read_report
from fieldsales.ui.page import Page
from fieldsales.ui.reports.report_document import document_of
from fieldsales.ui.reports.report_table import table_header, table_rows
from fieldsales.ui.reports.report_words import TITLES, ReportWords

_CSV = (("report_csv", TableFormat("csv", "utf-8-sig")), ("report_cp932", TableFormat("csv", "cp932")))


def draw_files(page: Page, view: ReportView) -> None:
    """Draw the buttons that make a file of a report; each reads it anew, with the rights of that moment."""
    _ = page.text.gettext
    names = {"report_csv": _("CSV for Excel (UTF-8)"), "report_cp932": _("CSV for older programs (Shift_JIS)")}
    stem = f"{_(TITLES[view.facts.period])}-{view.facts.starts_on:%Y%m%d}"
    with st.popover(_("Export"), icon=":material/download:", key="report_files"):
        _draw_button(_("PDF to print"), _reader(page, view, _pdf, f"{stem}.pdf"), f"{stem}.pdf", "application/pdf", "report_pdf")
        if page.user.may_export or page.user.role is Role.ADMIN:
            for key, table_format in _CSV:
                reader = _reader(page, view, _csv(table_format), f"{stem}.csv")
                _draw_button(names[key], reader, f"{stem}.csv", "text/csv", key)


def _draw_button(label: str, data: Callable[[], bytes], file_name: str, mime: str, key: str) -> None:
    icon = ":material/picture_as_pdf:" if mime == "application/pdf" else ":material/csv:"
    st.download_button(label, data=data, file_name=file_name, mime=mime, key=key, icon=icon, on_click="ignore", width="stretch")


def _reader(page: Page, view: ReportView, write: Callable[[User, ReportView, ReportWords], bytes], file_name: str) -> Callable[[], bytes]:
    """Return what reads the report and writes the file when the button is tapped."""
    runtime, reader_id, text = page.runtime, page.user.id, page.text
    whose, period, starts_on, today = view.user_id, view.facts.period, view.facts.starts_on, page.today

    def make() -> bytes:
        zone, now = runtime.settings.zone, runtime.clock()
        with runtime.database.read() as session:
            reader = session.get(User, reader_id)
            if reader is None:
                raise NotAllowed()
            report = read_report(session, reader, user_id=whose, period=period, starts_on=starts_on, zone=zone, now=now)
            author = session.get_one(User, whose).name
        data = write(reader, report, ReportWords(text, report.zone, today))
        details = {"whose": author, "period": period, "starts_on": starts_on}
        with page.writing() as session:
            record_export(session, reader, AuditAction.REPORT_EXPORTED, what=file_name, details=details, now=now)
        return data

    return make


def _pdf(_reader: User, view: ReportView, say: ReportWords) -> bytes:
    return write_pdf(document_of(view, say))


def _csv(table_format: TableFormat) -> Callable[[User, ReportView, ReportWords], bytes]:
    def write(reader: User, view: ReportView, say: ReportWords) -> bytes:
        require_export(reader)
        with tempfile.TemporaryDirectory(prefix="fieldsales-report-") as folder:
            path = Path(folder) / "report.csv"
            write_sheet(path, table_header(say), table_rows(view, say), table_format)
            return path.read_bytes()

    return write
