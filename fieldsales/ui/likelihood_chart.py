"""How a customer's likelihood has moved: a small step chart drawn as SVG, with the same in words and as a table behind it."""

from __future__ import annotations

import html
from collections.abc import Sequence
from datetime import datetime

import streamlit as st

from fieldsales.domain.likelihood import LOOKS, Likelihood
from fieldsales.services.customer_history import LikelihoodMove
from fieldsales.ui import words
from fieldsales.ui.format import safe
from fieldsales.ui.page import Page

WIDTH, LEFT, RIGHT, TOP, STEP = 360, 34, 14, 16, 22
SHOWN = 40
_HEIGHTS = (Likelihood.WON, Likelihood.A, Likelihood.B, Likelihood.C, Likelihood.D, Likelihood.LOST, Likelihood.UNRATED)


def draw_chart(page: Page, moves: Sequence[LikelihoodMove]) -> None:
    """Draw the newest moves up to now; a likelihood that never moved needs no picture."""
    if len(moves) < 2:
        return
    _ = page.text.gettext
    shown = list(moves[-SHOWN:])
    title, table = html.escape(_("Likelihood over time")), html.escape(_("As a table"))
    svg, rows = _svg(page, shown), _rows(page, moves)
    heads = "".join(f"<th>{html.escape(head)}</th>" for head in (_("Date"), _("Likelihood"), _("Changed by")))
    behind = f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
    st.html(f'<h3 class="fs-section">{title}</h3>{svg}<details class="fs-behind"><summary>{table}</summary>{behind}</details>')


def in_words(page: Page, moves: Sequence[LikelihoodMove]) -> str:
    """Return the moves as one sentence, for those who do not see the picture."""
    _ = page.text.gettext
    steps = [f"{_(words.LIKELIHOODS_SHORT[m.likelihood])} ({_day(page, m.moved_at)})" for m in moves]
    return _("Likelihood over time") + ": " + " → ".join(steps)


def _svg(page: Page, moves: Sequence[LikelihoodMove]) -> str:
    used = [k for k in _HEIGHTS if k in {m.likelihood for m in moves}]
    y = {k: TOP + STEP * place for place, k in enumerate(used)}
    height = TOP + STEP * (len(used) - 1) + 30
    first, span = moves[0].moved_at, max((page.now - moves[0].moved_at).total_seconds(), 1.0)
    xs = [LEFT + (WIDTH - LEFT - RIGHT) * min(1.0, (m.moved_at - first).total_seconds() / span) for m in moves]
    path = f"M{xs[0]:.1f} {y[moves[0].likelihood]}"
    for x, move in zip(xs[1:], moves[1:], strict=True):
        path += f" H{x:.1f} V{y[move.likelihood]}"
    path += f" H{WIDTH - RIGHT}"
    grid = "".join(
        f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y[k]}" y2="{y[k]}" class="fs-grid"/>'
        f'<text x="{LEFT - 8}" y="{y[k] + 4}" text-anchor="end">{html.escape(LOOKS[k].letter)}</text>'
        for k in used
    )
    dots = "".join(
        f'<circle cx="{x:.1f}" cy="{y[m.likelihood]}" r="5" fill="{LOOKS[m.likelihood].fill}" class="fs-dot"/>'
        for x, m in zip(xs, moves, strict=True)
    )
    ends = (
        f'<text x="{LEFT}" y="{height - 4}">{html.escape(_day(page, first))}</text>'
        f'<text x="{WIDTH - RIGHT}" y="{height - 4}" text-anchor="end">{html.escape(page.text.gettext("today"))}</text>'
    )
    label = html.escape(in_words(page, moves))
    return (
        f'<svg class="fs-steps" role="img" aria-label="{label}" viewBox="0 0 {WIDTH} {height}">'
        f'{grid}<path d="{path}" class="fs-step"/>{dots}{ends}</svg>'
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
