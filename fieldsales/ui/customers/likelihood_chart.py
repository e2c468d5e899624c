"""How a customer's likelihood has moved: a small step chart, with the same in words and as a table behind it."""

from __future__ import annotations

import html
from collections.abc import Sequence
from datetime import datetime

import streamlit as st

from fieldsales.domain.likelihood import LOOKS, Likelihood
from fieldsales.services.customers.customer_history import LikelihoodMove
from fieldsales.ui import words
from fieldsales.ui.format import safe
from fieldsales.ui.page import Page

STEP = 24  # pixels from one likelihood to the next
SHOWN = 40
_HEIGHTS = (Likelihood.WON, Likelihood.A, Likelihood.B, Likelihood.C, Likelihood.D, Likelihood.LOST, Likelihood.UNRATED)


def draw_chart(page: Page, moves: Sequence[LikelihoodMove]) -> None:
    """Draw the newest moves up to now; a likelihood that never moved needs no picture."""
    if len(moves) < 2:
        return
    _ = page.text.gettext
    shown = list(moves[-SHOWN:])
    title, table = html.escape(_("Likelihood over time")), html.escape(_("As a table"))
    picture, rows = _picture(page, shown), _rows(page, moves)
    heads = "".join(f"<th>{html.escape(head)}</th>" for head in (_("Date"), _("Likelihood"), _("Changed by")))
    behind = f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
    st.html(f'<h3 class="fs-section">{title}</h3>{picture}<details class="fs-behind"><summary>{table}</summary>{behind}</details>')


def in_words(page: Page, moves: Sequence[LikelihoodMove]) -> str:
    """Return the moves as one sentence, for those who do not see the picture."""
    _ = page.text.gettext
    steps = [f"{_(words.LIKELIHOODS_SHORT[m.likelihood])} ({_day(page, m.moved_at)})" for m in moves]
    return _("Likelihood over time") + ": " + " → ".join(steps)


def _picture(page: Page, moves: Sequence[LikelihoodMove]) -> str:
    """Return the steps as boxes of HTML: they follow the theme's colours, which a picture in a file would not."""
    used = [k for k in _HEIGHTS if k in {m.likelihood for m in moves}]
    top = {k: STEP * place for place, k in enumerate(used)}
    first, span = moves[0].moved_at, max((page.now - moves[0].moved_at).total_seconds(), 1.0)
    at = [100 * min(1.0, max(0.0, (m.moved_at - first).total_seconds() / span)) for m in moves]
    grid = "".join(f'<i class="fs-grid" style="top:{top[k]}px"><b>{html.escape(LOOKS[k].letter)}</b></i>' for k in used)
    drawn = []
    for number, move in enumerate(moves):
        x, y = at[number], top[move.likelihood]
        end = at[number + 1] if number + 1 < len(moves) else 100.0
        drawn.append(f'<i class="fs-run" style="left:{x:.2f}%;top:{y}px;width:{end - x:.2f}%"></i>')
        if number:
            low, high = sorted((top[moves[number - 1].likelihood], y))
            drawn.append(f'<i class="fs-rise" style="left:{x:.2f}%;top:{low}px;height:{high - low}px"></i>')
    dots = "".join(
        f'<i class="fs-dot" style="left:{x:.2f}%;top:{top[m.likelihood]}px;background:{LOOKS[m.likelihood].fill}"></i>'
        for x, m in zip(at, moves, strict=True)
    )
    begun, now = html.escape(_day(page, first)), html.escape(page.text.gettext("today"))
    label, height = html.escape(in_words(page, moves), quote=True), STEP * (len(used) - 1)
    return (
        f'<div class="fs-steps" role="img" aria-label="{label}"><div style="height:{height}px">{grid}{"".join(drawn)}{dots}</div>'
        f'<div class="fs-ends"><span>{begun}</span><span>{now}</span></div></div>'
    )


def _rows(page: Page, moves: Sequence[LikelihoodMove]) -> str:
    _ = page.text.gettext
    return "".join(
        f"<tr><td>{html.escape(_day(page, m.moved_at))}</td><td>{html.escape(_(words.LIKELIHOODS[m.likelihood]))}</td>"
        f"<td>{html.escape(_(words.CAUSES[m.cause]))}{' · ' + safe(m.who) if m.who else ''}</td></tr>"
        for m in reversed(moves)
    )


def _day(page: Page, moment: datetime) -> str:
    return page.text.day(moment.astimezone(page.zone).date(), today=page.today)
