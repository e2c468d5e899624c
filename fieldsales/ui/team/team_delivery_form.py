"""The form of one delivery: of which team, when, as what, and to whom."""

from __future__ import annotations

from datetime import time
from typing import Any
from uuid import UUID
from zoneinfo import available_timezones

import streamlit as st
from babel.dates import get_day_names

from fieldsales.domain.words import DeliveryFormat
from fieldsales.errors import N_
from fieldsales.i18n import LOCALES
from fieldsales.services.team import deliveries
from fieldsales.services.team.deliveries import DeliveryInput, DeliveryRow, Ways
from fieldsales.ui.format import one_line
from fieldsales.ui.page import Page

OPEN = "team_delivery_open"
_PREFIX = "delivery_typed_"
_TEAM, _FORMAT, _WEEKDAY, _AT, _ZONE, _LOCALE, _WEEK, _FOLDER, _TO, _REF = (
    f"{_PREFIX}{name}" for name in ("team", "format", "weekday", "at", "zone", "locale", "week", "folder", "to", "ref")
)
_EVERYBODY = 0
FORMATS = {DeliveryFormat.PDF: N_("PDF"), DeliveryFormat.CSV: N_("CSV")}
LANGUAGES = {"ja": "日本語", "en": "English"}
_WEEKS = {False: N_("The week before"), True: N_("The week it is sent in")}


def weekday_name(page: Page, weekday: int) -> str:
    """Return the name of a weekday, Monday 0."""
    return str(get_day_names("wide", locale=page.text.locale)[weekday])


def forget(reference: str) -> None:
    """Begin a form: what was typed before is gone, and what is saved from now on goes by this reference."""
    for key in [key for key in st.session_state if isinstance(key, str) and key.startswith(_PREFIX)]:
        del st.session_state[key]
    st.session_state[_REF] = reference


def draw_form(page: Page, row: DeliveryRow | None, ways: Ways) -> None:
    """Draw the form of a delivery, or of a new one."""
    _ = page.text.gettext
    _fill(page, row)
    with st.container(key="team_delivery_form", gap="small"):
        _draw_what(page)
        _draw_when(page)
        _draw_where(page, ways)
        page.show_problem("delivery")
        page.show_problem()
        with st.container(key="team_delivery_buttons", horizontal=True, wrap=False, gap="small"):
            if st.button(_("Cancel"), key="team_delivery_cancel"):
                st.session_state.pop(OPEN, None)
                st.rerun()
            if st.button(_("Save"), key="team_delivery_save", type="primary", width="stretch"):
                _save(page, row, ways)


def _draw_what(page: Page) -> None:
    _ = page.text.gettext
    with page.database.read() as session:
        teams = deliveries.teams_to_deliver(session, page.user)
    names = {_EVERYBODY: _("Everybody I look after"), **teams}
    st.selectbox(_("Team"), list(names), format_func=lambda i: one_line(names.get(i, "–")), key=_TEAM, persist_state="page")
    page.show_problem("team")
    st.segmented_control(
        _("File"), list(FORMATS), format_func=lambda f: _(FORMATS[f]), key=_FORMAT, required=True, width="stretch", persist_state="page"
    )
    st.segmented_control(
        _("Language"), list(LOCALES), format_func=LANGUAGES.__getitem__, key=_LOCALE, required=True, width="stretch", persist_state="page"
    )


def _draw_when(page: Page) -> None:
    _ = page.text.gettext
    st.selectbox(_("Weekday"), list(range(7)), format_func=lambda day: weekday_name(page, day), key=_WEEKDAY, persist_state="page")
    st.time_input(_("Time"), key=_AT, step=900, persist_state="page")
    st.selectbox(_("Time zone"), sorted(available_timezones()), key=_ZONE, persist_state="page")
    page.show_problem("zone")
    st.segmented_control(
        _("Tells of"),
        list(_WEEKS),
        format_func=lambda week: _(_WEEKS[week]),
        key=_WEEK,
        required=True,
        width="stretch",
        persist_state="page",
    )


def _draw_where(page: Page, ways: Ways) -> None:
    _ = page.text.gettext
    if ways.folder:
        st.checkbox(_("Into the folder of the server"), key=_FOLDER, persist_state="page")
    page.show_problem("to_folder")
    if ways.mail:
        st.text_area(_("E-mail addresses, one a line"), key=_TO, max_chars=6_000, persist_state="page")
        st.caption(_("The file names customers and what was said about them. Everybody gets a mail of their own."))
    page.show_problem("recipients")


def _fill(page: Page, row: DeliveryRow | None) -> None:
    """Put what is stored, or what is usual, into fields that hold nothing yet."""
    asked = row.asked if row is not None else None
    values: dict[str, Any] = {
        _TEAM: (asked.team_id if asked else page.user.team_id) or _EVERYBODY,
        _FORMAT: asked.format if asked else DeliveryFormat.PDF,
        _WEEKDAY: asked.weekday if asked else 0,
        _AT: asked.at if asked else time(8, 0),
        _ZONE: asked.zone if asked else page.zone.key,
        _LOCALE: asked.locale if asked else page.text.locale,
        _WEEK: asked.running_week if asked else False,
        _FOLDER: asked.to_folder if asked else False,
        _TO: "\n".join(asked.recipients) if asked else "",
    }
    for key, value in values.items():
        if key not in st.session_state:
            st.session_state[key] = value


def _save(page: Page, row: DeliveryRow | None, ways: Ways) -> None:
    state = st.session_state
    asked = DeliveryInput(
        team_id=state[_TEAM] or None,
        format=state[_FORMAT],
        weekday=state[_WEEKDAY],
        at=state[_AT],
        zone=state[_ZONE],
        locale=state[_LOCALE],
        running_week=state[_WEEK],
        to_folder=ways.folder and state[_FOLDER],
        recipients=tuple(state[_TO].replace(",", "\n").splitlines()) if ways.mail else (),
    )
    number, version = (row.id, row.version) if row is not None else (None, None)
    with page.saving() as session:
        deliveries.save_delivery(
            session,
            page.user,
            asked=asked,
            client_ref=UUID(state[_REF]),
            ways=ways,
            now=page.now,
            delivery_id=number,
            version=version,
        )
    state.pop(OPEN, None)
    page.toast(page.text.gettext("Saved."))
    st.rerun()
