"""The people of the progress view: each a bar against the target, overdue customers rated A beside it; a tap leads to that person."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from fieldsales.domain.progress import Course
from fieldsales.domain.words import TargetKind
from fieldsales.services.team.team_progress import Figure, PersonProgress, TeamProgress
from fieldsales.ui.format import one_line, safe
from fieldsales.ui.page import Page
from fieldsales.ui.table_export import Cell, draw_table_export
from fieldsales.ui.team.team_filters import show_filter, span_words
from fieldsales.ui.team.team_state import TeamAsked
from fieldsales.ui.url_chips import draw_url_chips
from fieldsales.wording.progress import COURSES, SIGNS, TARGETS, say_forecast, say_percent, say_short

FIGURE = "figure"


def draw_people(page: Page, asked: TeamAsked, progress: TeamProgress) -> None:
    """Draw everybody, whoever needs help most first; which figure the bars show stands in the URL."""
    _ = page.text.gettext
    people = progress.people
    if len(people) < 2:
        return
    with st.container(key="team_people", gap=None):
        st.html(f'<h3 class="fs-section">{html.escape(_("People"))}</h3>')
        kind = _draw_choice(page)
        longest = max((_length(person.figures[kind]) for person in people), default=0.0)
        for person in _by_need(people, kind):
            _draw_person(page, asked, progress, person, kind, longest)
    header, rows = _table(page, people)
    draw_table_export(
        page, key="team_people", name=f"{_('People')} {span_words(page, progress.span)}", header=header, rows=rows, names_customers=False
    )


def _draw_choice(page: Page) -> TargetKind:
    _ = page.text.gettext
    asked = st.query_params.get(FIGURE, "")
    shown = TargetKind(asked) if asked in set(TargetKind) else TargetKind.VISITS
    words = {kind.value: _(name) for kind, name in TARGETS.items()}
    draw_url_chips(_("Figure"), words, chosen=shown.value, parameter=FIGURE, key="team_figure")
    return shown


def _by_need(people: Sequence[PersonProgress], kind: TargetKind) -> list[PersonProgress]:
    """Return who is furthest behind first, then who has no target, the most done first; those who left last."""

    def need(person: PersonProgress) -> tuple[bool, bool, float, float]:
        figure = person.figures[kind]
        pace = figure.pace
        share = pace.projected_share if pace.projected_share is not None else pace.reached
        return person.person.left, share is None, share if share is not None else 0.0, -figure.actual

    return sorted(people, key=need)


def _length(figure: Figure) -> float:
    return max(0.0, figure.actual, figure.target or 0.0)


def _draw_person(page: Page, asked: TeamAsked, progress: TeamProgress, person: PersonProgress, kind: TargetKind, longest: float) -> None:
    """Draw one person's line; the whole of it is a button."""
    _, who = page.text.gettext, person.person
    with st.container(key=f"team_person_{who.id}", gap=None):
        st.html(_row(page, progress, person, kind, longest))
        one = replace(asked.team_filter, user_ids=frozenset({who.id}))
        st.button(
            _("Show {name}").format(name=one_line(who.name)), key=f"team_person_open_{who.id}", on_click=show_filter, args=(page, one)
        )


def _row(page: Page, progress: TeamProgress, person: PersonProgress, kind: TargetKind, longest: float) -> str:
    _, text, figure, who = page.text.gettext, page.text, person.figures[kind], person.person
    course = figure.pace.course
    left = f' <span class="fs-quiet">{html.escape(_("left"))}</span>' if who.left else ""
    target = f"<span> / {html.escape(say_short(kind, figure.target, text))}</span>" if figure.target is not None else ""
    overdue = _("{count} A overdue").format(count=text.number(person.overdue_a))
    badge = f'<span class="fs-overdue">{html.escape(overdue)}</span>' if person.overdue_a else ""
    leads_to = say_forecast(figure.pace, progress.days, text, today=page.today)
    if not leads_to and figure.pace.reached is not None:
        leads_to = _("{percent} of the target").format(percent=say_percent(figure.pace.reached, text))
    said = leads_to or _(COURSES[course])
    return (
        f'<div class="fs-person fs-course-{course.value}"><div><b>{safe(who.name)}{left}</b>'
        f"<span><strong>{html.escape(say_short(kind, figure.actual, text))}</strong>{target}</span></div>"
        f'<div class="fs-bar">{_bar(figure, longest)}</div>'
        f'<div><span><i aria-hidden="true">{SIGNS[course]}</i> {html.escape(said)}</span>{badge}</div></div>'
    )


def _bar(figure: Figure, longest: float) -> str:
    """Return the bar: what is done, the target as its frame, and a tick where an even pace would be; all bars have one scale."""
    if longest <= 0:
        return ""

    def share(value: float) -> str:
        return f"{100 * max(0.0, value) / longest:.1f}%"

    frame = f'<i class="fs-aim" style="width:{share(figure.target)}"></i>' if figure.target is not None else ""
    due = figure.pace.expected if figure.pace.course not in (Course.NO_TARGET, Course.MISSED, Course.NOT_BEGUN) else None
    tick = f'<i class="fs-due" style="left:{share(due)}"></i>' if due else ""
    fill = f'<i class="fs-fill" style="width:{share(figure.actual)}"></i>' if figure.actual > 0 else ""
    return frame + fill + tick


def _table(page: Page, people: Sequence[PersonProgress]) -> tuple[list[str], list[list[Cell]]]:
    _ = page.text.gettext
    header = [_("Rep"), _("Team")]
    for name in TARGETS.values():
        header += [_(name), _("{figure}: target").format(figure=_(name)), _("{figure}: at this pace").format(figure=_(name))]
    header += [_("Planned"), _("Planned and done"), _("On time (± 1 h)"), _("A overdue")]
    return header, [_cells(person) for person in people]


def _cells(person: PersonProgress) -> list[Cell]:
    cells: list[Cell] = [person.person.name, person.person.team_name]
    for figure in person.figures.values():
        projected = None if figure.pace.projected is None else round(figure.pace.projected)
        cells += [figure.actual, None if figure.target is None else round(figure.target), projected]
    return [*cells, person.plans.planned, person.plans.done, person.plans.on_time, person.overdue_a]
