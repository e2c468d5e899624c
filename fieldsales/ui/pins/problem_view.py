"""One customer without a good pin: the best guess on the map, place it by a tap, or correct the address."""

from __future__ import annotations

import html

import streamlit as st

from fieldsales.domain.customer_filter import CustomerFilter
from fieldsales.domain.places import Place
from fieldsales.errors import CustomerChanged
from fieldsales.services.customers.customer_history import restore_change
from fieldsales.services.pins.fix_list import Problem, correct_address, correct_pin, find_problem
from fieldsales.services.pins.locating import PinState, locate_customer
from fieldsales.ui import navigation, words
from fieldsales.ui.format import plain, safe
from fieldsales.ui.map.map_view import PinCandidate, draw_map
from fieldsales.ui.page import Page
from fieldsales.ui.pins import problem_words
from fieldsales.ui.pins.fix_list_view import close_problem, state_in_words

UNDO_SHOWN_S = 12
_PICKED = "_fix_picked"
_EDITING = "_fix_editing"
_UNDO = "_fix_undo"
_POSTAL, _ADDRESS = "fix_postal_code", "fix_address"


def draw_problem(page: Page, customer_id: int) -> None:
    """Draw one customer: who and why, then map and address beside each other (below each other on a phone)."""
    with page.database.read() as session:
        problem = find_problem(session, page.user, customer_id=customer_id)
    with st.container(key="fix_problem"):
        st.button(page.text.gettext("Places to fix"), key="fix_back", icon=":material/arrow_back:", type="tertiary", on_click=_leave)
        _draw_reason(page, problem)
        map_side, address_side = st.columns([3, 2], gap="medium")
        with map_side:
            _draw_map(page, problem)
        with address_side:
            _draw_address(page, problem)


def draw_undo(page: Page) -> None:
    """Confirm what was fixed last, with the way back; it fades by itself."""
    undo = st.session_state.get(_UNDO)
    if undo is None or page.now.timestamp() > undo["until"]:
        return
    _ = page.text.gettext
    with st.container(key=f"undo_bar_fix_{undo['change_id']}", horizontal=True, wrap=False, vertical_alignment="center"):
        st.markdown(undo["sentence"], wrap=False)
        if undo["change_id"] is None or not st.button(_("Undo"), key="undo_fix", type="tertiary"):
            return
    for name in (_UNDO, _EDITING, _PICKED):
        st.session_state.pop(name, None)
    with page.saving() as session:
        customer = restore_change(session, page.user, change_id=undo["change_id"], now=page.now)
    locate_customer(page.database, page.runtime.geocoder, page.user, customer_id=customer.id, now=page.now)
    page.toast(_("Taken back."))
    st.rerun()


def _draw_reason(page: Page, problem: Problem) -> None:
    _ = page.text.gettext
    likelihood = html.escape(_(words.LIKELIHOODS[problem.likelihood]))
    owner = safe(problem.owner_name) if problem.owner_name else html.escape(_("Nobody"))
    st.html(
        f'<div class="fs-heading">{words.badge_html(problem.likelihood, likelihood)}<div><h2>{safe(problem.name)}</h2>'
        f'<div class="fs-note">{html.escape(_("Owner"))}: {owner}</div></div></div>'
    )
    if problem.state is PinState.LOCATED:
        st.success(_("This customer has a good pin. Tap the map to move it."), icon=":material/check_circle:")
        return
    st.warning(_(problem_words.SENTENCES[problem.reason]), icon=":material/wrong_location:")
    if problem.lat is not None:
        place = plain(problem.matched) or _("the circle on the map")
        st.caption(_("Best guess: {place}, {radius}.").format(place=place, radius=state_in_words(page, problem)))
    if problem.retry_at is not None and problem.retry_at > page.now:
        again = _("Looked up again at {moment}.").format(moment=page.text.moment(problem.retry_at, zone=page.zone))
        st.caption(again)


def _draw_map(page: Page, problem: Problem) -> None:
    _ = page.text.gettext
    place = _picked(problem)
    lat, lon = place or (problem.lat, problem.lon)
    candidate = PinCandidate(lat, lon, None if place else problem.precision_m)
    tapped = draw_map(page, customer_filter=CustomerFilter(), height_key="fix_map", pick=candidate)
    if tapped.place is not None:
        st.session_state[_PICKED] = {"id": problem.customer_id, "place": tapped.place}
        place = tapped.place
    if place is None and problem.lat is not None and problem.lon is not None and problem.by_hand:
        place = (problem.lat, problem.lon)  # somebody put it there: one tap says that it is still right
    st.caption(_("Tap the map where the customer is, or drag the pin.") if place is None else f"{place[0]:.5f}, {place[1]:.5f}")
    if st.button(_("Place it here"), key="place_here", type="primary", width="stretch", icon=":material/pin_drop:", disabled=place is None):
        _place(page, problem, place)
    page.show_problem("lat")


def _draw_address(page: Page, problem: Problem) -> None:
    _ = page.text.gettext
    editing = _begin_editing(page, problem)
    with st.form("fix_form", enter_to_submit=False):
        st.text_input(_("Postal code"), key=_POSTAL, max_chars=16, autocomplete="off", persist_state="page")
        page.show_problem("postal_code")
        st.text_area(_("Address"), key=_ADDRESS, max_chars=1000, height=96, persist_state="page")
        page.show_problem("address")
        page.show_problem()
        if editing["version"] != problem.version or isinstance(page.problem, CustomerChanged):
            st.caption(_("Stored now: {address}").format(address=plain(f"{problem.postal_code} {problem.address}".strip()) or "–"))
        searched = st.form_submit_button(_("Look up this address"), key="fix_lookup", icon=":material/search:", width="stretch")
    link = navigation.path_of("customer")
    st.page_link(link, label=_("Open the customer"), icon=":material/business:", query_params={"id": str(problem.customer_id)})
    if searched:
        _correct(page, problem, editing["version"])


def _begin_editing(page: Page, problem: Problem) -> dict[str, int]:
    """Fill the form once per customer and note the version that the edit began with; a conflict moves it to the stored one."""
    editing: dict[str, int] | None = st.session_state.get(_EDITING)
    if editing is None or editing["id"] != problem.customer_id or _ADDRESS not in st.session_state:
        st.session_state[_POSTAL], st.session_state[_ADDRESS] = problem.postal_code, problem.address
        editing = st.session_state[_EDITING] = {"id": problem.customer_id, "version": problem.version}
    elif isinstance(page.problem, CustomerChanged):
        editing = st.session_state[_EDITING] = {"id": problem.customer_id, "version": page.problem.version}
    return editing


def _place(page: Page, problem: Problem, place: tuple[float, float] | None) -> None:
    if place is None:
        return
    _ = page.text.gettext
    with page.saving() as session:
        change_id = correct_pin(session, page.user, customer_id=problem.customer_id, lat=place[0], lon=place[1], now=page.now)
    _offer_undo(page, change_id, _("Placed: {name}").format(name=plain(problem.name)))
    _leave()
    st.rerun()


def _correct(page: Page, problem: Problem, version: int) -> None:
    _ = page.text.gettext
    address, postal_code = st.session_state[_ADDRESS], st.session_state[_POSTAL]
    with page.saving() as session:
        change_id = correct_address(
            session, page.user, customer_id=problem.customer_id, version=version, postal_code=postal_code, address=address, now=page.now
        )
    with st.spinner(_("Looking up the address…")):
        place = locate_customer(page.database, page.runtime.geocoder, page.user, customer_id=problem.customer_id, now=page.now)
    if change_id is None and place is None:
        page.toast(_("The address is the same as before."))
    else:
        _offer_undo(page, change_id, _answer_in_words(page, place))
    st.session_state.pop(_EDITING, None)
    st.session_state.pop(_PICKED, None)
    st.rerun()


def _answer_in_words(page: Page, place: Place | None) -> str:
    _ = page.text.gettext
    if place is None or not place.found:
        return _("Saved, but no place was found for it.")
    radius = page.text.metres(place.precision_m or 0)
    return _("Found: {place}, within {distance}").format(place=plain(place.matched), distance=radius)


def _offer_undo(page: Page, change_id: int | None, sentence: str) -> None:
    st.session_state[_UNDO] = {"change_id": change_id, "sentence": sentence, "until": page.now.timestamp() + UNDO_SHOWN_S}


def _picked(problem: Problem) -> tuple[float, float] | None:
    picked = st.session_state.get(_PICKED)
    place: tuple[float, float] | None = picked["place"] if picked and picked["id"] == problem.customer_id else None
    return place


def _leave() -> None:
    st.session_state.pop(_PICKED, None)
    st.session_state.pop(_EDITING, None)
    close_problem()
