"""The file behind a table: what the table shows, as CSV for Excel or for older programs.

A table that names customers is a list of customers: it needs the right to export, which is looked up again when the file is made.
Figures of people and teams are for whoever may look at them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

import streamlit as st

from fieldsales.adapters.tables import sheet_bytes
from fieldsales.db.models import User
from fieldsales.domain.tables import TableFormat
from fieldsales.domain.words import Role
from fieldsales.errors import N_, NotAllowed
from fieldsales.services.access import require_active, require_export
from fieldsales.services.audit import record_export
from fieldsales.ui.page import Page

Cell = str | int | float | date | datetime | None
Rows = Sequence[Sequence[Cell]]
_FORMATS = (
    ("utf8", N_("CSV for Excel (UTF-8)"), TableFormat("csv", "utf-8-sig")),
    ("cp932", N_("CSV for older programs (Shift_JIS)"), TableFormat("csv", "cp932")),
)
_NOT_IN_NAMES = re.compile(r"[\\/:*?\"<>|\x00-\x1f]+")


def draw_table_export(
    page: Page, *, key: str, name: str, header: Sequence[str], rows: Rows | Callable[[], Rows], names_customers: bool
) -> None:
    """Draw the button that makes a CSV of a table; nothing for somebody who may not export a table that names customers.

    `header` and `rows` are what the table on the screen shows: numbers, dates and None stay values that programs read,
    moments are written in the user's zone, texts are made safe from being taken for formulas. `rows` may be a function, which is then
    called when the file is made. `name` is the translated name of the file; `key` is unique on the page.
    """
    if names_customers and not may_export(page.user):
        return
    _ = page.text.gettext
    file_name = f"{_NOT_IN_NAMES.sub('_', name)}-{page.today:%Y%m%d}.csv"
    with st.container(key=f"table_export_{key}"), st.popover(_("CSV"), icon=":material/download:", key=f"{key}_csv", type="tertiary"):
        for kind, label, table_format in _FORMATS:
            st.download_button(
                _(label),
                data=table_writer(page, file_name, header, rows, table_format, names_customers=names_customers),
                file_name=file_name,
                mime="text/csv",
                key=f"{key}_csv_{kind}",
                icon=":material/csv:",
                on_click="ignore",
                width="stretch",
            )


def may_export(user: User) -> bool:
    """True when `user` holds the right to export lists of customers."""
    return user.may_export or user.role is Role.ADMIN


def table_bytes(header: Sequence[str], rows: Rows, table_format: TableFormat, *, zone: ZoneInfo) -> bytes:
    """Return a table as a file; dates as programs read them, moments in `zone`, empty for None."""
    return sheet_bytes(header, ([_plain(cell, zone) for cell in row] for row in rows), table_format)


def table_writer(
    page: Page, name: str, header: Sequence[str], rows: Rows | Callable[[], Rows], table_format: TableFormat, *, names_customers: bool
) -> Callable[[], bytes]:
    """Return what makes the file `name` when the button is tapped, with the rights of that moment, and leaves a trace in the audit log."""
    runtime, user_id, zone = page.runtime, page.user.id, page.zone

    def write() -> bytes:
        with runtime.database.read() as session:
            actor = session.get(User, user_id)
            if actor is None:
                raise NotAllowed()
            require_active(actor)
            if names_customers:
                require_export(actor)
        made = rows() if callable(rows) else rows
        data = table_bytes(header, made, table_format, zone=zone)
        with page.writing() as session:
            details = {"names_customers": names_customers}
            record_export(session, actor, what=name, rows=len(made), details=details, now=runtime.clock())
        return data

    return write


def _plain(cell: Cell, zone: ZoneInfo) -> str | int | float:
    if isinstance(cell, datetime):
        return f"{cell.astimezone(zone):%Y-%m-%d %H:%M}"
    if isinstance(cell, date):
        return cell.isoformat()
    return "" if cell is None else cell
