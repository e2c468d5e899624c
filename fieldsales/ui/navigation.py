"""Which screens there are for whom, and the bar that leads to them: below the thumb on a phone, a rail on a desktop."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import streamlit as st
from streamlit.navigation.page import Page as StreamlitPage

from fieldsales.domain.words import Role
from fieldsales.errors import N_
from fieldsales.ui.customers import filters
from fieldsales.ui.page import Page

PAGES = Path(__file__).resolve().parents[2] / "pages"


@dataclass(frozen=True)
class Screen:
    """One entry of the navigation; `name` is the file in `pages/` and the path in the URL."""

    name: str
    title: str
    icon: str
    keeps_filter: bool = False


TABS = (
    Screen("today", N_("Today"), ":material/today:"),
    Screen("map", N_("Map"), ":material/map:", keeps_filter=True),
    Screen("plan", N_("Plan"), ":material/route:"),
    Screen("customers", N_("Customers"), ":material/groups:", keeps_filter=True),
)
TEAM = Screen("team", N_("Team"), ":material/leaderboard:")
OWN_PROGRESS = Screen("team", N_("My progress"), ":material/leaderboard:")
MORE = (
    Screen("import", N_("Import"), ":material/upload_file:"),
    Screen("reports", N_("Reports"), ":material/summarize:"),
    Screen("fix_list", N_("Places to fix"), ":material/wrong_location:"),
    Screen("duplicates", N_("Duplicates"), ":material/content_copy:"),
    Screen("account", N_("Account"), ":material/account_circle:"),
)
FOR_ADMINS = (Screen("admin", N_("Administration"), ":material/admin_panel_settings:"),)
INNER = (Screen("customer", N_("Customer"), ":material/business:"), Screen("card", N_("Business card"), ":material/contact_page:"))


def path_of(name: str) -> str:
    """Return the file of a screen, as `st.switch_page` and `st.page_link` want it."""
    return str(PAGES / f"{name}.py")


def choose_screen(page: Page) -> StreamlitPage:
    """Declare the screens this user has and return the one the URL asks for; `/` leads to today."""
    _ = page.text.gettext
    screens = [*_tabs(page), *_more(page), *INNER]
    pages = [st.Page(path_of(s.name), title=_(s.title), url_path=s.name) for s in screens]
    return st.navigation([st.Page(_start, title="FieldSales", url_path="start", default=True), *pages], position="hidden")


def draw_tab_bar(page: Page, chosen: StreamlitPage) -> None:
    """Draw the links to the screens; the one in use is marked by its key."""
    _ = page.text.gettext
    if any(screen.keeps_filter for screen in _tabs(page) if screen.name == chosen.url_path):
        filters.remember_query()  # before the links are drawn: they lead on with the filter of this run, not of the one before
    here = "customers" if chosen.url_path in ("customer", "card") else chosen.url_path
    with st.bottom, st.container(key="nav", horizontal=True, horizontal_alignment="distribute", wrap=False, gap=None):
        for screen in _tabs(page):
            with st.container(key=f"tab_{screen.name}_here" if screen.name == here else f"tab_{screen.name}", width="content"):
                _link(page, screen)
        more = _more(page)
        inside = here in {screen.name for screen in more}
        with st.popover(_("More"), icon=":material/more_horiz:", key="tab_more_here" if inside else "tab_more"):
            for screen in more:
                _link(page, screen)


def _link(page: Page, screen: Screen) -> None:
    query = filters.remembered_query() if screen.keeps_filter else None
    st.page_link(path_of(screen.name), label=page.text.gettext(screen.title), icon=screen.icon, query_params=query)


def _tabs(page: Page) -> tuple[Screen, ...]:
    """Return what lies below the thumb: whoever leads a team has it there, a rep finds their own progress under the rest."""
    return TABS if page.user.role is Role.REP else (TABS[0], TEAM, *TABS[1:])


def _more(page: Page) -> tuple[Screen, ...]:
    if page.user.role is Role.REP:
        return (OWN_PROGRESS, *MORE)
    return MORE + FOR_ADMINS if page.user.role is Role.ADMIN else MORE


def _start() -> None:
    st.switch_page(path_of("today"))
