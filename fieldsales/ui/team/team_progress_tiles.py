"""The four numbers of the progress view: each with its curve against an even pace, where it leads, and whether that is enough."""

from __future__ import annotations

import html
from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from math import hypot

import streamlit as st

from fieldsales.domain.progress import add_up
from fieldsales.services.team.team_progress import Figure, TeamProgress
from fieldsales.ui.page import Page
from fieldsales.ui.table_export import Cell, draw_table_export
from fieldsales.ui.team.team_filters import span_words
from fieldsales.wording.progress import COURSES, SIGNS, TARGETS, say_course, say_days, say_percent, say_short, say_value

_WIDE_PX, _HIGH_PX = 160.0, 46.0  # of a curve on a phone
_NAMED = 3  # months without a target
Point = tuple[float, float]  # percent from the left, percent from the top


def draw_verdict(page: Page, progress: TeamProgress) -> None:
    """Draw the one sentence that answers whether all is on course, and how much of the time is over."""
    text, days = page.text, progress.days
    sentence = say_course([figure.pace for figure in progress.figures.values()], days, text, today=page.today)
    below = f"<span>{html.escape(say_days(days, text))}</span>" if days.begun and not days.over else ""
    st.html(f'<div class="fs-verdict"><b>{html.escape(sentence)}</b>{below}</div>')


def draw_tiles(page: Page, progress: TeamProgress) -> None:
    """Draw the four numbers, two in a row on a phone, and why there is no target to compare with."""
    tiles = "".join(_tile(page, progress, figure) for figure in progress.figures.values())
    st.html(f'<div class="fs-tiles">{tiles}</div>')
    for sentence in _missing_targets(page, progress):
        st.caption(sentence)


def _tile(page: Page, progress: TeamProgress, figure: Figure) -> str:
    _, text, pace = page.text.gettext, page.text, figure.pace
    value, leads_to = say_short(figure.kind, figure.actual, text), ""
    target = f"<span> / {html.escape(say_short(figure.kind, figure.target, text))}</span>" if figure.target is not None else ""
    if pace.projected_share is not None and progress.days.begun and not progress.days.over:
        leads_to = _("Forecast {percent}").format(percent=say_percent(pace.projected_share, text))
    elif pace.reached is not None:
        leads_to = say_percent(pace.reached, text)
    return (
        f'<section class="fs-tile fs-course-{pace.course.value}"><h3>{html.escape(_(TARGETS[figure.kind]))}</h3>'
        f"<p><b>{html.escape(value)}</b>{target}</p>{_curve(page, progress, figure)}"
        f'<small><em><i aria-hidden="true">{SIGNS[pace.course]}</i> {html.escape(_(COURSES[pace.course]))}</em>'
        f"<span>{html.escape(leads_to)}</span></small></section>"
    )


def _curve(page: Page, progress: TeamProgress, figure: Figure) -> str:
    """Return the running sum against an even pace as a picture, dotted where this pace leads.

    Boxes of HTML cut to shape: they follow the theme's colours, and Streamlit lets no drawing through.
    """
    begun = sum(part.first <= page.today for part in progress.parts)
    sums, count = add_up(figure.parts[:begun]), len(progress.parts)
    pace = figure.even if figure.target else ()
    projected = figure.pace.projected if not progress.days.over else None
    top = max([1.0, *sums, *pace, projected or 0.0]) * 1.06

    def points(values: Sequence[float]) -> list[Point]:
        return [(0.0, 100.0), *((100 * (n + 1) / count, 100 * (1 - max(0.0, value) / top)) for n, value in enumerate(values))]

    shapes = [_shape("fs-pace", _band(points(pace), 1.2))] if pace else []
    if sums:
        done = points(sums)
        shapes += [_shape("fs-done", [*done, (done[-1][0], 100.0)]), _shape("fs-now", _band(done, 2.0))]
        if projected is not None and begun < count:
            shapes.append(_shape("fs-ahead", _band([done[-1], (100.0, 100 * (1 - max(0.0, projected) / top))], 2.4)))
    label = html.escape(_in_words(page, progress, figure), quote=True)
    return f'<div class="fs-curve" role="img" aria-label="{label}">{"".join(shapes)}</div>'


def _shape(name: str, corners: Sequence[Point]) -> str:
    return f'<i class="{name}" style="clip-path:polygon({",".join(f"{x:.2f}% {y:.2f}%" for x, y in corners)})"></i>'


def _band(line: Sequence[Point], thick_px: float) -> list[Point]:
    """Return the outline of a line that is about as thick where it is steep as where it is flat."""
    steps = [(abs(y - before_y) * _HIGH_PX) / max((x - before_x) * _WIDE_PX, 1e-6) for (before_x, before_y), (x, y) in pairwise(line)]
    half = [50 * thick_px / _HIGH_PX * min(hypot(1.0, max(near)), 8.0) for near in zip([0.0, *steps], [*steps, 0.0], strict=True)]
    above = [(x, y - up) for (x, y), up in zip(line, half, strict=True)]
    below = [(x, y + down) for (x, y), down in zip(line, half, strict=True)]
    return [*above, *reversed(below)]


def _in_words(page: Page, progress: TeamProgress, figure: Figure) -> str:
    """Return what a curve shows, for those who do not see it."""
    _, text = page.text.gettext, page.text
    parts = [f"{_(TARGETS[figure.kind])}: {say_value(figure.kind, figure.actual, text)}"]
    if figure.target is not None:
        parts.append(_("Target {value}").format(value=say_value(figure.kind, figure.target, text)))
    if figure.pace.expected is not None and progress.days.begun and not progress.days.over:
        parts.append(_("an even pace would be at {value}").format(value=say_value(figure.kind, figure.pace.expected, text)))
    return ", ".join([*parts, _(COURSES[figure.pace.course])])


def _missing_targets(page: Page, progress: TeamProgress) -> list[str]:
    """Return why there is nothing to compare with although some months have a target."""
    _, text, months = page.text.gettext, page.text, progress.span.months()
    figures: dict[tuple[date, ...], list[str]] = defaultdict(list)
    for kind, without in progress.without_target.items():
        if 0 < len(without) < len(months):
            figures[without].append(_(TARGETS[kind]))
    sentence = _("{figures}: no target for {months}. A period is compared when each of its months has one.")
    listing = _(", ").join
    return [
        sentence.format(
            figures=listing(names), months=listing(text.month(month) for month in without[:_NAMED]) + ("…" if without[_NAMED:] else "")
        )
        for without, names in figures.items()
    ]


def draw_figures_table(page: Page, progress: TeamProgress) -> None:
    """Draw the four numbers as a table, day by day or as the curves have it."""
    _ = page.text.gettext
    header = [_("Period"), *(_(TARGETS[kind]) for kind in progress.figures)]
    with st.expander(_("As a table"), key="team_progress_table"):
        st.html(_table(page, progress, header))
        name = f"{_('Progress')} {span_words(page, progress.span)}"
        rows: list[list[Cell]] = [
            [part.first, *(figure.parts[number] for figure in progress.figures.values())] for number, part in enumerate(progress.parts)
        ]
        draw_table_export(page, key="team_progress", name=name, header=header, rows=rows, names_customers=False)


def _table(page: Page, progress: TeamProgress, header: Sequence[str]) -> str:
    _, text = page.text.gettext, page.text
    head = "".join(f'<th scope="col">{html.escape(name)}</th>' for name in header)

    def row(name: str, cells: Sequence[str]) -> str:
        return f'<tr><th scope="row">{html.escape(name)}</th>{"".join(f"<td>{html.escape(cell)}</td>" for cell in cells)}</tr>'

    figures = progress.figures.values()
    rows = [
        row(_("Target"), [say_value(f.kind, f.target, text) if f.target is not None else "–" for f in figures]),
        row(_("Actual"), [say_value(f.kind, f.actual, text) for f in figures]),
        row(_("At this pace"), [say_value(f.kind, f.pace.projected, text) if f.pace.projected is not None else "–" for f in figures]),
    ]
    for number, part in enumerate(progress.parts):
        if part.first <= page.today:
            rows.append(row(span_words(page, part) if part.days > 1 else text.day(part.first, today=page.today),
                            [say_value(f.kind, f.parts[number], text) for f in figures]))  # fmt: skip
    return f'<div class="fs-wide"><table class="fs-table"><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table></div>'
