"""The fix list's parts: how many lack a good pin and why, and the rows to tap; what is chosen stands in the URL."""

from __future__ import annotations

import streamlit as st

from fieldsales.adapters.geocoding.gazetteer import Gazetteer
from fieldsales.domain.words import Role
from fieldsales.services.pins.fix_list import Problem, ProblemList, list_problems
from fieldsales.services.pins.locating import LocationCounts, PinState, location_counts
from fieldsales.ui import navigation, words
from fieldsales.ui.counts import draw_counts
from fieldsales.ui.format import plain
from fieldsales.ui.page import Page, open_page
from fieldsales.ui.pins import problem_words

CUSTOMER, REASON = "customer", "reason"
PAGE_LENGTH = 50
_REFRESH_S = 2.0
_SEARCH = "fix_search"
_SHOWN = "_fix_shown"
_REASON_WIDGET = "fix_reason"
_WAS_PENDING = "_fix_was_pending"


def chosen_id() -> int | None:
    """Return the customer whose problem is open, None for the list."""
    value = st.query_params.get(CUSTOMER, "")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else None


def open_problem(customer_id: int) -> None:
    """Open one customer's problem."""
    st.query_params[CUSTOMER] = str(customer_id)


def close_problem() -> None:
    """Go back to the list."""
    st.query_params.pop(CUSTOMER, None)


def draw_head(page: Page) -> None:
    """Draw the title, what an installed gazetteer would improve, and the counts."""
    _ = page.text.gettext
    st.title(_("Places to fix"), anchor=False)
    draw_gazetteer_note(page)
    with page.database.read() as session:
        counts = location_counts(session, page.user)
    # While addresses are being looked up the numbers follow by themselves; otherwise nothing runs in the background.
    st.fragment(_draw_live_counts, run_every=_REFRESH_S if counts.pending else None)()


def draw_gazetteer_note(page: Page) -> None:
    """Say in one sentence what installing the gazetteer would improve, if there is none."""
    if Gazetteer(page.runtime.settings.gazetteer_path).installed:
        return
    _ = page.text.gettext
    with st.container(key="gazetteer_note"):
        if page.user.role is not Role.ADMIN:
            sentence = _(
                "Only municipalities are known. With the address data, which your administrator can install, "
                "most places are found to a few hundred metres."
            )
            st.info(sentence, icon=":material/info:")
            return
        st.info(
            _("Only municipalities are known. With the address data most places are found to a few hundred metres."), icon=":material/info:"
        )
        link = navigation.path_of("admin")
        st.page_link(link, label=_("Install the address data"), icon=":material/download:", query_params={"tab": "gazetteer"})


def draw_list(page: Page) -> None:
    """Draw the reasons to choose from and the customers, those without any place first."""
    _ = page.text.gettext
    reason = _reason()
    limit = int(st.session_state.get(_SHOWN, PAGE_LENGTH))
    searched = st.session_state.get(_SEARCH, "")
    with page.database.read() as session:
        found = list_problems(session, page.user, reason=reason, text=searched, limit=limit)
    if not found.total:
        st.success(_("Every customer has a good pin."), icon=":material/check_circle:")
        st.page_link(navigation.path_of("map"), label=_("Open the map"), icon=":material/map:")
        return
    if found.total > PAGE_LENGTH or searched:  # a list that has become short must not be narrowed by a box that nobody sees
        st.text_input(
            _("Search"),
            key=_SEARCH,
            placeholder=_("Name, address, phone"),
            icon=":material/search:",
            max_chars=200,
            label_visibility="collapsed",
            persist_state="page",
        )
    _draw_reasons(page, found, reason)
    if not found.rows:
        st.caption(_("No customer matches."))
    with st.container(key="rows_fix", gap=None):
        for problem in found.rows:
            label = _row_label(page, problem)
            key = f"row_fix_{problem.customer_id}"
            st.button(label, key=key, on_click=open_problem, args=(problem.customer_id,), width="stretch", wrap=True)
    if found.matching > len(found.rows):
        st.button(_("Show more"), key="fix_more", on_click=_show_more, args=(limit,), width="stretch")


def state_in_words(page: Page, problem: Problem) -> str:
    """Return how good the best guess is: its radius, or that there is none."""
    _ = page.text.gettext
    if problem.lat is None:
        return _("No place")
    if not problem.precision_m:
        return _("Approximate")
    return _("within {distance}").format(distance=page.text.metres(problem.precision_m))


def _draw_live_counts() -> None:
    page = open_page()  # this part also runs by itself, and then has to ask again who is looking
    with page.database.read() as session:
        counts = location_counts(session, page.user)
    _draw_location_counts(page, counts)
    finished = not counts.pending and st.session_state.get(_WAS_PENDING, False)
    st.session_state[_WAS_PENDING] = counts.pending > 0
    if finished:
        st.rerun()


def _draw_location_counts(page: Page, counts: LocationCounts) -> None:
    _ = page.text.gettext
    draw_counts(
        page,
        [
            (_("Located"), counts.located),
            (_("Approximate"), counts.approximate),
            (_("No place"), counts.unlocated),
            (_("Looking up"), counts.pending),
        ],
    )
    if counts.pending:
        done = counts.total - counts.pending
        sentence = _("Looking up addresses: {done} of {total}")
        st.progress(done / counts.total, text=sentence.format(done=page.text.number(done), total=page.text.number(counts.total)))
    else:
        total = page.text.ngettext("{count} customer in all", "{count} customers in all", counts.total)
        st.caption(total.format(count=page.text.number(counts.total)))


def _draw_reasons(page: Page, found: ProblemList, reason: str) -> None:
    _ = page.text.gettext
    offered = [name for name in problem_words.SHORT if found.reasons.get(name)]
    if reason and reason not in offered:
        offered.append(reason)
    if st.session_state.get(_REASON_WIDGET) != (reason or None):
        st.session_state[_REASON_WIDGET] = reason or None
    with st.container(key="map_filters_fix", horizontal=True, wrap=False):
        st.pills(
            _("Reason"),
            offered,
            format_func=lambda name: f"{_(problem_words.SHORT[name])} {page.text.number(found.reasons.get(name, 0))}",
            key=_REASON_WIDGET,
            label_visibility="collapsed",
            on_change=_write_reason,
            wrap=False,
            persist_state="page",
        )


def _row_label(page: Page, problem: Problem) -> str:
    _ = page.text.gettext
    reason = _(problem_words.SHORT[problem.reason])
    why = reason if problem.state is PinState.PENDING else f"{reason} · {state_in_words(page, problem)}"
    address = plain(problem.address) or plain(problem.postal_code) or "–"
    return f"{words.badge(problem.likelihood)} **{plain(problem.name) or '–'}**\n:small[{why}]\n:small[:gray[{address}]]"


def _reason() -> str:
    asked = st.query_params.get(REASON, "")
    return asked if asked in problem_words.SHORT else ""


def _write_reason() -> None:
    reason = st.session_state[_REASON_WIDGET]
    st.session_state.pop(_SHOWN, None)
    if reason:
        st.query_params[REASON] = reason
    else:
        st.query_params.pop(REASON, None)


def _show_more(limit: int) -> None:
    st.session_state[_SHOWN] = limit + PAGE_LENGTH
