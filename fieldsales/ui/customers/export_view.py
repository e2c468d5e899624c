"""The list as a file: CSV for Excel or for old programs, or an Excel file; exactly what the filter shows."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import streamlit as st

from fieldsales.adapters.tables import write_sheet
from fieldsales.db.models import User
from fieldsales.domain.customer_filter import CustomerFilter
from fieldsales.domain.tables import TableFormat
from fieldsales.domain.words import Role
from fieldsales.errors import N_, NotAllowed
from fieldsales.services.customers.exporting import export_customers, note_export
from fieldsales.ui.page import Page

_KINDS = (
    ("export_xlsx", N_("Excel (.xlsx)"), TableFormat("xlsx"), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("export_csv", N_("CSV for Excel (UTF-8)"), TableFormat("csv", "utf-8-sig"), "text/csv"),
    ("export_cp932", N_("CSV for older programs (Shift_JIS)"), TableFormat("csv", "cp932"), "text/csv"),
)


def draw_export(page: Page, customer_filter: CustomerFilter) -> None:
    """Draw the button that opens the choice of files; nothing for people without the right to export."""
    if not (page.user.may_export or page.user.role is Role.ADMIN):
        return
    _ = page.text.gettext
    word = _("customers")
    with st.popover(_("Export"), icon=":material/download:", key="export"):
        st.caption(_("All customers that the filter admits. The file can be edited and imported again."))
        for key, label, table_format, mime in _KINDS:
            st.download_button(
                _(label),
                data=_writer(page, customer_filter, table_format, name := f"{word}-{page.today:%Y%m%d}.{table_format.kind}"),
                file_name=name,
                mime=mime,
                key=key,
                icon=":material/table:" if table_format.kind == "xlsx" else ":material/csv:",
                on_click="ignore",
                width="stretch",
            )


def _writer(page: Page, customer_filter: CustomerFilter, table_format: TableFormat, file_name: str) -> Callable[[], bytes]:
    """Return what writes the file when the button is tapped; the right to export is looked up again then."""
    runtime, user_id, locale, zone = page.runtime, page.user.id, page.text.locale, page.zone

    def write() -> bytes:
        with runtime.database.read() as session, tempfile.TemporaryDirectory(prefix="fieldsales-export-") as folder:
            actor = session.get(User, user_id)
            if actor is None:
                raise NotAllowed()
            export = export_customers(session, actor, customer_filter=customer_filter, locale=locale, now=runtime.clock(), zone=zone)
            path = Path(folder) / f"export.{table_format.kind}"
            write_sheet(path, export.header, export.rows, table_format)
            data = path.read_bytes()
        with page.writing() as session:
            note_export(session, actor, customer_filter=customer_filter, rows=export.row_count, file_name=file_name, now=runtime.clock())
        return data

    return write
