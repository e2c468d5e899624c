"""Customers that may be one twice: the pairs, two side by side, and what a merge would keep and move."""

from fieldsales.ui.duplicates import duplicates_view, merge_undo, merge_view
from fieldsales.ui.page import open_page

page = open_page()
merge_undo.draw_undo(page)
pair = duplicates_view.chosen_pair()
if pair is None:
    duplicates_view.draw_list(page)
elif merge_view.wants_merge():
    merge_view.draw_merge(page, pair)
else:
    duplicates_view.draw_pair(page, pair)
