"""Coverage: where the team goes and where not, as a map with its numbers; the overdue A's; visits held against potential."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from fieldsales.domain.coverage import PARAMETERS, CoverageAsked, CoverageFigure, Grouping
from fieldsales.domain.likelihood import OPEN, Likelihood
from fieldsales.errors import N_, FieldSalesError
from fieldsales.services.team.coverage import Asker, GroupFigures, read_totals
from fieldsales.services.team.coverage_lists import count_without_pin
from fieldsales.ui.empty_states import draw_no_customers
from fieldsales.ui.messages import sentence_of
from fieldsales.ui.page import Page
from fieldsales.ui.team.team_bias import draw_bias
from fieldsales.ui.team.team_coverage_lists import draw_overdue, draw_without_pin
from fieldsales.ui.team.team_coverage_map import draw_coverage_map
from fieldsales.ui.team.team_coverage_table import draw_areas
from fieldsales.ui.team.team_filters import clear_filter, count_chosen
from fieldsales.ui.team.team_state import TeamAsked
from fieldsales.ui.words import LIKELIHOODS_SHORT
from fieldsales.wording.coverage import FIGURES, MEANINGS, say_short

GROUPINGS = {Grouping.HEXAGONS: N_("Hexagons"), Grouping.AREAS: N_("Municipalities")}
_SHOW, _BY, _RANKS = "coverage_show", "coverage_by", "coverage_ranks"
_CHOSEN_RANKS = (*OPEN, Likelihood.WON, Likelihood.LOST, Likelihood.UNRATED)


def draw_coverage(page: Page, asked: TeamAsked) -> None:
    """Draw the view; without any customer to show, what to do about it."""
    coverage = _read_asked(page)
    # The page has just been told what was saved; its figures must not show less than the page knows.
    page.runtime.map_index.snapshot(page.database, fresh=True)
    asker = Asker(page.runtime.map_index, page.database, page.user, asked.team_filter, coverage, page.now, page.zone)
    total = read_totals(asker)
    with page.database.read() as session:
        without_pin = count_without_pin(session, page.user, team_filter=asked.team_filter, asked=coverage)
    if not total.customers and not without_pin and not coverage.ranks:
        _draw_nobody(page, asked)
        return
    _draw_choices(page, coverage)
    if total.customers:
        draw_coverage_map(page, asker)
    _draw_numbers(page, coverage, total)
    draw_without_pin(page, asked, coverage, without_pin, nobody_else=not total.customers)
    draw_overdue(page, asked)
    draw_bias(page, asker)
    if total.customers:
        draw_areas(page, asker)


def _read_asked(page: Page) -> CoverageAsked:
    query = {name: st.query_params.get_all(name) for name in PARAMETERS if name in st.query_params}
    try:
        return CoverageAsked.from_query(query)
    except FieldSalesError as error:
        sentence = page.text.gettext("The address of this page asks for a map that does not exist; coverage is shown.")
        st.warning(page.text.paragraph(sentence, sentence_of(page.text, error)), icon=":material/filter_alt_off:")
        return CoverageAsked()


def _show(asked: CoverageAsked) -> None:
    """Put which map is asked for into the URL."""
    kept = {name: st.query_params.get_all(name) for name in st.query_params if name not in PARAMETERS}
    st.query_params.from_dict(kept | asked.to_query())


def _draw_choices(page: Page, coverage: CoverageAsked) -> None:
    _ = page.text.gettext

    def write() -> None:
        state = st.session_state
        figure, grouping, ranks = state[_SHOW], state[_BY], frozenset(state[_RANKS])
        _show(replace(coverage, figure=figure, grouping=grouping, ranks=ranks))

    for key, value in ((_SHOW, coverage.figure), (_BY, coverage.grouping)):
        if st.session_state.get(key) != value:
            st.session_state[key] = value
    # In every run: a widget in a popover is put on the page when that is opened, and would otherwise start empty.
    st.session_state[_RANKS] = [rank for rank in _CHOSEN_RANKS if rank in coverage.ranks]
    with st.container(key="coverage_choices", gap="xsmall"):
        st.pills(
            _("Map of"),
            list(CoverageFigure),
            format_func=lambda figure: _(FIGURES[figure]),
            key=_SHOW,
            label_visibility="collapsed",
            wrap=False,
            required=True,
            on_change=write,
            persist_state="page",
        )
        with st.container(key="coverage_grouping", horizontal=True, wrap=False, gap="small", vertical_alignment="center"):
            st.segmented_control(
                _("Put together by"),
                list(Grouping),
                format_func=lambda grouping: _(GROUPINGS[grouping]),
                key=_BY,
                label_visibility="collapsed",
                required=True,
                on_change=write,
                persist_state="page",
            )
            label = _("Likelihood ({count})").format(count=len(coverage.ranks)) if coverage.ranks else _("Likelihood")
            with st.popover(label, icon=":material/filter_list:", key="coverage_more"):
                st.pills(
                    _("Only customers with this likelihood"),
                    list(_CHOSEN_RANKS),
                    format_func=lambda rank: _(LIKELIHOODS_SHORT[rank]),
                    key=_RANKS,
                    selection_mode="multi",
                    on_change=write,
                    persist_state="page",
                )
        st.caption(_(MEANINGS[coverage.figure]))


def _draw_numbers(page: Page, coverage: CoverageAsked, total: GroupFigures) -> None:
    """Draw what the whole selection comes to: the figure of the map and what it is made of."""
    _, text = page.text.gettext, page.text
    figure = coverage.figure
    with st.container(key="coverage_numbers", horizontal=True, gap="small"):
        st.metric(_("On the map"), text.number(total.customers))
        if figure is not CoverageFigure.POTENTIAL:
            st.metric(_(FIGURES[figure]), say_short(figure, total.value, text))
        st.metric(_("Potential"), say_short(CoverageFigure.POTENTIAL, total.potential, text))
        st.metric(_("Due"), text.number(total.due))
        st.metric(_("Overdue"), text.number(total.overdue))
    if total.customers and not total.rhythm and figure in (CoverageFigure.COVERED, CoverageFigure.CADENCE):
        st.info(_("None of these customers has an interval; an administrator sets them by likelihood."), icon=":material/event_repeat:")
    if total.without_amount:
        sentence = text.ngettext(
            "{count} open deal has no amount and counts nothing in potential and neglect.",
            "{count} open deals have no amount and count nothing in potential and neglect.",
            total.without_amount,
        )
        st.caption(sentence.format(count=text.number(total.without_amount)))


def _draw_nobody(page: Page, asked: TeamAsked) -> None:
    _ = page.text.gettext
    if not count_chosen(asked.team_filter):
        draw_no_customers(page)
        return
    with st.container(key="coverage_nobody"):
        st.info(_("No customer matches this filter."), icon=":material/search_off:")
        st.button(_("Clear filter"), key="coverage_clear", icon=":material/filter_alt_off:", on_click=clear_filter)
