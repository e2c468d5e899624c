"""Customers as rows to tap: likelihood, name, then when they were seen, what is next and whose they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime

import streamlit as st

from fieldsales.services.customer_search import CustomerRow
from fieldsales.ui import words
from fieldsales.ui.format import plain
from fieldsales.ui.page import Page


def draw_rows(page: Page, rows: Sequence[CustomerRow], *, key: str, on_pick: Callable[[int], None], selected_id: int | None = None) -> None:
    """Draw one button a row; `on_pick` is called with the id before the next run."""
    with st.container(key=f"rows_{key}", gap=None):
        for row in rows:
            mark = "picked" if row.id == selected_id else "row"
            st.button(row_label(page, row), key=f"{mark}_{key}_{row.id}", on_click=on_pick, args=(row.id,), width="stretch", wrap=True)


def row_label(page: Page, row: CustomerRow) -> str:
    """Return a row as two lines of markdown."""
    seen = seen_in_words(page, row.last_visited_at)
    owner = "" if row.owner_name == page.user.name else row.owner_name  # one's own name on every row says nothing
    # No line ends between family name and given name.
    parts = [_due_in_words(page, row.next_on), plain(seen), plain(owner).replace(" ", "\N{NO-BREAK SPACE}")]
    return f"{words.badge(row.likelihood)} **{plain(row.name) or '–'}**\n:small[{' · '.join(p for p in parts if p)}]"


def seen_in_words(page: Page, last_visited_at: datetime | None) -> str:
    """Return 12日前に訪問 or Seen 12 days ago, 訪問なし for never."""
    _ = page.text.gettext
    if last_visited_at is None:
        return _("Never visited")
    days = page.days_since(last_visited_at)
    if days <= 1:
        return _("Seen today") if days <= 0 else _("Seen yesterday")
    return _("Seen {when}").format(when=page.text.days_ago(days))


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


def count_in_words(page: Page, matching: int, total: int) -> str:
    """Return 400件中37件 or 37 of 400 customers; the total alone when nothing is filtered out."""
    number, ngettext = page.text.number, page.text.ngettext
    if matching == total:
        return ngettext("{count} customer", "{count} customers", total).format(count=number(total))
    return ngettext("{matching} of {count} customer", "{matching} of {count} customers", total).format(
        matching=number(matching), count=number(total)
    )


def next_day_in_words(page: Page, next_on: date | None) -> str:
    """Return a next date in words, with its day when it has passed; empty for none."""
    phrase = next_in_words(page, next_on)
    return f"{phrase} · {page.text.day(next_on, today=page.today)}" if next_on is not None and next_on < page.today else phrase


def _due_in_words(page: Page, next_on: date | None) -> str:
    sentence = plain(next_in_words(page, next_on))
    if next_on is None or next_on > page.today:
        return sentence
    return f":red[{sentence}]" if next_on < page.today else f":primary[{sentence}]"
