"""Trains between the team's places: minutes there and back, as the team knows them."""

from __future__ import annotations

from functools import partial

import streamlit as st

from fieldsales.domain.words import PlaceKind
from fieldsales.services.travel import place_links, places
from fieldsales.services.travel.place_links import LinkRow
from fieldsales.services.travel.places import PlaceRow
from fieldsales.ui.format import one_line, plain
from fieldsales.ui.page import Page
from fieldsales.ui.places import place_undo

_PREFIX = "link_typed_"
_FROM, _TO, _THERE, _BACK = (f"{_PREFIX}{name}" for name in ("from", "to", "there", "back"))
_SAVED = "_link_saved"  # the next run empties the fields


def draw_links(page: Page) -> None:
    """Draw the connections and the form for one more; who rides is told to walk to the nearest station of these."""
    _ = page.text.gettext
    with page.database.read() as session:
        links = place_links.list_links(session, page.user)
        shared = [row for row in places.list_places(session, page.user) if row.owner_id is None]
    st.subheader(_("Trains"), anchor=False)
    st.caption(_("Minutes between two places, the usual wait included. Who goes by train walks to a station, rides, changes and walks on."))
    if len(shared) < 2:
        st.info(_("Add two stations first."))
        return
    with st.container(key="link_list", gap=None):
        for link in links:
            _draw_link(page, link)
    _draw_form(page, shared, links)


def _draw_link(page: Page, link: LinkRow) -> None:
    _ = page.text.gettext
    with st.container(key=f"link_row_{link.from_id}_{link.to_id}", horizontal=True, wrap=False, vertical_alignment="center", gap="small"):
        st.markdown(f"**{plain(link.from_name)} – {plain(link.to_name)}**  \n:gray[{_in_words(page, link)}]", width="stretch")
        changing = (link.from_id, link.to_id, link.there, link.back)
        st.button(_("Change"), key=f"link_change_{link.from_id}_{link.to_id}", type="tertiary", on_click=_fill, args=changing)
        if st.button(_("Remove"), key=f"link_remove_{link.from_id}_{link.to_id}", type="tertiary"):
            with page.saving() as session:
                place_links.remove_link(session, page.user, from_id=link.from_id, to_id=link.to_id)
            _offer_way_back(page, _("Connection removed."), link.from_id, link.to_id, link)
            st.rerun()


def _in_words(page: Page, link: LinkRow) -> str:
    _ = page.text.gettext
    if link.there == link.back and link.there is not None:
        return _("{minutes} min each way").format(minutes=page.text.number(link.there))
    parts = []
    if link.there is not None:
        parts.append(_("there {minutes} min").format(minutes=page.text.number(link.there)))
    if link.back is not None:
        parts.append(_("back {minutes} min").format(minutes=page.text.number(link.back)))
    return " · ".join(parts)


def _draw_form(page: Page, shared: list[PlaceRow], links: tuple[LinkRow, ...]) -> None:
    _ = page.text.gettext
    stations_first = sorted(shared, key=lambda row: row.kind is not PlaceKind.STATION)
    names = {row.id: row.name for row in stations_first}
    _settle(names)
    if st.session_state.pop(_SAVED, False):  # put, not dropped: a browser that shows a value goes on showing it until told another
        _fill(None, None, None, None)

    def name(place_id: int) -> str:
        return one_line(names[place_id])

    with st.form("link_form", enter_to_submit=False):
        left, right = st.columns(2)
        with left:
            st.selectbox(
                _("From place"), list(names), index=None, format_func=name, key=_FROM, placeholder=_("Choose"), persist_state="page"
            )
            page.show_problem("link_from")
        with right:
            st.selectbox(_("To place"), list(names), index=None, format_func=name, key=_TO, placeholder=_("Choose"), persist_state="page")
            page.show_problem("link_to")
        left, right = st.columns(2)
        with left:
            st.number_input(_("Minutes there"), value=None, step=1, key=_THERE, persist_state="page")
            page.show_problem("link_there")
        with right:
            st.number_input(_("Minutes back"), value=None, step=1, key=_BACK, placeholder=_("None"), persist_state="page")
            page.show_problem("link_back")
        saved = st.form_submit_button(_("Save the connection"), key="link_save", width="stretch")
    if saved:
        _save(page, links)


def _save(page: Page, links: tuple[LinkRow, ...]) -> None:
    _ = page.text.gettext
    state = st.session_state
    if state[_FROM] is None or state[_TO] is None:
        page.toast(_("Choose two places."))
        st.rerun()
    one, other = state[_FROM], state[_TO]
    with page.saving() as session:
        place_links.save_link(session, page.user, from_id=one, to_id=other, there=state[_THERE], back=state[_BACK])
    former = next((link for link in links if {link.from_id, link.to_id} == {one, other}), None)
    _offer_way_back(page, _("Connection saved."), one, other, former)
    state[_SAVED] = True
    st.rerun()


def _offer_way_back(page: Page, sentence: str, one: int, other: int, former: LinkRow | None) -> None:
    if former is None:
        place_undo.offer(page, sentence, lambda session, actor: place_links.remove_link(session, actor, from_id=one, to_id=other))
        return
    save_former = partial(place_links.save_link, from_id=former.from_id, to_id=former.to_id, there=former.there, back=former.back)
    place_undo.offer(page, sentence, save_former)


def _fill(one: int | None, other: int | None, there: int | None, back: int | None) -> None:
    state = st.session_state
    state[_FROM], state[_TO], state[_THERE], state[_BACK] = one, other, there, back


def _settle(names: dict[int, str]) -> None:
    """Forget a choice whose place has gone out of use meanwhile."""
    for key in (_FROM, _TO):
        if st.session_state.get(key) is not None and st.session_state[key] not in names:
            st.session_state[key] = None
