"""Plan: a day from here to there, with whom to see, in which order, and why; or the week, the plans there are, a whole team."""

from fieldsales.ui.page import open_page
from fieldsales.ui.plan import plan_head, plan_screen
from fieldsales.ui.plan.plan_state import View, read_asked

page = open_page()
plan_screen.take_over_taps(page)
asked = read_asked(page)
people = plan_head.read_people(page)
asked = plan_head.choose_person(page, asked, people)
plan_head.draw_head(page, asked, people)
if asked.view is View.DAY:
    plan_screen.draw_day(page, asked)
else:
    plan_screen.draw_other_view(page, asked)
