"""Deliveries on the summary page: which there are, how the newest went, and the form for one."""

from __future__ import annotations

from functools import partial
from uuid import uuid4

import streamlit as st

from fieldsales.db.database import Session
from fieldsales.domain.words import DeliveryState
from fieldsales.services.team import deliveries
from fieldsales.services.team.deliveries import DeliveryRow, Ways
from fieldsales.ui.customers.record_undo import draw_undo, offer_undo
from fieldsales.ui.format import plain
from fieldsales.ui.page import Page, open_page, saying_what_broke
from fieldsales.ui.table_export import may_export
from fieldsales.ui.team import team_delivery_form
from fieldsales.ui.team.team_delivery_form import FORMATS, OPEN, weekday_name
from fieldsales.wording.deliveries import say_trouble

NEW = "new"


@st.fragment
def draw_deliveries() -> None:
    """Draw the deliveries of the user's teams; without a folder and a mail server, what an administrator has to set.

    A fragment: filling in its form does not sum up the team again.
    """
    with saying_what_broke():
        page = open_page()
        _draw_list(page, page.runtime.delivery_ways)


def _draw_list(page: Page, ways: Ways) -> None:
    _ = page.text.gettext
    with page.database.read() as session:
        rows = deliveries.list_deliveries(session, page.user)
    with st.container(key="team_deliveries", gap="small"):
        draw_undo(page)
        for row in rows:
            _draw_row(page, row, ways)
        if not (ways.folder or ways.mail):
            st.info(_("The weekly summary can be sent by itself once an administrator has set a folder or a mail server."))
            return
        if not may_export(page.user):
            st.caption(_("Only those who may export can have summaries sent: they name customers."))
            return
        if not rows:
            st.caption(_("The weekly summary of a team, into a folder or by mail, on a day and time of your choice."))
        if st.session_state.get(OPEN) == NEW:
            team_delivery_form.draw_form(page, None, ways)
        else:
            st.button(_("Set up a delivery"), key="team_delivery_add", icon=":material/schedule_send:", on_click=_open, args=(NEW,))


def _draw_row(page: Page, row: DeliveryRow, ways: Ways) -> None:
    _ = page.text.gettext
    with st.container(key=f"team_delivery_{row.id}", border=True, gap="small"):
        whose = plain(row.team) or _("Everybody")
        st.markdown(f"**{whose}** · {_(FORMATS[row.asked.format])}  \n{_when(page, row)}")
        st.caption(_where(page, row))
        _draw_state(page, row)
        if not row.mine:
            return
        if st.session_state.get(OPEN) == row.id and not row.stopped:
            team_delivery_form.draw_form(page, row, ways)
        else:
            _draw_buttons(page, row)


def _when(page: Page, row: DeliveryRow) -> str:
    _, asked = page.text.gettext, row.asked
    when = _("Every {weekday} at {time} ({zone})").format(
        weekday=weekday_name(page, asked.weekday), time=f"{asked.at:%H:%M}", zone=asked.zone
    )
    which = _("the week it is sent in") if asked.running_week else _("the week before")
    return plain(f"{when} · {which}")


def _where(page: Page, row: DeliveryRow) -> str:
    _ = page.text.gettext
    targets = [*([_("Folder of the server")] if row.asked.to_folder else []), *row.asked.recipients]
    maker = _("Set up by {name}").format(name=row.maker)
    return plain(f"{_(', ').join(targets)} · {maker}")


def _draw_state(page: Page, row: DeliveryRow) -> None:
    """Draw when it was sent last, what went wrong, and when the next attempt is."""
    _, text = page.text.gettext, page.text
    next_at = text.moment(row.next_at, zone=page.zone)
    if row.trouble is not None:
        again = _("Next attempt {when}.") if row.attempts else _("Given up for this week; next time {when}.")
        after = "" if row.stopped else again.format(when=next_at)
        st.warning(plain(text.paragraph(say_trouble(row.trouble, text), after)), icon=":material/error:")
    sent = _("Last sent {when}").format(when=text.moment(row.sent_at, zone=page.zone)) if row.sent_at else _("Not sent yet")
    if row.stopped:
        st.caption(plain(sent))
    elif row.state is not DeliveryState.FAILED:
        coming = _("Next {when}, of the week of {day}").format(when=next_at, day=text.day(row.week, today=page.today))
        st.caption(plain(f"{sent} · {coming}"))


def _draw_buttons(page: Page, row: DeliveryRow) -> None:
    _ = page.text.gettext
    with st.container(key=f"team_delivery_ways_{row.id}", horizontal=True, gap="small"):
        if not row.stopped and may_export(page.user):
            change = f"team_delivery_change_{row.id}"
            st.button(_("Change"), key=change, icon=":material/edit:", type="tertiary", on_click=_open, args=(row.id,))
            if st.button(_("Send now"), key=f"team_delivery_send_{row.id}", icon=":material/send:", type="tertiary"):
                with page.saving() as session:
                    week = deliveries.send_again(session, page.user, delivery_id=row.id, now=page.now)
                day = page.text.day(week, today=page.today)
                page.toast(_("The summary of the week of {day} is sent within a minute.").format(day=day))
                st.rerun()
        label = _("Remove from the list") if row.stopped else _("Stop")
        if st.button(label, key=f"team_delivery_stop_{row.id}", icon=":material/cancel_schedule_send:", type="tertiary"):
            with page.saving() as session:
                deliveries.stop_delivery(session, page.user, delivery_id=row.id, now=page.now)
            offer_undo(page, _("Nothing more is sent."), partial(_set_up_again, row=row))
            st.rerun()


def _set_up_again(session: Session, page: Page, *, row: DeliveryRow) -> None:
    """Set up a delivery anew that was stopped a moment ago."""
    ways = page.runtime.delivery_ways
    deliveries.save_delivery(session, page.user, asked=row.asked, client_ref=uuid4(), ways=ways, now=page.now)


def _open(which: int | str) -> None:
    st.session_state[OPEN] = which
    team_delivery_form.forget(str(uuid4()))
