"""Today: what was promised for today and before, who has been left alone too long, and what is done."""

from fieldsales.services import follow_ups, locating
from fieldsales.ui import today_screen
from fieldsales.ui.page import open_page

page = open_page()
with page.database.read() as session:
    day = follow_ups.plan_follow_ups(session, page.user, now=page.now, today=page.today, zone=page.zone)
    places = locating.location_counts(session, page.user)
today_screen.draw_head(page, day)
today_screen.draw_sections(page, day)
today_screen.draw_places(page, places)
