"""Customers as rows to tap: likelihood, name and place at the left, when they were seen and what is next at the right."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime

import streamlit as st

from fieldsales.services.customers.customer_search import CustomerList, CustomerRow
from fieldsales.ui import words
from fieldsales.ui.format import plain
from fieldsales.ui.page import Page

COUNTED = 10_000  # whoever finds more types another letter
_NOTHING = "\N{NO-BREAK SPACE}"


def draw_rows(
    page: Page,
    rows: Sequence[CustomerRow],
    *,
    key: str,
    on_pick: Callable[[int], None],
    selected_id: int | None = None,
    amounts: bool = False,
) -> None:
    """Draw one button a row; `on_pick` is called with the id before the next run. With `amounts` they stand where next dates do."""
    with st.container(key=f"rows_{key}", gap=None):
        for row in rows:
            mark = "picked" if row.id == selected_id else "row"
            label = row_label(page, row, amounts=amounts)
            st.button(label, key=f"{mark}_{key}_{row.id}", on_click=on_pick, args=(row.id,), width="stretch", wrap=True)


def row_label(page: Page, row: CustomerRow, *, amounts: bool = False) -> str:
    """Return a row as markdown in five parts, which the style sheet lays out: badge, name, days, place and owner, next date."""
    owner = "" if row.owner_name == page.user.name else row.owner_name  # one's own name on every row says nothing
    # No line ends between family name and given name.
    where = [plain(row.address), plain(owner).replace(" ", "\N{NO-BREAK SPACE}")]
    place = " · ".join(part for part in where if part) or plain(page.text.gettext("No address"))
    days = plain(page.text.gettext("Never visited") if row.last_visited_at is None else _days_ago(page, row.last_visited_at))
    amount = plain(page.text.money(row.amount)) if row.amount is not None else _NOTHING
    last = amount if amounts else _due_in_words(page, row.next_on) or _NOTHING
    return f"{words.badge(row.likelihood)} **{plain(row.name) or '–'}** :small[{days}]\n:small[{place}] :small[{last}]"


def _days_ago(page: Page, last_visited_at: datetime) -> str:
    return page.text.days_ago(page.days_since(last_visited_at))


def next_in_words(page: Page, next_on: date | None) -> str:
    """Return a next date with what it means today; empty for none."""
    if next_on is None:
        return ""
    _ = page.text.gettext
    late = (page.today - next_on).days
    if late > 0:
        return page.text.ngettext("{count} day overdue", "{count} days overdue", late).format(count=page.text.number(late))
    if late == 0:
        return _("Due today")
    return _("Next {day}").format(day=page.text.day(next_on, today=page.today))


def count_in_words(page: Page, found: CustomerList) -> str:
    """Return 400件中37件 or 37 of 400 customers; the total alone when nothing is filtered out."""
    number, ngettext = page.text.number, page.text.ngettext
    matching, total = found.matching, found.total
    if found.at_least:
        return page.text.gettext("{matching}+ of {count} customers").format(matching=number(matching), count=number(total))
    if matching == total:
        return ngettext("{count} customer", "{count} customers", total).format(count=number(total))
    return ngettext("{matching} of {count} customer", "{matching} of {count} customers", total).format(
        matching=number(matching), count=number(total)
    )


def _due_in_words(page: Page, next_on: date | None) -> str:
    sentence = plain(next_in_words(page, next_on))
    if next_on is None or next_on > page.today:
        return sentence
    return f":red[{sentence}]" if next_on < page.today else f":primary[{sentence}]"
