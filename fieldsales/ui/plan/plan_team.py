"""A manager plans one day of several reps at once, sees what each day comes to, and opens one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import streamlit as st

from fieldsales.domain.words import PlanState
from fieldsales.services.planning import plans
from fieldsales.services.planning.plan_views import Person, PlanRow, PlanView
from fieldsales.ui.format import plain
from fieldsales.ui.page import Page
from fieldsales.ui.plan import plan_state, plan_words
from fieldsales.ui.plan.plan_several import accept_all, draw_progress, plan_team
from fieldsales.ui.plan.plan_sharing_view import open_plan
from fieldsales.wording.lengths import say_length

MAX_REPS = 30


def draw_team(page: Page, *, day: date) -> None:
    """Draw the people for whom the user plans, each with their plan of `day`, and the button that plans the chosen ones."""
    _ = page.text.gettext
    with page.database.read() as session:
        people = [person for person in plans.whose_days(session, page.user) if person.id != page.user.id]
        rows = plans.list_plans(session, page.user, first_day=day, last_day=day)
        current = _current(rows)
        views = {row.id: plans.read_plan(session, page.user, plan_id=row.id, now=page.now) for row in current.values()}
    if not people:
        st.info(_("Here managers plan the day of several people at once. You plan your own."), icon=":material/groups:")
        return
    _draw_turner(page, day)
    page.show_problem()
    draw_progress(page, f"team_{day}")
    _draw_totals(page, [row for row in current.values() if row.person.id != page.user.id])
    chosen = []
    with st.container(key="team_rows", gap="xsmall"):
        for person in people:
            row = current.get(person.id)
            if _draw_person(page, person, row, views.get(row.id) if row is not None else None, is_over=day < page.today):
                chosen.append(person.id)
    _draw_actions(page, day, chosen, current)


def _current(rows: Sequence[PlanRow]) -> dict[int, PlanRow]:
    """Return the plan of each person that counts: the one in use, else the newest draft."""
    counted = sorted((row for row in rows if row.state is not PlanState.SET_ASIDE), key=lambda r: (r.state is PlanState.ACCEPTED, r.id))
    return {row.person.id: row for row in counted}


def _draw_turner(page: Page, day: date) -> None:
    _ = page.text.gettext
    with st.container(key="plan_turner", horizontal=True, wrap=False, vertical_alignment="center"):
        st.button(_("Earlier days"), key="team_before", icon=":material/chevron_left:", on_click=_turn, args=(day - timedelta(days=1),))
        st.subheader(page.text.day(day, today=page.today), anchor=False)
        st.button(_("Later days"), key="team_after", icon=":material/chevron_right:", on_click=_turn, args=(day + timedelta(days=1),))


def _turn(day: date) -> None:
    st.query_params[plan_state.DAY] = day.isoformat()


def _draw_totals(page: Page, rows: Sequence[PlanRow]) -> None:
    """Draw what the team's day comes to."""
    planned = [row for row in rows if row.visits]
    if not planned:
        return
    visits = sum(row.visits for row in planned)
    counted = page.text.ngettext("{count} visit", "{count} visits", visits).format(count=page.text.number(visits))
    travel = page.text.gettext("Travel {time}").format(time=say_length(sum(row.totals.travel_s for row in planned), page.text))
    st.markdown(f":gray[{counted} · {travel} · {page.text.metres(sum(row.totals.travel_m for row in planned))}]")


def _draw_person(page: Page, person: Person, row: PlanRow | None, plan: PlanView | None, *, is_over: bool) -> bool:
    """Draw one person with their day and return whether they are chosen."""
    _ = page.text.gettext
    in_use = row is not None and row.state is PlanState.ACCEPTED
    with st.container(key=f"team_row_{person.id}", horizontal=True, wrap=False, vertical_alignment="center", gap="small"):
        chosen = st.checkbox(
            _("Plan the day of {name}").format(name=plain(person.name)),
            value=not in_use,
            key=f"team_pick_{person.id}",
            disabled=in_use or is_over,
            label_visibility="collapsed",
        )
        label = f"**{plain(person.name)}**{_state(page, row)}\n:small[:gray[{_about(page, row, plan)}]]"
        if row is None:
            st.markdown(label.replace("\n", "  \n"))
        else:
            st.button(
                label, key=f"team_open_{person.id}", type="tertiary", on_click=open_plan, args=(row.id, row.day), width="stretch", wrap=True
            )
    return chosen and not in_use and not is_over


def _state(page: Page, row: PlanRow | None) -> str:
    if row is None:
        return ""
    state = page.text.gettext(plan_words.STATES[row.state])
    return f" :primary-badge[{state}]" if row.state is PlanState.ACCEPTED else f" :gray-badge[{state}]"


def _about(page: Page, row: PlanRow | None, plan: PlanView | None) -> str:
    """Return what a day comes to."""
    _ = page.text.gettext
    if row is None or plan is None:
        return _("No plan yet")
    if not row.visits:
        return _("Begun, not planned yet")
    if row.state is PlanState.ACCEPTED and row.done:
        done = _("{done} of {count} visited").format(done=page.text.number(row.done), count=page.text.number(row.visits))
        return " · ".join([done, *plan_words.say_totals(page.text, row.totals, plan.zone, plan.rules.mode)[1:]])
    return " · ".join(plan_words.say_totals(page.text, row.totals, plan.zone, plan.rules.mode))


def _draw_actions(page: Page, day: date, chosen: Sequence[int], current: Mapping[int, PlanRow]) -> None:
    """Draw the primary button, and beside it the way to put what was planned to use."""
    _ = page.text.gettext
    if day < page.today:
        return
    drafts = [current[i].id for i in chosen if i in current and current[i].visits]
    if len(chosen) > MAX_REPS:
        st.caption(_("At most {count} people at once.").format(count=page.text.number(MAX_REPS)))
    with st.container(key="plan_bar", horizontal=True, wrap=False, gap="small"):
        if drafts and st.button(_("Put all to use"), key="team_accept", icon=":material/done_all:", width="stretch"):
            accept_all(page, drafts)
        label = page.text.ngettext("Plan {count} day", "Plan {count} days", len(chosen)).format(count=page.text.number(len(chosen)))
        locked = not 0 < len(chosen) <= MAX_REPS
        if st.button(label, key="team_solve", type="primary", icon=":material/route:", width="stretch", disabled=locked):
            plan_team(page, f"team_{day}", chosen, day)
