"""One's own account: usual day and places, language and time zone, password, devices, calendar, and who looked at one's check-ins."""

from fieldsales.ui.account import account_view
from fieldsales.ui.page import open_page, saying_what_broke

page = open_page()
with saying_what_broke():
    account_view.draw_account(page)
