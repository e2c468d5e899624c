"""One customer in brief: a sheet over the map on a phone, a floating panel on a desktop, the head of the full page."""

from __future__ import annotations

import html
from collections.abc import Callable

import streamlit as st

from fieldsales.domain.navigation_links import mail_link, navigation_links, phone_link
from fieldsales.domain.places import LocateStatus
from fieldsales.domain.words import VisitKind
from fieldsales.errors import N_
from fieldsales.services.customers.briefs import write_brief
from fieldsales.services.customers.customer_search import CustomerDetails
from fieldsales.services.visits.visits import VisitRow
from fieldsales.ui import words
from fieldsales.ui.copying import copy_button
from fieldsales.ui.customers.brief_view import draw_brief, draw_warning
from fieldsales.ui.customers.score_view import draw_suggestion
from fieldsales.ui.format import safe, safe_lines
from fieldsales.ui.page import Page
from fieldsales.ui.plan.plan_add_button import draw_add_to_plan
from fieldsales.ui.visits import check_in_view, visit_form

_LOGGED = (
    (VisitKind.CALL, N_("Log a call"), ":material/phone_in_talk:"),
    (VisitKind.EMAIL, N_("Log a mail"), ":material/outgoing_mail:"),
)


def draw_card(
    page: Page, customer: CustomerDetails, *, on_close: Callable[[], None], on_open: Callable[[], None], on_move: Callable[[], None]
) -> None:
    """Draw the card over the map: the brief, or the visit form while one is open."""
    _ = page.text.gettext
    with st.container(key="customer_card", gap="small"):
        draw_heading(page, customer)
        st.button(_("Close"), key="card_close", icon=":material/close:", type="tertiary", on_click=on_close)
        draw_warning(page, customer)
        client_ref = visit_form.open_reference(page, customer.id)
        if client_ref is not None:
            visit_form.draw_form(page, customer, client_ref)
            return
        with page.database.read() as session:
            brief = write_brief(session, page.user, customer_id=customer.id)
        draw_brief(page, customer, brief)
        draw_suggestion(page, customer)
        draw_actions(page, customer)
        draw_where(page, customer)
        draw_visits(page, customer.visits[:3])
        with st.container(key="card_more", horizontal=True, wrap=False):
            st.button(_("Open and edit"), key="card_open", type="tertiary", icon=":material/open_in_full:", on_click=on_open)
            st.button(_("Move pin"), key="card_move", type="tertiary", icon=":material/edit_location_alt:", on_click=on_move)


def draw_heading(page: Page, customer: CustomerDetails) -> None:
    """Draw likelihood and name."""
    name = html.escape(page.text.gettext(words.LIKELIHOODS[customer.likelihood]))
    kana = f'<div class="fs-kana">{safe(customer.name_kana)}</div>' if customer.name_kana else ""
    archived = f'<span class="fs-note">{html.escape(page.text.gettext("Archived"))}</span>' if customer.archived_at else ""
    badge = words.badge_html(customer.likelihood, name)
    st.html(f'<div class="fs-heading">{badge}<div><h2>{safe(customer.name)}{archived}</h2>{kana}</div></div>')


def draw_where(page: Page, customer: CustomerDetails) -> None:
    """Draw the address, to be copied by one touch, and how far its pin can be trusted."""
    _ = page.text.gettext
    code = f"〒{customer.postal_code} " if customer.postal_code else ""
    if not (code or customer.address):
        where = html.escape(_("No address"))
    else:
        where = f'<span class="fs-copy">{safe(code + customer.address)}</span>{copy_button(page, code + customer.address, _("Address"))}'
    st.html(f'<div class="fs-brief"><div class="fs-reach">{where}</div>{_pin_note(page, customer)}</div>')


def draw_actions(page: Page, customer: CustomerDetails) -> None:
    """Draw call, mail, navigate, and the one primary action: log a visit."""
    _ = page.text.gettext
    with st.container(key="card_actions", horizontal=True, wrap=False, gap="xsmall"):
        phone, mail = phone_link(customer.phone), mail_link(customer.email)
        if phone:
            st.link_button(_("Call"), phone, key="card_call", icon=":material/call:")
        if mail:
            st.link_button(_("Mail"), mail, key="card_mail", icon=":material/mail:")
        if customer.lat is not None and customer.lon is not None:
            with st.popover(_("Navigate"), icon=":material/navigation:", key="card_navigate"):
                for link in navigation_links(customer.lat, customer.lon, name=customer.name):
                    st.link_button(link.app, link.url, key=f"navigate_{link.app}", width="stretch")
    icon = ":material/edit_note:"
    here = (customer.id,)
    presence = check_in_view.draw_presence(page, customer)
    with st.container(key="card_main", horizontal=True, wrap=False, gap="xsmall"):
        check_in_view.draw_check_in(page, customer, presence)
        st.button(_("Log a visit"), key="log_visit", type="primary", icon=icon, width="stretch", on_click=visit_form.open_form, args=here)
    with st.container(key="card_log", horizontal=True, wrap=False, gap="xsmall"):
        for kind, label, icon in _LOGGED:
            args = (customer.id, kind)
            st.button(_(label), key=f"log_{kind.value}", icon=icon, type="tertiary", on_click=visit_form.open_form, args=args)
        draw_add_to_plan(page, customer)


def draw_visits(page: Page, visits: tuple[VisitRow, ...]) -> None:
    """Draw visits as a short timeline: when, what came of it, who, and what was noted."""
    _ = page.text.gettext
    if not visits:
        return
    items = "".join(_visit_item(page, visit) for visit in visits)
    title = html.escape(_("Visits"))  # outside the f-string, where the catalogue's reader finds it
    st.html(f'<h3 class="fs-section">{title}</h3><ul class="fs-timeline">{items}</ul>')


def _visit_item(page: Page, visit: VisitRow) -> str:
    _ = page.text.gettext
    day = page.text.day(visit.visited_at.astimezone(page.zone).date(), today=page.today)
    moved = ""
    if visit.likelihood_before is not visit.likelihood_after:
        before, after = (_(words.LIKELIHOODS_SHORT[k]) for k in (visit.likelihood_before, visit.likelihood_after))
        moved = f" · {html.escape(before)} → {html.escape(after)}"
    note = f'<div class="fs-quote">{safe_lines(visit.note)}</div>' if visit.note else ""
    head = f"<b>{html.escape(day)}</b> {html.escape(_(words.OUTCOMES[visit.outcome]))} · {safe(visit.who)}{moved}"
    return f"<li>{head}{note}</li>"


def _pin_note(page: Page, customer: CustomerDetails) -> str:
    """Return how far the pin can be trusted, when it cannot quite."""
    _ = page.text.gettext
    if customer.locate_pending:
        note = _("The place is being looked up.")
    elif customer.lat is None:
        note = _("No place found for this address.")
    elif customer.locate_status is LocateStatus.APPROXIMATE and customer.precision_m:
        note = _("Approximate place, within about {distance}.").format(distance=page.text.metres(customer.precision_m))
    else:
        return ""
    return f'<div class="fs-note">{html.escape(note)}</div>'
