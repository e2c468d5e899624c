"""The administration's frame: which tab is open stands in the URL, and so does who or what is being edited."""

from __future__ import annotations

import streamlit as st

from fieldsales.errors import N_
from fieldsales.services.access import require_admin
from fieldsales.ui.admin import (
    admin_audit,
    admin_custom_fields,
    admin_gazetteer,
    admin_options,
    admin_outcomes,
    admin_planning,
    admin_teams,
    admin_users,
)
from fieldsales.ui.page import Page
from fieldsales.ui.places import place_links_view, places_view

TAB, EDITED = "tab", "id"
USERS, TEAMS, OPTIONS, PLANNING, FIELDS, OUTCOMES, GAZETTEER = "users", "teams", "options", "planning", "fields", "outcomes", "gazetteer"
PLACES, AUDIT = "places", "audit"
_TABS = {
    USERS: N_("Users"),
    TEAMS: N_("Teams"),
    OPTIONS: N_("Rhythm"),
    PLANNING: N_("Planning"),
    PLACES: N_("Places"),
    FIELDS: N_("Fields"),
    OUTCOMES: N_("Outcomes"),
    GAZETTEER: N_("Address data"),
    AUDIT: N_("Audit log"),
}
_WIDGET = "admin_tab"


def draw_tabs(page: Page) -> str:
    """Draw the title and the tabs and return the one that is open.

    Raises:
        NotAllowed: the user is no administrator.
    """
    require_admin(page.user)
    _ = page.text.gettext
    st.title(_("Administration"), anchor=False)
    asked = st.query_params.get(TAB, USERS)
    tab = asked if asked in _TABS else USERS
    if st.session_state.get(_WIDGET) != tab:
        st.session_state[_WIDGET] = tab
    st.segmented_control(
        _("Administration"),
        list(_TABS),
        format_func=lambda name: _(_TABS[name]),
        key=_WIDGET,
        required=True,
        label_visibility="collapsed",
        wrap=False,
        on_change=_write_tab,
        persist_state="page",
    )
    return tab


def draw_tab(page: Page, tab: str) -> None:
    """Draw what belongs to the open tab."""
    edited = st.query_params.get(EDITED, "")
    if tab != PLANNING:
        admin_planning.forget_typed()
    if tab == TEAMS:
        admin_teams.draw_teams(page, edited, on_edit=_edit, on_leave=_leave)
    elif tab == OPTIONS:
        admin_options.draw_options(page)
    elif tab == PLANNING:
        admin_planning.draw_planning(page)
    elif tab == PLACES:
        places_view.draw_places(page, edited, own=False, on_edit=_edit, on_leave=_leave)
        if not edited:
            place_links_view.draw_links(page)
    elif tab == FIELDS:
        admin_custom_fields.draw_custom_fields(page, edited, on_edit=_edit, on_leave=_leave)
    elif tab == OUTCOMES:
        admin_outcomes.draw_outcomes(page, edited, on_edit=_edit, on_leave=_leave)
    elif tab == GAZETTEER:
        admin_gazetteer.draw_gazetteer(page)
    elif tab == AUDIT:
        admin_audit.draw_audit(page)
    else:
        admin_users.draw_users(page, edited, on_edit=_edit, on_leave=_leave)


def _write_tab() -> None:
    st.query_params[TAB] = st.session_state[_WIDGET]
    _leave()


def _edit(what: str) -> None:
    st.query_params[EDITED] = what


def _leave() -> None:
    st.query_params.pop(EDITED, None)
