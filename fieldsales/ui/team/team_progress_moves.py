"""How likelihoods moved: from where to where as a picture, who moved on each way, and what was lost and why."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any

import streamlit as st

from fieldsales.domain.likelihood import LOOKS, Likelihood
from fieldsales.domain.report_facts import MoveFact
from fieldsales.domain.reports import rises
from fieldsales.services.team.team_moves import MOST_LISTED, CustomerMove, TeamMoves
from fieldsales.ui.format import safe, safe_lines
from fieldsales.ui.page import Page
from fieldsales.ui.table_export import Cell, draw_table_export
from fieldsales.ui.team.team_filters import span_words
from fieldsales.ui.team.team_state import TeamAsked
from fieldsales.ui.url_chips import draw_url_chips
from fieldsales.wording.visits import LIKELIHOODS_SHORT, OUTCOMES

WAY = "way"  # of the URL: a move such as C-A
_ROWS = (Likelihood.UNRATED, Likelihood.D, Likelihood.C, Likelihood.B, Likelihood.A, Likelihood.WON, Likelihood.LOST)
_SHOWN = 100
_CELL = 38  # pixels


def draw_moves(page: Page, asked: TeamAsked, moves: TeamMoves) -> None:
    """Draw the moves of the span; without any, a sentence."""
    _, text = page.text.gettext, page.text
    with st.container(key="team_moves", gap="small"):
        st.html(
            f'<h3 class="fs-section">{html.escape(_("Moves of likelihood"))} <span class="fs-quiet">{text.number(moves.total)}</span></h3>'
        )
        if not moves.total:
            st.caption(_("No likelihood has moved in this period."))
            return
        st.html(_summary(page, moves))
        st.vega_lite_chart(_picture(page, moves), key="team_moves_chart", width="stretch")
        way = _draw_ways(page, moves)
        shown = [move for move in moves.moves if (move.before, move.after) == way]
        st.html(_list(page, shown[:_SHOWN]))
        if len(shown) < moves.counts[way] or len(shown) > _SHOWN:
            st.caption(_("The newest {count} are shown.").format(count=text.number(min(len(shown), _SHOWN))))
        _draw_lost(page, moves)
        header, rows = _table(page, moves.moves)
        name = f"{_('Moves of likelihood')} {span_words(page, asked.team_filter.span)}"
        with st.expander(_("As a table"), key="team_moves_table"):
            st.html(_counts_table(page, moves))
            if moves.total > MOST_LISTED:
                st.caption(_("The file holds the newest {count} moves.").format(count=text.number(MOST_LISTED)))
            draw_table_export(page, key="team_moves", name=name, header=header, rows=rows, names_customers=True)


def _summary(page: Page, moves: TeamMoves) -> str:
    """Return how many rose, fell, were won and lost."""
    _, text = page.text.gettext, page.text
    won = sum(count for (_before, after), count in moves.counts.items() if after is Likelihood.WON)
    lost = sum(count for (_before, after), count in moves.counts.items() if after is Likelihood.LOST)
    up = sum(count for (before, after), count in moves.counts.items() if rises(MoveFact(0, "", before, after))) - won
    figures = [(_("Up"), "↑", up), (_("Down"), "↓", moves.total - up - won - lost)]
    figures += [(_("Won"), LOOKS[Likelihood.WON].letter, won), (_("Lost"), LOOKS[Likelihood.LOST].letter, lost)]
    cells = "".join(
        f'<div><span><i aria-hidden="true">{sign}</i> {html.escape(name)}</span> <b>{html.escape(text.number(count))}</b></div>'
        for name, sign, count in figures
    )
    return f'<div class="fs-counts">{cells}</div>'


def _picture(page: Page, moves: TeamMoves) -> dict[str, Any]:
    """Return the moves as a grid: from the rank at the left to the rank below, the number in each cell."""
    _ = page.text.gettext
    names = {kind: _(LIKELIHOODS_SHORT[kind]) for kind in _ROWS}
    values = [
        {"before": names[before], "after": names[after], "count": count, "said": _way(page, before, after, count)}
        for (before, after), count in moves.counts.items()
    ]
    rows, columns = ([names[kind] for kind in _ROWS if any(way[side] is kind for way in moves.counts)] for side in (0, 1))
    y = {"field": "before", "type": "nominal", "scale": {"domain": rows[::-1]}, "title": _("From")}
    x = {"field": "after", "type": "nominal", "scale": {"domain": columns}, "title": _("To")}
    x["axis"] = {"labelAngle": 0, "labelOverlap": False, "labelFontSize": 10}
    shade = {"field": "count", "type": "quantitative", "scale": {"range": ["#cfe8e4", "#0f766e"]}, "legend": None}
    most = max(moves.counts.values())
    ink = {"condition": {"test": f"datum.count > {most / 2}", "value": "#ffffff"}, "value": "#17201e"}
    tooltip = [{"field": "said", "type": "nominal", "title": _("Moves")}]
    return {
        "description": ", ".join(_way(page, before, after, count) for (before, after), count in moves.counts.items()),
        "height": _CELL * len(rows),
        "data": {"values": values},
        "encoding": {"x": x, "y": y},
        "layer": [
            {"mark": {"type": "rect", "cornerRadius": 4}, "encoding": {"color": shade, "tooltip": tooltip}},
            {"mark": {"type": "text", "fontSize": 14, "fontWeight": "bold"}, "encoding": {"text": {"field": "count"}, "color": ink}},
        ],
    }


def _way(page: Page, before: Likelihood, after: Likelihood, count: int) -> str:
    _ = page.text.gettext
    return f"{_(LIKELIHOODS_SHORT[before])} → {_(LIKELIHOODS_SHORT[after])}: {page.text.number(count)}"


def _draw_ways(page: Page, moves: TeamMoves) -> tuple[Likelihood, Likelihood]:
    """Draw the choice of a move, the most frequent first; it stands in the URL."""
    ways = sorted(moves.counts, key=lambda way: -moves.counts[way])
    by_name = {"-".join(way): way for way in ways}
    shown = by_name.get(st.query_params.get(WAY, ""), ways[0])
    name = "-".join(shown)
    words = {name: _way(page, *way, moves.counts[way]) for name, way in by_name.items()}
    draw_url_chips(page.text.gettext("Moves"), words, chosen=name, parameter=WAY, key="team_way")
    return shown


def _draw_lost(page: Page, moves: TeamMoves) -> None:
    _ = page.text.gettext
    if moves.lost:
        st.html(f'<h3 class="fs-section">{html.escape(_("Lost, and why"))}</h3>{_list(page, moves.lost[:_SHOWN], why=True)}')


def _list(page: Page, moves: Sequence[CustomerMove], *, why: bool = False) -> str:
    return f'<ul class="fs-report">{"".join(_line(page, move, why) for move in moves)}</ul>' if moves else ""


def _line(page: Page, move: CustomerMove, why: bool) -> str:
    _, text = page.text.gettext, page.text
    day = text.day(move.moved_at.astimezone(page.zone).date(), today=page.today)
    name = f'<a href="/customer?id={move.customer_id}" target="_self">{safe(move.customer) or "–"}</a>'
    was = _("was {likelihood}").format(likelihood=_(LIKELIHOODS_SHORT[move.before])) if why else ""
    aside = " · ".join(part for part in (was, text.money(move.amount) if move.amount else "") if part)
    about = " · ".join(part for part in (safe(move.owner or move.by), reason(page, move)) if part)
    note = f'<div class="fs-quote">{safe_lines(move.note.strip()[:500])}</div>' if move.note.strip() else ""
    return (
        f'<li><span class="fs-report-when">{html.escape(day)}</span><div><div class="fs-report-lead">{name}'
        f'<span class="fs-report-aside">{html.escape(aside)}</span></div><div class="fs-quiet">{about}</div>{note}</div></li>'
    )


def reason(page: Page, move: CustomerMove) -> str:
    """Return why somebody moved, as HTML: the team's own word for the outcome, or ours; that no visit says it."""
    _ = page.text.gettext
    if move.outcome is None:
        return html.escape(_("without a visit"))
    return safe(move.word) or html.escape(_(OUTCOMES[move.outcome]))


def _counts_table(page: Page, moves: TeamMoves) -> str:
    _ = page.text.gettext
    head = "".join(f'<th scope="col">{html.escape(name)}</th>' for name in (_("From"), _("To"), _("Customers")))
    rows = "".join(
        f"<tr><td>{html.escape(_(LIKELIHOODS_SHORT[before]))}</td><td>{html.escape(_(LIKELIHOODS_SHORT[after]))}</td>"
        f"<td>{html.escape(page.text.number(count))}</td></tr>"
        for (before, after), count in moves.counts.items()
    )
    return f'<table class="fs-table"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'


def _table(page: Page, moves: Sequence[CustomerMove]) -> tuple[list[str], list[list[Cell]]]:
    _ = page.text.gettext
    header = [
        _("Date"),
        _("Customer"),
        _("Owner"),
        _("Likelihood before"),
        _("Likelihood after"),
        _("Amount"),
        _("Changed by"),
        _("Outcome"),
        _("Note"),
    ]
    short = {kind: _(word) for kind, word in LIKELIHOODS_SHORT.items()}
    rows: list[list[Cell]] = [
        [m.moved_at, m.customer, m.owner, short[m.before], short[m.after], m.amount, m.by,
         m.word or (_(OUTCOMES[m.outcome]) if m.outcome else ""), m.note]
        for m in moves
    ]  # fmt: skip
    return header, rows
