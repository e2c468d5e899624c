"""One place: its name, and where it is, by address, by a tap on the map or by standing there."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from fieldsales.domain.customer_filter import CustomerFilter
from fieldsales.domain.places import AddressQuery
from fieldsales.domain.travel import Point
from fieldsales.domain.words import PlaceKind
from fieldsales.services.travel import places
from fieldsales.services.travel.places import MAX_ADDRESS, MAX_NAME, OWN_KINDS, SHARED_KINDS, PlaceInput, PlaceRow
from fieldsales.ui.components.position_button import position_button
from fieldsales.ui.format import plain
from fieldsales.ui.map.map_view import PinCandidate, draw_map
from fieldsales.ui.page import Page
from fieldsales.ui.places import place_undo
from fieldsales.ui.places.place_undo import WayBack
from fieldsales.ui.plan.day_rules_fields import KINDS
from fieldsales.ui.visits.check_in_words import failure_in_words

NEW = "new"
_PREFIX = "place_typed_"
_NAME, _KIND, _ADDRESS = f"{_PREFIX}name", f"{_PREFIX}kind", f"{_PREFIX}address"
_POINT, _TOKEN, _FOUND = f"{_PREFIX}point", f"{_PREFIX}token", f"{_PREFIX}found"
_NEAR_DEGREES = 0.01  # some kilometre each way: where a place is known, the map begins there


def draw_form(page: Page, place: PlaceRow | None, *, own: bool, on_leave: Callable[[], None]) -> None:
    """Draw the place to be changed, or a new one; what is typed survives a refusal and is forgotten on leaving."""
    _ = page.text.gettext
    _fill(place, own=own)
    st.subheader(plain(place.name) if place else _("Add a place"), anchor=False)
    if own:
        st.caption(_("Only you see this place. Whoever looks at your plans reads its kind, not where it is."))
    kinds = OWN_KINDS if own else SHARED_KINDS
    st.segmented_control(
        _("Kind of place"), kinds, format_func=lambda k: _(KINDS[k]), key=_KIND, required=True, width="stretch", persist_state="page"
    )
    page.show_problem("place_kind")
    st.text_input(
        _("Name of the place"),
        key=_NAME,
        max_chars=MAX_NAME,
        autocomplete="off",
        placeholder=_(KINDS[st.session_state[_KIND]]),
        persist_state="page",
    )
    page.show_problem("place_name")
    _draw_address(page)
    _draw_map(page)
    page.show_problem("lat")
    page.show_problem()
    with st.container(key="place_buttons", horizontal=True, wrap=False, gap="small"):
        if st.button(_("Cancel"), key="place_cancel"):
            forget_typed()
            on_leave()
            st.rerun()
        nowhere = st.session_state[_POINT] is None
        if st.button(_("Save"), key="place_save", type="primary", width="stretch", disabled=nowhere):
            _save(page, place, own=own, on_leave=on_leave)


def forget_typed() -> None:
    """Forget what was typed, so that the next place begins with what is stored."""
    for key in [key for key in st.session_state if isinstance(key, str) and key.startswith(_PREFIX)]:
        del st.session_state[key]


def _fill(place: PlaceRow | None, *, own: bool) -> None:
    token = place.id if place else f"{NEW}.{own}"
    if st.session_state.get(_TOKEN) == token and _NAME in st.session_state:
        return
    st.session_state.pop(_TOKEN, None)
    values: dict[str, object] = {
        _NAME: place.name if place else "",
        _KIND: place.kind if place else (PlaceKind.HOME if own else PlaceKind.OFFICE),
        _ADDRESS: place.address if place else "",
        _POINT: place.point if place else None,
        _FOUND: "",
        _TOKEN: token,  # last: a run that is broken off in between leaves a form that is filled again
    }
    for key, value in values.items():
        st.session_state[key] = value


def _draw_address(page: Page) -> None:
    _ = page.text.gettext
    st.text_input(_("Address"), key=_ADDRESS, max_chars=MAX_ADDRESS, autocomplete="off", persist_state="page")
    page.show_problem("place_address")
    with st.container(key="place_ways", horizontal=True, gap="small"):
        address = st.session_state[_ADDRESS].strip()
        if st.button(_("Look up this address"), key="place_lookup", icon=":material/search:", disabled=not address):
            _look_up(page, address)
        tap = position_button(page, _("I am here"), key="place_position")
    if tap is not None and tap.position is not None:
        _put(page, (tap.position.lat, tap.position.lon), _("Your position, within {distance}"), tap.position.accuracy_m)
    elif tap is not None:
        st.session_state[_FOUND] = failure_in_words(page, tap.failure)
    if st.session_state[_FOUND]:
        st.caption(st.session_state[_FOUND])


def _look_up(page: Page, address: str) -> None:
    _ = page.text.gettext
    with st.spinner(_("Looking up the address…")):
        found = page.runtime.geocoder.locate(AddressQuery(address))
    if found.lat is None or found.lon is None:
        st.session_state[_FOUND] = _("No place was found for this address. Tap the map where it is.")
        return
    sentence = _("Found: {place}, within {distance}. Tap the map to correct it.").replace("{place}", plain(found.matched))
    _put(page, (found.lat, found.lon), sentence, found.precision_m or 0)


def _put(page: Page, point: Point, sentence: str, radius_m: float) -> None:
    st.session_state[_POINT] = (round(point[0], 6), round(point[1], 6))
    st.session_state[_FOUND] = sentence.replace("{distance}", page.text.metres(radius_m))


def _draw_map(page: Page) -> None:
    _ = page.text.gettext
    point: Point | None = st.session_state[_POINT]
    around = None
    if point is not None:
        lat, lon = point
        around = (lon - _NEAR_DEGREES, lat - _NEAR_DEGREES, lon + _NEAR_DEGREES, lat + _NEAR_DEGREES)
    candidate = PinCandidate(*point) if point is not None else PinCandidate()
    tapped = draw_map(page, customer_filter=CustomerFilter(), height_key="place_map", pick=candidate, look_at=around)
    if tapped.place is not None and tapped.place != point:
        st.session_state[_POINT], st.session_state[_FOUND] = tapped.place, ""
        st.rerun()
    st.caption(_("Tap the map where the place is, or drag the pin.") if point is None else f"{point[0]:.5f}, {point[1]:.5f}")


def _save(page: Page, place: PlaceRow | None, *, own: bool, on_leave: Callable[[], None]) -> None:
    _ = page.text.gettext
    lat, lon = st.session_state[_POINT]
    kind = st.session_state[_KIND]
    name = st.session_state[_NAME].strip() or (_(KINDS[kind]) if kind is PlaceKind.HOME else "")
    values = PlaceInput(kind=kind, name=name, address=st.session_state[_ADDRESS], lat=lat, lon=lon)
    with page.saving() as session:
        version = place.version if place else None
        saved = places.save_place(session, page.user, values=values, own=own, place_id=place.id if place else None, version=version)
    place_undo.offer(page, _("Place saved."), _way_back(page, saved.id, saved.version, place))
    forget_typed()
    on_leave()
    st.rerun()


def _way_back(page: Page, place_id: int, version: int, former: PlaceRow | None) -> WayBack:
    """Return how to take a save back: to what the place was, or out of use when it was new."""
    if former is None:
        return lambda session, actor: places.retire_place(session, actor, place_id=place_id, now=page.now)
    return lambda session, actor: places.save_place(session, actor, values=former, place_id=place_id, version=version)
