"""Progress."""

from __future__ import annotations

from fieldsales.ui.page import Page
from fieldsales.ui.team_state import TeamAsked


def draw_progress(page: Page, asked: TeamAsked) -> None:
    """Draw the view."""
