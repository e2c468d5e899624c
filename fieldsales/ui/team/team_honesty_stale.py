"""A's that went stale: ranked A, and for long neither visited nor said again; the dearest first, each a tap from its page."""

from __future__ import annotations

import html

import streamlit as st

from fieldsales.services.honesty.calibration import MOST_LISTED, StaleDeal, StaleDeals, read_stale, usual_stale_days
from fieldsales.ui.format import in_parts, safe
from fieldsales.ui.page import Page
from fieldsales.ui.table_export import draw_table_export
from fieldsales.ui.team.team_state import TeamAsked
from fieldsales.ui.url_chips import draw_url_chips

STALE = "stale"
CHOICES = (14, 30, 60, 90, 180)
SHOWN = 10


def draw_stale(page: Page, asked: TeamAsked) -> None:
    """Draw how many A's are stale after a number of days that can be chosen, and the dearest of them."""
    _ = page.text.gettext
    with page.database.read() as session:
        days = _days(usual_stale_days(session))
        found = read_stale(session, page.user, team_filter=asked.team_filter, days=days, now=page.now)
    with st.container(key="honesty_stale", gap="xsmall"):
        title = _("Stale A’s")
        st.html(f'<h3 class="fs-section">{html.escape(title)}</h3>')
        choices = {str(number): _in_days(page, number) for number in sorted({*CHOICES, days})}
        label = _("Neither visited nor ranked A again for")
        draw_url_chips(label, choices, chosen=str(days), parameter=STALE, key="honesty_stale_days", show_label=True)
        _draw_found(page, found)


def _draw_found(page: Page, found: StaleDeals) -> None:
    _, text = page.text.gettext, page.text
    if not found.of:
        st.caption(_("No customer is ranked A."))
        return
    if not found.count:
        st.caption(_("None of the {of} A’s is stale.").format(of=text.number(found.of)))
        return
    sentence = _("{count} of {of} A’s, expected amount {amount}.")
    st.markdown(sentence.format(count=text.number(found.count), of=text.number(found.of), amount=text.money(found.amount)))
    st.html(f'<ul class="fs-records fs-stale">{"".join(_item(page, row) for row in found.rows[:SHOWN])}</ul>')
    if found.count > SHOWN:
        st.caption(
            _("The {shown} with the highest amounts are shown; the file holds up to {listed}.").format(shown=SHOWN, listed=MOST_LISTED)
        )
    header = [_("Customer"), _("Owner"), _("Expected amount (yen)"), _("Last visit"), _("Ranked A since"), _("Next date")]
    rows = [(r.name, r.owner, r.amount, r.last_visited_at, r.ranked_at, r.next_on) for r in found.rows]
    draw_table_export(page, key="honesty_stale", name=_("Stale A’s"), header=header, rows=rows, names_customers=True)


def _item(page: Page, row: StaleDeal) -> str:
    _, text = page.text.gettext, page.text
    since = text.days_ago(page.days_since(row.last_visited_at)) if row.last_visited_at is not None else ""
    visited = _("last visit {when}").format(when=since) if since else _("never visited")
    ranked = _("A since {day}").format(day=text.day(row.ranked_at.astimezone(page.zone).date(), today=page.today))
    amount = text.money(row.amount) if row.amount is not None else ""
    following = _("next date {day}").format(day=text.day(row.next_on, today=page.today)) if row.next_on is not None else _("no next date")
    owner = safe(row.owner) or html.escape(_("Nobody"))
    said = in_parts(owner, *(html.escape(part) for part in (visited, ranked, following)))
    link = f'<a href="/customer?id={row.customer_id}" target="_self">{safe(row.name) or "–"}</a>'
    return f'<li>{link}<span class="fs-amount">{html.escape(amount)}</span><span class="fs-quiet">{said}</span></li>'


def _days(usual: int) -> int:
    asked = st.query_params.get(STALE, "")
    return int(asked) if asked.isascii() and asked.isdigit() and len(asked) <= 4 and 1 <= int(asked) <= 3_650 else usual


def _in_days(page: Page, days: int) -> str:
    return page.text.ngettext("{count} day", "{count} days", days).format(count=page.text.number(days))
