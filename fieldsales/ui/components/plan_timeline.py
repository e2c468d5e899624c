"""A planned day as a list whose stops can be dragged, by finger, mouse and keyboard; `plan_timeline.js` says what goes in and out.

What a person did comes back as events, each with a number `n` of its own, because the browser repeats its last one in every run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

_HERE = Path(__file__)
_HTML = """<div class="timeline"><div class="bar"><p class="note" role="alert"></p><button type="button" class="mode" hidden></button></div>
<ol class="day"></ol><div class="live" role="status" aria-live="polite"></div>
<details class="left" hidden><summary><span></span></summary><ul></ul></details></div>"""
_CSS = _HERE.with_suffix(".css").read_text(encoding="utf-8")
_JS = "\n".join(_HERE.with_name(name).read_text(encoding="utf-8") for name in ("plan_rows.js", "plan_drag.js", "plan_timeline.js"))
_HEARD = "_heard"


@dataclass(frozen=True, slots=True)
class Reordered:
    """All stops in the order they were put into; `n` is what the list waits to hear."""

    plan_id: int
    stop_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Opened:
    """A row that was tapped."""

    plan_id: int
    stop_id: int


@dataclass(frozen=True, slots=True)
class ReliefTapped:
    """What would let a left-out customer in: the `index`th of its reliefs, which was called `code`."""

    plan_id: int
    stop_id: int
    index: int
    code: str


def draw_plan_timeline(data: Mapping[str, Any], *, key: str) -> None:
    """Draw the list; `data` is made by `ui.plan.plan_timeline`."""
    heard = _heard(key).get("order", "")
    # Registered at each use: the registry belongs to Streamlit's runtime, and saying the same twice is free.
    st.components.v2.component("fieldsales_plan_timeline", html=_HTML, css=_CSS, js=_JS)(
        key=key,
        data={**data, "heard": heard},
        on_order_change=_nothing,
        on_opened_change=_nothing,
        on_relief_change=_nothing,
    )


def take_reordered(key: str) -> Reordered | None:
    """Return the new order of this run, once; needs no drawn list."""
    sent = _take(key, "order")
    ids = sent.get("ids") if sent else None
    if sent is None or not isinstance(ids, list) or not all(isinstance(i, int) for i in ids):
        return None
    return Reordered(sent["plan"], tuple(ids))


def take_opened(key: str) -> Opened | None:
    """Return the row tapped in this run, once."""
    sent = _take(key, "opened")
    return Opened(sent["plan"], sent["id"]) if sent is not None and isinstance(sent.get("id"), int) else None


def take_relief(key: str) -> ReliefTapped | None:
    """Return the relief tapped in this run, once."""
    sent = _take(key, "relief")
    if sent is None or not isinstance(sent.get("id"), int) or not isinstance(sent.get("index"), int):
        return None
    return ReliefTapped(sent["plan"], sent["id"], sent["index"], str(sent.get("code", "")))


def _take(key: str, name: str) -> Mapping[str, Any] | None:
    known = st.session_state.get(key)
    sent = known.get(name) if isinstance(known, Mapping) else None
    if not isinstance(sent, Mapping) or not isinstance(sent.get("plan"), int) or sent.get("n") == _heard(key).get(name):
        return None
    _heard(key)[name] = sent.get("n")
    return sent


def _heard(key: str) -> dict[str, Any]:
    heard: dict[str, Any] = st.session_state.setdefault(f"{_HEARD}_{key}", {})
    return heard


def _nothing() -> None:
    """Streamlit returns the state only of what has a callback."""
