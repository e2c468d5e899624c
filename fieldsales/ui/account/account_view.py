"""The account page's frame: which part is open stands in the URL, and so does which place is being edited."""

from __future__ import annotations

import streamlit as st

from fieldsales.services.travel import places
from fieldsales.services.travel.places import may_change_shared
from fieldsales.ui.account import account_screen, calendar_view, position_views_view, work_day_view
from fieldsales.ui.page import Page
from fieldsales.ui.places import place_undo, places_view
from fieldsales.ui.places.place_links_view import draw_links
from fieldsales.ui.plan import plan_state

PART, EDITED = "part", "id"
USUAL_DAY, OWN_PLACES, TEAM_PLACES = "day", "places", "team_places"


def draw_account(page: Page) -> None:
    """Draw one's account, or the part of it that is open."""
    part = st.query_params.get(PART, "")
    edited = st.query_params.get(EDITED, "")
    if part in (USUAL_DAY, OWN_PLACES) or (part == TEAM_PLACES and may_change_shared(page.user)):
        if not edited:
            st.button(page.text.gettext("Account"), key="account_back", icon=":material/arrow_back:", type="tertiary", on_click=_leave_part)
        account_screen.forget_typed()
        _draw_part(page, part, edited)
        return
    account_screen.draw_head(page)
    account_screen.draw_log_out(page)
    _draw_days(page)
    account_screen.draw_preferences(page)
    account_screen.draw_password(page)
    account_screen.draw_devices(page)
    calendar_view.draw_calendar(page)
    position_views_view.draw_check_ins_and_looks(page)
    place_undo.draw_undo(page)


def _draw_part(page: Page, part: str, edited: str) -> None:
    _ = page.text.gettext
    if part == USUAL_DAY:
        work_day_view.draw_usual_day(page, on_leave=_leave_part)
        return
    if not edited:
        st.subheader(_("My places") if part == OWN_PLACES else _("The team's places"), anchor=False)
    places_view.draw_places(page, edited, own=part == OWN_PLACES, on_edit=_edit, on_leave=_leave)
    if part == TEAM_PLACES and not edited:
        draw_links(page)


def _draw_days(page: Page) -> None:
    """Draw the ways to one's usual day and to places, each with what is set."""
    _ = page.text.gettext
    with page.database.read() as session:
        rows = places.list_places(session, page.user)
    own = sum(row.owner_id is not None for row in rows)
    ways = [
        (USUAL_DAY, ":material/schedule:", _("Usual day"), work_day_view.say_usual_day(page)),
        (OWN_PLACES, ":material/home_pin:", _("My places"), _count(page, own)),
    ]
    if may_change_shared(page.user):
        ways.append((TEAM_PLACES, ":material/apartment:", _("The team's places"), _count(page, len(rows) - own)))
    st.subheader(_("My days"), anchor=False)
    with st.container(key="rows_days", gap=None):
        for part, icon, title, note in ways:
            st.button(f"{icon} **{title}**\n:small[{note}]", key=f"row_{part}", on_click=_open, args=(part,), width="stretch", wrap=True)


def _count(page: Page, count: int) -> str:
    return page.text.ngettext("{count} place", "{count} places", count).format(count=page.text.number(count))


def _open(part: str) -> None:
    plan_state.forget_typed()  # the usual day has the fields of a plan's conditions
    st.query_params[PART] = part


def _leave_part() -> None:
    st.query_params.pop(PART, None)
    st.query_params.pop(EDITED, None)


def _edit(what: str) -> None:
    st.query_params[EDITED] = what


def _leave() -> None:
    st.query_params.pop(EDITED, None)
