"""What the address of the manager's page says: which view, of whom and when."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from fieldsales.domain.team_filter import TeamFilter
from fieldsales.services.team.team_scope import TeamScope

VIEW = "view"


class TeamView(StrEnum):
    """The views of the manager's page."""

    PROGRESS = "progress"
    COVERAGE = "coverage"
    CUSTOMERS = "customers"
    TERRITORIES = "territories"
    HONESTY = "honesty"
    SUMMARY = "summary"
    ACTIVITY = "activity"


@dataclass(frozen=True, slots=True)
class TeamAsked:
    """What one run of the page is about; `scope` says who the user may look at and whom the filter leaves."""

    view: TeamView
    team_filter: TeamFilter
    scope: TeamScope
