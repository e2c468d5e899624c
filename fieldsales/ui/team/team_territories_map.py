"""The map of territories: hexagons of customers in the colour and with the number of the territory they belong to."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import streamlit as st

from fieldsales.domain import hexagons
from fieldsales.services.territories.territory_figures import TerritoryCell, TerritoryFigures, TerritoryPicture
from fieldsales.ui.format import one_line
from fieldsales.ui.map.map_frame import draw_frame, last_tap
from fieldsales.ui.map.map_view import tile_layers
from fieldsales.ui.page import Page
from fieldsales.ui.team.team_territories_words import FILLS

KEY = "territories_map"
_TAP = "_territories_map_tap"
_HALF_CELL = 0.02  # degrees, so that one hexagon alone is a section too


def draw_territories_map(page: Page, picture: TerritoryPicture) -> None:
    """Draw the territories of a picture."""
    draw_frame(_configuration(page, picture), key=KEY, start="startTerritories", configure="configureTerritories")


def take_tapped() -> int | None:
    """Return the territory whose number was tapped since the last run, once; needs no drawn map."""
    value = last_tap(KEY)
    if value is None or value == st.session_state.get(_TAP):
        return None
    st.session_state[_TAP] = value
    try:
        tap = json.loads(value)
    except ValueError:
        return None
    wanted = tap.get("id") if isinstance(tap, dict) and tap.get("tap") == "territory" else None
    return wanted if isinstance(wanted, int) else None


def _configuration(page: Page, picture: TerritoryPicture) -> dict[str, Any]:
    """Return everything the script needs to know, as JSON values."""
    rows = [(number, row) for number, row in enumerate(picture.rows, start=1)]
    return {
        "sizes": [{"width": hexagons.width_degrees(hexagons.resolution_of(c[0].cell)), "cells": _outlines(c)} for c in picture.cells],
        "territories": [_territory(number, row) for number, row in rows],
        "bounds": _bounds(picture.cells[-1] if picture.cells else (), [ring for row in picture.rows for ring in row.territory.rings]),
        "shape": f"{picture.customers}.{[row.territory.id for row in picture.rows]}",
        "labels": {"whole": page.text.gettext("Show all")},
        "tiles": tile_layers(page.runtime.settings),
    }


def _outlines(cells: Sequence[TerritoryCell]) -> list[Any]:
    """Return the corners of each hexagon with the id of its territory."""
    return [[[[round(lat, 4), round(lon, 4)] for lat, lon in hexagons.outline(cell.cell)], cell.territory_id] for cell in cells]


def _territory(number: int, row: TerritoryFigures) -> dict[str, Any]:
    fill, ink = FILLS[(number - 1) % len(FILLS)]
    rings = [list(ring) for ring in row.territory.rings]
    at = row.middle or (_middle(rings[0]) if rings else None)
    title = f"{number}. {one_line(row.territory.name)}"
    return {"id": row.territory.id, "number": str(number), "fill": fill, "ink": ink, "title": title, "at": at, "rings": rings}


def _middle(ring: Sequence[tuple[float, float]]) -> tuple[float, float]:
    lats, lons = zip(*ring, strict=True)
    return sum(lats) / len(lats), (sum(lons) / len(lons) + 180) % 360 - 180


def _bounds(cells: Sequence[TerritoryCell], rings: Sequence[Sequence[tuple[float, float]]]) -> tuple[float, float, float, float] | None:
    """Return west, south, east, north of what is drawn, east beyond 180 across the antimeridian; None when there is nothing.

    Single hexagons far from where the customers are (one in a hundred) do not count.
    """
    points = sorted((hexagons.centre(cell.cell), cell.customers) for cell in cells)
    places = [place for place, _ in _most(points)] + [(lat, (lon + 180) % 360 - 180) for ring in rings for lat, lon in ring]
    if not places:
        return None
    lats = [lat for lat, _ in places]
    plain, turned = sorted(lon for _, lon in places), sorted(lon % 360 for _, lon in places)
    lons = min((plain, turned), key=lambda line: line[-1] - line[0])
    return lons[0] - _HALF_CELL, min(lats) - _HALF_CELL, lons[-1] + _HALF_CELL, max(lats) + _HALF_CELL


def _most(points: Sequence[tuple[tuple[float, float], int]]) -> list[tuple[tuple[float, float], int]]:
    """Return the hexagons that together hold 99 of 100 customers, all of them when there are few customers."""
    total = sum(count for _, count in points)
    if total < 100:
        return list(points)
    kept, held = [], 0
    for point in sorted(points, key=lambda point: -point[1]):
        kept.append(point)
        held += point[1]
        if held >= 0.99 * total:
            break
    return kept
