"""The planned day on the map: the way with its numbered stops, start and end, and small rings for who was left out."""

from __future__ import annotations

import json
from typing import Any

import streamlit as st

from fieldsales.domain.likelihood import LOOKS, Likelihood
from fieldsales.domain.words import StopChoice, StopProgress
from fieldsales.services.planning.plan_views import EndView, PlanView
from fieldsales.ui.map.map_frame import draw_frame, last_tap
from fieldsales.ui.map.map_view import tile_layers
from fieldsales.ui.page import Page
from fieldsales.wording.lengths import say_clock

KEY = "plan_map"
_TAP = "_plan_map_tap"
_EDGE_OF_WHITE = "#8a9693"


def draw_plan_map(page: Page, plan: PlanView, *, selected: int | None) -> None:
    """Draw the plan; `selected` is the id of the marked row."""
    draw_frame(_configuration(page, plan, selected), key=KEY, start="startPlan", configure="configurePlan")


def take_tapped() -> int | None:
    """Return the stop whose pin was tapped since the last run, once; needs no drawn map."""
    value = last_tap(KEY)
    if value is None or value == st.session_state.get(_TAP):
        return None
    st.session_state[_TAP] = value
    return parse_tap(value)


def parse_tap(value: str) -> int | None:
    """Read a tap as the map's script writes it; anything else is no tap."""
    try:
        tap = json.loads(value)
    except ValueError:
        return None
    wanted = tap.get("id") if isinstance(tap, dict) and tap.get("tap") == "stop" else None
    return wanted if isinstance(wanted, int) else None


def _configuration(page: Page, plan: PlanView, selected: int | None) -> dict[str, Any]:
    """Return everything the script needs to know, as JSON values."""
    stops, others = _stops(page, plan), _others(page, plan)
    start, end = _ends(page, plan)
    return {
        "stops": stops,
        "others": others,
        "start": start,
        "end": end,
        "line": [[round(lat, 5), round(lon, 5)] for lat, lon in plan.line] if plan.is_solved else [],
        "stale": plan.is_stale,
        "selected": selected,
        # Looked at as a whole again when another set of places is to be seen, not when their order changes.
        "shape": f"{plan.id}.{sorted(s['id'] for s in stops)}" if stops else f"{plan.id}.{len(others)}",
        "labels": {"whole": page.text.gettext("Show the whole route")},
        "tiles": tile_layers(page.runtime.settings),
    }


def _stops(page: Page, plan: PlanView) -> list[dict[str, Any]]:
    hidden = page.text.gettext("A customer you may not see")
    return [
        {
            "id": stop.id,
            "number": str(number),
            "lat": stop.lat,
            "lon": stop.lon,
            "fill": LOOKS[stop.likelihood].fill,
            "ink": LOOKS[stop.likelihood].ink,
            "title": f"{number}. {say_clock(stop.starts_at, plan.zone)} {stop.name or hidden}",
            "late": stop.late_s >= 60,
            "faded": stop.progress in (StopProgress.DONE, StopProgress.SKIPPED),
        }
        for number, stop in enumerate(plan.stops, start=1)
    ]


def _others(page: Page, plan: PlanView) -> list[dict[str, Any]]:
    hidden = page.text.gettext("A customer you may not see")
    return [
        {"id": c.id, "lat": c.lat, "lon": c.lon, "fill": _edge(c.likelihood), "title": c.name or hidden}
        for c in plan.candidates
        if c.lat is not None and c.lon is not None and c.choice is not StopChoice.EXCLUDED
    ]


def _edge(likelihood: Likelihood) -> str:
    fill = LOOKS[likelihood].fill
    return _EDGE_OF_WHITE if fill.upper() == "#FFFFFF" else fill


def _ends(page: Page, plan: PlanView) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    """Return where the day starts and ends; one mark where both are the same."""
    _ = page.text.gettext
    start, end = plan.start, plan.end
    if start is not None and end is not None and (start.lat, start.lon) == (end.lat, end.lon):
        return _end(start, _("Start and end: {name}").format(name=start.name or _("Where you were")), both=True), None
    first = _end(start, _("Start: {name}").format(name=start.name or _("Where you were"))) if start is not None else None
    last = _end(end, _("End: {name}").format(name=end.name or _("Return"))) if end is not None else None
    return first, last


def _end(end: EndView, title: str, *, both: bool = False) -> dict[str, Any]:
    return {"lat": end.lat, "lon": end.lon, "title": title, "both": both}
