"""A business card as a screen: hand it over, look it over, save the person to the right customer.

The reference under which a card is saved stands in the URL from the first moment, so that no reload saves it twice.
"""

from __future__ import annotations

from uuid import UUID, uuid4, uuid5

import streamlit as st

from fieldsales.errors import FieldSalesError
from fieldsales.services.customers.attachments import MAX_MEGABYTES
from fieldsales.services.customers.business_cards import MAX_FILE_MEGABYTES, CardReading, read_cards
from fieldsales.services.customers.customer_search import CustomerDetails
from fieldsales.ui import navigation
from fieldsales.ui.customers import card_review
from fieldsales.ui.format import plain
from fieldsales.ui.messages import sentence_of
from fieldsales.ui.page import Page

CARD, CUSTOMER = "card", "customer"
_READING, _SAVED, _CHOSEN, _ROUND, _CAMERA = "_card_reading", "_card_saved", "_card_chosen", "_card_round", "card_camera_on"


def draw_add_from_card(page: Page, customer: CustomerDetails) -> None:
    """Draw the way from a customer's contacts to the card of one more."""
    label = page.text.gettext("From a business card")
    link = navigation.path_of("card")
    st.page_link(link, label=label, icon=":material/contact_page:", query_params={CUSTOMER: str(customer.id)})


def draw_link(page: Page) -> None:
    """Draw the way from the list of customers to a card."""
    st.page_link(navigation.path_of("card"), label=page.text.gettext("Add from a business card"), icon=":material/contact_page:")


def draw_screen(page: Page) -> None:
    """Draw where it stands: handing over, choosing among several cards, or looking one over."""
    _ = page.text.gettext
    reference = _reference(page)
    customer_id = _customer_id()
    _draw_way_back(page, customer_id)
    st.title(_("Business card"), anchor=False)
    reading: CardReading | None = st.session_state.get(_READING)
    if reading is None:
        _draw_hand_over(page)
        return
    saved: dict[int, int] = st.session_state.setdefault(_SAVED, {})
    chosen = 0 if len(reading.cards) == 1 else st.session_state.get(_CHOSEN)
    if chosen is None or chosen in saved:
        _draw_cards(page, reading, saved)
        return
    card_ref = uuid5(reference, str(chosen))
    done = card_review.draw_review(page, reading, chosen, card_ref=card_ref, customer_id=customer_id)
    if len(reading.cards) > 1:
        st.button(_("Other cards of the file"), key="card_others", type="tertiary", on_click=_choose, args=(None,))
    else:
        st.button(_("Another card"), key="card_again", type="tertiary", icon=":material/undo:", on_click=start_over)
    if done is not None:
        saved[chosen] = done
        if len(saved) < len(reading.cards):
            _choose(None)
            st.rerun()
        start_over()
        st.switch_page(navigation.path_of("customer"), query_params={"id": str(done)})


def start_over() -> None:
    """Forget the card at hand; the next one gets a reference of its own."""
    for name in (_READING, _SAVED, _CHOSEN):
        st.session_state.pop(name, None)
    card_review.forget()
    st.query_params.pop(CARD, None)
    st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1  # a fresh widget lets go of the file


def _reference(page: Page) -> UUID:
    """Return the reference in the URL, made if there is none, derived for this user: whoever is sent the address saves their own."""
    try:
        given = UUID(st.query_params.get(CARD, ""))
    except ValueError:
        given = uuid4()
        st.query_params[CARD] = str(given)
    return uuid5(given, str(page.user.id))


def _customer_id() -> int | None:
    asked = st.query_params.get(CUSTOMER, "")
    return int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 10 else None


def _draw_way_back(page: Page, customer_id: int | None) -> None:
    _ = page.text.gettext
    name = "customers" if customer_id is None else "customer"
    query = None if customer_id is None else {"id": str(customer_id)}
    label = _("Customers") if customer_id is None else _("Customer")
    with st.container(key="way_back"):
        st.page_link(navigation.path_of(name), label=label, icon=":material/arrow_back:", query_params=query)


def _draw_hand_over(page: Page) -> None:
    _ = page.text.gettext
    printed = page.runtime.settings.card_ocr == "on"
    st.markdown(
        _("A photo of the card, or of the code on it, or a contact file (.vcf). Nothing is saved before you have looked it over.")
        if printed
        else _("A photo of the code (QR) on the card, or a contact file (.vcf). Nothing is saved before you have looked it over.")
    )
    number = st.session_state.setdefault(_ROUND, 0)
    with st.container(key="card_hand_over"):
        chosen = st.file_uploader(_("Photo or contact file"), key=f"card_file_{number}")
        # Forgotten with the card at hand: a camera is never on before somebody has asked for it.
        st.toggle(_("Use the camera here"), key=_CAMERA, persist_state=None)
        taken = st.camera_input(_("Camera"), key=f"card_camera_{number}") if st.session_state.get(_CAMERA) else None
    limits = _("Photos up to {photo} MB, contact files up to {file} MB. The photo is kept with the contact.")
    st.caption(limits.format(photo=MAX_MEGABYTES, file=MAX_FILE_MEGABYTES))
    handed = chosen or taken
    if handed is None:
        return
    with st.spinner(_("Reading the card…")):
        try:
            reading = read_cards(page.runtime.cards, page.runtime.photos, data=handed.getvalue(), file_name=handed.name)
        except FieldSalesError as error:
            st.error(sentence_of(page.text, error), icon=":material/error:")
            _draw_by_hand(page)
            return
    st.session_state[_READING] = reading
    st.rerun()


def _draw_by_hand(page: Page) -> None:
    """Draw the way on when a card cannot be read: typing it."""
    link = navigation.path_of("customer")
    customer_id = _customer_id()
    query = {"new": "1"} if customer_id is None else {"id": str(customer_id)}
    st.page_link(link, label=page.text.gettext("Type it instead"), icon=":material/edit:", query_params=query)


def _draw_cards(page: Page, reading: CardReading, saved: dict[int, int]) -> None:
    _ = page.text.gettext
    count = page.text.ngettext("{count} card in this file", "{count} cards in this file", len(reading.cards))
    st.caption(count.format(count=page.text.number(len(reading.cards))))
    with st.container(key="rows_cards", gap=None):
        for number, card in enumerate(reading.cards):
            icon = ":material/check_circle:" if number in saved else ":material/contact_page:"
            state = _("Saved") if number in saved else plain(card.role or card.email or card.phone or card.mobile)
            label = f"{icon} **{plain(card.name or card.company)}**\n:small[:gray[{plain(card.company)} {state}]]"
            done = number in saved
            st.button(label, key=f"row_card_{number}", width="stretch", disabled=done, on_click=_choose, args=(number,), wrap=True)
    st.button(_("Another card"), key="card_again", type="tertiary", icon=":material/undo:", on_click=start_over)


def _choose(number: int | None) -> None:
    card_review.forget()
    st.session_state[_CHOSEN] = number
