"""The account page's parts. Only an HTTP answer can take the cookie back, so logging out is a plain form."""

from __future__ import annotations

import html
import re
from zoneinfo import available_timezones

import streamlit as st

from fieldsales.errors import N_
from fieldsales.services.accounts.accounts import set_password, set_preferences
from fieldsales.services.accounts.devices import close_device, list_devices
from fieldsales.services.accounts.form_tokens import sign_form
from fieldsales.ui.format import plain
from fieldsales.ui.page import Page
from fieldsales.ui.words import ROLES

_LOCALE, _TIMEZONE = "account_locale", "account_timezone"
LANGUAGES = {"": N_("As the browser asks"), "ja": "日本語", "en": "English"}
_DEVICES = {
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Android": "Android",
    "Windows": "Windows",
    "Macintosh": "Mac",
    "CrOS": "ChromeOS",
    "Linux": "Linux",
}
_BROWSERS = {"Edg/": "Edge", "CriOS": "Chrome", "Chrome": "Chrome", "FxiOS": "Firefox", "Firefox": "Firefox", "Safari": "Safari"}


def draw_head(page: Page) -> None:
    """Draw whose account it is."""
    _ = page.text.gettext
    st.title(_("Account"), anchor=False)
    team = f" · {plain(page.user.team.name)}" if page.user.team else ""
    st.markdown(f"**{plain(page.user.name)}** :gray[{plain(page.user.email)} · {_(ROLES[page.user.role])}{team}]")


def draw_log_out(page: Page) -> None:
    """Draw the two ways out."""
    _ = page.text.gettext
    signed = html.escape(sign_form(page.runtime.settings.secret_key, page.token))
    here, everywhere = html.escape(_("Log out")), html.escape(_("Log out everywhere"))
    st.html(
        f'<form class="fs-forms" method="post" action="/logout" target="_self"><input type="hidden" name="csrf_token" value="{signed}">'
        f'<button class="fs-action" type="submit">{here}</button>'
        f'<button class="fs-action" type="submit" name="everywhere" value="1">{everywhere}</button></form>'
    )


def draw_preferences(page: Page) -> None:
    """Draw language and time zone; empty means the default."""
    _ = page.text.gettext
    st.session_state.setdefault(_LOCALE, page.user.locale)
    st.session_state.setdefault(_TIMEZONE, page.user.timezone)
    st.subheader(_("Language and time zone"), anchor=False)
    with st.form("account_preferences"):
        locale = st.selectbox(_("Language"), list(LANGUAGES), format_func=lambda k: _(LANGUAGES[k]), key=_LOCALE, persist_state="page")
        page.show_problem("locale")
        default = _("Default ({zone})").format(zone=page.runtime.settings.timezone)
        zones = ["", *sorted(name for name in available_timezones() if "/" in name)]
        timezone = st.selectbox(_("Time zone"), zones, format_func=lambda name: name or default, key=_TIMEZONE, persist_state="page")
        page.show_problem("timezone")
        saved = st.form_submit_button(_("Save"), key="save_preferences", type="primary")
    if saved:
        with page.saving() as session:
            set_preferences(session, page.user, locale=locale, timezone=timezone)
        page.toast(_("Saved."))
        st.rerun()


def forget_typed() -> None:
    """Let language and time zone begin with what is stored when they are drawn next."""
    st.session_state.pop(_LOCALE, None)
    st.session_state.pop(_TIMEZONE, None)


def draw_password(page: Page) -> None:
    """Draw the change of password; it ends all log-ins, this one included. What is typed is kept no longer than it is on the screen."""
    _ = page.text.gettext
    st.subheader(_("Password"), anchor=False)
    with st.form("account_password"):
        st.caption(_("A new password logs you out on every device; log in with it afterwards."))
        current = st.text_input(
            _("Current password"), type="password", key="password_current", autocomplete="current-password", persist_state=None
        )
        page.show_problem("current_password")
        new = st.text_input(_("New password"), type="password", key="password_new", autocomplete="new-password", persist_state=None)
        page.show_problem("password")
        saved = st.form_submit_button(_("Change password"), key="save_password")
    if saved:
        with page.saving() as session:
            set_password(session, page.user, user_id=page.user.id, password=new, current_password=current, now=page.now)
        st.rerun()


def draw_devices(page: Page) -> None:
    """Draw where one is logged in, each to be ended by itself."""
    _ = page.text.gettext
    with page.database.read() as session:
        devices = list_devices(session, page.user, token=page.token, now=page.now)
    st.subheader(_("Devices"), anchor=False)
    for device in devices:
        with st.container(key=f"device_{device.id}", horizontal=True, vertical_alignment="center"):
            seen = _("last used {moment}").format(moment=page.text.moment(device.last_seen_at, zone=page.zone))
            this = _("this device")  # outside the f-string, where the catalogue's reader finds it
            here = f" :primary[{this}]" if device.is_this else ""
            st.markdown(f"**{plain(device_name(device.user_agent) or _('Unknown device'))}**{here}  \n:gray[{seen}]", width="stretch")
            if not device.is_this and st.button(_("Log out"), key=f"close_device_{device.id}"):
                with page.saving() as session:
                    close_device(session, page.user, device_id=device.id, now=page.now)
                page.toast(_("Logged out there."))
                st.rerun()
    page.show_problem()


def device_name(user_agent: str) -> str:
    """Return “Chrome, Android” for what a browser calls itself; empty when it says nothing we know."""
    browser = next((name for mark, name in _BROWSERS.items() if mark in user_agent), "")
    device = next((name for mark, name in _DEVICES.items() if re.search(rf"\b{mark}\b", user_agent)), "")
    return ", ".join(part for part in (browser, device) if part)
