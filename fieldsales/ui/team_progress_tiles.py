"""The four numbers of the progress view: each with its curve against an even pace, where it leads, and whether that is enough."""

from __future__ import annotations

import html
from collections.abc import Container, Sequence
from datetime import date

import streamlit as st

from fieldsales.domain.progress import Course, add_up, even_pace
from fieldsales.domain.words import TargetKind
from fieldsales.services.team_progress import Figure, TeamProgress
from fieldsales.ui.page import Page
from fieldsales.ui.table_export import draw_table_export
from fieldsales.ui.team_filters import span_words
from fieldsales.wording.progress import COURSES, SIGNS, TARGETS, say_course, say_days, say_forecast, say_percent, say_value

_WIDE, _HIGH = 100.0, 36.0  # of a curve, in units of its own


def draw_verdict(page: Page, progress: TeamProgress) -> None:
    """Draw the one sentence that answers whether all is on course, and how much of the time is over."""
    text, days = page.text, progress.days
    sentence = say_course([figure.pace for figure in progress.figures.values()], days, text)
    below = f"<span>{html.escape(say_days(days, text))}</span>" if days.begun and not days.over else ""
    st.html(f'<div class="fs-verdict"><b>{html.escape(sentence)}</b>{below}</div>')


def draw_tiles(page: Page, progress: TeamProgress, holidays: Container[date]) -> None:
    """Draw the four numbers, two in a row on a phone, and the same as a table behind them."""
    tiles = "".join(_tile(page, progress, figure, holidays) for figure in progress.figures.values())
    st.html(f'<div class="fs-tiles">{tiles}</div>')
    for sentence in _missing_targets(page, progress):
        st.caption(sentence)
    _draw_table(page, progress)


def _tile(page: Page, progress: TeamProgress, figure: Figure, holidays: Container[date]) -> str:
    _, text, course = page.text.gettext, page.text, figure.pace.course
    value = say_value(figure.kind, figure.actual, text)
    target = f"<span> / {html.escape(say_value(figure.kind, figure.target, text))}</span>" if figure.target is not None else ""
    forecast = say_forecast(figure.pace, progress.days, text, today=page.today)
    if not forecast and figure.pace.reached is not None:
        forecast = _("{percent} of the target").format(percent=say_percent(figure.pace.reached, text))
    return (
        f'<section class="fs-tile fs-course-{course.value}"><h3>{html.escape(_(TARGETS[figure.kind]))}'
        f'<em><i aria-hidden="true">{SIGNS[course]}</i> {html.escape(_(COURSES[course]))}</em></h3>'
        f"<p><b>{html.escape(value)}</b>{target}</p>{_curve(page, progress, figure, holidays)}"
        f"<small>{html.escape(forecast) or '&nbsp;'}</small></section>"
    )


def _curve(page: Page, progress: TeamProgress, figure: Figure, holidays: Container[date]) -> str:
    """Return the running sum against an even pace as a picture, dotted where this pace leads."""
    begun = sum(part.first <= page.today for part in progress.parts)
    sums, count = add_up(figure.parts[:begun]), len(progress.parts)
    pace = even_pace(figure.target, progress.span, progress.parts, holidays) if figure.target else ()
    projected = figure.pace.projected if not progress.days.over else None
    top = max([1.0, *sums, *pace, projected or 0.0]) * 1.06

    def points(values: Sequence[float]) -> list[tuple[float, float]]:
        at = [(_WIDE * (number + 1) / count, _HIGH * (1 - max(0.0, value) / top)) for number, value in enumerate(values)]
        return [(0.0, _HIGH), *at]

    lines = [_line("fs-pace", points(pace))] if pace else []
    if sums:
        done = points(sums)
        closed = [*done, (done[-1][0], _HIGH)]
        lines += [f'<polygon class="fs-done" points="{_said(closed)}"/>', _line("fs-now", done)]
        if projected is not None and begun < count:
            lines.append(_line("fs-ahead", [done[-1], (_WIDE, _HIGH * (1 - max(0.0, projected) / top))]))
    label = html.escape(_in_words(page, progress, figure), quote=True)
    return f'<svg viewBox="0 0 {_WIDE:g} {_HIGH:g}" preserveAspectRatio="none" role="img" aria-label="{label}">{"".join(lines)}</svg>'


def _line(name: str, points: Sequence[tuple[float, float]]) -> str:
    return f'<polyline class="{name}" points="{_said(points)}"/>'


def _said(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:.2f},{y:.2f}" for x, y in points)


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
    """Return what is to be known of months that have no target while others of the span have one."""
    _, text, months = page.text.gettext, page.text, progress.span.months()
    found = []
    for kind, without in progress.without_target.items():
        if without and len(months) > 1 and progress.figures[kind].target is not None:
            sentence = _("{figure}: {count} of {total} months have no target; they count as 0.")
            found.append(sentence.format(figure=_(TARGETS[kind]), count=text.number(len(without)), total=text.number(len(months))))
    return found


def _draw_table(page: Page, progress: TeamProgress) -> None:
    _ = page.text.gettext
    header = [_("Period"), *(_(TARGETS[kind]) for kind in progress.figures)]
    with st.expander(_("As a table"), key="team_progress_table"):
        st.html(_table(page, progress, header))
        name = f"{_('Progress')} {span_words(page, progress.span)}"
        rows = [[part.first, *(figure.parts[number] for figure in progress.figures.values())] for number, part in enumerate(progress.parts)]
        draw_table_export(page, key="team_progress", name=name, header=header, rows=rows, names_customers=False)


def _table(page: Page, progress: TeamProgress, header: Sequence[str]) -> str:
    _, text = page.text.gettext, page.text
    head = "".join(f'<th scope="col">{html.escape(name)}</th>' for name in header)

    def row(name: str, cells: Sequence[str]) -> str:
        return f'<tr><th scope="row">{html.escape(name)}</th>{"".join(f"<td>{html.escape(cell)}</td>" for cell in cells)}</tr>'

    figures = progress.figures.values()
    rows = [
        row(_("Target"), [say_value(f.kind, f.target, text) if f.target is not None else "–" for f in figures]),
        row(_("Done"), [say_value(f.kind, f.actual, text) for f in figures]),
        row(_("At this pace"), [say_value(f.kind, f.pace.projected, text) if f.pace.projected is not None else "–" for f in figures]),
    ]
    for number, part in enumerate(progress.parts):
        if part.first <= page.today:
            rows.append(row(span_words(page, part) if part.days > 1 else text.day(part.first, today=page.today),
                            [say_value(f.kind, f.parts[number], text) for f in figures]))  # fmt: skip
    return f'<div class="fs-wide"><table class="fs-table"><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table></div>'


