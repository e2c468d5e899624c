"""A button that asks the browser once where it is, and hands over the answer of that tap: exactly once, whatever it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

import streamlit as st

from fieldsales.domain.check_in import CheckInReason, Position, read_position
from fieldsales.ui.page import Page

TIMEOUT_S = 15
_HANDLED = "_position_taps"
# Drawn here, because a shadow root does not see the page's icons.
_HTML = """
<button type="button">
  <svg viewBox="0 0 24 24" aria-hidden="true">
    <path d="M12 21.5s7-7.2 7-12.3a7 7 0 0 0-14 0c0 5.1 7 12.3 7 12.3Z"/><path d="m8.8 9.6 2.3 2.3 4.2-4.4"/>
  </svg>
  <span class="label" role="status"></span>
</button>
<p class="note"></p>
"""


@dataclass(frozen=True)
class PositionTap:
    """One tap: the position, or why there is none; `client_ref` was made for this tap in the browser."""

    client_ref: UUID
    position: Position | None
    failure: CheckInReason


_HERE = Path(__file__)
_draw = st.components.v2.component(
    "fieldsales.position_button",
    html=_HTML,
    css=_HERE.with_suffix(".css").read_text(encoding="utf-8"),
    js=_HERE.with_suffix(".js").read_text(encoding="utf-8"),
)


def position_button(page: Page, label: str, *, key: str, warns: bool = True) -> PositionTap | None:
    """Draw the button and return the tap that this run is for, if any; `warns` says beforehand when HTTPS is missing."""
    _ = page.text.gettext
    words = {
        "label": label,
        "waiting": _("Reading the position…"),
        "insecure": _("Reading the position needs HTTPS.") if warns else "",
        "timeout_ms": TIMEOUT_S * 1000,
        "heard": _handled()[-1],
    }
    answer = _draw(key=key, data=words, on_tapped_change=_hear).get("tapped")
    return tap_of(answer, now=page.now) if isinstance(answer, Mapping) and _is_new(answer.get("ref")) else None


def tap_of(answer: Mapping[str, object], *, now: datetime) -> PositionTap | None:
    """Return what a browser sent as a tap, None when it is none of ours."""
    try:
        client_ref = UUID(str(answer.get("ref")))
    except ValueError:
        return None
    read = read_position(answer, now=now)
    return PositionTap(client_ref, read, CheckInReason.NOT_GIVEN) if isinstance(read, Position) else PositionTap(client_ref, None, read)


def _hear() -> None:
    """Declare the event; what it brings is read where the button is drawn."""


def _is_new(ref: object) -> bool:
    """True for a reference that this session has not handed over yet: a rerun may bring the same answer again."""
    if ref in _handled():
        return False
    st.session_state[_HANDLED] = [*_handled()[-20:], ref]
    return True


def _handled() -> list[object]:
    known: list[object] = st.session_state.get(_HANDLED, [""])
    return known
