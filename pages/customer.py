"""One customer as a full page: brief and actions, people, facts, timeline, history; `?edit=1` edits over it, `?new=1` adds one."""

from fieldsales.ui.customers import contacts_view, customer_edit, customer_screen
from fieldsales.ui.page import open_page

page = open_page()
customer_screen.draw_way_back(page)
if customer_screen.wants_new():
    customer_edit.draw_new(page)
else:
    shown = customer_screen.read_page(page)
    customer_screen.draw_customer(page, shown)
    customer_screen.draw_history(page, shown.customer)
    if customer_screen.wants_edit():
        customer_edit.draw_edit(page, shown.customer)
    contacts_view.draw_open_contact(page, shown.customer, shown.contacts)
