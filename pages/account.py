"""One's own account: language and time zone, password, devices, log out."""

from fieldsales.ui import account_screen
from fieldsales.ui.page import open_page

page = open_page()
account_screen.draw_head(page)
account_screen.draw_log_out(page)
account_screen.draw_preferences(page)
account_screen.draw_password(page)
account_screen.draw_devices(page)
