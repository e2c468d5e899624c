"""Reading reports: 確認済み under somebody else's, the way to the next one, and the list of all that wait."""

from __future__ import annotations

import streamlit as st

from fieldsales.services.reports.report_review import ReportToRead, confirm_report, count_to_read, list_to_read, take_back_confirmation
from fieldsales.services.reports.reports import ReportView
from fieldsales.ui.format import one_line, plain
from fieldsales.ui.page import Page
from fieldsales.ui.reports.report_screen import open_report
from fieldsales.ui.reports.report_words import TITLES

_EXCERPT = 120


def draw_review(page: Page, view: ReportView) -> None:
    """Draw the one tap that says a report has been read, or what it leads to once it has been."""
    if view.own or view.id is None or view.submitted_at is None:
        return
    _ = page.text.gettext
    with st.container(key="report_review", gap="small"):
        if view.confirmed_at is None:
            if st.button(_("Confirm"), key="report_confirm", type="primary", icon=":material/task_alt:", width="stretch"):
                with page.saving() as session:
                    confirm_report(session, page.user, report_id=view.id, now=page.now)
                page.toast(_("Confirmed."))
                st.rerun()
            return
        _draw_next(page)
        if st.button(_("Take back the confirmation"), key="report_unconfirm", type="tertiary", icon=":material/undo:"):
            with page.saving() as session:
                take_back_confirmation(session, page.user, report_id=view.id, now=page.now)
            page.toast(_("The report is among those to be read again."))
            st.rerun()


def _draw_next(page: Page) -> None:
    """Draw the way to the next report that waits."""
    _ = page.text.gettext
    with page.database.read() as session:
        following = list_to_read(session, page.user, limit=1)
        count = count_to_read(session, page.user)
    if following:
        label = page.text.ngettext("Next report to read ({count})", "Next report to read ({count})", count)
        target = (following[0].user_id, following[0].period, following[0].starts_on)
        st.button(
            label.format(count=page.text.number(count)),
            key="report_next_unread",
            type="primary",
            icon=":material/arrow_forward:",
            width="stretch",
            on_click=open_report,
            args=target,
        )
    else:
        st.caption(_("All reports have been confirmed."))


def draw_to_read(page: Page) -> None:
    """Draw all reports that wait to be confirmed, the oldest first, with the first words of their comments."""
    _ = page.text.gettext
    with page.database.read() as session:
        rows = list_to_read(session, page.user)
        count = count_to_read(session, page.user)
    if not rows:
        st.info(_("All reports have been confirmed."), icon=":material/task_alt:")
        return
    st.caption(page.text.ngettext("{count} report to read", "{count} reports to read", count).format(count=page.text.number(count)))
    with st.container(key="report_rows", gap="small"):
        for row in rows:
            _draw_row(page, row)


def _draw_row(page: Page, row: ReportToRead) -> None:
    _ = page.text.gettext
    parts = [f"{_(TITLES[row.period])} {page.text.day(row.starts_on, today=page.today)}"]
    if row.comments:
        parts.append(page.text.ngettext("{count} comment", "{count} comments", row.comments).format(count=page.text.number(row.comments)))
    said = one_line(row.comment)
    excerpt = said if len(said) <= _EXCERPT else said[:_EXCERPT] + "…"
    label = f"**{plain(row.who)}**  \n:small[{' · '.join(parts)}]" + (f"  \n:small[{plain(excerpt)}]" if excerpt else "")
    key = f"reporttoread_{row.id}"
    st.button(label, key=key, on_click=open_report, args=(row.user_id, row.period, row.starts_on), width="stretch", wrap=True)
