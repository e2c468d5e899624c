"""The script that Streamlit runs for every screen: frame, gate, navigation, then the chosen page."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from fieldsales.errors import FieldSalesError
from fieldsales.ui import messages, navigation, visit_form
from fieldsales.ui.page import open_page

ICON = Path(__file__).parents[1] / "web" / "assets" / "icon.svg"

st.set_page_config(page_title="FieldSales", page_icon=ICON, layout="wide", initial_sidebar_state="collapsed")
st.html(Path(__file__).with_name("style.css"))
messages.begin_run()
page = open_page()
chosen = navigation.choose_screen(page)
navigation.draw_tab_bar(page, chosen)
messages.show_toasts()
try:
    chosen.run()
except FieldSalesError as error:  # a page reads what is not there or not allowed: say so instead of breaking
    messages.show_refusal(page.text, error)
visit_form.draw_undo(page)
