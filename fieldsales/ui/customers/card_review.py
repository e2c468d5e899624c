"""What a card says, to be looked over: the person, and the customer they belong to."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID, uuid5

import streamlit as st

from fieldsales.domain.business_cards import BusinessCard
from fieldsales.domain.customer_filter import CustomerFilter
from fieldsales.errors import N_
from fieldsales.services.customers import attachments, business_cards, contacts, customer_input
from fieldsales.services.customers.business_cards import CardReading, Clue, ProposedCustomer
from fieldsales.services.customers.contacts import WORDS, ContactInput
from fieldsales.services.customers.customer_input import CustomerInput
from fieldsales.services.customers.customer_search import customer_details, list_customers
from fieldsales.ui.format import plain
from fieldsales.ui.page import Page
from fieldsales.ui.words import CONTACT_FIELDS, FIELDS

_PREFIX, _COMPANY, _WHERE, _SEARCH, _BEGUN = "card_word_", "card_new_", "card_where", "card_search", "_card_begun"
NEW = 0
MAX_FOUND = 5
CLUES = {
    Clue.NAME: N_("Same name"),
    Clue.PHONE: N_("Same phone number"),
    Clue.EMAIL: N_("Same e-mail address"),
    Clue.DOMAIN: N_("Same mail domain"),
}
_NEW_FIELDS = ("name", "name_kana", "postal_code", "address", "phone")


def forget() -> None:
    """Forget what was typed over a card."""
    for key in [key for key in st.session_state if isinstance(key, str) and key.startswith(("card_word_", "card_new_"))]:
        del st.session_state[key]
    for key in (_WHERE, _SEARCH, _BEGUN):
        st.session_state.pop(key, None)


def draw_review(page: Page, reading: CardReading, number: int, *, card_ref: UUID, customer_id: int | None) -> int | None:
    """Draw one card with where it belongs; return the customer once it is saved."""
    _ = page.text.gettext
    card = reading.cards[number]
    _begin(card, number)
    if reading.printed:
        st.warning(_("Read off the paper: compare every field with the card."), icon=":material/visibility:")
    if reading.picture is not None:
        with st.container(key="card_picture"):
            st.image(reading.picture.data)
    with st.container(key="card_review", gap="small"):
        _draw_where(page, card, customer_id)
        with st.form("card_form", border=False, enter_to_submit=False):
            for word in WORDS:
                _draw_word(page, word)
            if st.session_state.get(_WHERE) == NEW:
                _draw_new_customer(page)
            page.show_problem()
            saved = st.form_submit_button(_("Save"), key="save_card", type="primary", width="stretch")
    return _save(page, reading, card, card_ref) if saved else None


def _begin(card: BusinessCard, number: int) -> None:
    """Fill the form once for each card; afterwards it holds what is typed."""
    if st.session_state.get(_BEGUN) == number and _PREFIX + "name" in st.session_state:
        return
    said, new = business_cards.contact_of(card), business_cards.new_customer_of(card)
    for word in WORDS:
        st.session_state[_PREFIX + word] = getattr(said, word)
    for name in _NEW_FIELDS:
        st.session_state[_COMPANY + name] = getattr(new, name)
    st.session_state[_BEGUN] = number


def _draw_word(page: Page, word: str) -> None:
    label, limit = page.text.gettext(CONTACT_FIELDS[word]), contacts.LIMITS[word]
    if word == "note":
        st.text_area(label, key=_PREFIX + word, max_chars=limit, height=80, persist_state="page")
    else:
        st.text_input(label, key=_PREFIX + word, max_chars=limit, autocomplete="off", persist_state="page")
    page.show_problem(f"contact.{word}")


def _draw_where(page: Page, card: BusinessCard, customer_id: int | None) -> None:
    """Draw the customers it may belong to, any other by search, and a new one."""
    _ = page.text.gettext
    names, first = _offered(page, card, customer_id)
    if st.session_state.get(_WHERE) not in names:
        st.session_state[_WHERE] = first
    st.radio(_("Belongs to"), list(names), format_func=names.__getitem__, key=_WHERE, persist_state="page")
    st.text_input(
        _("Another customer"),
        key=_SEARCH,
        placeholder=_("Name, address, phone"),
        icon=":material/search:",
        max_chars=200,
        persist_state="page",
    )
    page.show_problem("company")


def _offered(page: Page, card: BusinessCard, customer_id: int | None) -> tuple[dict[int, str], int]:
    """Return {customer id: label}, NEW among them, and which is meant until somebody says otherwise."""
    _ = page.text.gettext
    names: dict[int, str] = {}
    searched = (st.session_state.get(_SEARCH) or "").strip()
    with page.database.read() as session:
        if customer_id is not None:
            given = customer_details(session, page.user, customer_id=customer_id, visits=0)
            names[given.id] = plain(given.name)
        for proposed in business_cards.propose_customers(session, page.user, card=card):
            names.setdefault(proposed.id, _proposal(page, proposed))
        if searched:
            wanted = CustomerFilter(text=searched)
            found = list_customers(session, page.user, customer_filter=wanted, now=page.now, today=page.today, limit=MAX_FOUND)
            for row in found.rows:
                names.setdefault(row.id, f"{plain(row.name)} :gray[{plain(row.address)}]")
    first = next(iter(names), NEW)
    kept = st.session_state.get(_WHERE)
    if kept not in (None, NEW) and kept not in names:
        names[kept] = st.session_state.get("_card_where_name", "–")
    names[NEW] = _("A new customer")
    st.session_state["_card_where_name"] = "" if kept is None else names.get(kept, "")
    return names, first


def _proposal(page: Page, proposed: ProposedCustomer) -> str:
    why = ", ".join(page.text.gettext(CLUES[clue]) for clue in proposed.clues)
    return f"{plain(proposed.name)} :gray[{plain(proposed.address)} ({why})]"


def _draw_new_customer(page: Page) -> None:
    _ = page.text.gettext
    st.markdown(f"**{_('New customer')}**")
    for name in _NEW_FIELDS:
        st.text_input(_(FIELDS[name]), key=_COMPANY + name, max_chars=customer_input.LIMITS[name], autocomplete="off", persist_state="page")
        page.show_problem(name)


def _save(page: Page, reading: CardReading, card: BusinessCard, card_ref: UUID) -> int:
    state = st.session_state
    where = state.get(_WHERE)
    said = ContactInput(**{word: state.get(_PREFIX + word) or "" for word in WORDS})
    new: CustomerInput | None = None
    if where == NEW:
        typed: dict[str, Any] = {name: state.get(_COMPANY + name) or "" for name in _NEW_FIELDS}
        new = replace(business_cards.new_customer_of(card), **typed)
    with page.saving() as session:
        saved = business_cards.save_card(
            session, page.user, card_ref=card_ref, contact=said, customer_id=where or None, new_customer=new, now=page.now
        )
        if reading.picture is not None:
            attachments.attach_prepared(
                session,
                page.user,
                page.runtime.files,
                customer_id=saved.customer_id,
                prepared=reading.picture,
                client_ref=uuid5(card_ref, "picture"),
                now=page.now,
                contact_id=saved.contact_id,
            )
    page.toast(page.text.gettext("Business card saved."))
    return saved.customer_id
