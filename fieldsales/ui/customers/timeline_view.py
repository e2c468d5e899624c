"""Everything that happened at a customer, newest first: by kind, a portion at a time."""

from __future__ import annotations

import html

import streamlit as st

from fieldsales.errors import N_
from fieldsales.services.customers.customer_search import CustomerDetails
from fieldsales.services.customers.purchases import SalesSummary, sales_summary
from fieldsales.services.customers.timeline import TimelineItem, TimelineKind, read_timeline
from fieldsales.ui.customers import record_sheet, record_state
from fieldsales.ui.customers.record_undo import draw_undo
from fieldsales.ui.customers.timeline_items import draw_items
from fieldsales.ui.page import Page

PORTION = 20
MOST_SHOWN = 500
_SHOWN, _KINDS, _OF = "_timeline_shown", "timeline_kinds", "_timeline_of"
# The chips, each standing for one kind or several.
CHIPS: dict[str, tuple[str, tuple[TimelineKind, ...]]] = {
    "visits": (N_("Visit"), (TimelineKind.VISIT,)),
    "calls": (N_("Calls and mails"), (TimelineKind.CALL, TimelineKind.MAIL)),
    "notes": (N_("Notes"), (TimelineKind.NOTE,)),
    "purchases": (N_("Purchases"), (TimelineKind.PURCHASE,)),
    "requests": (N_("Requests and complaints"), (TimelineKind.REQUEST,)),
    "files": (N_("Photos and files"), (TimelineKind.FILE,)),
    "likelihood": (N_("Likelihood"), (TimelineKind.LIKELIHOOD,)),
}


def draw_timeline(page: Page, customer: CustomerDetails) -> None:
    """Draw the buttons that add, the sheet while one is open, and the timeline."""
    _ = page.text.gettext
    if st.session_state.get(_OF) != customer.id:
        st.session_state[_OF], st.session_state[_SHOWN] = customer.id, PORTION
    with st.container(key="timeline", gap="small"):
        st.html(f'<h3 class="fs-section">{html.escape(_("What happened"))}</h3>')
        record_sheet.draw_buttons(page)
        chosen = st.pills(
            _("Show only"),
            list(CHIPS),
            selection_mode="multi",
            format_func=lambda chip: _(CHIPS[chip][0]),
            key=_KINDS,
            label_visibility="collapsed",
            persist_state="page",
        )
        items, summary = _read(page, customer, chosen)
        if summary.count and (not chosen or "purchases" in chosen):
            st.html(_sales_html(page, summary))
        _draw_portion(page, items, filtered=bool(chosen))
    record_sheet.draw_sheet(page, customer)
    if record_state.opened() is None:  # it would lie over the sheet's buttons
        draw_undo(page)


def _read(page: Page, customer: CustomerDetails, chosen: list[str]) -> tuple[tuple[TimelineItem, ...], SalesSummary]:
    kinds = [kind for chip in chosen for kind in CHIPS[chip][1]] or None
    shown = st.session_state[_SHOWN]
    with page.database.read() as session:
        items = read_timeline(session, page.user, customer_id=customer.id, limit=shown + 1, kinds=kinds, zone=page.zone)
        return items, sales_summary(session, page.user, customer_id=customer.id, today=page.today)


def _draw_portion(page: Page, items: tuple[TimelineItem, ...], *, filtered: bool) -> None:
    _ = page.text.gettext
    shown = st.session_state[_SHOWN]
    if not items:
        st.caption(_("Nothing of this kind yet.") if filtered else _("Nothing yet. Record a visit, or add a note above."))
        return
    draw_items(page, items[:shown])
    if len(items) <= shown:
        return
    if shown >= MOST_SHOWN:
        st.caption(_("Choose a kind above to see older entries."))
        return
    st.button(_("Show more"), key="timeline_more", icon=":material/expand_more:", width="stretch", on_click=_show_more)


def _show_more() -> None:
    st.session_state[_SHOWN] = min(st.session_state.get(_SHOWN, PORTION) * 2, MOST_SHOWN)


def _sales_html(page: Page, summary: SalesSummary) -> str:
    _ = page.text.gettext
    last = page.text.day(summary.last_on, today=page.today) if summary.last_on else ""
    first = page.text.day(summary.first_on, today=page.today) if summary.first_on else ""
    figures = [
        (_("Sales in all"), page.text.money(summary.total)),
        (_("This year"), page.text.money(summary.this_year)),
        (_("Number of purchases"), page.text.number(summary.count)),
        (_("First and last"), f"{first} – {last}" if first != last else first),
    ]
    cells = "".join(f"<div><span>{html.escape(name)}</span><b>{html.escape(value)}</b></div>" for name, value in figures)
    return f'<div class="fs-sales">{cells}</div>'
