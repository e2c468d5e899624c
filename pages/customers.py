"""Customers as a list: search, filter, sort, page by page; a row opens the customer."""

from fieldsales.ui.customers import customer_list, filters
from fieldsales.ui.page import open_page

page = open_page()
customer_filter = filters.read_filter(page)
customer_list.draw_tools(page, customer_filter)
customer_list.draw_list(page, customer_filter)
