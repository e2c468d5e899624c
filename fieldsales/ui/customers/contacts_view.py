"""The people at a customer: each with a way to call, to mail and to copy, edited where they stand."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import streamlit as st

from fieldsales.domain.navigation_links import mail_link, phone_link
from fieldsales.services.customers import contacts
from fieldsales.services.customers.contacts import LIMITS, WORDS, ContactChanged, ContactInput, ContactNotFound, ContactRow
from fieldsales.services.customers.customer_history import newest_change_id
from fieldsales.services.customers.customer_search import CustomerDetails
from fieldsales.ui.copying import copy_button
from fieldsales.ui.customers.business_card_view import draw_add_from_card
from fieldsales.ui.customers.customer_undo import offer_undo
from fieldsales.ui.format import plain, safe, safe_lines
from fieldsales.ui.page import Page
from fieldsales.ui.words import CONTACT_FIELDS

NEW = 0
_EDITING = "_editing_contact"
_PREFIX = "contact_typed_"
_WAYS = (("phone", "call", phone_link), ("mobile", "smartphone", phone_link), ("email", "mail", mail_link))


def draw_contacts(page: Page, customer: CustomerDetails, people: Sequence[ContactRow]) -> None:
    """Draw the contacts with the way to add one."""
    _ = page.text.gettext
    with st.container(key="contacts", gap="small"):
        with st.container(key="contacts_head", horizontal=True, wrap=False, vertical_alignment="center"):
            title = html.escape(_("Contacts"))
            st.html(f'<h3 class="fs-section">{title}</h3>', width="stretch")
            draw_add_from_card(page, customer)
            st.button(_("Add"), key="contact_add", icon=":material/person_add:", type="tertiary", on_click=_open, args=(customer.id, None))
        if customer.contact_name and customer.contact_name not in {person.name for person in people}:
            st.html(f'<div class="fs-contact"><b>{safe(customer.contact_name)}</b></div>')
        for person in people:
            with st.container(key=f"contact_{person.id}", horizontal=True, wrap=False, gap="xsmall"):
                st.html(_person(page, person), width="stretch")
                label, key = _("Edit {name}").format(name=plain(person.name)), f"contact_edit_{person.id}"
                st.button(label, key=key, icon=":material/edit:", type="tertiary", on_click=_open, args=(customer.id, person))


def is_editing(customer_id: int) -> bool:
    """True while a contact of this customer is being edited."""
    return bool(st.session_state.get(_EDITING, {}).get("customer_id") == customer_id)


def draw_open_contact(page: Page, customer: CustomerDetails, people: Sequence[ContactRow]) -> None:
    """Draw the form over the page while a contact of this customer is being edited."""
    if not is_editing(customer.id):
        return
    editing = st.session_state[_EDITING]
    if isinstance(page.problem, ContactChanged):
        editing["known"] = page.problem.current  # the next save is made knowing it
    _fill(editing)
    with st.container(key="sheet_contact", gap="small"):
        _draw_form(page, customer, editing)
        if editing["id"] != NEW:
            _draw_order(page, customer, editing["id"], people)


def ways_of(page: Page, person: ContactInput) -> str:
    """Return the ways to reach somebody as HTML: a link to call or mail, and a button to copy."""
    _ = page.text.gettext
    ways = []
    for word, icon, link_of in _WAYS:
        said = getattr(person, word)
        if not said:
            continue
        link, shown = link_of(said), f'<span class="fs-icon" aria-hidden="true">{icon}</span>{safe(said)}'
        way = f'<a class="fs-way" href="{html.escape(link, quote=True)}">{shown}</a>' if link else f'<span class="fs-way">{shown}</span>'
        ways.append(f'<div class="fs-reach">{way}{copy_button(page, said, _(CONTACT_FIELDS[word]))}</div>')
    return "".join(ways)


def _person(page: Page, person: ContactRow) -> str:
    role = f' <span class="fs-quiet">{safe(person.role)}</span>' if person.role else ""
    kana = f'<div class="fs-kana">{safe(person.name_kana)}</div>' if person.name_kana else ""
    note = f'<div class="fs-quote">{safe_lines(person.note)}</div>' if person.note else ""
    return f'<div class="fs-contact"><div><b>{safe(person.name)}</b>{role}</div>{kana}{ways_of(page, person)}{note}</div>'


def _draw_form(page: Page, customer: CustomerDetails, editing: dict[str, Any]) -> None:
    _ = page.text.gettext
    st.subheader(_("New contact") if editing["id"] == NEW else _("Edit contact"), anchor=False)
    with st.form("contact_form", border=False, enter_to_submit=False):
        if isinstance(page.problem, (ContactChanged, ContactNotFound)):
            _draw_conflict(page, page.problem, editing)
        for word in WORDS:
            label = _(CONTACT_FIELDS[word])
            if word == "note":
                st.text_area(label, key=_key(editing, word), max_chars=LIMITS[word], height=96, persist_state="page")
            else:
                st.text_input(label, key=_key(editing, word), max_chars=LIMITS[word], autocomplete="off", persist_state="page")
            page.show_problem(f"contact.{word}")
        with st.container(key="sheet_buttons_contact", horizontal=True, wrap=False):
            left = st.form_submit_button(_("Cancel"), key="cancel_contact")
            saved = st.form_submit_button(_("Save"), key="save_contact", type="primary", width="stretch")
    if left:
        _close()
        st.rerun()
    if saved:
        _save(page, customer, editing)


def _draw_conflict(page: Page, problem: ContactChanged | ContactNotFound, editing: dict[str, Any]) -> None:
    """Show what is stored beside what was typed, which stays in the fields."""
    _ = page.text.gettext
    page.show_problem()
    if isinstance(problem, ContactChanged):
        typed = {word: st.session_state.get(_key(editing, word)) or "" for word in WORDS}
        other = [word for word in WORDS if getattr(problem.current, word) != typed[word]]
        stored = [f"- {_(CONTACT_FIELDS[word])}: {plain(getattr(problem.current, word)) or '–'}" for word in other]
        st.markdown("\n".join([_("Stored now:"), "", *stored]))


def _draw_order(page: Page, customer: CustomerDetails, contact_id: int, people: Sequence[ContactRow]) -> None:
    _ = page.text.gettext
    order = [person.id for person in people]
    place = order.index(contact_id) if contact_id in order else -1
    with st.container(key="contact_tools", horizontal=True):
        if st.button(_("Further up"), key="contact_up", icon=":material/arrow_upward:", disabled=place <= 0):
            _move(page, contact_id, up=True)
        if st.button(_("Further down"), key="contact_down", icon=":material/arrow_downward:", disabled=not 0 <= place < len(order) - 1):
            _move(page, contact_id, up=False)
        if st.button(_("Remove"), key="contact_remove", icon=":material/person_remove:"):
            with page.saving() as session:
                change_id = contacts.remove_contact(session, page.user, contact_id=contact_id, now=page.now)
            _close()
            offer_undo(page, change_id, _("Contact removed."))
            st.rerun()


def _move(page: Page, contact_id: int, *, up: bool) -> None:
    with page.saving() as session:
        contacts.move_contact(session, page.user, contact_id=contact_id, up=up, now=page.now)
    st.rerun()


def _save(page: Page, customer: CustomerDetails, editing: dict[str, Any]) -> None:
    _ = page.text.gettext
    said = ContactInput(**{word: st.session_state.get(_key(editing, word)) or "" for word in WORDS})
    with page.saving() as session:
        if editing["id"] == NEW:
            before = newest_change_id(session, page.user, customer_id=customer.id)
            ref = editing["client_ref"]
            contacts.add_contact(session, page.user, customer_id=customer.id, contact=said, client_ref=ref, now=page.now)
            after = newest_change_id(session, page.user, customer_id=customer.id)
            change_id = after if after != before else None
        else:
            known = editing["known"]
            change_id = contacts.update_contact(session, page.user, contact_id=editing["id"], contact=said, known=known, now=page.now)
    _close()
    offer_undo(page, change_id, _("Contact saved."))
    st.rerun()


def _open(customer_id: int, person: ContactRow | None) -> None:
    known = person.said() if person else ContactInput(name="")
    _close()
    editing = {"customer_id": customer_id, "id": person.id if person else NEW, "client_ref": uuid4()}
    st.session_state[_EDITING] = editing | {"known": known, "typed": known}


def _fill(editing: dict[str, Any]) -> None:
    """Make the form show what was there when it was opened; afterwards the widgets hold what is typed."""
    if any(_key(editing, word) not in st.session_state for word in WORDS):  # also after a run that was broken off in between
        for word in WORDS:
            st.session_state[_key(editing, word)] = getattr(editing["typed"], word)


def _key(editing: dict[str, Any], word: str) -> str:
    """Return the key of a field: it bears the contact, because the browser may still send what it shows of another one."""
    return f"{_PREFIX}{editing['id']}_{word}"


def _close() -> None:
    for key in [key for key in st.session_state if isinstance(key, str) and key.startswith(_PREFIX)]:
        del st.session_state[key]
    st.session_state.pop(_EDITING, None)
