"""The day's parts: greeting and count, lists of whom to see, and what keeps the map from being complete."""

from __future__ import annotations

import streamlit as st

from fieldsales.services.follow_ups import FollowUps, Section
from fieldsales.services.locating import LocationCounts
from fieldsales.ui import navigation
from fieldsales.ui.customer_rows import draw_rows
from fieldsales.ui.empty_states import draw_no_customers
from fieldsales.ui.format import plain
from fieldsales.ui.page import Page

_PICKED = "_picked_today"


def draw_head(page: Page, day: FollowUps) -> None:
    """Draw the date, who is greeted, and what is done today."""
    _ = page.text.gettext
    st.title(page.text.day(page.today, today=page.today), anchor=False)
    greeting = _("Hello {name}").format(name=plain(page.user.name))
    number, ngettext = page.text.number, page.text.ngettext
    done = ngettext("{count} visit today", "{count} visits today", day.visited_today).format(count=number(day.visited_today))
    coming = ngettext("{count} date in the next 7 days", "{count} dates in the next 7 days", day.coming).format(count=number(day.coming))
    st.markdown(f"{greeting}　:gray[{done} · {coming}]")


def draw_sections(page: Page, day: FollowUps) -> None:
    """Draw whom to see, most pressing first; when there is nobody, say what to do next."""
    _ = page.text.gettext
    _draw_section(page, _("Overdue"), day.overdue, key="overdue")
    _draw_section(page, _("Promised for today"), day.due_today, key="due")
    why = _("A for 14 days, B for 30 days, and no next date.")
    _draw_section(page, _("Likely deals without a visit"), day.neglected, key="neglected", why=why)
    if not (day.overdue.total or day.due_today.total or day.neglected.total):
        _draw_nothing(page, day)
    picked = st.session_state.pop(_PICKED, None)
    if picked is not None:
        st.switch_page(navigation.path_of("customer"), query_params={"id": str(picked)})


def draw_places(page: Page, places: LocationCounts) -> None:
    """Draw how many customers the map cannot show well, with the way to put that right."""
    _ = page.text.gettext
    without, rough = places.unlocated, places.approximate
    if places.pending:
        looking = page.text.ngettext("{count} address is being looked up.", "{count} addresses are being looked up.", places.pending)
        st.caption(looking.format(count=page.text.number(places.pending)))
    if not without and not rough:
        return
    with st.container(key="today_places", horizontal=True, border=True, vertical_alignment="center"):
        sentence = _("Without a place: {without} · approximate: {rough}")
        st.markdown(sentence.format(without=page.text.number(without), rough=page.text.number(rough)))
        st.page_link(navigation.path_of("fix_list"), label=_("Places to fix"), icon=":material/wrong_location:")


def _draw_section(page: Page, title: str, section: Section, *, key: str, why: str = "") -> None:
    if not section.total:
        return
    with st.container(key=f"section_{key}", gap="xsmall"):
        st.subheader(f"{title} :gray[{page.text.number(section.total)}]", anchor=False)
        if why:
            st.caption(why)
        draw_rows(page, section.rows, key=key, on_pick=_pick)
        rest = section.total - len(section.rows)
        if rest > 0:
            more = page.text.ngettext("and {count} more", "and {count} more", rest)
            st.caption(more.format(count=page.text.number(rest)))


def _draw_nothing(page: Page, day: FollowUps) -> None:
    _ = page.text.gettext
    with st.container(key="today_nothing"):
        if day.customers:
            st.info(_("Nothing is due. The map shows who is near: log a visit there and set the next date."), icon=":material/map:")
            st.page_link(navigation.path_of("map"), label=_("Open the map"), icon=":material/map:")
        else:
            draw_no_customers(page)


def _pick(customer_id: int) -> None:
    st.session_state[_PICKED] = customer_id
