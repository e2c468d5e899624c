"""The merge itself: who stays, which value of each differing field, what moves, and one button."""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import Any

import streamlit as st

from fieldsales.errors import N_
from fieldsales.services.customers.customer_owners import assignable_owners
from fieldsales.services.duplicates import merging
from fieldsales.services.duplicates.duplicates import Pair
from fieldsales.services.duplicates.merge_choices import CUSTOM, FieldChoice, Side
from fieldsales.services.duplicates.merging import MergePreview
from fieldsales.ui.customers.customer_values import NOTHING, field_name, value_in_words
from fieldsales.ui.duplicates import merge_undo
from fieldsales.ui.duplicates.duplicates_view import go_on
from fieldsales.ui.format import one_line, plain
from fieldsales.ui.page import Page

_KEPT = "merge_kept"
MOVING = {
    "visits": N_("Visits"),
    "visit_drafts": N_("Drafts"),
    "contacts": N_("Contacts"),
    "check_ins": N_("Check-ins"),
    "purchases": N_("Purchases"),
    "customer_requests": N_("Requests and complaints"),
    "notes": N_("Notes"),
    "attachments": N_("Files and photos"),
    "plan_stops": N_("Stops of plans"),
}


def wants_merge() -> bool:
    """True when the URL asks for the merge of the chosen pair."""
    return st.query_params.get("merge") == "1"


def draw_merge(page: Page, pair: Pair) -> None:
    """Draw the preview with its choices, and merge when asked to."""
    _ = page.text.gettext
    with page.database.read() as session:
        proposed, _other = merging.propose_kept(session, page.user, customer_ids=pair)
        wanted: int | None = st.session_state.get(_KEPT)
        kept_id = wanted if wanted is not None and wanted in pair else proposed
        merged_id = pair[0] if kept_id == pair[1] else pair[1]
        preview = merging.preview_merge(session, page.user, kept_id=kept_id, merged_id=merged_id)
        owners = {owner_id: one_line(name) for owner_id, name in assignable_owners(session, page.user)}
    with st.container(key="duplicate_pair", gap="small"):
        st.button(_("Compare"), key="merge_back", icon=":material/arrow_back:", type="tertiary", on_click=_leave)
        st.title(_("Merge customers"), anchor=False)
        _draw_kept(page, preview, pair)
        if preview.fields:
            st.html(f'<h3 class="fs-section">{html.escape(_("Which value stays"))}</h3>')
        with st.container(key="merge_choices", gap="small"):
            for field in preview.fields:
                _draw_choice(page, preview, field, owners)
        st.html(_moving(page, preview))
        page.show_problem()
        with st.container(key="merge_bar"):
            merging_now = st.button(_("Merge into one"), key="merge_now", type="primary", width="stretch", icon=":material/merge:")
        if merging_now:
            _merge(page, pair, preview)


def _draw_kept(page: Page, preview: MergePreview, pair: Pair) -> None:
    _ = page.text.gettext
    names = {preview.kept_id: preview.kept_name, preview.merged_id: preview.merged_name}
    st.session_state[_KEPT] = preview.kept_id
    st.radio(
        _("Who stays"),
        pair,
        format_func=lambda customer_id: plain(names[customer_id]) + f" :gray[#{customer_id}]",
        key=_KEPT,
        persist_state=None,  # told to the browser in every run, and who stays of one pair says nothing about the next
    )
    st.caption(_("The other one goes to the archive; old links and its code lead here. The merge can be undone."))


def _draw_choice(page: Page, preview: MergePreview, field: FieldChoice, owners: Mapping[int, str]) -> None:
    _ = page.text.gettext
    key = _key(preview, field)
    st.session_state.setdefault(key, field.proposed)
    shown = {
        Side.KEPT: _in_words(page, field.kept, owners),
        Side.MERGED: _in_words(page, field.merged, owners),
        Side.BOTH: _("Both, one after the other"),
    }
    if shown[Side.KEPT] == shown[Side.MERGED]:  # one address, two pins
        shown[Side.KEPT] += " " + _("(pin of {name})").format(name=preview.kept_name)
        shown[Side.MERGED] += " " + _("(pin of {name})").format(name=preview.merged_name)
    label = field.name.removeprefix(CUSTOM) if field.name.startswith(CUSTOM) else field_name(page, field.name)
    st.radio(plain(label), list(field.offered), format_func=lambda side: plain(shown[side]), key=key, persist_state="page")
    page.show_problem(field.name)


def _in_words(page: Page, values: Mapping[str, Any], owners: Mapping[int, str]) -> str:
    words = []
    for name, value in values.items():
        if name == "owner_id":
            words.append(owners.get(value, f"#{value}") if value is not None else page.text.gettext("Nobody"))
        elif name != "team_id" and value is not None and value != "":
            words.append(value_in_words(page, name, value))
    return " · ".join(words) or NOTHING


def _moving(page: Page, preview: MergePreview) -> str:
    _ = page.text.gettext
    rows = [(_(MOVING[name]), page.text.number(number)) for name, number in preview.moving.items()]
    rows += [(_("Tags"), ", ".join(map(one_line, preview.new_tags)))] if preview.new_tags else []
    listed = "".join(f"<dt>{html.escape(name)}</dt><dd>{html.escape(value)}</dd>" for name, value in rows)
    title = html.escape(_("What moves along"))
    body = f'<dl class="fs-facts">{listed}</dl>' if rows else f"<p>{html.escape(_('Nothing hangs on the other one.'))}</p>"
    return f'<h3 class="fs-section">{title}</h3>{body}'


def _merge(page: Page, pair: Pair, preview: MergePreview) -> None:
    choices = {field.name: st.session_state.get(_key(preview, field), field.proposed) for field in preview.fields}
    with page.saving() as session:
        merge = merging.merge_customers(
            session,
            page.user,
            kept_id=preview.kept_id,
            merged_id=preview.merged_id,
            choices=choices,
            versions=preview.versions,
            now=page.now,
        )
    _forget()
    merge_undo.offer_undo(page, merge.id, preview.merged_name)
    go_on(page, pair)
    st.rerun()


def _key(preview: MergePreview, field: FieldChoice) -> str:
    return f"merge_{preview.kept_id}_{preview.merged_id}_{field.name}"


def _leave() -> None:
    st.query_params.pop("merge", None)
    _forget()


def _forget() -> None:
    for key in [key for key in st.session_state if isinstance(key, str) and key.startswith("merge_") and key[6:7].isdigit()]:
        del st.session_state[key]
    st.session_state.pop(_KEPT, None)
