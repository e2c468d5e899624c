"""Team: progress, coverage, acting on many, territories, honesty, a team's summary and check-ins; for a rep their own progress."""

from fieldsales.ui.page import open_page
from fieldsales.ui.team import team_screen

page = open_page()
asked = team_screen.read_asked(page)
team_screen.draw_head(page, asked)
team_screen.draw_view(page, asked)
