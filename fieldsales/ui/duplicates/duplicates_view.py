"""Duplicates as a screen: the pairs that may be one customer, two of them side by side, and what to do with them."""

from __future__ import annotations

import html
from collections.abc import Sequence

import streamlit as st

from fieldsales.domain.duplicates import Reason
from fieldsales.errors import N_, FieldSalesError
from fieldsales.services.customers.customer_search import CustomerDetails, customer_details
from fieldsales.services.duplicates import duplicates, merging
from fieldsales.services.duplicates.duplicates import DuplicatePair, Pair
from fieldsales.ui import navigation
from fieldsales.ui.customers import customer_edit
from fieldsales.ui.customers.customer_values import NOTHING, field_name, value_in_words
from fieldsales.ui.duplicates import merge_undo
from fieldsales.ui.format import plain, safe
from fieldsales.ui.page import Page

PAIR, MERGED = "pair", "merged"
SHOWN = 50
_SKIPPED = "_duplicates_skipped"
REASONS = {
    Reason.PHONE: N_("Same phone number"),
    Reason.EMAIL: N_("Same e-mail address"),
    Reason.NAME: N_("Same name"),
    Reason.LIKE_NAME: N_("Similar name"),
    Reason.ADDRESS: N_("Same address"),
    Reason.NEAR: N_("Close to each other"),
    Reason.NO_ADDRESS: N_("One has no address"),
    Reason.KANA: N_("Same reading"),
}
_COMPARED = (
    "name", "name_kana", "kind", "stage", "likelihood", "address", "postal_code", "phone", "email", "contact_name", "owner_name", "code",
    "amount", "next_on", "next_action", "tags", "memo",
)  # fmt: skip


def chosen_pair() -> Pair | None:
    """Return the two customers that the URL names, the smaller id first; None for the list."""
    ids = [int(part) for part in st.query_params.get(PAIR, "").split("-") if part.isascii() and part.isdigit() and len(part) < 10]
    return (min(ids), max(ids)) if len(ids) == 2 else None


def open_pair(pair: Pair) -> None:
    """Open two customers side by side."""
    st.query_params[PAIR] = f"{pair[0]}-{pair[1]}"


def close_pair() -> None:
    """Go back to the list."""
    st.query_params.clear()


def draw_list(page: Page) -> None:
    """Draw the pairs, the likeliest first, and what was decided lately."""
    _ = page.text.gettext
    st.title(_("Duplicates"), anchor=False)
    with page.database.read() as session:
        found = duplicates.find_duplicates(session, page.user, limit=SHOWN)
    page.show_problem()
    if not found.total:
        st.success(_("No customer looks like another one."), icon=":material/check_circle:")
    else:
        count = page.text.ngettext("{count} pair may be one customer", "{count} pairs may be one customer each", found.total)
        st.caption(count.format(count=page.text.number(found.total)))
    with st.container(key="rows_duplicates", gap=None):
        for pair in found.pairs:
            ids = (pair.first.id, pair.second.id)
            key = f"row_duplicate_{ids[0]}_{ids[1]}"
            st.button(_row_label(page, pair), key=key, on_click=open_pair, args=(ids,), width="stretch", wrap=True)
    if found.total > len(found.pairs):
        st.caption(_("These are the likeliest. More follow once some of them are decided."))
    merge_undo.draw_merges(page)
    _draw_told_apart(page)


def draw_pair(page: Page, pair: Pair) -> None:
    """Draw two customers side by side, what differs marked, and the three ways on."""
    _ = page.text.gettext
    with page.database.read() as session:
        likeness = duplicates.compare_customers(session, page.user, customer_ids=pair)
        sides = [customer_details(session, page.user, customer_id=customer_id, visits=0) for customer_id in pair]
        refusal = _refusal(page, pair)
    with st.container(key="duplicate_pair", gap="small"):
        st.button(_("Duplicates"), key="pair_back", icon=":material/arrow_back:", type="tertiary", on_click=close_pair)
        st.html(_reasons(page, likeness.reasons if likeness else (), likely=bool(likeness and likeness.likely)))
        st.html(_comparison(page, sides))
        with st.container(key="pair_links", horizontal=True, wrap=False):
            for side in sides:
                link = navigation.path_of("customer")
                st.page_link(
                    link, label=plain(side.name), icon=":material/open_in_new:", query_params={"id": str(side.id)}, width="stretch"
                )
        page.show_problem()
        if refusal is not None:
            st.info(refusal, icon=":material/info:")
        _draw_ways_on(page, pair, mergeable=refusal is None)


def draw_duplicate_hint(page: Page, customer: CustomerDetails) -> None:
    """Draw, on a customer's page, who it may be once more, where it came from, and the way back from its newest merge."""
    _ = page.text.gettext
    with page.database.read() as session:
        found = duplicates.find_duplicates(session, page.user, customer_id=customer.id, limit=3)
        merges = merging.list_merges(session, page.user, customer_id=customer.id, limit=1)
    if st.query_params.get(MERGED):
        st.info(_("The customer you asked for has been merged into this one."), icon=":material/merge:")
    if not found.pairs and not merges:
        return
    with st.container(key="duplicate_hint", gap="xsmall"):
        for pair in found.pairs:
            other = pair.second if pair.first.id == customer.id else pair.first
            why = ", ".join(_(REASONS[reason]) for reason in pair.reasons)
            st.page_link(
                navigation.path_of("duplicates"),
                label=_("Perhaps the same as {name} ({why})").format(name=plain(other.name), why=why),
                icon=":material/content_copy:",
                query_params={PAIR: f"{pair.first.id}-{pair.second.id}"},
            )
        for merge in merges:
            merge_undo.draw_row(page, merge)


def follow_merge(page: Page, customer: CustomerDetails) -> None:
    """Lead an old link to the customer that was kept; the page there says so, and goes on with what was being typed here."""
    if customer.merged_into_id is None:
        return
    with page.database.read() as session:
        kept_id = merging.kept_of(session, page.user, customer_id=customer.id)
    typing = customer_edit.take_along(page, customer.id, kept_id)
    st.query_params.from_dict({"id": str(kept_id), MERGED: "1"} | ({"edit": "1"} if typing else {}))
    st.rerun()


def go_on(page: Page, pair: Pair) -> None:
    """Open the likeliest pair that is neither `pair` nor skipped, or the list when there is none."""
    skipped = {*st.session_state.get(_SKIPPED, ()), pair}
    with page.database.read() as session:
        found = duplicates.find_duplicates(session, page.user, limit=SHOWN + len(skipped))
    waiting = [ids for p in found.pairs if (ids := (p.first.id, p.second.id)) not in skipped]
    st.query_params.clear()
    if waiting:
        open_pair(waiting[0])


def _draw_ways_on(page: Page, pair: Pair, *, mergeable: bool) -> None:
    _ = page.text.gettext
    with st.container(key="pair_buttons", horizontal=True, wrap=False):
        apart = st.button(_("Not the same"), key="pair_apart", width="stretch")
        later = st.button(_("Later"), key="pair_later", width="stretch")
        merge = st.button(_("Merge"), key="pair_merge", type="primary", width="stretch", disabled=not mergeable)
    if merge:
        st.query_params["merge"] = "1"
        st.rerun()
    if later:
        st.session_state[_SKIPPED] = {*st.session_state.get(_SKIPPED, ()), pair}
        go_on(page, pair)
        st.rerun()
    if apart:
        with page.saving() as session:
            duplicates.tell_apart(session, page.user, customer_ids=pair)
        merge_undo.offer_together_again(page, pair)
        go_on(page, pair)
        st.rerun()


def _refusal(page: Page, pair: Pair) -> str | None:
    """Return why the user cannot merge these two, None when they can."""
    try:
        with page.database.read() as session:
            merging.propose_kept(session, page.user, customer_ids=pair)
    except FieldSalesError as error:
        return plain(page.text.error(error))
    return None


def _row_label(page: Page, pair: DuplicatePair) -> str:
    _ = page.text.gettext
    icon = ":material/content_copy:" if pair.likely else ":material/help:"
    why = " · ".join(_(REASONS[reason]) for reason in pair.reasons)
    names = f"**{plain(pair.first.name)}**\n:small[{plain(pair.second.name)}]"
    return f"{icon} {names}\n:small[:gray[{why}]]"


def _reasons(page: Page, reasons: Sequence[Reason], *, likely: bool) -> str:
    _ = page.text.gettext
    verdict = _("Probably one customer") if likely else (_("Possibly one customer") if reasons else _("Little speaks for one customer"))
    tags = "".join(f' <span class="fs-tag">{html.escape(_(REASONS[reason]))}</span>' for reason in reasons)
    return f'<div class="fs-verdict"><b>{html.escape(verdict)}</b>{tags}</div>'


def _comparison(page: Page, sides: Sequence[CustomerDetails]) -> str:
    _ = page.text.gettext
    rows = [(_label(page, name), [_value(page, side, name) for side in sides]) for name in _COMPARED]
    own = sorted({key for side in sides for key in side.custom})
    rows += [(key, [side.custom.get(key, "") or NOTHING for side in sides]) for key in own]
    drawn = "".join(_comparison_row(page, label, values) for label, values in rows if set(values) != {NOTHING})
    return f'<div class="fs-compare">{drawn}</div>'


def _comparison_row(page: Page, label: str, values: list[str]) -> str:
    differs = len(set(values)) > 1
    mark = f' <span class="fs-mark">{html.escape(page.text.gettext("differs"))}</span>' if differs else ""
    cells = "".join(f'<div class="fs-cell">{safe(value)}</div>' for value in values)
    return f'<div class="fs-pair{" fs-differs" if differs else ""}"><div class="fs-label">{safe(label)}{mark}</div>{cells}</div>'


def _label(page: Page, name: str) -> str:
    return field_name(page, "owner_id" if name == "owner_name" else name)


def _value(page: Page, side: CustomerDetails, name: str) -> str:
    return value_in_words(page, name, getattr(side, name))


def _draw_told_apart(page: Page) -> None:
    _ = page.text.gettext
    with page.database.read() as session:
        told = duplicates.list_told_apart(session, page.user)
    if not told:
        return
    with st.expander(_("Found to be two ({count})").format(count=page.text.number(len(told))), key="told_apart"):
        for one, other in told:
            with st.container(key=f"apart_{one.id}_{other.id}", horizontal=True, vertical_alignment="center"):
                st.markdown(f"{plain(one.name)} / {plain(other.name)}", width="stretch")
                if st.button(_("Take back"), key=f"together_{one.id}_{other.id}", icon=":material/undo:", type="tertiary"):
                    merge_undo.take_together(page, (one.id, other.id))
