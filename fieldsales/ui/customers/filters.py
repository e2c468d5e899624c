"""The filter shared by map and list: chips and a popover, kept in the URL so that a view can be sent to a colleague.

The URL is the truth: each run reads the filter from it, and a widget that changes writes the whole filter back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from fieldsales.domain.cadence import DueState
from fieldsales.domain.customer_filter import MAX_DAYS, MAX_QUERY, CustomerFilter
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.words import Kind, Stage
from fieldsales.errors import FieldSalesError
from fieldsales.services.customers.customer_search import FilterChoices
from fieldsales.ui import words
from fieldsales.ui.format import one_line
from fieldsales.ui.messages import sentence_of
from fieldsales.ui.page import Page

PARAMETERS = ("likelihood", "owner", "kind", "stage", "tag", "not_visited_days", "due", "problem", "q")
SAVED = "saved"
VIEW_PARAMETERS = (SAVED, "colour", "order")
_REMEMBERED = "_filter_query"
_LIKELIHOODS, _OWNERS, _KINDS, _TAGS = "filter_likelihood", "filter_owner", "filter_kind", "filter_tag"
_STAGES = "filter_stage"
_DAYS, _DUE, _PROBLEM, _TEXT = "filter_days", "filter_due", "filter_problem", "filter_text"
_SCREEN = "_filter_screen"
_DUE_STATES = (DueState.OVERDUE, DueState.DUE)


def read_filter(page: Page) -> CustomerFilter:
    """Return the filter that the URL asks for; an unreadable URL filters nothing and says so."""
    try:
        return _filter_of_url()
    except FieldSalesError as error:
        _say_unreadable(page, error)
        return CustomerFilter()


def remember_query() -> None:
    """Note the filter of the URL, its saved view, colouring and order for `remembered_query`; an unreadable URL changes nothing."""
    try:
        customer_filter = _filter_of_url()
    except FieldSalesError:
        return
    kept = {name: st.query_params.get_all(name) for name in VIEW_PARAMETERS if name in st.query_params}
    st.session_state[_REMEMBERED] = customer_filter.to_query() | kept


def _filter_of_url() -> CustomerFilter:
    return CustomerFilter.from_query({name: st.query_params.get_all(name) for name in PARAMETERS if name in st.query_params})


def remembered_query() -> dict[str, list[str]]:
    """Return the filter last used in this session, with its saved view, colouring and order, for links between map and list."""
    remembered = st.session_state.get(_REMEMBERED)
    return dict(remembered) if isinstance(remembered, dict) else {}


def begin_screen(screen: str, *more: str) -> None:
    """Forget what the filter's widgets, and those of `more`, held on another screen; to be called before any is drawn.

    The screens share their keys. What a widget held on the other one can still be read in the first run here, but the
    widget itself is drawn without it: taken for shown, it would stay empty.
    """
    if st.session_state.get(_SCREEN) == screen:
        return
    st.session_state[_SCREEN] = screen
    for key in (_LIKELIHOODS, _OWNERS, _KINDS, _STAGES, _TAGS, _DAYS, _DUE, _PROBLEM, _TEXT, *more):
        st.session_state.pop(key, None)


def draw_chips(page: Page, customer_filter: CustomerFilter) -> None:
    """Draw the likelihoods as chips in the colours of their pins, then the relations: approach list, clients, dormant."""
    _ = page.text.gettext
    _show(_LIKELIHOODS, [k for k in Likelihood if k in customer_filter.likelihoods])
    st.pills(
        _("Likelihood"),
        list(Likelihood),
        selection_mode="multi",
        format_func=lambda k: _(words.LIKELIHOODS_SHORT[k]),
        key=_LIKELIHOODS,
        label_visibility="collapsed",
        on_change=_write,
        args=(customer_filter,),
        wrap=False,
        persist_state="page",
    )
    _show(_STAGES, [s for s in Stage if s in customer_filter.stages])
    st.pills(
        _("Relation"),
        list(Stage),
        selection_mode="multi",
        format_func=lambda s: _(words.STAGES[s]),
        key=_STAGES,
        label_visibility="collapsed",
        on_change=_write,
        args=(customer_filter,),
        wrap=False,
        persist_state="page",
    )


def draw_search(page: Page, customer_filter: CustomerFilter) -> None:
    """Draw the free-text search: names, kana, address, phone."""
    _ = page.text.gettext
    _show(_TEXT, customer_filter.text)
    st.text_input(
        _("Search"),
        key=_TEXT,
        placeholder=_("Name, address, phone"),
        icon=":material/search:",
        max_chars=MAX_QUERY,
        label_visibility="collapsed",
        on_change=_write,
        args=(customer_filter,),
        persist_state="page",
    )


def draw_more(page: Page, customer_filter: CustomerFilter, choices: FilterChoices) -> None:
    """Draw the rest of the filter, to stand in a popover."""
    _ = page.text.gettext
    write: dict[str, Any] = {"on_change": _write, "args": (customer_filter,)}
    many: dict[str, Any] = write | {"select_all": False}  # everything chosen is nothing left out
    names = {0: _("Nobody")} | {i: one_line(name) for i, name in choices.owners}
    owners = [*names, *sorted(customer_filter.owner_ids - names.keys())]
    _show(_OWNERS, sorted(customer_filter.owner_ids))
    st.multiselect(
        _("Owner"),
        owners,
        format_func=lambda i: names.get(i, f"#{i}"),
        key=_OWNERS,
        placeholder=_("Everybody"),
        **many,
        persist_state="page",
    )
    _show(_KINDS, [k for k in Kind if k in customer_filter.kinds])
    st.pills(
        _("Kind"), list(Kind), selection_mode="multi", format_func=lambda k: _(words.KINDS[k]), key=_KINDS, **write, persist_state="page"
    )
    tags = sorted({*choices.tags, *customer_filter.tags})
    _show(_TAGS, sorted(customer_filter.tags))  # also undrawn: `_write` reads it
    if tags:
        st.multiselect(_("Tags"), tags, format_func=one_line, key=_TAGS, placeholder=_("Any"), **many, persist_state="page")
    _show(_DUE, [state for state in _DUE_STATES if state in customer_filter.due])
    st.pills(
        _("Due"), _DUE_STATES, selection_mode="multi", format_func=lambda s: _(words.DUE_STATES[s]), key=_DUE, **write, persist_state="page"
    )
    _show(_DAYS, customer_filter.not_visited_days)
    st.number_input(
        _("Not visited for (days)"), 0, MAX_DAYS, value=None, step=10, key=_DAYS, placeholder=_("Any"), **write, persist_state="page"
    )
    _show(_PROBLEM, customer_filter.has_problem)
    st.toggle(_("Only without a certain place"), key=_PROBLEM, **write, persist_state="page")
    st.button(_("Clear filter"), key="filter_clear", type="tertiary", icon=":material/filter_alt_off:", on_click=clear_filter)


def count_more(customer_filter: CustomerFilter) -> int:
    """Return how many parts of the filter the popover hides."""
    return len(replace(customer_filter, likelihoods=frozenset(), stages=frozenset(), text="").to_query())


def clear_filter() -> None:
    """Take the filter out of the URL; what else is there stays, but no saved view is meant any more."""
    _set_parameters(CustomerFilter())
    st.query_params.pop(SAVED, None)


def show_query(query: Mapping[str, Sequence[str]]) -> None:
    """Put filter, colouring and order of `query` into the URL in place of those that are there."""
    gone = {*PARAMETERS, *VIEW_PARAMETERS, "page"}
    kept = {name: st.query_params.get_all(name) for name in st.query_params if name not in gone}
    st.query_params.from_dict(kept | {name: list(values) for name, values in query.items()})


def current_query() -> dict[str, list[str]]:
    """Return filter, colouring and order as the URL has them, for a saved view."""
    return {name: st.query_params.get_all(name) for name in (*PARAMETERS, "colour", "order") if name in st.query_params}


def filter_likelihoods(likelihoods: frozenset[Likelihood]) -> None:
    """Let the URL ask for these likelihoods and, for the rest, for what it asked for."""
    st.query_params.pop("page", None)
    if likelihoods:
        st.query_params["likelihood"] = ",".join(k.value for k in Likelihood if k in likelihoods)
    else:
        st.query_params.pop("likelihood", None)


def _write(before: CustomerFilter) -> None:
    """Write what the widgets now say into the URL; parts whose widget was not drawn stay as they were `before`."""
    state = st.session_state
    changed = replace(
        before,
        likelihoods=frozenset(state.get(_LIKELIHOODS, before.likelihoods)),
        owner_ids=frozenset(state.get(_OWNERS, before.owner_ids)),
        kinds=frozenset(state.get(_KINDS, before.kinds)),
        stages=frozenset(state.get(_STAGES, before.stages)),
        tags=frozenset(state.get(_TAGS, before.tags)),
        not_visited_days=state.get(_DAYS, before.not_visited_days),
        due=frozenset(state.get(_DUE, before.due)),
        has_problem=bool(state.get(_PROBLEM, before.has_problem)),
        text=str(state.get(_TEXT, before.text) or "").strip(),
    )
    _set_parameters(changed)


def _set_parameters(customer_filter: CustomerFilter) -> None:
    kept = {name: st.query_params.get_all(name) for name in st.query_params if name not in PARAMETERS and name != "page"}
    st.query_params.from_dict(kept | customer_filter.to_query())


def _show(key: str, value: object) -> None:
    """Let the widget of `key` show `value`, without touching it when it does: a second tap may be under way."""
    if st.session_state.get(key) != value or key not in st.session_state:
        st.session_state[key] = value


def _say_unreadable(page: Page, error: FieldSalesError) -> None:
    _ = page.text.gettext
    sentence = _("The address of this page asks for a filter that does not exist; all customers are shown.")
    with st.container(key="bad_filter"):
        st.warning(f"{sentence} {sentence_of(page.text, error)}", icon=":material/filter_alt_off:")
        st.button(_("Clear filter"), key="bad_filter_clear", on_click=clear_filter)
