"""A few numbers side by side, each under its name."""

from __future__ import annotations

import html
from collections.abc import Sequence

import streamlit as st

from fieldsales.ui.page import Page


def draw_counts(page: Page, counts: Sequence[tuple[str, int]]) -> None:
    """Draw up to four (name, number) pairs in one line, on a phone too."""
    cells = "".join(f"<div><span>{html.escape(name)}</span> <b>{page.text.number(count)}</b></div>" for name, count in counts)
    st.html(f'<div class="fs-counts">{cells}</div>')
