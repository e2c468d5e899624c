"""The map: every customer where it lies, a card for the one that is tapped, the list beside it."""

from fieldsales.ui.customers import filters
from fieldsales.ui.map import map_screen
from fieldsales.ui.page import open_page

page = open_page()
map_screen.take_over_switches()
customer_filter = filters.read_filter(page)
map_screen.draw_filters(page, customer_filter)
selected_id = map_screen.draw_map_area(page, customer_filter)
if selected_id is not None:
    map_screen.draw_selected(page, selected_id)
map_screen.draw_list(page, customer_filter, selected_id)
