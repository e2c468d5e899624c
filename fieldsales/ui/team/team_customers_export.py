"""The chosen customers as a file that can be worked on and imported again."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import streamlit as st

from fieldsales.adapters.tables import write_sheet
from fieldsales.db.models import User
from fieldsales.domain.audit import AuditAction
from fieldsales.domain.tables import TableFormat
from fieldsales.errors import N_, NotAllowed
from fieldsales.services import audit
from fieldsales.services.customers.exporting import export_chosen
from fieldsales.ui.page import Page

_KINDS = (
    ("bulk_xlsx", N_("Excel (.xlsx)"), TableFormat("xlsx"), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("bulk_csv", N_("CSV for Excel (UTF-8)"), TableFormat("csv", "utf-8-sig"), "text/csv"),
    ("bulk_cp932", N_("CSV for older programs (Shift_JIS)"), TableFormat("csv", "cp932"), "text/csv"),
)


def draw_export(page: Page, ids: list[int]) -> None:
    """Draw the files to choose from; the caller has made sure that the user may export."""
    _ = page.text.gettext
    st.caption(_("The chosen customers, no others. The file can be edited and imported again."))
    word = _("customers")
    with st.container(key="bulk_files", gap="small"):
        for key, label, table_format, mime in _KINDS:
            name = f"{word}-{page.today:%Y%m%d}.{table_format.kind}"
            st.download_button(
                _(label),
                data=_writer(page, ids, table_format, name),
                file_name=name,
                mime=mime,
                key=key,
                icon=":material/table:" if table_format.kind == "xlsx" else ":material/csv:",
                on_click="ignore",
                width="stretch",
                disabled=not ids,
            )


def _writer(page: Page, ids: list[int], table_format: TableFormat, file_name: str) -> Callable[[], bytes]:
    """Return what writes the file when the button is tapped; the right to export is looked up again then."""
    runtime, user_id, locale = page.runtime, page.user.id, page.text.locale

    def write() -> bytes:
        with runtime.database.read() as session, tempfile.TemporaryDirectory(prefix="fieldsales-export-") as folder:
            actor = session.get(User, user_id)
            if actor is None:
                raise NotAllowed()
            export = export_chosen(session, actor, customer_ids=ids, locale=locale)
            path = Path(folder) / f"export.{table_format.kind}"
            write_sheet(path, export.header, export.rows, table_format)
            data = path.read_bytes()
        with page.writing() as session:
            details = {"chosen": len(ids)}
            act = AuditAction.CUSTOMERS_EXPORTED
            audit.record_export(session, actor, act, what=file_name, rows=export.row_count, details=details, now=runtime.clock())
        return data

    return write
