"""Drawing around customers: the customers' map with a pencil, for whatever is chosen or marked out by areas.

What was drawn is kept for the session under the key of the map, and is drawn again whenever the map is.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from fieldsales.domain import drawn_areas
from fieldsales.domain.customer_filter import CustomerFilter
from fieldsales.domain.map_colours import ColourBy
from fieldsales.errors import FieldSalesError
from fieldsales.i18n import Text
from fieldsales.ui.map.map_frame import draw_frame, last_tap
from fieldsales.ui.map.map_view import map_configuration
from fieldsales.ui.messages import sentence_of
from fieldsales.ui.page import Page
from fieldsales.ui.team.team_state import TeamAsked

Rings = list[list[tuple[float, float]]]
_NO_ONE = 2**31 - 1  # nobody's id: the filter names people of whom none may be looked at


@dataclass(frozen=True, slots=True)
class Outline:
    """An area that is there already, drawn under what is being drawn: its rings, its name and a CSS colour."""

    rings: Sequence[Sequence[tuple[float, float]]]
    title: str = ""
    colour: str = "#0f766e"


def draw_lasso(
    page: Page,
    key: str,
    *,
    customer_filter: CustomerFilter | None = None,
    colour_by: ColourBy = ColourBy.LIKELIHOOD,
    outlines: Sequence[Outline] = (),
    left_out: Sequence[tuple[float, float]] = (),
) -> Rings:
    """Draw the map into a container `key` and return what is drawn on it: rings of (lat, lon) as `domain.drawn_areas` has them.

    `left_out` are places (lat, lon) that are crossed out. A line that makes no area is refused with a sentence above the map.
    A tapped customer is returned once by `tapped_customer(key)`, which may be asked before.
    """
    refused = _take_drawn(page.text, key)
    if refused:
        st.warning(refused, icon=":material/gesture:")
    rings, n = _kept(key)
    config = map_configuration(page, customer_filter or CustomerFilter(), colour_by, None, key, None)
    config["lasso"] = {
        "rings": rings,
        "n": n,
        "look": f"_{key}_put" in st.session_state,
        "outlines": [{"rings": list(o.rings), "title": o.title, "colour": o.colour} for o in outlines],
        "left_out": list(left_out),
        "labels": _labels(page.text),
    }
    draw_frame(config, key=key, start="startLasso", configure="configureLasso")
    return rings


def pins_of(asked: TeamAsked) -> CustomerFilter:
    """Return the filter under which the map shows the customers that the page's filter leaves, as `team_scope.owned_customers` does."""
    now = asked.team_filter
    owners = frozenset(asked.scope.user_ids or [_NO_ONE]) if now.user_ids else frozenset()
    return CustomerFilter(owner_ids=owners, team_ids=now.team_ids if not now.user_ids else frozenset(), tags=now.tags, areas=now.areas)


def drawn_rings(page: Page, key: str) -> Rings:
    """Return what is drawn on the map `key` by now, without drawing it."""
    _take_drawn(page.text, key)
    return _kept(key)[0]


def put_rings(key: str, rings: Sequence[Sequence[tuple[float, float]]]) -> None:
    """Draw these rings on the map `key` in place of what is there; none clears it."""
    st.session_state[f"_{key}_rings"] = ([[(lat, lon) for lat, lon in ring] for ring in rings], _kept(key)[1] + 1)
    st.session_state[f"_{key}_put"] = True


def tapped_customer(key: str) -> int | None:
    """Return the customer that was tapped since the last run, once."""
    tap = _new_tap(key)
    wanted = tap.get("id") if tap.get("tap") == "customer" else None
    if not isinstance(wanted, int):
        return None
    _note(key)
    return wanted


def _take_drawn(text: Text, key: str) -> str:
    """Keep what was drawn since the last run; return the sentence of a refusal, empty when there is none."""
    tap = _new_tap(key)
    if tap.get("tap") != "rings":
        return ""
    _note(key)
    n = max(_kept(key)[1], tap["count"] if isinstance(tap.get("count"), int) else 0)
    try:
        rings = [list(ring) for ring in drawn_areas.read_rings(tap.get("rings"))]
    except FieldSalesError as error:
        # The map shows the line that was refused: what counts is drawn again in its place.
        st.session_state[f"_{key}_rings"] = (_kept(key)[0], n + 1)
        return sentence_of(text, error)
    st.session_state[f"_{key}_rings"] = (rings, n)
    return ""


def _kept(key: str) -> tuple[Rings, int]:
    kept: tuple[Rings, int] = st.session_state.get(f"_{key}_rings", ([], 0))
    return kept


def _new_tap(key: str) -> dict[str, Any]:
    """Return what the map said last if it was not taken yet: the component repeats it on every run."""
    value = last_tap(key)
    if value is None or value == st.session_state.get(f"_{key}_tap"):
        return {}
    try:
        tap = json.loads(value)
    except ValueError:
        return {}
    return tap if isinstance(tap, dict) else {}


def _note(key: str) -> None:
    st.session_state[f"_{key}_tap"] = last_tap(key)


def _labels(text: Text) -> dict[str, str]:
    _ = text.gettext
    return {
        "draw": _("Draw around"),
        "draw_more": _("Draw another"),
        "drawing": _("Draw now · stop"),
        "back": _("Take back the last area"),
        "clear": _("Remove the areas"),
    }
