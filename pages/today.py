"""Today: whom to turn to next, what was agreed, who is due on the way, what waits for an answer, who was left alone too long."""

from fieldsales.services.pins import locating
from fieldsales.services.visits import follow_ups
from fieldsales.ui.page import open_page
from fieldsales.ui.reports import report_screen
from fieldsales.ui.today import today_plan, today_screen, today_waiting

page = open_page()
whose = today_screen.read_whose(page)
with page.database.read() as session:
    day = follow_ups.plan_follow_ups(session, page.user, now=page.now, today=page.today, zone=page.zone, whose=whose)
    places = locating.count_problems(session, page.user)
waiting = today_waiting.read_waiting(page, day.whose)
plan = today_plan.read_plan_of_today(page)
today_screen.draw_head(page, day, plan)
today_screen.draw_next(page, day, plan)
today_screen.draw_sections(page, day, waiting)
today_screen.draw_places(page, places)
report_screen.draw_link_to_today(page)
