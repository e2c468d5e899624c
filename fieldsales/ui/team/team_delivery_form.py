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
_REF = f"{_PREFIX}ref"
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


def _key(row: DeliveryRow | None, name: str) -> str:
    """Return the key of a field of the form of a delivery: addresses typed for one never come into another's."""
    return f"{_PREFIX}{row.id if row is not None else 'new'}_{name}"


def draw_form(page: Page, row: DeliveryRow | None, ways: Ways) -> None:
    """Draw the form of a delivery, or of a new one."""
    _ = page.text.gettext
    _fill(page, row)
    with st.container(key="team_delivery_form", gap="small"):
        _draw_what(page, row)
        _draw_when(page, row)
        _draw_where(page, row, ways)
        page.show_problem("delivery")
        page.show_problem()
        with st.container(key="team_delivery_buttons", horizontal=True, wrap=False, gap="small"):
            if st.button(_("Cancel"), key="team_delivery_cancel"):
                st.session_state.pop(OPEN, None)
                st.rerun()
            if st.button(_("Save"), key="team_delivery_save", type="primary", width="stretch"):
                _save(page, row, ways)


def _draw_what(page: Page, row: DeliveryRow | None) -> None:
    _ = page.text.gettext
    with page.database.read() as session:
        teams = deliveries.teams_to_deliver(session, page.user)
    names = {_EVERYBODY: _("Everybody I look after"), **teams}
    st.selectbox(_("Team"), list(names), format_func=lambda i: one_line(names.get(i, "–")), key=_key(row, "team"), persist_state="page")
    page.show_problem("team")
    st.segmented_control(
        _("File"),
        list(FORMATS),
        format_func=lambda f: _(FORMATS[f]),
        key=_key(row, "format"),
        required=True,
        width="stretch",
        persist_state="page",
    )
    st.segmented_control(
        _("Language"),
        list(LOCALES),
        format_func=LANGUAGES.__getitem__,
        key=_key(row, "locale"),
        required=True,
        width="stretch",
        persist_state="page",
    )


def _draw_when(page: Page, row: DeliveryRow | None) -> None:
    _ = page.text.gettext
    st.selectbox(
        _("Weekday"), list(range(7)), format_func=lambda day: weekday_name(page, day), key=_key(row, "weekday"), persist_state="page"
    )
    st.time_input(_("Time"), key=_key(row, "at"), step=900, persist_state="page")
    st.selectbox(_("Time zone"), sorted(available_timezones()), key=_key(row, "zone"), persist_state="page")
    page.show_problem("zone")
    st.segmented_control(
        _("Tells of"),
        list(_WEEKS),
        format_func=lambda week: _(_WEEKS[week]),
        key=_key(row, "week"),
        required=True,
        width="stretch",
        persist_state="page",
    )


def _draw_where(page: Page, row: DeliveryRow | None, ways: Ways) -> None:
    _ = page.text.gettext
    if ways.folder:
        st.checkbox(_("Into the folder of the server"), key=_key(row, "folder"), persist_state="page")
    page.show_problem("to_folder")
    if ways.mail:
        st.text_area(_("E-mail addresses, one a line"), key=_key(row, "to"), max_chars=6_000, persist_state="page")
        st.caption(_("The file names customers and what was said about them. Everybody gets a mail of their own."))
    page.show_problem("recipients")


def _fill(page: Page, row: DeliveryRow | None) -> None:
    """Put what is stored, or what is usual, into fields that hold nothing yet."""
    asked = row.asked if row is not None else None
    values: dict[str, Any] = {
        "team": (asked.team_id if asked else page.user.team_id) or _EVERYBODY,
        "format": asked.format if asked else DeliveryFormat.PDF,
        "weekday": asked.weekday if asked else 0,
        "at": asked.at if asked else time(8, 0),
        "zone": asked.zone if asked else page.zone.key,
        "locale": asked.locale if asked else page.text.locale,
        "week": asked.running_week if asked else False,
        "folder": asked.to_folder if asked else False,
        "to": "\n".join(asked.recipients) if asked else "",
    }
    for name, value in values.items():
        if _key(row, name) not in st.session_state:
            st.session_state[_key(row, name)] = value


def _save(page: Page, row: DeliveryRow | None, ways: Ways) -> None:
    def typed(name: str) -> Any:
        return st.session_state[_key(row, name)]

    asked = DeliveryInput(
        team_id=typed("team") or None,
        format=typed("format"),
        weekday=typed("weekday"),
        at=typed("at"),
        zone=typed("zone"),
        locale=typed("locale"),
        running_week=typed("week"),
        to_folder=ways.folder and typed("folder"),
        recipients=tuple(typed("to").replace(",", "\n").splitlines()) if ways.mail else (),
    )
    number, version = (row.id, row.version) if row is not None else (None, None)
    with page.saving() as session:
        deliveries.save_delivery(
            session,
            page.user,
            asked=asked,
            client_ref=UUID(st.session_state[_REF]),
            ways=ways,
            now=page.now,
            delivery_id=number,
            version=version,
        )
    st.session_state.pop(OPEN, None)
    page.toast(page.text.gettext("Saved."))
    st.rerun()
