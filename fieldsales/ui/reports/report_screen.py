"""The reports screen: one report of a person and period, or the list of them; the URL says which."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import streamlit as st

from fieldsales.domain.reports import first_day, last_day, next_start, previous_start
from fieldsales.domain.words import Period, Role
from fieldsales.services.reports.report_list import ReportState
from fieldsales.services.reports.report_people import find_person, zone_of
from fieldsales.services.reports.reports import ReportView, read_report
from fieldsales.ui import navigation
from fieldsales.ui.format import plain
from fieldsales.ui.page import Page
from fieldsales.ui.reports.report_words import PERIODS, STATES, ReportWords

WHO, PERIOD, ON, LIST, UNREAD = "who", "period", "on", "list", "unread"
FIRST_DAY = date(2000, 1, 1)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the URL asks for; `on` is any day of the period, `who` None for one's own report, `unread` what waits to be read."""

    who: int | None
    period: Period
    on: date
    listing: bool
    unread: bool = False


def read_asked(page: Page) -> Asked:
    """Return what the URL asks for; what makes no sense is as if it were not there. Whoever looks after others begins with the list."""
    query = st.query_params
    who = query.get(WHO, "")
    wanted = query.get(PERIOD, "")
    period = Period(wanted) if wanted in set(Period) else Period.DAY
    try:
        on = min(max(date.fromisoformat(query.get(ON, "")), FIRST_DAY), page.today)
    except ValueError:
        on = page.today
    listing = LIST in query or (page.user.role is not Role.REP and WHO not in query and ON not in query)
    return Asked(int(who) if who.isdecimal() and len(who) < 10 else None, period, on, listing, UNREAD in query)


def read_view(page: Page, asked: Asked) -> ReportView:
    """Return the report asked for; a day that has not begun where its person works is the day before.

    Raises:
        NotFound: not one of the people whose reports the user may read.
    """
    zone, who = page.runtime.settings.zone, asked.who if asked.who is not None else page.user.id
    with page.database.read() as session:
        person = find_person(session, page.user, who)
        on = min(asked.on, page.now.astimezone(zone_of(person, zone)).date())
        return read_report(session, page.user, user_id=who, period=asked.period, starts_on=on, zone=zone, now=page.now)


def words_of(page: Page, view: ReportView) -> ReportWords:
    """Return the words of a report: the reader's language, the reporting person's clock."""
    return ReportWords(page.text, view.zone, page.today)


def draw_link_to_today(page: Page) -> None:
    """Draw the one tap that leads from another screen to the user's report of today."""
    query = {WHO: str(page.user.id), ON: page.today.isoformat()}
    with st.container(key="report_link"):
        label = page.text.gettext("My report of today")
        st.page_link(navigation.path_of("reports"), label=label, icon=":material/summarize:", query_params=query, width="stretch")


def draw_head(page: Page, view: ReportView, say: ReportWords) -> None:
    """Draw whose report of when it is, how far it is, and the ways to the others."""
    _ = page.text.gettext
    with st.container(key="report_head", gap="xsmall"):
        with st.container(key="report_way", horizontal=True, wrap=False, vertical_alignment="center"):
            draw_period(page, view.facts.period, view.facts.starts_on, last_day(view.facts.period, view.facts.starts_on))
            st.button(
                _("All reports"), key="report_all", type="tertiary", icon=":material/list:", on_click=open_list, args=(view.facts.period,)
            )
        draw_turner(
            page,
            say.title(view.facts),
            before=turn_to(previous_start(view.facts.period, view.facts.starts_on)),
            after=turn_to(next_start(view.facts.period, view.facts.starts_on)),
            last=next_start(view.facts.period, view.facts.starts_on) > page.today,
        )
        state = _(STATES[ReportState.DRAFT if view.own else ReportState.MISSING])
        if view.submitted_at is not None:
            state = _("Submitted {when}").format(when=page.text.moment(view.submitted_at, zone=page.zone))
        said = f"**{plain(view.facts.person)}**　:gray[{state}]"
        if view.confirmed_at is not None:
            said += f" · :green[{_('Confirmed by {name}').format(name=plain(view.confirmed_by))}]"
        st.markdown(said)


def draw_period(page: Page, period: Period, first: date, last: date) -> None:
    """Draw the switch between day, week and month; from a longer one to the newest day in it."""
    _ = page.text.gettext
    st.session_state["report_period"] = period
    st.segmented_control(
        _("Period"),
        list(Period),
        format_func=lambda p: _(PERIODS[p]),
        key="report_period",
        on_change=_choose_period,
        args=(min(last, page.today) if last >= first else first,),
        label_visibility="collapsed",
        required=True,
        persist_state="page",
    )


def draw_turner(page: Page, title: str, *, before: Callable[[], None], after: Callable[[], None], last: bool) -> None:
    """Draw the title between the ways back and forth."""
    _ = page.text.gettext
    with st.container(key="report_turner", horizontal=True, wrap=False, vertical_alignment="center"):
        st.button(_("Earlier days"), key="report_before", icon=":material/chevron_left:", on_click=before)
        st.subheader(title, anchor=False)
        st.button(_("Later days"), key="report_after", icon=":material/chevron_right:", on_click=after, disabled=last)


def turn_to(day: date) -> Callable[[], None]:
    """Return what turns the page to the period that holds `day`."""

    def turn() -> None:
        st.query_params[ON] = day.isoformat()

    return turn


def open_report(user_id: int, period: Period, starts_on: date) -> None:
    """Open one report."""
    for name in (LIST, UNREAD):
        st.query_params.pop(name, None)
    st.query_params.update({WHO: str(user_id), PERIOD: period.value, ON: starts_on.isoformat()})


def open_list(period: Period) -> None:
    """Open the list of reports."""
    for name in (WHO, ON, UNREAD):
        st.query_params.pop(name, None)
    st.query_params.update({LIST: "1", PERIOD: period.value})


def _choose_period(day: date) -> None:
    period = st.session_state["report_period"]
    st.query_params.update({PERIOD: period.value, ON: first_day(period, day).isoformat() if period is not Period.DAY else day.isoformat()})
