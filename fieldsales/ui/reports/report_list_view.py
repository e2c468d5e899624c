"""The list of reports: who has handed in what, what is missing, where an answer is wanted."""

from __future__ import annotations

from datetime import timedelta
from itertools import groupby

import streamlit as st

from fieldsales.domain.reports import first_day, previous_start
from fieldsales.domain.words import Period, Role
from fieldsales.services.reports.report_list import ReportRow, ReportState, list_reports
from fieldsales.services.reports.report_people import list_people
from fieldsales.services.reports.report_review import count_to_read
from fieldsales.ui.format import one_line, plain
from fieldsales.ui.page import Page
from fieldsales.ui.reports.report_review_view import draw_to_read
from fieldsales.ui.reports.report_screen import LIST, UNREAD, Asked, draw_period, draw_turner, open_report, turn_to
from fieldsales.ui.reports.report_words import STATES

_LENGTH = {Period.DAY: 14, Period.WEEK: 56, Period.MONTH: 62}
_COLOURS = {ReportState.SUBMITTED: "green", ReportState.DRAFT: "gray", ReportState.MISSING: "orange"}


def draw_list(page: Page, asked: Asked) -> None:
    """Draw the switches and the reports of two weeks, or of the last weeks or months."""
    _ = page.text.gettext
    last, first = asked.on, first_day(asked.period, asked.on - timedelta(days=_LENGTH[asked.period] - 1))
    st.title(_("Reports"), anchor=False)
    if _draw_reading(page, asked):
        return
    with st.container(key="report_way", horizontal=True, wrap=False, vertical_alignment="center"):
        draw_period(page, asked.period, last, last)
        st.button(
            _("My report of today"),
            key="report_mine",
            type="tertiary",
            icon=":material/edit_note:",
            on_click=open_report,
            args=(page.user.id, Period.DAY, page.today),
        )
    whose = _draw_people(page)
    title = f"{page.text.day(first, today=page.today)}–{page.text.day(last, today=page.today)}"
    later = min(last + timedelta(days=_LENGTH[asked.period]), page.today)
    draw_turner(page, title, before=turn_to(previous_start(asked.period, first)), after=turn_to(later), last=last >= page.today)
    zone = page.runtime.settings.zone
    with page.database.read() as session:
        rows = list_reports(session, page.user, period=asked.period, first=first, last=last, user_id=whose, zone=zone, now=page.now)
    _draw_rows(page, asked.period, rows)


def _draw_reading(page: Page, asked: Asked) -> bool:
    """Draw, for whoever leads, the switch to the reports that wait to be confirmed; True when these were drawn in place of the list."""
    if page.user.role is Role.REP:
        return False
    _ = page.text.gettext
    with page.database.read() as session:
        count = count_to_read(session, page.user)
    choices = {False: _("All"), True: _("To read ({count})").format(count=page.text.number(count))}
    st.session_state["report_reading"] = asked.unread
    st.segmented_control(
        _("Which reports"),
        list(choices),
        format_func=choices.__getitem__,
        key="report_reading",
        on_change=_choose_reading,
        label_visibility="collapsed",
        required=True,
        width="stretch",
        persist_state="page",
    )
    if asked.unread:
        draw_to_read(page)
    return asked.unread


def _choose_reading() -> None:
    if st.session_state["report_reading"]:
        st.query_params.update({LIST: "1", UNREAD: "1"})
    else:
        st.query_params.pop(UNREAD, None)


def _draw_people(page: Page) -> int | None:
    """Draw the choice of a person for whoever may read more than their own; None for all."""
    _ = page.text.gettext
    with page.database.read() as session:
        names = {person.id: person.name for person in list_people(session, page.user)}
    if len(names) < 2:
        return None
    chosen = st.selectbox(
        _("Whose reports"),
        [0, *names],
        format_func=lambda i: one_line(names[i]) if i else _("Everybody"),
        key="report_person",
        label_visibility="collapsed",
        persist_state="page",
    )
    return chosen or None


def _draw_rows(page: Page, period: Period, rows: tuple[ReportRow, ...]) -> None:
    _ = page.text.gettext
    if not rows:
        st.info(_("There are no reports of this time."), icon=":material/summarize:")
        return
    alone = len({row.user_id for row in rows}) == 1
    with st.container(key="report_rows", gap="small"):
        for day, of_day in groupby(rows, key=lambda row: row.starts_on):
            with st.container(key=f"report_rows_{day}", gap=None):
                title = page.text.day(day, today=page.today)
                if alone:
                    _draw_row(page, period, next(of_day), title)
                else:
                    _draw_day(page, period, tuple(of_day), title)


def _draw_day(page: Page, period: Period, rows: tuple[ReportRow, ...], title: str) -> None:
    """Draw the reports of one day, and in one line who has not handed in theirs; the choice of a person leads to those."""
    missing = [row for row in rows if row.state is ReportState.MISSING]
    st.markdown(f"**{title}**")
    for row in rows:
        if row.state is not ReportState.MISSING:
            _draw_row(page, period, row, plain(row.who))
    if missing:
        lacking = page.text.ngettext("{count} not handed in", "{count} not handed in", len(missing))
        names = page.text.gettext(", ").join(plain(row.who) for row in missing)
        st.markdown(f":orange[{lacking.format(count=page.text.number(len(missing)))}]　:gray[{names}]")


def _draw_row(page: Page, period: Period, row: ReportRow, title: str) -> None:
    _ = page.text.gettext
    parts = [f":{_COLOURS[row.state]}[{_(STATES[row.state])}]"]
    if row.submitted_at is not None:
        parts = [f":green[{_('Submitted {when}').format(when=page.text.moment(row.submitted_at, zone=page.zone))}]"]
    if row.confirmed:
        parts.append(f":green[{_('Confirmed')}]")
    if row.comments:
        parts.append(page.text.ngettext("{count} comment", "{count} comments", row.comments).format(count=page.text.number(row.comments)))
    if row.unread:
        parts.insert(0, f"**:blue[{_('New reply') if row.user_id == page.user.id else _('To read')}]**")
    label = f"**{title}**  \n:small[{' · '.join(parts)}]"
    key = f"reportrow_{row.user_id}_{row.starts_on}"
    st.button(label, key=key, on_click=open_report, args=(row.user_id, period, row.starts_on), width="stretch", wrap=True)
