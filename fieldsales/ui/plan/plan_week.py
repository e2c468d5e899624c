"""The week of one rep: each day with its stops and totals, visits moved from day to day, the whole week planned at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import uuid4

import streamlit as st

from fieldsales.domain.words import PlanState, StopProgress
from fieldsales.domain.working_days import is_working_day
from fieldsales.errors import FieldSalesError
from fieldsales.services.planning import plan_edits, planning, plans
from fieldsales.services.planning.plan_views import PlanView, StopView
from fieldsales.services.working_days import public_holidays
from fieldsales.ui import messages
from fieldsales.ui.format import plain
from fieldsales.ui.page import Page
from fieldsales.ui.plan import plan_state, plan_words
from fieldsales.ui.plan.plan_several import accept_all, draw_progress, plan_week
from fieldsales.wording.lengths import say_clock, say_length

WORKWEEK = 5
WEEK = timedelta(days=7)
_WORTH_SAYING_S = 60


@dataclass(frozen=True, slots=True)
class WeekDay:
    """One day of the week as it is drawn; `plan` is the one in use, else the newest draft."""

    day: date
    plan: PlanView | None
    is_work: bool
    is_over: bool


def draw_week(page: Page, *, user_id: int, day: date) -> None:
    """Draw the week that holds `day` of one of the people for whom the user plans."""
    monday = day - timedelta(days=day.weekday())
    days = _read_week(page, user_id, monday, asked=day)
    _draw_head(page, monday, days)
    page.show_problem()
    _draw_next_week(page, monday)
    draw_progress(page, f"week_{user_id}_{monday}")
    if any(of_day.plan is not None and of_day.plan.state is PlanState.ACCEPTED for of_day in days):
        _ = page.text.gettext
        st.caption(_("Days in use stay as they are; the others are planned together, so that nobody is visited twice."))
    with st.container(key=f"week_grid_{len(days)}"):
        for of_day in days:
            _draw_day(page, user_id, of_day, days)
    _draw_actions(page, user_id, monday, days)


def _read_week(page: Page, user_id: int, monday: date, *, asked: date) -> tuple[WeekDay, ...]:
    """Return Monday to Friday, and what of the weekend is asked for or has a plan."""
    sunday = monday + timedelta(days=6)
    with page.database.read() as session:
        rows = plans.list_plans(session, page.user, first_day=monday, last_day=sunday, user_id=user_id)
        chosen: dict[date, int] = {}
        for row in sorted((r for r in rows if r.state is not PlanState.SET_ASIDE), key=lambda r: (r.state is PlanState.ACCEPTED, r.id)):
            chosen[row.day] = row.id
        views = {day: plans.read_plan(session, page.user, plan_id=plan_id, now=page.now) for day, plan_id in chosen.items()}
    days = [monday + timedelta(days=n) for n in range(7)]
    shown = [day for n, day in enumerate(days) if n < WORKWEEK or day in views or day == asked]
    holidays = public_holidays()
    return tuple(WeekDay(day, views.get(day), is_working_day(day, holidays), day < page.today) for day in shown)


def _draw_head(page: Page, monday: date, days: Sequence[WeekDay]) -> None:
    """Draw which week it is, the ways to the others, and what it comes to."""
    _ = page.text.gettext
    with st.container(key="plan_turner", horizontal=True, wrap=False, vertical_alignment="center"):
        st.button(_("Earlier week"), key="week_before", icon=":material/chevron_left:", on_click=_turn, args=(monday - WEEK,))
        title = f"{page.text.day(monday, today=page.today)}–{page.text.day(days[-1].day, today=page.today)}"
        st.subheader(title, anchor=False)
        st.button(_("Later week"), key="week_after", icon=":material/chevron_right:", on_click=_turn, args=(monday + WEEK,))
    planned = [of_day.plan for of_day in days if of_day.plan is not None and of_day.plan.is_solved]
    if planned:
        st.markdown(f":gray[{_totals(page, planned)}]")


def _turn(day: date) -> None:
    st.query_params[plan_state.DAY] = day.isoformat()


def _draw_next_week(page: Page, monday: date) -> None:
    """Offer the week to come once the working days of this one are over: on a weekend one plans ahead."""
    if monday + timedelta(days=WORKWEEK) <= page.today < monday + WEEK:
        first, last = monday + WEEK, monday + WEEK + timedelta(days=WORKWEEK - 1)
        days = f"{page.text.day(first, today=page.today)}–{page.text.day(last, today=page.today)}"
        label = page.text.gettext("Next week, {days}").format(days=days)
        st.button(label, key="week_next", icon=":material/arrow_forward:", width="stretch", on_click=_turn, args=(first,))


def _draw_day(page: Page, user_id: int, of_day: WeekDay, days: Sequence[WeekDay]) -> None:
    _, plan = page.text.gettext, of_day.plan
    today = "_today" if of_day.day == page.today else ""
    with st.container(key=f"week_day_{of_day.day}{today}", gap="xsmall"):
        with st.container(key=f"week_title_{of_day.day}", horizontal=True, wrap=False, vertical_alignment="center", gap="xsmall"):
            label = f"**{page.text.day(of_day.day, today=page.today)}**"
            st.button(label, key=f"week_open_{of_day.day}", type="tertiary", on_click=plan_state.show_day, args=(of_day.day,))
            if plan is not None:
                state = _(plan_words.STATES[plan.state])
                st.markdown(f":primary-badge[{state}]" if plan.state is PlanState.ACCEPTED else f":gray-badge[{state}]")
        if plan is None:
            st.caption(_("Day off") if not of_day.is_work else _("Nothing planned") if of_day.is_over else _("Not planned yet"))
            return
        if about := _about(page, plan):
            st.markdown(about)
        for stop in plan.stops:
            _draw_stop(page, user_id, plan, stop, others=() if of_day.is_over else _others(page, of_day, days))
        waiting = sum(candidate.reason is None for candidate in plan.candidates)
        if waiting and not plan.is_solved:
            proposed = page.text.ngettext("{count} customer proposed", "{count} customers proposed", waiting)
            st.caption(proposed.format(count=page.text.number(waiting)))


def _about(page: Page, plan: PlanView) -> str:
    """Return what a day comes to, and whether that still holds."""
    parts = []
    if plan.is_solved and plan.stops:
        parts.append(f":small[:gray[{_totals(page, [plan])}]]")
    if plan.is_stale:
        stale = page.text.gettext("changed, not planned anew")
        parts.append(f":orange[:small[{stale}]]")
    return "  \n".join(parts)


def _totals(page: Page, found: Sequence[PlanView]) -> str:
    """Return visits, travel and distance of one or more days."""
    visits = sum(len(plan.stops) for plan in found)
    counted = page.text.ngettext("{count} visit", "{count} visits", visits).format(count=page.text.number(visits))
    travel = page.text.gettext("Travel {time}").format(time=say_length(sum(plan.totals.travel_s for plan in found), page.text))
    return f"{counted} · {travel} · {page.text.metres(sum(plan.totals.travel_m for plan in found))}"


def _others(page: Page, of_day: WeekDay, days: Sequence[WeekDay]) -> tuple[WeekDay, ...]:
    """Return the days of the week that a visit may be moved to, the weekend's too; none that is over."""
    known = {one.day: one for one in days}
    monday = of_day.day - timedelta(days=of_day.day.weekday())
    week = [monday + timedelta(days=n) for n in range(WEEK.days)]
    ahead = [day for day in week if day >= page.today and day != of_day.day]
    return tuple(known.get(day) or WeekDay(day, None, is_work=False, is_over=False) for day in ahead)


def _draw_stop(page: Page, user_id: int, plan: PlanView, stop: StopView, *, others: tuple[WeekDay, ...]) -> None:
    """Draw a stop with the menu of days that it may be moved to."""
    _ = page.text.gettext
    name = plain(stop.name) if stop.name else _("A customer you may not see")
    with st.container(key=f"week_stop_{stop.id}", horizontal=True, wrap=False, vertical_alignment="center", gap=None):
        st.markdown(f"{_when(page, plan, stop)}  \n{name}")
        if not plan.may_edit or stop.progress is not StopProgress.AHEAD or not others:
            return
        targets = {other.day: other for other in others}
        chosen = st.menu_button(
            _("Move {name} to another day").format(name=name),
            list(targets),
            format_func=lambda day: page.text.day(day, today=page.today),
            key=f"week_move_{stop.id}",
            icon=":material/event_repeat:",
            type="tertiary",
        )
    if chosen is not None:
        _move(page, user_id, plan.id, stop, targets[chosen])


def _when(page: Page, plan: PlanView, stop: StopView) -> str:
    """Return the time of a stop with what is special about it."""
    parts = [f"**{say_clock(stop.starts_at, plan.zone)}**"]
    if stop.fixed_at is not None:
        parts.append(":material/event:")
    if stop.progress is StopProgress.DONE:
        parts.append(":material/check:")
    if stop.late_s >= _WORTH_SAYING_S:
        late = page.text.gettext("{length} late").format(length=say_length(stop.late_s, page.text))
        parts.append(f":red[:small[{late}]]")
    return " ".join(parts)


def _move(page: Page, user_id: int, plan_id: int, stop: StopView, target: WeekDay) -> None:
    """Move a visit to the best place in another day, which gets a plan when it has none, and find the times of both days again."""
    _ = page.text.gettext
    zone = page.runtime.settings.zone
    with page.saving() as session:
        to = target.plan.id if target.plan is not None else None
        if to is None:
            to = plans.open_plan(session, page.user, user_id=user_id, day=target.day, client_ref=uuid4(), zone=zone, now=page.now)
        plan_edits.move_stop(session, page.user, plan_id=plan_id, stop_id=stop.id, to_plan_id=to, now=page.now)
    tools, actor_id = page.runtime.planning_tools, page.user.id
    try:
        planning.retime_plan(tools, actor_id, plan_id=plan_id, now=page.now)
        planning.insert_customer(tools, actor_id, plan_id=to, customer_id=stop.customer_id, now=page.now)
    except FieldSalesError as error:
        messages.remember_problem(error)
    else:
        page.toast(_("{name} is now on {day}.").format(name=stop.name, day=page.text.day(target.day, today=page.today)))
    st.rerun()


def _draw_actions(page: Page, user_id: int, monday: date, days: Sequence[WeekDay]) -> None:
    """Draw the one primary button, and the way to put all days to use; nothing for weeks that are over or somebody else's."""
    _ = page.text.gettext
    with page.database.read() as session:
        mine = user_id in {person.id for person in plans.whose_days(session, page.user)}
    open_days = [of_day for of_day in days if not of_day.is_over and (of_day.plan is None or of_day.plan.state is PlanState.DRAFT)]
    plannable = [of_day.day for of_day in open_days if of_day.is_work or of_day.plan is not None]
    drafts = [of_day.plan.id for of_day in open_days if of_day.plan is not None and of_day.plan.stops and not of_day.plan.is_stale]
    if not mine or not plannable:
        return
    with st.container(key="plan_bar", horizontal=True, wrap=False, gap="small"):
        if drafts and st.button(_("Put all to use"), key="week_accept", icon=":material/done_all:", width="stretch"):
            accept_all(page, drafts)
        if st.button(_("Plan the week"), key="week_solve", type="primary", icon=":material/route:", width="stretch"):
            plan_week(page, f"week_{user_id}_{monday}", user_id, plannable)
