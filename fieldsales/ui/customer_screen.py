"""The customer page's parts: brief, big actions, visits, history, archive."""

from __future__ import annotations

import streamlit as st

from fieldsales.domain.words import ChangeCause
from fieldsales.errors import CustomerNotFound
from fieldsales.services.customer_history import Change, list_changes, restore_change
from fieldsales.services.customer_search import CustomerDetails, customer_details
from fieldsales.services.customers import archive_customer
from fieldsales.ui import check_in_view, filters, navigation, visit_form
from fieldsales.ui.customer_card import draw_actions, draw_brief, draw_facts, draw_heading, draw_visits
from fieldsales.ui.customer_values import field_name, value_in_words
from fieldsales.ui.format import plain, safe, safe_lines
from fieldsales.ui.page import Page
from fieldsales.ui.words import CAUSES

VISITS_SHOWN = 50


def wants_new() -> bool:
    """True when the URL asks for the form of a new customer."""
    return st.query_params.get("new") == "1"


def wants_edit() -> bool:
    """True when the URL asks for the form of this customer."""
    return st.query_params.get("edit") == "1"


def read_customer(page: Page) -> CustomerDetails:
    """Return the customer that the URL names.

    Raises:
        CustomerNotFound: it names none that the user may see.
    """
    asked = st.query_params.get("id", "")
    if not (asked.isascii() and asked.isdigit() and len(asked) < 10):
        raise CustomerNotFound()
    with page.database.read() as session:
        return customer_details(session, page.user, customer_id=int(asked), visits=VISITS_SHOWN)


def draw_way_back(page: Page) -> None:
    """Draw the link to the list as it was filtered last."""
    _ = page.text.gettext
    link = navigation.path_of("customers")
    with st.container(key="way_back"):
        st.page_link(link, label=_("Customers"), icon=":material/arrow_back:", query_params=filters.remembered_query())


def draw_customer(page: Page, customer: CustomerDetails) -> None:
    """Draw what one needs before and at the door, or the visit form while it is open."""
    _ = page.text.gettext
    with st.container(key="customer_page"):
        draw_heading(page, customer)
        client_ref = visit_form.open_reference(page, customer.id)
        if client_ref is not None:
            visit_form.draw_form(page, customer, client_ref)
            return
        draw_brief(page, customer)
        draw_actions(page, customer)
        check_in_view.draw_check_in(page, customer)
        check_in_view.draw_pin_proposal(page, customer)
        draw_facts(page, customer)
        _draw_further(page, customer)
        with st.container(key="customer_tools", horizontal=True, vertical_alignment="center"):
            st.button(_("Edit"), key="customer_edit", icon=":material/edit:", on_click=_ask_edit)
            if customer.lat is not None:
                link = navigation.path_of("map")
                st.page_link(link, label=_("Show on the map"), icon=":material/map:", query_params={"customer": str(customer.id)})
        draw_visits(page, customer.visits)
        check_in_view.draw_check_ins(page, customer)


def draw_history(page: Page, customer: CustomerDetails) -> None:
    """Draw every change with the way back, and the archive."""
    _ = page.text.gettext
    with page.database.read() as session:
        changes = list_changes(session, page.user, customer_id=customer.id)
    with st.container(key="customer_rest"):
        _draw_changes(page, changes)
        _draw_archive(page, customer)
        page.show_problem()


def _draw_changes(page: Page, changes: tuple[Change, ...]) -> None:
    _ = page.text.gettext
    with st.expander(_("History ({count})").format(count=page.text.number(len(changes))), key="customer_history"):
        for change in changes:
            _draw_change(page, change)


def _draw_further(page: Page, customer: CustomerDetails) -> None:
    if customer.memo:
        st.html(f'<div class="fs-memo">{safe_lines(customer.memo)}</div>')
    rows = "".join(f"<dt>{safe(name)}</dt><dd>{safe_lines(value)}</dd>" for name, value in customer.custom.items() if value.strip())
    if rows:
        st.html(f'<dl class="fs-facts">{rows}</dl>')


def _draw_change(page: Page, change: Change) -> None:
    _ = page.text.gettext
    with st.container(key=f"change_{change.id}", gap="xsmall"):
        when = page.text.moment(change.changed_at, zone=page.zone)
        st.markdown(f"**{_(CAUSES[change.cause])}** :gray[{when} · {plain(change.who) or _('Import or administration')}]")
        lines = [
            f"- {field_name(page, name)}: {plain(value_in_words(page, name, change.before.get(name)))} → "
            f"{plain(value_in_words(page, name, change.after.get(name)))}"
            for name in change.after
            if field_name(page, name)
        ]
        if lines:
            st.markdown("\n".join(lines))
        if change.cause in (ChangeCause.CREATE, ChangeCause.MERGE):
            return
        if st.button(_("Restore what was before"), key=f"restore_{change.id}", type="tertiary", icon=":material/undo:"):
            _restore(page, change.id)


def _draw_archive(page: Page, customer: CustomerDetails) -> None:
    _ = page.text.gettext
    archived = customer.archived_at is not None
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


def _ask_edit() -> None:
    st.query_params["edit"] = "1"
