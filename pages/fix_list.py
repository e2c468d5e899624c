"""Places to fix: every customer without a good pin, why, and the two ways to put it right."""

from fieldsales.ui.page import open_page
from fieldsales.ui.pins import fix_list_view, problem_view

page = open_page()
problem_view.draw_undo(page)
customer_id = fix_list_view.chosen_id()
if customer_id is None:
    fix_list_view.draw_head(page)
    fix_list_view.draw_list(page)
else:
    problem_view.draw_problem(page, customer_id)
