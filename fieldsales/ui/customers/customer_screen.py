"""The customer page: warning, brief and big actions first, then people, facts, timeline and history."""

from __future__ import annotations

import html

import streamlit as st

from fieldsales.domain.words import ChangeCause
from fieldsales.errors import CustomerNotFound
from fieldsales.services.access import holds_delete
from fieldsales.services.customers.customer_history import Change, list_changes, restore_change
from fieldsales.services.customers.customer_page import CustomerPage, read_customer_page
from fieldsales.services.customers.customer_search import CustomerDetails
from fieldsales.services.customers.customers import archive_customer
from fieldsales.ui import navigation
from fieldsales.ui.customers import attachments_view, filters, timeline_view
from fieldsales.ui.customers.brief_view import draw_brief, draw_warning
from fieldsales.ui.customers.contacts_view import draw_contacts, is_editing
from fieldsales.ui.customers.customer_card import draw_actions, draw_heading, draw_where
from fieldsales.ui.customers.customer_edit import ask_edit
from fieldsales.ui.customers.customer_facts import draw_facts
from fieldsales.ui.customers.customer_values import changes_in_words
from fieldsales.ui.customers.likelihood_chart import draw_chart
from fieldsales.ui.customers.score_view import draw_suggestion
from fieldsales.ui.duplicates import duplicates_view
from fieldsales.ui.format import plain
from fieldsales.ui.page import Page
from fieldsales.ui.pins.pin_proposal_view import draw_pin_proposal
from fieldsales.ui.visits import visit_form
from fieldsales.ui.visits.check_in_view import draw_check_ins
from fieldsales.ui.visits.visit_history import draw_visit_history
from fieldsales.ui.words import CAUSES


def wants_new() -> bool:
    """True when the URL asks for the form of a new customer."""
    return st.query_params.get("new") == "1"


def wants_edit() -> bool:
    """True when the URL asks for the form of this customer."""
    return st.query_params.get("edit") == "1"


def read_page(page: Page) -> CustomerPage:
    """Return everything about the customer that the URL names.

    Raises:
        CustomerNotFound: it names none that the user may see.
    """
    asked = st.query_params.get("id", "")
    if not (asked.isascii() and asked.isdigit() and len(asked) < 10):
        raise CustomerNotFound()
    with page.database.read() as session:
        shown = read_customer_page(session, page.user, customer_id=int(asked))
    duplicates_view.follow_merge(page, shown.customer)
    return shown


def draw_way_back(page: Page) -> None:
    """Draw the link to the list as it was filtered last."""
    _ = page.text.gettext
    link = navigation.path_of("customers")
    with st.container(key="way_back"):
        st.page_link(link, label=_("Customers"), icon=":material/arrow_back:", query_params=filters.remembered_query())


def draw_customer(page: Page, shown: CustomerPage) -> None:
    """Draw what one needs before and at the door, or the visit form while it is open."""
    customer = shown.customer
    with st.container(key="customer_page"):
        draw_heading(page, customer)
        draw_warning(page, customer)
        client_ref = visit_form.open_reference(page, customer.id)
        if client_ref is not None:
            visit_form.draw_form(page, customer, client_ref)
            return
        draw_brief(page, customer, shown.brief)
        draw_suggestion(page, customer)
        draw_actions(page, customer)
        draw_where(page, customer)
        draw_pin_proposal(page, customer)
        duplicates_view.draw_duplicate_hint(page, customer)
        draw_contacts(page, customer, shown.contacts)
        _draw_facts(page, shown)
        draw_chart(page, shown.likelihoods)
        timeline_view.draw_timeline(page, customer)
        draw_check_ins(page, customer)
        attachments_view.draw_attachments(page, customer)


def draw_history(page: Page, customer: CustomerDetails) -> None:
    """Draw every change with the way back, once somebody opens it, and the archive."""
    _ = page.text.gettext
    with st.container(key="customer_rest"):
        opened = st.expander(_("History of changes"), key="customer_history", icon=":material/history:", on_change="rerun")
        if opened.open:
            with page.database.read() as session:
                changes = list_changes(session, page.user, customer_id=customer.id)
            with opened:
                for change in changes:
                    _draw_change(page, change)
        draw_visit_history(page, customer_id=customer.id)
        _draw_archive(page, customer)
        if not (wants_edit() or is_editing(customer.id)):  # a sheet shows what belongs to it
            page.show_problem()


def _draw_facts(page: Page, shown: CustomerPage) -> None:
    """Draw the record itself with the way to change it."""
    _ = page.text.gettext
    customer = shown.customer
    with st.container(key="customer_record", gap="small"):
        with st.container(key="customer_tools", horizontal=True, wrap=False, vertical_alignment="center"):
            title = html.escape(_("Details"))
            st.html(f'<h3 class="fs-section">{title}</h3>', width="stretch")
            if customer.lat is not None:
                link = navigation.path_of("map")
                st.page_link(link, label=_("Map"), icon=":material/map:", query_params={"customer": str(customer.id)})
            st.button(_("Edit"), key="customer_edit", icon=":material/edit:", type="tertiary", on_click=ask_edit)
        draw_facts(page, customer, shown.fields)


def _draw_change(page: Page, change: Change) -> None:
    _ = page.text.gettext
    with st.container(key=f"change_{change.id}", gap="xsmall"):
        when = page.text.moment(change.changed_at, zone=page.zone)
        cause, who = _(CAUSES[change.cause]), plain(change.who) or _("Import or administration")
        st.markdown(f"**{cause}** :gray[{when} · {who}]")
        changed = changes_in_words(page, change.before, change.after)
        lines = [f"- {plain(what)}: {plain(was)} → {plain(became)}" for what, was, became in changed]
        if lines:
            st.markdown("\n".join(lines))
        if change.cause in (ChangeCause.CREATE, ChangeCause.MERGE):  # a merge is undone whole, above
            return
        if st.button(_("Restore what was before"), key=f"restore_{change.id}", type="tertiary", icon=":material/undo:"):
            _restore(page, change.id)


def _draw_archive(page: Page, customer: CustomerDetails) -> None:
    _ = page.text.gettext
    archived = customer.archived_at is not None
    if not archived and not holds_delete(page.user):
        return
    label, icon = (_("Bring back from the archive"), ":material/unarchive:") if archived else (_("Archive"), ":material/archive:")
    if not st.button(label, key="customer_archive", icon=icon, type="tertiary"):
        return
    with page.saving() as session:
        archive_customer(session, page.user, customer_id=customer.id, archived=not archived, now=page.now)
    page.toast(_("Brought back.") if archived else _("Archived. History brings it back."))
    st.rerun()


def _restore(page: Page, change_id: int) -> None:
    with page.saving() as session:
        restore_change(session, page.user, change_id=change_id, now=page.now)
    page.toast(page.text.gettext("Restored."))
    st.rerun()
