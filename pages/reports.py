"""Reports: the day, week or month by itself, to be commented on and submitted; and the list of them."""

from fieldsales.ui.page import open_page
from fieldsales.ui.reports import report_facts_view, report_files, report_list_view, report_notes, report_screen

page = open_page()
asked = report_screen.read_asked(page)
if asked.listing:
    report_list_view.draw_list(page, asked)
else:
    view = report_screen.read_view(page, asked)
    say = report_screen.words_of(page, view)
    report_screen.draw_head(page, view, say)
    report_facts_view.draw_figures(page, view, say)
    report_facts_view.draw_facts(page, view.facts, say)
    report_files.draw_files(page, view)
    report_notes.draw_comment(page, view)
    report_notes.draw_talk(page, view)
