"""The planned day on the screen: map above, timeline below, one button at the bottom; each change is stored before it is drawn."""

from __future__ import annotations

import streamlit as st

from fieldsales.domain.words import PlanState
from fieldsales.services.planning import plans
from fieldsales.services.planning.plan_views import PlanRow, PlanView
from fieldsales.ui.customers.record_undo import draw_undo
from fieldsales.ui.page import Page
from fieldsales.ui.plan import plan_empty, plan_list, plan_sheets, plan_summary, plan_taps, plan_team, plan_week
from fieldsales.ui.plan.plan_map import draw_plan_map
from fieldsales.ui.plan.plan_primary import draw_primary
from fieldsales.ui.plan.plan_state import Asked, View
from fieldsales.ui.plan.plan_timeline import draw_timeline
from fieldsales.ui.plan.plan_watch import draw_watch
from fieldsales.ui.plan.plan_words import is_past


def take_over_taps(page: Page) -> None:
    """Do what was tapped and dragged in list and map since the last run, before anything of this one is read."""
    plan_taps.take_over(page)


def draw_day(page: Page, asked: Asked) -> None:
    """Draw the plan that the address asks for, opened as a draft when there is none yet."""
    plan = read_day(page, asked)
    if plan is None:
        plan_empty.draw_nothing_planned(page, asked)
        return
    editable = plan.may_edit and not is_past(plan, page.now)
    draw_undo(page)
    with st.container(key="plan_day", gap="small"):
        draw_plan_map(page, plan, selected=asked.stop_id)
        plan_summary.draw_summary(page, plan)
        plan_summary.draw_tools(page, plan, editable=editable)
        plan_summary.draw_notes(page, plan, editable=editable)
        plan_empty.draw_hints(page, plan, editable=editable)
        draw_timeline(page, plan, selected=asked.stop_id, editable=editable)
        draw_primary(page, plan, editable=editable)
    plan_sheets.draw_sheet(page, asked, plan, editable=editable)
    draw_watch(page, plan)


def read_day(page: Page, asked: Asked) -> PlanView | None:
    """Return the plan asked for: the one the address names, else the day's accepted one, else its newest draft, else a new one.

    None for a day in the past for which nothing was planned.

    Raises:
        NotFound: the address names a plan that the user may not see.
    """
    with page.database.read() as session:
        wanted = asked.plan_id
        if wanted is None and asked.user_id is not None:
            rows = plans.list_plans(session, page.user, first_day=asked.day, last_day=asked.day, user_id=asked.user_id)
            wanted = _current(rows)
        plan = None if wanted is None else plans.read_plan(session, page.user, plan_id=wanted, now=page.now)
    if plan is not None:
        return plan_taps.open_again(page, plan)
    if asked.day < page.today or asked.user_id is None:
        return None
    opened = plan_taps.open_day(page, user_id=asked.user_id, day=asked.day)
    with page.database.read() as session:
        return plans.read_plan(session, page.user, plan_id=opened, now=page.now)


def draw_other_view(page: Page, asked: Asked) -> None:
    """Draw the week, the list of plans, or a team's day."""
    user_id = asked.user_id if asked.user_id is not None else page.user.id
    if asked.view is View.WEEK:
        plan_week.draw_week(page, user_id=user_id, day=asked.day)
    elif asked.view is View.LIST:
        plan_list.draw_plans(page, user_id=user_id, day=asked.day)
    else:
        plan_team.draw_team(page, day=asked.day)


def _current(rows: tuple[PlanRow, ...]) -> int | None:
    """Return which of a day's plans is meant: the accepted one, else the newest draft."""
    accepted = [row.id for row in rows if row.state is PlanState.ACCEPTED]
    drafts = [row.id for row in rows if row.state is PlanState.DRAFT]
    return max(accepted or drafts, default=None)
