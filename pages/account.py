"""One's own account: language and time zone, password, devices, calendar, log out, and who looked at one's check-ins."""

from fieldsales.ui import account_screen, calendar_view, position_views_view
from fieldsales.ui.page import open_page

page = open_page()
account_screen.draw_head(page)
account_screen.draw_log_out(page)
account_screen.draw_preferences(page)
account_screen.draw_password(page)
account_screen.draw_devices(page)
calendar_view.draw_calendar(page)
position_views_view.draw_check_ins_and_looks(page)
