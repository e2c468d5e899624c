"""On the account page: what is kept of one's check-ins, who looked at it, and the check-ins themselves."""

from __future__ import annotations

import html

import streamlit as st

from fieldsales.services.options import read_options
from fieldsales.services.visits.check_ins import CheckInRow, list_own_check_ins
from fieldsales.services.visits.position_views import CheckInPosition, Look, list_looks, read_positions
from fieldsales.ui.format import safe
from fieldsales.ui.page import Page
from fieldsales.ui.visits.check_in_view import position_in_words
from fieldsales.ui.visits.check_in_words import check_in_in_words
from fieldsales.ui.words import ROLES

LISTED = 30


def draw_check_ins_and_looks(page: Page) -> None:
    """Draw what is kept and for how long, who looked, and one's own check-ins."""
    _, ngettext = page.text.gettext, page.text.ngettext
    with page.database.read() as session:
        days = read_options(session).coarsen_after_days
        rows = list_own_check_ins(session, page.user, limit=LISTED)
        positions = {p.check_in_id: p for p in read_positions(session, page.user, user_id=page.user.id, limit=LISTED, now=page.now)}
        looks = list_looks(session, page.user, limit=LISTED)
    st.subheader(_("Check-ins and positions"), anchor=False)
    kept = ngettext(
        "A position is read only when you tap Check in, and rounded to about 1 km after {count} day.",
        "A position is read only when you tap Check in, and rounded to about 1 km after {count} days.",
        days,
    )
    st.caption(kept.format(count=page.text.number(days)))
    st.caption(_("You, your team's managers and administrators can see it. Teammates see the result, never the place."))
    nobody = _("Nobody so far.")
    with st.container(key="position_looks"):
        title = html.escape(_("Who looked at your positions"))
        items = "".join(_look(page, look) for look in looks) or f'<li class="fs-quiet">{html.escape(nobody)}</li>'
        st.html(f'<h3 class="fs-section">{title}</h3><ul class="fs-timeline">{items}</ul>')
    with st.expander(_("My check-ins ({count})").format(count=page.text.number(len(rows))), key="my_check_ins"):
        if rows:
            st.html(f'<ul class="fs-timeline">{"".join(_item(page, row, positions.get(row.id)) for row in rows)}</ul>')
        else:
            st.caption(_("None yet. The button is on each customer's page and card."))


def _look(page: Page, look: Look) -> str:
    _ = page.text.gettext
    when = page.text.moment(look.viewed_at, zone=page.zone)
    where = safe(look.customer_name) or html.escape(_("several customers"))
    return f"<li><b>{safe(look.who)}</b> {html.escape(_(ROLES[look.role]))} · {html.escape(when)} · {where}</li>"


def _item(page: Page, row: CheckInRow, position: CheckInPosition | None) -> str:
    _ = page.text.gettext
    day = page.text.day(row.checked_in_at.astimezone(page.zone).date(), today=page.today)
    name = safe(row.customer_name) or html.escape(_("a customer you no longer see"))
    where = position_in_words(page, position) if position else _("No position kept.")
    return (
        f"<li><b>{html.escape(day)}</b> {html.escape(check_in_in_words(page, row))} · {name}"
        f'<div class="fs-quiet">{html.escape(where)}</div></li>'
    )
