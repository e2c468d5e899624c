"""Progress: is it on course, where does it lead, who needs help, and what moved; for a rep, and of one rep, the same of one person."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from fieldsales.domain.cadence import DueState
from fieldsales.domain.customer_filter import CustomerFilter
from fieldsales.domain.likelihood import Likelihood
from fieldsales.services.team.team_moves import read_moves
from fieldsales.services.team.team_pipeline import read_pipeline
from fieldsales.services.team.team_progress import TeamProgress, read_progress
from fieldsales.ui import navigation
from fieldsales.ui.format import plain
from fieldsales.ui.page import Page
from fieldsales.ui.team.team_filters import show_filter
from fieldsales.ui.team.team_progress_more import draw_kinds, draw_pipeline, draw_plans
from fieldsales.ui.team.team_progress_moves import draw_moves
from fieldsales.ui.team.team_progress_people import draw_people
from fieldsales.ui.team.team_progress_tiles import draw_figures_table, draw_tiles, draw_verdict
from fieldsales.ui.team.team_state import TeamAsked
from fieldsales.ui.team.team_targets_view import asked_month, draw_targets, show_targets


def draw_progress(page: Page, asked: TeamAsked) -> None:
    """Draw the view, or the targets where a lead's address asks for them."""
    month = asked_month(page) if asked.scope.leads else None
    if month is not None:
        draw_targets(page, asked, month)
        return
    _draw_whose(page, asked)
    if not asked.scope.people:
        st.info(page.text.gettext("The filter leaves nobody. Choose other people or teams."), icon=":material/person_off:")
        return
    asks = {"team_filter": asked.team_filter}
    with page.database.read() as session:
        progress = read_progress(session, page.user, today=page.today, zone=page.zone, **asks)
    with st.container(key="team_progress", gap="small"):
        draw_verdict(page, progress)
        draw_tiles(page, progress)
        has_targets = all(figure.target is not None for figure in progress.figures.values())
        if not has_targets:
            _draw_set_targets(page, asked, is_missing=True)
        _draw_notes(page, asked, progress)
        draw_figures_table(page, progress)
        draw_people(page, asked, progress)
        if has_targets:
            _draw_set_targets(page, asked, is_missing=False)
        draw_plans(page, progress)
        draw_kinds(page, progress)
    with page.database.read() as session:  # below the first screen: what is above is drawn first
        moves, pipeline = read_moves(session, page.user, zone=page.zone, **asks), read_pipeline(session, page.user, **asks)
    draw_moves(page, asked, moves)
    draw_pipeline(page, pipeline)


def _draw_whose(page: Page, asked: TeamAsked) -> None:
    """Draw the name of the one person shown, with the way back to all."""
    chosen = asked.team_filter.user_ids
    if not asked.scope.leads or len(chosen) != 1 or len(asked.scope.people) != 1:
        return
    _, person = page.text.gettext, asked.scope.people[0]
    name = _("{name} (left)").format(name=person.name) if person.left else person.name
    with st.container(key="team_whose", horizontal=True, wrap=False, vertical_alignment="center", gap="small"):
        everybody = replace(asked.team_filter, user_ids=frozenset())
        st.button(
            _("Everybody"),
            key="team_whose_all",
            icon=":material/arrow_back:",
            type="tertiary",
            on_click=show_filter,
            args=(page, everybody),
        )
        st.subheader(plain(name), anchor=False)


def _draw_notes(page: Page, asked: TeamAsked, progress: TeamProgress) -> None:
    """Draw what is to be known of these figures."""
    _, text = page.text.gettext, page.text
    if asked.team_filter.tags or asked.team_filter.areas:
        st.caption(_("Targets are for all customers: there is none to compare with while the filter asks for tags or areas."))
    if progress.overdue_a and len(progress.people) < 2:
        sentence = text.ngettext("{count} customer rated A is overdue.", "{count} customers rated A are overdue.", progress.overdue_a)
        label = sentence.format(count=text.number(progress.overdue_a))
        ways = _overdue_customers(asked).to_query()
        with st.container(key="team_overdue"):
            st.page_link(navigation.path_of("customers"), label=label, icon=":material/event_busy:", query_params=ways, width="stretch")


def _overdue_customers(asked: TeamAsked) -> CustomerFilter:
    """Return the filter of the customer list that shows the overdue customers rated A."""
    team_filter = asked.team_filter
    of_some = not asked.scope.leads or team_filter.user_ids or team_filter.team_ids
    return CustomerFilter(
        likelihoods=frozenset({Likelihood.A}),
        owner_ids=frozenset(asked.scope.user_ids if of_some else ()),
        due=frozenset({DueState.OVERDUE}),
        tags=team_filter.tags,
    )


def _draw_set_targets(page: Page, asked: TeamAsked, *, is_missing: bool) -> None:
    """Draw the way to the targets: the page's one primary button while some are missing; with tags or areas none are compared with."""
    if not asked.scope.leads or asked.team_filter.tags or asked.team_filter.areas:
        return
    month = min(max(page.today, asked.team_filter.span.first), asked.team_filter.span.last).replace(day=1)
    with st.container(key="team_set_targets"):
        st.button(
            page.text.gettext("Set targets"),
            key="team_targets_open",
            icon=":material/flag:",
            type="primary" if is_missing else "secondary",
            width="stretch",
            on_click=show_targets,
            args=(month,),
        )
