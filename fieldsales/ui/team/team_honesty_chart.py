"""The reliability curve: what each rank says, what was won of it and how sure that is; the same as a table behind it."""

from __future__ import annotations

import html
from typing import Any

import streamlit as st

from fieldsales.domain.calibration import RANGES, Calibration, RankRecord
from fieldsales.domain.likelihood import LOOKS
from fieldsales.ui import words
from fieldsales.ui.page import Page
from fieldsales.ui.table_export import draw_table_export
from fieldsales.wording.honesty import VERDICTS, say_interval, say_percent, say_range, say_record

HEIGHT = 220  # pixels


def draw_ranks(page: Page, record: Calibration) -> None:
    """Draw the curve of one record, and behind it the table with its file."""
    _ = page.text.gettext
    with st.container(key="honesty_ranks", gap="xsmall"):
        title = _("Stated and won")
        st.html(f'<h3 class="fs-section">{html.escape(title)}</h3>')
        st.vega_lite_chart(_picture(page, record), key="honesty_curve", width="stretch")
        st.caption(_("Grey: what the rank says. Dot: the share that was won. Line: where the truth lies with 95% certainty."))
        with st.expander(_("As a table"), key="honesty_table"):
            st.html(_table(page, record))
            draw_table_export(
                page, key="honesty_ranks", name=_("Stated and won"), header=_header(page), rows=_rows(page, record), names_customers=False
            )


def _picture(page: Page, record: Calibration) -> dict[str, Any]:
    """Return the chart; a rank without deals has its range alone."""
    _ = page.text.gettext
    values = [_value(r) for r in record.ranks]
    x = {
        "field": "rank",
        "type": "nominal",
        "sort": None,
        "title": None,
        "axis": {"labelAngle": 0, "labelFontSize": 14, "labelFontWeight": "bold"},
    }
    scale = {"domain": [0, 1]}
    axis = {"format": ".0%", "tickCount": 5}
    seen = {"filter": "datum.count > 0"}
    colours = {"field": "fill", "type": "nominal", "scale": None}
    tooltip = [{"field": "said", "type": "nominal", "title": _("Rank")}]
    return {
        "description": " ".join(say_record(r, page.text) for r in record.ranks),
        "height": HEIGHT,
        "data": {"values": [value | {"said": say_record(r, page.text)} for value, r in zip(values, record.ranks, strict=True)]},
        "layer": [
            {
                "mark": {"type": "bar", "color": "#8a9692", "opacity": 0.3, "width": {"band": 0.7}},
                "encoding": {"x": x, "y": {"field": "least", "type": "quantitative", "title": None, "scale": scale, "axis": axis},
                             "y2": {"field": "most"}, "tooltip": tooltip},
            },
            {
                "transform": [seen],
                "mark": {"type": "rule", "strokeWidth": 3},
                "encoding": {"x": x, "y": {"field": "low", "type": "quantitative"}, "y2": {"field": "high"}, "color": colours,
                             "tooltip": tooltip},
            },
            {
                "transform": [seen],
                "mark": {"type": "point", "filled": True, "size": 64, "opacity": 1},
                "encoding": {"x": x, "y": {"field": "share", "type": "quantitative"}, "color": colours, "tooltip": tooltip},
            },
        ],
    }  # fmt: skip


def _value(record: RankRecord) -> dict[str, Any]:
    (least, most), (low, high) = RANGES[record.rank], record.interval
    return {
        "rank": record.rank.value,
        "least": least,
        "most": most,
        "low": low,
        "high": high,
        "share": record.share or 0.0,
        "count": record.count,
        "fill": LOOKS[record.rank].fill,
    }


def _table(page: Page, record: Calibration) -> str:
    heads = "".join(f"<th>{html.escape(head)}</th>" for head in _header(page)[:5])
    rows = "".join(
        f"<tr><td>{words.badge_html(r.rank, html.escape(page.text.gettext(words.LIKELIHOODS[r.rank])))}</td>"
        f"<td>{html.escape(say_range(r, page.text))}</td>"
        f"<td>{html.escape(page.text.number(r.won))} / {html.escape(page.text.number(r.count))}</td>"
        f"<td>{html.escape(_share(page, r))}</td><td>{html.escape(page.text.gettext(VERDICTS[r.verdict]))}</td></tr>"
        for r in record.ranks
    )
    return f'<div class="fs-honesty-table"><table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>'


def _share(page: Page, record: RankRecord) -> str:
    if record.share is None:
        return "–"
    return f"{say_percent(record.share, page.text)} ({say_interval(record, page.text)})"


def _header(page: Page) -> list[str]:
    _ = page.text.gettext
    return [_("Rank"), _("Says"), _("Won of decided"), _("Share won"), _("Verdict")]


def _rows(page: Page, record: Calibration) -> list[tuple[str, str, str, str, str]]:
    verdict = page.text.gettext
    return [
        (r.rank.value, say_range(r, page.text), f"{r.won} / {r.count}", _share(page, r), verdict(VERDICTS[r.verdict])) for r in record.ranks
    ]
