"""The order of a list of customers: chosen beside it, kept in the URL with the filter."""

from __future__ import annotations

from typing import Literal

import streamlit as st

from fieldsales.services.customers.customer_search import Order
from fieldsales.ui import words
from fieldsales.ui.page import Page

ORDER = "order"


def current_order() -> Order:
    """Return the order that the URL asks for, the most urgent first when it says nothing usable."""
    asked = st.query_params.get(ORDER, "")
    return Order(asked) if asked in list(Order) else Order.URGENCY


def draw_order(page: Page, order: Order, *, key: str, width: int | Literal["stretch"] = 160) -> None:
    """Draw the choice of the order."""
    _ = page.text.gettext
    if st.session_state.get(key) != order:
        st.session_state[key] = order
    st.selectbox(
        _("Sort by"),
        list(Order),
        format_func=lambda o: _(words.ORDERS[o]),
        key=key,
        label_visibility="collapsed",
        on_change=_write_order,
        args=(key,),
        width=width,
        persist_state="page",
    )


def _write_order(key: str) -> None:
    st.query_params[ORDER] = st.session_state[key]
    st.query_params.pop("page", None)
