"""What the page says between two runs: problems beside their field, and confirmations that outlive a rerun."""

from __future__ import annotations

import html

import streamlit as st

from fieldsales.errors import N_, FieldSalesError
from fieldsales.i18n import Text
from fieldsales.ui.format import plain

_NEXT_PROBLEM = "_next_problem"
_PROBLEM = "_problem"
_TOASTS = "_toasts"


class ScreenBroke(FieldSalesError):
    """A mistake of ours."""

    code = "screen_broke"
    status = 500
    message = N_("Something went wrong here. It has been noted; please try again, or tell your administrator when it happened.")


def begin_run() -> None:
    """Make what the last run could not save this run's problem, for exactly one run."""
    st.session_state[_PROBLEM] = st.session_state.pop(_NEXT_PROBLEM, None)


def remember_problem(error: FieldSalesError) -> None:
    """Keep what a save refused for the next run, which shows it."""
    st.session_state[_NEXT_PROBLEM] = error


def current_problem() -> FieldSalesError | None:
    """Return what the last save refused."""
    problem = st.session_state.get(_PROBLEM)
    return problem if isinstance(problem, FieldSalesError) else None


def sentence_of(text: Text, error: FieldSalesError) -> str:
    """Return an error's sentence for Streamlit's markdown; whatever a person typed in it is shown as text."""
    return plain(text.error(error))


def remember_toast(message: str) -> None:
    """Keep a confirmation for the next run."""
    st.session_state.setdefault(_TOASTS, []).append(message)


def show_toasts() -> None:
    """Show and forget the confirmations kept so far."""
    for message in st.session_state.pop(_TOASTS, []):
        st.toast(plain(message), icon=":material/check_circle:")


def show_refusal(text: Text, error: FieldSalesError) -> None:
    """Draw, in place of a page, why it cannot be shown and where to go on."""
    with st.container(key="refusal"):
        st.error(sentence_of(text, error), icon=":material/error:")


def send_to_login(text: Text) -> None:
    """Draw the way to the login for somebody whose session has ended."""
    _ = text.gettext
    sentence, label = html.escape(_("You have been logged out.")), html.escape(_("Log in"))
    with st.container(key="logged_out"):
        st.html(f'<p>{sentence}</p><p><a class="fs-action fs-primary" href="/login" target="_self">{label}</a></p>')
