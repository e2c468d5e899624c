"""One choice as a row of chips that follows the URL: the address says which is chosen, a tap writes it there."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st


def draw_url_chips(label: str, options: Mapping[str, str], *, chosen: str, parameter: str, key: str, show_label: bool = False) -> None:
    """Draw `options` (value of `parameter` → words, in their order), which scroll sideways on a phone; `chosen` is what the URL says."""
    if st.session_state.get(key) != chosen:
        st.session_state[key] = chosen
    st.pills(
        label,
        list(options),
        format_func=lambda option: options[option],
        key=key,
        label_visibility="visible" if show_label else "collapsed",
        on_change=_write,
        args=(key, parameter),
        required=True,
        wrap=False,
        persist_state="page",
    )


def _write(key: str, parameter: str) -> None:
    chosen = st.session_state[key]
    if chosen is not None:  # chips that were not drawn yet when somebody tapped elsewhere choose nothing
        st.query_params[parameter] = str(chosen)
