"""What else progress is made of: planned against done, contacts by kind, and the pipeline weighted by likelihood."""

from __future__ import annotations

import html
from typing import Any

import streamlit as st

from fieldsales.domain.likelihood import LOOKS
from fieldsales.services.team.team_pipeline import Pipeline
from fieldsales.services.team.team_progress import TeamProgress
from fieldsales.ui.page import Page
from fieldsales.ui.table_export import Cell, draw_table_export
from fieldsales.wording.progress import say_percent
from fieldsales.wording.visits import LIKELIHOODS_SHORT, VISIT_KINDS

_BAR = 34  # pixels


def draw_plans(page: Page, progress: TeamProgress) -> None:
    """Draw how many planned stops were made, and how many within an hour of the promise."""
    _, text, plans = page.text.gettext, page.text, progress.plans
    with st.container(key="team_planned", gap=None):
        st.html(f'<h3 class="fs-section">{html.escape(_("Planned versus done"))}</h3>')
        if not plans.planned:
            st.caption(_("No plan was accepted for days of this period."))
            return
        rows = ((_("Planned"), plans.planned), (_("Done"), plans.done), (_("On time (± 1 h)"), plans.on_time))
        lines = "".join(
            f"<li><span>{html.escape(name)}</span><div><i style='width:{100 * count / plans.planned:.1f}%'></i></div>"
            f"<b>{html.escape(text.number(count))}</b><em>{html.escape(say_percent(count / plans.planned, text))}</em></li>"
            for name, count in rows
        )
        st.html(f'<ul class="fs-planned">{lines}</ul>')


def draw_kinds(page: Page, progress: TeamProgress) -> None:
    """Draw how customers were contacted."""
    _, text = page.text.gettext, page.text
    with st.container(key="team_kinds", gap=None):
        st.html(f'<h3 class="fs-section">{html.escape(_("Activity by kind"))}</h3>')
        if not any(progress.contacts.values()):
            st.caption(_("Nothing was recorded in this period."))
            return
        values = [{"kind": _(VISIT_KINDS[kind]), "count": count, "said": text.number(count)} for kind, count in progress.contacts.items()]
        st.vega_lite_chart(_bars(values, ", ".join(f"{v['kind']} {v['said']}" for v in values)), key="team_kinds_chart", width="stretch")
        with st.expander(_("As a table"), key="team_kinds_table"):
            header, rows = [_("Kind"), _("Number")], [(_(VISIT_KINDS[kind]), count) for kind, count in progress.contacts.items()]
            st.html(_table(header, [[name, text.number(count)] for name, count in rows]))
            draw_table_export(page, key="team_kinds", name=_("Activity by kind"), header=header, rows=rows, names_customers=False)


def draw_pipeline(page: Page, pipeline: Pipeline) -> None:
    """Draw what is open, and what may be expected of it."""
    _, text = page.text.gettext, page.text
    with st.container(key="team_pipeline", gap=None):
        st.html(f'<h3 class="fs-section">{html.escape(_("Pipeline now"))}</h3>')
        if not pipeline.count:
            st.caption(_("No deal is open."))
            return
        weighted = _("To be expected: {amount}").format(amount=text.money(pipeline.weighted))
        of = _("of {amount} in {count} open deals").format(amount=text.money(pipeline.amount), count=text.number(pipeline.count))
        st.html(f'<div class="fs-verdict"><b>{html.escape(weighted)}</b><span>{html.escape(of)}</span></div>')
        header = [_("Likelihood"), _("Deals"), _("Amount"), _("Weighted")]
        cells, rows = [], list[list[Cell]]()
        for rank in pipeline.ranks:
            share = say_percent(LOOKS[rank.likelihood].share or 0, text)
            name = f"{_(LIKELIHOODS_SHORT[rank.likelihood])} · {share}"
            cells.append([name, text.number(rank.count), text.money(rank.amount), text.money(rank.weighted)])
            rows.append([name, rank.count, rank.amount, rank.weighted])
        total = [_("Together"), text.number(pipeline.count), text.money(pipeline.amount), text.money(pipeline.weighted)]
        st.html(_table(header, [*cells, total]))
        if pipeline.unpriced:
            sentence = text.ngettext("{count} deal names no amount.", "{count} deals name no amount.", pipeline.unpriced)
            st.caption(sentence.format(count=text.number(pipeline.unpriced)))
        draw_table_export(page, key="team_pipeline", name=_("Pipeline"), header=header, rows=rows, names_customers=False)


def _bars(values: list[dict[str, Any]], said: str) -> dict[str, Any]:
    most = max(value["count"] for value in values)
    y = {"field": "kind", "type": "nominal", "sort": None, "title": None, "axis": {"labelFontSize": 13, "ticks": False, "domain": False}}
    x = {"field": "count", "type": "quantitative", "title": None, "axis": None, "scale": {"domainMax": most * 1.15}}
    return {
        "description": said,
        "height": _BAR * len(values),
        "data": {"values": values},
        "encoding": {"y": y, "x": x},
        "layer": [
            {"mark": {"type": "bar", "cornerRadiusEnd": 4, "color": "#0f9488", "height": {"band": 0.6}}},
            {
                "mark": {"type": "text", "align": "left", "dx": 6, "fontSize": 13, "fontWeight": "bold", "color": "#73827e"},
                "encoding": {"text": {"field": "said"}},
            },
        ],
    }


def _table(header: list[str], rows: list[list[str]]) -> str:
    head = "".join(f'<th scope="col">{html.escape(name)}</th>' for name in header)
    body = "".join("<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<div class="fs-wide"><table class="fs-table"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
