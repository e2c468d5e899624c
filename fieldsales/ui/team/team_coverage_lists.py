"""Below the coverage map: customers it cannot show, and the overdue A's, each with one tap to give it to somebody."""

from __future__ import annotations

import html
from datetime import datetime

import streamlit as st

from fieldsales.domain.coverage import CoverageAsked
from fieldsales.services.customers.customer_owners import assignable_owners
from fieldsales.services.team.coverage_lists import (
    OverdueHot,
    WithoutPin,
    assign_customer,
    count_overdue_hot,
    list_overdue_hot,
    list_without_pin,
)
from fieldsales.ui import navigation
from fieldsales.ui.customers.customer_undo import offer_undo
from fieldsales.ui.format import in_parts, one_line, plain, safe
from fieldsales.ui.page import Page
from fieldsales.ui.table_export import draw_table_export
from fieldsales.ui.team.team_state import TeamAsked

LISTED = 30
OVERDUE_LISTED = 8  # until more are asked for
_TO, _MORE = "overdue_to", "_overdue_more"


def draw_without_pin(page: Page, asked: TeamAsked, coverage: CoverageAsked, count: int, *, nobody_else: bool) -> None:
    """Say how many customers are on no map, with the list behind it and the way to mend it."""
    if not count:
        return
    _ = page.text.gettext
    said = page.text.ngettext(
        "{count} customer has no pin and is not on this map.", "{count} customers have no pin and are not on this map.", count
    )
    sentence = said.format(count=page.text.number(count))
    if nobody_else:
        st.info(_("None of these customers has a pin yet, so there is no map."), icon=":material/wrong_location:")
    with st.expander(sentence, key="coverage_without_pin", icon=":material/wrong_location:", on_change="rerun") as folded:
        if not folded.open:
            return
        with page.database.read() as session:
            rows = list_without_pin(session, page.user, team_filter=asked.team_filter, asked=coverage, limit=LISTED)
        items = "".join(_item(page, row) for row in rows)
        st.html(f'<ul class="fs-timeline">{items}</ul>')
        if count > len(rows):
            st.caption(_("The first {shown} of {count}.").format(shown=page.text.number(len(rows)), count=page.text.number(count)))
        st.page_link(navigation.path_of("fix_list"), label=_("Places to fix"), icon=":material/wrong_location:")


def _item(page: Page, row: WithoutPin) -> str:
    _ = page.text.gettext
    address, owner = safe(row.address) or html.escape(_("No address")), safe(row.owner_name) or html.escape(_("Nobody"))
    link = f'<a href="/customer?id={row.id}" target="_self">{safe(row.name)}</a>'
    return f'<li>{link}<div class="fs-quiet">{address} · {owner}</div></li>'


def draw_overdue(page: Page, asked: TeamAsked) -> None:
    """Draw the overdue A's, those left alone longest first."""
    _ = page.text.gettext
    limit = st.session_state.get(_MORE, OVERDUE_LISTED)
    with page.database.read() as session:
        counts = count_overdue_hot(session, page.user, team_filter=asked.team_filter, today=page.today, zone=page.zone)
        rows = list_overdue_hot(session, page.user, team_filter=asked.team_filter, today=page.today, zone=page.zone, limit=limit)
        people = dict(assignable_owners(session, page.user))
    total = sum(counts.values())
    with st.container(key="overdue_hot", gap="small"):
        st.subheader(_("Overdue A's ({count})").format(count=page.text.number(total)), anchor=False)
        page.show_problem(None)
        page.show_problem("owner_id")
        if not rows:
            st.caption(_("No customer rated A is overdue."))
            return
        _draw_whom(page, people, counts)
        for row in rows:
            _draw_row(page, row, people)
        if total > len(rows):
            st.caption(_("The first {shown} of {count}.").format(shown=page.text.number(len(rows)), count=page.text.number(total)))
            st.button(_("Show more"), key="overdue_more", on_click=_show_more, args=(len(rows) + LISTED,))
        _draw_export(page, asked, total)


def _show_more(limit: int) -> None:
    st.session_state[_MORE] = limit


def _draw_export(page: Page, asked: TeamAsked, total: int) -> None:
    """Draw the file of all of them, not only those listed."""
    _ = page.text.gettext
    header = [_("Customer"), _("Owner"), _("Municipality"), _("Amount"), _("Last seen")]
    database, user, team_filter, today, zone = page.database, page.user, asked.team_filter, page.today, page.zone

    def rows() -> list[tuple[str, str, str, int | None, datetime]]:
        with database.read() as session:
            found = list_overdue_hot(session, user, team_filter=team_filter, today=today, zone=zone, limit=total)
        return [(row.name, row.owner_name, row.area, row.amount, row.seen_at) for row in found]

    draw_table_export(page, key="overdue_hot", name=_("Overdue A's"), header=header, rows=rows, names_customers=True)


def _draw_whom(page: Page, people: dict[int, str], counts: dict[int | None, int]) -> None:
    """Draw to whom a tap gives a customer: at first whoever has fewest overdue A's."""
    _ = page.text.gettext
    if not people:
        return
    names = {i: _("{name} ({count})").format(name=one_line(name), count=page.text.number(counts.get(i, 0))) for i, name in people.items()}
    if st.session_state.get(_TO) not in people:
        st.session_state[_TO] = min(people, key=lambda i: (counts.get(i, 0), people[i], i))
    st.selectbox(_("Assign to (overdue A's now)"), list(people), format_func=names.__getitem__, key=_TO, persist_state="page")


def _draw_row(page: Page, row: OverdueHot, people: dict[int, str]) -> None:
    _ = page.text.gettext
    to = st.session_state.get(_TO)
    with st.container(key=f"overdue_row_{row.id}", horizontal=True, wrap=False, vertical_alignment="center"):
        st.html(
            f'<a href="/customer?id={row.id}" target="_self"><b>{safe(row.name)}</b></a>'
            f'<div class="fs-quiet">{in_parts(_since(page, row), _owner(page, row), _amount(page, row))}</div>'
        )
        if to is None or to == row.owner_id:
            return
        label = _("Assign")
        help_text = _("Assign to {name}").format(name=plain(people.get(to, "")))
        if not st.button(label, key=f"overdue_assign_{row.id}", help=help_text, icon=":material/person_add:"):
            return
    with page.saving() as session:
        change_id = assign_customer(session, page.user, customer_id=row.id, seen_owner_id=row.owner_id, owner_id=to, now=page.now)
    offer_undo(page, change_id, _("{customer} is now {owner}'s.").format(customer=plain(row.name), owner=plain(people[to])))
    st.rerun()


def _since(page: Page, row: OverdueHot) -> str:
    _ = page.text.gettext
    if row.promised_on is not None:
        return html.escape(_("Agreed for {day}").format(day=page.text.day(row.promised_on, today=page.today)))
    ago = page.text.days_ago(page.days_since(row.seen_at))
    return html.escape(_("Never visited, entered {ago}").format(ago=ago) if row.never_visited else _("Last visit {ago}").format(ago=ago))


def _owner(page: Page, row: OverdueHot) -> str:
    _ = page.text.gettext
    if row.owner_id is None:
        return html.escape(_("Nobody"))
    return html.escape(_("{name} (left)")).format(name=safe(row.owner_name)) if row.owner_left else safe(row.owner_name)


def _amount(page: Page, row: OverdueHot) -> str:
    return html.escape(page.text.money(row.amount)) if row.amount is not None else ""
