"""The filter of the manager's page: period, team, rep, tag, area; the URL is the truth, each widget writes it anew."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import streamlit as st

from fieldsales.domain.spans import Span, SpanKind
from fieldsales.domain.team_filter import PARAMETERS, TeamFilter
from fieldsales.errors import N_, FieldSalesError
from fieldsales.services.team import team_scope
from fieldsales.ui.format import one_line, plain
from fieldsales.ui.messages import sentence_of
from fieldsales.ui.page import Page
from fieldsales.ui.team.team_state import TeamAsked, TeamView

SPANS = {
    SpanKind.WEEK: N_("Week"),
    SpanKind.MONTH: N_("Month"),
    SpanKind.QUARTER: N_("Quarter"),
    SpanKind.YEAR: N_("Year"),
    SpanKind.DAYS: N_("Days"),
}
# Elsewhere things are shown as they are now; of coverage the bias meter alone asks when, and has the period beside it.
_OF_A_PERIOD = frozenset({TeamView.PROGRESS, TeamView.HONESTY, TeamView.SUMMARY})
_KIND, _DAYS, _TEAMS, _PEOPLE, _TAGS, _AREAS = (f"team_filter_{part}" for part in ("kind", "days", "teams", "people", "tags", "areas"))


def read_filter(page: Page) -> TeamFilter:
    """Return the filter that the URL asks for; an unreadable URL filters nothing and says so."""
    query = {name: st.query_params.get_all(name) for name in PARAMETERS if name in st.query_params}
    try:
        return TeamFilter.from_query(query, today=page.today)
    except FieldSalesError as error:
        _ = page.text.gettext
        sentence = _("The address of this page asks for figures that do not exist; this month of everybody is shown.")
        with st.container(key="team_bad_filter"):
            st.warning(page.text.paragraph(sentence, sentence_of(page.text, error)), icon=":material/filter_alt_off:")
            st.button(_("Clear filter"), key="team_bad_filter_clear", on_click=clear_filter)
        return TeamFilter.from_query({}, today=page.today)


def show_filter(page: Page, team_filter: TeamFilter, **more: str) -> None:
    """Put a filter, and `more` parameters, into the URL in place of the one there."""
    kept = {name: st.query_params.get_all(name) for name in st.query_params if name not in PARAMETERS and name not in more}
    st.query_params.from_dict(kept | team_filter.to_query(today=page.today) | {name: [value] for name, value in more.items()})


def clear_filter() -> None:
    """Take the filter out of the URL."""
    for name in PARAMETERS:
        st.query_params.pop(name, None)


def draw_filters(page: Page, asked: TeamAsked) -> None:
    """Draw the period where it decides what the whole view shows, else of whom it is; and the filter in a popover."""
    _, now = page.text.gettext, asked.team_filter
    with st.container(key="team_filters", horizontal=True, wrap=False, gap="small", vertical_alignment="center"):
        if asked.view in _OF_A_PERIOD:
            draw_period(page, now)
        else:
            st.markdown(f"**{plain(_whose(page, asked))}**", width="stretch")
        chosen = count_chosen(now)
        label = _("Filter ({count})").format(count=chosen) if chosen else _("Filter")
        with st.popover(label, icon=":material/tune:", key="team_filter_more"):
            _draw_more(page, asked)


def draw_period(page: Page, now: TeamFilter) -> None:
    """Draw the period with the ways to the one before and after."""
    _ = page.text.gettext
    with st.container(key="team_period", horizontal=True, wrap=False, gap=None, vertical_alignment="center"):
        before, after = now.during(now.span.before()), now.during(now.span.after())
        st.button(
            _("Before"), key="team_span_before", icon=":material/chevron_left:", type="tertiary", on_click=show_filter, args=(page, before)
        )
        st.markdown(plain(span_words(page, now.span)), width="content")
        st.button(
            _("After"),
            key="team_span_after",
            icon=":material/chevron_right:",
            type="tertiary",
            on_click=show_filter,
            args=(page, after),
            disabled=after.span.first > page.today,
        )


def _whose(page: Page, asked: TeamAsked) -> str:
    """Return what the filter leaves in a few words."""
    _, now = page.text.gettext, asked.team_filter
    teams = [name for i, name in asked.scope.teams if i in now.team_ids]
    people = [person.name for person in asked.scope.everybody if person.id in now.user_ids]
    names = [*teams, *people, *sorted(now.tags), *sorted(now.areas)]
    return _(", ").join(map(one_line, names)) or _("Everybody")


def count_chosen(team_filter: TeamFilter) -> int:
    """Return how many parts of the filter restrict something, the period aside."""
    return sum(bool(part) for part in (team_filter.team_ids, team_filter.user_ids, team_filter.tags, team_filter.areas))


def span_words(page: Page, span: Span) -> str:
    """Return a span as people say it."""
    text = page.text
    if span.kind is SpanKind.YEAR:
        return text.gettext("{year}").format(year=span.first.year)
    if span.kind is SpanKind.MONTH:
        return text.month(span.first)
    return f"{text.day(span.first, today=page.today)} – {text.day(span.last, today=page.today)}"


def _draw_more(page: Page, asked: TeamAsked) -> None:
    _, now = page.text.gettext, asked.team_filter
    write: dict[str, Any] = {"on_change": _write, "args": (page, now)}
    many: dict[str, Any] = write | {"select_all": False}  # everything chosen is nothing left out
    _show_all(now)
    if asked.view in _OF_A_PERIOD or asked.view is TeamView.COVERAGE:
        _draw_kinds(page, now, write)
    if asked.scope.leads:
        teams = dict(asked.scope.teams)
        names = {p.id: one_line(p.name) if not p.left else _("{name} (left)").format(name=one_line(p.name)) for p in asked.scope.everybody}
        _show(_TEAMS, sorted(now.team_ids & teams.keys()))
        st.multiselect(
            _("Team"), list(teams), format_func=lambda i: one_line(teams[i]), key=_TEAMS, placeholder=_("All"), **many, persist_state="page"
        )
        _show(_PEOPLE, sorted(now.user_ids & names.keys()))
        st.multiselect(
            _("Rep"), list(names), format_func=names.__getitem__, key=_PEOPLE, placeholder=_("Everybody"), **many, persist_state="page"
        )
    with page.database.read() as session:
        choices = team_scope.read_choices(session, page.user)
    tags, areas = sorted({*choices.tags, *now.tags}), sorted({*choices.areas, *now.areas})
    if tags:
        st.multiselect(_("Tags"), tags, format_func=one_line, key=_TAGS, placeholder=_("Any"), **many, persist_state="page")
    if areas:
        st.multiselect(_("Area"), areas, format_func=one_line, key=_AREAS, placeholder=_("Any"), **many, persist_state="page")
    st.button(_("Clear filter"), key="team_filter_clear", type="tertiary", icon=":material/filter_alt_off:", on_click=clear_filter)


def _draw_kinds(page: Page, now: TeamFilter, write: dict[str, Any]) -> None:
    """Draw how long a period is."""
    _ = page.text.gettext
    st.pills(_("Period"), list(SpanKind), format_func=lambda kind: _(SPANS[kind]), key=_KIND, required=True, **write, persist_state="page")
    if now.span.kind is SpanKind.DAYS:
        st.date_input(_("From and to"), key=_DAYS, **write, persist_state="page")


def _write(page: Page, before: TeamFilter) -> None:
    """Write what the widgets now say into the URL; parts whose widget was not drawn stay as they were `before`."""
    state = st.session_state
    kind, days = state.get(_KIND) or before.span.kind, state.get(_DAYS)
    span = before.span
    if kind is SpanKind.DAYS and isinstance(days, tuple) and len(days) == 2:
        span = Span(SpanKind.DAYS, *days)
    elif kind is not before.span.kind:
        last = min(before.span.last, page.today)
        span = Span(kind, before.span.first, before.span.last) if kind is SpanKind.DAYS else Span.around(kind, max(last, before.span.first))
    show_filter(
        page,
        replace(
            before,
            span=span,
            team_ids=frozenset(state.get(_TEAMS, before.team_ids)),
            user_ids=frozenset(state.get(_PEOPLE, before.user_ids)),
            tags=frozenset(state.get(_TAGS, before.tags)),
            areas=frozenset(state.get(_AREAS, before.areas)),
        ),
    )


def _show_all(now: TeamFilter) -> None:
    """Let the widgets say what the filter says, also those that are not drawn: they would go on saying what another filter said."""
    _show(_KIND, now.span.kind)
    _show(_DAYS, (now.span.first, now.span.last))
    for key, chosen in ((_TEAMS, now.team_ids), (_PEOPLE, now.user_ids), (_TAGS, now.tags), (_AREAS, now.areas)):
        _show(key, sorted(chosen))


def _show(key: str, value: object) -> None:
    # In every run: a widget in a popover is put on the page when that is opened, and would otherwise start empty.
    st.session_state[key] = value
