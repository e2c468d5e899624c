"""The sheet over the timeline in which notes, purchases, requests and files are entered; a few buttons open it."""

from __future__ import annotations

import streamlit as st

from fieldsales.errors import N_, NotFound
from fieldsales.services.customers.customer_search import CustomerDetails
from fieldsales.ui.customers import record_state
from fieldsales.ui.customers.attachments_view import draw_files_form
from fieldsales.ui.customers.note_form import draw_note_form
from fieldsales.ui.customers.purchase_form import draw_purchase_form
from fieldsales.ui.customers.record_state import Sheet
from fieldsales.ui.customers.request_form import draw_request_form
from fieldsales.ui.messages import sentence_of
from fieldsales.ui.page import Page

NAMES = {
    Sheet.NOTE: N_("Note"),
    Sheet.PURCHASE: N_("Purchase"),
    Sheet.REQUEST: N_("Request or complaint"),
    Sheet.FILES: N_("Photos and files"),
}
ICONS = {
    Sheet.NOTE: ":material/sticky_note_2:",
    Sheet.PURCHASE: ":material/shopping_cart:",
    Sheet.REQUEST: ":material/feedback:",
    Sheet.FILES: ":material/add_a_photo:",
}
_FORMS = {
    Sheet.NOTE: draw_note_form,
    Sheet.PURCHASE: draw_purchase_form,
    Sheet.REQUEST: draw_request_form,
    Sheet.FILES: draw_files_form,
}


def draw_buttons(page: Page) -> None:
    """Draw what can be added, a tap each."""
    _ = page.text.gettext
    with st.container(key="record_add", horizontal=True, gap="xsmall"):
        for sheet, name in NAMES.items():
            st.button(_(name), key=f"add_{sheet}", icon=ICONS[sheet], on_click=record_state.open_new, args=(sheet,))


def draw_sheet(page: Page, customer: CustomerDetails) -> None:
    """Draw the form that is open, if any; one for a record that is gone says so and can be closed."""
    opened = record_state.opened()
    if opened is None:
        return
    record_state.begin(opened)
    _ = page.text.gettext
    with st.container(key="record_sheet", gap="small"):
        with st.container(key="record_head", horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{_(NAMES[opened.sheet])}**")
            st.button(_("Close"), key="record_close", icon=":material/close:", type="tertiary", on_click=record_state.close)
        try:
            _FORMS[opened.sheet](page, customer, opened)
        except NotFound as error:  # taken away meanwhile by somebody else
            st.error(sentence_of(page.text, error), icon=":material/error:")
