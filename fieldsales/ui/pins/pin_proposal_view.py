"""“Move the pin here?”: what check-ins suggest, one tap to follow it, one to say no, one to take it back."""

from __future__ import annotations

import math

import streamlit as st

from fieldsales.domain.geodesy import offset_m
from fieldsales.domain.pin_proposal import ProposedPlace
from fieldsales.errors import N_
from fieldsales.services.customers.customer_history import restore_change
from fieldsales.services.customers.customer_search import CustomerDetails
from fieldsales.services.pins import pin_proposals
from fieldsales.ui.page import Page

UNDO_SHOWN_S = 60
_UNDO = "_undo_pin"
# Clockwise from the north, an eighth of the circle each.
_DIRECTIONS = (
    N_("north"),
    N_("north-east"),
    N_("east"),
    N_("south-east"),
    N_("south"),
    N_("south-west"),
    N_("west"),
    N_("north-west"),
)


def draw_pin_proposal(page: Page, customer: CustomerDetails) -> None:
    """Draw the question whether the pin belongs where people checked in, and for a minute the way back."""
    _ = page.text.gettext
    _draw_undo(page, customer.id)
    with page.database.read() as session:
        proposed = pin_proposals.propose_pin(session, page.user, customer_id=customer.id, zone=page.zone)
    if proposed is None:
        return
    with st.container(key="pin_proposal", border=True, gap="small"):
        st.markdown(_question(page, customer, proposed))
        with st.container(key="pin_proposal_buttons", horizontal=True):
            if st.button(_("Move the pin here"), key="accept_proposal", icon=":material/edit_location_alt:"):
                _accept(page, customer)
            if customer.lat is not None and st.button(_("The pin is right"), key="confirm_pin", type="tertiary"):
                with page.saving() as session:
                    pin_proposals.confirm_pin(session, page.user, customer_id=customer.id, now=page.now)
                page.toast(_("The pin stays where it is."))
                st.rerun()


def _question(page: Page, customer: CustomerDetails, proposed: ProposedPlace) -> str:
    _ = page.text.gettext
    count = page.text.number(proposed.check_ins)
    if customer.lat is None or customer.lon is None or proposed.distance_m is None:
        return _("{count} check-ins agree on a place for this customer. Put the pin there?").format(count=count)
    east, north = offset_m(customer.lat, customer.lon, proposed.lat, proposed.lon)
    sentence = _("{count} check-ins agree on a place {distance} to the {direction} of this approximate pin. Move the pin there?")
    return sentence.format(count=count, distance=page.text.metres(proposed.distance_m), direction=_(direction_of(east, north)))


def direction_of(east_m: float, north_m: float) -> str:
    """Return the name of the direction of an offset, among eight."""
    return _DIRECTIONS[round(math.degrees(math.atan2(east_m, north_m)) / 45) % 8]


def _accept(page: Page, customer: CustomerDetails) -> None:
    with page.saving() as session:
        change_id = pin_proposals.accept_proposal(session, page.user, customer_id=customer.id, zone=page.zone, now=page.now)
    st.session_state[_UNDO] = {"customer_id": customer.id, "change_id": change_id, "until": page.now.timestamp() + UNDO_SHOWN_S}
    st.rerun()


def _draw_undo(page: Page, customer_id: int) -> None:
    undo = st.session_state.get(_UNDO)
    if undo is None or undo["customer_id"] != customer_id or page.now.timestamp() > undo["until"]:
        return
    _ = page.text.gettext
    with st.container(key=f"undo_bar_pin_{undo['change_id']}", horizontal=True, wrap=False, vertical_alignment="center"):
        st.markdown(_("Pin moved."))
        if st.button(_("Undo"), key="undo_pin", type="tertiary"):
            st.session_state.pop(_UNDO)
            with page.saving() as session:
                restore_change(session, page.user, change_id=undo["change_id"], now=page.now)
            page.toast(_("The pin is back where it was."))
            st.rerun()
