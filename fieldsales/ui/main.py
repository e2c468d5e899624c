"""The script that Streamlit runs for every screen: frame, gate, navigation, then the chosen page."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from fieldsales.ui import messages, navigation
from fieldsales.ui.customers import customer_undo
from fieldsales.ui.page import open_page, saying_what_broke
from fieldsales.ui.visits import check_in_bar, visit_edit, visit_form

ICON = Path(__file__).parents[1] / "web" / "assets" / "icon.svg"

st.set_page_config(page_title="FieldSales", page_icon=ICON, layout="wide", initial_sidebar_state="collapsed")
messages.begin_run()
visit_form.begin_run()
with saying_what_broke():
    page = open_page()
    screen = navigation.choose_screen(page)
    check_in_bar.draw_open_check_in(page)
    navigation.draw_tab_bar(page, screen)
    messages.show_toasts()
    with st.container(key="confirmation"):  # always there, so that it moves nothing; before the screen, so that it waits for nothing
        visit_form.draw_undo(page)
        customer_undo.draw_undo(page)
    with saying_what_broke():
        screen.run()
        visit_form.draw_sheet(page)
        visit_edit.draw_edit_sheet(page)
