"""A business card, by file, by code or by print, to a contact of the right customer."""

from fieldsales.ui.customers import business_card_view
from fieldsales.ui.page import open_page

page = open_page()
business_card_view.draw_screen(page)
