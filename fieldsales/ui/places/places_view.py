"""Places to begin, end and change at: one's own on the account page, everybody's where managers and admins keep them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from fieldsales.domain.words import PlaceKind
from fieldsales.services.travel import places
from fieldsales.services.travel.places import PlaceNotFound, PlaceRow
from fieldsales.ui.format import plain
from fieldsales.ui.page import Page
from fieldsales.ui.places import place_form, place_undo
from fieldsales.ui.places.place_form import NEW
from fieldsales.ui.plan.day_rules_fields import KINDS

ICONS = {
    PlaceKind.HOME: ":material/home:",
    PlaceKind.OFFICE: ":material/apartment:",
    PlaceKind.STATION: ":material/train:",
    PlaceKind.OTHER: ":material/location_on:",
}


def draw_places(page: Page, edited: str, *, own: bool, on_edit: Callable[[str], None], on_leave: Callable[[], None]) -> None:
    """Draw the list of places, or the one that is edited: `edited` is an id, NEW, or empty for the list.

    Raises:
        PlaceNotFound: there is no such place to edit here.
    """
    with page.database.read() as session:
        rows = [row for row in places.list_places(session, page.user, retired=True) if (row.owner_id is not None) == own]
    if not edited:
        place_form.forget_typed()
        _draw_list(page, rows, own=own, on_edit=on_edit)
        place_undo.draw_undo(page)
        return
    label = page.text.gettext("My places") if own else page.text.gettext("The team's places")
    st.button(label, key="places_back", icon=":material/arrow_back:", type="tertiary", on_click=on_leave)
    place = next((row for row in rows if str(row.id) == edited), None)
    if place is None and edited != NEW:
        raise PlaceNotFound()
    place_form.draw_form(page, place, own=own, on_leave=on_leave)
    if place is not None:
        _draw_retiring(page, place, on_leave)


def _draw_list(page: Page, rows: Sequence[PlaceRow], *, own: bool, on_edit: Callable[[str], None]) -> None:
    _ = page.text.gettext
    in_use = sum(not row.retired for row in rows)
    with st.container(key="places_head", horizontal=True, wrap=False, vertical_alignment="center"):
        number = page.text.ngettext("{count} place", "{count} places", in_use).format(count=page.text.number(in_use))
        st.caption(number, width="stretch")
        st.button(_("Add a place"), key="add_place", icon=":material/add_location_alt:", type="primary", on_click=on_edit, args=(NEW,))
    if not in_use:
        st.info(_empty(page, own=own))
    with st.container(key="rows_places", gap=None):
        for row in rows:
            label = _row_label(page, row)
            st.button(label, key=f"row_place_{row.id}", on_click=on_edit, args=(str(row.id),), width="stretch", wrap=True)
    page.show_problem()


def _empty(page: Page, *, own: bool) -> str:
    _ = page.text.gettext
    if own:
        return _("Add your home if your days begin or end there. Nobody else sees where it is.")
    return _("Add the office, so that days begin there, and stations if somebody goes by train.")


def _row_label(page: Page, row: PlaceRow) -> str:
    _ = page.text.gettext
    retired = f":red[{_('retired')}]" if row.retired else ""
    point = f"{row.lat:.4f}, {row.lon:.4f}"
    parts = [part for part in (retired, _(KINDS[row.kind]), plain(row.address) or point) if part]
    return f"{ICONS[row.kind]} **{plain(row.name)}**\n:small[{' · '.join(parts)}]"


def _draw_retiring(page: Page, place: PlaceRow, on_leave: Callable[[], None]) -> None:
    _ = page.text.gettext
    label, icon = (_("Bring back"), ":material/unarchive:") if place.retired else (_("Retire"), ":material/archive:")
    if st.button(label, key="place_retire", icon=icon, type="tertiary"):
        with page.saving() as session:
            places.retire_place(session, page.user, place_id=place.id, retired=not place.retired, now=page.now)
        sentence = _("The place is back in use.") if place.retired else _("The place is out of use.")
        place_undo.offer(
            page,
            sentence,
            lambda session, actor: places.retire_place(session, actor, place_id=place.id, retired=place.retired, now=page.now),
        )
        on_leave()
        st.rerun()
    if not place.retired:
        st.caption(_("Plans that begin or end at a retired place keep it."))
