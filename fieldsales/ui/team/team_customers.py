"""Acting on many customers: draw around them or filter, look at the counts, untick some, act, undo; and handing over."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from fieldsales.errors import N_
from fieldsales.ui.customers.record_undo import draw_undo
from fieldsales.ui.page import Page
from fieldsales.ui.team.team_customers_act import draw_act
from fieldsales.ui.team.team_customers_choose import BY, By, draw_choice
from fieldsales.ui.team.team_customers_handover import draw_handover
from fieldsales.ui.team.team_customers_history import draw_history
from fieldsales.ui.team.team_state import TeamAsked

WAYS = {
    By.DRAW: N_("Draw on the map"),
    By.FILTER: N_("By filter"),
    By.HANDOVER: N_("Handover"),
    By.HISTORY: N_("History of changes"),
}
_WAY = "bulk_by"


def draw_customers(page: Page, asked: TeamAsked) -> None:
    """Draw the way of choosing that the address asks for, and what can be done with who was chosen."""
    _ = page.text.gettext
    by = _read_way()
    with st.container(key="bulk_screen", gap="small"):
        if st.session_state.get(_WAY) != by:
            st.session_state[_WAY] = by
        st.pills(
            _("How to choose"),
            list(By),
            format_func=lambda way: _(WAYS[way]),
            key=_WAY,
            label_visibility="collapsed",
            on_change=_note_way,
            wrap=False,
            required=True,
            persist_state="page",
        )
        draw_undo(page)
        _DRAWN_BY[by](page, asked)


def _draw_acting(page: Page, asked: TeamAsked) -> None:
    ids = draw_choice(page, asked, by=_read_way())
    if ids is not None:
        draw_act(page, ids)


_DRAWN_BY: dict[By, Callable[[Page, TeamAsked], None]] = {
    By.DRAW: _draw_acting,
    By.FILTER: _draw_acting,
    By.HANDOVER: draw_handover,
    By.HISTORY: draw_history,
}


def _read_way() -> By:
    """Return how to choose; a hexagon in the address is chosen by the filter."""
    wanted = st.query_params.get(BY, "")
    if wanted in set(By):
        return By(wanted)
    return By.FILTER if "cell" in st.query_params else By.DRAW


def _note_way() -> None:
    st.query_params[BY] = st.session_state[_WAY].value
