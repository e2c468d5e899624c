"""Administration: users, teams, and the address data; for administrators only."""

from fieldsales.ui.admin import admin_view
from fieldsales.ui.page import open_page, saying_what_broke

page = open_page()
with saying_what_broke():  # the navigation does not offer this page to others: whoever gets here all the same reads why not
    tab = admin_view.draw_tabs(page)
    admin_view.draw_tab(page, tab)
