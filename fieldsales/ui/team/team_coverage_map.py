"""The coverage map: a folium map that fetches its hexagons or municipalities itself; a change of the page is told to it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from fieldsales.domain.coverage import Grouping
from fieldsales.domain.hexagons import resolution_at
from fieldsales.domain.map_box import MAX_ZOOM
from fieldsales.i18n import Text
from fieldsales.services.team.coverage import Asker, Box, find_bounds, find_reach
from fieldsales.ui.map.map_frame import draw_frame
from fieldsales.ui.map.map_view import tile_layers
from fieldsales.ui.page import Page
from fieldsales.wording.coverage import FIGURES

KEY = "coverage_map"
DATA = "/api/v1/team/coverage"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def draw_coverage_map(page: Page, asker: Asker) -> None:
    """Draw the map of what is asked for."""
    draw_frame(_configuration(page, asker), key=KEY, start="startCoverage", configure="configureCoverage")


def _configuration(page: Page, asker: Asker) -> dict[str, Any]:
    """Return everything the script needs to know, as JSON values."""
    snapshot = asker.index.snapshot(asker.database)
    chosen = asker.team_filter.to_query(today=page.today)
    whose = {name: values for name, values in chosen.items() if name != "period"}  # a map shows how things are now
    figure, bounds = asker.asked.figure, find_bounds(asker)
    return {
        "data": DATA,
        "query": urlencode(whose | asker.asked.to_query(), doseq=True),
        "fresh": str((snapshot.newest - _EPOCH) // datetime.resolution),
        "version": snapshot.serial,
        "bounds": bounds,
        "reach": _reach(asker, bounds) if bounds is not None else None,
        "shape": urlencode(whose, doseq=True),
        "page": "/team",
        "filter": urlencode(chosen, doseq=True),
        "locale": page.text.locale,
        "labels": _labels(page.text) | {"title": page.text.gettext(FIGURES[figure])},
        "tiles": tile_layers(page.runtime.settings),
    }


def _reach(asker: Asker, bounds: Box) -> list[Box] | None:
    """Return how far the hexagons reach at each zoom, so that the first look needs no second one."""
    if asker.asked.grouping is not Grouping.HEXAGONS:
        return None
    by_resolution = find_reach(asker, bounds)
    return [by_resolution[resolution_at(zoom)] for zoom in range(MAX_ZOOM + 1)]


def _labels(text: Text) -> dict[str, str]:
    _ = text.gettext
    return {
        "whole": _("Show all"),
        "show_all": _("Show all"),
        "empty": _("No customers in this part of the map."),
        "nobody": _("No customer on the map matches the filter."),
        "left_out": _("{count} smaller groups are not drawn. Zoom in to see them."),
        "retry": _("Try again"),
        "offline": _("No connection. The map shows what was loaded before."),
        "unreachable": _("The server does not answer."),
        "logged_out": _("You are logged out."),
        "log_in": _("Log in"),
        "hexagon": _("This hexagon"),
        "no_area": _("Municipality not known"),
        "customers": _("Customers"),
        "covered": _("Visited within their interval"),
        "due": _("Due / overdue"),
        "potential": _("Potential"),
        "neglect": _("Neglect (yen × days)"),
        "unvisited": _("Prospects not yet visited"),
        "rank_days": _("{rank} ({count}): not visited for"),
        "days": _("{count} days"),
        "without_amount": _("Deals without an amount"),
        "act": _("Act on these customers"),
    }
