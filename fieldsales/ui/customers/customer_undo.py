"""The bar after a change of a customer: what was done, and the way back while it is fresh."""

from __future__ import annotations

import streamlit as st

from fieldsales.services.customers.customer_history import restore_change
from fieldsales.ui.page import Page

SHOWN_S = 60
_UNDO = "_undo_customer"


def offer_undo(page: Page, change_id: int | None, sentence: str) -> None:
    """Confirm `sentence` in the next run, with the way back by `change_id`; without one it is a toast only."""
    if change_id is None:
        page.toast(sentence)
        return
    st.session_state[_UNDO] = {"change_id": change_id, "sentence": sentence, "until": page.now.timestamp() + SHOWN_S}


def draw_undo(page: Page) -> None:
    """Draw the bar; it fades by itself."""
    undo = st.session_state.get(_UNDO)
    if undo is None or page.now.timestamp() > undo["until"]:
        return
    _ = page.text.gettext
    with st.container(key=f"undo_bar_customer_{undo['change_id']}", horizontal=True, wrap=False, vertical_alignment="center"):
        st.markdown(undo["sentence"], wrap=False)
        if not st.button(_("Undo"), key="undo_customer", type="tertiary"):
            return
    st.session_state.pop(_UNDO)
    with page.saving() as session:
        restore_change(session, page.user, change_id=undo["change_id"], now=page.now)
    page.toast(_("Taken back."))
    st.rerun()
