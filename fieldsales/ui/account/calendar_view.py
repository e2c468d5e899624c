"""The account page's calendar: a secret address to give to the phone's calendar, shown once, renewed and taken back with one tap."""

from __future__ import annotations

from urllib.parse import urlsplit

import streamlit as st

from fieldsales.services.planning import calendar_feeds
from fieldsales.ui.page import Page

_SECRET = "_calendar_secret"


def draw_calendar(page: Page) -> None:
    """Draw whether there is a feed, its address right after it was made, and what can be done with it."""
    _ = page.text.gettext
    with page.database.read() as session:
        status = calendar_feeds.feed_status(session, page.user)
    st.subheader(_("Calendar"), anchor=False)
    st.caption(_("Your appointments and promises in the calendar of your phone, under a secret address: whoever has it can read them."))
    secret = st.session_state.get(_SECRET)
    if isinstance(secret, str) and status is not None:
        _draw_address(page, secret)
    elif status is not None:
        made = _("Made {moment}").format(moment=page.text.moment(status.created_at, zone=page.zone))
        used = (
            _("never read yet")
            if status.read_at is None
            else _("last read {moment}").format(moment=page.text.moment(status.read_at, zone=page.zone))
        )
        st.markdown(f"{made} · {used}")
    with st.container(key="calendar_buttons", horizontal=True, gap="small"):
        label = _("Get a new address") if status is not None else _("Get the address")
        if st.button(label, key="renew_calendar", icon=":material/event:"):
            _renew(page)
        if status is not None and st.button(_("Switch off"), key="revoke_calendar", icon=":material/event_busy:"):
            _revoke(page)
    if status is not None:
        st.caption(_("A new address ends the old one at once."))


def _draw_address(page: Page, secret: str) -> None:
    _ = page.text.gettext
    address = _address(secret)
    st.success(_("This address is shown only now. Copy it, or open it on your phone."), icon=":material/key:")
    st.code(address, language=None, wrap_lines=True)
    with st.container(key="calendar_address", horizontal=True, gap="small"):
        if address.startswith("http"):
            st.link_button(
                _("Subscribe on this device"), "webcal://" + address.partition("://")[2], key="subscribe", icon=":material/event:"
            )
        st.button(_("Done"), key="calendar_done", on_click=_forget)


def _address(secret: str) -> str:
    """Return the feed's address as this browser reaches us; from the root on when that is not known."""
    here = urlsplit(st.context.url or "")
    origin = f"{here.scheme}://{here.netloc}" if here.scheme and here.netloc else ""
    return f"{origin}/calendar/{secret}.ics"


def _renew(page: Page) -> None:
    with page.saving() as session:
        secret = calendar_feeds.renew_feed(session, page.user, now=page.now)
    st.session_state[_SECRET] = secret
    st.rerun()


def _revoke(page: Page) -> None:
    with page.saving() as session:
        calendar_feeds.revoke_feed(session, page.user, now=page.now)
    _forget()
    page.toast(page.text.gettext("The calendar's address works no more."))
    st.rerun()


def _forget() -> None:
    st.session_state.pop(_SECRET, None)
