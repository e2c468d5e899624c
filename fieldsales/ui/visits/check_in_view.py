"""Checking in at a customer, and what check-ins say: on the customer's page and on the card over the map."""

from __future__ import annotations

import html

import streamlit as st

from fieldsales.services.customers.customer_search import CustomerDetails
from fieldsales.services.visits import check_ins
from fieldsales.services.visits.check_ins import CheckInRow
from fieldsales.services.visits.position_views import CheckInPosition, read_positions
from fieldsales.ui.components.position_button import position_button
from fieldsales.ui.format import safe
from fieldsales.ui.page import Page
from fieldsales.ui.visits.check_in_words import check_in_in_words, duration_in_words, hours_in_words, reason_in_words, state_in_words

LISTED = 20
_SHOWN = "_positions_shown"


def draw_presence(page: Page, customer: CustomerDetails) -> CheckInRow | None:
    """Draw what was found while one is checked in at this customer; return where one is checked in, if anywhere."""
    with page.database.read() as session:
        here = check_ins.open_check_in(session, page.user, now=page.now, zone=page.zone)
    if here is not None and here.customer_id == customer.id:
        _draw_found(page, here)
    return here


def draw_check_in(page: Page, customer: CustomerDetails, here: CheckInRow | None) -> None:
    """Draw the button to check in, or to read again a position that was missing; the way out is on the bar."""
    _ = page.text.gettext
    is_here = here is not None and here.customer_id == customer.id
    if here is not None and is_here and here.has_position:
        return
    label = _("Locate again") if is_here else _("Check in")
    with st.container(key="check_in"):
        tap = position_button(page, label, key=f"position_{customer.id}", warns=not is_here)
    if tap is None:
        return
    with page.saving() as session:
        check_ins.check_in(
            session,
            page.user,
            customer_id=customer.id,
            position=tap.position,
            failure=tap.failure,
            client_ref=tap.client_ref,
            zone=page.zone,
            now=page.now,
        )
    st.rerun()


def _draw_found(page: Page, here: CheckInRow) -> None:
    since = page.text.gettext("Checked in since {time}").format(time=hours_in_words(page, here).removesuffix("–"))
    st.html(
        f'<div class="fs-check-in"><b>{html.escape(since)}</b>{state_badge(page, here)}'
        f'<div class="fs-quiet">{html.escape(reason_in_words(page, here))}</div></div>'
    )


def check_out(page: Page, here: CheckInRow) -> None:
    """End the open check-in, say how long it was, and start the run over."""
    _ = page.text.gettext
    with page.saving() as session:
        left = check_ins.check_out(session, page.user, check_in_id=here.id, now=page.now)
    stay = (left.checked_out_at or page.now) - left.checked_in_at
    page.toast(_("Checked out after {duration}.").format(duration=duration_in_words(page, stay)))
    st.rerun()


def draw_check_ins(page: Page, customer: CustomerDetails) -> None:
    """Draw who checked in here and how well it agreed; the places themselves only when asked for, which their authors see."""
    _ = page.text.gettext
    with page.database.read() as session:
        rows = check_ins.list_check_ins(session, page.user, customer_id=customer.id, limit=LISTED)
        visible = check_ins.looked_after(session, page.user, user_ids={row.user_id for row in rows if row.has_position})
    if not rows:
        return
    title = _("Check-ins ({count})").format(count=page.text.number(len(rows)))
    with st.expander(title, key="customer_check_ins"):
        positions = _asked_positions(page, customer.id, visible)
        items = "".join(_item(page, row, positions.get(row.id)) for row in rows)
        st.html(f'<ul class="fs-timeline">{items}</ul>')
        if visible and not positions:
            others = visible - {page.user.id}
            if others:
                st.caption(_("Their authors see on their account page that you looked at the positions."))
            st.button(_("Show positions"), key="show_positions", icon=":material/my_location:", on_click=_ask, args=(customer.id,))


def state_badge(page: Page, row: CheckInRow) -> str:
    """Return the state as HTML: a word in a frame, told apart by more than its colour."""
    return f'<span class="fs-state fs-state-{row.state.value}">{html.escape(state_in_words(page, row))}</span>'


def _item(page: Page, row: CheckInRow, position: CheckInPosition | None) -> str:
    day = page.text.day(row.checked_in_at.astimezone(page.zone).date(), today=page.today)
    where = f'<div class="fs-quiet">{html.escape(position_in_words(page, position))}</div>' if position else ""
    reason = f'<div class="fs-quiet">{html.escape(reason_in_words(page, row))}</div>'
    return f"<li><b>{html.escape(day)}</b> {html.escape(check_in_in_words(page, row))} · {safe(row.who)}{reason}{where}</li>"


def position_in_words(page: Page, position: CheckInPosition) -> str:
    """Return where a check-in was, as coordinates with what they are worth."""
    _ = page.text.gettext
    sentence = _("{lat}, {lon} (rounded to about {accuracy})") if position.coarse else _("{lat}, {lon} (±{accuracy})")
    digits = 2 if position.coarse else 5
    lat, lon = (f"{degrees:.{digits}f}" for degrees in (position.lat, position.lon))
    return sentence.format(lat=lat, lon=lon, accuracy=page.text.metres(position.accuracy_m))


def _ask(customer_id: int) -> None:
    st.session_state[_SHOWN] = customer_id


def _asked_positions(page: Page, customer_id: int, user_ids: frozenset[int]) -> dict[int, CheckInPosition]:
    """Return the positions asked for by the tap that began this run; the next run hides them again."""
    if st.session_state.pop(_SHOWN, None) != customer_id:
        return {}
    found: dict[int, CheckInPosition] = {}
    with page.saving() as session:
        for user_id in sorted(user_ids):
            positions = read_positions(session, page.user, user_id=user_id, customer_id=customer_id, limit=LISTED, now=page.now)
            found |= {position.check_in_id: position for position in positions}
    return found
