"""What was added, changed or taken away a moment ago, with the way back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from fieldsales.db.database import Session
from fieldsales.ui.page import Page

SHOWN_S = 60
_LAST, _COUNT = "_record_undo", "_record_undo_count"
WayBack = Callable[[Session, Page], object]


@dataclass(frozen=True, slots=True)
class _Done:
    sentence: str
    way_back: WayBack
    until: float
    number: int


def offer_undo(page: Page, sentence: str, way_back: WayBack) -> None:
    """Let the next run confirm with `sentence` (markdown) and offer `way_back`, which runs in one transaction.

    What it returns, if that is a sentence, is said instead of "Taken back.".
    """
    number = st.session_state.get(_COUNT, 0) + 1
    st.session_state[_COUNT] = number
    st.session_state[_LAST] = _Done(sentence, way_back, page.now.timestamp() + SHOWN_S, number)


def draw_undo(page: Page) -> None:
    """Draw the confirmation while it is fresh; the style sheet lets it fade."""
    done = st.session_state.get(_LAST)
    if not isinstance(done, _Done) or page.now.timestamp() > done.until:
        return
    _ = page.text.gettext
    with st.container(key=f"undo_bar_record_{done.number}", horizontal=True, wrap=False, vertical_alignment="center"):
        st.markdown(done.sentence, wrap=False)
        if not st.button(_("Undo"), key="undo_record", type="tertiary"):
            return
    st.session_state.pop(_LAST)
    with page.saving() as session:
        said = done.way_back(session, page)
    page.toast(said if isinstance(said, str) else _("Taken back."))
    st.rerun()
