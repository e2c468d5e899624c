"""A line of the day: who, why, and one tap each to call, to navigate and to log."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import streamlit as st

from fieldsales.domain.navigation_links import navigation_links, phone_link
from fieldsales.services.visits.follow_ups import FollowUp, Section, Whose
from fieldsales.ui import navigation, words
from fieldsales.ui.customers.customer_rows import next_in_words
from fieldsales.ui.format import plain
from fieldsales.ui.page import Page
from fieldsales.ui.visits import visit_form

FIRST = 3
_PICKED, _OPENED = "_picked_today", "_opened_today"
T = TypeVar("T")
Reason = Callable[[Page, FollowUp], str]


def draw_section(page: Page, title: str, section: Section, reason: Reason, *, key: str, whose: Whose, why: str = "") -> None:
    """Draw a list: its first lines, the others on a tap; nothing when it is empty."""
    if not section.total:
        return
    with st.container(key=f"section_{key}", gap="xsmall"):
        count = page.text.number(section.total) + ("" if section.counted else "+")
        st.subheader(f"{title} :gray[{count}]", anchor=False)
        if why:
            st.caption(why)
        for row in shown(section.rows, key):
            draw_row(page, row, reason(page, row), key=key, whose=whose)
        draw_more(page, section.total, key, counted=section.counted)
        if _is_open(key) and section.total > len(section.rows):
            _draw_rest(page, section)


def shown(rows: tuple[T, ...], key: str) -> tuple[T, ...]:
    """Return the first rows of a list, all of them once it has been opened."""
    return rows if _is_open(key) else rows[:FIRST]


def draw_more(page: Page, total: int, key: str, *, counted: bool = True) -> None:
    """Draw the way to the rest of a list that is not open."""
    hidden = total - FIRST
    if hidden > 0 and not _is_open(key):
        more = page.text.ngettext("Show {count} more", "Show {count} more", hidden)
        count = page.text.number(hidden) + ("" if counted else "+")
        st.button(more.format(count=count), key=f"more_{key}", type="tertiary", on_click=_open_section, args=(key,))


def draw_row(page: Page, row: FollowUp, reason: str, *, key: str, whose: Whose) -> None:
    """Draw one customer: the name leads to its page, the signs at the right do at once what they say."""
    owner = row.owner_name if whose is Whose.TEAM else ""
    ban = page.text.gettext("do not visit") if row.not_to_visit else ""
    quiet = [reason, plain(owner).replace(" ", "\N{NO-BREAK SPACE}"), f":red[{ban}]" if ban else ""]
    label = f"{words.badge(row.likelihood)} **{plain(row.name) or '–'}**\n:small[{' · '.join(part for part in quiet if part)}]"
    with st.container(key=f"day_{key}_{row.id}", horizontal=True, wrap=False, vertical_alignment="center", gap=None):
        st.button(label, key=f"row_{key}_{row.id}", on_click=pick, args=(row.id,), width="stretch", wrap=True)
        draw_reach(page, row.phone, row.lat, row.lon, row.name, key=f"{key}_{row.id}")
        icon = ":material/edit_note:"
        st.button(page.text.gettext("Log a visit"), key=f"log_{key}_{row.id}", icon=icon, on_click=visit_form.open_form, args=(row.id,))


def draw_reach(page: Page, phone: str, lat: float | None, lon: float | None, name: str, *, key: str) -> None:
    """Draw the signs to call and to navigate, as far as number and place are known."""
    _ = page.text.gettext
    call = phone_link(phone)
    if call:
        st.link_button(_("Call"), call, key=f"call_{key}", icon=":material/call:")
    if lat is not None and lon is not None:
        url = navigation_links(lat, lon, name=name)[0].url
        st.link_button(_("Navigate"), url, key=f"navigate_{key}", icon=":material/navigation:")


def pick(customer_id: int) -> None:
    """Remember whose page to open when the screen is drawn."""
    st.session_state[_PICKED] = customer_id


def follow_pick() -> None:
    """Open the page of the customer that was tapped."""
    picked = st.session_state.pop(_PICKED, None)
    if picked is not None:
        st.switch_page(navigation.path_of("customer"), query_params={"id": str(picked)})


def _is_open(key: str) -> bool:
    return key in st.session_state.get(_OPENED, ())


def _open_section(key: str) -> None:
    st.session_state[_OPENED] = {*st.session_state.get(_OPENED, ()), key}


def _draw_rest(page: Page, section: Section) -> None:
    rest = section.total - len(section.rows)
    more = page.text.ngettext("and {count} more", "and {count} more", rest).format(count=page.text.number(rest))
    st.caption(more if section.counted else more + "+")


def appointment_in_words(page: Page, row: FollowUp) -> str:
    """Return 10:30 · 見積を持参 for what was agreed for a day."""
    when = f":primary[{row.next_time:%H:%M}]" if row.next_time is not None else page.text.gettext("no time set")
    return " · ".join(part for part in (when, plain(row.next_action)) if part)


def overdue_in_words(page: Page, row: FollowUp) -> str:
    """Return for how long a promise waits, and what was promised."""
    late = f":red[{plain(next_in_words(page, row.next_on))}]"
    return " · ".join(part for part in (late, plain(row.next_action)) if part)


def near_in_words(page: Page, row: FollowUp) -> str:
    """Return how far off the day's way a customer lies, and since when it was not seen."""
    _ = page.text.gettext
    where = _("near {name}").format(name=plain(row.near)) if row.near else _("near your last check-in")
    return f"{page.text.metres(row.distance_m or 0.0)} · {_seen_in_words(page, row)} · {where}"


def cadence_in_words(page: Page, row: FollowUp) -> str:
    """Return for how long a customer was not seen, and how often it should be."""
    seen = _seen_in_words(page, row)
    if row.cadence_days is None:
        return seen
    every = page.text.ngettext("every {count} day", "every {count} days", row.cadence_days)
    return f"{seen} · {every.format(count=page.text.number(row.cadence_days))}"


def fading_in_words(page: Page, row: FollowUp) -> str:
    """Return how old the likelihood is, and the next date if there is one."""
    days = page.days_since(row.seen_at)
    age = page.text.ngettext("likelihood {count} day old", "likelihood {count} days old", days).format(count=page.text.number(days))
    return " · ".join(part for part in (age, next_in_words(page, row.next_on)) if part)


def _seen_in_words(page: Page, row: FollowUp) -> str:
    days, number = page.days_since(row.seen_at), page.text.number
    if row.visited:
        return page.text.ngettext("unseen for {count} day", "unseen for {count} days", days).format(count=number(days))
    return page.text.ngettext("new, never visited for {count} day", "new, never visited for {count} days", days).format(count=number(days))
