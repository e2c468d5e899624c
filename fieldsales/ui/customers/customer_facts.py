"""A customer's record as a list of facts: what is agreed, who looks after it, the fields of the team's own, the memo."""

from __future__ import annotations

import html
from collections.abc import Sequence

import streamlit as st

from fieldsales.services.customers.custom_fields import FieldRow
from fieldsales.services.customers.customer_search import CustomerDetails
from fieldsales.ui import words
from fieldsales.ui.copying import copy_button
from fieldsales.ui.customers.customer_values import custom_in_words
from fieldsales.ui.format import safe, safe_lines
from fieldsales.ui.page import Page
from fieldsales.wording.opening_hours import say_stored


def draw_facts(page: Page, customer: CustomerDetails, own_fields: Sequence[FieldRow]) -> None:
    """Draw what is agreed, then the fields of the team's own in their order, values without a field, and the memo."""
    rows = "".join(
        f"<dt>{safe(term)}</dt><dd>{value}</dd>" for term, value in (*_facts(page, customer), *_own(page, customer, own_fields)) if value
    )
    st.html(f'<dl class="fs-facts">{rows}</dl>')
    if customer.memo:
        st.html(f'<div class="fs-memo">{safe_lines(customer.memo)}</div>')


def _facts(page: Page, customer: CustomerDetails) -> list[tuple[str, str]]:
    _ = page.text.gettext
    money, month = page.text.money, page.text.month
    next_on = page.text.day(customer.next_on, today=page.today) if customer.next_on is not None else ""
    if next_on and customer.next_time is not None:
        next_on += f" {customer.next_time:%H:%M}"
    cadence = ""
    if customer.cadence_days is not None:
        cadence = page.text.ngettext("every {count} day", "every {count} days", customer.cadence_days)
        cadence = cadence.format(count=page.text.number(customer.cadence_days))
    length = ""
    if customer.visit_minutes is not None:
        length = page.text.ngettext("{count} minute", "{count} minutes", customer.visit_minutes)
        length = length.format(count=page.text.number(customer.visit_minutes))
    return [
        (_("Likelihood"), html.escape(_(words.LIKELIHOODS[customer.likelihood]))),
        (_("Amount"), html.escape(money(customer.amount)) if customer.amount is not None else ""),
        (_("Expected month"), html.escape(month(customer.close_month)) if customer.close_month is not None else ""),
        (_("Next date"), " ".join(part for part in (html.escape(next_on), safe(customer.next_action)) if part)),
        (_("Cadence"), html.escape(cadence)),
        (_("Opening hours"), safe(say_stored(customer.opening_hours, page.text))),
        (_("Length of a visit"), html.escape(length)),
        (_("Relation"), html.escape(f"{_(words.STAGES[customer.stage])} · {_(words.KINDS[customer.kind])}")),
        (_("Phone"), _copied(page, customer.phone, _("Phone"))),
        (_("E-mail address"), _copied(page, customer.email, _("E-mail address"))),
        (_("Owner"), safe(customer.owner_name) if customer.owner_name else html.escape(_("Nobody"))),
        (_("Customer code"), safe(customer.code)),
        (_("Tags"), " ".join(f'<span class="fs-tag">{safe(tag)}</span>' for tag in customer.tags)),
    ]


def _own(page: Page, customer: CustomerDetails, own_fields: Sequence[FieldRow]) -> list[tuple[str, str]]:
    fields = {field.name: field for field in own_fields}
    order = [name for name in fields if name in customer.custom] + [name for name in customer.custom if name not in fields]
    said = [(name, custom_in_words(page, fields.get(name), customer.custom[name])) for name in order]
    return [(name, safe_lines(value)) for name, value in said]


def _copied(page: Page, value: str, what: str) -> str:
    return f'<span class="fs-reach">{safe(value)}{copy_button(page, value, what)}</span>' if value else ""
