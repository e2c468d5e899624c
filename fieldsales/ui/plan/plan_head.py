"""The row above every plan: the next days as chips, the other views, another day, and for whoever plans for others, whose day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import streamlit as st

from fieldsales.domain.words import Role
from fieldsales.errors import N_
from fieldsales.services.planning import plans
from fieldsales.services.planning.plan_views import Person
from fieldsales.ui.format import one_line, plain
from fieldsales.ui.page import Page
from fieldsales.ui.plan import plan_state
from fieldsales.ui.plan.plan_state import Asked, View
from fieldsales.ui.plan.plan_words import day_chip

DAYS_AHEAD = 7
VIEWS = {View.DAY: N_("Day"), View.WEEK: N_("Week"), View.LIST: N_("All plans"), View.TEAM: N_("Team")}
_CHIPS, _OTHER_DAY, _WHOSE = "plan_days", "plan_other_day", "plan_whose"


def read_people(page: Page) -> tuple[Person, ...]:
    """Return for whom the user may plan, themself first."""
    with page.database.read() as session:
        people = plans.whose_days(session, page.user)
    return tuple(sorted(people, key=lambda person: person.id != page.user.id))


def choose_person(page: Page, asked: Asked, people: tuple[Person, ...]) -> Asked:
    """Return what is asked for with the person it is about; a manager who names nobody plans for the first of the team."""
    known = {person.id for person in people}
    if asked.user_id in known:
        return asked
    others = [person.id for person in people if person.id != page.user.id]
    return replace(asked, user_id=others[0] if page.user.role is Role.MANAGER and others else page.user.id)


def draw_head(page: Page, asked: Asked, people: tuple[Person, ...]) -> None:
    """Draw the chips, which scroll sideways on a phone."""
    with st.container(key="plan_head", horizontal=True, wrap=False, gap="small", vertical_alignment="center"):
        _draw_choices(page, asked, people)
        _draw_chips(page, asked, people)


def views_for(people: tuple[Person, ...]) -> tuple[View, ...]:
    """Return the views beside the day; the team's is for whoever plans for others."""
    return (View.WEEK, View.LIST, View.TEAM) if len(people) > 1 else (View.WEEK, View.LIST)


def _draw_chips(page: Page, asked: Asked, people: tuple[Person, ...]) -> None:
    _ = page.text.gettext
    days = [page.today + timedelta(days=ahead) for ahead in range(DAYS_AHEAD)]
    if asked.view is View.DAY and asked.day not in days:
        days = sorted([*days, asked.day])
    chosen = asked.day if asked.view is View.DAY else asked.view
    if st.session_state.get(_CHIPS) != chosen:
        st.session_state[_CHIPS] = chosen
    st.pills(
        _("Day"),
        [*days, *views_for(people)],
        format_func=lambda chip: _(VIEWS[chip]) if isinstance(chip, View) else day_chip(page.text, chip, page.today),
        key=_CHIPS,
        required=True,
        label_visibility="collapsed",
        wrap=False,
        on_change=_turn,
        persist_state="page",
    )


def _draw_choices(page: Page, asked: Asked, people: tuple[Person, ...]) -> None:
    """Draw the button behind which any other day is chosen, and any other person; for them it bears the person's name."""
    _ = page.text.gettext
    names = {person.id: one_line(person.name) for person in people}
    label = plain(names.get(asked.user_id or 0, "")) if len(people) > 1 else _("Another day")
    key = "plan_choices" if len(people) > 1 else "plan_choices_day"
    with st.popover(label, icon=":material/person:" if len(people) > 1 else ":material/calendar_month:", key=key):
        if len(people) > 1:
            if st.session_state.get(_WHOSE) != asked.user_id:
                st.session_state[_WHOSE] = asked.user_id
            st.selectbox(
                _("Whose day"),
                list(names),
                format_func=lambda i: names.get(i, ""),
                key=_WHOSE,
                on_change=lambda: plan_state.show_whose(st.session_state[_WHOSE]),
                persist_state="page",
            )
        if st.session_state.get(_OTHER_DAY) != asked.day:
            st.session_state[_OTHER_DAY] = asked.day
        st.date_input(
            _("Another day"),
            key=_OTHER_DAY,
            format="YYYY/MM/DD",
            min_value=plan_state.FIRST_DAY,
            max_value=page.today + plan_state.FARTHEST,
            on_change=_turn_far,
            persist_state="page",
        )


def _turn() -> None:
    chip = st.session_state[_CHIPS]
    if isinstance(chip, View):
        plan_state.show_view(chip)
    elif chip is not None:
        plan_state.show_day(chip)


def _turn_far() -> None:
    day = st.session_state[_OTHER_DAY]
    if isinstance(day, date):
        plan_state.show_day(day)
