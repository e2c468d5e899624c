"""The pre-visit brief: three lines that can be read while walking, and the warning that a customer is not to be visited."""

from __future__ import annotations

import html
from datetime import date

import streamlit as st

from fieldsales.domain.do_not_visit import in_force
from fieldsales.domain.words import RequestKind, VisitKind
from fieldsales.services.customers.briefs import Brief, Encounter, Waiting
from fieldsales.services.customers.customer_search import CustomerDetails
from fieldsales.ui import words
from fieldsales.ui.customers.confidence_words import confidence_note
from fieldsales.ui.customers.customer_rows import next_in_words
from fieldsales.ui.format import safe
from fieldsales.ui.page import Page

MAX_NOTE, MAX_PROMISE = 160, 80


def draw_brief(page: Page, customer: CustomerDetails, brief: Brief) -> None:
    """Draw what came of the last visit, what is promised or open, and what was bought and is expected."""
    _ = page.text.gettext
    lines = (
        ("last", _("Last time"), _last(page, brief) + _confidence(page, customer)),
        ("open", _("Promised"), _open(page, customer, brief)),
        ("deal", _("Business"), _deal(page, customer, brief)),
    )
    rows = "".join(f'<div class="fs-line-{name}"><dt>{html.escape(title)}</dt><dd>{said}</dd></div>' for name, title, said in lines)
    st.html(f'<dl class="fs-lines">{rows}</dl>')


def draw_warning(page: Page, customer: CustomerDetails) -> None:
    """Say that a customer is not to be visited, why and until when; nothing once that has ended."""
    if not in_force(customer.do_not_visit, customer.do_not_visit_until, page.today):
        return
    _ = page.text.gettext
    until = ""
    if customer.do_not_visit_until is not None:
        until = _("until {day}").format(day=page.text.day(customer.do_not_visit_until, today=page.today))
    title = html.escape(_("Do not visit"))
    said = " · ".join(part for part in (safe(customer.do_not_visit_reason), html.escape(until)) if part)
    st.html(f'<div class="fs-warning" role="alert"><b>{title}</b>{f"<div>{said}</div>" if said else ""}</div>')


def _last(page: Page, brief: Brief) -> str:
    _ = page.text.gettext
    if brief.last is None:
        return f'<span class="fs-quiet">{html.escape(_("Never visited"))}</span>'
    last = _encounter(page, brief.last)
    if brief.spoken is None:
        return last
    return f"{last}<br>{_encounter(page, brief.spoken)}"


def _confidence(page: Page, customer: CustomerDetails) -> str:
    note = confidence_note(page, customer)
    return f'<br><span class="fs-quiet">{html.escape(note)}</span>' if note else ""


def _encounter(page: Page, encounter: Encounter) -> str:
    _ = page.text.gettext
    seen = encounter.visited_at.astimezone(page.zone).date()
    day = html.escape(f"{page.text.day(seen, today=page.today)} ({page.text.days_ago((page.today - seen).days)})")
    outcome = safe(encounter.template) or html.escape(_(words.OUTCOMES[encounter.outcome]))
    kind = "" if encounter.kind is VisitKind.VISIT else html.escape(_(words.VISIT_KINDS[encounter.kind])) + " · "
    who = "" if encounter.who == page.user.name else f' <span class="fs-who">· {safe(encounter.who)}</span>'
    note = f' <span class="fs-said">{safe(_short(encounter.note, MAX_NOTE))}</span>' if encounter.note else ""
    return f"<b>{day} {kind}{outcome}</b>{who}{note}"


def _open(page: Page, customer: CustomerDetails, brief: Brief) -> str:
    _ = page.text.gettext
    parts = []
    if customer.next_on is not None:
        when = page.text.day(customer.next_on, today=page.today)
        if customer.next_time is not None:
            when += f" {customer.next_time:%H:%M}"
        late = customer.next_on < page.today
        mark = f" ({next_in_words(page, customer.next_on)})" if customer.next_on <= page.today else ""
        parts.append(f"<b{' class=fs-late' if late else ''}>{html.escape(when + mark)}</b> {safe(customer.next_action)}".strip())
    elif customer.next_action:
        parts.append(safe(_short(customer.next_action, MAX_PROMISE)))
    parts += [_waiting(page, waiting) for waiting in brief.waiting]
    rest = brief.waiting_count - len(brief.waiting)
    if rest > 0:
        parts.append(html.escape(page.text.ngettext("and {count} more", "and {count} more", rest).format(count=page.text.number(rest))))
    return "<br>".join(parts) or f'<span class="fs-quiet">{html.escape(_("Nothing promised"))}</span>'


def _waiting(page: Page, waiting: Waiting) -> str:
    _ = page.text.gettext
    kind = html.escape(_("Complaint") if waiting.kind is RequestKind.COMPLAINT else _("Request"))
    text, due = safe(_short(waiting.text, MAX_PROMISE)), _due(page, waiting.due_on)
    return f'<span class="fs-chip fs-chip-{waiting.kind.value}">{kind}</span> {text}{due}'


def _due(page: Page, due_on: date | None) -> str:
    if due_on is None:
        return ""
    _ = page.text.gettext
    due = html.escape(_("due {day}").format(day=page.text.day(due_on, today=page.today)))
    return f' <span class="{"fs-late" if due_on < page.today else "fs-quiet"}">{due}</span>'


def _deal(page: Page, customer: CustomerDetails, brief: Brief) -> str:
    _ = page.text.gettext
    money = page.text.money
    parts = []
    if brief.bought is not None:
        bought = brief.bought
        what = f"{page.text.day(bought.bought_on, today=page.today)} {{item}} {money(bought.amount)}"
        total = page.text.ngettext("{total} in {count} purchase", "{total} in {count} purchases", bought.count)
        parts.append(html.escape(what).replace("{item}", safe(_short(bought.item, MAX_PROMISE))))
        if bought.count > 1:
            parts.append(html.escape(total.format(total=money(bought.total), count=page.text.number(bought.count))))
    if customer.amount is not None or customer.close_month is not None:
        amount = money(customer.amount) if customer.amount is not None else ""
        month = page.text.month(customer.close_month) if customer.close_month is not None else ""
        expected = _("Expected: {deal}").format(deal=" · ".join(part for part in (amount, month) if part))
        parts.append(f"<b>{html.escape(expected)}</b>")
    return "<br>".join(parts) or f'<span class="fs-quiet">{html.escape(_("Nothing bought yet"))}</span>'


def _short(text: str, limit: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"
