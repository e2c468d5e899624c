"""A note that is stored while it is typed: Streamlit's own text area speaks only when it is left.

The text lives in the browser (a copy in localStorage until the server has stored it) and on the server (the draft);
`note_field.js` says how the two agree. Typing never waits for a run, and a run never touches what is being typed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import streamlit as st

_FORGOTTEN, _REMEMBERED = "_forgotten_notes", 20
_HERE = Path(__file__)
_HTML = """<label for="note"></label>
<textarea id="note" rows="1" aria-describedby="note_status note_problem" autocapitalize="sentences"></textarea>
<p id="note_problem" role="alert"></p><p id="note_status" role="status"></p>"""
_CSS = _HERE.with_suffix(".css").read_text(encoding="utf-8")
_JS = _HERE.with_suffix(".js").read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True)
class NoteWords:
    """What the field says, in the reader's language; `too_long` may hold `{count}` for the number of characters there are."""

    label: str
    placeholder: str
    stored: str
    waiting: str
    too_long: str


@dataclass(frozen=True, slots=True)
class Typed:
    """A text that came from the browser; `n` differs each time it is sent."""

    text: str
    n: str


def draw_note_field(words: NoteWords, *, client_ref: UUID, text: str, limit: int, key: str, local: bool = False) -> None:
    """Draw the field; `text` is what the server has stored under `client_ref`, and nothing else.

    With `local` nothing is stored while one types: the text is sent when the field is left, and the browser's copy
    keeps it until then.
    """
    forgotten: list[str] = st.session_state.get(_FORGOTTEN, [])
    if str(client_ref) in forgotten:  # a form that was thrown away and opened again: its new words are not to be forgotten
        forgotten.remove(str(client_ref))
    data = {
        "ref": str(client_ref),
        "text": text,
        "limit": limit,
        "local": local,
        "label": words.label,
        "placeholder": words.placeholder,
        "words": {"stored": words.stored, "waiting": words.waiting, "too_long": words.too_long},
    }
    # Registered at each use: the registry belongs to Streamlit's runtime, and saying the same twice is free.
    st.components.v2.component("fieldsales_note_field", html=_HTML, css=_CSS, js=_JS)(key=key, data=data, on_note_change=_nothing)


def typed_note(key: str, *, client_ref: UUID) -> Typed | None:
    """Return what was typed last into the field `key` under `client_ref`, None for nothing yet; needs no drawn field."""
    known = st.session_state.get(key)
    sent = known.get("note") if isinstance(known, Mapping) else None
    if not isinstance(sent, Mapping) or sent.get("ref") != str(client_ref):
        return None
    typed, n = sent.get("text"), sent.get("n")
    return Typed(typed, n) if isinstance(typed, str) and isinstance(n, str) else None


def forget_copy(client_ref: UUID) -> None:
    """Let the browser forget its copy of a note that was recorded or thrown away; done in the next run."""
    st.session_state.setdefault(_FORGOTTEN, []).append(str(client_ref))


def draw_forgetting() -> None:
    """Tell the browser which copies to forget; invisible."""
    forgotten = st.session_state.get(_FORGOTTEN, [])
    if forgotten:
        # Named in every run of this session: a page that reloads just now must not miss it.
        data = {"forget": forgotten[-_REMEMBERED:]}
        with st.container(key="forgotten_notes"):
            st.components.v2.component("fieldsales_forgotten_notes", js=_JS)(key="forgotten_notes_list", data=data)


def _nothing() -> None:
    """Streamlit returns the state only of what has a callback."""
