"""The ways back on the duplicates screen and the customer page: from a merge, and from “not the same”."""

from __future__ import annotations

import streamlit as st

from fieldsales.services.duplicates import duplicates, merging
from fieldsales.services.duplicates.duplicates import Pair
from fieldsales.services.duplicates.merging import MergeRow
from fieldsales.ui.format import plain
from fieldsales.ui.page import Page

SHOWN_S = 60
_UNDO = "_undo_duplicate"


def offer_undo(page: Page, merge_id: int, name: str) -> None:
    """Confirm a merge in the next run, with the way back."""
    sentence = page.text.gettext("Merged: {name}").format(name=plain(name))
    st.session_state[_UNDO] = {"merge_id": merge_id, "sentence": sentence, "until": page.now.timestamp() + SHOWN_S}


def offer_together_again(page: Page, pair: Pair) -> None:
    """Confirm in the next run that two customers are two, with the way back."""
    sentence = page.text.gettext("Noted: two customers.")
    st.session_state[_UNDO] = {"pair": pair, "sentence": sentence, "until": page.now.timestamp() + SHOWN_S}


def draw_undo(page: Page) -> None:
    """Draw the bar after a decision; it fades by itself."""
    undo = st.session_state.get(_UNDO)
    if undo is None or page.now.timestamp() > undo["until"]:
        return
    number = undo.get("merge_id") or "_".join(map(str, undo["pair"]))
    with st.container(key=f"undo_bar_duplicate_{number}", horizontal=True, wrap=False, vertical_alignment="center"):
        st.markdown(undo["sentence"], wrap=False)
        if not st.button(page.text.gettext("Undo"), key="undo_duplicate", type="tertiary"):
            return
    st.session_state.pop(_UNDO)
    if "pair" in undo:
        take_together(page, undo["pair"])
    _undo_merge(page, undo["merge_id"])


def draw_merges(page: Page) -> None:
    """Draw the merges that can still be undone."""
    _ = page.text.gettext
    with page.database.read() as session:
        merges = merging.list_merges(session, page.user)
    if merges:
        with st.expander(_("Merged lately ({count})").format(count=page.text.number(len(merges))), key="merged_lately"):
            for merge in merges:
                draw_row(page, merge)


def draw_row(page: Page, merge: MergeRow) -> None:
    """Draw one merge with the way back."""
    _ = page.text.gettext
    with st.container(key=f"merge_{merge.id}", horizontal=True, vertical_alignment="center"):
        when = page.text.moment(merge.merged_at, zone=page.zone)
        names = _("{merged} went into {kept}").format(merged=plain(merge.merged_name), kept=plain(merge.kept_name))
        st.markdown(f"{names} :gray[{when} · {plain(merge.who)}]", width="stretch")
        if st.button(_("Undo merge"), key=f"unmerge_{merge.id}", icon=":material/undo:", type="tertiary"):
            _undo_merge(page, merge.id)


def take_together(page: Page, pair: Pair) -> None:
    """Forget that two customers were found to be two."""
    with page.saving() as session:
        duplicates.tell_apart(session, page.user, customer_ids=pair, apart=False)
    page.toast(page.text.gettext("Taken back."))
    st.rerun()


def _undo_merge(page: Page, merge_id: int) -> None:
    with page.saving() as session:
        merging.undo_merge(session, page.user, merge_id=merge_id, now=page.now)
    st.session_state.pop(_UNDO, None)
    page.toast(page.text.gettext("Two customers again, as before the merge."))
    st.rerun()
