"""What was changed in a customer's visits after they were recorded, and which were deleted, with the reason."""

from __future__ import annotations

import html
from datetime import date, datetime
from typing import Any

import streamlit as st

from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.words import Outcome, VisitKind
from fieldsales.errors import N_
from fieldsales.services.visits.visit_history import VisitChangeRow, list_visit_changes
from fieldsales.ui import words
from fieldsales.ui.format import safe
from fieldsales.ui.page import Page

_SHOWN = 120
_NAMES = {
    "kind": N_("How"),
    "outcome": N_("What came of it"),
    "visited_at": N_("When"),
    "likelihood_after": N_("Likelihood"),
    "next_on": N_("Next date"),
    "note": N_("Note"),
}


def draw_visit_history(page: Page, *, customer_id: int) -> None:
    """Draw the edits and deletions of a customer's visits; nothing when there are none."""
    with page.database.read() as session:
        changes = list_visit_changes(session, page.user, customer_id=customer_id)
    if not changes:
        return
    title = page.text.gettext("Changed and deleted visits ({count})").format(count=page.text.number(len(changes)))
    with st.expander(title, key="visit_history"):
        st.html(f'<ul class="fs-timeline">{"".join(_item(page, change) for change in changes)}</ul>')


def _item(page: Page, change: VisitChangeRow) -> str:
    _ = page.text.gettext
    sentence = _("Visit of {moment} deleted") if change.is_deletion else _("Visit of {moment} changed")
    head = html.escape(sentence.format(moment=page.text.moment(change.visited_at, zone=page.zone)))
    by = f"{safe(change.who)} · {html.escape(page.text.moment(change.changed_at, zone=page.zone))}"
    lines = [f'<div class="fs-quote">{safe(change.reason)}</div>'] if change.reason else []
    for name, title in _NAMES.items():
        if name in change.after:
            before, after = (safe(_in_words(page, name, side[name])) or "–" for side in (change.before, change.after))
            lines.append(f'<div class="fs-quote">{html.escape(_(title))}: {before} → {after}</div>')
    return f'<li><b>{head}</b><div class="fs-note">{by}</div>{"".join(lines)}</li>'


def _in_words(page: Page, name: str, value: Any) -> str:
    _ = page.text.gettext
    if value is None:
        return ""
    if name == "visited_at":
        return page.text.moment(datetime.fromisoformat(value), zone=page.zone)
    if name == "next_on":
        return page.text.day(date.fromisoformat(value), today=page.today)
    named: dict[str, Any] = {
        "kind": lambda: _(words.VISIT_KINDS[VisitKind(value)]),
        "outcome": lambda: _(words.OUTCOMES[Outcome(value)]),
        "likelihood_after": lambda: _(words.LIKELIHOODS_SHORT[Likelihood(value)]),
    }
    text = named[name]() if name in named else str(value)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
