"""The way back after a place or a connection was changed: offered for some seconds, gone when the next thing is done."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from fieldsales.db.database import Session
from fieldsales.db.models import User
from fieldsales.ui.page import Page

SHOWN_S = 12
_UNDO = "_place_undo"
WayBack = Callable[[Session, User], object]


def offer(page: Page, sentence: str, way_back: WayBack) -> None:
    """Confirm what was done; `way_back` takes it back in one transaction and checks the actor again."""
    st.session_state[_UNDO] = (sentence, page.now.timestamp() + SHOWN_S, way_back)


def draw_undo(page: Page) -> None:
    """Draw the confirmation while it lasts."""
    offered = st.session_state.get(_UNDO)
    if offered is None or page.now.timestamp() > offered[1]:
        return
    _ = page.text.gettext
    sentence, _until, way_back = offered
    with st.container(key="undo_bar_place", horizontal=True, wrap=False, vertical_alignment="center"):
        st.markdown(sentence, wrap=False)
        if not st.button(_("Undo"), key="undo_place", type="tertiary"):
            return
    st.session_state.pop(_UNDO)
    with page.saving() as session:
        way_back(session, page.user)
    page.toast(_("Taken back."))
    st.rerun()
