"""The map screen's parts: filter row, map, card, list; what is selected stands in the URL."""

from __future__ import annotations

import streamlit as st

from fieldsales.domain.customer_filter import CustomerFilter
from fieldsales.domain.map_colours import ColourBy
from fieldsales.errors import N_, CustomerNotFound
from fieldsales.services.customers.customer_search import (
    CustomerList,
    FilterChoices,
    Order,
    customer_details,
    filter_choices,
    list_customers,
)
from fieldsales.services.customers.customers import place_pin
from fieldsales.ui import navigation
from fieldsales.ui.customers import filters
from fieldsales.ui.customers.customer_card import draw_card
from fieldsales.ui.customers.customer_rows import COUNTED, count_in_words, draw_rows
from fieldsales.ui.customers.list_order import current_order, draw_order
from fieldsales.ui.customers.record_undo import draw_undo
from fieldsales.ui.customers.saved_views_view import WIDGETS as VIEW_WIDGETS
from fieldsales.ui.customers.saved_views_view import draw_views
from fieldsales.ui.format import plain
from fieldsales.ui.map.map_view import PinCandidate, draw_map, switched_likelihoods
from fieldsales.ui.messages import sentence_of
from fieldsales.ui.page import Page
from fieldsales.ui.visits import visit_form

SELECTED, MOVING, VIEW, COLOUR = "customer", "move", "view", "colour"
COLOURS = {
    ColourBy.LIKELIHOOD: N_("Likelihood"),
    ColourBy.CORRECTED: N_("Likelihood, corrected by the record"),
    ColourBy.OWNER: N_("Owner"),
    ColourBy.VISITED: N_("Days since the last visit"),
    ColourBy.TAG: N_("Tag"),
}
LIST_LENGTH = 30
LONGER = 50
LIST_AFTER_S = 1.0
_COLOUR_WIDGET = "map_colour"
_PLACE = "_map_place"
_OPENING = "_open_customer"
_LENGTH, _WAITED = "_map_list_length", "_map_list_waited"


def take_over_switches() -> None:
    """Make what was switched in the map's legend the filter, before anything of this run reads it."""
    likelihoods = switched_likelihoods()
    if likelihoods is not None:
        filters.filter_likelihoods(likelihoods)


def read_choices(page: Page) -> FilterChoices:
    """Return what the filter offers this user."""
    with page.database.read() as session:
        return filter_choices(session, page.user)


def draw_filters(page: Page, customer_filter: CustomerFilter) -> None:
    """Draw the one row above the map: the filter and the saved views behind buttons, likelihoods and relations as chips."""
    _ = page.text.gettext
    filters.begin_screen("map", *VIEW_WIDGETS)
    hidden = filters.count_more(customer_filter) + bool(customer_filter.text)
    label = _("Filter ({count})").format(count=hidden) if hidden else _("Filter")
    with st.container(key="map_filters", horizontal=True, wrap=False, gap="small", vertical_alignment="center"):
        with st.popover(label, icon=":material/tune:", key="map_more"):
            if _is_phone():
                filters.draw_search(page, customer_filter)
            _draw_colours(page)
            filters.draw_more(page, customer_filter, read_choices(page))
        draw_views(page)
        filters.draw_chips(page, customer_filter)
    draw_undo(page)


def draw_map_area(page: Page, customer_filter: CustomerFilter) -> int | None:
    """Draw the map and return the id of the customer that is selected now, by this tap or by the URL."""
    selected = _selected_id()
    moving = selected is not None and st.query_params.get(MOVING) == "1"
    if moving and selected is not None:
        _draw_move(page, customer_filter, selected)
        return None
    tapped = draw_map(page, customer_filter=customer_filter, colour_by=_colour(), selected_id=selected)
    if tapped.customer_id is None:
        return selected
    select_customer(tapped.customer_id)
    return tapped.customer_id


def draw_selected(page: Page, customer_id: int) -> None:
    """Draw the card of the selected customer; one that is gone or not to be seen says so."""
    try:
        with page.database.read() as session:
            customer = customer_details(session, page.user, customer_id=customer_id)
    except CustomerNotFound as error:
        with st.container(key="customer_card"):
            st.warning(sentence_of(page.text, error), icon=":material/person_off:")
            st.button(page.text.gettext("Close"), key="card_gone_close", on_click=unselect)
        return
    draw_card(page, customer, on_close=unselect, on_open=_note_opening, on_move=_start_moving)
    if st.session_state.pop(_OPENING, False):
        st.switch_page(navigation.path_of("customer"), query_params={"id": str(customer_id)})


def draw_list(page: Page, customer_filter: CustomerFilter, selected_id: int | None) -> None:
    """Draw the same customers as rows: beside the map on a desktop, instead of it on a phone that asks for it."""
    _ = page.text.gettext
    listing = st.query_params.get(VIEW) == "list"
    label, icon = (_("Map"), ":material/map:") if listing else (_("List"), ":material/list:")
    if st.query_params.get(MOVING) != "1" and (selected_id is None or listing):
        st.button(label, icon=icon, key="map_switch", on_click=_switch_view, args=("" if listing else "list",))
    if _is_phone() and not listing:
        return
    if not listing and _LENGTH not in st.session_state:
        _draw_list_later()
        return
    length = st.session_state.setdefault(_LENGTH, LIST_LENGTH)
    with page.database.read() as session:
        found = list_customers(
            session,
            page.user,
            customer_filter=customer_filter,
            now=page.now,
            today=page.today,
            zone=page.zone,
            order=current_order(),
            limit=length,
            count_up_to=COUNTED,
        )
    with st.container(key="customer_list_shown" if listing else "customer_list", gap="xsmall"):
        if not _is_phone():
            filters.draw_search(page, customer_filter)
        _draw_list_bar(page, found)
        amounts = current_order() is Order.AMOUNT
        draw_rows(page, found.rows, key="map", on_pick=select_customer, selected_id=selected_id, amounts=amounts)
        if not found.rows:
            st.caption(_("No customer matches. Clear the filter or import customers."))
        if found.matching > length:
            st.button(_("Show more"), key="list_longer", width="stretch", on_click=_lengthen, args=(length,))


def _draw_list_bar(page: Page, found: CustomerList) -> None:
    """Draw how many there are, in which order, and the way to the same list as a page of its own."""
    _ = page.text.gettext
    query = filters.remembered_query()
    with st.container(key="map_list_bar", horizontal=True, wrap=False, vertical_alignment="center", gap="small"):
        draw_order(page, current_order(), key="map_order", width="stretch")
        with st.container(key="map_list_full", width="content"):
            st.page_link(navigation.path_of("customers"), label=_("Full list"), icon=":material/table_rows:", query_params=query)
    st.caption(count_in_words(page, found))


@st.fragment(run_every=LIST_AFTER_S)
def _draw_list_later() -> None:
    """Hold the list's place until the first pins are drawn, then run the page again with it: rows would delay the pins."""
    if st.session_state.get(_WAITED):
        st.session_state[_LENGTH] = LIST_LENGTH
        st.rerun()
    st.session_state[_WAITED] = True
    with st.container(key="customer_list"):
        st.skeleton(height=600)


def select_customer(customer_id: int) -> None:
    """Select a customer: its card opens, a form that was open closes."""
    visit_form.close_form()
    st.query_params[SELECTED] = str(customer_id)
    st.query_params.pop(VIEW, None)
    st.query_params.pop(MOVING, None)


def unselect() -> None:
    """Close the card."""
    visit_form.close_form()
    for name in (SELECTED, MOVING):
        st.query_params.pop(name, None)


def _selected_id() -> int | None:
    value = st.query_params.get(SELECTED, "")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else (-1 if value else None)


def _draw_move(page: Page, customer_filter: CustomerFilter, customer_id: int) -> None:
    """Draw the map to put one customer's pin on: tap or drag, then confirm."""
    _ = page.text.gettext
    with page.database.read() as session:
        customer = customer_details(session, page.user, customer_id=customer_id)
    note = st.container(key="moving_note", gap="small")
    pick = PinCandidate(customer.lat, customer.lon, customer.precision_m)
    tapped = draw_map(page, customer_filter=customer_filter, colour_by=_colour(), selected_id=customer_id, pick=pick)
    if tapped.place is not None:
        st.session_state[_PLACE] = (customer_id, *tapped.place)
    place: tuple[int, float, float] | None = st.session_state.get(_PLACE)
    chosen = place if place is not None and place[0] == customer_id else None
    with note:
        st.markdown(f"**{plain(customer.name)}**  \n{_('Tap the map where the customer is, or drag the pin.')}")
        page.show_problem("lat")
        with st.container(key="moving_buttons", horizontal=True, wrap=False):
            st.button(_("Cancel"), key="cancel_move", on_click=_stop_moving)
            if st.button(_("Put the pin here"), key="save_move", type="primary", width="stretch", disabled=not chosen) and chosen:
                _move_pin(page, customer_id, chosen[1], chosen[2])


def _move_pin(page: Page, customer_id: int, lat: float, lon: float) -> None:
    with page.saving() as session:
        place_pin(session, page.user, customer_id=customer_id, lat=lat, lon=lon, now=page.now)
    _stop_moving()
    page.toast(page.text.gettext("Pin moved."))
    st.rerun()


def _draw_colours(page: Page) -> None:
    _ = page.text.gettext
    if st.session_state.get(_COLOUR_WIDGET) != _colour():
        st.session_state[_COLOUR_WIDGET] = _colour()
    st.selectbox(
        _("Colour by"),
        list(COLOURS),
        format_func=lambda c: _(COLOURS[c]),
        key=_COLOUR_WIDGET,
        on_change=_write_colour,
        persist_state="page",
    )


def _colour() -> ColourBy:
    asked = st.query_params.get(COLOUR, "")
    return ColourBy(asked) if asked in list(ColourBy) else ColourBy.LIKELIHOOD


def _write_colour() -> None:
    st.query_params[COLOUR] = st.session_state[_COLOUR_WIDGET]


def _switch_view(view: str) -> None:
    if view:
        st.query_params[VIEW] = view
    else:
        st.query_params.pop(VIEW, None)


def _lengthen(length: int) -> None:
    st.session_state[_LENGTH] = length + LONGER


def _note_opening() -> None:
    st.session_state[_OPENING] = True


def _start_moving() -> None:
    st.query_params[MOVING] = "1"


def _stop_moving() -> None:
    st.session_state.pop(_PLACE, None)
    st.query_params.pop(MOVING, None)


def _is_phone() -> bool:
    """True when the browser says so: a phone gets the list only when it asks for it."""
    agent = st.context.headers.get("User-Agent")
    return isinstance(agent, str) and "Mobi" in agent
