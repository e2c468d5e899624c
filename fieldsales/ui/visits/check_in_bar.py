"""The slim bar on every screen while one is checked in: where, for how long, and the way out."""

from __future__ import annotations

import html
from datetime import datetime

import streamlit as st

from fieldsales.services.visits.check_ins import CheckInRow, open_check_in
from fieldsales.ui.format import safe
from fieldsales.ui.page import Page
from fieldsales.ui.visits.check_in_view import check_out
from fieldsales.ui.visits.check_in_words import duration_in_words

REDRAWN_EVERY_S = 60


def draw_open_check_in(page: Page) -> None:
    """Draw the bar above the navigation when the user is checked in somewhere."""
    _ = page.text.gettext
    with page.database.read() as session:
        here = open_check_in(session, page.user, now=page.now, zone=page.zone)
    # The place is always taken: else the navigation would move by one and be mixed with the bar while a run replaces it.
    with st.bottom:
        place = st.container(key="check_in_place")
    if here is None:
        return
    with place, st.container(key="check_in_bar", horizontal=True, wrap=False, vertical_alignment="center", gap="small"):
        _draw_duration(page, here)
        if st.button(_("Check out"), key="bar_check_out", type="tertiary", icon=":material/logout:"):
            check_out(page, here)


@st.fragment(run_every=REDRAWN_EVERY_S)
def _draw_duration(page: Page, here: CheckInRow) -> None:
    """Draw the sentence alone again each minute; nothing is asked of the database or of the device for it."""
    now: datetime = page.runtime.clock()
    _ = page.text.gettext
    name = safe(here.customer_name) or html.escape(_("a customer you no longer see"))
    stay = duration_in_words(page, max(now, here.checked_in_at) - here.checked_in_at)
    sentence = html.escape(_("Checked in for {duration}").format(duration=stay))
    st.html(f'<div class="fs-bar"><b>{name}</b><span>{sentence}</span></div>')
