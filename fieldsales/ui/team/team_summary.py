"""The summary of a team: any span against another, on the screen as in its files; what waits to be read; what is sent by itself."""

from __future__ import annotations

from urllib.parse import urlencode

import streamlit as st

from fieldsales.domain.papers import Line
from fieldsales.domain.spans import Span, SpanKind
from fieldsales.domain.team_summary import BEFORE, YEAR, read_against
from fieldsales.errors import N_, BadChoice
from fieldsales.services.team.team_summary import read_summary
from fieldsales.ui import navigation
from fieldsales.ui.page import Page
from fieldsales.ui.paper_view import draw_paper_head, draw_paper_parts
from fieldsales.ui.table_export import may_export
from fieldsales.ui.team.team_deliveries import draw_deliveries
from fieldsales.ui.team.team_filters import show_filter
from fieldsales.ui.team.team_state import VIEW, TeamAsked, TeamView
from fieldsales.wording.team_summary import summary_paper

AGAINST, OTHER = "against", "other"
_CHOICE, _DAYS = "team_summary_against", "team_summary_days"
_CHOICES = {BEFORE: N_("Last period"), YEAR: N_("Year before"), OTHER: N_("Other days")}
_TABLES = (("csv", "", N_("CSV for Excel (UTF-8)")), ("cp932", "cp932", N_("CSV for older programs (Shift_JIS)")))


def draw_summary(page: Page, asked: TeamAsked) -> None:
    """Draw the summary of what the filter leaves; what can be done with it stands first."""
    _draw_weeks(page, asked)
    against, word = _draw_against(page, asked)
    with page.database.read() as session:
        summary = read_summary(
            session, page.user, team_filter=asked.team_filter, against=against, today=page.today, zone=page.zone, now=page.now
        )
    paper = summary_paper(summary, page.text)
    with st.container(key="team_summary", gap="small"):
        draw_paper_head(paper)
        _draw_files(page, asked, word)
        _draw_ways(page, summary.unread_count)
        with st.expander(page.text.gettext("Sent by itself"), icon=":material/schedule_send:", key="team_summary_deliveries"):
            draw_deliveries()
        draw_paper_parts(page, paper, key="team_summary", link_of=lambda line: _link(page, asked, line))


def _draw_weeks(page: Page, asked: TeamAsked) -> None:
    """Draw the way to the two weeks that a summary is most often asked for."""
    _, this = page.text.gettext, Span.around(SpanKind.WEEK, page.today)
    with st.container(key="team_summary_weeks", horizontal=True, wrap=False, gap="small"):
        for key, label, span in (("last", _("Last week"), this.before()), ("this", _("This week"), this)):
            st.button(
                label,
                key=f"team_summary_{key}_week",
                disabled=asked.team_filter.span == span,
                on_click=show_filter,
                args=(page, asked.team_filter.during(span)),
                width="stretch",
            )


def _draw_against(page: Page, asked: TeamAsked) -> tuple[Span, str]:
    """Draw what the span is held against; return it, and the word for it in an address."""
    _, span = page.text.gettext, asked.team_filter.span
    word = st.query_params.get(AGAINST, BEFORE)
    try:
        against = read_against(word, span, today=page.today)
    except BadChoice:  # an address typed by hand
        word, against = BEFORE, read_against(BEFORE, span, today=page.today)
    chosen = word if word in (BEFORE, YEAR) else OTHER
    if st.session_state.get(_CHOICE) != chosen:
        st.session_state[_CHOICE] = chosen
    st.segmented_control(
        _("Compared with"),
        list(_CHOICES),
        format_func=lambda choice: _(_CHOICES[choice]),
        key=_CHOICE,
        required=True,
        width="stretch",
        on_change=_choose,
        args=(against,),
        persist_state="page",
    )
    if chosen == OTHER:
        if st.session_state.get(_DAYS) != (against.first, against.last):
            st.session_state[_DAYS] = (against.first, against.last)
        st.date_input(_("From and to"), key=_DAYS, on_change=_choose_days, persist_state="page")
    return against, word


def _choose(against: Span) -> None:
    chosen = st.session_state[_CHOICE]
    st.query_params[AGAINST] = chosen if chosen in (BEFORE, YEAR) else str(Span(SpanKind.DAYS, against.first, against.last))


def _choose_days() -> None:
    days = st.session_state[_DAYS]
    if isinstance(days, tuple) and len(days) == 2:
        st.query_params[AGAINST] = str(Span(SpanKind.DAYS, *days))


def _link(page: Page, asked: TeamAsked, line: Line) -> str:
    """Return where a line leads: to its customer, or to the progress of its person in the same span."""
    if line.customer_id is not None:
        return f"/customer?id={line.customer_id}"
    if line.user_id is None:
        return ""
    return "/team?" + urlencode({VIEW: TeamView.PROGRESS.value, "rep": str(line.user_id), "period": str(asked.team_filter.span)})


def _draw_ways(page: Page, unread: int) -> None:
    """Draw the way to the reports that wait to be confirmed."""
    _ = page.text.gettext
    label = page.text.ngettext("Read {count} report", "Read {count} reports", unread).format(count=page.text.number(unread))
    with st.container(key="team_summary_read"):
        st.page_link(
            navigation.path_of("reports"),
            label=label if unread else _("All daily reports"),
            icon=":material/fact_check:",
            query_params={"list": "1", "unread": "1"} if unread else {"list": "1"},
            width="stretch",
        )


def _draw_files(page: Page, asked: TeamAsked, word: str) -> None:
    """Draw the links to the files of exactly what is shown."""
    _ = page.text.gettext
    query = asked.team_filter.to_query(today=page.today) | {"period": [str(asked.team_filter.span)], AGAINST: [word]}

    def address(ending: str, **more: list[str]) -> str:
        return f"/team/summary.{ending}?{urlencode(query | more, doseq=True)}"

    with st.container(key="team_summary_files", horizontal=True, wrap=False, gap="small"):
        icon = ":material/picture_as_pdf:"
        st.link_button(_("PDF to print"), address("pdf"), key="team_summary_pdf", icon=icon, width="stretch")
        if not may_export(page.user):
            return
        with st.popover(_("CSV"), icon=":material/download:", key="team_summary_tables", width="stretch"):
            for key, encoding, label in _TABLES:
                table = address("csv", encoding=[encoding]) if encoding else address("csv")
                st.link_button(_(label), table, key=f"team_summary_{key}", icon=":material/csv:", width="stretch")
