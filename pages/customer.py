"""One customer as a full page: brief and actions, edit, visits, history; `?new=1` adds one."""

from fieldsales.ui import customer_edit, customer_screen
from fieldsales.ui.page import open_page

page = open_page()
customer_screen.draw_way_back(page)
if customer_screen.wants_new():
    customer_edit.draw_new(page)
else:
    customer = customer_screen.read_customer(page)
    if customer_screen.wants_edit():
        customer_edit.draw_edit(page, customer)
    else:
        customer_screen.draw_customer(page, customer)
        customer_screen.draw_history(page, customer)
