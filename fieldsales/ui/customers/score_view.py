"""What history suggests for one customer, small and beside what the rep says: advice with its reasons, never a change."""

from __future__ import annotations

import html

import streamlit as st

from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.scoring import Reason
from fieldsales.services.customers.customer_search import CustomerDetails
from fieldsales.services.honesty.scores import Suggestion, suggest_rank
from fieldsales.ui import words
from fieldsales.ui.page import Page
from fieldsales.wording.honesty import say_percent, say_reason


def draw_suggestion(page: Page, customer: CustomerDetails) -> None:
    """Draw what the score says of an open deal; nothing while no score foretells better than ranks alone."""
    with page.database.read() as session:
        suggestion = suggest_rank(session, page.user, customer_id=customer.id, now=page.now)
    if suggestion is not None:
        st.html(_in_html(page, suggestion))


def _in_html(page: Page, suggestion: Suggestion) -> str:
    _ = page.text.gettext
    name = html.escape(_(words.LIKELIHOODS[suggestion.suggested]), quote=True)
    badge = words.badge_html(suggestion.suggested, name)
    lead = html.escape(_lead(page, suggestion))
    reasons = "".join(
        f'<li><span class="fs-sign" aria-hidden="true">{"＋" if reason.raises else "−"}</span>{html.escape(said)}</li>'
        for reason in suggestion.reasons
        if (said := _reason(page, reason))
    )
    summary = f"<summary>{badge}<span>{lead}</span></summary>"
    note = html.escape(_("Learned from the team's won and lost deals. The rank stays as the rep says."))
    return f'<details class="fs-suggestion">{summary}<ul>{reasons}</ul><p class="fs-quiet">{note}</p></details>'


def _lead(page: Page, suggestion: Suggestion) -> str:
    _, share = page.text.gettext, say_percent(suggestion.chance, page.text)
    if suggestion.agrees:
        return _("History says the same: {share}").format(share=share)
    if suggestion.stated is Likelihood.UNRATED:
        return _("History suggests {rank}: {share}").format(rank=suggestion.suggested.value, share=share)
    sentence = _("History suggests {rank} instead of {stated}: {share}")
    return sentence.format(rank=suggestion.suggested.value, stated=suggestion.stated.value, share=share)


def _reason(page: Page, reason: Reason) -> str:
    _, said = page.text.gettext, say_reason(reason, page.text)
    sentence = _("{reason} (speaks for it)") if reason.raises else _("{reason} (speaks against it)")
    return sentence.format(reason=said) if said else ""
