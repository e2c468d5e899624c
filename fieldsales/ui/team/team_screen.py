"""The manager's page: which view the address asks for, the filter all views share, and the way from one to the other."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from fieldsales.errors import N_
from fieldsales.services.team import team_scope
from fieldsales.ui.page import Page
from fieldsales.ui.team import team_activity, team_coverage, team_customers, team_honesty, team_progress, team_summary, team_territories
from fieldsales.ui.team.team_filters import draw_filters, read_filter
from fieldsales.ui.team.team_state import VIEW, TeamAsked, TeamView
from fieldsales.ui.url_chips import draw_url_chips

VIEWS = {
    TeamView.PROGRESS: N_("Progress"),
    TeamView.COVERAGE: N_("Coverage"),
    TeamView.CUSTOMERS: N_("Act on customers"),
    TeamView.TERRITORIES: N_("Territories"),
    TeamView.HONESTY: N_("Honesty"),
    TeamView.SUMMARY: N_("Summary"),
    TeamView.ACTIVITY: N_("Check-ins"),
}
_DRAWN_BY: dict[TeamView, Callable[[Page, TeamAsked], None]] = {
    TeamView.PROGRESS: team_progress.draw_progress,
    TeamView.COVERAGE: team_coverage.draw_coverage,
    TeamView.CUSTOMERS: team_customers.draw_customers,
    TeamView.TERRITORIES: team_territories.draw_territories,
    TeamView.HONESTY: team_honesty.draw_honesty,
    TeamView.SUMMARY: team_summary.draw_summary,
    TeamView.ACTIVITY: team_activity.draw_activity,
}


def read_asked(page: Page) -> TeamAsked:
    """Return the view and the filter that the address asks for; a rep has their own progress, whatever the address says."""
    team_filter = read_filter(page)
    with page.database.read() as session:
        scope = team_scope.read_scope(session, page.user, team_filter=team_filter)
    wanted = st.query_params.get(VIEW, "")
    view = TeamView(wanted) if scope.leads and wanted in set(TeamView) else TeamView.PROGRESS
    return TeamAsked(view, team_filter, scope)


def draw_head(page: Page, asked: TeamAsked) -> None:
    """Draw the views as chips, which scroll sideways on a phone, and the filter."""
    _ = page.text.gettext
    with st.container(key="team_head", gap="small"):
        if asked.scope.leads:
            views = {view.value: _(name) for view, name in VIEWS.items()}
            draw_url_chips(_("View"), views, chosen=asked.view.value, parameter=VIEW, key="team_view")
        draw_filters(page, asked)


def draw_view(page: Page, asked: TeamAsked) -> None:
    """Draw the view asked for."""
    _DRAWN_BY[asked.view](page, asked)
